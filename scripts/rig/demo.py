"""`scripts/demo`: the whole system with one command; with --headless it plays the story and checks it."""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import shutil
import sys
import tempfile
from pathlib import Path

from rig.autolocal import attend
from rig.output import prepare_output
from rig.processes import RigError, program, run, when_told_to_end
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
        system = System(Path(folder), speed, scripted=chosen.auto_local and not headless)
        when_told_to_end(lambda: _abandon(system))
        try:
            if headless:
                prepare_output(chosen.out)
            print("Starting three simulated scanners and the agents of two sites …", flush=True)
            system.start()
            system.enrol()
            if headless:
                from rig.headless import play

                return play(system, chosen.out.resolve())
            return _interactive(system, auto_local=chosen.auto_local)
        except RigError as error:
            print(f"demo: {error}", file=sys.stderr)
            return 1
        finally:
            system.end()


def _abandon(system: System) -> None:
    """Told to end: nothing that was started goes on, and nothing stays on the disk."""
    system.end()
    shutil.rmtree(system.folder, ignore_errors=True)


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
        print(
            f"  {scanner.name}: {scanner.inject_words} coil connect '{scanner.coil}' · door open · door close"
        )
    print("\nThe console opens now; the demo ends with its window.", flush=True)
    return system.run_console()


async def _with_scripted_operator(system: System) -> int:
    await system.require_demo()
    print("A SCRIPTED LOCAL OPERATOR answers at every scanner. Simulated; not for clinical use.", flush=True)
    operator = asyncio.create_task(attend(system))
    window = asyncio.create_task(asyncio.to_thread(system.run_console))
    await asyncio.wait({operator, window}, return_when=asyncio.FIRST_COMPLETED)
    if not window.done() and (fault := operator.exception()) is not None:
        print(f"The scripted local operator stopped: {fault}. The console goes on.", file=sys.stderr)
    status = await window
    operator.cancel()
    await asyncio.wait({operator})
    return status


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
    parser.add_argument(
        "--speed",
        type=_speed,
        metavar="TIMES",
        help=f"how much faster than life the scanners run (1; {HEADLESS_SPEED:g} off-screen)",
    )
    return parser


def _speed(word: str) -> float:
    try:
        speed = float(word)
    except ValueError:
        speed = math.nan
    if not 0.1 <= speed <= 100.0:
        raise argparse.ArgumentTypeError(f"{word} is not a number from 0.1 to 100")
    return speed


if __name__ == "__main__":
    sys.exit(main())
