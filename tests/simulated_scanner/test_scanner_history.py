"""Any order of events, judged by the scanner's own log and replies alone."""

from __future__ import annotations

from typing import Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from scanner_world import COIL, World, patient

from mr_contract.scanner_messages import (
    AcknowledgeBulb,
    AcquisitionEnded,
    AcquisitionProgressed,
    AcquisitionStarted,
    BulbPressed,
    CoilChanged,
    DoorOpened,
    FaultRaised,
    GetSnapshot,
    MoveScannerTable,
    Prepared,
    Snapshot,
    Started,
    StopReceived,
    StopTaken,
    TableMoved,
)
from mr_contract.vocabulary import BreathCommand, ScannerActivity, TablePosition
from simulated_mri.patient.body import Character
from simulated_mri.scanner.inputs import (
    BreathCommanded,
    BulbLetGo,
    BulbSqueezed,
    CoilPlugged,
    DoorSwung,
    FaultAppeared,
    FaultGone,
    HeliumRead,
    ImplantLabelled,
    PatientIs,
    PatientTold,
    TableButton,
    TablePushed,
)

COMMANDS = st.sampled_from([f"c{n}" for n in range(12)])
WHILES = st.sampled_from([0.0, 0.1, 0.9, 2.5, 6.0, 13.0])
MOVING = (DoorOpened, TableMoved, CoilChanged)


class ScannerHistory(RuleBasedStateMachine):
    """Does anything at all; what may never be seen is asserted from what came out."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.given: dict[str, tuple[int, float]] = {}  # token → event number and time when it was given
        self.used: set[str] = set()

    def snapshot(self) -> Snapshot:
        reply = self.world.do(GetSnapshot(request_id=1))
        assert isinstance(reply, Snapshot)
        return reply

    @rule(seconds=WHILES)
    def time_passes(self, seconds: float) -> None:
        self.world.wait(seconds)

    @rule(exam=st.sampled_from(["exam-1", "exam-2"]))
    def register(self, exam: str) -> None:
        self.world.do(patient(exam))

    @rule(command=COMMANDS)
    def make_everything_ready_and_prepare(self, command: str) -> None:
        """Common, so that much of what follows happens to a scanner that could run."""
        for needed in (DoorSwung(closed=True), BulbLetGo(), FaultGone(), CoilPlugged(COIL), HeliumRead(80.0)):
            self.world.do(needed)
        for fault in ("cooling", "rf amplifier", "emergency stop"):
            self.world.do(FaultGone(fault))
        self.world.do(ImplantLabelled(None))
        self.world.do(AcknowledgeBulb(request_id=1))
        if self.snapshot().table is not TablePosition.ISOCENTRE:
            self.world.do(MoveScannerTable(request_id=1, to="out"))
            self.world.wait(15.0)
            self.world.receive_patient()
        self.world.set_step()
        self.prepare(command)

    @rule(command=COMMANDS, seconds=WHILES)
    def run(self, command: str, seconds: float) -> None:
        self.make_everything_ready_and_prepare(command)
        self.world.wait(seconds)
        self.start(late_s=0.0, pick=0)

    @rule()
    def set_step(self) -> None:
        self.world.set_step()

    @rule(command=COMMANDS)
    def prepare(self, command: str) -> None:
        reply = self.world.prepare(command)
        if isinstance(reply, Prepared):
            self.given[reply.token] = (reply.number, self.world.now_s)

    @rule(late_s=st.sampled_from([0.0, 0.0, 4.0]), pick=st.integers(0, 3))
    def start(self, late_s: float, pick: int) -> None:
        token = f"token-{max(self.world.tokens - pick, 1)}"
        begun = len(self.world.events)
        reply = self.world.start(token, late_s=late_s)
        if isinstance(reply, Started):
            given_number, given_s = self.given[token]
            since = [event for event in self.world.events[:begun] if event.number > given_number]
            assert token not in self.used, "a token was used twice"
            assert self.world.now_s - given_s <= 2.0, "a dead token started"
            assert not [e for e in since if isinstance(e, (*MOVING, StopReceived, FaultRaised, BulbPressed))]
        if reply is None or isinstance(reply, Started):
            self.used.add(token)

    @rule()
    def stop(self) -> None:
        running = self.snapshot().running
        reply = self.world.stop()
        assert isinstance(reply, StopTaken)
        after = self.snapshot()
        assert after.running is None
        assert after.activity in (ScannerActivity.IDLE, ScannerActivity.FAULT)
        assert after.table is not TablePosition.MOVING
        ended = [e for e in self.world.events if isinstance(e, AcquisitionEnded)]
        if running is not None:
            assert reply.was_running == running.acquisition_id
            assert ended[-1].lines_acquired == running.lines_acquired

    @rule(closed=st.booleans())
    def door(self, closed: bool) -> None:
        self.world.do(DoorSwung(closed))

    @rule(coil=st.sampled_from([COIL, COIL, None, "Spine"]))
    def coil(self, coil: str | None) -> None:
        self.world.do(CoilPlugged(coil))

    @rule(to=st.sampled_from(["isocentre", "out"]), by_button=st.booleans())
    def table(self, to: str, by_button: bool) -> None:
        if by_button:
            self.world.do(TableButton(inwards=to == "isocentre"))
        else:
            self.world.do(MoveScannerTable.model_validate({"request_id": 1, "to": to}))

    @rule()
    def table_by_hand(self) -> None:
        self.world.do(TablePushed(250.0))

    @rule()
    def bulb(self) -> None:
        self.world.do(BulbSqueezed())
        self.world.do(BulbLetGo())

    @rule()
    def fault_comes(self) -> None:
        self.world.do(FaultAppeared("gradient amplifier"))

    @rule()
    def fault_goes(self) -> None:
        self.world.do(FaultGone())

    @rule(fault=st.sampled_from(["cooling", "rf amplifier", "emergency stop"]), gone=st.booleans())
    def part_of_the_room_fails_or_works_again(self, fault: str, gone: bool) -> None:
        self.world.do(FaultGone(fault) if gone else FaultAppeared(f"{fault} failed", fault))

    @rule(percent=st.sampled_from([30.0, 80.0]))
    def helium(self, percent: float) -> None:
        self.world.do(HeliumRead(percent))

    @rule(claustrophobia=st.sampled_from([0.0, 1.0]))
    def another_character(self, claustrophobia: float) -> None:
        self.world.do(PatientIs(Character(claustrophobia=claustrophobia)))

    @rule(words=st.sampled_from(["hold", "breathe", "comfort", "fright"]))
    def somebody_speaks(self, words: Literal["hold", "breathe", "comfort", "fright"]) -> None:
        self.world.do(PatientTold(words))

    @rule(breath=st.sampled_from(BreathCommand), language=st.sampled_from([None, "de", "fr"]))
    def the_intercom_says(self, breath: BreathCommand, language: str | None) -> None:
        self.world.do(BreathCommanded(breath, language))

    @rule(label=st.sampled_from([None, 0.5, 5.0]))
    def an_implant_is_found(self, label: float | None) -> None:
        self.world.do(ImplantLabelled(label))

    @invariant()
    def nothing_runs_with_a_fault(self) -> None:
        now = self.snapshot()
        assert not (now.fault and now.running)

    @invariant()
    def event_numbers_have_no_gaps(self) -> None:
        numbers = [event.number for event in self.world.events]
        assert numbers == list(range(1, len(numbers) + 1))
        assert self.world.state.number == len(numbers)

    @invariant()
    def a_command_runs_at_most_once(self) -> None:
        commands = [e.command_id for e in self.world.events if isinstance(e, AcquisitionStarted)]
        assert len(commands) == len(set(commands))

    @invariant()
    def one_acquisition_at_a_time(self) -> None:
        running: str | None = None
        for event in self.world.events:
            match event:
                case AcquisitionStarted():
                    assert running is None
                    running = event.acquisition_id
                case AcquisitionEnded():
                    assert running == event.acquisition_id
                    running = None
                case AcquisitionProgressed():
                    assert running == event.acquisition_id
        now = self.snapshot().running
        assert running == (None if now is None else now.acquisition_id)

    @invariant()
    def nothing_starts_between_a_stop_and_a_prepare(self) -> None:
        """No start follows a stop unless a token was given in between."""
        last_stop = max((e.number for e in self.world.events if isinstance(e, StopReceived)), default=0)
        for event in self.world.events:
            if isinstance(event, AcquisitionStarted) and event.number > last_stop:
                assert any(number >= last_stop for number, _ in self.given.values())

    @invariant()
    def lines_never_get_fewer(self) -> None:
        lines: dict[str, int] = {}
        for event in self.world.events:
            if isinstance(event, AcquisitionProgressed | AcquisitionEnded):
                assert event.lines_acquired >= lines.get(event.acquisition_id, 0)
                lines[event.acquisition_id] = event.lines_acquired
            if isinstance(event, AcquisitionEnded):
                assert event.complete == (event.lines_acquired == event.lines_total)


TestScannerHistory = ScannerHistory.TestCase
TestScannerHistory.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None, derandomize=True
)
