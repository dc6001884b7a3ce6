"""What a field that is not quite right does to an object: phase, and signal in the wrong place."""

from __future__ import annotations

import numpy as np

from simulated_mri.encoding.fourier import Complex, Real

_NEGLIGIBLE_PIXELS = 0.02


def shifted(image: Real | Complex, pixels: float) -> Real | Complex:
    """Moved along axis 1 by a fraction of pixels."""
    whole = int(np.floor(pixels))
    share = np.float32(pixels - whole)
    return np.roll(image, whole, 1) * (1 - share) + np.roll(image, whole + 1, 1) * share


def displaced(image: Complex, pixels: Real, axis: int, *, wraps: bool) -> Complex:
    """Each pixel's signal pushed along `axis` by its own `pixels`; signal piles up where pushes meet.

    Shape of both: (phase, read). What leaves the array is lost, or comes in again at the other side.
    """
    if np.abs(pixels).max(initial=0.0) < _NEGLIGIBLE_PIXELS:
        return image
    if axis == 0:
        return displaced(image.T, pixels.T, 1, wraps=wraps).T
    rows, columns = image.shape
    target = np.arange(columns, dtype=np.float32) + pixels
    low = np.floor(target)
    share = target - low
    row_start = np.arange(rows, dtype=np.int64)[:, None] * columns
    out = np.zeros(image.shape, dtype=np.complex64)
    for step, weight in ((0, 1 - share), (1, share)):
        column = low.astype(np.int64) + step
        if wraps:
            column %= columns
            chosen = weight
        else:
            inside = (column >= 0) & (column < columns)
            column = np.clip(column, 0, columns - 1)
            chosen = weight * inside
        at = (row_start + column).ravel()
        real, imaginary = (
            np.bincount(at, weights=(part * chosen).ravel(), minlength=image.size).reshape(image.shape)
            for part in (image.real, image.imag)
        )
        out.real += real
        out.imag += imaginary
    return out
