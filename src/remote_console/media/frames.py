"""Decoded pictures on their way to the window: the newest of each source, and no other."""

from __future__ import annotations

import threading
from dataclasses import dataclass

Place = tuple[str, str, str]
"""Site, scanner and source."""
Box = tuple[int, int]
"""Width and height of a tile, in pixels of the screen."""


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


def fitted(width: int, height: int, box: Box | None) -> Box:
    """The size of a picture that fills a box in its own proportions; its own without a box."""
    if box is None or min(*box, width, height) < 1:
        return width, height
    scale = min(box[0] / width, box[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


class NewestFrames:
    """One slot for each source: a window that is late gets the newest picture, never a queue of old ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frames: dict[Place, Frame] = {}
        self._boxes: dict[Place, Box] = {}

    def fit(self, place: Place, box: Box) -> None:
        """How large it is shown, so that it is made as large before it comes here."""
        self._boxes[place] = box

    def box(self, place: Place) -> Box | None:
        """How large it is shown; None while nobody has said."""
        return self._boxes.get(place)

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
