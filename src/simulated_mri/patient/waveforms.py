"""What the sensors show: ECG with the artefact of the gradients, pulse and respiration curves.

For triggering, not for monitoring: shapes are those of a healthy heart, whatever ails the patient.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulated_mri.patient.body import Body

Curve = npt.NDArray[np.float64]

PULSE_DELAY_S = 0.25
"""From the R wave to the fingertip."""
ARTEFACT_UV = 600.0


class _Wave(NamedTuple):
    """A wave of the ECG in seconds around the R peak, as a bell."""

    height_uv: float
    at_s: float
    width_s: float


_WAVES = (
    _Wave(120.0, -0.170, 0.025),
    _Wave(-100.0, -0.026, 0.009),
    _Wave(1100.0, 0.0, 0.011),
    _Wave(-200.0, 0.030, 0.010),
    _Wave(280.0, 0.260, 0.050),
)


def ecg_uv(body: Body, times_s: Curve, *, gradients_every_s: float | None = None) -> Curve:
    """The ECG at `times_s` in µV; while gradients switch (each repetition) their artefact lies on it."""
    since_s, until_s = _around_beats(body, times_s)
    curve = np.zeros(len(times_s))
    for wave in _WAVES:
        for distance_s in (since_s, -until_s):
            curve += wave.height_uv * np.exp(-(((distance_s - wave.at_s) / wave.width_s) ** 2) / 2)
    if gradients_every_s is not None:
        curve += _artefact_uv(times_s, gradients_every_s)
    return curve


def pulse_percent(body: Body, times_s: Curve) -> Curve:
    """The plethysmogram from 0 to 100: steep rise, dicrotic notch, slow fall."""
    phase = np.array([body.heart_cycles_at(float(now)) for now in times_s - PULSE_DELAY_S]) % 1.0
    rise = np.exp(-(((phase - 0.15) / 0.09) ** 2))
    echo = 0.35 * np.exp(-(((phase - 0.45) / 0.12) ** 2))
    return np.asarray(100 * np.clip(rise + echo, 0, 1))


def respiration_percent(body: Body, times_s: Curve) -> Curve:
    """The belt from 0 (out) to 100 (in)."""
    return np.array([100 * body.breath_share(float(now)) for now in times_s])


def _around_beats(body: Body, times_s: Curve) -> tuple[Curve, Curve]:
    """Seconds since the last R wave and until the next one."""
    phase = np.array([body.heart_cycles_at(float(now)) for now in times_s]) % 1.0
    beat_s = 60 / np.array([body.heart_rate_per_min(float(now)) for now in times_s])
    return phase * beat_s, (1 - phase) * beat_s


def _artefact_uv(times_s: Curve, every_s: float) -> Curve:
    """Bursts at the beginning of each repetition: dB/dt induces tens of hertz in the leads."""
    within = (times_s % every_s) / every_s
    burst = np.where(within < 0.5, 1.0, 0.15)
    ringing = np.sin(2 * math.pi * 37.0 * times_s) + 0.6 * np.sin(2 * math.pi * 83.0 * times_s + 1.0)
    return np.asarray(ARTEFACT_UV / 1.6 * burst * ringing)
