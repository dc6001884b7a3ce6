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

from local_agent.core import events as e
from local_agent.core.events import JournalEvent, StepPlan
from local_agent.core.start_records import StartRecord, StartRecords
from mr_contract.exam import SeriesView
from mr_contract.exposure import ImplantLimits
from mr_contract.reasons import Finding, Reason, finding
from mr_contract.vocabulary import (
    Landmark,
    LinkLossAction,
    PatientPosition,
    Privilege,
    Side,
    StartOutcome,
    StepState,
    TablePosition,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A protocol step of the open exam."""

    plan: StepPlan
    approved: StepPlan
    state: StepState = StepState.PLANNED
    history: tuple[StepPlan, ...] = ()
    """Earlier plans, newest last: what undo goes back to."""
    repeat_of: str | None = None
    repeat_reason: str = ""
    lines_acquired: int = 0
    lines_total: int = 0
    outcome: StartOutcome | None = None
    """Of its last start."""
    acquisitions: tuple[str, ...] = ()
    """Those that ran this very step: ids of steps are the same in every exam."""

    @property
    def step_id(self) -> str:
        return self.plan.step_id


@dataclass(frozen=True, slots=True)
class ReadyConfirmation:
    """What `patient ready` was bound to when it was held."""

    count: int
    scanner_boot: str
    moved_number: int
    coil: str


@dataclass(frozen=True, slots=True)
class FirstLevel:
    """Up to what first level controlled mode was decided; a quantity that is None was not."""

    w_per_kg: float | None = None
    """Whole-body SAR."""
    pns_percent: float | None = None

    @property
    def decided(self) -> bool:
        return self != NOT_DECIDED

    def after(self, event: e.FirstLevelDecided) -> FirstLevel:
        """A later decision replaces what it names, and leaves the other quantity."""
        sar, pns = event.up_to_w_per_kg, event.up_to_pns_percent
        return FirstLevel(self.w_per_kg if sar is None else sar, self.pns_percent if pns is None else pns)


NOT_DECIDED = FirstLevel()


def _lower(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else min(one, other)


@dataclass(frozen=True, slots=True)
class Exam:
    """The open exam."""

    exam_id: str
    procedure: str
    side: Side
    age_years: int
    contrast_planned: bool
    opened_count: int
    identity_count: int | None = None
    screening_count: int | None = None
    implants: tuple[ImplantLimits, ...] = ()
    implant_free: bool = False
    signatures: tuple[tuple[str, int], ...] = ()
    """Staff id and MR level of each signature under the screening."""
    full_stop_count: int | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    position: PatientPosition | None = None
    data_count: int | None = None
    landmark: Landmark | None = None
    ready: ReadyConfirmation | None = None
    ready_void: str = ""
    """Why the last confirmation no longer holds: a reason's value, or empty."""
    first_level_remote: FirstLevel = NOT_DECIDED
    first_level_local: FirstLevel = NOT_DECIDED
    protocol_name: str = ""
    steps: tuple[Step, ...] = ()
    armed: e.StepArmed | None = None
    series: tuple[SeriesView, ...] = ()

    def step(self, step_id: str) -> Step | None:
        """The step of this id, or None."""
        return next((s for s in self.steps if s.step_id == step_id), None)

    @property
    def first_level(self) -> FirstLevel:
        """What both sides decided: of each quantity the lower of both values."""
        remote, local = self.first_level_remote, self.first_level_local
        return FirstLevel(
            _lower(remote.w_per_kg, local.w_per_kg), _lower(remote.pns_percent, local.pns_percent)
        )


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
    """Agreed with the grant in force, also after a restart; None once control was given or taken back."""

    open_command: str = ""
    """The start that was intended last, until its outcome is known."""

    def runs(self, device: str) -> bool:
        """Whether the scan that runs was started by this device."""
        record = self.starts.get(self.running.command_id) if self.running else None
        return record is not None and record.device == device

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
        case e.ExamClosed():
            return replace(facts, exam=None)
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
            operates = Privilege.EDIT in privileges or Privilege.START in privileges
            return replace(facts, link_loss_action=action) if operates else facts
        case e.ControlEnded(why="withdrawn" | "link_closed"):
            return facts  # of a request, not of control
        case e.ControlEnded():
            return _disarm(replace(facts, link_loss_action=None))
        case e.ControlSuspended():
            return _disarm(replace(facts, suspended_count=facts.count))
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
            exam = _fold_exam(facts.exam, event, facts.count)
            if isinstance(event, e.ScreeningRecorded | e.PatientDataRecorded | e.LandmarkChosen):
                return replace(facts, exam=exam, voided_count=facts.count, voided_by=event.kind)
            return replace(facts, exam=exam)
        case _:
            return facts


def _fold_exam(exam: Exam, event: JournalEvent, count: int) -> Exam:
    match event:
        case e.IdentityConfirmed():
            return replace(exam, identity_count=count)
        case e.ScreeningRecorded(implants=implants, implant_free=free):
            return replace(
                exam,
                screening_count=count,
                implants=implants,
                implant_free=free,
                signatures=(),
                full_stop_count=None,
                first_level_local=NOT_DECIDED,
                first_level_remote=NOT_DECIDED,
            )
        case e.ScreeningSigned(staff_id=staff_id, mr_level=level):
            return replace(exam, signatures=(*exam.signatures, (staff_id, level)))
        case e.FullStopConfirmed():
            return replace(exam, full_stop_count=count)
        case e.PatientDataRecorded():
            if exam.position is not event.position:
                exam = replace(exam, ready=None, ready_void="")  # lying otherwise is positioning anew
            return replace(
                exam,
                weight_kg=event.weight_kg,
                height_cm=event.height_cm,
                position=event.position,
                data_count=count,
                first_level_local=NOT_DECIDED,
                first_level_remote=NOT_DECIDED,
            )
        case e.LandmarkChosen(landmark=landmark):
            return replace(exam, landmark=landmark, ready=None, ready_void="")
        case e.PatientReadyConfirmed():
            ready = ReadyConfirmation(count, event.scanner_boot, event.moved_number, event.coil)
            return replace(exam, ready=ready, ready_void="")
        case e.FirstLevelDecided(side="remote"):
            return replace(exam, first_level_remote=exam.first_level_remote.after(event))
        case e.FirstLevelDecided():
            return replace(exam, first_level_local=exam.first_level_local.after(event))
        case e.ProtocolOpened():
            steps = tuple(Step(plan, approved=plan) for plan in event.steps)
            return replace(
                exam, protocol_name=f"{event.name[:140]} v{event.version}", steps=steps, armed=None
            )
        case _:
            return _fold_steps(exam, event)


def _fold_steps(exam: Exam, event: JournalEvent) -> Exam:
    match event:
        case e.StepSet(plan=plan, undo=undo):
            return _replan(exam, plan, keep=not undo)
        case e.StepReachieved(plan=plan):
            return _replan(exam, plan, keep=None)
        case e.StepRepeated():
            return _repeat(exam, event)
        case e.StepArmed():
            return replace(exam, armed=event)
        case e.StepDisarmed():
            return replace(exam, armed=None)
        case e.SeriesAnnounced():
            return _announce(exam, event)
        case e.SeriesWasStored(series_id=series_id):
            return _mark_stored(exam, series_id)
        case _:
            return exam


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
            starting = {"state": StepState.STARTING, "outcome": StartOutcome.PENDING}
            return _disarm(_with_step(facts, event.step_id, **starting))
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


def _with_step(facts: Facts, step_id: str, **changes: object) -> Facts:
    if facts.exam is None:
        return facts
    steps = tuple(replace(s, **changes) if s.step_id == step_id else s for s in facts.exam.steps)  # type: ignore[arg-type]
    return replace(facts, exam=replace(facts.exam, steps=steps))


def _replan(exam: Exam, plan: StepPlan, *, keep: bool | None) -> Exam:
    """A new plan for a step: `keep` True pushes the old one for undo, False pops it, None neither."""

    def change(step: Step) -> Step:
        if step.step_id != plan.step_id:
            return step
        history = step.history
        if keep is True:
            history = (*history, step.plan)[-50:]
        elif keep is False:
            history = history[:-1]
        return replace(step, plan=plan, history=history)

    armed = exam.armed if exam.armed and exam.armed.step_id != plan.step_id else None
    return replace(exam, steps=tuple(map(change, exam.steps)), armed=armed)


def _repeat(exam: Exam, event: e.StepRepeated) -> Exam:
    """Right after the step and the repeats it already has."""
    step = exam.step(event.step_id)
    if step is None:
        return exam
    plan = step.plan.model_copy(update={"step_id": event.new_step_id})
    approved = step.approved.model_copy(update={"step_id": event.new_step_id})
    again = Step(plan, approved, repeat_of=step.step_id, repeat_reason=event.reason)
    family = {event.step_id} | {s.step_id for s in exam.steps if s.repeat_of == event.step_id}
    place = max(n for n, s in enumerate(exam.steps) if s.step_id in family) + 1
    return replace(exam, steps=(*exam.steps[:place], again, *exam.steps[place:]))


def _announce(exam: Exam, event: e.SeriesAnnounced) -> Exam:

    view = SeriesView(
        series_id=event.series_id,
        step_id=event.step_id,
        number=event.number,
        description=event.description,
        instance_count=event.instance_count,
        complete=event.complete,
        stored=False,
    )
    others = tuple(s for s in exam.series if s.series_id != event.series_id)
    return replace(_advance(exam, event.step_id, StepState.IMAGES_READY), series=(*others, view))


def _mark_stored(exam: Exam, series_id: str) -> Exam:
    series = tuple(
        s.model_copy(update={"stored": True}) if s.series_id == series_id else s for s in exam.series
    )
    step_id = next((s.step_id for s in exam.series if s.series_id == series_id), "")
    return replace(_advance(exam, step_id, StepState.STORED), series=series)


def _advance(exam: Exam, step_id: str, state: StepState) -> Exam:
    """A complete step goes on to images ready and stored; a stopped one stays marked stopped."""
    advancing = {StepState.ACQUIRED, StepState.IMAGES_READY}
    steps = tuple(
        replace(s, state=state) if s.step_id == step_id and s.state in advancing else s for s in exam.steps
    )
    return replace(exam, steps=steps)
