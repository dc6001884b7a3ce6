"""Facts of one scanner: the fold of its journal events.

Rules upheld here:
- Facts change by events only; folding the journal again gives the same facts.
- What voids what is the table of docs/explanations/voiding.md, each row in one branch below.
- `AgentStarted` only disarms: control, consent and presence are not facts but live.
- An intended start without an outcome stays open until an outcome event names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypedDict, Unpack

from local_agent.core import events as e
from local_agent.core.control_state import OPERATING
from local_agent.core.events import JournalEvent
from local_agent.core.exam_folding import fold_exam
from local_agent.core.exam_state import Exam
from local_agent.core.quarantine import NONE, Quarantines, Registered, fold_quarantines
from local_agent.core.start_records import StartRecord, StartRecords
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import (
    LinkLossAction,
    Side,
    StartOutcome,
    StepState,
    TablePosition,
)

CLOSED_KEPT = 16


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one scanner that survives a restart."""

    count: int = 0
    """Events folded: the confirming event of an interlock is named by it."""
    roster: Mapping[str, e.CheckedIn] = field(default_factory=lambda: MappingProxyType({}))
    roster_count: int = 0
    exam: Exam | None = None
    scanner_boot: str = ""
    door_closed: bool | None = None
    table: TablePosition | None = None
    coil: str | None = None
    fault: str = ""
    bulb_squeezed: bool = False
    stop_latched: bool = False
    running: e.AcquisitionBegan | None = None
    condition_count: int = 0
    """When the scanner's interlock was last opened by something journalled."""
    suspended_count: int = 0
    """When control was last suspended."""
    voided_count: int = 0
    """When something was last voided that a consent rests on: room, screening, the patient's figures."""
    voided_by: str = ""
    """Kind of the event that did."""
    starts: StartRecords = field(default_factory=StartRecords)
    log_from: int = 0
    """Scanner event number before the last intended start."""
    intent_boot: str = ""
    """Boot of the scanner in which that start was prepared."""
    link_loss_action: LinkLossAction | None = None
    """Agreed with the grant in force, also after a restart, or if nobody resumed in time; None once control
    was given or taken back."""
    paused_sources: frozenset[str] = frozenset()
    """Cameras and screens that the local operator paused."""
    open_command: str = ""
    """The start that was intended last, until its outcome is known."""
    quarantines: Quarantines = field(default_factory=lambda: NONE)
    """By exam: all that were ever found to be of the wrong patient, side or procedure."""
    closed: tuple[Registered, ...] = ()
    """The exams closed last, oldest first: a mistake may be found out afterwards."""

    def runs(self, device: str) -> bool:
        """Whether the scan that runs was started by this device."""
        record = self.starts.get(self.running.command_id) if self.running else None
        return record is not None and record.device == device

    def registered(self, exam_id: str) -> Registered | None:
        """Under what an exam was opened that is open, was closed lately, or is in quarantine."""
        if self.exam is not None and self.exam.exam_id == exam_id:
            return Registered(exam_id, self.exam.procedure, self.exam.side)
        known = next((one for one in self.closed if one.exam_id == exam_id), None)
        quarantine = self.quarantines.get(exam_id)
        return quarantine.exam if known is None and quarantine is not None else known

    @property
    def open_start(self) -> StartRecord | None:
        """A start that is in flight or of unknown outcome; there is never more than one."""
        return self.starts.get(self.open_command)


_CONDITIONS = (
    e.StopGiven,
    e.BulbSqueezed,
    e.ScannerFaulted,
    e.ScannerLost,
    e.AcquisitionBegan,
    e.StartBecameUnknown,
)
"""Whatever opens the scanner's interlock, even for so short a time that nobody looked."""


def fold(facts: Facts, event: JournalEvent) -> Facts:
    """Facts after one event. Total: an event that concerns nothing here only counts."""
    facts = replace(facts, count=facts.count + 1)
    if isinstance(event, _CONDITIONS):
        facts = replace(facts, condition_count=facts.count)
    match event:
        case e.CheckedIn():
            return _with_roster(facts, {**facts.roster, event.staff_id: event})
        case e.CheckedOut(staff_id=staff_id):
            return _with_roster(facts, {k: v for k, v in facts.roster.items() if k != staff_id})
        case e.ExamOpened():
            exam = Exam(
                exam_id=event.exam_id,
                procedure=event.procedure,
                side=event.side,
                age_years=event.age_years,
                contrast_planned=event.contrast_planned,
                opened_count=facts.count,
            )
            return replace(facts, exam=exam)
        case e.ExamClosed(closed_at=closed_at):
            was = facts.registered(facts.exam.exam_id) if facts.exam else None
            kept = (*facts.closed, replace(was, closed_at=closed_at)) if was else facts.closed
            closed = kept[-CLOSED_KEPT:]
            return replace(facts, exam=None, closed=closed)
        case (
            e.WrongReported()
            | e.CorrectionProposed()
            | e.CorrectionSigned()
            | e.CorrectionWritten()
            | e.CorrectionFailed()
        ):
            about = facts.registered(event.exam_id) or Registered(event.exam_id, "", Side.NONE)
            return replace(facts, quarantines=fold_quarantines(facts.quarantines, event, about))
        case e.DoorMoved(closed=closed):
            facts = replace(facts, door_closed=closed)
            return facts if closed else _void_ready(facts, event, "door_was_opened")
        case e.TableWasMoved(table=table, by_step=by_step, moved_number=number):
            facts = replace(facts, table=table)
            return _still_ready(facts, number) if by_step else _void_ready(facts, event, "table_moved")
        case e.CoilWasChanged(coil=coil):
            return _void_ready(replace(facts, coil=coil), event, "coil_changed")
        case e.RoomUnattested():
            return _void_ready(facts, event, "room_unknown")
        case e.ScannerHeard(scanner_boot=boot):
            return replace(facts, scanner_boot=boot)
        case e.ScannerFaulted(fault=fault):
            return replace(facts, fault=fault or "unnamed")
        case e.ScannerFaultCleared():
            return replace(facts, fault="")
        case e.BulbSqueezed():
            return _disarm(replace(facts, bulb_squeezed=True))
        case e.BulbAnswered():
            return replace(facts, bulb_squeezed=False)
        case e.ControlGranted(privileges=privileges, link_loss_action=action):
            operates = bool(OPERATING & set(privileges))
            return replace(facts, link_loss_action=action) if operates else facts
        case e.ControlEnded(why=why) if why in e.ENDS_NO_CONTROL:
            return facts
        case e.ControlEnded(why="not_resumed"):
            return _disarm(facts)
        case e.ControlEnded():
            return _disarm(replace(facts, link_loss_action=None))
        case e.ControlSuspended():
            return _disarm(replace(facts, suspended_count=facts.count))
        case e.SourcePaused(source=source):
            return replace(facts, paused_sources=facts.paused_sources | {source})
        case e.SourceResumed(source=source):
            return replace(facts, paused_sources=facts.paused_sources - {source})
        case e.AgentStarted() | e.AlarmRaised():
            return _disarm(facts)
        case e.StopGiven():
            return _disarm(replace(facts, stop_latched=True))
        case e.ScannerIdled():
            return replace(facts, stop_latched=False, running=None)
        case (
            e.StartRefused()
            | e.StartIntended()
            | e.StartAccepted()
            | e.StartWithdrawn()
            | e.StartFailed()
            | e.StartBecameUnknown()
            | e.StartSettled()
        ):
            return _fold_start(facts, event)
        case e.AcquisitionBegan():
            facts = replace(facts, running=event)
            step = facts.exam.step(event.step_id) if facts.exam else None
            ran = (*(step.acquisitions if step else ()), event.acquisition_id)
            return _with_step(facts, event.step_id, state=StepState.ACQUIRING, acquisitions=ran)
        case e.AcquisitionFinished():
            state = StepState.ACQUIRED if event.complete else StepState.STOPPED
            facts = replace(facts, running=None)
            return _with_step(
                facts if event.complete else _disarm(facts),
                event.step_id,
                state=state,
                lines_acquired=event.lines_acquired,
                lines_total=event.lines_total,
            )
        case _ if facts.exam is not None:
            exam = fold_exam(facts.exam, event, facts.count)
            if isinstance(event, e.ScreeningRecorded | e.PatientDataRecorded | e.LandmarkChosen):
                return replace(facts, exam=exam, voided_count=facts.count, voided_by=event.kind)
            return replace(facts, exam=exam)
        case _:
            return facts


def _fold_start(facts: Facts, event: JournalEvent) -> Facts:
    """The outcome of a start, and what it means for its step."""
    match event:
        case e.StartRefused():
            record = StartRecord(
                event.command_id, event.content, event.device, event.step_id, None, findings=event.findings
            )
            facts = replace(facts, starts=facts.starts.noted(record))
            armed = facts.exam.armed if facts.exam else None
            return _disarm(facts) if armed and armed.command_id == event.command_id else facts
        case e.StartIntended():
            record = StartRecord(
                event.command_id, event.content, event.device, event.step_id, StartOutcome.PENDING
            )
            facts = replace(facts, starts=facts.starts.noted(record), log_from=event.scanner_number)
            facts = replace(facts, intent_boot=facts.scanner_boot, open_command=event.command_id)
            state, outcome = StepState.STARTING, StartOutcome.PENDING
            return _disarm(_with_step(facts, event.step_id, state=state, outcome=outcome))
        case e.StartAccepted():
            return _outcome(facts, event.command_id, StartOutcome.ACCEPTED, StepState.ACCEPTED)
        case e.StartWithdrawn():
            return _outcome(
                facts, event.command_id, StartOutcome.WITHDRAWN, StepState.PLANNED, event.findings
            )
        case e.StartFailed(why=why):
            found = (finding(Reason.SCANNER_REFUSED, why=why),)
            return _outcome(facts, event.command_id, StartOutcome.FAILED, StepState.PLANNED, found)
        case e.StartBecameUnknown():
            return _outcome(facts, event.command_id, StartOutcome.UNKNOWN, StepState.UNKNOWN)
        case e.StartSettled(ran=True):
            return _outcome(facts, event.command_id, StartOutcome.ACCEPTED, StepState.STOPPED)
        case e.StartSettled():
            return _outcome(facts, event.command_id, StartOutcome.FAILED, StepState.PLANNED)
        case _:
            return facts


def _outcome(
    facts: Facts,
    command_id: str,
    outcome: StartOutcome,
    state: StepState,
    findings: tuple[Finding, ...] = (),
) -> Facts:
    record = facts.starts.get(command_id)
    if record is None:
        return facts
    facts = replace(facts, starts=facts.starts.noted(replace(record, outcome=outcome, findings=findings)))
    if outcome is not StartOutcome.UNKNOWN and facts.open_command == command_id:
        facts = replace(facts, open_command="")
    facts = _with_step(facts, record.step_id, outcome=outcome)
    step = facts.exam.step(record.step_id) if facts.exam else None
    if step is None or step.state not in {StepState.STARTING, StepState.UNKNOWN, StepState.PLANNED}:
        return facts  # it already went further: a log that settles late takes nothing back
    return _with_step(facts, record.step_id, state=state)


def _with_roster(facts: Facts, roster: dict[str, e.CheckedIn]) -> Facts:
    return replace(facts, roster=MappingProxyType(roster), roster_count=facts.count)


def _still_ready(facts: Facts, moved_number: int | None) -> Facts:
    """Patient ready goes with a table that an accepted step moves, under the number that attests it now."""
    if facts.exam is None or facts.exam.ready is None or moved_number is None:
        return facts
    ready = replace(facts.exam.ready, moved_number=moved_number)
    return replace(facts, exam=replace(facts.exam, ready=ready))


def _void_ready(facts: Facts, event: JournalEvent, why: str) -> Facts:
    """Patient ready no longer holds; a later reason does not hide that it was held once."""
    if facts.exam is None or facts.exam.ready is None:
        return facts
    exam = replace(facts.exam, ready=None, ready_void=why)
    return replace(facts, exam=exam, voided_count=facts.count, voided_by=event.kind)


def _disarm(facts: Facts) -> Facts:
    if facts.exam is None or facts.exam.armed is None:
        return facts
    return replace(facts, exam=replace(facts.exam, armed=None))


class _OfStep(TypedDict, total=False):
    """What events change of a step."""

    state: StepState
    outcome: StartOutcome
    acquisitions: tuple[str, ...]
    lines_acquired: int
    lines_total: int


def _with_step(facts: Facts, step_id: str, **changes: Unpack[_OfStep]) -> Facts:
    if facts.exam is None:
        return facts
    steps = tuple(replace(s, **changes) if s.step_id == step_id else s for s in facts.exam.steps)
    return replace(facts, exam=replace(facts.exam, steps=steps))
