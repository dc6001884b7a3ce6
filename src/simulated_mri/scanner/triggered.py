"""What the patient's triggers make of a step: how long it takes, which TR it has, how often it exposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mr_contract.exposure import ExposurePrediction
from mr_contract.parameters import ParameterChange
from simulated_mri import exposure
from simulated_mri.hardware import Hardware
from simulated_mri.plan import AcquisitionPlan, make_plan
from simulated_mri.prescription import Prescription
from simulated_mri.sequences import SequenceType, Values, number
from simulated_mri.timing import as_repeated, segment_lines, timing
from simulated_mri.trigger_pace import TriggerSource

_WORTH_TELLING = 0.005  # of TR


@dataclass(frozen=True, slots=True)
class Had:
    """A step as it will be had: `values` with the TR of the present rate, which `changes` tell.

    `estimate` says in words what the duration is an estimate from; empty where it is certain.
    """

    values: Values
    changes: tuple[ParameterChange, ...]
    duration_s: float
    estimate: str


def as_triggered(
    sequence: SequenceType, values: Values, hardware: Hardware, cycles_s: Mapping[TriggerSource, float]
) -> Had:
    """`cycles_s`: how long a cycle of each signal lasts that is seen now."""
    pace = make_plan(sequence, values, hardware).pace
    if pace is None:
        return Had(values, (), timing(sequence, values, hardware).duration_s, "")
    of = "breathing" if pace.source == "RESPIRATION" else "heart"
    cycle_s = cycles_s.get(pace.source)
    if cycle_s is None:
        expected = f"from the expected {of} rate of {60 / pace.cycle_s:.0f}/min: no signal is seen"
        return Had(values, (), pace.end_s, expected)
    had = as_repeated(sequence, values, pace.interval_s(cycle_s))
    present = f"from the present {of} rate of {60 / cycle_s:.0f}/min"
    return Had(had, _changes(values, had, cycle_s), pace.remaining_s((), 0.0, cycle_s), present)


def _changes(planned: Values, had: Values, cycle_s: float) -> tuple[ParameterChange, ...]:
    before, after = number(planned, "tr_ms"), number(had, "tr_ms")
    if abs(after / before - 1) < _WORTH_TELLING:
        return ()
    cycles = round(after / cycle_s / 1000)
    why = f"{cycles} cycles of the patient's present {60 / cycle_s:.0f}/min, for exposure and contrast"
    return (ParameterChange(key="tr_ms", before=before, after=round(after, 1), why=why),)


def rf_repetition_s(
    step: Prescription, plan: AcquisitionPlan, predicted: ExposurePrediction, hardware: Hardware
) -> float | None:
    """The interval that `predicted` is of; None where pulses go on between the repetitions.

    From B1+rms, which falls with the root of the interval: the rate it was predicted for may be gone.
    """
    if plan.pace is None or segment_lines(step.sequence, step.values) is not None or not predicted.b1_rms_ut:
        return None
    planned_ut = exposure.predicted_b1_rms_ut(step.sequence, step.values, hardware)
    return plan.pace.repetition_s * (planned_ut / predicted.b1_rms_ut) ** 2
