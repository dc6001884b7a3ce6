"""A judge of starts who reads only the history: journal events, requests to the scanner, and what people did.

It never asks the core. From the history it keeps a small picture of its own (`World`), and from that one
list of everything that stands against a start (`World.against`): the twelve interlocks and what binds a
press. A refusal must name all of it; a start that was sent must have none of it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from core_site import Site

from local_agent.core import events as e
from local_agent.core.events import StepPlan
from mr_contract import scanner_messages as s
from mr_contract.reasons import Reason
from mr_contract.vocabulary import OperatingMode, Privilege, Qualification, TablePosition

R = Reason
LEASE_S, PRESS_S, SEND_S, STATEMENT_S, RED_MS, RED_FOR_S = 3.0, 1.0, 2.0, 5.0, 500.0, 8.5
"""A median of 5 s that was red for 3 s is surely red after 8.5 s of nothing but slow echoes."""
ASKS, ASK_AGAIN_S = 8, 15.0
OPERATING = {Privilege.EDIT, Privilege.START}
READY_WAS_VOIDED = frozenset(
    {R.PATIENT_READY_MISSING, R.DOOR_WAS_OPENED, R.TABLE_MOVED, R.COIL_CHANGED, R.ROOM_UNKNOWN}
)

Against = frozenset[Reason]
"""One thing that stands against a start: at least one of these words must be said for it."""


@dataclass
class Patient:
    """The open exam, as the journal tells it."""

    exam_id: str
    age_years: int
    identified: bool = False
    screened: bool = False
    implants: tuple[Any, ...] = ()
    signed: list[tuple[str, int]] = field(default_factory=list)
    full_stop: bool = False
    excepted: bool = False
    data: e.PatientDataRecorded | None = None
    landmark: Any = None
    ready: bool = False
    list_digest: str = ""
    """Of the list of who does what that holds."""
    read_by: set[str] = field(default_factory=set)
    """People at the site and devices from afar who acknowledged exactly that list."""
    decided: dict[tuple[str, str], float] = field(default_factory=dict)
    """Side and quantity → up to where."""
    plans: dict[str, StepPlan] = field(default_factory=dict)

    def both_decided(self, quantity: str) -> float:
        """Up to where both sides decided: nowhere, if one did not."""
        return min(self.decided.get((side, quantity), 0.0) for side in ("local", "remote"))


@dataclass
class Hearing:
    """A check of whether both ends hear each other: who asked, what is missing, and what took it away."""

    asker: str
    """Link."""
    exam_id: str
    lines: dict[str, str]
    """Connection for sound by link, of both who took part."""
    missing: Reason | None = R.AUDIO_UNANSWERED
    lost: Reason | None = None


@dataclass
class World:
    """What happened, and nothing else."""

    site: Site
    patient: Patient | None = None
    roster: dict[str, Qualification] = field(default_factory=dict)
    noticed_at_s: float | None = None
    asked: dict[str, str] = field(default_factory=dict)
    """Request → link."""
    devices: dict[str, str] = field(default_factory=dict)
    """Link → device of its person."""
    names: dict[str, str] = field(default_factory=dict)
    """Link → name of its person, newest last."""
    operator: str = ""
    """Link that holds control."""
    operator_name: str = ""
    operator_link: str = ""
    """Link that held control last."""
    suspended: bool = False
    granted: frozenset[Privilege] = frozenset()
    renewed_at_s: dict[str, float] = field(default_factory=dict)
    echoes: dict[str, deque[tuple[float, float]]] = field(default_factory=dict)
    carried: dict[str, tuple[dict[str, int | None], tuple[str, ...], float]] = field(default_factory=dict)
    looking: set[str] = field(default_factory=set)
    """Links that a live picture of people reaches."""
    asked_at_s: dict[str, list[float]] = field(default_factory=dict)
    """Device → when it had the local operator asked for control."""
    sound: dict[str, str] = field(default_factory=dict)
    """Link → its connection for sound."""
    hearing: Hearing | None = None
    picture_age_s: float | None = None
    door_closed: bool | None = None
    table: TablePosition | None = None
    coil: str | None = None
    fault: str = ""
    bulb: bool = False
    latched: bool = False
    running: str = ""
    unknown: set[str] = field(default_factory=set)
    pending: str = ""
    prepared: dict[str, s.Prepare] = field(default_factory=dict)
    quarantined: set[str] = field(default_factory=set)
    """Exams somebody said to be of the wrong patient or side."""

    def __post_init__(self) -> None:
        for event in self.site.journal:
            self.event(event)
        for what, value in self.site.contacts:
            self.contact(what, value)

    # ------------------------------------------------------------ what people did

    def contact(self, what: str, value: Any) -> None:
        """An echo, a touch, what a console carries, how old the picture is."""
        match what:
            case "touch":
                self.noticed_at_s = value
            case "echo":
                link, sent_at_s, at_s, renew = value
                kept = self.echoes.setdefault(link, deque(maxlen=200))
                kept.append((at_s, (at_s - sent_at_s) * 1000.0))
                if renew and link == self.operator:
                    self.renewed_at_s[link] = sent_at_s
            case "carried":
                link, elsewhere, next_door = value
                self.carried[link] = (elsewhere, next_door, self.site.at_s)
            case "sees":
                link, live = value
                (self.looking.add if live else self.looking.discard)(link)
            case "picture":
                self.picture_age_s = value
            case "sound":
                self.sound = value
                if (hearing := self.hearing) is not None and hearing.lost is None:
                    whole = all(value.get(link) == line for link, line in hearing.lines.items())
                    hearing.lost = None if whole else R.AUDIO_BROKEN
            case "asked":
                device, at_s, said = value
                wait_s = self.may_ask_in_s(device, at_s)
                if said.accepted:
                    assert wait_s <= 0.0, "the local operator was disturbed too often"
                    self.asked_at_s.setdefault(device, []).append(at_s)
                assert R.ASKED_TOO_OFTEN not in said.reasons or wait_s > 0.0, "refused for nothing"
            case _:
                raise AssertionError(what)

    def may_ask_in_s(self, device: str, at_s: float) -> float:
        """From any request of a device on: so many, and one more each interval."""
        times = self.asked_at_s.get(device, [])
        free_at_s = [
            since_s + (len(times) - number + 1 - ASKS) * ASK_AGAIN_S for number, since_s in enumerate(times)
        ]
        return max((free_s - at_s for free_s in free_at_s), default=0.0)

    def hearing_said(self, what: str, link: str, said: Any, *, hears: bool) -> None:
        """One part of “can you hear me?”, if it was accepted."""
        hearing = self.hearing
        if not said.accepted:
            return
        match what:
            case "ask":
                assert self.operator in {"", link}, "somebody took the holder's check away"
                assert self.patient is not None
                line = {link: self.sound[link]}
                self.hearing = Hearing(link, self.patient.exam_id, line)
            case "answer":
                assert hearing is not None
                hearing.lines[link] = self.sound[link]
                hearing.missing = R.AUDIO_UNCONFIRMED if hears else R.AUDIO_UNHEARD_AT_SITE
            case "confirm":
                assert hearing is not None
                assert (hearing.asker, hearing.missing, hearing.lost) == (link, R.AUDIO_UNCONFIRMED, None)
                hearing.missing = None if hears else R.AUDIO_UNHEARD_AT_DESK
            case _:
                if hearing is not None and link in hearing.lines and hearing.lost is None:
                    hearing.lost = R.AUDIO_DEVICE_CHANGED

    def request(self, request: Any) -> None:
        """What was sent to the scanner."""
        if isinstance(request, s.Prepare):
            self.prepared[request.command_id] = request

    # ------------------------------------------------------------ the journal

    def event(self, event: Any) -> None:
        """One record."""
        self._people(event)
        self._control(event)
        self._room(event)
        self._starts(event)
        if isinstance(event, e.WrongReported):
            self.quarantined.add(event.exam_id)
        if self.patient is not None:
            self._exam(event, self.patient)
        if isinstance(event, e.ExamOpened):
            self.patient = Patient(event.exam_id, event.age_years)
        elif isinstance(event, e.ExamClosed):
            self.patient = None

    def _people(self, event: Any) -> None:
        match event:
            case e.CheckedIn():
                self.roster[event.staff_id] = event.qualification
            case e.CheckedOut():
                self.roster.pop(event.staff_id, None)
            case e.AgentStarted():
                self.noticed_at_s = None
                self.asked_at_s.clear()
                self.hearing = None
            case e.DoorMoved() | e.TableWasMoved() | e.CoilWasChanged():
                self.noticed_at_s = self.site.at_s

    def _control(self, event: Any) -> None:
        match event:
            case e.ControlAsked():
                self.asked[event.request_id] = event.link
                self.devices[event.link] = event.device
                self.names[event.link] = event.name
            case e.ControlGranted() if OPERATING & set(event.privileges):
                link = self.asked[event.request_id]
                assert self.operator in {"", link}, "a second controller"
                self._operates(link, frozenset(event.privileges))
            case e.ControlEnded(name=name, why="released" | "revoked" | "not_resumed" | "exam_closed"):
                if name == self.operator_name:
                    self.operator, self.operator_name, self.suspended = "", "", False
            case e.ControlSuspended():
                self.suspended, self.operator = True, ""
            case e.ControlResumed(name=name):
                assert not self.operator, "resumed beside another controller"
                assert name == self.operator_name, "resumed for somebody else"
                link = next(c.holder.link for c in self.site.links.values() if c.holder.name == name)
                self.names[link] = name
                self.devices[link] = self.devices[self.operator_link]
                self._operates(link, self.granted)
            case e.AgentStarted():
                self.operator, self.operator_name, self.suspended = "", "", False

    def _operates(self, link: str, granted: frozenset[Privilege]) -> None:
        self.operator, self.granted, self.suspended = link, granted, False
        self.operator_link = link
        self.operator_name = self.names[link]
        self.renewed_at_s[link] = self.site.at_s

    def _room(self, event: Any) -> None:
        voided = False
        match event:
            case e.DoorMoved(closed=closed):
                self.door_closed, voided = closed, not closed
            case e.TableWasMoved(table=table, by_step=by_step):
                self.table, voided = table, not by_step
            case e.CoilWasChanged(coil=coil):
                self.coil, voided = coil, True
            case e.RoomUnattested():
                voided = True
            case e.ScannerFaulted(fault=fault):
                self.fault = fault
            case e.ScannerFaultCleared():
                self.fault = ""
            case e.BulbSqueezed():
                self.bulb = True
            case e.BulbAnswered():
                self.bulb = False
        if voided and self.patient is not None:
            self.patient.ready = False

    def _starts(self, event: Any) -> None:
        match event:
            case e.StopGiven():
                self.latched = True
            case e.ScannerIdled():
                self.latched, self.running = False, ""
            case e.AcquisitionBegan():
                self.running = event.acquisition_id
            case e.AcquisitionFinished():
                self.running = ""
            case e.StartIntended():
                self.pending = event.command_id
            case e.StartBecameUnknown():
                self.unknown.add(event.command_id)
            case e.StartAccepted() | e.StartWithdrawn() | e.StartFailed() | e.StartSettled():
                self.unknown.discard(event.command_id)
                self.pending = "" if self.pending == event.command_id else self.pending

    def _exam(self, event: Any, patient: Patient) -> None:
        match event:
            case e.IdentityConfirmed():
                patient.identified = True
            case e.ScreeningRecorded(implants=implants):
                patient.screened, patient.implants = True, implants
                patient.signed, patient.full_stop, patient.decided = [], False, {}
                patient.excepted = False
            case e.ScreeningSigned():
                patient.signed.append((event.staff_id, event.mr_level))
            case e.ScreeningSignedRemotely():
                self._signed_from_afar(event, patient)
                patient.signed.append((event.staff_id, event.mr_level))
            case e.EmergencyExceptionSigned():
                assert self.site.policy.emergency_exception == "signed_by_physician"
                assert self.roster.get(event.staff_id) is Qualification.PHYSICIAN
                assert event.reason
                patient.excepted = True
            case e.FullStopConfirmed():
                patient.full_stop = True
            case e.PatientDataRecorded():
                if patient.data is not None and patient.data.position is not event.position:
                    patient.ready = False
                patient.data, patient.decided = event, {}
            case e.LandmarkChosen(landmark=landmark):
                patient.landmark, patient.ready = landmark, False
            case e.PatientReadyConfirmed():
                patient.ready = True
            case e.FirstLevelDecided():
                if event.up_to_w_per_kg is not None:
                    patient.decided[event.side, "SAR"] = event.up_to_w_per_kg
                if event.up_to_pns_percent is not None:
                    patient.decided[event.side, "PNS"] = event.up_to_pns_percent
            case e.ResponsibilitiesDivided(digest=digest):
                patient.list_digest, patient.read_by = digest, set()
            case e.ResponsibilitiesAcknowledged(digest=digest, people=people):
                assert digest == patient.list_digest, "a list was acknowledged that does not hold"
                patient.read_by |= set(people)
            case e.ProtocolOpened():
                patient.plans = {plan.step_id: plan for plan in event.steps}
            case e.StepSet(plan=plan) | e.StepReachieved(plan=plan):
                patient.plans[plan.step_id] = plan
            case e.StepRepeated():
                plan = patient.plans[event.step_id]
                patient.plans[event.new_step_id] = plan.model_copy(update={"step_id": event.new_step_id})

    def _signed_from_afar(self, event: Any, patient: Patient) -> None:
        """By somebody with control of an exam that was screened, to whom the scanner's people are shown."""
        assert patient.screened
        assert event.by == self.operator_name, "somebody signed who may not even look"
        assert self.operator in self.looking
        assert event.by_video
        assert event.staff_id not in {who for who, _ in patient.signed}, "one person signed twice"

    # ------------------------------------------------------------ what stands against a start

    def content(self, step_id: str) -> object:
        """Whatever decides what the scanner would do to this patient."""
        patient = self.patient
        if patient is None or step_id not in patient.plans:
            return None
        plan, data = patient.plans[step_id], patient.data
        body = (data.weight_kg, data.height_cm, data.position) if data else ()
        who = (patient.exam_id, patient.age_years, patient.landmark, *body)
        return (plan.sequence, plan.values, plan.slices, plan.prediction.mode, self.coil, *who)

    def against(self, link: str, step_id: str, drawn: object) -> set[Against]:
        """Everything, for a press on this link of what was drawn then."""
        found = {
            *self._operation(link),
            *self._unread(),
            *self._readiness(),
            *self._exposure(step_id),
            *self._live(),
        }
        if self.content(step_id) != drawn:
            found.add(R.STALE_REVISION if self.content(step_id) is not None else R.STEP_UNKNOWN)
        return {frozenset({reason}) for reason in found} | self._patient_ready()

    def _operation(self, link: str) -> set[Reason]:
        """Control and consent, presence, link."""
        found: set[Reason] = set()
        if self.suspended:
            found |= {R.CONTROL_SUSPENDED, R.START_NOT_GRANTED, R.LINK_UNKNOWN}
        elif not self.operator:
            found |= {R.NO_CONTROL, R.START_NOT_GRANTED, R.LINK_UNKNOWN}
        elif self.operator != link:
            found.add(R.NOT_HOLDER)
        elif Privilege.START not in self.granted:
            found.add(R.START_NOT_GRANTED)
        if Qualification.REGISTERED_TECHNOLOGIST not in self.roster.values():
            found.add(R.ROSTER_BELOW_POLICY)
        limit_s = self.site.policy.presence_minutes * 60.0
        if self.noticed_at_s is None or self.site.at_s - self.noticed_at_s > limit_s:
            found.add(R.PRESENCE_LAPSED)
        if self.operator and self.operator not in self.site.links:
            found.add(R.LINK_UNKNOWN)  # cut, and not lapsed yet
        elif self.operator and self._surely_red(self.operator):
            found.add(R.LINK_RED)
        return found

    def _unread(self) -> set[Reason]:
        """Who has not acknowledged the list that holds."""
        patient, found = self.patient, set[Reason]()
        if patient is None or not self.operator or Privilege.START not in self.granted:
            return found
        if not patient.read_by & set(self.roster):
            found.add(R.RESPONSIBILITIES_UNREAD_LOCAL)
        if self.devices[self.operator] not in patient.read_by:
            found.add(R.RESPONSIBILITIES_UNREAD_REMOTE)
        return found

    def _surely_red(self, link: str) -> bool:
        since_s = self.site.at_s - RED_FOR_S
        recent = [ms for at_s, ms in self.echoes.get(link, ()) if at_s >= since_s]
        oldest_s = self.echoes[link][0][0] if self.echoes.get(link) else self.site.at_s
        return oldest_s < since_s and len(recent) >= 8 and min(recent) > RED_MS

    def _readiness(self) -> set[Reason]:
        """Identity, screening, prescription."""
        patient, found = self.patient, set[Reason]()
        if patient is None:
            return {R.NO_EXAM}
        if patient.exam_id in self.quarantined:
            found.add(R.EXAM_QUARANTINED)
        elif not patient.identified:
            found.add(R.IDENTITY_NOT_CONFIRMED)
        if patient.excepted:
            if not patient.full_stop:
                found.add(R.SCREENING_FULL_STOP)
        elif not patient.screened:
            found.add(R.SCREENING_MISSING)
        else:
            if len({who for who, _ in patient.signed}) < 2:
                found.add(R.SCREENING_SECOND_SIGNATURE)
            if not any(level >= 2 for _, level in patient.signed):
                found.add(R.SCREENING_LEVEL_2)
            if not patient.full_stop:
                found.add(R.SCREENING_FULL_STOP)
        if not patient.plans:
            found |= {R.NO_STEP, R.STEP_UNKNOWN}
        if patient.data is None:
            found.add(R.PATIENT_DATA_MISSING)
        return found

    def _patient_ready(self) -> set[Against]:
        """The room, by the journal; what the scanner itself is like is compared when a start is sent."""
        found: set[Against] = set()
        if self.patient is None or not self.site.scanner.connected:
            return found
        if self.door_closed is False:
            found.add(frozenset({R.DOOR_OPEN}))
        if self.coil is None:
            found.add(frozenset({R.NO_COIL}))
        if self.patient.landmark is None:
            found.add(frozenset({R.LANDMARK_MISSING}))
        if not self.patient.ready:
            found.add(READY_WAS_VOIDED)
        return found

    def _exposure(self, step_id: str) -> set[Reason]:
        patient, found = self.patient, set[Reason]()
        if patient is None or step_id not in patient.plans:
            return found
        prediction = patient.plans[step_id].prediction
        if OperatingMode.SECOND_LEVEL in {prediction.rf_mode, prediction.gradient_mode}:
            found.add(R.SECOND_LEVEL)
        elif patient.excepted and not patient.screened and first_level(prediction):
            found.add(R.UNSCREENED_NORMAL_MODE)
        elif (
            prediction.rf_mode is OperatingMode.FIRST_LEVEL
            and prediction.whole_body_sar_w_per_kg > patient.both_decided("SAR")
        ) or (
            prediction.gradient_mode is OperatingMode.FIRST_LEVEL
            and prediction.pns_percent > patient.both_decided("PNS")
        ):
            found.add(R.FIRST_LEVEL_UNDECIDED)
        if prediction.wait_s > 0:
            found.add(R.SAR_AVERAGE_WAIT)
        if any(i.b1_rms_ut is not None and prediction.b1_rms_ut > i.b1_rms_ut for i in patient.implants):
            found.add(R.IMPLANT_LIMIT)
        return found

    def _live(self) -> set[Reason]:
        """Picture, scanner, workload."""
        found: set[Reason] = set()
        if self.site.policy.picture == "required":
            if self.picture_age_s is None:
                found.add(R.PICTURE_UNKNOWN)
            elif self.picture_age_s > 1.0:
                found.add(R.PICTURE_FROZEN)
        if self.fault:
            found.add(R.SCANNER_FAULT)
        if self.bulb:
            found.add(R.SQUEEZE_BULB)
        if self.latched:
            found.add(R.SCANNER_STOPPING)
        elif self.running:
            found.add(R.SCANNER_BUSY)
        if self.unknown:
            found.add(R.OUTCOME_UNKNOWN)
        if not self.site.scanner.connected:
            found = (found - {R.SCANNER_FAULT, R.SQUEEZE_BULB, R.SCANNER_STOPPING, R.SCANNER_BUSY}) | {
                R.SCANNER_NOT_HEARD
            }
        return found | self._workload() | self._unheard()

    def _unheard(self) -> set[Reason]:
        """Whether this patient's two ends hear each other, where the site wants it."""
        if self.site.policy.audio_check == "waived" or self.patient is None:
            return set()
        hearing = self.hearing
        if hearing is None or (hearing.asker, hearing.exam_id) != (self.operator, self.patient.exam_id):
            return {R.AUDIO_UNCHECKED}
        return {missing for missing in [hearing.lost or hearing.missing] if missing is not None}

    def _workload(self) -> set[Reason]:
        if not self.operator or self.operator not in self.carried:
            return {R.WORKLOAD_UNKNOWN} if not self.operator else set()
        elsewhere, next_door, at_s = self.carried[self.operator]
        found: set[Reason] = set()
        if None in elsewhere.values() or (elsewhere and self.site.at_s - at_s > STATEMENT_S):
            found.add(R.WORKLOAD_UNKNOWN)
        fresh = sum(n for n in elsewhere.values() if n) if self.site.at_s - at_s <= STATEMENT_S else 0
        if len(next_door) + fresh >= self.site.policy.max_running:
            found.add(R.RUNNING_ELSEWHERE)
        return found


def first_level(prediction: Any) -> bool:
    """Whether anything of it is above normal mode."""
    return OperatingMode.FIRST_LEVEL in {prediction.rf_mode, prediction.gradient_mode}


@dataclass
class Press:
    """What was drawn when a press began, or a step was armed."""

    link: str
    step_id: str
    drawn: object
    beat_at_s: float | None = None
    standing: Any = None


@dataclass
class Judge:
    """Reads the history as it is written, and objects."""

    site: Site
    world: World = field(init=False)
    presses: dict[str, Press] = field(default_factory=dict)
    intended: dict[str, str] = field(default_factory=dict)
    """Token of each intent on the disk → its command."""
    started: list[str] = field(default_factory=list)
    unsettled: str = ""
    settled: set[str] = field(default_factory=set)
    stop_sent: bool = False

    def __post_init__(self) -> None:
        self.world = World(self.site)
        self.site.watching.append(self.watch)

    def watch(self, what: str, value: Any) -> None:
        match what:
            case "request":
                self._request(value)
                self.world.request(value)
            case "event":
                self._event(value)
                self.world.event(value)
            case _:
                self.world.contact(what, value)

    def pressed(self, command_id: str, press: Press) -> None:
        """A press, or the arming of a step, is about to be sent; a repeated one is the first one."""
        self.presses.setdefault(command_id, press)

    def against(self, command_id: str) -> set[Against]:
        """All that stands against a press now."""
        press = self.presses[command_id]
        found = self.world.against(press.link, press.step_id, press.drawn)
        if press.beat_at_s is not None and self.site.at_s - press.beat_at_s > PRESS_S:
            found.add(frozenset({R.LATE}))
        return found

    # ------------------------------------------------------------ what was sent

    def _request(self, request: Any) -> None:
        if isinstance(request, s.Stop):
            self.stop_sent = True
        if not isinstance(request, s.Start):
            return
        command_id = self.intended.get(request.token)
        assert command_id, "a start was sent for which no intent is on the disk"
        assert command_id not in self.started, "a second start for one command"
        assert self.unsettled == command_id, "a start while another is unsettled"
        assert command_id in self.presses, "a start that nobody pressed or armed"
        self.started.append(command_id)
        self._bound(command_id)
        self._room_itself()

    def _bound(self, command_id: str) -> None:
        """Everything holds that a refusal would have named, by the history alone."""
        press, world = self.presses[command_id], self.world
        standing_against = world.against(press.link, press.step_id, press.drawn)
        assert not standing_against, f"a start was sent against {standing_against}"
        assert self.site.at_s - world.renewed_at_s[press.link] < LEASE_S, "a lapsed lease started"
        if press.beat_at_s is not None:
            assert self.site.at_s - press.beat_at_s <= SEND_S, "a late press started"
        prepare = world.prepared[command_id]
        assert prepare.step_id == press.step_id
        patient = world.patient
        assert patient is not None
        held = self.site.scanner.committed[prepare.setting]
        assert held == patient.plans[press.step_id].values, "the scanner holds other values than were drawn"

    def _room_itself(self) -> None:
        """What anybody in the room would see, whatever was journalled."""
        scanner = self.site.scanner
        assert scanner.door_closed
        assert scanner.table is TablePosition.ISOCENTRE
        assert scanner.coil is not None
        assert not scanner.fault
        assert not scanner.bulb
        assert scanner.running is None
        assert scanner.connected
        exam = self.site.folded.exam
        assert exam is not None
        assert exam.ready is not None
        assert exam.ready.moved_number == scanner.moved, "something moved since patient ready was held"
        assert exam.ready.scanner_boot == scanner.boot

    # ------------------------------------------------------------ what was journalled

    def _event(self, event: Any) -> None:
        match event:
            case e.StartIntended():
                assert not self.unsettled, "an intent while another start is unsettled"
                assert event.command_id not in self.intended.values()
                self.intended[event.token] = event.command_id
                if event.command_id not in self.settled:  # a slow disk tells of it after its withdrawal
                    self.unsettled = event.command_id
            case (
                e.StartAccepted(command_id=done)
                | e.StartWithdrawn(command_id=done)
                | e.StartFailed(command_id=done)
                | e.StartSettled(command_id=done)
            ):
                self.settled.add(done)
                if done == self.unsettled:
                    self.unsettled = ""
            case e.StopGiven():
                connected = self.site.desk.welcome is not None
                assert self.stop_sent or not connected, "a stop was journalled before it was sent"
                self.stop_sent = False
            case _:
                pass
