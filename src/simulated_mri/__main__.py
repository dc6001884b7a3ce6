"""The `simulated-mri` command."""

from __future__ import annotations

import argparse
import asyncio
import io
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanner_kit.secret import SecretError, make_secret_file, read_secret_file
from simulated_mri.subjects.names import SUBJECT_NAMES

if TYPE_CHECKING:
    from simulated_mri.scanner.inject_messages import Injection

_ABOUT = """A simulated MRI scanner that speaks the scanner wire protocol. For tests, demonstrations and
training only: every image it makes is marked SIMULATED. Not for clinical use."""
_SERVE = """Serve one scanner until SIGTERM. Agents connect with the secret of --secret-file; what happens in
the room (door, coil, bulb, faults) is injected on another port with another secret."""
_INJECT = """Make something happen at a running simulated scanner, for example:
  simulated-mri inject --url ws://127.0.0.1:8711 --secret-file room.secret door open"""


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
        seed=options.seed,
        coil=options.coil,
        spool=options.spool,
        subject=options.subject,
        ready_file=options.ready_file,
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


def _inject(options: argparse.Namespace) -> None:
    secret = read_secret_file(options.secret_file)

    from simulated_mri.scanner.inject import InjectError, inject

    injection: Injection = options.injection(options)
    try:
        done = asyncio.run(inject(options.url, secret, injection))
    except InjectError as error:
        raise _Failed(str(error)) from None
    print(f"{injection.kind}: done, last event {done.number}")


# ---------------------------------------------------------------- injections by name


def _door(options: argparse.Namespace) -> Injection:
    from simulated_mri.scanner.inject_messages import InjectDoor

    return InjectDoor(open=options.what == "open")


def _coil(options: argparse.Namespace) -> Injection:
    from simulated_mri.scanner.inject_messages import InjectCoil

    return InjectCoil(name=options.name if options.what == "connect" else None)


def _table(options: argparse.Namespace) -> Injection:
    from simulated_mri.scanner.inject_messages import InjectTable

    to = options.what.replace("-", "_")
    return InjectTable(to=to, table_mm=options.mm)


def _bulb(options: argparse.Namespace) -> Injection:
    from simulated_mri.scanner.inject_messages import InjectBulb

    return InjectBulb(pressed=options.what == "press")


def _fault(options: argparse.Namespace) -> Injection:
    from simulated_mri.scanner.inject_messages import InjectFault

    return InjectFault(words=options.words if options.what == "raise" else None)


def _hang(options: argparse.Namespace) -> Injection:
    from simulated_mri.scanner.inject_messages import InjectHang

    return InjectHang(seconds=options.seconds)


def _delay_start(options: argparse.Namespace) -> Injection:
    from simulated_mri.scanner.inject_messages import InjectDelayStart

    return InjectDelayStart(seconds=options.seconds)


def _accept_late(options: argparse.Namespace) -> Injection:
    from simulated_mri.scanner.inject_messages import InjectAcceptLate

    return InjectAcceptLate(seconds=options.seconds)


# ---------------------------------------------------------------- the command line


def _between(low: float, high: float) -> Callable[[str], float]:
    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!a} is not a number from {low:g} to {high:g}")
        return value

    return number


def _up_to(high: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {high}")
        return int(text)

    return number


_port = _up_to(65535)


def _words(text: str) -> str:
    if not 0 < len(text) <= 120 or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!a} is not 1 to 120 printable characters")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simulated-mri", description=_ABOUT)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    secret = commands.add_parser(
        "secret", help="make a secret file", description="Write a new random secret."
    )
    secret.add_argument("file", type=Path, metavar="FILE", help="new file, mode 0600")
    secret.set_defaults(command=_secret)
    _add_serve(commands.add_parser("serve", help="serve one scanner", description=_SERVE))
    _add_inject(
        commands.add_parser(
            "inject",
            help="make something happen in the room",
            description=_INJECT,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    )
    return parser


def _add_serve(serve: argparse.ArgumentParser) -> None:
    add = serve.add_argument
    add("--host", default="127.0.0.1", help="loopback address to listen on (default %(default)s)")
    add("--port", type=_port, default=8701, help="for agents; 0: any free one (default %(default)s)")
    add("--inject-port", type=_port, default=0, help="for the room; 0: any free one (default %(default)s)")
    add("--secret-file", type=Path, required=True, metavar="F", help="the agents' secret, mode 0600")
    add("--inject-secret-file", type=Path, required=True, metavar="G", help="the room's secret, mode 0600")
    add("--name", type=_words, default="Simulated MRI", help="what people call it (default %(default)s)")
    add(
        "--field-t",
        type=_between(0.2, 7.0),
        default=3.0,
        metavar="T",
        help="field strength in tesla (default 3)",
    )
    add(
        "--speed", type=_between(0.1, 1000.0), default=1.0, metavar="X",
        help="how much faster than life table and scan run (default 1)",
    )  # fmt: skip
    add("--seed", type=_up_to(2**31), default=1, help="of the noise: the same seed, the same images")
    add("--subject", choices=SUBJECT_NAMES, default="head", help="who or what lies in it (default head)")
    add("--coil", type=_words, metavar="NAME", help="coil that is plugged in at the beginning (default none)")
    add("--spool", type=Path, metavar="DIR", help="keep images not yet fetched in DIR, across restarts")
    add("--ready-file", type=Path, metavar="F", help="write JSON {port, inject_port, pid} when listening")
    serve.set_defaults(command=_serve)


def _add_inject(inject: argparse.ArgumentParser) -> None:
    inject.add_argument("--url", required=True, help="ws://127.0.0.1:PORT of the injection port")
    inject.add_argument("--secret-file", type=Path, required=True, metavar="G", help="the room's secret")
    inject.set_defaults(command=_inject)
    kinds = inject.add_subparsers(required=True, metavar="WHAT")

    def kind(
        name: str, words: str, make: Callable[[argparse.Namespace], Injection], *choices: str
    ) -> argparse.ArgumentParser:
        added = kinds.add_parser(name, help=words, description=words)
        if choices:
            added.add_argument("what", choices=choices)
        added.set_defaults(injection=make)
        return added

    kind("door", "open or close the door", _door, "open", "close")
    kind("bulb", "squeeze or release the bulb", _bulb, "press", "release")
    coil = kind("coil", "plug a coil in or out", _coil, "connect", "disconnect")
    coil.add_argument("name", nargs="?", type=_words, default="Head 20", help="default: %(default)s")
    table = kind("table", "gantry buttons, or pushed by hand", _table, "in", "out", "by-hand")
    table.add_argument("--mm", type=_between(-500, 2000), default=300.0, help="where by hand (default 300)")
    fault = kind("fault", "raise or clear a fault", _fault, "raise", "clear")
    fault.add_argument("words", nargs="?", type=_words, default="gradient amplifier", help="in words")
    for name, words, make in (
        ("hang", "answer no agent for so many seconds; the scan goes on", _hang),
        ("delay-start", "answer the next accepted start so many seconds late", _delay_start),
        ("accept-late", "carry the next start out so many seconds late", _accept_late),
    ):
        kind(name, words, make).add_argument("seconds", type=_between(0, 600))


if __name__ == "__main__":
    sys.exit(main())
