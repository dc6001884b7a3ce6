"""What stands against starting one step: its prescription and its exposure.

Rules upheld here:
- A step is judged under its own revision: editing one changes no number of another.
- Second level is refused outright; first level needs a decision up to the predicted value, for heating and
  stimulation each.
- An implant's label is a limit of its own, whatever the operating mode.
"""

from __future__ import annotations

import math

from local_agent.core.exam_state import Exam, FirstLevel, Step
from local_agent.core.screening import first_level_barred
from local_agent.core.situation import Situation
from mr_contract.exposure import ExposurePrediction
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import OperatingMode, StepState

_UNDER_WAY = frozenset({StepState.STARTING, StepState.ACCEPTED, StepState.ACQUIRING})


def judge_step(site: Situation, step: Step, *, state: StepState = StepState.PLANNED) -> tuple[Finding, ...]:
    """Prescription and exposure of one step, under its revision; `state` is the one it must be in."""
    exam = site.facts.exam
    if exam is None:
        return (finding(Reason.NO_EXAM),)
    found: list[Finding] = []
    if step.state is not state and step.state in _UNDER_WAY:
        found.append(finding(Reason.SCANNER_BUSY, activity=f"{step.plan.name} is running"))
    elif step.state is not state:
        found.append(finding(Reason.STEP_NOT_PLANNED, step=step.plan.name))
    elif step.step_id not in site.readings.checked_steps:
        found.append(finding(Reason.STEP_UNCHECKED, step=step.plan.name))
    found.extend(_step_exposure(exam, step))
    return tuple(found)


def _step_exposure(exam: Exam, step: Step) -> list[Finding]:
    prediction, name = step.plan.prediction, step.plan.name
    value = f"{prediction.whole_body_sar_w_per_kg:.1f} W/kg whole body, PNS {prediction.pns_percent:.0f} %"
    found: list[Finding] = []
    if prediction.mode is OperatingMode.SECOND_LEVEL:
        found.append(finding(Reason.SECOND_LEVEL, step=name, value=value))
    elif prediction.mode is OperatingMode.FIRST_LEVEL and first_level_barred(exam):
        found.append(finding(Reason.UNSCREENED_NORMAL_MODE, step=name))
    elif prediction.mode is OperatingMode.FIRST_LEVEL:
        found.extend(_undecided(exam.first_level, prediction, name))
    if prediction.wait_s > 0:
        wait = f"{int(prediction.wait_s // 60)}:{int(prediction.wait_s % 60):02d}"
        found.append(finding(Reason.SAR_AVERAGE_WAIT, wait=wait))
    for implant in exam.implants:
        for limit, predicted, unit in (
            (implant.b1_rms_ut, prediction.b1_rms_ut, "µT B1+rms"),
            (implant.whole_body_sar_w_per_kg, prediction.whole_body_sar_w_per_kg, "W/kg whole body"),
            (implant.head_sar_w_per_kg, prediction.head_sar_w_per_kg, "W/kg head"),
        ):
            if limit is not None and predicted > limit:
                words = f"{predicted:.2f} of {limit:g} {unit}"
                found.append(finding(Reason.IMPLANT_LIMIT, step=name, device=implant.device, value=words))
    return found


def _undecided(decided: FirstLevel, prediction: ExposurePrediction, name: str) -> list[Finding]:
    """What needs first level and was not decided up to there, by quantity: heating, stimulation, or both.

    `w_per_kg` and `pns_percent` of the finding are the least values that a decision must name.
    """
    least, words = dict[str, float](), list[str]()
    sar, pns = prediction.whole_body_sar_w_per_kg, prediction.pns_percent
    if prediction.rf_mode is OperatingMode.FIRST_LEVEL and not _covers(decided.w_per_kg, sar):
        least["w_per_kg"] = math.ceil(sar * 100.0) / 100.0
        words.append(f"{sar:.1f} W/kg whole body")
    if prediction.gradient_mode is OperatingMode.FIRST_LEVEL and not _covers(decided.pns_percent, pns):
        least["pns_percent"] = float(math.ceil(pns))
        words.append(f"PNS {pns:.0f} %")
    if not least:
        return []
    return [finding(Reason.FIRST_LEVEL_UNDECIDED, step=name, value=", ".join(words), **least)]


def _covers(decided: float | None, predicted: float) -> bool:
    return decided is not None and predicted <= decided
