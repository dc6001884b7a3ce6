"""The whole core, driven at random and judged by what was journalled and what was sent, never by its code.

Two people have consoles open all the time; either may ask, press, edit and arm. The judge (`core_judge`)
keeps its own picture of the world from outside: what people and the scanner did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from core_judge import Against, Judge, Press
from core_site import ALL, ANNA, BEN, CARL, MIA, Console, Said, Site, prepared_site
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from local_agent.core import on_scanner_event
from local_agent.core.control_state import RemoteControl
from local_agent.core.facts import Facts, fold
from local_agent.core.people import StaffMember
from local_agent.core.policy import Policy
from mr_contract import console_messages as c
from mr_contract import scanner_messages as s
from mr_contract import tablet_messages as t
from mr_contract.exposure import ImplantLimits
from mr_contract.reasons import Reason
from mr_contract.responsibilities import KnownItem
from mr_contract.vocabulary import (
    Interlock,
    LinkLossAction,
    Mistaken,
    Privilege,
    Qualification,
    StartOutcome,
    TablePosition,
)

R = Reason
OPERATING = {Privilege.EDIT, Privilege.START}
DEVICES = {"mia": "a" * 64, "noa": "b" * 64}
STEPS = st.sampled_from(["Localizer", "T2 TSE ax", "FLAIR ax"])
WHO = st.sampled_from(["mia", "mia", "noa"])
WORST = st.sampled_from(["", "", "prepare", "start", "disk"])
RULES = st.sampled_from(["waived", "required"])
HELD = st.sampled_from(
    ["prepare", "start", "stop", "set_step", "get_log", "get_snapshot", "register_patient"]
)
CLIP = ImplantLimits(device="clip", b1_rms_ut=1.9)
ROTH = StaffMember("roth", "Dr. Roth", 2, Qualification.PHYSICIAN)
NOA = StaffMember("noa.t", "noa", 1, Qualification.TECHNOLOGIST)

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
OF_HEARING = frozenset(reason for reason in Reason if reason.value.startswith("audio_"))
THEN = st.sampled_from([*ROOM, "stop", "revoke", "time", "kill", ""])


def left_open(said: set[Reason], against: set[Against]) -> set[Against]:
    """What stood against a start and was not named."""
    return {one for one in against if not one & said}


class CoreHistory(RuleBasedStateMachine):
    """A day at the site in which everything happens at the worst moment."""

    @initialize(action=st.sampled_from(LinkLossAction), picture=RULES, audio=RULES)
    def begin(self, action: LinkLossAction, picture: Any, audio: Any) -> None:
        policy = Policy(picture="waived", presence_minutes=1.0, emergency_exception="signed_by_physician")
        self.site = prepared_site(policy, action=action)
        self.site.console.cut()
        self.site.roster = [ANNA, BEN, CARL, MIA, NOA]
        self.site.policy = self.site.desk.policy = replace(policy, picture=picture, audio_check=audio)
        self.exams = 1
        self.consoles = {name: self.open(name) for name in DEVICES}
        self.judge = Judge(self.site)
        self.show_picture(age_s=0.1)
        self.sound_number = 1
        self.presses: list[tuple[Console, c.StartStep]] = []

    def open(self, name: str) -> Console:
        return self.site.open_console(name, device=DEVICES[name])

    def has_steps(self) -> bool:
        exam = self.site.desk.facts.exam
        return exam is not None and len(exam.steps) >= 3

    def has_presses(self) -> bool:
        return bool(self.presses) and self.has_steps()

    # ------------------------------------------------------------ consoles

    def draw(self, who: str, step: str) -> tuple[Console, c.StartStep]:
        """What a press draws, remembered as it was drawn."""
        console = self.consoles[who]
        start = console.prepare_start(step)
        press = Press(
            console.holder.link,
            start.step_id,
            self.judge.world.content(start.step_id),
            console.session.beat_sent_at(start.beat),
            start.standing,
        )
        self.judge.pressed(start.command_id, press)
        self.presses.append((console, start))
        return console, start

    @precondition(has_steps)
    @rule(who=WHO, step=STEPS)
    def press(self, who: str, step: str) -> None:
        self.press_now(who, step)

    def press_now(self, who: str, step: str) -> Said:
        return self.send(*self.draw(who, step))

    @precondition(has_steps)
    @rule(who=WHO, step=STEPS)
    def draw_only(self, who: str, step: str) -> None:
        self.draw(who, step)

    @precondition(has_presses)
    @rule(number=st.integers(0, 50))
    def press_what_was_drawn(self, number: int) -> None:
        console, start = self.presses[number % len(self.presses)]
        if console.alive:
            self.send(console, start)

    def send(self, console: Console, start: c.StartStep) -> Said:
        """Whatever stands against it is named, all of it; what nothing stands against is not refused."""
        desk = self.site.desk
        seen = start.command_id in desk.facts.starts or (
            desk.flight is not None and desk.flight.command_id == start.command_id
        )
        self.site.read_holder()
        expected = self.judge.against(start.command_id)
        if start.standing != self.site.number():
            expected.add(frozenset({R.STALE_STANDING}))
        said = console.send(start)
        assert said.outcomes, "every start is answered"
        if not seen:
            assert not left_open(said.reasons, expected), (left_open(said.reasons, expected), said.reasons)
            assert not expected or said.start is None, "a refused start has no outcome at the scanner"
        return said

    @precondition(has_steps)
    @rule(who=WHO, step=STEPS, te_ms=st.sampled_from([60.0, 90.0, 400.0]))
    def edit(self, who: str, step: str, te_ms: float) -> None:
        self.consoles[who].edit(step, te_ms=te_ms)

    @precondition(has_steps)
    @rule(who=WHO, step=STEPS, flip_angle_deg=st.sampled_from([90.0, 160.0, 175.0]))
    def edit_exposure(self, who: str, step: str, flip_angle_deg: float) -> None:
        self.consoles[who].edit(step, flip_angle_deg=flip_angle_deg)

    @precondition(has_steps)
    @rule(who=WHO, step=STEPS)
    def undo_or_repeat(self, who: str, step: str) -> None:
        self.consoles[who].undo(step)
        self.consoles[who].repeat(step)

    @precondition(has_steps)
    @rule(who=WHO, step=STEPS)
    def arm(self, who: str, step: str) -> None:
        console, command_id = self.consoles[who], self.site.fresh_id()
        step_id, revision = self.site.step(step).step_id, self.site.revision(step)
        drawn = self.judge.world.content(step_id)
        self.judge.pressed(command_id, Press(console.holder.link, step_id, drawn))
        console.send(c.ArmStep(command_id=command_id, scanner="mr-a", step_id=step_id, revision=revision))

    @rule(who=WHO, privileges=st.sampled_from([ALL, ALL, ALL[:3]]))
    def ask(self, who: str, privileges: tuple[Privilege, ...]) -> None:
        self.consoles[who].ask(*privileges)

    @rule(yes=st.booleans())
    def answer_what_was_asked(self, *, yes: bool) -> None:
        self.answer(yes=yes)

    def answer(self, *, yes: bool) -> None:
        for request in self.site.desk.control.requests:
            self.site.tablet.allow(request.request_id, *(ALL if yes else ()))
            self.site.pass_time(0.25)

    @precondition(has_steps)
    @rule(who=WHO, resumed_first=st.booleans())
    def a_colleague_asks_while_control_is_suspended(self, who: str, *, resumed_first: bool) -> None:
        """Both want it, and the local operator touches both answers: one of them operates, never both."""
        self.make_good(who)
        other = "noa" if who == "mia" else "mia"
        self.site.pass_time(3.25, beats=False)
        self.consoles[other].ask(*ALL)
        touches: list[Callable[[], object]] = [self.site.tablet.resume, lambda: self.answer(yes=True)]
        for touch in touches if resumed_first else reversed(touches):
            touch()
        self.site.pass_time(0.25)

    @rule(who=WHO)
    def reconnect(self, who: str) -> None:
        self.consoles[who].cut()
        self.consoles[who] = self.open(who)

    # ------------------------------------------------------------ “can you hear me?”

    def connect_sound(self, *, anew: bool = False, at_site: bool = True) -> None:
        """Every console and the tablet have a connection for sound, each with its number."""
        self.sound_number += anew
        links = [console.holder.link for console in self.consoles.values()]
        links += [self.site.tablet.link] if at_site else []
        lines = {link: f"{link}-{self.sound_number}" for link in links}
        self.site.tell("sound", lines)
        self.site.desk.read(sound_lines=lines, site_listens=at_site)
        self.site.pass_time(0.25)

    def hear(self, what: str, who: str, *, hears: bool = True) -> Said:
        """One part of the check, by whoever does it."""
        check = self.site.desk.readings.audio_check
        check_id = check.check_id if check is not None else "none"
        console, tablet = self.consoles[who], self.site.tablet
        link = console.holder.link
        match what:
            case "ask":
                said = console.do(c.AskAudioCheck)
            case "answer":
                said, link = tablet.do(t.AnswerAudioCheck, check_id=check_id, hears=hears), tablet.link
            case "confirm":
                said = console.do(c.ConfirmAudioCheck, check_id=check_id, hears=hears)
            case "other headset":
                said = console.do(c.VoidAudioCheck)
            case _:
                said, link = tablet.do(t.VoidTabletAudioCheck), tablet.link
        self.judge.world.hearing_said(what, link, said, hears=hears)
        return said

    @rule(
        who=WHO,
        what=st.sampled_from(["ask", "answer", "confirm", "other headset", "other tablet", "anew", "silent"]),
        hears=st.booleans(),
    )
    def talk(self, who: str, what: str, *, hears: bool) -> None:
        if what in {"anew", "silent"}:
            self.connect_sound(anew=what == "anew", at_site=what == "anew")
        else:
            self.hear(what, who, hears=hears)

    def both_ends_hear(self, who: str) -> None:
        if not OF_HEARING & self.site.open_reasons():
            return
        self.connect_sound()
        for what in ("ask", "answer", "confirm"):
            assert self.hear(what, who).accepted

    @rule(who=WHO, delay_s=st.sampled_from([0.02, 0.7]))
    def line_changes(self, who: str, delay_s: float) -> None:
        self.consoles[who].delay_s = delay_s
        self.site.pass_time(1.0)

    @rule(who=WHO, running=st.sampled_from([None, 0, 1]), here=st.booleans())
    def work_elsewhere(self, who: str, running: int | None, *, here: bool) -> None:
        self.consoles[who].elsewhere = {"South": running}
        self.consoles[who].next_door = ("MR B",) if here else ()

    @rule(who=WHO)
    def stop_from_anywhere(self, who: str) -> None:
        before = len(self.site.requests(s.Stop))
        connected = self.site.desk.welcome is not None
        self.consoles[who].stop()
        assert len(self.site.requests(s.Stop)) == before + connected, "a stop always reaches the scanner"

    @precondition(has_steps)
    @rule(who=st.sampled_from(["mia", "noa", "tablet"]), mistaken=st.sampled_from(Mistaken))
    def wrong_patient_or_side(self, who: str, mistaken: Mistaken) -> None:
        before = len(self.site.requests(s.Stop))
        connected = self.site.desk.welcome is not None
        self.report_wrong(who, mistaken)
        assert len(self.site.requests(s.Stop)) == before + connected, "it stops, whoever says it"
        assert R.EXAM_QUARANTINED in self.site.open_reasons()

    def report_wrong(self, who: str, mistaken: Mistaken = Mistaken.PATIENT) -> None:
        exam_id = self.site.tablet.exam_id
        if who == "tablet":
            self.site.tablet.do(t.TabletReportWrong, exam_id=exam_id, mistaken=mistaken)
        else:
            self.consoles[who].do(c.ReportWrong, exam_id=exam_id, mistaken=mistaken)

    # ------------------------------------------------------------ tablet

    @rule(what=st.sampled_from(["revoke", "resume", "ready", "touch", "stop"]))
    def touch_the_tablet(self, what: str) -> None:
        getattr(self.site.tablet, what)()

    @rule(weight_kg=st.sampled_from([60.0, 70.0]))
    def weigh(self, weight_kg: float) -> None:
        self.site.tablet.record_data(weight_kg)

    @rule(signers=st.lists(st.sampled_from([ANNA, BEN, CARL]), max_size=2), full_stop=st.booleans())
    def screen_once_more(self, signers: list[StaffMember], *, full_stop: bool) -> None:
        """Recorded, and signed by whoever signs; some are not checked in, some have signed."""
        tablet = self.site.tablet
        exam: dict[str, Any] = {"exam_id": tablet.exam_id}
        tablet.do(t.RecordScreening, questions_answered=True, implants=(), implant_free=True, **exam)
        for person in signers:
            tablet.do(t.SignScreening, signer=person, **exam)
        if full_stop:
            tablet.do(t.ConfirmFullStop, **exam)

    @rule(who=WHO, live=st.booleans(), pin=st.sampled_from(["1234", "1234", "9999"]))
    def sign_at_a_console(self, who: str, *, live: bool, pin: str) -> None:
        self.consoles[who].sees(live=live)
        self.consoles[who].sign_screening(pin=pin)

    @rule(signer=st.sampled_from([ROTH, ROTH, ANNA]), there=st.booleans(), anew=st.booleans())
    def sign_an_exception(self, signer: StaffMember, *, there: bool, anew: bool) -> None:
        if there:
            self.site.tablet.check_in(signer)
        if anew and self.site.desk.facts.running is None and self.site.tablet.close_exam().accepted:
            self.exams += 1
            self.site.tablet.take_patient(f"exam-{self.exams}")
        exam: dict[str, Any] = {"exam_id": self.site.tablet.exam_id}
        self.site.tablet.do(t.SignEmergencyException, signer=signer, reason="stroke", **exam)
        self.site.tablet.do(t.ConfirmFullStop, **exam)

    @rule()
    def check_out_or_in(self) -> None:
        if "anna" in self.site.desk.facts.roster:
            self.site.tablet.do(t.CheckOut, staff_id="anna")
        else:
            self.site.tablet.check_in(ANNA)

    @rule(local=st.booleans(), who=WHO)
    def decide_first_level(self, who: str, *, local: bool) -> None:
        if local:
            exam_id = self.site.tablet.exam_id
            self.site.tablet.do(t.AllowFirstLevel, exam_id=exam_id, up_to_w_per_kg=4.0)
        else:
            self.consoles[who].do(c.DecideFirstLevel, up_to_w_per_kg=4.0)

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

    @rule(age_s=st.sampled_from([None, 0.1, 3.0]))
    def show_picture(self, age_s: float | None) -> None:
        self.site.tell("picture", age_s)
        self.site.desk.read(picture_age_s=age_s)

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
                self.consoles = {name: self.open(name) for name in DEVICES}
                self.show_picture(age_s=0.1)

    # ------------------------------------------------------------ everybody does what is asked for

    def make_good(self, who: str = "mia", *, identify: bool = True) -> None:
        """Everybody does what the standing asks for."""
        self.scanner_is_well()
        self.everybody_is_there()
        self.answer_alarms()
        self.settle(ran=False)
        self.patient_is_prepared(identify=identify)
        self.site.tablet.ready()
        self.show_picture(age_s=0.1)
        self.control_is_held_by(who)
        self.the_list_is_read(who)
        self.both_ends_hear(who)
        if not self.has_steps():
            assert self.consoles[who].do(c.OpenProtocol, protocol_id="brain").accepted
        self.site.pass_time(0.25)

    def everybody_is_there(self) -> None:
        there = self.site.desk.facts.roster
        self.site.tablet.check_in(*(person for person in (ANNA, BEN) if person.staff_id not in there))

    def scanner_is_well(self) -> None:
        site, scanner = self.site, self.site.scanner
        site.disk_catches_up()
        if not scanner.connected:
            site.connect_scanner()
        scanner.release()
        scanner.repair()
        scanner.wait_s = 0.0
        while scanner.running:  # an armed step may follow
            scanner.end()
        if not scanner.door_closed:
            scanner.close_door()
        if scanner.coil is None:
            scanner.change_coil("head 20")
        site.tablet.do(t.MoveTable, to="isocentre")

    def patient_is_prepared(self, *, identify: bool) -> None:
        tablet = self.site.tablet
        if self.site.tablet.exam_id in self.site.desk.facts.quarantines:
            assert tablet.close_exam().accepted
        if self.site.desk.facts.exam is None:
            self.exams += 1
            assert tablet.take_patient(f"exam-{self.exams}") == set()
        exam = self.site.desk.facts.exam
        assert exam is not None
        if identify and exam.identity_count is None:
            assert tablet.confirm_identity().accepted
        signed = exam.exception is None and {s.staff_id for s in exam.signatures} >= {"anna", "ben"}
        if exam.implants or not signed or exam.full_stop_count is None:
            tablet.screen()
        if exam.data_count is None or exam.landmark is None:
            tablet.position()

    def control_is_held_by(self, who: str) -> None:
        for console in self.consoles.values():
            console.elsewhere, console.next_door = {}, ()
            if console.delay_s > 0.1:
                console.delay_s = 0.02
                self.site.pass_time(11.0, step=0.5)  # until its figure is good again
        operator, holder = self.site.desk.control.operator, self.consoles[who].holder
        held = isinstance(operator, RemoteControl) and operator.holder == holder
        if not held or Privilege.START not in self.site.desk.control.privileges_of(holder.link):
            self.take_control(who)

    def take_control(self, who: str, *privileges: Privilege) -> None:
        """When who asked again and again may ask once more."""
        self.site.tablet.revoke()
        self.site.pass_time(self.judge.world.may_ask_in_s(DEVICES[who], self.site.at_s))
        self.consoles[who].take_control(*privileges)

    def the_list_is_read(self, who: str) -> None:
        """Whoever has not acknowledged who does what does so now."""
        digest = self.site.list_digest()
        reasons = self.site.open_reasons()
        if R.RESPONSIBILITIES_UNREAD_LOCAL in reasons:
            assert self.site.tablet.do(t.TabletAcknowledgeResponsibilities, digest=digest).accepted
        if R.RESPONSIBILITIES_UNREAD_REMOTE in reasons:
            assert self.consoles[who].do(c.AcknowledgeResponsibilities, digest=digest).accepted

    def move_item(self, *, read_by: str = "") -> None:
        """An item is laid at the other end; who reads the new list, if anybody."""
        digest = self.site.list_digest()
        self.site.tablet.do(t.TabletMoveResponsibility, digest=digest, item=KnownItem.DOCUMENTATION.value)
        digest = self.site.list_digest()
        if read_by == "site":
            self.site.tablet.do(t.TabletAcknowledgeResponsibilities, digest=digest)
        elif read_by:
            self.consoles[read_by].do(c.AcknowledgeResponsibilities, digest=digest)

    @precondition(has_steps)
    @rule(who=WHO, what=st.sampled_from(["move", "move", "read", "read here"]))
    def who_does_what(self, who: str, what: str) -> None:
        console, digest = self.consoles[who], self.site.list_digest()
        if what == "move":
            console.do(c.MoveResponsibility, digest=digest, item=KnownItem.IMAGE_QUALITY.value)
        elif what == "read":
            console.do(c.AcknowledgeResponsibilities, digest=digest)
        else:
            self.site.tablet.do(t.TabletAcknowledgeResponsibilities, digest=digest)

    def fresh(self, who: str, step: str) -> str:
        """A planned step in normal mode, queued once more."""
        console = self.consoles[who]
        console.repeat(step)
        plan = self.site.step(step).plan
        if plan.prediction.wait_s or plan.values["flip_angle_deg"] != 90.0:
            console.edit(step, flip_angle_deg=90.0)
        return self.site.step(step).step_id

    @precondition(has_steps)
    @rule(who=WHO, step=STEPS, first=WORST, then=THEN)
    def start_when_all_is_well_and_something_happens(
        self, who: str, step: str, first: str, then: str
    ) -> None:
        self.make_good(who)
        site = self.site
        assert site.open_reasons() == set(), "what the standing asks for is enough to close it"
        step_id = self.fresh(who, step)
        if first == "disk":
            site.disk_slow = True
        elif first:
            site.scanner.hold.add(first)
        said = self.press_now(who, step_id)
        assert first or said.start is StartOutcome.ACCEPTED, f"a false refusal: {said}"
        match then:
            case "stop":
                self.stop_from_anywhere(who)
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

    @precondition(has_steps)
    @rule(who=WHO, step=STEPS, what=st.deferred(lambda: st.sampled_from(sorted(AMISS))))
    def one_thing_is_amiss(self, who: str, step: str, what: str) -> None:
        """All is well but for one interlock, opened by what opens it in life."""
        reason, act, identify = AMISS[what]
        if reason in {R.PICTURE_FROZEN, R.PICTURE_UNKNOWN} and self.site.policy.picture == "waived":
            return
        if reason in OF_HEARING and self.site.policy.audio_check == "waived":
            return
        if not identify:
            self.close_exam()
        self.make_good(who, identify=identify)
        step_id = self.fresh(who, step)
        console, start = self.draw(who, step_id)
        acquired = len(self.site.scanner.acquisitions)
        act(self, who, step_id)
        if reason not in {R.STALE_REVISION, R.LATE}:
            console, start = self.draw("noa" if reason is R.NOT_HOLDER and who == "mia" else who, step_id)
        if reason is R.NOT_HOLDER and who == "noa":
            console, start = self.draw("mia", step_id)
        assert frozenset({reason}) in self.judge.against(start.command_id), f"{what} opens nothing"
        assert reason in self.send(console, start).reasons
        assert len(self.site.scanner.acquisitions) == acquired + (reason is R.SCANNER_BUSY)

    @precondition(has_steps)
    @rule(who=WHO, step=STEPS, what=st.deferred(lambda: st.sampled_from(sorted(AMISS))))
    def another_thing_is_amiss(self, who: str, step: str, what: str) -> None:
        self.one_thing_is_amiss(who, step, what)

    def close_exam(self) -> None:
        self.scanner_is_well()
        self.everybody_is_there()
        self.settle(ran=False)
        if self.site.desk.facts.exam is not None:
            assert self.site.tablet.close_exam().accepted

    def grant_edit_only(self, who: str) -> None:
        self.take_control(who, Privilege.VIEW, Privilege.EDIT)

    def screen_again(self, *implants: Any, signers: Any = (ANNA, BEN), full_stop: bool = True) -> None:
        tablet = self.site.tablet
        tablet.check_in(CARL)
        exam: dict[str, Any] = {"exam_id": tablet.exam_id}
        free = not implants
        tablet.do(t.RecordScreening, questions_answered=True, implants=implants, implant_free=free, **exam)
        for person in signers:
            assert tablet.do(t.SignScreening, signer=person, **exam).accepted
        if full_stop:
            assert tablet.do(t.ConfirmFullStop, **exam).accepted

    def excepted(self, *, full_stop: bool = True) -> None:
        tablet = self.site.tablet
        self.screen_again(signers=(), full_stop=False)
        tablet.check_in(ROTH)
        exam: dict[str, Any] = {"exam_id": tablet.exam_id}
        assert tablet.do(t.SignEmergencyException, signer=ROTH, reason="stroke", **exam).accepted
        if full_stop:
            assert tablet.do(t.ConfirmFullStop, **exam).accepted

    def screened_after_an_exception(self) -> None:
        self.excepted()
        self.screen_again(signers=())

    def slow_line(self, who: str) -> None:
        self.consoles[who].delay_s = 0.7
        self.site.pass_time(14.0, step=0.5)

    def edit_to(self, who: str, step: str, **changes: float) -> None:
        assert self.consoles[who].edit(step, **changes).accepted

    def edit_anew(self, who: str, step: str) -> None:
        te_ms = float(self.site.step(step).plan.values["te_ms"])
        self.edit_to(who, step, te_ms=te_ms + 1.0 if te_ms < 200.0 else 50.0)

    def first_level_undecided(self, who: str, step: str) -> None:
        self.site.tablet.record_data()  # voids what was decided
        self.site.tablet.ready()
        self.edit_to(who, step, flip_angle_deg=160.0)

    def wait_for_average(self, who: str, step: str) -> None:
        self.site.scanner.wait_s = 40.0
        self.edit_to(who, step, te_ms=91.0)

    def busy_elsewhere(self, who: str, *, south: int | None = 0, here: bool = False) -> None:
        self.consoles[who].elsewhere = {"South": south}
        self.consoles[who].next_door = ("MR B",) if here else ()
        self.site.pass_time(0.25)

    def run_another(self, who: str, step: str) -> None:
        assert self.press_now(who, step).start is StartOutcome.ACCEPTED

    # ------------------------------------------------------------ time

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
    def at_most_one_console_is_told_that_it_operates(self) -> None:
        told = {link for link in self.site.links if OPERATING & self.site.desk.control.privileges_of(link)}
        assert len(told) <= 1
        assert told <= {self.judge.world.operator}

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


Act = Callable[[CoreHistory, str, str], object]
AMISS: dict[str, tuple[Reason, Act, bool]] = {
    "control was taken back": (R.NO_CONTROL, lambda m, _w, _s: m.site.tablet.revoke(), True),
    "the lease lapsed": (
        R.CONTROL_SUSPENDED, lambda m, _w, _s: m.site.pass_time(3.5, beats=False), True
    ),
    "a colleague presses": (R.NOT_HOLDER, lambda _m, _w, _s: None, True),
    "start was not granted": (R.START_NOT_GRANTED, lambda m, who, _s: m.grant_edit_only(who), True),
    "the site has not read the list": (
        R.RESPONSIBILITIES_UNREAD_LOCAL, lambda m, who, _s: m.move_item(read_by=who), True
    ),
    "the holder has not read the list": (
        R.RESPONSIBILITIES_UNREAD_REMOTE, lambda m, _w, _s: m.move_item(read_by="site"), True
    ),
    "the technologist left": (
        R.ROSTER_BELOW_POLICY, lambda m, _w, _s: m.site.tablet.do(t.CheckOut, staff_id="anna"), True
    ),
    "nobody was seen for a minute": (
        R.PRESENCE_LAPSED, lambda m, _w, _s: m.site.pass_time(61.0, step=1.0), True
    ),
    "who lies there was not confirmed": (R.IDENTITY_NOT_CONFIRMED, lambda _m, _w, _s: None, False),
    "two of level 1 signed": (
        R.SCREENING_LEVEL_2, lambda m, _w, _s: m.screen_again(signers=(BEN, CARL)), True
    ),
    "one person signed": (
        R.SCREENING_SECOND_SIGNATURE, lambda m, _w, _s: m.screen_again(signers=(ANNA,)), True
    ),
    "the patient is another": (R.EXAM_QUARANTINED, lambda m, who, _s: m.report_wrong(who), True),
    "no full stop": (R.SCREENING_FULL_STOP, lambda m, _w, _s: m.screen_again(full_stop=False), True),
    "an exception, and no full stop": (
        R.SCREENING_FULL_STOP, lambda m, _w, _s: m.excepted(full_stop=False), True
    ),
    "screened after an exception": (
        R.SCREENING_SECOND_SIGNATURE, lambda m, _w, _s: m.screened_after_an_exception(), True
    ),
    "the door is open": (R.DOOR_OPEN, lambda m, _w, _s: m.site.scanner.open_door(), True),
    "the coil was pulled": (R.NO_COIL, lambda m, _w, _s: m.site.scanner.change_coil(None), True),
    "the step was edited since": (
        R.STALE_REVISION, lambda m, who, step: m.edit_anew(who, step), True
    ),
    "the press is old": (R.LATE, lambda m, _w, _s: m.site.pass_time(1.25), True),
    "second level": (R.SECOND_LEVEL, lambda m, who, step: m.edit_to(who, step, flip_angle_deg=175.0), True),
    "first level": (
        R.FIRST_LEVEL_UNDECIDED, lambda m, who, step: m.first_level_undecided(who, step), True
    ),
    "the average is too high": (R.SAR_AVERAGE_WAIT, lambda m, who, step: m.wait_for_average(who, step), True),
    "an implant forbids it": (R.IMPLANT_LIMIT, lambda m, _w, _s: m.screen_again(CLIP), True),
    "the line is slow": (R.LINK_RED, lambda m, who, _s: m.slow_line(who), True),
    "the picture is frozen": (R.PICTURE_FROZEN, lambda m, _w, _s: m.show_picture(age_s=3.0), True),
    "no picture ever came": (R.PICTURE_UNKNOWN, lambda m, _w, _s: m.show_picture(age_s=None), True),
    "sound came back on another connection": (
        R.AUDIO_BROKEN, lambda m, _w, _s: m.connect_sound(anew=True), True
    ),
    "another headset": (R.AUDIO_DEVICE_CHANGED, lambda m, who, _s: m.hear("other headset", who), True),
    "the site was not asked anew": (R.AUDIO_UNANSWERED, lambda m, who, _s: m.hear("ask", who), True),
    "the scanner has a fault": (R.SCANNER_FAULT, lambda m, _w, _s: m.site.scanner.fail("RF"), True),
    "the patient squeezes the bulb": (R.SQUEEZE_BULB, lambda m, _w, _s: m.site.scanner.squeeze(), True),
    "another step runs": (R.SCANNER_BUSY, lambda m, who, step: m.run_another(who, step), True),
    "the scanner is not heard": (R.SCANNER_NOT_HEARD, lambda m, _w, _s: m.site.lose_scanner(), True),
    "one runs at another site": (
        R.RUNNING_ELSEWHERE, lambda m, who, _s: m.busy_elsewhere(who, south=1), True
    ),
    "one runs next door": (R.RUNNING_ELSEWHERE, lambda m, who, _s: m.busy_elsewhere(who, here=True), True),
    "another site says nothing": (
        R.WORKLOAD_UNKNOWN, lambda m, who, _s: m.busy_elsewhere(who, south=None), True
    ),
}  # fmt: skip
"""What opens an interlock in life, the word for it, and whether the patient was identified."""


CoreHistory.TestCase.settings = settings(
    derandomize=True,
    max_examples=300,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),  # shrinking takes minutes: add Phase.shrink to look into a failure
)
TestCoreHistory = CoreHistory.TestCase


@pytest.mark.parametrize("who", DEVICES)
@pytest.mark.parametrize("what", AMISS)
def test_whatever_is_amiss_is_named_whoever_presses_and_made_good_it_starts(what: str, who: str) -> None:
    machine = CoreHistory()
    machine.begin(LinkLossAction.FINISH_SEQUENCE, "required", "required")
    machine.make_good(who)
    machine.one_thing_is_amiss(who, "T2 TSE ax", what)
    machine.scanner_is_well()
    machine.start_when_all_is_well_and_something_happens(who, "FLAIR ax", "", "")
    machine.teardown()


@pytest.mark.parametrize("resumed_first", [True, False])
def test_one_of_two_who_were_both_answered_operates(*, resumed_first: bool) -> None:
    machine = CoreHistory()
    machine.begin(LinkLossAction.FINISH_SEQUENCE, "waived", "waived")
    machine.a_colleague_asks_while_control_is_suspended("mia", resumed_first=resumed_first)
    machine.at_most_one_console_is_told_that_it_operates()


def test_every_interlock_is_opened_by_something_in_life() -> None:
    opened = {INTERLOCK_OF.get(reason) for reason, _, _ in AMISS.values()}
    assert opened >= set(Interlock)


INTERLOCK_OF = {
    R.NO_CONTROL: Interlock.CONTROL, R.START_NOT_GRANTED: Interlock.CONSENT,
    R.PRESENCE_LAPSED: Interlock.PRESENCE, R.IDENTITY_NOT_CONFIRMED: Interlock.IDENTITY,
    R.SCREENING_LEVEL_2: Interlock.SCREENING, R.DOOR_OPEN: Interlock.PATIENT_READY,
    R.STALE_REVISION: Interlock.PRESCRIPTION, R.SECOND_LEVEL: Interlock.EXPOSURE,
    R.LINK_RED: Interlock.LINK, R.PICTURE_FROZEN: Interlock.PICTURE, R.SCANNER_FAULT: Interlock.SCANNER,
    R.RUNNING_ELSEWHERE: Interlock.WORKLOAD, R.AUDIO_BROKEN: Interlock.AUDIO_CHECK,
}  # fmt: skip
