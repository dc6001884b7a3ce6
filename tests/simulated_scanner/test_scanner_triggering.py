"""A triggered acquisition waits for the patient: it lasts as long as that takes, and says why it waits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scanner_world import COIL, World, achieved, patient

from mr_contract.scanner_messages import (
    AcquisitionEnded,
    AcquisitionProgressed,
    CheckStep,
    GetSnapshot,
    MagnetRead,
    Snapshot,
    StepAchieved,
)
from simulated_mri.hardware import Hardware
from simulated_mri.limits import achieve
from simulated_mri.patient.body import Character
from simulated_mri.patient.sensors import Sensor
from simulated_mri.plan import make_plan
from simulated_mri.protocols import PROTOCOLS
from simulated_mri.scanner import physics
from simulated_mri.scanner.imaging import Impossible, Placed
from simulated_mri.scanner.inject_messages import InjectCooling
from simulated_mri.scanner.injecting import as_input
from simulated_mri.scanner.inputs import HeliumRead, PatientIs, PatientTold, SensorAttached, StepSet
from simulated_mri.scanner.physics import ShotTimeline
from simulated_mri.scanner.state import Acquiring, Committed
from simulated_mri.sequences import Value

HARDWARE = Hardware()


def triggered(**changes: Value) -> ShotTimeline:
    values = next(s.values for p in PROTOCOLS for s in p.steps if s.sequence == "tse")
    found = achieve("tse", values, {"slice_count": 4, "echo_train_length": 16, **changes}, HARDWARE)
    assert not found.conflicts
    plan = make_plan("tse", found.values, HARDWARE)
    per_shot = [len(shot.lines) for shot in plan.shots()]
    return ShotTimeline(plan, tuple(sum(per_shot[:n]) for n in range(len(per_shot) + 1)))


def running(plan: ShotTimeline, character: Character, *sensors: Sensor) -> World:
    world = World()
    world.do(PatientIs(character))
    for sensor in sensors:
        world.do(SensorAttached(sensor, attached=True))
    world.receive_patient()
    world.do(StepSet(1, Committed("step", achieved(), plan, world.state.registration, COIL)))
    world.prepare()
    world.start()
    return world


def lasted_s(world: World) -> float:
    began_s = world.now_s
    for _ in range(40_000):
        world.wait(0.2)
        if not isinstance(world.state.phase, Acquiring):
            return world.now_s - began_s
    raise AssertionError("it never ended")


def waiting(world: World) -> str:
    reply = world.do(GetSnapshot(request_id=7))
    told = [event.waiting for event in world.events if isinstance(event, AcquisitionProgressed)][-1]
    assert isinstance(reply, Snapshot)
    assert reply.running is not None
    assert reply.running.waiting == told
    return told


@pytest.mark.parametrize("rate", [50.0, 100.0])
def test_another_heart_than_was_expected_makes_another_duration(rate: float) -> None:
    plan = triggered(trigger="ECG", trigger_rate_per_min=75)
    world = running(plan, Character(heart_rate_per_min=rate), Sensor.ECG)
    taken_s = lasted_s(world)
    pace = plan.pace
    assert pace is not None
    expected_s = pace.ready_s + pace.repetitions * pace.cycles * 60 / rate
    assert taken_s == pytest.approx(expected_s, abs=60 / rate + 2.0)
    assert abs(taken_s - plan.duration_s) > 5.0
    (ended,) = (event for event in world.events if isinstance(event, AcquisitionEnded))
    assert ended.complete


def test_leads_that_are_off_are_said_after_ten_seconds_and_the_scan_goes_on_once_they_are_back() -> None:
    world = running(triggered(trigger="ECG", trigger_rate_per_min=60), Character(), Sensor.ECG)
    world.wait(20.0)
    lines = world.events[-1]
    world.do(SensorAttached(Sensor.ECG, attached=False))
    world.wait(8.0)
    assert waiting(world) == ""
    world.wait(10.0)
    assert "the ECG leads are off" in waiting(world)
    later = world.events[-1]
    assert isinstance(lines, AcquisitionProgressed)
    assert isinstance(later, AcquisitionProgressed)
    assert later.lines_acquired <= lines.lines_acquired + 4 * 16
    world.do(SensorAttached(Sensor.ECG, attached=True))
    world.wait(2.0)
    assert waiting(world) == ""
    lasted_s(world)


def test_a_held_breath_delays_a_scan_that_waits_for_breaths() -> None:
    plan = triggered(trigger="RESPIRATION", trigger_rate_per_min=14)
    even = lasted_s(running(plan, Character(), Sensor.RESPIRATION))
    world = running(plan, Character(breath_hold_s=40.0), Sensor.RESPIRATION)
    world.wait(10.0)
    world.do(PatientTold("hold"))
    world.wait(25.0)
    assert "holds the breath" in waiting(world)
    assert 35.0 + lasted_s(world) > even + 30.0


def test_remaining_time_is_of_the_present_heart_not_of_the_expected_one() -> None:
    plan = triggered(trigger="PULSE", trigger_rate_per_min=60)
    world = running(plan, Character(heart_rate_per_min=120.0))
    world.wait(1.0)
    told = world.events[-1]
    assert isinstance(told, AcquisitionProgressed)
    assert told.remaining_s == pytest.approx(lasted_s(world), rel=0.05)


def test_the_predicted_duration_is_an_estimate_from_the_present_rate_and_says_so() -> None:
    steps = physics.load("brain_routine", Placed(patient(), COIL), HARDWARE, reply_to=1)
    assert not isinstance(steps, Impossible)
    tse = next(step for step in steps if step.sequence == "tse")
    assert tse.estimate == ""
    asked = CheckStep(
        request_id=1, sequence="tse", values=tse.values, slices=tse.slices,
        changes={"trigger": "PULSE", "trigger_rate_per_min": 60.0, "echo_train_length": 8.0},
    )  # fmt: skip
    blind = physics.achieve(asked, Placed(patient(), COIL), HARDWARE)
    seen = physics.achieve(asked, Placed(patient(), COIL, cycles_s={"PULSE": 0.75}), HARDWARE)
    assert isinstance(blind, StepAchieved)
    assert isinstance(seen, StepAchieved)
    assert blind.estimate == "from the expected heart rate of 60/min: no signal is seen"
    assert seen.estimate == "from the present heart rate of 80/min"
    assert seen.duration_s == pytest.approx(0.75 * blind.duration_s, rel=0.05)
    assert [change.key for change in blind.changes].count("tr_ms") == 1  # a whole number of expected cycles
    planned, present = [change for change in seen.changes if change.key == "tr_ms"]
    assert present.before == planned.after
    assert float(present.after) == pytest.approx(0.75 * float(present.before))
    assert "80/min" in present.why
    sar, expected = (step.prediction.whole_body_sar_w_per_kg for step in (seen, blind))
    assert sar == pytest.approx(expected / 0.75, rel=0.01)


def test_helium_and_cooling_are_told_as_they_change_and_in_the_snapshot() -> None:
    world = World()
    world.do(HeliumRead(58.0))
    world.do(as_input(InjectCooling(working=False)))
    told = [event.magnet for event in world.events if isinstance(event, MagnetRead)]
    assert [(m.helium_percent, m.helium_low, m.cooling_working) for m in told] == [
        (58.0, True, True),
        (58.0, True, False),
    ]
    snapshot = world.do(GetSnapshot(request_id=3))
    assert isinstance(snapshot, Snapshot)
    assert snapshot.magnet == told[-1]
    world.do(HeliumRead(58.0))
    assert len([event for event in world.events if isinstance(event, MagnetRead)]) == 2


def test_who_must_breathe_is_not_asked_to_hold() -> None:
    plan = triggered(trigger="RESPIRATION", trigger_rate_per_min=30)
    assert replace(plan, plan=replace(plan.plan, pass_s=1.0, lead_in_s=0.5)).breath_holds == ()
