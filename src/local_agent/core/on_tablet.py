"""Commands of the tablet page: the local operator's side of everything.

Rules upheld here:
- A confirmation names the exam it was drawn for; for another exam it is refused.
- Confirmations are holds of at least 1 s; stop is one touch.
- A suspended control is resumed only if nothing was voided meanwhile; else it is asked for anew.
- Whoever signs is checked in and proved it with their own PIN (verified before this is called).
- What a signature or an emergency exception needs is decided in `screening`.
"""

from __future__ import annotations

from typing import assert_never

from local_agent.core import alarming, audio_check, dividing, quarantining, starting
from local_agent.core import events as e
from local_agent.core.closing import close_exam, is_scanning
from local_agent.core.control_inputs import Allowed, Denied, ExamVoided, PatientCut, ResumeTouched, Revoked
from local_agent.core.control_state import Holder
from local_agent.core.controlling import apply_control
from local_agent.core.desk import Desk, Moment
from local_agent.core.editing import check_unchecked
from local_agent.core.exam_state import Exam
from local_agent.core.on_console import acknowledge, send_note
from local_agent.core.people import StaffMember
from local_agent.core.policy import roster_missing
from local_agent.core.positioning import HOLD_MS, ask_scanner, position, same_exam
from local_agent.core.refusals import TakenUp
from local_agent.core.responsibilities import unread
from local_agent.core.screening import (
    against_exception,
    against_signature,
    may_stop_fully,
    screening_digest,
)
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.tablet_messages import (
    AllowFirstLevel,
    AnswerAudioCheck,
    AnswerRequest,
    AnyTabletCommand,
    CheckIn,
    CheckOut,
    CloseExam,
    ConfirmFullStop,
    ConfirmIdentity,
    ConfirmPatientReady,
    ConfirmPresence,
    CutIntercom,
    MoveTable,
    PauseSource,
    ProposeCorrection,
    RecordPatientData,
    RecordScreening,
    ResumeControl,
    RevokeControl,
    SetLandmark,
    SettleUnknown,
    SignCorrection,
    SignEmergencyException,
    SignScreening,
    TabletAcknowledge,
    TabletAcknowledgeResponsibilities,
    TabletMoveResponsibility,
    TabletNote,
    TabletReportWrong,
    TabletStop,
    TakePatient,
    TalkRequest,
    VoidTabletAudioCheck,
)
from mr_contract.vocabulary import AlarmKind, StartOutcome

Found = tuple[Finding, ...]

_BY_ANYBODY = (
    CheckIn,
    CheckOut,
    RevokeControl,
    CutIntercom,
    AnswerRequest,
    ConfirmPresence,
    TabletAcknowledge,
    TabletNote,
    VoidTabletAudioCheck,
)
"""What makes nothing more dangerous may be done by whoever stands there; the rest names who is checked in."""


def tablet_command(
    desk: Desk, command: AnyTabletCommand, link: str, signer: StaffMember | None, moment: Moment
) -> None:
    """One command of the tablet. `signer` proved themself by PIN; `TakePatient` comes to `take_patient`."""
    by = local_names(desk)
    if isinstance(command, TabletStop):
        starting.stop(desk, by, moment, link=link, command_id=command.command_id)
        touched(desk, moment)
        return
    if isinstance(command, TabletReportWrong):
        quarantining.report(desk, command, by, link, moment)
        touched(desk, moment)
        return
    touched(desk, moment)
    desk.refusals.take_up(link, _taken_up(command, by, moment))
    if not desk.facts.roster and not _may_be_anybody(command):
        desk.answer(link, command.command_id, (_nobody(desk),))
        return
    match command:
        case CheckIn() | CheckOut():
            found = _roster(desk, command, signer)
        case (
            ConfirmIdentity()
            | RecordScreening()
            | SignScreening()
            | SignEmergencyException()
            | ConfirmFullStop()
        ):
            found = _prepare_patient(desk, command, signer, by)
        case MoveTable() | SetLandmark():
            found = ask_scanner(desk, command, by, link, moment)
            if not found:
                return  # the scanner's answer is the command's
        case RecordPatientData() | ConfirmPatientReady():
            found = position(desk, command, by, moment)
        case AnswerRequest() | RevokeControl() | ResumeControl() | CutIntercom():
            found = _answer(desk, command, by, moment)
        case TabletMoveResponsibility(digest=digest, item=item):
            found = dividing.move(desk, digest, item, by)
        case TabletAcknowledgeResponsibilities(digest=digest):
            found = dividing.acknowledge_here(desk, digest, by)
        case AllowFirstLevel():
            found = same_exam(desk, command.exam_id)
            if not found:
                sar, pns = command.up_to_w_per_kg, command.up_to_pns_percent
                decided = e.FirstLevelDecided(by=by, side="local", up_to_w_per_kg=sar, up_to_pns_percent=pns)
                desk.record(decided)
        case SettleUnknown():
            found = _settle(desk, command, signer)
            check_unchecked(desk, moment)
        case CloseExam():
            found = _close(desk, command, by, moment)
        case AnswerAudioCheck():
            found = audio_check.answer(desk, command.check_id, link, by, hears=command.hears)
        case VoidTabletAudioCheck():
            audio_check.device_changed(desk, link)
            found = ()
        case PauseSource():
            found = _pause(desk, command, by)
        case ConfirmPresence():
            found = ()
        case SignCorrection(exam_id=exam_id, correction_id=correction_id):
            found = (finding(Reason.WRONG_PIN),)
            if signer is not None:
                named = {"name": signer.name, "staff_id": signer.staff_id}
                found = quarantining.sign(desk, exam_id, correction_id, moment, **named)
        case TakePatient() | ProposeCorrection():
            found = (finding(Reason.NOT_NOW),)
        case TabletAcknowledge():
            acknowledge(desk, command.alarm_id, by, link, command.command_id, moment)
            return
        case TabletNote():
            send_note(desk, command.text, by, link, command.command_id)
            return
        case _:
            assert_never(command)
    desk.answer(link, command.command_id, found)


def _may_be_anybody(command: AnyTabletCommand) -> bool:
    return isinstance(command, _BY_ANYBODY) or (isinstance(command, PauseSource) and command.paused)


def _pause(desk: Desk, command: PauseSource, by: str) -> Found:
    """Recorded where it changes something; twice the same is one."""
    title = next((s.title for s in desk.readings.sources if s.source == command.source), None)
    if title is None:
        return (finding(Reason.NO_SOURCES),)
    if command.paused is not (command.source in desk.facts.paused_sources):
        kind = e.SourcePaused if command.paused else e.SourceResumed
        desk.record(kind(by=by, source=command.source, title=title))
    return ()


def answer_command(
    desk: Desk,
    command: AnyTabletCommand | TalkRequest,
    link: str,
    found: Found,
    moment: Moment,
    *,
    claimed: str = "",
) -> None:
    """Answer what was not decided by `tablet_command`: a PIN that was not right, a patient to be taken."""
    desk.refusals.take_up(link, _taken_up(command, local_names(desk), moment, claimed))
    desk.answer(link, command.command_id, found)


def _taken_up(command: AnyTabletCommand | TalkRequest, by: str, moment: Moment, claimed: str = "") -> TakenUp:
    return TakenUp(command.kind, command.command_id, by, "tablet", moment.at_s, claimed)


def touched(desk: Desk, moment: Moment) -> None:
    """A sign of the local operator."""
    desk.read(presence_at_s=moment.at_s)
    alarming.clear_alarm(desk, AlarmKind.LOCAL_OPERATOR_ABSENT)


def local_names(desk: Desk) -> str:
    """Who is checked in, for the record; a tablet nobody checked in at is named as such."""
    names = ", ".join(p.name for p in desk.facts.roster.values())
    return names[:160] or "local operator (not checked in)"


def _nobody(desk: Desk) -> Finding:
    """Nobody is checked in: the same words as the interlock's, which says who is missing."""
    return finding(Reason.ROSTER_BELOW_POLICY, missing=roster_missing(desk.policy.presence, ()))


def take_patient(desk: Desk, opened: e.ExamOpened, moment: Moment) -> Found:
    """Open the exam; the identity was stored outside the journal before."""
    touched(desk, moment)
    if desk.facts.exam is not None:
        return (finding(Reason.EXAM_OPEN),)
    if not desk.facts.roster:
        return (_nobody(desk),)
    desk.record(opened)
    dividing.lay_out(desk, "site's policy")
    apply_control(desk, ExamVoided(moment.at_s), moment, by=opened.by)
    return ()


def _roster(desk: Desk, command: CheckIn | CheckOut, signer: StaffMember | None) -> Found:
    if isinstance(command, CheckOut):
        if command.staff_id not in desk.facts.roster:
            return (finding(Reason.NOT_CHECKED_IN, name=command.staff_id),)
        name = desk.facts.roster[command.staff_id].name
        desk.record(e.CheckedOut(by=name, staff_id=command.staff_id))
        return ()
    if signer is None:
        return (finding(Reason.WRONG_PIN),)
    desk.record(
        e.CheckedIn(
            by=signer.name,
            staff_id=signer.staff_id,
            name=signer.name,
            mr_level=signer.mr_level,
            qualification=signer.qualification,
        )
    )
    return ()


def _prepare_patient(
    desk: Desk,
    command: ConfirmIdentity | RecordScreening | SignScreening | SignEmergencyException | ConfirmFullStop,
    signer: StaffMember | None,
    by: str,
) -> Found:
    found = same_exam(desk, command.exam_id)
    exam = desk.facts.exam
    if found or exam is None:
        return found
    match command:
        case ConfirmIdentity(identifiers=identifiers, staff_id=staff_id):
            if staff_id not in desk.facts.roster:
                return (finding(Reason.NOT_CHECKED_IN, name=staff_id),)
            if len(set(identifiers)) < 2:
                return (finding(Reason.IDENTIFIERS_TOO_FEW),)
            name = desk.facts.roster[staff_id].name
            desk.record(e.IdentityConfirmed(by=name, identifiers=tuple(dict.fromkeys(identifiers))))
        case RecordScreening():
            if not command.questions_answered or command.implant_free == bool(command.implants):
                return (finding(Reason.SCREENING_MISSING),)
            recorded = e.ScreeningRecorded(
                by=by, implant_free=command.implant_free, implants=command.implants
            )
            desk.record(recorded)
        case SignScreening():
            return _sign(desk, exam, signer)
        case SignEmergencyException():
            return _except(desk, exam, command, signer)
        case ConfirmFullStop():
            if not may_stop_fully(exam):
                return (finding(Reason.SCREENING_MISSING),)
            desk.record(e.FullStopConfirmed(by=by))
    return ()


def _sign(desk: Desk, exam: Exam, signer: StaffMember | None) -> Found:
    found = against_signature(exam, desk.facts.roster, signer)
    if not found and signer is not None:
        signed = e.ScreeningSigned(by=signer.name, staff_id=signer.staff_id, mr_level=signer.mr_level)
        desk.record(signed)
    return found


def _except(desk: Desk, exam: Exam, command: SignEmergencyException, signer: StaffMember | None) -> Found:
    found = against_exception(exam, desk.policy, desk.facts.roster, signer, command.reason)
    if not found and signer is not None:
        desk.record(
            e.EmergencyExceptionSigned(
                by=signer.name,
                staff_id=signer.staff_id,
                reason=command.reason.strip(),
                screening=screening_digest(exam),
            )
        )
    return found


def _answer(
    desk: Desk,
    command: AnswerRequest | RevokeControl | ResumeControl | CutIntercom,
    by: str,
    moment: Moment,
) -> Found:
    match command:
        case CutIntercom():
            return apply_control(desk, PatientCut(moment.at_s), moment, by=by)
        case RevokeControl():
            return apply_control(desk, Revoked(moment.at_s), moment, by=by)
        case ResumeControl() if desk.facts.voided_count > desk.facts.suspended_count:
            what = desk.facts.voided_by.replace("_", " ")
            return (finding(Reason.VOIDED_MEANWHILE, what=what),)
        case ResumeControl():
            candidates: tuple[Holder, ...] = tuple(desk.consoles.values())
            return apply_control(desk, ResumeTouched(candidates, moment.at_s), moment, by=by)
        case AnswerRequest(request_id=request_id, granted=granted):
            if not granted:
                return apply_control(desk, Denied(request_id, moment.at_s), moment, by=by)
            if command.held_ms < HOLD_MS:
                return (finding(Reason.NOT_NOW),)
            if not desk.facts.roster:
                return (_nobody(desk),)
            return _allow(desk, command, by, moment)


def _allow(desk: Desk, command: AnswerRequest, by: str, moment: Moment) -> Found:
    """A yes; with it whoever is checked in acknowledges the list that was shown with the request."""
    digest = command.responsibilities
    found = unread(dividing.division(desk), digest) if digest is not None else ()
    allowed = Allowed(command.request_id, frozenset(command.granted), moment.at_s)
    found = found or apply_control(desk, allowed, moment, by=by)
    if not found and digest is not None:
        dividing.acknowledge_here(desk, digest, by)
    return found


def _settle(desk: Desk, command: SettleUnknown, signer: StaffMember | None) -> Found:
    record = desk.facts.starts.get(command.unknown_command)
    if record is None or record.outcome is not StartOutcome.UNKNOWN:
        return (finding(Reason.REQUEST_GONE),)
    if signer is None:
        return (finding(Reason.WRONG_PIN),)
    if signer.staff_id not in desk.facts.roster:
        return (finding(Reason.NOT_CHECKED_IN, name=signer.name),)
    desk.record(e.StartSettled(by=signer.name, command_id=command.unknown_command, ran=command.ran))
    return ()


def _close(desk: Desk, command: CloseExam, by: str, moment: Moment) -> Found:
    found = same_exam(desk, command.exam_id)
    exam = desk.facts.exam
    if found or exam is None:
        return found
    if is_scanning(desk):
        return (finding(Reason.NOT_NOW),)
    close_exam(desk, by, moment)
    return ()
