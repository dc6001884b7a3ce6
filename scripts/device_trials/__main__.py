"""Every trial, one line each; the last line says whether all was as it must be."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from device_trials.camera import try_camera
from device_trials.loudspeaker import try_loudspeaker


class Said:
    """Prints what was observed, and counts what was not as it must be."""

    def __init__(self) -> None:
        self.wrong = 0

    def __call__(self, words: str, *, right: bool) -> None:
        self.wrong += not right
        print(f"TRIAL {'  ' if right else '! '}{words}", flush=True)


def main() -> int:
    """Exit status: 0 if all was observed."""
    said = Said()
    trials: tuple[Callable[[], None], ...] = (
        lambda: try_camera(said),
        lambda: asyncio.run(try_loudspeaker(said)),
    )
    for trial in trials:
        trial()
    print("TRIAL everything was observed" if not said.wrong else f"TRIAL {said.wrong} not as it must be")
    return int(said.wrong > 0)


sys.exit(main())
