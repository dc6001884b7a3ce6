"""Window and level: which stored values become black and white (DICOM PS3.3 C.11.2.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Window:
    """Centre and width in stored values; the width is at least 1."""

    centre: float
    width: float

    def moved(self, centre_by: float, width_by: float) -> Window:
        """Level moved by `centre_by`, width by `width_by`."""
        return Window(self.centre + centre_by, max(1.0, self.width + width_by))

    def scaled(self, centre: float, width: float) -> Window:
        """A preset: factors on this window, which is the header's own."""
        return Window(self.centre * centre, max(1.0, self.width * width))


PRESETS = {"header": (1.0, 1.0), "flat": (1.1, 1.6), "steep": (0.9, 0.6)}
"""Factors on centre and width of the header's window."""


def default_window(pixels: NDArray[Any]) -> Window:
    """Where no header says one: from 0 to the 99.5th percentile."""
    top = float(np.percentile(pixels, 99.5)) if pixels.size else 1.0
    return Window(top / 2.0, max(1.0, top))


def to_grey(pixels: NDArray[Any], window: Window) -> NDArray[np.uint8]:
    """Eight-bit grey of the same shape: linear inside the window, clipped outside."""
    low = window.centre - window.width / 2.0
    grey = (pixels.astype(np.float32) - low) * (255.0 / window.width)
    clipped: NDArray[np.uint8] = np.clip(grey, 0.0, 255.0).astype(np.uint8)
    return clipped
