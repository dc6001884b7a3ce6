"""Fourier transforms with their origin at n // 2 on both sides, in single precision."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import fft

Complex = npt.NDArray[np.complex64]
Real = npt.NDArray[np.float32]


def centred_fft(values: Real | Complex, axis: int) -> Complex:
    turned = fft.fft(fft.ifftshift(values, axes=axis), axis=axis, overwrite_x=True)
    return np.asarray(fft.fftshift(turned, axes=axis))


def centred_inverse(values: Complex, axis: int) -> Complex:
    turned = fft.ifft(fft.ifftshift(values, axes=axis), axis=axis, overwrite_x=True)
    return np.asarray(fft.fftshift(turned, axes=axis))


def centred_inverse_2d(kspace: Complex) -> Complex:
    """`centred_inverse` along both axes of (lines, samples); nothing is moved, values change their phase."""
    lines, samples = kspace.shape
    turns = np.conj(origin_phase(kspace.shape, kspace.shape))
    constant = np.exp(-2j * np.pi * ((lines // 2) ** 2 / lines + (samples // 2) ** 2 / samples))
    image = fft.ifft2(kspace * turns, overwrite_x=True)
    image *= turns * np.complex64(constant)
    return np.asarray(image)


def add_central_kspace(total: Complex, image: Complex, filled: slice, courses: Real) -> None:
    """Add the central values of the transform of `image` to `total` (lines, samples), which says how many.

    Line by line times `courses` (lines,). Outside its rows `filled`, `image` is zero; all of it is
    overwritten. Still without `origin_phase`. Columns that are cropped away are not transformed, and each
    part goes straight to where it belongs.
    """
    fft.fft(image[filled], axis=1, overwrite_x=True)
    rows, columns = (_halves(n, kept) for n, kept in zip(image.shape, total.shape, strict=True))
    for column_from, column_to in columns:
        seen = fft.fft(image[:, column_from], axis=0, overwrite_x=True).view(np.float32)
        sums = total[:, column_to].view(np.float32)  # real factors need no complex product
        for row_from, row_to in rows:
            part = seen[row_from]
            part *= courses[row_to, None]
            sums[row_to] += part


def _halves(n: int, kept: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Negative frequencies among `n` and, in ascending order, among the `kept`; then the others."""
    negative, others = kept // 2, kept - kept // 2
    return (
        (slice(n - negative, n), slice(0, negative)),
        (slice(0, others), slice(negative, kept)),
    )


def origin_phase(shape: tuple[int, int], kept: tuple[int, int]) -> Complex | Real:
    """What makes good that an image of `shape` has its origin at n // 2, of the `kept` central values."""
    return _origin_phase(shape[0], kept[0])[:, None] * _origin_phase(shape[1], kept[1])


@cache
def _origin_phase(n: int, kept: int) -> Complex | Real:
    """exp(2πi k (n // 2) / n) of the kept frequencies; n even: signs in turn."""
    k = np.arange(kept) - kept // 2
    if n % 2 == 0:
        return np.asarray(1 - 2 * (k % 2), dtype=np.float32)
    return np.asarray(np.exp(2j * np.pi * k * (n // 2) / n), dtype=np.complex64)


def middle(n: int, kept: int) -> slice:
    """The `kept` values around n // 2."""
    start = n // 2 - kept // 2
    return slice(start, start + kept)


def fast_length(least: float) -> int:
    """The smallest even number ≥ `least` made of factors 2, 3 and 5 only."""
    n = max(2, math.ceil(least))
    while True:
        rest = n
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1 and n % 2 == 0:
            return n
        n += 1


def apodisation(n: int) -> Real:
    """A gentle roll-off over the outer quarter of k-space against ringing (Tukey), 1 in the centre."""
    distance = np.abs(np.arange(n) - n // 2) / (n / 2)
    edge = np.clip((distance - 0.75) / 0.25, 0, 1)
    return (0.5 * (1 + np.cos(np.pi * edge * 0.7))).astype(np.float32)
