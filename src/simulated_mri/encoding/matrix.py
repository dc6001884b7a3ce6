"""Matrix, fields of view, shifts and noise of one acquisition's pictures.

k-space arrays are [phase, read] with the centre at n // 2, in units of signal density: the mean over the
*encoded* field of view is the central value, so that a picture does not depend on its matrix.

Readout is oversampled twice and the receiver's filter cuts what lies outside the field of view, so that
nothing wraps along it. Half of the oversampled samples are thrown away after the filter: what is simulated
are the samples that remain, with the noise that remains in them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulated_mri.hardware import Hardware
from simulated_mri.phase_lines import encoded_fov_phase_mm, encoded_lines
from simulated_mri.sequences import SequenceType, Values, count, count_or, number, traits
from simulated_mri.timing import echo_spacing_ms

COUNTS_PER_UNIT = 10000.0  # stored pixel value of signal density 1 (pure water, fully relaxed)
# Noise of one sample in signal density × mm³ per √Hz at 3 T; chosen for SNR 40 in white matter on FLAIR.
NOISE_AT_3T = 0.018


@dataclass(frozen=True, slots=True)
class Encoding:
    """Encoding axes are (phase, read). `fov_phase_mm` is shown; `encoded_fov_mm` has its oversampling too.

    `hz_per_pixel_read`, `hz_per_pixel_phase`: off-resonance that moves signal by one pixel of the acquired
    matrix; in phase direction that happens in EPI only (otherwise infinite). `noise`: standard deviation of
    each of the real and imaginary parts of one k-space value in a coil of unit sensitivity.
    """

    lines: int
    samples: int
    encoded_fov_mm: float
    fov_phase_mm: float
    fov_read_mm: float
    thickness_mm: float
    phase_along_row: bool
    fat_hz: float
    hz_per_pixel_read: float
    hz_per_pixel_phase: float
    acceleration: int
    noise: float

    @property
    def pixel_read_mm(self) -> float:
        return self.fov_read_mm / self.samples

    @property
    def fat_shift_mm(self) -> float:
        """How far fat lies from where it is, towards higher readout positions."""
        return -self.fat_hz / self.hz_per_pixel_read * self.pixel_read_mm

    @property
    def encoded_picture_lines(self) -> int:
        """Phase size with the oversampling: pixels as square as an even number of them can be."""
        square = 2 * round(self.encoded_fov_mm / self.pixel_read_mm / 2)
        return max(square, self.lines)

    @property
    def picture_lines(self) -> int:
        """Phase size of the picture that is shown."""
        share = self.fov_phase_mm / self.encoded_fov_mm
        return min(2 * round(self.encoded_picture_lines * share / 2), self.encoded_picture_lines)

    @property
    def rows(self) -> int:
        return self.samples if self.phase_along_row else self.picture_lines

    @property
    def columns(self) -> int:
        return self.picture_lines if self.phase_along_row else self.samples

    @property
    def pixel_spacing_mm(self) -> tuple[float, float]:
        """(between rows, between columns), as PixelSpacing wants it."""
        phase = self.encoded_fov_mm / self.encoded_picture_lines
        return (self.pixel_read_mm, phase) if self.phase_along_row else (phase, self.pixel_read_mm)


def make_encoding(sequence: SequenceType, values: Values, hardware: Hardware) -> Encoding:
    """Noise variance per sample follows the receiver's total bandwidth, divided by the encoded volume."""
    samples, lines = count(values, "acquisition_matrix_read"), encoded_lines(values)
    bandwidth = number(values, "bandwidth_hz_per_px")
    fov_read, thickness = number(values, "fov_read_mm"), number(values, "slice_thickness_mm")
    encoded_fov = encoded_fov_phase_mm(values)
    partitions = count(values, "slice_count") if traits(sequence).volume else 1
    volume = fov_read * encoded_fov * thickness * partitions
    factor = count_or(values, "acceleration_factor", 1)
    per_pixel_phase = math.inf
    if traits(sequence).readout == "epi":
        per_pixel_phase = factor * 1000 / echo_spacing_ms(sequence, values, hardware) / lines
    return Encoding(
        lines=lines,
        samples=samples,
        encoded_fov_mm=encoded_fov,
        fov_phase_mm=fov_read * number(values, "phase_fov_percent") / 100,
        fov_read_mm=fov_read,
        thickness_mm=thickness,
        phase_along_row=values["phase_encoding"] == "ROW",
        fat_hz=-hardware.fat_shift_hz,
        hz_per_pixel_read=bandwidth,
        hz_per_pixel_phase=per_pixel_phase,
        acceleration=factor,
        noise=NOISE_AT_3T * (3.0 / hardware.b0_t) * math.sqrt(bandwidth * samples) / volume,
    )
