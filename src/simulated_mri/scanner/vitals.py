"""The sensors on the patient, read for the wire: numbers, and the last second's curves."""

from __future__ import annotations

import numpy as np

from mr_contract.scanner_messages import VitalsRead
from mr_contract.vitals import Vitals
from simulated_mri.patient.sensors import Sensor
from simulated_mri.patient.waveforms import Curve, ecg_uv, pulse_percent, respiration_percent
from simulated_mri.scanner.state import Acquiring, Moment, State

ECG_HZ = 125
CURVE_HZ = 25
DEFAULT_TR_MS = 500.0


def read_vitals(state: State, moment: Moment) -> VitalsRead | None:
    """What is attached, as of now; None while nobody is registered."""
    if state.patient is None:
        return None
    now_s, body = state.scan_s(moment), state.body
    beats = body.sensors & {Sensor.ECG, Sensor.PULSE}
    return VitalsRead(
        at=moment.wall,
        vitals=Vitals(
            heart_rate_per_min=round(body.heart_rate_per_min(now_s)) if beats else None,
            respiration_per_min=round(body.breaths_per_min(now_s))
            if Sensor.RESPIRATION in body.sensors
            else None,
            spo2_percent=round(body.spo2_percent(now_s)) if Sensor.SPO2 in body.sensors else None,
        ),
        ecg_uv=_shown(ecg_uv(body, _second(now_s, ECG_HZ), gradients_every_s=_gradients_every_s(state)))
        if Sensor.ECG in body.sensors
        else (),
        pulse_percent=_shown(pulse_percent(body, _second(now_s, CURVE_HZ)))
        if Sensor.PULSE in body.sensors
        else (),
        respiration_percent=_shown(respiration_percent(body, _second(now_s, CURVE_HZ)))
        if Sensor.RESPIRATION in body.sensors
        else (),
    )


def _second(now_s: float, hz: int) -> Curve:
    return now_s - 1.0 + np.arange(1, hz + 1) / hz


def _shown(curve: Curve) -> tuple[int, ...]:
    return tuple(round(float(value)) for value in curve)


def _gradients_every_s(state: State) -> float | None:
    """How often gradients switch together; None while none do."""
    run = state.phase
    if not isinstance(run, Acquiring):
        return None
    tr_ms = run.step.achieved.values.get("tr_ms", DEFAULT_TR_MS)
    return (tr_ms if isinstance(tr_ms, float) else DEFAULT_TR_MS) / 1000
