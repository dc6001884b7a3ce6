"""Combined k-space of one slice to its picture: filter, interpolation, cropping, counts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import fft

from simulated_mri.encoding.fourier import Complex, Real, apodisation, middle
from simulated_mri.encoding.matrix import COUNTS_PER_UNIT, Encoding

Picture = npt.NDArray[np.uint16]


def complex_picture(kspace: Complex, encoding: Encoding) -> Complex:
    """[phase, read] over the shown field of view, in signal density; lines that are zero stay missing."""
    weighted = kspace * apodisation(encoding.samples) * apodisation(encoding.lines)[:, None]
    padded = np.zeros((encoding.encoded_picture_lines, encoding.samples), dtype=np.complex64)
    padded[middle(encoding.encoded_picture_lines, encoding.lines)] = weighted
    turned = fft.fftshift(fft.ifft2(fft.ifftshift(padded), overwrite_x=True))
    turned *= np.float32(padded.size)
    return np.asarray(turned[middle(encoding.encoded_picture_lines, encoding.picture_lines)])


def as_shown(values: Real, encoding: Encoding) -> Real:
    """[phase, read] → [row, column]."""
    return np.ascontiguousarray(values.T) if encoding.phase_along_row else values


def in_counts(values: Real) -> Picture:
    """Signal density in units of 1 / COUNTS_PER_UNIT, rounded, within 16 bits."""
    scaled = values * np.float32(COUNTS_PER_UNIT) + np.float32(0.5)
    return np.asarray(np.clip(scaled, 0, 65535), dtype=np.uint16)
