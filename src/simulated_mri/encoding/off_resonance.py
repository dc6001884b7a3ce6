"""What a field that is not quite right does to an object: signal in the wrong place."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import sparse

from simulated_mri.encoding.fourier import Complex, Real

_NEGLIGIBLE_PIXELS = 0.02
_THIN_PIXELS = 0.05


def shifted(image: Complex | Real, pixels: float) -> Complex | Real:
    """Moved along axis 1 by a fraction of pixels."""
    whole = int(np.floor(pixels))
    share = np.float32(pixels - whole)
    return np.asarray(np.roll(image, whole, 1) * (1 - share) + np.roll(image, whole + 1, 1) * share)


class Displacement:
    """Each pixel's signal pushed along an axis by its own `pixels`; it piles up where pushes meet.

    A pixel is a stretch whose two ends are pushed: where they part its signal is spread evenly between them.
    Shape of `pixels` and of the images: (phase, read). What leaves the array is lost, or comes in again at
    the other side. Found once, used for every image that is pushed alike.
    """

    def __init__(self, pixels: Real, axis: int, *, wraps: bool) -> None:
        self._axis, self._wraps = axis, wraps
        most = float(np.abs(pixels).max(initial=0.0))
        self._nothing = most < _NEGLIGIBLE_PIXELS
        if self._nothing:
            return
        ways = np.moveaxis(pixels, axis, 1)
        rows, length = ways.shape
        self._margin = math.ceil(most) + 2
        self._shape = (rows, length + 2 * self._margin)
        ends = np.concatenate([ways[:, :1], (ways[:, 1:] + ways[:, :-1]) / 2, ways[:, -1:]], axis=1)
        ends += np.arange(length + 1, dtype=np.float32) - np.float32(0.5)
        stretch = np.diff(ends, axis=1)
        self._thin = np.nonzero(np.abs(stretch) < _THIN_PIXELS)
        stretch[self._thin] = np.inf  # what is squeezed to nothing is put at its middle
        self._density = 1 / stretch
        self._ends = self._between(ends + np.float32(0.5))
        self._middles = self._between(ways[self._thin] + self._thin[1], self._thin[0])

    def __call__(self, image: Complex | Real) -> Complex | Real:
        """Real stays real."""
        if self._nothing:
            return image
        out = np.zeros_like(image)
        values, into = np.moveaxis(image, self._axis, 1), np.moveaxis(out, self._axis, 1)
        into.real = self._pushed(values.real)
        if np.iscomplexobj(image):
            into.imag = self._pushed(values.imag)
        return out

    def _between(self, places: Real, rows: npt.NDArray[np.int64] | None = None) -> sparse.csc_array:
        """Shares values out between the pixels below `places`, in the array with margins, and the next."""
        low = np.floor(places)
        beyond = places - low
        own = np.arange(self._shape[0])[:, None] if rows is None else rows
        at = low.astype(np.int64) + self._margin + own * self._shape[1]
        into, shares = (
            np.stack(pair, axis=-1).ravel() for pair in ((at, at + 1), (np.float32(1) - beyond, beyond))
        )
        starts = np.arange(0, 2 * at.size + 1, 2, dtype=np.int32)
        shape = (self._shape[0] * self._shape[1], at.size)
        return sparse.csc_array((shares.astype(np.float32), into.astype(np.int32), starts), shape=shape)

    def _pushed(self, values: Real) -> Real:
        """The density's steps at both ends of each pixel, summed up along the axis."""
        density = values * self._density
        steps = np.empty((density.shape[0], density.shape[1] + 1), dtype=np.float32)
        steps[:, 0], steps[:, -1] = density[:, 0], -density[:, -1]
        np.subtract(density[:, 1:], density[:, :-1], out=steps[:, 1:-1])
        summed = (self._ends @ steps.ravel()).reshape(self._shape)
        np.cumsum(summed, axis=1, out=summed)
        if len(self._thin[0]):
            summed += (self._middles @ values[self._thin]).reshape(self._shape)
        margin, length = self._margin, values.shape[1]
        if not self._wraps:
            return np.asarray(summed[:, margin : margin + length], dtype=np.float32)
        folds = -(-margin // length)
        around = ((0, 0), (folds * length - margin,) * 2)
        return np.asarray(np.pad(summed, around).reshape(-1, 2 * folds + 1, length).sum(1), dtype=np.float32)
