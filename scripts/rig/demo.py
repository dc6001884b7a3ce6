"""`scripts/demo`: the whole system with one command; with --headless it plays the story and checks it."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rig.autolocal import attend
from rig.processes import RigError, program, run
from rig.system import System

HEADLESS_SPEED = 10.0


def main() -> int:
    """Run the demo; the exit status is 1 when a step of the story was not observed."""
    chosen = _parser().parse_args()
    headless = chosen.headless or not has_display()
    if headless and not chosen.headless:
        print("There is no display: playing the story off-screen (as with --headless).")
    speed = chosen.speed or (HEADLESS_SPEED if headless else 1.0)
    with tempfile.TemporaryDirectory(prefix="remote-scanning-demo-") as folder:
        system = System(Path(folder), speed)
        try:
            print("Starting three simulated scanners and the agents of two sites …", flush=True)
            system.start()
            system.enrol()
            if headless:
                from rig.headless import play

                return play(system, chosen.out)
            return _interactive(system, auto_local=chosen.auto_local)
        except RigError as error:
            print(f"demo: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
        finally:
            system.end()


def has_display() -> bool:
    """Whether a window could be shown."""
    return sys.platform in {"win32", "darwin"} or any(
        os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY")
    )


def _interactive(system: System, *, auto_local: bool) -> int:
    if auto_local:
        return asyncio.run(_with_scripted_operator(system))
    for site in system.sites:
        for scanner in site.scanners:
            print(f"\n— Tablet of {site.name} · {scanner.name} —")
            print(run(program("local-agent"), "pair-tablet", scanner.scanner, "--dir", str(site.folder)))
    print("People and PINs: Anna Keller 4711 (Level 2), Ben Moser 0815.")
    print("The room is moved from another terminal:")
    for scanner in system.scanners:
        print(f"  {scanner.name}: {scanner.inject_words} coil 'Head 20' · door open · door close")
    print("\nThe console opens now; the demo ends with its window.", flush=True)
    return subprocess.run(system.console_words, check=False).returncode


async def _with_scripted_operator(system: System) -> int:
    await system.require_demo()
    print("A SCRIPTED LOCAL OPERATOR answers at every scanner. Simulated; not for clinical use.", flush=True)
    operator = asyncio.create_task(attend(system))
    console = await asyncio.create_subprocess_exec(*system.console_words)
    ended = asyncio.create_task(console.wait())
    done, _ = await asyncio.wait({operator, ended}, return_when=asyncio.FIRST_COMPLETED)
    if ended not in done:
        await ended
    operator.cancel()
    await asyncio.wait({operator})
    return console.returncode or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Two sites, three simulated scanners, a tablet page and the console on this machine. "
        "Simulated; not for clinical use.",
    )
    parser.add_argument("--headless", action="store_true", help="play the whole exam off-screen and check it")
    parser.add_argument(
        "--out", type=Path, default=Path("demo-output"), help="where --headless leaves what it made"
    )
    parser.add_argument(
        "--auto-local",
        action="store_true",
        help="a clearly labelled scripted local operator answers, to try the console alone",
    )
    parser.add_argument("--speed", type=float, help="how much faster than life the scanners run")
    return parser


if __name__ == "__main__":
    sys.exit(main())
