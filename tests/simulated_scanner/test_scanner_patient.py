"""Patient and room at the state machine: what fear, faults, needle and label bring about."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from scanner_world import COIL, EvenPlan, World, achieved, acquiring, patient, ready

from mr_contract.scanner_messages import (
    AcknowledgeBulb,
    AcquisitionEnded,
    FaultRaised,
    MoveScannerTable,
    Rejected,
)
from mr_contract.scanner_messages import Prepared as PreparedReply
from mr_contract.vocabulary import BreathCommand, Landmark, TablePosition
from simulated_mri.frames import Frame
from simulated_mri.patient.body import Character
from simulated_mri.plan import AcquisitionPlan
from simulated_mri.scanner.conditions import Conditions, conditions, frame_in
from simulated_mri.scanner.inject_messages import (
    InjectCooling,
    InjectEmergencyStop,
    InjectHelium,
    Injection,
    InjectMotion,
    InjectRfAmplifier,
)
from simulated_mri.scanner.injecting import as_input
from simulated_mri.scanner.inputs import (
    BreathCommanded,
    ContrastHappened,
    ImplantLabelled,
    PatientIs,
    PatientLies,
    PatientTold,
    StepSet,
    TableButton,
)
from simulated_mri.scanner.state import Acquiring, Committed, Lying


def claustrophobic() -> World:
    world = World()
    world.do(PatientIs(Character(claustrophobia=1.0)))
    world.receive_patient()
    return world


def test_a_claustrophobic_patient_calls_and_calls_again_after_being_comforted() -> None:
    world = claustrophobic()
    assert "bulb_pressed" not in world.kinds()
    world.wait(400.0)
    assert world.kinds().count("bulb_pressed") == 1
    world.wait(400.0)
    assert world.kinds().count("bulb_pressed") == 1, "who waits for an answer does not call again"
    world.do(AcknowledgeBulb(request_id=1))
    assert world.kinds()[-1] == "bulb_released"
    world.wait(400.0)
    assert world.kinds().count("bulb_pressed") == 2


def test_out_of_the_bore_nobody_panics() -> None:
    world = claustrophobic()
    world.do(MoveScannerTable(request_id=1, to="out"))
    world.wait(20.0)
    world.wait(1000.0)
    assert "bulb_pressed" not in world.kinds()


FAULTS: dict[str, tuple[Injection, Injection]] = {
    "cooling": (InjectCooling(working=False), InjectCooling(working=True)),
    "RF amplifier": (InjectRfAmplifier(working=False), InjectRfAmplifier(working=True)),
    "emergency stop": (InjectEmergencyStop(pressed=True), InjectEmergencyStop(pressed=False)),
    "helium": (InjectHelium(percent=45.0), InjectHelium(percent=80.0)),
}


@pytest.mark.parametrize("word", FAULTS)
def test_a_fault_ends_the_scan_and_refuses_the_next_in_words_until_it_is_gone(word: str) -> None:
    fails, works = FAULTS[word]
    world = acquiring()
    world.do(as_input(fails))
    ended = world.events[-1]
    assert isinstance(ended, AcquisitionEnded)
    assert word in ended.why
    refused = world.prepare("next")
    assert isinstance(refused, Rejected)
    assert word in refused.why
    world.do(as_input(works))
    assert isinstance(world.prepare("next"), PreparedReply)


def test_the_scanner_is_ready_only_when_the_last_fault_is_gone() -> None:
    world = ready()
    world.do(as_input(InjectCooling(working=False)))
    world.do(as_input(InjectRfAmplifier(working=False)))
    world.do(as_input(InjectCooling(working=True)))
    told = world.events[-1]
    assert isinstance(told, FaultRaised)
    assert "RF amplifier" in told.fault
    assert "cooling" not in told.fault
    assert isinstance(world.prepare(), Rejected)


def test_the_emergency_stop_takes_the_tables_power() -> None:
    world = ready()
    world.do(as_input(InjectEmergencyStop(pressed=True)))
    refused = world.do(MoveScannerTable(request_id=1, to="out"))
    assert isinstance(refused, Rejected)
    assert "by hand" in refused.remedy
    world.do(TableButton(inwards=False))
    assert world.state.table is TablePosition.ISOCENTRE


def test_a_step_above_an_implants_label_is_refused_with_both_figures() -> None:
    world = ready()
    world.do(ImplantLabelled(0.5))
    refused = world.prepare()
    assert isinstance(refused, Rejected)
    assert "1.00 µT" in refused.why
    assert "0.5 µT" in refused.why
    world.do(ImplantLabelled(1.5))
    assert isinstance(world.prepare(), PreparedReply)


def test_a_short_acquisition_is_done_in_a_breath_hold_where_the_voice_asks_for_it() -> None:
    world = World()
    world.state = replace(world.state, automatic_voice=True)
    world.receive_patient()
    held = replace(EvenPlan(), breath_holds=((0.0, 10.0),))
    world.do(StepSet(1, Committed("step", achieved(), held, world.state.registration, COIL)))
    world.prepare()
    world.start()
    assert world.state.body.holding(world.now_s + 9.0)
    world.stop()
    assert not world.state.body.holding(world.now_s + 0.1)


@pytest.mark.parametrize(
    ("language", "early_s", "moves"),
    [("de", 2.0, False), ("de", -3.0, True), ("fr", 2.0, True), (None, 2.0, False)],
    ids=("well commanded", "too late", "not understood", "live"),
)
def test_what_an_acquisition_sees_of_the_breath_follows_the_command(
    language: str | None, early_s: float, *, moves: bool
) -> None:
    world = ready()
    world.do(PatientIs(Character(languages=("de",))))
    if early_s > 0:
        world.do(BreathCommanded(BreathCommand.HOLD, language), after_s=5.0)
    world.wait(max(early_s, 0.0))
    began_s = world.now_s
    if early_s < 0:
        world.do(BreathCommanded(BreathCommand.HOLD, language), after_s=-early_s)
    breath_mm = {world.state.body.motion_from(began_s)(t / 4).breath_mm for t in range(40)}
    assert (max(breath_mm) - min(breath_mm) > 8.0) is moves


def test_without_the_voice_the_patient_holds_on_until_told_to_breathe() -> None:
    world = acquiring()
    world.do(BreathCommanded(BreathCommand.HOLD, "de"))
    world.wait(2.0)
    world.stop()
    assert world.state.body.holding(world.now_s + 0.1)
    world.do(BreathCommanded(BreathCommand.BREATHE, "de"))
    assert not world.state.body.holding(world.now_s + 1.0)


def test_another_patient_brings_neither_implant_nor_needle_nor_wrong_landmark_along() -> None:
    world = ready()
    world.do(PatientLies(Lying(landmark=Landmark.CHIN)))
    world.do(ImplantLabelled(0.5))
    world.do(ContrastHappened("given"))
    world.do(patient("exam-2", landmark=None))
    state = world.state
    assert (state.lying, state.implant_b1_limit_ut, state.agent_given_s) == (Lying(), None, None)


# ---------------------------------------------------------------- what an acquisition sees of it

PLAN = AcquisitionPlan(
    volume=False, slice_count=1, averages=1, concatenations=1, shot_s=1.0, trains=((0,),),
    pass_frames=((0,), (1,), (2,)), pass_s=20.0, lead_in_s=3.0,
)  # fmt: skip


def frame(after_s: float | None) -> Frame:
    return Frame(1, "dynamic 2", 1.0, dynamic=1, after_injection_s=after_s)


def test_what_happens_during_a_scan_changes_only_what_comes_after() -> None:
    world = acquiring()
    run = world.state.phase
    assert isinstance(run, Acquiring)
    first = conditions(world.state, run, world.now_s)
    world.do(PatientTold("fright"), after_s=4.0)
    later = conditions(world.state, run, world.now_s, first)
    assert [from_s for from_s, _ in later.bodies] == [0.0, 4.0]
    assert conditions(world.state, run, world.now_s + 1, later).bodies == later.bodies


def test_extravasation_wastes_the_injection_that_follows_and_not_the_one_long_done() -> None:
    assert frame_in(frame(15.0), Conditions(), PLAN).after_injection_s == 15.0
    assert frame_in(frame(15.0), Conditions(extravasated_s=18.0), PLAN).after_injection_s is None
    assert frame_in(frame(15.0), Conditions(extravasated_s=30.0), PLAN).after_injection_s == 15.0


def test_agent_given_by_hand_is_seen_though_the_protocol_knows_of_none() -> None:
    assert frame_in(frame(None), Conditions(agent_given_s=-100.0), PLAN).after_injection_s == 133.0
    assert frame_in(frame(None), Conditions(agent_given_s=50.0), PLAN).after_injection_s is None


@pytest.mark.parametrize("what", ["nod", "cough", "shift", "drift", "pulsation"])
def test_every_kind_of_motion_moves_the_patient(
    what: Literal["nod", "cough", "shift", "drift", "pulsation"],
) -> None:
    world = ready()
    world.do(as_input(InjectMotion(what=what, size=5.0)))
    poses = {world.state.body.pose(world.now_s + n / 10) for n in range(600)}
    moved = [pose for pose in poses if (*pose.turn_deg, *pose.shift_mm) != (0.0,) * 6]
    assert moved
