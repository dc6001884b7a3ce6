"""Growing and shrinking of masks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


def dilate(mask: Mask, steps: int) -> Mask:
    """Grows by `steps` voxels along the axes (an octahedron)."""
    for _ in range(steps):
        grown = mask.copy()
        for axis in range(3):
            grown |= np.roll(mask, 1, axis) | np.roll(mask, -1, axis)
        mask = grown
    return mask


def erode(mask: Mask, steps: int) -> Mask:
    return ~dilate(~mask, steps)
