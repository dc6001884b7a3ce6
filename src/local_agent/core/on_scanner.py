"""What the scanner says: connection, snapshot, events, replies.

Rules upheld here:
- A scanner that is not heard is unknown: no start, and a start that was sent has an unknown outcome.
- Upon connecting, the scanner is asked what is true, and facts follow it; nothing is sent again.
- Patient ready survives a silence only if the scanner attests that nothing moved.
- Events may arrive twice (live and from the log): what is already known changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

from local_agent.core import editing, starting
from local_agent.core import events as e
from local_agent.core.control import LocalControl
from local_agent.core.controlling import act_on_link_loss
from local_agent.core.desk import Desk, Moment, Purpose
from local_agent.core.on_tablet import register_patient
from local_agent.core.readings import ScannerReading
from mr_contract import scanner_messages as s
from mr_contract.reasons import Reason, finding
from mr_contract.views import ProgressView
from mr_contract.vocabulary import AlarmKind, ScannerActivity, StartOutcome, StepState

_TO_LINK = {"load", "set", "undo", "try", "protocols"}
_ANSWERS: dict[str, type[s.Reply]] = {
    "hello": s.ScannerWelcome,
    "snapshot": s.Snapshot,
    "log": s.LogListed,
    "register": s.Done,
    "protocols": s.ScannerProtocolsListed,
    "load": s.ProtocolLoaded,
    "set": s.StepAchieved,
    "recheck": s.StepAchieved,
    "try": s.StepAchieved,
    "undo": s.StepAchieved,
    "table": s.Done,
    "landmark": s.Done,
    "prepare": s.Prepared,
    "start": s.Started,
    "stop": s.StopTaken,
    "close": s.Done,
    "bulb": s.Done,
    "ping": s.Pong,
}


def connected(desk: Desk, welcome: s.ScannerWelcome, moment: Moment) -> None:
    """The hello was accepted: ask what is true before believing anything."""
    desk.last_heard_s = moment.at_s
    desk.scanner_seen = False
    reading = ScannerReading(
        activity=ScannerActivity.PREPARING,
        mode=welcome.mode,
        capabilities=welcome.capabilities,
        boot=welcome.boot,
        moved_number=-1,
        number=0,
    )
    desk.welcome = reading
    desk.ask(s.GetSnapshot, Purpose("snapshot", moment.at_s))


def lost(desk: Desk, moment: Moment) -> None:
    """The connection is gone, or nothing was heard for too long."""
    was_heard = desk.readings.scanner is not None
    desk.read(scanner=None, checked_steps=frozenset())
    desk.welcome = None
    desk.scanner_seen = False
    desk.editing.clear()
    for purpose in desk.forget_requests():
        unanswered(desk, purpose, moment, "the connection to the scanner was lost")
    if was_heard:
        desk.record(e.ScannerLost(by=desk.scanner))
        starting.raise_alarm(desk, AlarmKind.SCANNER_NOT_HEARD, moment)


def unanswered(desk: Desk, purpose: Purpose, moment: Moment, why: str) -> None:
    """A request that gets no reply any more."""
    match purpose.what:
        case "prepare" | "start":
            starting.no_answer(desk, purpose, moment, why)
        case "stop":
            starting.stop_unanswered(desk, purpose)
        case "log":
            _after_log(desk, moment)
        case what:
            _unedited(desk, purpose, moment)
            if what in _TO_LINK:
                desk.answer(purpose.link, purpose.command_id, (finding(Reason.SCANNER_NOT_HEARD),))


def reply(desk: Desk, message: s.ScannerReply, moment: Moment) -> None:
    """One reply; an unasked one is ignored but counts as a sign of life."""
    desk.last_heard_s = moment.at_s
    purpose = desk.replied(message.reply_to)
    if isinstance(message, s.Started) and (purpose is None or purpose.what != "start"):
        starting.started(desk, message.command_id, message.acquisition_id, moment)
        return
    if purpose is None:
        return
    if not _fits(message, purpose):
        desk.record(e.ViolationSeen(by=desk.scanner, why=f"{message.kind} does not answer {purpose.what}"))
        unanswered(desk, purpose, moment, "the scanner's answer does not fit")
        return
    match message:
        case s.Snapshot():
            _snapshot(desk, message, moment)
        case s.LogListed():
            _log(desk, message, moment)
        case s.StepAchieved():
            editing.step_achieved(desk, message, purpose, moment)
        case s.ProtocolLoaded():
            editing.protocol_loaded(desk, message, purpose, moment)
        case s.ScannerProtocolsListed():
            editing.protocols_listed(desk, message, purpose)
        case s.Prepared():
            starting.prepared(desk, message, moment)
        case s.Started():
            starting.started(desk, message.command_id, message.acquisition_id, moment)
        case s.StopTaken():
            starting.stop_taken(desk, purpose)
        case s.Rejected(why=why, remedy=remedy):
            _rejected(desk, purpose, f"{why}. {remedy}".strip(". ") if remedy else why, moment)
        case s.Done() if purpose.what == "register":
            editing.recheck_steps(desk, moment)
        case s.Done() | s.Pong() | s.ScannerWelcome():
            pass


def _fits(message: s.ScannerReply, purpose: Purpose) -> bool:
    """Whether this can be the answer to what was asked. A misfit settles nothing."""
    if isinstance(message, s.Rejected):
        return True
    if isinstance(message, s.Prepared | s.Started) and message.command_id != purpose.command_id:
        return False
    return isinstance(message, _ANSWERS[purpose.what])


def _unedited(desk: Desk, purpose: Purpose, moment: Moment) -> None:
    """An edit came to nothing: the plan of before is committed again, unless the scanner is gone."""
    desk.editing.discard(purpose.step_id)
    if purpose.what in {"set", "undo"}:
        editing.check_unchecked(desk, moment)


def _rejected(desk: Desk, purpose: Purpose, why: str, moment: Moment) -> None:
    match purpose.what:
        case "prepare" | "start":
            starting.rejected(desk, purpose, why)
        case "stop":
            starting.stop_unanswered(desk, purpose)
        case "log":
            _after_log(desk, moment)
        case _:
            _unedited(desk, purpose, moment)
            desk.answer(purpose.link, purpose.command_id, (finding(Reason.SCANNER_REFUSED, why=why[:160]),))


# ------------------------------------------------------------------ what is true


def _snapshot(desk: Desk, snapshot: s.Snapshot, moment: Moment) -> None:
    """Let the facts follow the scanner."""
    if desk.welcome is None:
        return
    first = not desk.scanner_seen
    reading = replace(
        desk.welcome,
        activity=snapshot.activity,
        moved_number=snapshot.moved_number,
        number=snapshot.number,
        progress=_progress(snapshot.running) if snapshot.running else None,
    )
    desk.read(scanner=reading)
    if not first:
        return
    desk.scanner_seen = True
    _attest_room(desk, reading, snapshot)
    if desk.facts.scanner_boot != reading.boot:
        desk.record(e.ScannerHeard(by=desk.scanner, scanner_boot=reading.boot))
    starting.clear_alarm(desk, AlarmKind.SCANNER_NOT_HEARD)
    _follow_condition(desk, snapshot, moment)
    register_patient(desk, moment)
    editing.recheck_steps(desk, moment)
    starting.ask_log(desk, moment)


def _attest_room(desk: Desk, reading: ScannerReading, snapshot: s.Snapshot) -> None:
    facts = desk.facts
    ready = facts.exam.ready if facts.exam else None
    if ready is not None and (ready.scanner_boot, ready.moved_number) != (
        reading.boot,
        snapshot.moved_number,
    ):
        why = "the scanner restarted" if ready.scanner_boot != reading.boot else "something moved meanwhile"
        desk.record(e.RoomUnattested(by=desk.scanner, why=why))
    if facts.door_closed != snapshot.door_closed:
        desk.record(e.DoorMoved(by=desk.scanner, closed=snapshot.door_closed))
    if facts.table != snapshot.table:
        desk.record(e.TableWasMoved(by=desk.scanner, table=snapshot.table))
    if facts.coil != snapshot.coil:
        desk.record(e.CoilWasChanged(by=desk.scanner, coil=snapshot.coil))


def _follow_condition(desk: Desk, snapshot: s.Snapshot, moment: Moment) -> None:
    """Fault, bulb, running scan and stop latch, as the scanner says they are."""
    if snapshot.fault:
        if snapshot.fault != desk.facts.fault:
            desk.record(e.ScannerFaulted(by=desk.scanner, fault=snapshot.fault))
        starting.raise_alarm(desk, AlarmKind.SCANNER_FAULT, moment)
    elif desk.facts.fault and not snapshot.fault:
        desk.record(e.ScannerFaultCleared(by=desk.scanner))
        starting.clear_alarm(desk, AlarmKind.SCANNER_FAULT)
    if snapshot.bulb_pressed and not desk.facts.bulb_squeezed:
        desk.record(e.BulbSqueezed(by=desk.scanner))
    if desk.facts.bulb_squeezed:  # nobody answered it yet, and alarms do not outlive an agent
        starting.raise_alarm(desk, AlarmKind.SQUEEZE_BULB, moment)
    running = snapshot.running
    if running is not None and desk.facts.running is None:
        desk.record(
            e.AcquisitionBegan(
                by=desk.scanner,
                command_id=running.command_id,
                acquisition_id=running.acquisition_id,
                step_id=running.step_id,
            )
        )
    if running is None and desk.facts.running is None and desk.facts.stop_latched:
        desk.record(e.ScannerIdled(by=desk.scanner))
    if running is not None and isinstance(desk.control.operator, LocalControl):
        started = desk.facts.starts.get(running.command_id)
        if started is not None and desk.facts.link_loss_action is not None:
            starting.raise_alarm(desk, AlarmKind.LINK_LOST_WHILE_SCANNING, moment)
            act_on_link_loss(desk, desk.facts.link_loss_action, moment)


def _log(desk: Desk, listed: s.LogListed, moment: Moment) -> None:
    """The scanner's own record since the last intended start."""
    begun = tuple(event for event in listed.events if isinstance(event, s.AcquisitionStarted))
    more = len(listed.events) == 500
    whole = listed.complete and not more and _tells_starts(desk)
    starting.settle_from_log(desk, begun, complete=whole, moment=moment)
    for event in listed.events:
        match event:
            case s.AcquisitionStarted() if _never_began(desk, event):
                starting.acquisition_started(desk, event, moment)
            case s.AcquisitionEnded():
                _ended(desk, event)
            case s.ImagesReady():
                _images_ready(desk, event)
            case _:
                pass
    if more:
        desk.ask(s.GetLog, Purpose("log", moment.at_s), after=listed.events[-1].number)
        return
    _after_log(desk, moment)


def _after_log(desk: Desk, moment: Moment) -> None:
    """What the log did not tell, or no log at all: an idle scanner runs nothing and is not stopping."""
    editing.check_unchecked(desk, moment)
    reading, running = desk.readings.scanner, desk.facts.running
    if running is not None and reading is not None and reading.activity is ScannerActivity.IDLE:
        desk.record(
            e.AcquisitionFinished(
                by=desk.scanner,
                acquisition_id=running.acquisition_id,
                step_id=running.step_id,
                complete=False,
                why="the scanner is idle and its log does not tell how it ended",
                lines_acquired=0,
                lines_total=0,
            )
        )
    if desk.facts.stop_latched and reading is not None and reading.activity is ScannerActivity.IDLE:
        desk.record(e.ScannerIdled(by=desk.scanner))


def _never_began(desk: Desk, event: s.AcquisitionStarted) -> bool:
    """Whether this start was accepted but its beginning is not known yet."""
    step = desk.facts.exam.step(event.step_id) if desk.facts.exam else None
    record = desk.facts.starts.get(event.command_id)
    accepted = record is not None and record.outcome is StartOutcome.ACCEPTED
    return accepted and step is not None and step.state is StepState.ACCEPTED


def _tells_starts(desk: Desk) -> bool:
    """Whether what the log does not name was not started: it names commands, and is of the same boot."""
    reading = desk.readings.scanner
    return reading is not None and reading.capabilities.start_log and reading.boot == desk.facts.intent_boot


# ------------------------------------------------------------------ events


def scanner_event(desk: Desk, event: s.ScannerEvent, moment: Moment) -> None:
    """One numbered event of the scanner."""
    desk.last_heard_s = moment.at_s
    reading = desk.readings.scanner
    if reading is None:
        return  # before the first snapshot, which tells all of it
    if event.number <= reading.number:
        return  # said before
    reading = replace(reading, number=event.number)
    desk.read(scanner=reading)
    match event:
        case s.DoorOpened() | s.DoorClosed() | s.TableMoved() | s.CoilChanged():
            _room_event(desk, event, moment)
        case s.AcquisitionStarted():
            desk.read(scanner=replace(reading, activity=ScannerActivity.ACQUIRING, progress=None))
            starting.acquisition_started(desk, event, moment)
        case s.AcquisitionProgressed():
            desk.read(scanner=replace(reading, progress=_progress(event)))
        case s.AcquisitionEnded():
            _ended(desk, event)
        case s.ImagesReady():
            _images_ready(desk, event)
        case s.BecameIdle():
            desk.read(scanner=replace(reading, activity=ScannerActivity.IDLE, progress=None))
            if desk.facts.running is not None or desk.facts.stop_latched:
                desk.record(e.ScannerIdled(by=desk.scanner))
            starting.start_armed(desk, moment)
        case s.BulbPressed() | s.FaultRaised() | s.FaultCleared() | s.StopReceived():
            _condition_event(desk, event, moment)
        case s.BulbReleased() | s.LandmarkSet() | s.PatientRegistered():
            pass


def _room_event(
    desk: Desk, event: s.DoorOpened | s.DoorClosed | s.TableMoved | s.CoilChanged, moment: Moment
) -> None:
    reading, during = desk.readings.scanner, desk.facts.running is not None
    if isinstance(event, s.DoorOpened | s.DoorClosed):
        desk.read(presence_at_s=moment.at_s)  # somebody at the site moved it
    if reading is not None:
        desk.read(scanner=replace(reading, moved_number=event.number))
    match event:
        case s.DoorOpened():
            desk.record(e.DoorMoved(by=desk.scanner, closed=False, during_scan=during))
            if during:
                starting.raise_alarm(desk, AlarmKind.DOOR_OPENED_DURING_SCAN, moment)
        case s.DoorClosed():
            desk.record(e.DoorMoved(by=desk.scanner, closed=True, during_scan=during))
        case s.TableMoved(table=table, by_step=by_step):
            desk.record(e.TableWasMoved(by=desk.scanner, table=table, by_step=by_step))
        case s.CoilChanged(coil=coil):
            desk.record(e.CoilWasChanged(by=desk.scanner, coil=coil))
            editing.recheck_steps(desk, moment)


def _condition_event(
    desk: Desk, event: s.BulbPressed | s.FaultRaised | s.FaultCleared | s.StopReceived, moment: Moment
) -> None:
    match event:
        case s.BulbPressed():
            desk.record(e.BulbSqueezed(by=desk.scanner))
            starting.raise_alarm(desk, AlarmKind.SQUEEZE_BULB, moment)
        case s.FaultRaised(fault=fault):
            desk.record(e.ScannerFaulted(by=desk.scanner, fault=fault))
            starting.raise_alarm(desk, AlarmKind.SCANNER_FAULT, moment)
        case s.FaultCleared():
            desk.record(e.ScannerFaultCleared(by=desk.scanner))
            starting.clear_alarm(desk, AlarmKind.SCANNER_FAULT)
        case s.StopReceived(by=by):
            desk.record(e.StopConfirmed(by=by))


def _ended(desk: Desk, event: s.AcquisitionEnded) -> None:
    running = desk.facts.running
    if running is None or running.acquisition_id != event.acquisition_id:
        return
    desk.record(
        e.AcquisitionFinished(
            by=desk.scanner,
            acquisition_id=event.acquisition_id,
            step_id=event.step_id,
            complete=event.complete,
            why=event.why,
            lines_acquired=event.lines_acquired,
            lines_total=event.lines_total,
        )
    )
    starting.clear_alarm(desk, AlarmKind.LINK_LOST_WHILE_SCANNING)


def _images_ready(desk: Desk, event: s.ImagesReady) -> None:
    exam = desk.facts.exam
    step = exam.step(event.step_id) if exam else None
    if exam is None or step is None or event.acquisition_id not in step.acquisitions:
        return  # of an exam that was closed meanwhile: stored, and not shown with another patient
    if any(v.series_id == event.series_id for v in exam.series):
        return
    desk.record(
        e.SeriesAnnounced(
            by=desk.scanner,
            step_id=event.step_id,
            series_id=event.series_id,
            number=event.series_number,
            description=event.description,
            instance_count=event.instance_count,
            complete=event.complete,
        )
    )


def series_stored(desk: Desk, series_id: str, instance_count: int) -> None:
    """All instances of a series are safely on the site's disk."""
    desk.record(e.SeriesWasStored(by="agent", series_id=series_id, instance_count=instance_count))


def _progress(running: s.RunningAcquisition | s.AcquisitionProgressed) -> ProgressView:
    return ProgressView(
        step_id=running.step_id,
        acquisition_id=running.acquisition_id,
        fraction=running.fraction,
        remaining_s=running.remaining_s,
        lines_acquired=running.lines_acquired,
        lines_total=running.lines_total,
    )
