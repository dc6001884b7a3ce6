"""The whole core, driven at random and judged by what was journalled and what was sent, never by its code.

The judge keeps its own small picture of the world from outside: what people and the scanner did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core_site import ALL, ANNA, Console, Site, prepared_site
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from local_agent.core import events as e
from local_agent.core import on_scanner_event
from local_agent.core.control_state import RemoteControl
from local_agent.core.facts import Facts, fold
from mr_contract import console_messages as c
from mr_contract import scanner_messages as s
from mr_contract import tablet_messages as t
from mr_contract.reasons import Reason
from mr_contract.vocabulary import (
    LinkLossAction,
    Privilege,
    StartOutcome,
    TablePosition,
)


@dataclass
class Judge:
    """Reads the history as it is written, and objects."""

    site: Site
    intended: dict[str, str] = field(default_factory=dict)
    """Token of each intent on the disk → its command."""
    started: list[str] = field(default_factory=list)
    unsettled: str = ""
    settled: set[str] = field(default_factory=set)
    latched: bool = False
    stop_sent: bool = False
    holder: str = ""
    requests: dict[str, str] = field(default_factory=dict)

    def watch(self, what: str, value: Any) -> None:
        if what == "request":
            self._request(value)
        else:
            self._event(value)

    def _request(self, request: Any) -> None:
        if isinstance(request, s.Stop):
            self.stop_sent = True
        if not isinstance(request, s.Start):
            return
        command_id = self.intended.get(request.token)
        assert command_id, "a start was sent for which no intent is on the disk"
        assert command_id not in self.started, "a second start for one command"
        assert self.unsettled == command_id, "a start while another is unsettled"
        assert not self.latched, "a start after a stop, before the scanner was idle"
        self.started.append(command_id)
        self._all_closed(command_id)

    def _all_closed(self, command_id: str) -> None:
        """Everything that must hold, read from outside: the room itself, the people, the clock."""
        site, scanner = self.site, self.site.scanner
        operator = site.desk.control.operator
        assert isinstance(operator, RemoteControl), "nobody held control"
        assert Privilege.START in operator.privileges
        assert site.at_s - operator.renewed_at_s < 3.0, "a lapsed lease started"
        assert scanner.door_closed
        assert scanner.table is TablePosition.ISOCENTRE
        assert scanner.coil is not None
        assert not scanner.fault
        assert not scanner.bulb
        assert scanner.running is None
        assert scanner.connected
        facts = site.folded
        assert "anna" in facts.roster
        exam = facts.exam
        assert exam is not None
        assert exam.identity_count is not None
        assert exam.full_stop_count is not None
        assert len({who for who, _ in exam.signatures}) >= 2
        assert exam.ready is not None
        assert exam.ready.moved_number == scanner.moved, "something moved since patient ready was held"
        assert exam.ready.scanner_boot == scanner.boot
        assert facts.starts[command_id].outcome is StartOutcome.PENDING

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
                self.stop_sent, self.latched = False, True
            case e.ScannerIdled():
                self.latched = False
            case e.ControlAsked():
                self.requests[event.request_id] = event.link
            case e.ControlGranted() if {Privilege.START, Privilege.EDIT} & set(event.privileges):
                link = self.requests[event.request_id]
                assert self.holder in {"", link}, "a second holder"
                self.holder = link
            case e.ControlEnded(why="released" | "revoked" | "not_resumed" | "exam_closed"):
                self.holder = ""
            case e.AgentStarted():
                self.holder = ""
            case e.ControlSuspended():
                self.holder = ""
            case _:
                pass


def independent_reasons(site: Site, console: Console, start: c.StartStep) -> set[Reason]:
    """What anybody could see standing against this start, without asking the core's own judgement."""
    found: set[Reason] = set()
    operator = site.desk.control.operator
    if not isinstance(operator, RemoteControl):
        found.add(Reason.START_NOT_GRANTED)
    elif operator.holder != console.holder:
        found.add(Reason.NOT_HOLDER)
    facts, scanner = site.folded, site.scanner
    if "anna" not in facts.roster:
        found.add(Reason.ROSTER_BELOW_POLICY)
    if facts.exam is None:
        return found | {Reason.NO_EXAM}
    if site.desk.readings.scanner is None:
        return found | {Reason.SCANNER_NOT_HEARD, Reason.ROOM_UNKNOWN}
    if not scanner.door_closed:
        found.add(Reason.DOOR_OPEN)
    if scanner.coil is None:
        found.add(Reason.NO_COIL)
    if scanner.fault:
        found.add(Reason.SCANNER_FAULT)
    if scanner.bulb:
        found.add(Reason.SQUEEZE_BULB)
    if facts.stop_latched:
        found.add(Reason.SCANNER_STOPPING)
    elif scanner.running is not None:
        found.add(Reason.SCANNER_BUSY)
    if any(r.outcome is StartOutcome.UNKNOWN for r in facts.starts.values()):
        found.add(Reason.OUTCOME_UNKNOWN)
    if start.standing != site.number():
        found.add(Reason.STALE_STANDING)
    if site.at_s - (console.session.beat_sent_at(start.beat) or 0.0) > 1.0:
        found.add(Reason.LATE)
    if site.revision(start.step_id) != start.revision:
        found.add(Reason.STALE_REVISION)
    return found


STEPS = st.sampled_from(["Localizer", "T2 TSE ax", "FLAIR ax"])
WORST = st.sampled_from(["", "", "prepare", "start", "disk"])
HELD = st.sampled_from(
    ["prepare", "start", "stop", "set_step", "get_log", "get_snapshot", "register_patient"]
)


ROOM_EVENTS: dict[str, Callable[[Site], object]] = {
    "door opened": lambda site: site.scanner.open_door(),
    "door closed": lambda site: site.scanner.close_door(),
    "bulb squeezed": lambda site: site.scanner.squeeze() if site.scanner.connected else None,
    "fault": lambda site: site.scanner.fail("gradient"),
    "repaired": lambda site: site.scanner.repair(),
    "coil changed": lambda site: site.scanner.change_coil("body 18"),
    "coil pulled": lambda site: site.scanner.change_coil(None),
    "table pushed": lambda site: site.scanner.move_table(TablePosition.ELSEWHERE),
    "local scan": lambda site: None if site.scanner.running else site.scanner.begin(site.fresh_id(), "x1"),
}
ROOM = sorted(ROOM_EVENTS)


class CoreHistory(RuleBasedStateMachine):
    """A day at the site in which everything happens at the worst moment."""

    @initialize(action=st.sampled_from(LinkLossAction))
    def begin(self, action: LinkLossAction) -> None:
        self.site = prepared_site(action=action)
        self.judge = Judge(self.site, holder=self.site.console.holder.link)
        self.site.watching.append(self.judge.watch)
        self.drawn: list[tuple[Console, c.StartStep]] = []

    def has_steps(self) -> bool:
        exam = self.site.desk.facts.exam
        return exam is not None and len(exam.steps) >= 3

    # ------------------------------------------------------------ consoles

    @precondition(has_steps)
    @rule(step=STEPS)
    def press(self, step: str) -> None:
        console = self.site.console
        start = console.prepare_start(step)
        self.drawn.append((console, start))
        self._send(console, start)

    @precondition(has_steps)
    @rule(step=STEPS)
    def draw(self, step: str) -> None:
        self.drawn.append((self.site.console, self.site.console.prepare_start(step)))

    @precondition(lambda self: self.drawn and self.has_steps())
    @rule(number=st.integers(0, 50))
    def press_what_was_drawn(self, number: int) -> None:
        console, start = self.drawn[number % len(self.drawn)]
        if console.alive:
            self._send(console, start)

    def _send(self, console: Console, start: c.StartStep) -> None:
        seen = start.command_id in self.site.desk.facts.starts or (
            self.site.desk.flight is not None and self.site.desk.flight.command_id == start.command_id
        )
        expected = independent_reasons(self.site, console, start)
        said = console.send(start)
        assert said.outcomes, "every start is answered"
        if not seen:
            assert expected <= said.reasons or (not expected and said.outcomes), (expected, said.reasons)

    @precondition(has_steps)
    @rule(step=STEPS, te_ms=st.sampled_from([60.0, 90.0, 400.0]))
    def edit(self, step: str, te_ms: float) -> None:
        self.site.console.edit(step, te_ms=te_ms)

    @precondition(has_steps)
    @rule(step=STEPS)
    def undo_or_repeat(self, step: str) -> None:
        self.site.console.undo(step)
        self.site.console.repeat(step)

    @precondition(has_steps)
    @rule(step=STEPS)
    def arm(self, step: str) -> None:
        self.site.console.arm(step)

    @rule(cut=st.booleans())
    def ask_for_control(self, *, cut: bool) -> None:
        if cut or not self.site.console.alive:
            self.site.console.cut()
            self.site.console = self.site.open_console("mia", device="d" * 64)
        request_id, said = self.site.console.ask(*ALL)
        if said.accepted:
            self.site.tablet.allow(request_id, *ALL)
            self.site.pass_time(0.25)

    @rule()
    def stop_from_anywhere(self) -> None:
        before = len(self.site.requests(s.Stop))
        connected = self.site.desk.welcome is not None
        self.site.console.stop()
        assert len(self.site.requests(s.Stop)) == before + connected, "a stop always reaches the scanner"

    # ------------------------------------------------------------ tablet

    @rule(what=st.sampled_from(["revoke", "resume", "ready", "touch", "stop"]))
    def touch_the_tablet(self, what: str) -> None:
        getattr(self.site.tablet, what)()

    @rule(weight_kg=st.sampled_from([60.0, 70.0]))
    def weigh(self, weight_kg: float) -> None:
        self.site.tablet.record_data(weight_kg)

    @rule()
    def check_out_or_in(self) -> None:
        if "anna" in self.site.desk.facts.roster:
            self.site.tablet.do(t.CheckOut, staff_id="anna")
        else:
            self.site.tablet.check_in(ANNA)

    @rule()
    def answer_alarms(self) -> None:
        for alarm in self.site.desk.alarms.shown():
            self.site.tablet.do(t.TabletAcknowledge, alarm_id=alarm.alarm_id)
        if self.site.scanner.connected and not self.site.desk.facts.bulb_squeezed:
            self.site.scanner.bulb = False

    @rule(ran=st.booleans())
    def settle(self, *, ran: bool) -> None:
        start = self.site.desk.facts.open_start
        if start is not None and start.outcome is StartOutcome.UNKNOWN:
            self.site.tablet.do(t.SettleUnknown, signer=ANNA, unknown_command=start.command_id, ran=ran)

    # ------------------------------------------------------------ scanner, room, disk, time

    @rule(what=st.sampled_from(ROOM))
    def happens_in_the_room(self, what: str) -> None:
        ROOM_EVENTS[what](self.site)

    @rule(complete=st.booleans())
    def scan_ends(self, *, complete: bool) -> None:
        self.site.scanner.end(complete=complete)

    @rule(kind=HELD)
    def scanner_is_slow(self, kind: str) -> None:
        self.site.scanner.hold.add(kind)

    @rule()
    def scanner_catches_up(self) -> None:
        self.site.scanner.release()

    @rule(what=st.sampled_from(["break", "break and reboot", "disk slow", "disk fast", "disk fails", "kill"]))
    def misfortune(self, what: str) -> None:
        site = self.site
        match what:
            case "break" | "break and reboot":
                site.lose_scanner()
                site.scanner.held, site.scanner.hold = [], set()
                if what.endswith("reboot"):
                    site.scanner.reboot()
                site.connect_scanner()
            case "disk slow":
                site.disk_slow = True
            case "disk fast":
                site.disk_catches_up()
            case "disk fails":
                site.disk_full = True
                site.disk_catches_up()
                site.disk_full = False
            case _:
                site.disk_catches_up()
                site.restart_agent()
                site.scanner.hold = set()
                site.connect_scanner()
                site.console = site.open_console("mia", device="d" * 64)

    def make_good(self) -> None:
        """Everybody does what the standing asks for."""
        site, scanner = self.site, self.site.scanner
        site.disk_catches_up()
        scanner.release()
        scanner.repair()
        while scanner.running:  # an armed step may follow
            scanner.end()
        if not scanner.door_closed:
            scanner.close_door()
        if scanner.coil is None:
            scanner.change_coil("head 20")
        site.tablet.do(t.MoveTable, to="isocentre")
        if "anna" not in site.desk.facts.roster:
            site.tablet.check_in(ANNA)
        self.answer_alarms()
        start = site.desk.facts.open_start
        if start is not None:
            self.settle(ran=False)
        site.tablet.ready()
        operator = site.desk.control.operator
        if not isinstance(operator, RemoteControl) or operator.holder != site.console.holder:
            site.tablet.revoke()
            self.ask_for_control(cut=False)
        site.pass_time(0.25)

    @precondition(has_steps)
    @rule(step=STEPS, first=WORST, then=st.sampled_from([*ROOM, "stop", "revoke", "time", "kill", ""]))
    def start_when_all_is_well_and_something_happens(self, step: str, first: str, then: str) -> None:
        self.make_good()
        site = self.site
        assert site.open_reasons() == set(), "what the standing asks for is enough to close it"
        site.console.repeat(step)
        if first == "disk":
            site.disk_slow = True
        elif first:
            site.scanner.hold.add(first)
        self.press(step)
        match then:
            case "stop":
                self.stop_from_anywhere()
            case "revoke":
                site.tablet.revoke()
            case "time":
                self.time_passes(seconds=3.25, beats=False)
            case "kill":
                self.misfortune("kill")
            case "":
                pass
            case _:
                ROOM_EVENTS[then](site)
        if first == "disk":
            site.disk_catches_up()
        site.scanner.release()

    @rule(seconds=st.sampled_from([0.25, 1.25, 3.25]), beats=st.booleans())
    def time_passes(self, *, seconds: float, beats: bool) -> None:
        self.site.pass_time(seconds, beats=beats)

    @rule()
    def an_old_event_is_said_again(self) -> None:
        if self.site.scanner.connected and self.site.scanner.log:
            old = self.site.scanner.log[-1]
            before = self.site.desk.facts
            self.site.turn(on_scanner_event.scanner_event, old, self.site.moment)
            if self.site.desk.readings.scanner and old.number <= self.site.desk.readings.scanner.number:
                assert self.site.desk.facts == before

    # ------------------------------------------------------------ always

    @invariant()
    def no_command_ran_twice(self) -> None:
        ran = self.site.scanner.acquisitions
        assert len(ran) == len(set(ran))

    @invariant()
    def what_a_refused_or_withdrawn_start_says_it_says_for_ever(self) -> None:
        for record in self.site.desk.facts.starts.values():
            if record.outcome in {None, StartOutcome.WITHDRAWN}:
                assert record.command_id not in self.site.scanner.acquisitions
                assert record.findings

    @invariant()
    def a_flight_is_never_left_over(self) -> None:
        flight = self.site.desk.flight
        if flight is not None:
            waited = self.site.desk.awaits("prepare", "start") or self.site.unwritten
            assert waited, "a start nobody will ever answer"

    def teardown(self) -> None:
        if hasattr(self, "site") and not self.site.unwritten:
            facts = Facts()
            for event in self.site.journal:
                facts = fold(facts, event)
            assert facts == self.site.desk.facts


CoreHistory.TestCase.settings = settings(
    derandomize=True,
    max_examples=150,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),  # shrinking takes minutes: add Phase.shrink to look into a failure
)
TestCoreHistory = CoreHistory.TestCase
