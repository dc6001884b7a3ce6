"""When the patient's own heart and breath give a trigger, as the attached sensors show it.

Rules:
- ECG: the R wave. Pulse: a quarter of a second later, at the fingertip. Respiration: breathed in fully.
- Without its sensor there is no trigger, and no breath gives one while it is held.
- Times are seconds of scan time; a trigger is found to the millisecond, never before it has happened.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import get_args

from simulated_mri.patient.body import Body
from simulated_mri.patient.sensors import Sensor
from simulated_mri.patient.waveforms import PULSE_DELAY_S
from simulated_mri.trigger_pace import TriggerSource

EXACT_S = 1e-4
SOURCES: tuple[TriggerSource, ...] = get_args(TriggerSource)
_SENSORS = {"ECG": Sensor.ECG, "PULSE": Sensor.PULSE, "RESPIRATION": Sensor.RESPIRATION}


def next_trigger_s(body: Body, source: TriggerSource, after_s: float, until_s: float) -> float | None:
    """The first trigger after one moment and not after another; None if there is none."""
    if _SENSORS[source] not in body.sensors:
        return None
    if source == "RESPIRATION":
        return _next_breath_s(body, after_s, until_s)
    late_s = PULSE_DELAY_S if source == "PULSE" else 0.0
    beat_s = _crossing_s(body.heart_cycles_at, after_s - late_s, until_s - late_s)
    return None if beat_s is None else beat_s + late_s


def cycle_s(body: Body, source: TriggerSource, now_s: float) -> float | None:
    """The present length of a cycle; None while the sensor shows none."""
    if _SENSORS[source] not in body.sensors:
        return None
    rate = body.breaths_per_min(now_s) if source == "RESPIRATION" else body.heart_rate_per_min(now_s)
    return 60 / rate if rate else None


def present_cycles(body: Body, now_s: float) -> dict[TriggerSource, float]:
    """Of every source whose sensor shows one."""
    found = {source: cycle_s(body, source, now_s) for source in SOURCES}
    return {source: cycle for source, cycle in found.items() if cycle is not None}


def why_none(body: Body, source: TriggerSource, now_s: float) -> str:
    """What keeps the trigger from coming, in words."""
    match source:
        case "RESPIRATION" if Sensor.RESPIRATION not in body.sensors:
            return "the respiratory belt is not attached"
        case "RESPIRATION":
            return "the patient holds the breath" if body.holding(now_s) else "no breath is seen"
        case "ECG" if Sensor.ECG not in body.sensors:
            return "the ECG leads are off"
        case "ECG":
            return "the R waves drown in the gradients' artefact"
        case "PULSE":
            attached = Sensor.PULSE in body.sensors
            return "the pulses come while gradients switch" if attached else "the pulse sensor is off"


def _next_breath_s(body: Body, after_s: float, until_s: float) -> float | None:
    """Between two holds breath goes on evenly from where it was held."""
    from_s = after_s
    while from_s <= until_s:
        held_until_s = next((end for begin, end in body.holds if begin <= from_s < end), None)
        if held_until_s is not None:
            from_s = held_until_s
            continue
        next_hold_s = min((begin for begin, _ in body.holds if begin > from_s), default=math.inf)
        found = _crossing_s(body.breath_cycles_at, from_s, min(until_s, next_hold_s - EXACT_S))
        if found is not None or next_hold_s >= until_s:
            return found
        from_s = next_hold_s
    return None


def _crossing_s(cycles_at: Callable[[float], float], after_s: float, until_s: float) -> float | None:
    """When a count that grows reaches its next whole number."""
    low_s, high_s = after_s, until_s
    target = math.floor(cycles_at(after_s + EXACT_S)) + 1
    if high_s <= low_s or cycles_at(high_s) < target:
        return None
    while high_s - low_s > EXACT_S / 2:
        middle_s = (low_s + high_s) / 2
        low_s, high_s = (low_s, middle_s) if cycles_at(middle_s) >= target else (middle_s, high_s)
    return high_s
