"""The end of an exam."""

from __future__ import annotations

from local_agent.core import events as e
from local_agent.core.control_inputs import ExamVoided
from local_agent.core.controlling import apply_control
from local_agent.core.desk import Desk, Moment, Purpose
from mr_contract.scanner_messages import CloseScannerExam
from mr_contract.vocabulary import StepState

_BUSY = frozenset({StepState.STARTING, StepState.ACCEPTED, StepState.ACQUIRING})


def is_scanning(desk: Desk) -> bool:
    """Whether something runs, or is on its way, in the open exam."""
    exam = desk.facts.exam
    return desk.facts.running is not None or (exam is not None and any(s.state in _BUSY for s in exam.steps))


def close_exam(desk: Desk, by: str, moment: Moment) -> None:
    """Close the open exam: control, and all that was confirmed for this patient, is void."""
    desk.record(e.ExamClosed(by=by))
    desk.item = None
    desk.sheets.clear()
    desk.opened.clear()
    desk.editing.clear()
    apply_control(desk, ExamVoided(moment.at_s), moment, by=by)
    if desk.readings.scanner is not None:
        desk.ask(CloseScannerExam, Purpose("close", moment.at_s))
