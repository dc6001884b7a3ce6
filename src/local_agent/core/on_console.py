"""Commands of consoles: permission first, then the function that carries each out."""

from __future__ import annotations

from typing import assert_never

from local_agent.core import (
    alarming,
    audio_check,
    dividing,
    editing,
    intercom,
    quarantining,
    signing,
    starting,
)
from local_agent.core import events as e
from local_agent.core.control_inputs import Asked, Released, Withdrawn
from local_agent.core.control_state import OPERATING, Holder, Request
from local_agent.core.controlling import apply_control
from local_agent.core.desk import Desk, Moment, Purpose
from local_agent.core.digests import content_digest
from local_agent.core.effects import Answer, Note
from local_agent.core.gate import check_privilege
from local_agent.core.refusals import TakenUp
from local_agent.core.responsibilities import unread
from mr_contract.console_messages import (
    AcknowledgeAlarm,
    AcknowledgeResponsibilities,
    AgreeCorrection,
    ArmStep,
    AskAudioCheck,
    CloseIntercom,
    ConfirmAudioCheck,
    ConsoleCommand,
    DecideFirstLevel,
    DisarmStep,
    EditStep,
    GiveBreathCommand,
    ListProtocols,
    MoveResponsibility,
    OpenIntercom,
    OpenProtocol,
    OpenStep,
    ReleaseControl,
    RepeatStep,
    ReportWrong,
    RequestControl,
    SendNote,
    SignScreeningRemotely,
    StartStep,
    StopScan,
    TryEdit,
    UndoEdit,
    VoidAudioCheck,
    WithdrawRequest,
)
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.scanner_messages import AcknowledgeBulb, ListScannerProtocols
from mr_contract.vocabulary import AlarmKind, Privilege

_ENDED_BY_ANSWER = {
    AlarmKind.SQUEEZE_BULB,
    AlarmKind.LATE_ACCEPTANCE_STOPPED,
    AlarmKind.DOOR_OPENED_DURING_SCAN,
    AlarmKind.WRONG_PATIENT,
}
"""Alarms of something that happened: answered, they are over."""


def console_command(
    desk: Desk, command: ConsoleCommand, sender: Holder, beat_at_s: float | None, moment: Moment
) -> None:
    """One command of a console. Stop is looked at before anything else."""
    if isinstance(command, StopScan):
        starting.stop(desk, sender.name, moment, link=sender.link, command_id=command.command_id)
        return
    if isinstance(command, ReportWrong):
        refused = check_privilege(desk.situation(moment.at_s), command.kind, sender)
        if refused:
            desk.answer(sender.link, command.command_id, refused)
        else:
            quarantining.report(desk, command, sender.name, sender.link, moment)
        return
    if isinstance(command, StartStep):
        starting.start_step(desk, command, sender, beat_at_s, moment)
        return
    if not _first_time(desk, command, sender, moment.at_s):
        return
    if not isinstance(command, TryEdit):
        by, device = sender.name, sender.device
        desk.refusals.take_up(sender.link, TakenUp(command.kind, command.command_id, by, device, moment.at_s))
    refused = check_privilege(desk.situation(moment.at_s), command.kind, sender)
    if isinstance(command, OpenIntercom | GiveBreathCommand):
        refused = (*refused, *intercom.against(desk, command, sender))
    if refused:
        desk.answer(sender.link, command.command_id, refused)
        return
    match command:
        case RequestControl() | WithdrawRequest() | ReleaseControl():
            _control(desk, command, sender, moment)
        case ListProtocols():
            _list_protocols(desk, command, sender, moment)
        case OpenProtocol():
            editing.open_protocol(desk, command, sender, moment)
        case OpenStep():
            editing.open_step(desk, command.step_id, command.command_id, sender.link)
        case TryEdit() | EditStep():
            editing.edit(desk, command, sender, moment)
        case UndoEdit():
            editing.undo(desk, command, sender, moment)
        case ArmStep():
            editing.arm_step(desk, command, sender)
        case DisarmStep():
            if desk.facts.exam is not None and desk.facts.exam.armed is not None:
                desk.record(e.StepDisarmed(by=sender.name, why="taken back"))
            desk.answer(sender.link, command.command_id)
        case RepeatStep():
            editing.repeat_step(desk, command, sender, moment)
        case DecideFirstLevel():
            _first_level(desk, command, sender)
        case SignScreeningRemotely():
            signing.asked(desk, command, sender)
        case MoveResponsibility() | AcknowledgeResponsibilities():
            desk.answer(sender.link, command.command_id, _divide(desk, command, sender))
        case AcknowledgeAlarm():
            acknowledge(desk, command.alarm_id, sender.name, sender.link, command.command_id, moment)
        case AgreeCorrection(exam_id=exam_id, correction_id=correction_id):
            found = quarantining.sign(desk, exam_id, correction_id, moment, name=sender.name, staff_id=None)
            desk.answer(sender.link, command.command_id, found)
        case SendNote() if desk.notes.wait_s(sender.device, moment.at_s) > 0:
            desk.answer(sender.link, command.command_id, (finding(Reason.TOO_MANY),))
        case SendNote():
            desk.notes = desk.notes.asked(sender.device, moment.at_s)
            send_note(desk, command.text, sender.name, sender.link, command.command_id)
        case AskAudioCheck() | ConfirmAudioCheck() | VoidAudioCheck():
            desk.answer(sender.link, command.command_id, _audio_check(desk, command, sender))
        case OpenIntercom() | GiveBreathCommand():
            intercom.open_intercom(desk, command, sender, moment)
            desk.answer(sender.link, command.command_id)
        case CloseIntercom():
            intercom.let_go(desk, sender, moment)
            desk.answer(sender.link, command.command_id)
        case _:
            assert_never(command)


def _audio_check(
    desk: Desk, command: AskAudioCheck | ConfirmAudioCheck | VoidAudioCheck, sender: Holder
) -> tuple[Finding, ...]:
    match command:
        case AskAudioCheck():
            return audio_check.ask(desk, command.command_id, sender)
        case ConfirmAudioCheck():
            return audio_check.confirm(desk, command.check_id, sender, hears=command.hears)
        case VoidAudioCheck():
            audio_check.device_changed(desk, sender.link)
            return ()


def _first_time(desk: Desk, command: ConsoleCommand, sender: Holder, at_s: float) -> bool:
    """Whether to carry the command out; one that was seen is answered from memory."""
    content = content_digest(command.model_dump(mode="json", exclude={"pin"}))
    match desk.answered.is_new(sender.device, command.command_id, content):
        case True:
            return True
        case None:
            starting.reused(desk, command.command_id, sender, at_s)
        case False:
            outcome = desk.answered.outcome(command.command_id)
            if outcome is not None:  # else it is under way, and its answer will come
                desk.emit(Answer(sender.link, outcome))
    return False


def _control(
    desk: Desk, command: RequestControl | WithdrawRequest | ReleaseControl, sender: Holder, moment: Moment
) -> None:
    match command:
        case RequestControl():
            found = (*_too_many(desk, command), *_no_intercom(desk, command))
            if found:
                desk.answer(sender.link, command.command_id, found)
                return
            request = Request(
                request_id=command.command_id,
                holder=sender,
                privileges=frozenset(command.privileges) | {Privilege.VIEW},
                link_loss_action=command.link_loss_action,
                asked_at_s=moment.at_s,
            )
            found = _unread(desk, command) or apply_control(desk, Asked(request), moment, by=sender.name)
            if not found and request.operates and command.responsibilities is not None:
                dividing.acknowledge_from_afar(desk, command.responsibilities, sender)
        case WithdrawRequest():
            found = apply_control(desk, Withdrawn(sender.link, moment.at_s), moment, by=sender.name)
        case ReleaseControl():
            found = apply_control(desk, Released(sender.link, moment.at_s), moment, by=sender.name)
    desk.answer(sender.link, command.command_id, found)


def _unread(desk: Desk, command: RequestControl) -> tuple[Finding, ...]:
    """Why who asks cannot have read the list of who does what that they acknowledge by asking."""
    digest = command.responsibilities
    return () if digest is None else unread(dividing.division(desk), digest)


def _divide(
    desk: Desk, command: MoveResponsibility | AcknowledgeResponsibilities, sender: Holder
) -> tuple[Finding, ...]:
    found = dividing.has_a_say(desk, sender)
    match command:
        case _ if found:
            return found
        case MoveResponsibility(digest=digest, item=item):
            return dividing.move(desk, digest, item, sender.name)
        case AcknowledgeResponsibilities(digest=digest):
            return dividing.acknowledge_from_afar(desk, digest, sender)


def _too_many(desk: Desk, command: RequestControl) -> tuple[Finding, ...]:
    """Whether the one who asks controls as many scanners of this site as its policy allows."""
    count, most = desk.readings.controlled_elsewhere, desk.policy.max_connected
    if not OPERATING & frozenset(command.privileges) or count < most:
        return ()
    return (finding(Reason.CONNECTED_LIMIT, count=count, most=most),)


def _no_intercom(desk: Desk, command: RequestControl) -> tuple[Finding, ...]:
    """Nobody at the tablet is asked for what the site has not."""
    declared = desk.readings.intercom is not None
    return () if declared or Privilege.PATIENT not in command.privileges else (finding(Reason.NO_INTERCOM),)


def _list_protocols(desk: Desk, command: ListProtocols, sender: Holder, moment: Moment) -> None:
    if desk.readings.scanner is None:
        desk.answer(sender.link, command.command_id, (finding(Reason.SCANNER_NOT_HEARD),))
        return
    desk.ask(ListScannerProtocols, Purpose("protocols", moment.at_s, sender.link, command.command_id))


def _first_level(desk: Desk, command: DecideFirstLevel, sender: Holder) -> None:
    exam = desk.facts.exam
    if exam is None or exam.data_count is None:
        desk.answer(sender.link, command.command_id, (finding(Reason.NO_EXAM),))
        return
    decided = e.FirstLevelDecided(
        by=sender.name,
        side="remote",
        up_to_w_per_kg=command.up_to_w_per_kg,
        up_to_pns_percent=command.up_to_pns_percent,
    )
    desk.record(decided)
    desk.answer(sender.link, command.command_id)


def acknowledge(desk: Desk, alarm_id: str, by: str, link: str, command_id: str, moment: Moment) -> None:
    """End an alarm's sound; answering the squeeze bulb also tells the scanner."""
    alarm = desk.alarms.acknowledge(alarm_id, by)
    if alarm is None:
        desk.answer(link, command_id, (finding(Reason.REQUEST_GONE),))
        return
    desk.record(e.AlarmAcknowledged(by=by, alarm_id=alarm_id))
    if alarm.kind is AlarmKind.SQUEEZE_BULB:
        if desk.facts.bulb_squeezed:
            desk.record(e.BulbAnswered(by=by))
        if desk.readings.scanner is not None:
            desk.ask(AcknowledgeBulb, Purpose("bulb", moment.at_s))
    if alarm.kind in _ENDED_BY_ANSWER:
        alarming.clear_alarm(desk, alarm.kind)
    desk.answer(link, command_id)


def send_note(desk: Desk, text: str, by: str, link: str, command_id: str) -> None:
    """Words for the other end; the journal keeps that they were sent, not what they say."""
    desk.emit(Note(text))
    desk.record(e.NoteSent(by=by, length=len(text)))
    desk.answer(link, command_id)
