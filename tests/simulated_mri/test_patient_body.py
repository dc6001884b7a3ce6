"""The patient as a function of time: heart, breath, fear, movement, and what the sensors show of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mr_contract.vocabulary import BreathCommand
from simulated_mri.geometry import AT_REST
from simulated_mri.motion import Course, Nod, Slip
from simulated_mri.patient.body import SQUEEZES_AT, Body, Character
from simulated_mri.patient.waveforms import ecg_uv, pulse_percent, respiration_percent

CALM = Body()


def fearful(seed: int = 1) -> Body:
    return Body(Character(claustrophobia=1.0, seed=seed)).in_the_bore(0.0, inside=True)


def times(seconds: float, hz: float = 250.0, from_s: float = 0.0) -> np.ndarray:
    return from_s + np.arange(0, seconds, 1 / hz)


def r_waves(curve: np.ndarray) -> np.ndarray:
    high = curve > 700
    return np.flatnonzero(high[1:] & ~high[:-1])


def test_the_ecg_beats_at_the_heart_rate_with_a_little_arrhythmia() -> None:
    beats = r_waves(ecg_uv(CALM, times(60)))
    assert len(beats) == pytest.approx(68, abs=1)
    intervals = np.diff(beats) / 250
    assert 0.005 < intervals.std() < 0.1


def test_gradients_bury_the_beats_of_the_ecg() -> None:
    quiet = ecg_uv(CALM, times(4))
    scanning = ecg_uv(CALM, times(4), gradients_every_s=0.5)
    between = np.abs(quiet) < 50
    assert np.abs(scanning - quiet)[between].max() > 400
    assert len(r_waves(scanning)) > len(r_waves(quiet))


def test_the_pulse_comes_a_quarter_second_after_the_beat() -> None:
    now = times(10)
    beats = r_waves(ecg_uv(CALM, now)) / 250
    pulse = pulse_percent(CALM, now)
    peaks = np.flatnonzero((pulse[1:-1] > 95) & (pulse[1:-1] >= pulse[:-2]) & (pulse[1:-1] > pulse[2:])) / 250
    late = [min(peaks[peaks > beat]) - beat for beat in beats if (peaks > beat).any()]
    assert 0.25 < np.mean(late) < 0.5


def test_a_breath_is_held_as_long_as_the_patient_can_and_goes_on_without_a_jump() -> None:
    body = Body(Character(breath_hold_s=10.0)).told_to_hold(100.0, 30.0)
    belt = respiration_percent(body, times(30, 25, 95.0))
    held = belt[(times(30, 25, 95.0) >= 100) & (times(30, 25, 95.0) < 110)]
    assert held.max() == 0
    assert belt[(times(30, 25, 95.0) > 111)].max() > 90
    after = respiration_percent(body, times(0.2, 100, 110.0))
    assert after.max() < 10
    assert body.breaths_per_min(105) == 0
    assert body.told_to_breathe(104.0).holding(104.5) is False


def test_a_command_is_obeyed_after_the_reaction_time_until_another_or_the_breath_gives_out() -> None:
    body = Body(Character(breath_hold_s=10.0, reaction_s=1.0)).commanded(BreathCommand.HOLD, "de", 100.0)
    assert [body.holding(t) for t in (100.9, 101.0, 110.9, 111.1)] == [False, True, True, False]
    freed = body.commanded(BreathCommand.BREATHE, None, 104.0)
    assert [freed.holding(t) for t in (104.9, 105.1)] == [True, False]
    assert body.commanded(BreathCommand.HOLD, "de", 105.0).holding(111.1) is False, (
        "nobody gains breath by it"
    )


def test_a_command_in_a_language_that_the_patient_does_not_know_changes_nothing() -> None:
    body = Body(Character(languages=("de", "it")))
    assert body.commanded(BreathCommand.HOLD, "fr", 10.0) == body
    assert body.commanded(BreathCommand.HOLD, "it", 10.0).holding(15.0)
    assert body.commanded(BreathCommand.HOLD, None, 10.0).holding(15.0)


def test_a_fearful_patient_reacts_later() -> None:
    told = fearful().commanded(BreathCommand.HOLD, None, 300.0)
    assert told.holds[0][0] > 300.0 + 1.3 * Character().reaction_s


def test_fear_shortens_a_breath_hold() -> None:
    calm = CALM.told_to_hold(300.0, 60.0)
    panic = fearful().told_to_hold(300.0, 60.0)
    assert calm.holding(320.0)
    assert not panic.holding(320.0)


def test_saturation_falls_in_a_long_hold_only() -> None:
    body = Body(Character(breath_hold_s=60.0)).told_to_hold(0.0, 60.0)
    assert body.spo2_percent(10) == 98
    assert body.spo2_percent(55) < 96
    assert body.spo2_percent(70) == 98


def test_fear_rises_in_the_bore_and_falls_outside_and_a_word_comforts() -> None:
    body = fearful()
    assert body.anxiety.at(10) < body.anxiety.at(60) < body.anxiety.at(300)
    assert body.heart_rate_per_min(300) > 1.5 * body.heart_rate_per_min(0)
    assert body.comforted(300).anxiety.at(300) < body.anxiety.at(300) - 0.3
    outside = body.in_the_bore(300, inside=False)
    assert outside.anxiety.at(600) < 0.05
    assert outside.heart_cycles_at(300.0) == pytest.approx(body.heart_cycles_at(300.0))


def test_who_is_afraid_squeezes_the_bulb_and_who_is_not_never_does() -> None:
    at_s = fearful().squeezes_at_s()
    assert 30 < at_s < 300
    assert fearful().anxiety.at(at_s) == pytest.approx(SQUEEZES_AT)
    assert CALM.in_the_bore(0.0, inside=True).squeezes_at_s() == float("inf")


def test_the_calm_lie_still_and_the_fearful_do_not_and_the_same_seed_fidgets_the_same() -> None:
    def still(body: Body, at_s: float) -> bool:
        pose = body.pose(at_s)
        return (pose.turn_deg, pose.shift_mm) == (AT_REST.turn_deg, AT_REST.shift_mm)

    moments = [4.0 * n for n in range(100)]
    assert all(still(CALM, at_s) for at_s in moments)
    assert sum(not still(fearful(), at_s) for at_s in moments) > 40
    assert [fearful().pose(at_s) for at_s in moments] == [fearful().pose(at_s) for at_s in moments]
    assert [fearful().pose(at_s) for at_s in moments] != [fearful(2).pose(at_s) for at_s in moments]


def test_movements_add_up_and_stay() -> None:
    body = CALM.moved(Nod(5.0, 0.0), 10.0).moved(Slip((0.0, 0.0, 2.0), for_s=5.0), 20.0)
    assert body.pose(9.0).turn_deg[0] == 0
    assert body.pose(11.0).turn_deg[0] == pytest.approx(5.0)
    assert body.pose(21.0).shift_mm[2] == pytest.approx(2.0)
    assert body.pose(30.0).shift_mm[2] == 0
    assert body.pose(30.0).turn_deg[0] == pytest.approx(5.0)


def test_of_very_many_movements_only_so_many_are_kept() -> None:
    body = CALM
    for n in range(200):
        body = body.moved(Nod(0.2, 0.0), float(n))
    assert len(body.movements) == 64


def test_what_was_true_at_a_moment_stays_true_of_it() -> None:
    before, after = CALM.motion_from(0.0), CALM.moved(Nod(5.0, 0.0), 0.0).motion_from(0.0)
    course = Course(((0.0, before), (30.0, after)))
    assert course(29.0).turn_deg[0] == 0
    assert course(31.0).turn_deg[0] == pytest.approx(5.0)


HAPPENINGS: tuple[Callable[[Body, float], Body], ...] = (
    lambda body, now_s: body.in_the_bore(now_s, inside=True),
    lambda body, now_s: body.in_the_bore(now_s, inside=False),
    lambda body, now_s: body.comforted(now_s),
    lambda body, now_s: body.frightened(0.3, now_s),
    lambda body, now_s: body.told_to_hold(now_s, 30.0),
    lambda body, now_s: body.told_to_breathe(now_s),
    lambda body, now_s: body.moved(Nod(4.0, 0.0, 3.0), now_s),
)


@given(
    happens=st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.floats(0.0, 90.0)), max_size=12),
    claustrophobia=st.floats(0.0, 1.0),
)
@settings(derandomize=True, max_examples=80, deadline=None)
def test_whatever_happens_beats_go_on_without_a_jump_and_all_stays_within_bounds(
    happens: list[tuple[Callable[[Body, float], Body], float]], claustrophobia: float
) -> None:
    body, now_s = Body(Character(claustrophobia=claustrophobia)), 50_000.0
    for happen, after_s in happens:
        now_s += after_s
        after = happen(body, now_s)
        assert after.heart_cycles_at(now_s) == pytest.approx(body.heart_cycles_at(now_s), abs=1e-6)
        body = after
        assert 0.0 <= body.anxiety.at(now_s) <= 1.0
        assert 0.0 <= body.breath_share(now_s) <= 1.0
        assert body.heart_cycles_at(now_s + 1.0) > body.heart_cycles_at(now_s)
        assert 40 < body.heart_rate_per_min(now_s) < 150
        assert 70 <= body.spo2_percent(now_s) <= 100
        assert body.pose(now_s) == body.pose(now_s)
