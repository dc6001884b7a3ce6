"""A site in memory: a desk, a scripted scanner, a clock, a tablet and consoles, one turn at a time.

After every turn the journal is folded anew and compared with the desk's facts: the journal is the state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core_scanner import WALL, ScriptedScanner
from rig.tablet import HELD

from local_agent.core import dividing, on_scanner, on_scanner_event, settling, signing, starting
from local_agent.core import events as e
from local_agent.core.control_inputs import LeaseRenewed, LinkGone
from local_agent.core.control_state import Holder, RemoteControl
from local_agent.core.controlling import apply_control
from local_agent.core.desk import Desk, Moment
from local_agent.core.effects import (
    Answer,
    CheckPin,
    Correct,
    Note,
    Record,
    RecordIntent,
    ToScanner,
    Withhold,
)
from local_agent.core.events import JOURNAL_EVENT, JournalEvent
from local_agent.core.exam_state import Step
from local_agent.core.facts import Facts, fold
from local_agent.core.on_console import console_command
from local_agent.core.on_tablet import tablet_command, take_patient
from local_agent.core.people import StaffMember
from local_agent.core.policy import Policy
from local_agent.core.readings import OF_NO_HOLDER, UNMEASURED, IntercomReading, SiteStatement
from local_agent.core.revision import step_revision
from local_agent.core.screening import person_named, screening_digest
from local_agent.core.session import LinkSession
from local_agent.core.ticking import tick
from mr_contract import console_messages as c
from mr_contract import tablet_messages as t
from mr_contract.exam import PatientIdentity, WorklistItem
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import (
    IdentifierKind,
    Landmark,
    LinkLossAction,
    PatientPosition,
    Privilege,
    Qualification,
    Role,
    Sex,
    Side,
    StartOutcome,
    TablePosition,
)

ANNA = StaffMember("anna", "Anna Bühler", 2, Qualification.REGISTERED_TECHNOLOGIST)
BEN = StaffMember("ben", "Ben Ott", 1, Qualification.TRAINED_AIDE)
MIA = StaffMember("mia.k", "mia", 2, Qualification.REGISTERED_TECHNOLOGIST)
"""Named as in the certificate of her console."""
CARL = StaffMember("carl", "Carl Jost", 1, Qualification.TRAINED_AIDE)
ALL = tuple(Privilege)
ITEM = WorklistItem(
    item_id="w1",
    accession="ACC-471100",
    procedure="MR brain",
    side=Side.NONE,
    scheduled_at=WALL,
    patient=PatientIdentity(
        patient_id="PID-908877", name="Muster^Katharina", birth_date="1971-03-09", sex=Sex.FEMALE
    ),
)


@dataclass(frozen=True)
class Said:
    """What became of one command: every answer to it, in order."""

    outcomes: tuple[c.Outcome, ...]

    @property
    def accepted(self) -> bool:
        return bool(self.outcomes) and self.outcomes[-1].accepted

    @property
    def start(self) -> StartOutcome | None:
        return self.outcomes[-1].start if self.outcomes else None

    @property
    def reasons(self) -> set[Reason]:
        return {f.reason for o in self.outcomes for f in o.findings}


class Site:
    """Everything a desk meets, in memory."""

    def __init__(self, policy: Policy | None = None, *, boot: str = "agent-1") -> None:
        self.at_s = 1000.0
        self.wall = WALL
        self.policy = policy or Policy(picture="waived")
        self.desk = Desk("mr-a", boot, self.policy)
        self.desk.read(intercom=IntercomReading())
        self.journal: list[JournalEvent] = []
        self.folded = Facts()
        self.history: list[tuple[str, Any]] = []
        self.answers: list[tuple[str, Any]] = []
        self.scanner = ScriptedScanner()
        self.scanner.send, self.scanner.now_s = self._from_scanner, lambda: self.at_s
        self.looks_each_turn = True
        self.disk_full = False
        self.disk_slow = False
        self.unwritten: list[tuple[str, JournalEvent, int]] = []
        self.roster: list[StaffMember] = [ANNA, BEN, CARL, MIA]
        self.pins_checked_at_once = True
        self.pins_asked = 0
        self._pins: list[Callable[[], None]] = []
        self._pending: deque[Callable[[], None]] = deque()
        self._in_turn = False
        self._commands = 0
        self._opened = 0
        self.links: dict[str, Console] = {}
        self.watching: list[Callable[[str, Any], None]] = []
        self.contacts: list[tuple[str, Any]] = []
        """What reached the agent otherwise than from the scanner: echoes, touches, what a console carries."""
        self.tablet = Tablet(self)
        self.console = self.open_console("mia")

    # ------------------------------------------------------------ turns

    @property
    def moment(self) -> Moment:
        return Moment(self.at_s, self.wall)

    def turn(self, act: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """One input; its effects are carried out, and what they bring about follows in turns of its own."""
        outermost, self._in_turn = not self._in_turn, True
        result = act(self.desk, *arguments, **named)
        if self.looks_each_turn:
            self.desk.standing(self.at_s)
        for effect in self.desk.take_effects():
            self._carry_out(effect)
        if outermost:
            self._pump()
        return result

    def _carry_out(self, effect: Any) -> None:
        match effect:
            case Record(event):
                self._write(event)
            case RecordIntent(event, command_id=command_id):
                self._intend(event, command_id)
            case ToScanner(request):
                self._note("request", request)
                if self.scanner.connected:
                    self.scanner.receive(request)
            case Answer(link, message):
                self.answers.append((link, message))
            case Withhold() | Correct():
                self.history.append(("images", effect))
            case CheckPin():
                self._check_pin(effect)
            case Note():
                pass

    def _note(self, what: str, value: Any) -> None:
        self.history.append((what, value))
        for watch in self.watching:
            watch(what, value)

    def tell(self, what: str, value: Any) -> None:
        """Something that is not journalled, for whoever watches."""
        self.contacts.append((what, value))
        for watch in self.watching:
            watch(what, value)

    def _write(self, event: JournalEvent) -> None:
        again = JOURNAL_EVENT.validate_json(JOURNAL_EVENT.dump_json(event))
        self.journal.append(again)
        self.folded = fold(self.folded, again)
        self._note("event", again)

    def _intend(self, event: JournalEvent, command_id: str) -> None:
        if self.disk_slow:
            self.unwritten.append((command_id, event, len(self.journal)))
        elif self.disk_full:
            self._pending.append(
                lambda: self.turn(starting.intent_not_written, command_id, "no space left on the disk")
            )
        else:
            self._write(event)
            self._pending.append(lambda: self.turn(starting.intent_written, command_id, self.moment))

    def disk_catches_up(self) -> None:
        """Intents that a slow disk kept are written now."""
        waiting, self.unwritten, self.disk_slow = self.unwritten, [], False
        for command_id, event, place in waiting:
            if self.disk_full:
                self.turn(starting.intent_not_written, command_id, "no space left on the disk")
                continue
            later, self.journal = self.journal[place:], self.journal[:place]
            self.folded = Facts()
            for earlier in self.journal:
                self.folded = fold(self.folded, earlier)
            self._write(event)
            for one in later:
                self.journal.append(one)
                self.folded = fold(self.folded, one)
            self.turn(starting.intent_written, command_id, self.moment)

    def _check_pin(self, asked: CheckPin) -> None:
        """As the agent does, when `pins_are_checked`: 1234 is the PIN of everybody."""
        self.pins_asked += 1
        person = person_named(asked.sender.name, self.roster)
        right = asked.command.pin == "1234"
        proof = (person if right else finding(Reason.WRONG_PIN)) if person else finding(Reason.NOT_ON_ROSTER)
        self._pins.append(lambda: self.turn(signing.proved, asked.command, asked.sender, proof, self.moment))
        if self.pins_checked_at_once:
            self.check_pins()

    def check_pins(self) -> None:
        """PINs that wait are checked."""
        waiting, self._pins = self._pins, []
        self._pending.extend(waiting)
        if not self._in_turn:
            self._in_turn = True
            self._pump()

    def _from_scanner(self, message: Any) -> None:
        act = on_scanner.reply if hasattr(message, "reply_to") else on_scanner_event.scanner_event
        self._pending.append(lambda: self.turn(act, message, self.moment))
        if not self._in_turn:
            self._in_turn = True
            self._pump()

    def _pump(self) -> None:
        """What the turn brought about, one turn after the other."""
        try:
            while self._pending:
                self._pending.popleft()()
        finally:
            self._in_turn = False
        if not self.unwritten:
            assert self.folded == self.desk.facts, "the journal is the state"

    # ------------------------------------------------------------ time

    def pass_time(self, seconds: float, *, beats: bool = True, step: float = 0.25) -> Any:
        """Let time pass in quarters of a second, as the agent's ticks do."""
        while seconds > 0:
            part = min(step, seconds)
            seconds -= part
            self.at_s += part
            self.wall += timedelta(seconds=part)
            for console in tuple(self.links.values()):
                if beats and console.alive:
                    console.beat()
            if self.scanner.connected and "ping" not in self.scanner.mute:
                self.desk.last_heard_s = self.at_s
            self.turn(tick, self.moment, self.holder_link())

    def holder_link(self) -> Any:
        operator = self.desk.control.operator
        if not isinstance(operator, RemoteControl) or operator.holder.link not in self.links:
            return UNMEASURED
        return self.links[operator.holder.link].session.quality.view(self.at_s)

    def read_holder(self) -> None:
        """What the holder's console carries, as the agent reads it at beats and starts."""
        operator = self.desk.control.operator
        console = self.links.get(operator.holder.link) if isinstance(operator, RemoteControl) else None
        if console is None:
            self.desk.read(**OF_NO_HOLDER)
            return
        said = {site: n for site, n in console.elsewhere.items() if n is not None}
        self.desk.read(
            expected_sites=tuple(console.elsewhere),
            statements={site: SiteStatement(n, "MR 2", self.at_s) for site, n in said.items()},
            running_here=console.next_door,
            holder_link=self.holder_link(),
        )
        self.tell("carried", (console.holder.link, dict(console.elsewhere), console.next_door))

    def set_wall(self, wall: datetime) -> None:
        self.wall = wall

    # ------------------------------------------------------------ who is there

    def open_console(
        self, name: str, *, role: Role = Role.REMOTE_OPERATOR, device: str = "", echoes: bool = True
    ) -> Console:
        self._opened += 1
        holder = Holder(f"link-{name}-{self._opened}", device or f"{sum(name.encode()):064x}", name, role)
        console = Console(self, holder, echoes=echoes)
        self.links[holder.link] = console
        self.desk.consoles[holder.link] = holder
        return console

    def connect_scanner(self) -> Any:
        self.scanner.connected = True
        self.turn(on_scanner.connected, self.scanner.welcome(), self.moment)

    def lose_scanner(self) -> Any:
        self.scanner.connected = False
        self.turn(on_scanner.lost, self.moment)

    def restart_agent(self) -> None:
        """The agent is killed and starts anew with what its journal holds."""
        folded = self.folded
        boot = f"agent-{int(self.desk.boot.split('-')[1]) + 1}"
        item, self.scanner.connected = self.desk.item, False
        self.scanner.held, self.unwritten = [], []
        self._pending.clear()
        self.links.clear()
        self.desk = Desk("mr-a", boot, self.policy, facts=folded, item=item)
        self.desk.read(intercom=IntercomReading())

        def begin(desk: Desk) -> None:
            desk.record(e.AgentStarted(boot=boot))
            settling.restarted(desk)
            dividing.lay_out(desk, "site's policy")

        self.turn(begin)

    def fresh_id(self) -> str:
        self._commands += 1
        return f"c{self._commands}"

    # ------------------------------------------------------------ looked at

    def step(self, name: str) -> Step:
        assert self.desk.facts.exam is not None
        return next(s for s in reversed(self.desk.facts.exam.steps) if name in (s.plan.name, s.step_id))

    def revision(self, name: str) -> str:
        assert self.desk.facts.exam is not None
        return step_revision(self.desk.facts, self.desk.facts.exam, self.step(name))

    def list_digest(self) -> str | None:
        """Of the list of who does what, as both ends are shown it."""
        division = dividing.division(self.desk)
        return division.digest if division else None

    def number(self) -> Any:
        return self.desk.standing(self.at_s).number

    def kinds(self) -> list[str]:
        return [event.kind for event in self.journal]

    def events(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.journal if isinstance(event, kind)]

    def requests(self, kind: type[Any]) -> list[Any]:
        return [v for what, v in self.history if what == "request" and isinstance(v, kind)]

    def open_reasons(self) -> set[Reason]:
        views = self.desk.standing(self.at_s).standing.interlocks
        return {f.reason for view in views for f in view.findings}


@dataclass
class Console:
    """One control connection of one person."""

    site: Site
    holder: Holder
    session: LinkSession = field(init=False)
    last_beat: int = -1
    alive: bool = True
    echoes: bool = True
    """Whether its first beat has come back."""
    delay_s: float = 0.02
    """Round trip of its line."""
    elsewhere: dict[str, int | None] = field(default_factory=dict)
    """Scans its person runs at each other site; None where that site says nothing."""
    next_door: tuple[str, ...] = ()
    """Other scanners of this site on which its person runs a scan."""

    def __post_init__(self) -> None:
        self.session = LinkSession(opened_at_s=self.site.at_s)
        hello = c.ConsoleHello(protocol=c.CONSOLE_PROTOCOL, program="test")
        assert self.session.greet(hello, self.site.at_s) == ()
        if self.echoes:
            self.beat()

    def beat(self, *, renew: bool = True) -> None:
        """A beat's echo comes back now, a round trip after the beat went out."""
        at_s = self.site.at_s
        sent_at_s = at_s - self.delay_s
        self.last_beat = self.session.next_beat(sent_at_s)
        assert self.session.echo(c.BeatEcho(beat=self.last_beat, renew=renew), at_s) == ()
        self.site.tell("echo", (self.holder.link, sent_at_s, at_s, renew))
        operator = self.site.desk.control.operator
        if renew and isinstance(operator, RemoteControl) and operator.holder == self.holder:
            renewal = LeaseRenewed(self.holder.link, self.holder.device, sent_at_s, at_s)
            self.site.turn(apply_control, renewal, self.site.moment)
            self.site.read_holder()

    def send(self, command: Any, *, sender: Holder | None = None) -> Said:
        """Send a command; what it was answered."""
        site, before = self.site, len(self.site.answers)
        beat = getattr(command, "beat", None)
        at_s = self.session.beat_sent_at(beat) if beat is not None else None
        site.turn(console_command, command, sender or self.holder, at_s, site.moment)
        return self.said(command.command_id, since=before)

    def said(self, command_id: str, *, since: int = 0) -> Said:
        return Said(
            tuple(
                m
                for link, m in self.site.answers[since:]
                if link == self.holder.link and isinstance(m, c.Outcome) and m.command_id == command_id
            )
        )

    def do(self, kind: type[Any], **fields: Any) -> Said:
        return self.send(kind(command_id=self.site.fresh_id(), scanner="mr-a", **fields))

    def prepare_start(self, name: str, *, command_id: str = "") -> c.StartStep:
        """What a press draws: the step's revision, the standing's number, the last beat."""
        return c.StartStep(
            command_id=command_id or self.site.fresh_id(),
            scanner="mr-a",
            step_id=self.site.step(name).step_id,
            revision=self.site.revision(name),
            standing=self.site.number(),
            beat=self.last_beat,
        )

    def start(self, name: str) -> Said:
        return self.send(self.prepare_start(name))

    def edit(self, name: str, **changes: Any) -> Said:
        step, revision = self.site.step(name).step_id, self.site.revision(name)
        return self.do(c.EditStep, step_id=step, revision=revision, changes=changes)

    def undo(self, name: str) -> Said:
        return self.do(c.UndoEdit, step_id=self.site.step(name).step_id, revision=self.site.revision(name))

    def arm(self, name: str) -> Said:
        return self.do(c.ArmStep, step_id=self.site.step(name).step_id, revision=self.site.revision(name))

    def repeat(self, name: str, reason: str = "movement") -> Said:
        return self.do(c.RepeatStep, step_id=self.site.step(name).step_id, reason=reason)

    def stop(self) -> Said:
        return self.do(c.StopScan)

    def sees(self, *, live: bool = True) -> None:
        """Whether a live picture of people at the scanner reaches this console."""
        seen = self.site.desk.readings.seen_by
        self.site.desk.read(seen_by=seen | {self.holder.link} if live else seen - {self.holder.link})
        self.site.tell("sees", (self.holder.link, live))

    def sign_screening(self, *, pin: str = "1234", drawn: str = "") -> Said:
        """Sign the screening as it is, or as it was drawn."""
        exam = self.site.desk.facts.exam
        digest = drawn or (screening_digest(exam) if exam else "0" * 64)
        exam_id = self.site.tablet.exam_id
        before = len(self.site.answers)
        command = c.SignScreeningRemotely(
            command_id=self.site.fresh_id(), scanner="mr-a", exam_id=exam_id, screening=digest, pin=pin
        )
        self.send(command)
        return self.said(command.command_id, since=before)

    def ask(
        self,
        *privileges: Privilege,
        action: LinkLossAction = LinkLossAction.FINISH_SEQUENCE,
        acknowledging: bool = True,
    ) -> tuple[str, Said]:
        command_id = self.site.fresh_id()
        request = c.RequestControl(
            command_id=command_id,
            scanner="mr-a",
            privileges=privileges,
            link_loss_action=action,
            responsibilities=self.site.list_digest() if acknowledging else None,
        )
        said = self.send(request)
        self.site.tell("asked", (self.holder.device, self.site.at_s, said))
        return command_id, said

    def take_control(
        self, *privileges: Privilege, action: LinkLossAction = LinkLossAction.FINISH_SEQUENCE
    ) -> Any:
        """Ask, be allowed everything asked, and echo a beat."""
        request_id, _ = self.ask(*(privileges or ALL), action=action)
        assert self.site.tablet.allow(request_id, *(privileges or ALL)).accepted
        self.site.pass_time(0.25)

    def cut(self) -> None:
        """The link is gone."""
        self.alive = False
        self.site.links.pop(self.holder.link, None)
        self.site.desk.consoles.pop(self.holder.link, None)
        self.site.turn(apply_control, LinkGone(self.holder.link, self.site.at_s), self.site.moment)


@dataclass
class Tablet:
    """The local operator's page. Notes the holds that a person makes at it."""

    site: Site
    link: str = "tablet"
    holds: list[str] = field(default_factory=list)
    commands: int = 0

    def do(self, kind: type[Any], *, signer: StaffMember | None = None, **fields: Any) -> Said:
        site, before = self.site, len(self.site.answers)
        command_id = site.fresh_id()
        if signer is not None:
            fields |= {"staff_id": signer.staff_id, "pin": "1234"}
        command = kind(command_id=command_id, **fields)
        site.tell("touch", site.at_s)
        self.commands += 1
        if command.kind in HELD and getattr(command, "granted", True):
            self.holds.append(command.kind)
        site.turn(tablet_command, command, self.link, signer, site.moment)
        mine = (m for link, m in site.answers[before:] if link == self.link and isinstance(m, c.Outcome))
        return Said(tuple(m for m in mine if m.command_id == command_id))

    @property
    def exam_id(self) -> str:
        exam = self.site.desk.facts.exam
        return exam.exam_id if exam else "exam-none"

    def check_in(self, *people: StaffMember) -> Any:
        for person in people:
            assert self.do(t.CheckIn, signer=person).accepted

    def take_patient(self, exam_id: str = "exam-1") -> set[Reason]:
        opened = e.ExamOpened(
            by="Anna",
            exam_id=exam_id,
            procedure=ITEM.procedure,
            side=ITEM.side,
            age_years=55,
            contrast_planned=False,
            identity_digest="0" * 64,
        )
        if self.site.desk.facts.exam is None:
            self.site.desk.item = ITEM
        self.site.tell("touch", self.site.at_s)
        found = self.site.turn(take_patient, opened, self.site.moment)
        return {f.reason for f in found}

    def confirm_identity(self) -> Said:
        kinds = (IdentifierKind.SPOKEN_NAME, IdentifierKind.BIRTH_DATE)
        return self.do(t.ConfirmIdentity, exam_id=self.exam_id, identifiers=kinds, staff_id="anna")

    def screen(self, *implants: Any, signers: tuple[StaffMember, ...] = (ANNA, BEN)) -> None:
        recorded = self.do(
            t.RecordScreening,
            exam_id=self.exam_id,
            questions_answered=True,
            implants=implants,
            implant_free=not implants,
        )
        assert recorded.accepted
        for person in signers:
            assert self.do(t.SignScreening, exam_id=self.exam_id, signer=person).accepted
        assert self.do(t.ConfirmFullStop, exam_id=self.exam_id).accepted

    def record_data(self, weight_kg: float = 70.0) -> Said:
        return self.do(
            t.RecordPatientData,
            exam_id=self.exam_id,
            weight_kg=weight_kg,
            height_cm=170.0,
            position=PatientPosition.HFS,
        )

    def position(self) -> None:
        assert self.record_data().accepted
        assert self.do(t.SetLandmark, exam_id=self.exam_id, landmark=Landmark.NASION).accepted
        assert self.do(t.MoveTable, to="isocentre").accepted

    def ready(self, held_ms: int = 1000) -> Said:
        return self.do(t.ConfirmPatientReady, exam_id=self.exam_id, held_ms=held_ms)

    def allow(
        self, request_id: str, *granted: Privilege, held_ms: int = 1000, acknowledging: bool = True
    ) -> Said:
        digest = self.site.list_digest() if acknowledging else None
        return self.do(
            t.AnswerRequest, request_id=request_id, granted=granted, held_ms=held_ms, responsibilities=digest
        )

    def deny(self, request_id: str) -> Said:
        return self.do(t.AnswerRequest, request_id=request_id, granted=())

    def revoke(self) -> Said:
        return self.do(t.RevokeControl)

    def resume(self) -> Said:
        return self.do(t.ResumeControl)

    def stop(self) -> Said:
        return self.do(t.TabletStop)

    def touch(self) -> None:
        assert self.do(t.ConfirmPresence).accepted

    def close_exam(self) -> Said:
        return self.do(t.CloseExam, exam_id=self.exam_id)

    def prepare(self, *implants: Any) -> None:
        """Everything up to patient ready, as on a good day."""
        self.check_in(ANNA, BEN)
        assert self.take_patient() == set()
        assert self.confirm_identity().accepted
        self.screen(*implants)
        self.position()
        assert self.ready().accepted


def prepared_site(
    policy: Policy | None = None,
    *,
    action: LinkLossAction = LinkLossAction.FINISH_SEQUENCE,
    implants: Any = (),
) -> Site:
    """A patient is ready, Mia has control and the protocol is open: every interlock is closed."""
    site = Site(policy)
    site.connect_scanner()
    site.tablet.prepare(*implants)
    site.console.take_control(action=action)
    assert site.console.do(c.OpenProtocol, protocol_id="brain").accepted
    assert site.open_reasons() == set()
    return site


def run(site: Site, name: str) -> None:
    """Start a step and let it end."""
    said = site.console.start(name)
    assert said.start is StartOutcome.ACCEPTED, said
    site.scanner.end()


ISOCENTRE = TablePosition.ISOCENTRE
