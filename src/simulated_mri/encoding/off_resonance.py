"""What a field that is not quite right does to an object: signal in the wrong place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulated_mri.encoding.fourier import Complex, Real

_NEGLIGIBLE_PIXELS = 0.02


def shifted(image: Complex | Real, pixels: float) -> Complex | Real:
    """Moved along axis 1 by a fraction of pixels."""
    whole = int(np.floor(pixels))
    share = np.float32(pixels - whole)
    return np.asarray(np.roll(image, whole, 1) * (1 - share) + np.roll(image, whole + 1, 1) * share)


class Displacement:
    """Each pixel's signal pushed along an axis by its own `pixels`; it piles up where pushes meet.

    Shape of `pixels` and of the images: (phase, read). What leaves the array is lost, or comes in again at
    the other side. Found once, used for every image that is pushed alike.
    """

    def __init__(self, pixels: Real, axis: int, *, wraps: bool) -> None:
        self._shape = pixels.shape
        self._nothing = bool(np.abs(pixels).max(initial=0.0) < _NEGLIGIBLE_PIXELS)
        self._pushes: list[tuple[npt.NDArray[np.int64], Real]] = []
        if self._nothing:
            return
        length = pixels.shape[axis]
        places = [np.arange(n, dtype=np.int64) for n in pixels.shape]
        own = places[axis][:, None] if axis == 0 else places[axis]
        target = own.astype(np.float32) + pixels
        low = np.floor(target)
        share = target - low
        for step, weight in ((0, 1 - share), (1, share)):
            place = low.astype(np.int64) + step
            inside: npt.NDArray[np.bool_] | bool = True
            if wraps:
                place %= length
            else:
                inside = (place >= 0) & (place < length)
                place = np.clip(place, 0, length - 1)
            flat = place * pixels.shape[1] + places[1] if axis == 0 else places[0][:, None] * length + place
            self._pushes.append((flat.ravel(), np.asarray(weight * inside, dtype=np.float32)))

    def __call__(self, image: Complex | Real) -> Complex | Real:
        """Real stays real."""
        if self._nothing:
            return image
        out = np.zeros_like(image)
        for at, weight in self._pushes:
            out.real += self._summed(at, image.real * weight)
            if np.iscomplexobj(image):
                out.imag += self._summed(at, image.imag * weight)
        return out

    def _summed(self, at: npt.NDArray[np.int64], weights: Real) -> Real:
        summed = np.bincount(at, weights=weights.ravel(), minlength=weights.size)
        return np.asarray(summed.reshape(self._shape), dtype=np.float32)
