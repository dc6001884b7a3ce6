"""Decoded pictures on their way to the window: the newest of each source, and no other."""

from __future__ import annotations

import threading
from dataclasses import dataclass

Place = tuple[str, str, str]
"""Site, scanner and source."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A whole picture: rows of 32-bit pixels in the order blue, green, red, unused."""

    pixels: memoryview
    width: int
    height: int
    bytes_per_line: int
    captured_s: float | None
    """When it was captured, in this desk's own boot time; None while that cannot be known."""
    within_s: float = 0.0
    """How far `captured_s` may be off."""


class NewestFrames:
    """One slot for each source: a window that is late gets the newest picture, never a queue of old ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frames: dict[Place, Frame] = {}

    def put(self, place: Place, frame: Frame) -> bool:
        """Keep it until it is taken; whether the slot was empty, so that the window must be told."""
        with self._lock:
            told = place in self._frames
            self._frames[place] = frame
        return not told

    def take(self, place: Place) -> Frame | None:
        """The newest one that was not taken yet."""
        with self._lock:
            return self._frames.pop(place, None)

    def forget(self, place: Place) -> None:
        """It must not be shown any more."""
        with self._lock:
            self._frames.pop(place, None)
