"""Running averages of SAR and B1+rms: told as the scan runs, and waited for where they ask for it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scanner_world import COIL, EvenPlan, World, achieved, patient, ready

from mr_contract.scanner_messages import (
    AcquisitionEnded,
    AcquisitionProgressed,
    Prepared,
    Rejected,
    StepAchieved,
)
from mr_contract.vocabulary import Landmark, OperatingMode
from simulated_mri.scanner.averages import (
    TOGETHER_S,
    Sar,
    Spell,
    average,
    b1_rms_ut,
    limits,
    paced_spells,
    wait_s,
)
from simulated_mri.scanner.inputs import ImplantLabelled, StepSet
from simulated_mri.scanner.state import Acquiring, Committed

LIMIT = Sar(2.0, 6.0, 3.2)


def spell(from_s: float, until_s: float, whole_body: float) -> Spell:
    return Spell(from_s, until_s, Sar(whole_body, whole_body, whole_body / 2))


def set_step(world: World, whole_body: float, duration_s: float, mode: OperatingMode) -> StepAchieved:
    step = achieved(mode)
    prediction = step.prediction.model_copy(update={"whole_body_sar_w_per_kg": whole_body})
    plan = EvenPlan(duration_s=duration_s)
    made = Committed(
        "step", step.model_copy(update={"prediction": prediction}), plan, world.state.registration, COIL
    )
    reply = world.do(StepSet(1, made))
    assert isinstance(reply, StepAchieved)
    return reply


def after_four_minutes_at_first_level() -> World:
    world = ready()
    set_step(world, 3.0, 240.0, OperatingMode.FIRST_LEVEL)
    assert isinstance(world.prepare(mode=OperatingMode.FIRST_LEVEL), Prepared)
    world.start()
    world.wait(240.0)
    return world


def test_the_average_is_over_the_window_that_ends_now() -> None:
    spells = (spell(0, 60, 3.0), spell(100, 160, 1.0))
    assert average(spells, 160, 360).whole_body == pytest.approx((60 * 3 + 60 * 1) / 360)
    assert average(spells, 165, 10).whole_body == pytest.approx(0.5)
    assert average(spells, 600, 360).whole_body == 0


def test_averages_are_told_as_the_scan_runs() -> None:
    world = ready()
    set_step(world, 1.8, 240.0, OperatingMode.NORMAL)
    world.prepare()
    world.start()
    world.wait(90.0)
    told = world.events[-1]
    assert isinstance(told, AcquisitionProgressed)
    assert told.averages is not None
    assert told.averages.six_minutes.whole_body_w_per_kg == pytest.approx(1.8 * 90 / 360)
    assert told.averages.ten_seconds.whole_body_w_per_kg == pytest.approx(1.8)
    assert told.averages.b1_rms_ut == pytest.approx(1.0)


def test_b1_rms_is_the_root_of_the_mean_square_over_ten_seconds() -> None:
    spells = (
        Spell(0, 60, Sar(1, 1, 1), b1_rms_ut=3.0),
        Spell(64, 68, Sar(1, 1, 1), b1_rms_ut=2.0),
    )
    assert b1_rms_ut(spells, 60) == pytest.approx(3.0)
    assert b1_rms_ut(spells, 68) == pytest.approx(((2 * 9 + 4 * 4) / 10) ** 0.5)
    assert b1_rms_ut(spells, 78) == 0


def test_a_label_entered_as_a_scan_runs_ends_it_once_its_ten_seconds_are_above() -> None:
    world = ready()
    set_step(world, 1.0, 240.0, OperatingMode.NORMAL)
    world.prepare()
    world.start()
    world.do(ImplantLabelled(0.8))
    world.wait(6.3)
    assert isinstance(world.state.phase, Acquiring), "0.79 µT over the last 10 s"
    world.wait(0.3)
    ended = next(event for event in world.events if isinstance(event, AcquisitionEnded))
    assert not ended.complete
    assert "B1+rms of the last 10 s is 0.81 µT: above the implant's label, 0.8 µT" in ended.why


def test_a_label_that_is_just_met_lets_the_scan_run_to_its_end() -> None:
    world = ready()
    set_step(world, 1.0, 60.0, OperatingMode.NORMAL)
    world.do(ImplantLabelled(1.0))
    world.prepare()
    world.start()
    world.wait(60.0)
    assert [event.complete for event in world.events if isinstance(event, AcquisitionEnded)] == [True]


def test_back_in_normal_mode_a_step_waits_for_the_average_and_says_how_long() -> None:
    world = after_four_minutes_at_first_level()
    told = set_step(world, 1.9, 120.0, OperatingMode.NORMAL)
    assert 0 < told.prediction.wait_s < 360
    refused = world.prepare("second")
    assert isinstance(refused, Rejected)
    minutes, seconds = divmod(int(told.prediction.wait_s + 1), 60)
    assert f"start possible in {minutes}:{seconds:02d}" in refused.why
    world.wait(told.prediction.wait_s + 1.0)
    assert isinstance(world.prepare("second"), Prepared)


def test_a_faster_scanner_says_the_wait_by_the_clock() -> None:
    world = after_four_minutes_at_first_level()
    world.state = replace(world.state, speed=10.0, spells=(spell(9000.0, 9240.0, 3.9),))
    world.now_s = 924.0
    told = set_step(world, 1.9, 120.0, OperatingMode.NORMAL)
    assert 0 < told.prediction.wait_s < 36
    assert isinstance(world.prepare("second"), Rejected)
    world.wait(told.prediction.wait_s - 0.2)
    assert isinstance(world.prepare("second"), Rejected)
    world.wait(0.3)
    assert isinstance(world.prepare("second"), Prepared)


def test_a_step_predicted_for_one_landmark_does_not_run_with_another() -> None:
    world = ready()
    made = Committed("step", achieved(), EvenPlan(), world.state.registration, COIL, Landmark.CHIN)
    assert isinstance(world.do(StepSet(1, made)), StepAchieved)
    refused = world.prepare()
    assert isinstance(refused, Rejected)
    assert "landmark" in refused.why
    assert isinstance(world.do(StepSet(1, replace(made, landmark=Landmark.NASION))), StepAchieved)
    assert isinstance(world.prepare("again"), Prepared)


def test_the_same_step_need_not_wait_where_first_level_stays_decided() -> None:
    world = after_four_minutes_at_first_level()
    set_step(world, 1.9, 120.0, OperatingMode.NORMAL)
    assert isinstance(world.prepare("second", mode=OperatingMode.FIRST_LEVEL), Prepared)


def test_a_stopped_scan_counts_only_as_far_as_it_went_and_another_patient_begins_at_nothing() -> None:
    world = ready()
    set_step(world, 1.8, 240.0, OperatingMode.NORMAL)
    world.prepare()
    world.start()
    world.stop(after_s=30.0)
    assert [s.until_s - s.from_s for s in world.state.spells] == [pytest.approx(30.0)]
    world.do(patient("exam-2", landmark=None))
    assert world.state.spells == ()


def test_limits_are_those_of_the_decided_mode() -> None:
    assert limits(OperatingMode.NORMAL, patient()).whole_body == 2.0
    assert limits(OperatingMode.FIRST_LEVEL, patient()).whole_body == 4.0


@given(
    past=st.lists(st.tuples(st.floats(0, 300), st.floats(1, 300), st.floats(0, 4)), max_size=4),
    sar=st.floats(0.1, 2.0),
    duration_s=st.floats(5, 600),
)
@settings(derandomize=True, max_examples=60, deadline=None)
def test_after_waiting_no_average_of_the_step_is_ever_above_the_limit(
    past: list[tuple[float, float, float]], sar: float, duration_s: float
) -> None:
    spells, now_s = [], 0.0
    for pause_s, lasts_s, whole_body in past:
        spells.append(spell(now_s + pause_s, now_s + pause_s + lasts_s, whole_body))
        now_s += pause_s + lasts_s
    step = spell(now_s, now_s + duration_s, sar)
    waited_s = wait_s(tuple(spells), step, LIMIT)
    assert 0 <= waited_s <= 360
    run = spell(step.from_s + waited_s, step.until_s + waited_s, sar)
    for n in range(41):
        at_s = run.from_s + n * duration_s / 40
        assert average((*spells, run), at_s, 360).whole_body <= 2.0 + 1e-6
        assert average((*spells, run), at_s, 10).whole_body <= 4.0 + 1e-6


@pytest.mark.parametrize("interval_s", [0.5, 1.0, 2.0])
def test_triggered_repetitions_expose_by_how_often_they_really_come(interval_s: float) -> None:
    """Each has the pulses that are predicted for one second, whenever the next one comes."""
    prediction = achieved(OperatingMode.NORMAL).prediction
    starts = tuple(interval_s * number for number in range(100))
    spells = paced_spells(starts, 100 * interval_s, 1.0, prediction)
    dose = sum(own.sar.whole_body * (own.until_s - own.from_s) for own in spells)
    assert dose == pytest.approx(100 * 1.0 * prediction.whole_body_sar_w_per_kg, rel=0.01)
    assert len(spells) <= 1 + 100 * interval_s / TOGETHER_S
    assert max(own.until_s for own in spells) <= 100 * interval_s
    assert all(one.until_s <= other.from_s for one, other in pairwise(spells))


def test_a_stop_between_triggers_keeps_the_share_that_was_played() -> None:
    prediction = achieved(OperatingMode.NORMAL).prediction
    (spell,) = paced_spells((0.0, 1.0), 1.25, 1.0, prediction)
    dose = spell.sar.whole_body * (spell.until_s - spell.from_s)
    assert dose == pytest.approx(1.25 * prediction.whole_body_sar_w_per_kg)
    assert paced_spells((), 5.0, 1.0, prediction) == ()
