"""The `remote-console` command: the window, and the few things done without it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from remote_console.link.enrol_cli import enrol_command, forget_command, open_store, sites_command


def main(arguments: list[str] | None = None) -> int:
    """Open the window, or run one command; the exit status is 0 when it did what it was asked."""
    chosen = _parser().parse_args(arguments)
    try:
        status = _run(chosen)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever read the output has had enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _run(chosen: argparse.Namespace) -> int:
    unprotected: bool = chosen.demo_key_without_protection
    store = open_store(chosen.home, unprotected_for_demos_only=unprotected)
    match chosen.command:
        case "enrol":
            return enrol_command(chosen.url, chosen.code, store)
        case "sites":
            return sites_command(store)
        case "forget":
            return forget_command(chosen.site, store)
        case _:
            if not _has_display():
                sys.stderr.write(
                    "remote-console: there is no display for the window (no DISPLAY, no WAYLAND_DISPLAY). "
                    "Run it in a desktop session, or name a command: see --help.\n"
                )
                return 1
            from remote_console.app import run_window

            return run_window(chosen.home, unprotected=unprotected, first_frame_file=chosen.first_frame_file)


def _has_display() -> bool:
    """Whether a window can be shown, as far as is known: without a display Qt would abort."""
    return sys.platform in {"win32", "darwin"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="remote-console",
        description="The remote operator's desk for MRI scanning. Without a command it opens the window. "
        "Not for clinical use.",
    )
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="where certificates are kept (default: the user's data folder, or REMOTE_CONSOLE_HOME)",
    )
    parser.add_argument(
        "--demo-key-without-protection",
        action="store_true",
        help="keep the device key in a plain file; works with DEMO scanners only",
    )
    parser.add_argument("--first-frame-file", type=Path, help=argparse.SUPPRESS)
    verbs = parser.add_subparsers(dest="command", metavar="COMMAND")
    enrol = verbs.add_parser("enrol", help="enrol this desk at a site, with the code of its invitation")
    enrol.add_argument("url", metavar="HOST:PORT", help="the site's enrolment address")
    enrol.add_argument("code", help="the one-time code, as printed by local-agent invite")
    verbs.add_parser("sites", help="list the sites this desk is enrolled at")
    forget = verbs.add_parser("forget", help="forget a site and its certificate")
    forget.add_argument("site", help="name of the site")
    return parser
