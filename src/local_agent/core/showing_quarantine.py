"""Exams in quarantine as they are shown; views are derived anew each time and hold no state."""

from __future__ import annotations

from local_agent.core.desk import Desk
from local_agent.core.quarantine import DECIDED, Quarantine
from mr_contract.exam import ClosedExam, CorrectionView, QuarantineView

QUARANTINES_SHOWN = 16


def quarantine_view(desk: Desk, exam_id: str, *, view: bool) -> QuarantineView | None:
    """An exam in quarantine and what is proposed about it; who is meant only where `view` is granted."""
    quarantine = desk.facts.quarantines.get(exam_id)
    if quarantine is None:
        return None
    was = desk.items.get(exam_id) if view else None
    return QuarantineView(
        exam_id=exam_id,
        state=quarantine.state,
        mistaken=quarantine.mistaken,
        reported_by=quarantine.reported_by,
        procedure=quarantine.exam.procedure,
        side=quarantine.exam.side,
        patient=was.patient if was else None,
        correction=_correction_view(desk, quarantine, view=view),
        why=quarantine.why,
    )


def _correction_view(desk: Desk, quarantine: Quarantine, *, view: bool) -> CorrectionView | None:
    proposed = quarantine.correction
    if proposed is None:
        return None
    was = desk.items.get(proposed.exam_id) if view else None
    right = desk.items.get(proposed.correction_id) if view else None
    return CorrectionView(
        correction_id=proposed.correction_id,
        verdict=proposed.verdict,
        mistaken=proposed.mistaken,
        proposed_by=proposed.by,
        signed_by=quarantine.signed_by,
        procedure_before=proposed.procedure_before,
        procedure_after=proposed.procedure_after,
        side_before=proposed.side_before,
        side_after=proposed.side_after,
        patient_before=was.patient if was else None,
        patient_after=right.patient if right else was.patient if was else None,
    )


def undecided(desk: Desk) -> tuple[QuarantineView, ...]:
    """Exams in quarantine that wait for two people, or for their copies, oldest first."""
    waiting = [q for q in desk.facts.quarantines.values() if q.state not in DECIDED]
    views = (quarantine_view(desk, q.exam.exam_id, view=True) for q in waiting[:QUARANTINES_SHOWN])
    return tuple(v for v in views if v is not None)


def undecided_closed(desk: Desk) -> tuple[QuarantineView, ...]:
    """The same of exams that are open no more, for every console: never whose they were."""
    open_id = desk.facts.exam.exam_id if desk.facts.exam else None
    there = (q for q in undecided(desk) if q.exam_id != open_id)
    views = (quarantine_view(desk, q.exam_id, view=False) for q in there)
    return tuple(v for v in views if v is not None)


def closed_exams(desk: Desk, *, view: bool) -> tuple[ClosedExam, ...]:
    """Exams closed lately that may still be reported, newest first; whose they are only with `view`."""
    quarantines = desk.facts.quarantines
    return tuple(
        ClosedExam(
            exam_id=one.exam_id,
            procedure=one.procedure,
            side=one.side,
            closed_at=one.closed_at,
            patient=item.patient if view and (item := desk.items.get(one.exam_id)) else None,
        )
        for one in reversed(desk.facts.closed)
        if one.exam_id not in quarantines or quarantines[one.exam_id].state in DECIDED
    )
