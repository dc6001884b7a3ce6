"""From a slice of the patient to k-space, and from k-space lines back to a picture.

k-space arrays are [phase, read] with the centre at n // 2, in units of signal density: the mean
over the field of view is the central value, so that a picture does not depend on its matrix.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulated_mri.geometry import Points, SliceGroup
from simulated_mri.hardware import Hardware
from simulated_mri.phantom import Complex, Plane, Real, SignalVolume, sample
from simulated_mri.sequences import Values, count, number

OBJECT_PITCH_MM = 0.7  # finer than the subject's voxels
SUBSLICE_MM = 2.0
COUNTS_PER_UNIT = 10000.0  # stored pixel value of signal density 1 (pure water, fully relaxed)
# Noise of one sample in signal density × mm³ per √Hz at 3 T; chosen for SNR 40 in white matter on FLAIR.
NOISE_AT_3T = 0.018


@dataclass(frozen=True, slots=True)
class Encoding:
    """Matrix and field of view of one picture, in encoding axes (phase, read)."""

    lines: int
    samples: int
    fov_phase_mm: float
    fov_read_mm: float
    thickness_mm: float
    phase_along_row: bool
    fat_shift_mm: float
    noise: float  # standard deviation of each of the real and imaginary parts of one k-space value

    @property
    def picture_lines(self) -> int:
        """Phase size of the reconstructed picture: pixels as square as an even number of them can be."""
        square = 2 * round(self.fov_phase_mm / (self.fov_read_mm / self.samples) / 2)
        return max(square, self.lines)

    @property
    def rows(self) -> int:
        return self.samples if self.phase_along_row else self.picture_lines

    @property
    def columns(self) -> int:
        return self.picture_lines if self.phase_along_row else self.samples

    @property
    def pixel_spacing_mm(self) -> tuple[float, float]:
        """(between rows, between columns), as PixelSpacing wants it."""
        phase, read = self.fov_phase_mm / self.picture_lines, self.fov_read_mm / self.samples
        return (read, phase) if self.phase_along_row else (phase, read)


def make_encoding(values: Values, hardware: Hardware, *, partitions: int = 1) -> Encoding:
    """Noise variance per sample follows the receiver's total bandwidth, divided by the encoded volume."""
    samples = count(values, "acquisition_matrix_read")
    bandwidth = number(values, "bandwidth_hz_per_px")
    fov_read, thickness = number(values, "fov_read_mm"), number(values, "slice_thickness_mm")
    fov_phase = fov_read * number(values, "phase_fov_percent") / 100
    volume = fov_read * fov_phase * thickness * partitions
    return Encoding(
        lines=count(values, "acquisition_matrix_phase"),
        samples=samples,
        fov_phase_mm=fov_phase,
        fov_read_mm=fov_read,
        thickness_mm=thickness,
        phase_along_row=values["phase_encoding"] == "ROW",
        fat_shift_mm=hardware.fat_shift_hz / bandwidth * fov_read / samples,
        noise=NOISE_AT_3T * (3.0 / hardware.b0_t) * math.sqrt(bandwidth * samples) / volume,
    )


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


def slice_kspace(volume: SignalVolume, encoding: Encoding, group: SliceGroup, index: int) -> Complex:
    """Noise-free k-space of one slice, shape (lines, samples): finer grid, transform, crop."""
    seen = _object(volume, encoding, group, index)
    pixels = seen.size
    along_read = _centred_fft(seen, 1)[:, _middle(seen.shape[1], encoding.samples)]
    return _centred_fft(along_read, 0)[_middle(seen.shape[0], encoding.lines)] / np.float32(pixels)


def _object(volume: SignalVolume, encoding: Encoding, group: SliceGroup, index: int) -> Real:
    """The excited slice, fine grid [phase, read]: averaged over thickness, fat shifted, folded in phase."""
    n_read = fast_length(max(encoding.samples, encoding.fov_read_mm / OBJECT_PITCH_MM))
    n_phase = fast_length(max(encoding.lines, encoding.fov_phase_mm / OBJECT_PITCH_MM))
    read_mm, phase_mm = encoding.fov_read_mm / n_read, encoding.fov_phase_mm / n_phase
    row, column = np.array(group.row_direction), np.array(group.column_direction)
    phase_axis, read_axis = (row, column) if encoding.phase_along_row else (column, row)
    centre, normal = group.slice_centre_mm(index), np.array(group.normal)
    folds = _folds(volume, centre, phase_axis, encoding.fov_phase_mm)
    layers = max(1, math.ceil(encoding.thickness_mm / SUBSLICE_MM))
    total = np.zeros((n_phase, n_read), dtype=np.complex64)
    for layer in range(layers):
        depth = ((layer + 0.5) / layers - 0.5) * encoding.thickness_mm
        for fold in folds:
            first = (
                centre + depth * normal + fold * encoding.fov_phase_mm * phase_axis
                - (n_phase // 2) * phase_mm * phase_axis - (n_read // 2) * read_mm * read_axis
            )  # fmt: skip
            total += sample(volume, Plane(first, read_mm * read_axis, phase_mm * phase_axis, n_phase, n_read))
    total /= np.float32(layers)
    return total.real + _shifted(total.imag, encoding.fat_shift_mm / read_mm)


def _folds(volume: SignalVolume, centre: Points, phase_axis: Points, fov_mm: float) -> range:
    """Which copies of the field of view hold patient: these wrap around into the picture."""
    signs, offset = volume.placement.head_from_scanner()
    reach = ((volume.subject.corners_mm() - offset) / signs - centre) @ phase_axis
    first, last = (math.floor(edge / fov_mm + 0.5) for edge in (reach.min() + 12, reach.max() - 12))
    return range(min(first, 0), max(last, 0) + 1)


def _shifted(picture: Real, pixels: float) -> Real:
    """Moved along the readout by a fraction of pixels (chemical shift)."""
    whole = math.floor(pixels)
    share = np.float32(pixels - whole)
    return np.roll(picture, whole, 1) * (1 - share) + np.roll(picture, whole + 1, 1) * share


def _middle(n: int, kept: int) -> slice:
    start = n // 2 - kept // 2
    return slice(start, start + kept)


def _centred_fft(values: Real | Complex, axis: int) -> Complex:
    """Transform with the origin at n // 2 on both sides."""
    turned = np.fft.fft(np.fft.ifftshift(values, axes=axis), axis=axis)
    return np.fft.fftshift(turned, axes=axis)


def centred_inverse(values: Complex, axis: int) -> Complex:
    turned = np.fft.ifft(np.fft.ifftshift(values, axes=axis), axis=axis)
    return np.fft.fftshift(turned, axes=axis)


def apodisation(n: int) -> Real:
    """A gentle roll-off over the outer quarter of k-space against ringing (Tukey), 1 in the centre."""
    distance = np.abs(np.arange(n) - n // 2) / (n / 2)
    edge = np.clip((distance - 0.75) / 0.25, 0, 1)
    return (0.5 * (1 + np.cos(np.pi * edge * 0.7))).astype(np.float32)


def picture(kspace: Complex, encoding: Encoding) -> npt.NDArray[np.uint16]:
    """Magnitude picture [row, column] in counts of 1 / COUNTS_PER_UNIT; lines that are zero stay missing."""
    weighted = kspace * apodisation(encoding.samples) * apodisation(encoding.lines)[:, None]
    padded = np.zeros((encoding.picture_lines, encoding.samples), dtype=np.complex64)
    padded[_middle(encoding.picture_lines, encoding.lines)] = weighted
    turned = np.fft.ifft2(np.fft.ifftshift(padded))
    magnitude = np.abs(np.fft.fftshift(turned)) * np.float32(padded.size * COUNTS_PER_UNIT)
    counts = np.minimum(magnitude + np.float32(0.5), 65535).astype(np.uint16)
    return np.ascontiguousarray(counts.T) if encoding.phase_along_row else counts
