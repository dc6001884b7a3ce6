"""What `simulated-mri` can be told, and what it answers."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanner_kit.secret import SecretError, make_secret_file, read_secret_file
from simulated_mri.arguments import between, file_name, port, up_to, words
from simulated_mri.inject_arguments import add_inject
from simulated_mri.subjects.names import SUBJECT_NAMES

if TYPE_CHECKING:
    from simulated_mri.scenarios.model import Scenario

_ABOUT = """A simulated MRI scanner that speaks the scanner wire protocol. For tests, demonstrations and
training only: every image it makes is marked SIMULATED. Not for clinical use."""
_SERVE = """Serve one scanner until SIGTERM. Agents connect with the secret of --secret-file; what happens in
the room (door, coil, bulb, faults) is injected on another port with another secret."""
_INJECT = """Make something happen at a running simulated scanner, for example:
  simulated-mri inject --url ws://127.0.0.1:8711 --secret-file room.secret door open"""

_SCENARIO = """Training cases: what happens when, what is to be learned, what is expected. See
docs/how-to/scenarios.md."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0 done, 1 not possible (in words on standard error), 2 wrong usage."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file's name may be anything
    command: Callable[[argparse.Namespace], None] = options.command
    try:
        command(options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output has had enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except SecretError as error:
        return _failed(error)
    except _Failed as error:
        return _failed(error)
    except KeyboardInterrupt:
        return 130
    return 0


class _Failed(Exception):
    """The command could not do it; the words say why."""


def _failed(error: Exception) -> int:
    print(f"simulated-mri: {error}", file=sys.stderr)
    return 1


def _secret(options: argparse.Namespace) -> None:
    make_secret_file(options.file)
    print(f"{options.file}: new secret, mode 0600")


def _serve(options: argparse.Namespace) -> None:
    # Several scanners share a machine, and a stop must not wait for a core: no threads for matrix products.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    secret = read_secret_file(options.secret_file)
    inject_secret = read_secret_file(options.inject_secret_file)
    if secret == inject_secret:
        raise _Failed(
            "agent and injection must not share a secret: make another with simulated-mri secret FILE"
        )

    from simulated_mri.scanner.log_lines import LogLines
    from simulated_mri.scanner.serve import ServeError, ServeSettings, serve

    scenario = None if options.scenario is None else _scenario(options.scenario)
    lines = LogLines()
    settings = ServeSettings(
        name=options.name,
        host=options.host,
        port=options.port,
        inject_port=options.inject_port,
        secret=secret,
        inject_secret=inject_secret,
        field_t=options.field_t,
        speed=options.speed,
        seed=options.seed if options.seed is not None else scenario.seed if scenario else 1,
        coil=options.coil or (scenario.coil if scenario else None),
        spool=options.spool,
        subject=scenario.subject if scenario else options.subject,
        ready_file=options.ready_file,
        scenario=scenario,
        raw=options.raw,
        enhanced=options.enhanced,
        automatic_voice=not options.no_automatic_voice,
    )
    try:
        asyncio.run(serve(settings))
    except ServeError as error:
        lines.end()
        raise _Failed(str(error)) from None
    lines.finish(within_s=0.5)
    # Everything is closed. A reconstruction still going on in its thread has nobody to send to.
    sys.stdout.flush()
    os._exit(0)


def _scenario(name: str) -> Scenario:
    from simulated_mri.scenarios.files import ScenarioError, read_scenario, scenario_file

    try:
        return read_scenario(scenario_file(name))
    except ScenarioError as error:
        raise _Failed(str(error)) from None


def _list_scenarios(_: argparse.Namespace) -> None:
    from simulated_mri.scenarios.files import shipped_names

    for name in shipped_names():
        print(f"{name}: {_scenario(name).title}")


def _check_scenarios(options: argparse.Namespace) -> None:
    faults: list[str] = []
    for name in options.files:
        try:
            print(f"{name}: {_scenario(name).title}: can be played")
        except _Failed as failed:
            faults.append(str(failed))
    if faults:
        raise _Failed("\n".join(faults))


def _play_scenario(options: argparse.Namespace) -> None:
    scenario, secret = _scenario(options.file), read_secret_file(options.secret_file)

    from simulated_mri.scanner.inject import InjectError, inject
    from simulated_mri.scenarios.model import PlayScenario

    try:
        asyncio.run(inject(options.url, secret, PlayScenario(scenario=scenario)))
    except InjectError as error:
        raise _Failed(str(error)) from None
    print(f"{scenario.title}: playing")


def _report_scenario(options: argparse.Namespace) -> None:
    secret = read_secret_file(options.secret_file)

    from simulated_mri.scanner.inject import InjectError, scenario_report

    try:
        lines = asyncio.run(scenario_report(options.url, secret))
    except InjectError as error:
        raise _Failed(str(error)) from None
    print("\n".join(lines or ("no scenario was begun",)))


def _inject(options: argparse.Namespace) -> None:
    secret = read_secret_file(options.secret_file)

    from simulated_mri.scanner.inject import InjectError, inject
    from simulated_mri.scanner.inject_messages import INJECTION

    content: Callable[[argparse.Namespace], dict[str, object]] = options.injection
    injection = INJECTION.validate_json(json.dumps(content(options)))
    try:
        done = asyncio.run(inject(options.url, secret, injection))
    except InjectError as error:
        raise _Failed(str(error)) from None
    print(f"{injection.kind}: done, last event {done.number}")


# ---------------------------------------------------------------- the command line


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simulated-mri", description=_ABOUT)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    secret = commands.add_parser(
        "secret", help="make a secret file", description="Write a new random secret."
    )
    secret.add_argument("file", type=Path, metavar="FILE", help="new file, mode 0600")
    secret.set_defaults(command=_secret)
    _add_serve(commands.add_parser("serve", help="serve one scanner", description=_SERVE))
    inject = commands.add_parser(
        "inject",
        help="make something happen in the room",
        description=_INJECT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_inject(inject)
    inject.set_defaults(command=_inject)
    _add_scenario(commands.add_parser("scenario", help="training cases in files", description=_SCENARIO))
    return parser


def _add_scenario(scenario: argparse.ArgumentParser) -> None:
    commands = scenario.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("list", help="the scenarios that are shipped").set_defaults(command=_list_scenarios)
    check = commands.add_parser("check", help="whether files can be played; errors with their lines")
    check.add_argument("files", type=file_name, nargs="+", metavar="FILE")
    check.set_defaults(command=_check_scenarios)
    play = commands.add_parser("play", help="begin a scenario at a running scanner")
    play.add_argument("file", type=file_name, metavar="FILE", help="a file, or a name of the list")
    play.set_defaults(command=_play_scenario)
    report = commands.add_parser("report", help="what happened, and which expected actions were seen")
    report.set_defaults(command=_report_scenario)
    for command in (play, report):
        command.add_argument("--url", required=True, help="ws://127.0.0.1:PORT of the injection port")
        command.add_argument("--secret-file", type=Path, required=True, metavar="G", help="the room's secret")


def _add_serve(serve: argparse.ArgumentParser) -> None:
    add = serve.add_argument
    add("--host", default="127.0.0.1", help="loopback address to listen on (default %(default)s)")
    add("--port", type=port, default=8701, help="for agents; 0: any free one (default %(default)s)")
    add("--inject-port", type=port, default=0, help="for the room; 0: any free one (default %(default)s)")
    add("--secret-file", type=Path, required=True, metavar="F", help="the agents' secret, mode 0600")
    add("--inject-secret-file", type=Path, required=True, metavar="G", help="the room's secret, mode 0600")
    add("--name", type=words, default="Simulated MRI", help="what people call it (default %(default)s)")
    add(
        "--field-t",
        type=between(0.2, 7.0),
        default=3.0,
        metavar="T",
        help="field strength in tesla (default 3)",
    )
    add(
        "--speed", type=between(0.1, 1000.0), default=1.0, metavar="X",
        help="how much faster than life table and scan run (default 1)",
    )  # fmt: skip
    add("--seed", type=up_to(2**31), help="of the noise: the same seed, the same images")
    add("--subject", choices=SUBJECT_NAMES, default="head", help="who or what lies in it (default head)")
    add(
        "--scenario",
        type=file_name,
        metavar="FILE",
        help="play a scenario from the start: a file, or a name of the list",
    )
    add("--coil", type=words, metavar="NAME", help="coil that is plugged in at the beginning (default none)")
    add("--spool", type=Path, metavar="DIR", help="keep images not yet fetched in DIR, across restarts")
    add(
        "--raw",
        type=Path,
        metavar="DIR",
        help="write the k-space lines of each acquisition as ISMRMRD to DIR",
    )
    add(
        "--enhanced",
        action="store_true",
        help="make Enhanced MR images, one object a series; archives keep them, but the console shows the "
        "finished images of classic series only",
    )
    add(
        "--no-automatic-voice",
        action="store_true",
        help="an abdomen's breath is held only when somebody says so, over the intercom or by injection",
    )
    add("--ready-file", type=Path, metavar="F", help="write JSON {port, inject_port, pid} when listening")
    serve.set_defaults(command=_serve)
