"""Wrong patient or side at a desk: what a report, a proposal and a signature bring about.

Rules upheld here:
- A report takes the way of stop: the stop goes out first, in the same turn, from anyone who may stop.
- It is never refused for what it is about to put right; said twice it is harmless, and stops again.
- An exam that is no longer open is quarantined without stopping the patient who lies there now.
- With the second signature the exam of the wrong patient is closed; nothing is decided while it scans.
"""

from __future__ import annotations

from local_agent.core import alarming, starting
from local_agent.core import events as e
from local_agent.core.closing import close_exam, is_scanning
from local_agent.core.desk import Desk, Moment
from local_agent.core.effects import Correct, Withhold
from local_agent.core.people import StaffMember
from local_agent.core.quarantine import (
    DECIDED,
    UNDECIDED,
    Registered,
    against_proposal,
    against_signature,
)
from mr_contract.console_messages import ReportWrong
from mr_contract.exam import WorklistItem
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.tablet_messages import ProposeCorrection, TabletReportWrong
from mr_contract.vocabulary import AlarmKind, Mistaken, QuarantineState, Side, Verdict

Found = tuple[Finding, ...]


def report(desk: Desk, command: ReportWrong | TabletReportWrong, by: str, link: str, moment: Moment) -> None:
    """Wrong patient or side. Answered as a stop is where the exam is open."""
    exam_id, command_id = command.exam_id, command.command_id
    is_open = desk.facts.exam is not None and desk.facts.exam.exam_id == exam_id
    if not is_open and desk.facts.registered(exam_id) is None:
        desk.answer(link, command_id, (finding(Reason.REQUEST_GONE),))
        return
    if is_open:
        starting.stop(desk, by, moment, link=link, command_id=command_id, why="wrong patient or side")
    before = desk.facts.quarantines.get(exam_id)
    if before is None or before.state in DECIDED:
        desk.record(e.WrongReported(by=by[:160], exam_id=exam_id, mistaken=command.mistaken))
        if is_open and desk.item is not None:
            desk.items[exam_id] = desk.item
        alarming.raise_alarm(desk, AlarmKind.WRONG_PATIENT, moment)
    desk.emit(Withhold(desk.facts.quarantines[exam_id].withheld))
    if not is_open:
        desk.answer(link, command_id, at_once=True)


def proposal_of(
    desk: Desk,
    message: ProposeCorrection,
    right: WorklistItem | None,
    *,
    correction_id: str,
    digest: str | None,
    by: str,
) -> e.CorrectionProposed:
    """What is proposed, before and after: of a wrong side only the side, else all of the right entry."""
    was = desk.facts.registered(message.exam_id) or Registered(message.exam_id, "", Side.NONE)
    side = right.side if right else message.side
    return e.CorrectionProposed(
        by=by,
        exam_id=message.exam_id,
        correction_id=correction_id,
        verdict=message.verdict,
        mistaken=message.mistaken,
        staff_id=message.staff_id,
        procedure_before=was.procedure,
        procedure_after=right.procedure if right else was.procedure,
        side_before=was.side,
        side_after=side or was.side,
        identity_digest=digest,
    )


def propose(
    desk: Desk, proposal: e.CorrectionProposed, right: WorklistItem | None, signer: StaffMember
) -> Found:
    """The first signature; `right` is the worklist entry it names, kept outside the journal already."""
    if signer.staff_id not in desk.facts.roster:
        return (finding(Reason.NOT_CHECKED_IN, name=signer.name),)
    found = against_proposal(desk.facts.quarantines, proposal)
    if found:
        return found
    if proposal.verdict is Verdict.CORRECT and right is not None and not _is_another(desk, proposal, right):
        return (finding(Reason.CORRECTION_UNCLEAR),)
    if right is not None:
        desk.items[proposal.correction_id] = right
    desk.record(proposal)
    return ()


def _is_another(desk: Desk, proposal: e.CorrectionProposed, right: WorklistItem) -> bool:
    """Whether the entry puts right what was wrong: another patient, or another order of the same one."""
    was = desk.items.get(proposal.exam_id)
    if was is None:  # erased, or never known: two people look, not the program
        return proposal.mistaken is Mistaken.PATIENT
    same = was.patient.patient_id == right.patient.patient_id
    if proposal.mistaken is Mistaken.PATIENT:
        return not same
    return same and was.item_id != right.item_id


def sign(
    desk: Desk, exam_id: str, correction_id: str, moment: Moment, *, name: str, staff_id: str | None
) -> Found:
    """The second signature; the verdict is carried out."""
    if staff_id is not None and staff_id not in desk.facts.roster:
        return (finding(Reason.NOT_CHECKED_IN, name=name),)
    found = against_signature(desk.facts.quarantines, exam_id, correction_id, name=name, staff_id=staff_id)
    if found:
        return found
    is_open = desk.facts.exam is not None and desk.facts.exam.exam_id == exam_id
    if is_open and is_scanning(desk):
        return (finding(Reason.NOT_NOW),)
    desk.record(e.CorrectionSigned(by=name, exam_id=exam_id, correction_id=correction_id, staff_id=staff_id))
    if is_open:
        close_exam(desk, name, moment)
    if desk.facts.quarantines[exam_id].state is QuarantineState.CORRECTING:
        desk.emit(Correct(exam_id, correction_id))
    if not any(q.state in UNDECIDED for q in desk.facts.quarantines.values()):
        alarming.clear_alarm(desk, AlarmKind.WRONG_PATIENT)
    return ()


def written(desk: Desk, exam_id: str, correction_id: str, *, series: int, instances: int) -> None:
    """The corrected copies are on the disk."""
    desk.record(
        e.CorrectionWritten(
            by="agent",
            exam_id=exam_id,
            correction_id=correction_id,
            series_count=series,
            instance_count=instances,
        )
    )


def failed(desk: Desk, exam_id: str, correction_id: str, why: str, moment: Moment) -> None:
    """No copy was made: said at both ends, and both people are asked again."""
    failure = e.CorrectionFailed(by="agent", exam_id=exam_id, correction_id=correction_id, why=why[:160])
    desk.record(failure)
    alarming.raise_alarm(desk, AlarmKind.WRONG_PATIENT, moment)
