"""Predicted exposure of the patient: SAR, B1+rms, PNS, dB/dt; the operating mode they need (IEC 60601-2-33).

Rules:
- A prediction, never a measurement: calibrated on one point, scaled by B0² · Σ(flip²/τ) / (TR · mass).
- What lies in the transmit coil counts: a head outside has no SAR; r of the partial-body limit follows it.
- All limits hold at once; the mode needed is that of the worst quantity. Above first level is not permitted.
- B1+rms needs no mode: it is compared with an implant's label elsewhere.
- A sequence shorter than 6 minutes counts as if it went on: the average of any 6 minutes is never above it,
  and that of any 10 s neither, so the 10 s limit (twice as high) holds whenever the 6 min limit does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from simulated_mri.body_parts import MARKS, Part, in_coil, mass_share
from simulated_mri.hardware import GAMMA_HZ_PER_T, Hardware
from simulated_mri.pulses import pulses_of_slice
from simulated_mri.sequences import SequenceType, Values, count, number, traits
from simulated_mri.timing import (
    EPI_RAMPS_MS,
    packets,
    prephase_areas,
    prephase_window_ms,
    slices_per_packet,
)

OperatingMode = Literal["normal", "first_level", "not_permitted"]
MODES: tuple[OperatingMode, ...] = get_args(OperatingMode)  # from lowest to highest

# Head SAR × head mass per µT² (B1+rms²) and T² (B0²): 2.1 W/kg for the approved T2 TSE at 82 kg and 3 T.
HEAD_POWER_W_PER_UT2_T2 = 0.209
# Power in a part that lies in the coil whole, as a multiple of the head's; of a cylinder it goes by mass ×
# radius². The trunk's is such that shoulders at the edge of a head exam's coil take 1.4 times the head's.
PART_POWER: Mapping[Part, float] = {"head": 1.0, "trunk": 10.5, "arms": 0.25, "thighs": 1.7, "shanks": 0.3}

# PNS: threshold dB/dt = rheobase × (1 + chronaxie / ramp time); the length turns slew rate into dB/dt.
RHEOBASE_T_PER_S = 20.0
CHRONAXIE_MS = 0.36
EFFECTIVE_LENGTH_M = 0.25


@dataclass(frozen=True, slots=True)
class Patient:
    """What the exposure depends on. Absurd figures are refused here, where they enter."""

    weight_kg: float
    height_cm: float
    age_years: float
    mark: str = "nasion"
    """Which of `MARKS` lies in the middle of the transmit coil."""

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("weight", self.weight_kg, 0.5, 350.0),
            ("height", self.height_cm, 30.0, 250.0),
            ("age", self.age_years, 0.0, 120.0),
        ):
            if not low <= value <= high:
                raise ValueError(f"{name} {value:g} is outside {low:g} to {high:g}: correct the registration")
        if self.mark not in MARKS:
            raise ValueError(f"there is no mark {self.mark}: use one of {', '.join(MARKS)}")

    @property
    def head_mass_kg(self) -> float:
        """About 5 kg at 82 kg; children have heavy heads for their weight, never more than 30 % of it."""
        child = 0.25 * max(0.0, 1 - self.age_years / 12) * min(self.weight_kg / 20, 1.0)
        return min(3.6 + 0.017 * self.weight_kg + child, 0.3 * self.weight_kg)

    @property
    def exposed_share(self) -> float:
        """Mass within the transmit coil over total mass (r of the partial-body limit)."""
        return mass_share(self.in_coil)

    @property
    def in_coil(self) -> Mapping[Part, float]:
        """Which share of each part of the body lies in the transmit coil."""
        return in_coil(self.mark, self.height_cm)


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper limits of one operating mode; W/kg as 6-minute averages, PNS in % of the mean threshold."""

    whole_body_w_per_kg: float
    partial_body_w_per_kg: float
    head_w_per_kg: float
    pns_percent: float


@dataclass(frozen=True, slots=True)
class Exposure:
    """Predicted values, the limits that they are judged by, and the operating modes that they need."""

    whole_body_w_per_kg: float
    partial_body_w_per_kg: float
    head_w_per_kg: float
    b1_rms_ut: float
    pns_percent: float
    db_dt_t_per_s: float
    normal: Limits
    first_level: Limits

    @property
    def rf_mode(self) -> OperatingMode:
        return _mode(self.rf_share(self.normal), self.rf_share(self.first_level))

    @property
    def gradient_mode(self) -> OperatingMode:
        return _mode(
            self.pns_percent / self.normal.pns_percent, self.pns_percent / self.first_level.pns_percent
        )

    @property
    def operating_mode(self) -> OperatingMode:
        """The higher of the two; the static field needs none (normal up to 3 T)."""
        return max(self.rf_mode, self.gradient_mode, key=MODES.index)

    @property
    def share_of_normal(self) -> float:
        """The worst quantity as a share of its limit in normal mode: above 1, normal mode is left."""
        return max(self.rf_share(self.normal), self.pns_percent / self.normal.pns_percent)

    def rf_share(self, limits: Limits) -> float:
        """The worst of the three SAR values as a share of its limit."""
        return max(
            self.whole_body_w_per_kg / limits.whole_body_w_per_kg,
            self.partial_body_w_per_kg / limits.partial_body_w_per_kg,
            self.head_w_per_kg / limits.head_w_per_kg,
        )


def _mode(share_of_normal: float, share_of_first_level: float) -> OperatingMode:
    if share_of_normal <= 1:
        return "normal"
    return "first_level" if share_of_first_level <= 1 else "not_permitted"


def limits_of(
    mode: Literal["normal", "first_level"], exposed_share: float, *, ambient_c: float = 22.0
) -> Limits:
    """The standard's table. Above 25 °C the first-level whole-body limit falls by 0.25 W/kg per °C to 2."""
    if mode == "normal":
        return Limits(2.0, 10 - 8 * exposed_share, 3.2, 80.0)
    whole_body = max(2.0, 4.0 - 0.25 * max(0.0, ambient_c - 25.0))
    return Limits(whole_body, 10 - 6 * exposed_share, 3.2, 100.0)


def predict(
    sequence: SequenceType, values: Values, patient: Patient, hardware: Hardware, *, ambient_c: float = 22.0
) -> Exposure:
    """Exposure of an achieved set of values in this patient, as if the sequence ran for 6 minutes."""
    b1_rms_ut = predicted_b1_rms_ut(sequence, values, hardware)
    whole_head_w = HEAD_POWER_W_PER_UT2_T2 * hardware.b0_t**2 * b1_rms_ut**2
    inside = patient.in_coil
    total_w = whole_head_w * sum(part * PART_POWER[name] for name, part in inside.items())
    head_w = whole_head_w * inside["head"]
    share = patient.exposed_share
    return Exposure(
        whole_body_w_per_kg=total_w / patient.weight_kg,
        partial_body_w_per_kg=total_w / (share * patient.weight_kg),
        head_w_per_kg=head_w / patient.head_mass_kg,
        b1_rms_ut=b1_rms_ut,
        pns_percent=predicted_pns_percent(sequence, values, hardware),
        db_dt_t_per_s=predicted_db_dt_t_per_s(sequence, values, hardware),
        normal=limits_of("normal", share),
        first_level=limits_of("first_level", share, ambient_c=ambient_c),
    )


def _pulse_ut2_ms(flip_deg: float, duration_ms: float, shape: float) -> float:
    """∫B1² dt of one pulse in µT²·ms: shape × (flip / 2πγ)² / duration."""
    field_ut_ms = math.radians(flip_deg) / (2 * math.pi * GAMMA_HZ_PER_T) * 1e9
    return shape * field_ut_ms**2 / duration_ms


def predicted_b1_rms_ut(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """Root mean square of B1+ over a TR of the fullest concatenation, from every pulse in it, in µT."""
    kind = traits(sequence)
    slices = 1 if kind.volume else slices_per_packet(values, packets(sequence, values))
    energy = slices * _slice_ut2_ms(sequence, values, hardware)
    return math.sqrt(energy / number(values, "tr_ms"))


def _slice_ut2_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """∫B1² dt of all pulses of one slice in one TR, in µT²·ms."""
    return sum(
        own.alike * _pulse_ut2_ms(own.flip_deg, own.duration_ms, own.shape)
        for own in pulses_of_slice(sequence, values, hardware)
    )


def predicted_pns_percent(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """The steepest switching in % of the mean threshold for such ramps (IEC 60601-2-33, hyperbolic law)."""
    shares = (
        lobe.slew_t_per_m_per_s * EFFECTIVE_LENGTH_M / (RHEOBASE_T_PER_S * (1 + CHRONAXIE_MS / lobe.ramp_ms))
        for lobe in _steepest_lobes(sequence, values, hardware)
    )
    return 100 * math.hypot(*shares)


def predicted_db_dt_t_per_s(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """Change of the field at the patient, T/s: slew rate × the distance from the isocentre at which it acts.

    A gradient's field is G · r, so dB/dt = dG/dt · r, axes added as squares. `EFFECTIVE_LENGTH_M`, a quarter
    of a metre, is this model's own r for every patient and position. Background: Schaefer et al., J Magn
    Reson Imaging 2000; 12: 20.
    """
    lobes = _steepest_lobes(sequence, values, hardware)
    return math.hypot(*(lobe.slew_t_per_m_per_s for lobe in lobes)) * EFFECTIVE_LENGTH_M


class _Lobe(NamedTuple):
    """How steep one axis becomes, and for how long."""

    slew_t_per_m_per_s: float
    ramp_ms: float


def _steepest_lobes(sequence: SequenceType, values: Values, hardware: Hardware) -> tuple[_Lobe, ...]:
    """The lobes that run together before a readout, an axis each.

    An EPI train is steepest where its readout gradient turns round.
    """
    if sequence == "epi_dwi":
        total_hz = number(values, "bandwidth_hz_per_px") * count(values, "acquisition_matrix_read")
        gradient = total_hz / (GAMMA_HZ_PER_T * number(values, "fov_read_mm") / 1000)
        return (_Lobe(2 * gradient / (EPI_RAMPS_MS / 1000), EPI_RAMPS_MS),)
    window_s = prephase_window_ms(sequence, values, hardware) / 1000
    return tuple(_lobe(area, window_s, hardware) for area in prephase_areas(sequence, values, hardware))


def _lobe(area_ts_per_m: float, window_s: float, hardware: Hardware) -> _Lobe:
    """As gentle as the time allows, with ramps of a third of it; within what the gradients can do.

    A trapezium of ramps r in a window T has the area slew · r · (T - r).
    """
    ramp_s = min(window_s / 3, window_s - area_ts_per_m / hardware.gradient_max_t_per_m)
    slew, most = area_ts_per_m / (ramp_s * (window_s - ramp_s)), hardware.slew_t_per_m_per_s
    if slew > most:
        ramp_s = (window_s - math.sqrt(max(window_s**2 - 4 * area_ts_per_m / most, 0.0))) / 2
        slew = most
    return _Lobe(slew, 1000 * ramp_s)
