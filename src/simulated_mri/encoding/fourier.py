"""Fourier transforms with their origin at n // 2 on both sides, in single precision."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Complex = npt.NDArray[np.complex64]
Real = npt.NDArray[np.float32]


def centred_fft(values: Real | Complex, axis: int) -> Complex:
    turned = np.fft.fft(np.fft.ifftshift(values, axes=axis), axis=axis)
    return np.fft.fftshift(turned, axes=axis)


def centred_inverse(values: Complex, axis: int) -> Complex:
    turned = np.fft.ifft(np.fft.ifftshift(values, axes=axis), axis=axis)
    return np.fft.fftshift(turned, axes=axis)


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
