"""What the scanner is built of: field strength, gradients, pulses and the constants that follow."""

from __future__ import annotations

from dataclasses import dataclass

GAMMA_HZ_PER_T = 42.577e6
FAT_SHIFT_PPM = 3.4


@dataclass(frozen=True, slots=True)
class Hardware:
    """One scanner. Gradients in T/m and T/m/s, pulses in ms."""

    b0_t: float = 3.0
    gradient_max_t_per_m: float = 0.040
    slew_t_per_m_per_s: float = 150.0
    excitation_ms: float = 2.0
    refocusing_ms: float = 3.0
    inversion_ms: float = 10.0
    time_bandwidth: float = 4.0
    spoiler_ms: float = 1.5
    rf_duty_percent: float = 35.0
    """Share of a repetition in which the RF amplifier may be on: this model's own figure."""
    elements_along_phase: tuple[int, int] = (4, 4)
    """Of the coil in use, as different places along the phase direction: if that is ROW, and if COL."""
    epi_ghost_rad: float = 0.05  # between readouts of either direction, after correction: a ghost of 2.5 %

    @property
    def fat_shift_hz(self) -> float:
        return FAT_SHIFT_PPM * 1e-6 * GAMMA_HZ_PER_T * self.b0_t

    @property
    def fov_min_bandwidth_mm(self) -> float:
        """Smallest field of view in mm per Hz of total receiver bandwidth (readout at full gradient)."""
        return 1000.0 / (GAMMA_HZ_PER_T * self.gradient_max_t_per_m)

    @property
    def thickness_min_mm(self) -> float:
        """Thinnest slice that full gradient selects with the refocusing or excitation pulse."""
        bandwidth_hz = self.time_bandwidth / (min(self.excitation_ms, self.refocusing_ms) / 1000)
        return bandwidth_hz * self.fov_min_bandwidth_mm

    def lobe_ms(self, area_ts_per_m: float) -> float:
        """Duration of the shortest gradient lobe (trapezium or triangle) with this area."""
        ramp_s = self.gradient_max_t_per_m / self.slew_t_per_m_per_s
        ramps_area = self.gradient_max_t_per_m * ramp_s
        if area_ts_per_m <= ramps_area:
            return float(2000.0 * (area_ts_per_m / self.slew_t_per_m_per_s) ** 0.5)
        return 1000.0 * (2 * ramp_s + (area_ts_per_m - ramps_area) / self.gradient_max_t_per_m)
