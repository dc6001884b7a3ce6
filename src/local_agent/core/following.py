"""Facts follow the scanner: its first snapshot after a silence, and its own log.

Rules upheld here:
- Patient ready survives a silence only if the scanner attests that nothing moved.
- A scan that ran while nobody listened gets what was agreed for a lost link.
- What the log tells again changes nothing; what it does not tell is settled only if it tells all starts.
"""

from __future__ import annotations

from dataclasses import replace

from local_agent.core import alarming, editing, settling, starting
from local_agent.core import events as e
from local_agent.core.control_state import RemoteControl
from local_agent.core.controlling import act_on_link_loss
from local_agent.core.desk import Desk, Moment, Purpose
from local_agent.core.on_scanner_event import ended, images_ready, progress_of
from local_agent.core.positioning import register_patient
from local_agent.core.readings import ScannerReading
from mr_contract import scanner_messages as s
from mr_contract.vocabulary import AlarmKind, ScannerActivity, StartOutcome, StepState

_NOT_TO_RUN = frozenset({StartOutcome.WITHDRAWN, StartOutcome.FAILED, None})
LOG_PAGE = 500
"""As many events a scanner lists at once: a full page is followed by another."""


def follow_snapshot(desk: Desk, snapshot: s.Snapshot, moment: Moment) -> None:
    """Let the facts follow the scanner."""
    if desk.welcome is None:
        return
    first = not desk.scanner_seen
    reading = replace(
        desk.welcome,
        activity=snapshot.activity,
        moved_number=snapshot.moved_number,
        number=snapshot.number,
        progress=progress_of(snapshot.running) if snapshot.running else None,
        magnet=snapshot.magnet,
    )
    desk.read(scanner=reading)
    if not first:
        return
    desk.scanner_seen = True
    _attest_room(desk, reading, snapshot)
    if desk.facts.scanner_boot != reading.boot:
        desk.record(e.ScannerHeard(by=desk.scanner, scanner_boot=reading.boot))
    alarming.clear_alarm(desk, AlarmKind.SCANNER_NOT_HEARD)
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
        alarming.raise_alarm(desk, AlarmKind.SCANNER_FAULT, moment)
    elif desk.facts.fault and not snapshot.fault:
        desk.record(e.ScannerFaultCleared(by=desk.scanner))
        alarming.clear_alarm(desk, AlarmKind.SCANNER_FAULT)
    if snapshot.bulb_pressed and not desk.facts.bulb_squeezed:
        desk.record(e.BulbSqueezed(by=desk.scanner))
    if desk.facts.bulb_squeezed:  # nobody answered it yet, and alarms do not outlive an agent
        alarming.raise_alarm(desk, AlarmKind.SQUEEZE_BULB, moment)
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
    if running is not None:
        _follow_running(desk, running.command_id, moment)


def _follow_running(desk: Desk, command_id: str, moment: Moment) -> None:
    """What runs was not to run, or has lost its console: what follows then could not be heard before."""
    started = desk.facts.starts.get(command_id)
    if started is not None and started.outcome in _NOT_TO_RUN:
        starting.stop_late(desk, moment)
        return
    held = isinstance(desk.control.operator, RemoteControl)
    if started is not None and not held and desk.facts.link_loss_action is not None:
        alarming.raise_alarm(desk, AlarmKind.LINK_LOST_WHILE_SCANNING, moment)
        act_on_link_loss(desk, desk.facts.link_loss_action, moment)


def follow_log(desk: Desk, listed: s.LogListed, moment: Moment) -> None:
    """The scanner's own record since the last intended start."""
    begun = tuple(event for event in listed.events if isinstance(event, s.AcquisitionStarted))
    more = len(listed.events) == LOG_PAGE
    whole = listed.complete and not more and _tells_starts(desk)
    settling.settle_from_log(desk, begun, complete=whole, moment=moment)
    for event in listed.events:
        match event:
            case s.AcquisitionStarted() if _never_began(desk, event):
                settling.acquisition_started(desk, event, moment)
            case s.AcquisitionEnded():
                ended(desk, event, moment)
            case s.ImagesReady():
                images_ready(desk, event)
            case _:
                pass
    if more:
        desk.ask(s.GetLog, Purpose("log", moment.at_s), after=listed.events[-1].number)
        return
    after_log(desk, moment)


def after_log(desk: Desk, moment: Moment) -> None:
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
        alarming.clear_alarm(desk, AlarmKind.LINK_LOST_WHILE_SCANNING)
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
