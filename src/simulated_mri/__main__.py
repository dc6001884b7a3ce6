"""The `simulated-mri` command."""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from scanner_kit.secret import SecretError, make_secret_file, read_secret_file
from simulated_mri.arguments import between, port, up_to, words
from simulated_mri.inject_arguments import add_inject
from simulated_mri.subjects.names import SUBJECT_NAMES

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
    from simulated_mri.scanner.inject_messages import INJECTION

    content: Callable[[argparse.Namespace], dict[str, object]] = options.injection
    injection = INJECTION.validate_python(content(options))
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
    return parser


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
    add("--seed", type=up_to(2**31), default=1, help="of the noise: the same seed, the same images")
    add("--subject", choices=SUBJECT_NAMES, default="head", help="who or what lies in it (default head)")
    add("--coil", type=words, metavar="NAME", help="coil that is plugged in at the beginning (default none)")
    add("--spool", type=Path, metavar="DIR", help="keep images not yet fetched in DIR, across restarts")
    add("--ready-file", type=Path, metavar="F", help="write JSON {port, inject_port, pid} when listening")
    serve.set_defaults(command=_serve)


if __name__ == "__main__":
    sys.exit(main())
