"""The end of an exam."""

from __future__ import annotations

from local_agent.core import events as e
from local_agent.core.control_inputs import ExamVoided
from local_agent.core.controlling import apply_control
from local_agent.core.desk import Desk, Moment, Purpose
from local_agent.core.facts import CLOSED_KEPT
from mr_contract.scanner_messages import CloseScannerExam
from mr_contract.vocabulary import StepState

_BUSY = frozenset({StepState.STARTING, StepState.ACCEPTED, StepState.ACQUIRING})


def is_scanning(desk: Desk) -> bool:
    """Whether something runs, or is on its way, in the open exam."""
    exam = desk.facts.exam
    return desk.facts.running is not None or (exam is not None and any(s.state in _BUSY for s in exam.steps))


def close_exam(desk: Desk, by: str, moment: Moment) -> None:
    """Close the open exam: control, and all that was confirmed for this patient, is void."""
    _keep_item(desk)
    desk.record(e.ExamClosed(by=by, closed_at=moment.wall))
    desk.item = None
    desk.sheets.clear()
    desk.opened.clear()
    desk.editing.clear()
    apply_control(desk, ExamVoided(moment.at_s), moment, by=by)
    if desk.readings.scanner is not None:
        desk.ask(CloseScannerExam, Purpose("close", moment.at_s))


def _keep_item(desk: Desk) -> None:
    """Whose the exam is, as long as it can be reported afterwards; then it is forgotten."""
    facts = desk.facts
    if facts.exam is None or desk.item is None:
        return
    desk.items[facts.exam.exam_id] = desk.item
    for forgotten in facts.closed[: max(0, len(facts.closed) + 1 - CLOSED_KEPT)]:
        if forgotten.exam_id not in facts.quarantines:
            desk.items.pop(forgotten.exam_id, None)
