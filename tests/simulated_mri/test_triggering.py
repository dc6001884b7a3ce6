"""Triggering: repetitions are whole cycles of heart or breath, and what moves with them stands still."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from bloch import spoiled_echo
from uniform import NO_GHOST, VALUES, ball, begun, block, measured, middle_of

from simulated_mri.contrast import tissue_signals
from simulated_mri.exposure import predicted_b1_rms_ut
from simulated_mri.geometry import Pose
from simulated_mri.limits import achieve
from simulated_mri.motion import Breathing, Motion, Pulsation
from simulated_mri.patient.body import Body, Character
from simulated_mri.patient.sensors import Sensor
from simulated_mri.patient.triggers import next_trigger_s, why_none
from simulated_mri.plan import make_plan
from simulated_mri.scanner.specs import specs
from simulated_mri.sequences import UNTRIGGERED, Value, Values
from simulated_mri.timing import as_repeated
from simulated_mri.tissues import Tissue, relaxation
from simulated_mri.trigger_pace import Pace, TriggerSource

SMALL: dict[str, Value] = {
    "acquisition_matrix_read": 64, "acquisition_matrix_phase": 64, "fov_read_mm": 220,
    "phase_fov_percent": 100.0, "slice_thickness_mm": 10.0, "slice_spacing_mm": 10.0, "slice_count": 1,
}  # fmt: skip


def achieved(sequence: str, **changes: Value) -> Values:
    name = next(own for own in VALUES if own == sequence)
    result = achieve(name, VALUES[name], changes)
    assert not result.conflicts, result.conflicts
    return result.values


@pytest.mark.parametrize("rate", [50, 66, 90])
def test_scan_time_goes_by_the_heart_rate(rate: int) -> None:
    values = achieved("se", trigger="ECG", trigger_rate_per_min=rate, slice_count=4)
    cycle_s = 60 / rate
    repetitions = 192 * int(values["concatenations"])
    beats = round(float(values["tr_ms"]) / 1000 / cycle_s)
    assert float(values["tr_ms"]) == pytest.approx(beats * 1000 * cycle_s, abs=0.05)
    plan = make_plan("se", values, NO_GHOST)
    assert plan.duration_s == pytest.approx(plan.lead_in_s + repetitions * beats * cycle_s, rel=1e-3)
    assert plan.lead_in_s / cycle_s == pytest.approx(round(plan.lead_in_s / cycle_s), abs=1e-6)


def test_every_shot_lies_in_the_window_of_its_cycle_and_time_counts_them() -> None:
    values = achieved(
        "tse", trigger="PULSE", trigger_rate_per_min=60, trigger_delay_ms=200, trigger_window_percent=60,
        slice_count=6, echo_train_length=8,
    )  # fmt: skip
    plan = make_plan("tse", values, NO_GHOST)
    shots = list(plan.shots())
    for shot in shots:
        into_cycle_s = (shot.at_s - plan.lead_in_s) % 1.0
        assert 0.2 < into_cycle_s - 1e-9 <= 0.8 + 1e-6
        assert plan.shots_done(shot.at_s) == shot.index + 1
        assert plan.shots_done(shot.at_s - 1e-3) == shot.index
    assert all(first.at_s < second.at_s for first, second in pairwise(shots))


def test_slices_that_do_not_fit_into_the_window_raise_the_concatenations() -> None:
    values = achieved("tse", trigger="ECG", slice_count=8, echo_train_length=8, trigger_window_percent=40)
    assert int(values["concatenations"]) > 1


def test_a_repetition_time_between_two_beats_is_refused_with_remedies_that_work() -> None:
    base = achieved("se", trigger="ECG", trigger_rate_per_min=60, slice_count=4)
    (conflict,) = achieve("se", base, {"tr_ms": 1500.0}).conflicts
    assert conflict.choices == (1000.0, 2000.0)
    assert [dict(remedy.changes) for remedy in conflict.remedies][:2] == [
        {"tr_ms": 1000.0},
        {"tr_ms": 2000.0},
    ]


def test_a_repetition_shorter_than_a_breath_takes_one_breath_and_not_two() -> None:
    values = achieved("gre_3d_t1", trigger="RESPIRATION", trigger_rate_per_min=15)
    assert values["tr_ms"] == 4000.0


def test_a_train_longer_than_the_window_is_refused_with_remedies_that_work() -> None:
    (conflict,) = achieve("tse", VALUES["tse"], {"trigger": "ECG", "trigger_rate_per_min": 150}).conflicts
    assert "window" in conflict.reason
    for remedy in conflict.remedies:
        assert not achieve("tse", VALUES["tse"], remedy.changes).conflicts


CYCLES: dict[str, dict[str, Value]] = {
    "flair": {"trigger": "ECG", "slice_count": 6},
    "stir": {"trigger": "PULSE", "trigger_rate_per_min": 50, "slice_count": 4, "echo_train_length": 8},
    "epi_dwi": {"trigger": "RESPIRATION", "trigger_rate_per_min": 15, "trigger_delay_ms": 1600},
    "gre_t2star": {"trigger": "ECG", "slice_count": 4},
    "gre_3d": {"trigger": "RESPIRATION", "trigger_rate_per_min": 15},
    "gre_3d_t1": {"trigger": "ECG"},
    "bssfp": {"trigger": "ECG", "trigger_delay_ms": 300, "trigger_window_percent": 30},
}  # fmt: skip


@pytest.mark.parametrize("sequence", CYCLES)
def test_every_sequence_that_a_scanner_would_trigger_is_read_in_the_same_phase_of_each_cycle(
    sequence: str,
) -> None:
    values = achieved(sequence, **CYCLES[sequence])
    plan = make_plan(next(own for own in VALUES if own == sequence), values, NO_GHOST)
    pace = plan.pace
    assert pace is not None
    assert pace.busy_s <= pace.repetition_s + 1e-6
    assert pace.interval_s(pace.cycle_s) == pytest.approx(pace.repetition_s, rel=1e-4)
    assert pace.end_s == pytest.approx(plan.duration_s)
    read: Counter[tuple[int | None, int | None, int]] = Counter()
    for index in range(len(plan)):
        shot = plan.shot(index)
        into_s = (shot.at_s - pace.first_s - 1e-9) % pace.repetition_s
        assert pace.quiet_s + shot.duration_s - 1e-6 <= into_s <= pace.busy_s + 1e-6
        if index % 97 == 0:
            assert plan.shots_done(shot.at_s) == index + 1
            assert plan.shots_done(shot.at_s - 1e-3) == index
        read.update((shot.slice_index, shot.partition, line) for line in shot.lines)
    assert set(read.values()) == {plan.averages * len(plan.pass_frames)}


def test_where_no_trigger_makes_sense_it_is_unavailable_and_says_why() -> None:
    for sequence in VALUES:
        (trigger,) = (spec for spec in specs(sequence) if spec.key == "trigger")
        assert (trigger.choices == ("OFF",)) == bool(trigger.unavailable_because), sequence
        assert bool(trigger.unavailable_because) == (sequence in UNTRIGGERED)
        assert sequence in UNTRIGGERED or achieved(sequence)["trigger"] == "OFF"


def test_a_partition_too_long_for_a_heart_beat_is_refused_with_breath_as_a_remedy() -> None:
    base = VALUES["gre_3d"]
    (conflict,) = achieve("gre_3d", base, {"trigger": "ECG", "trigger_rate_per_min": 120}).conflicts
    assert "window" in conflict.reason
    offered = [dict(remedy.changes).get("trigger") for remedy in conflict.remedies]
    assert "RESPIRATION" in offered
    for remedy in conflict.remedies:
        assert not achieve("gre_3d", base, remedy.changes).conflicts


# ---------------------------------------------------------------- the patient's own triggers

HEART = Body(character=Character(heart_rate_per_min=75.0), sensors=frozenset(Sensor))


def beats(body: Body, source: TriggerSource, until_s: float) -> list[float]:
    found: list[float] = []
    while (following := next_trigger_s(body, source, found[-1] if found else 0.0, until_s)) is not None:
        found.append(following)
    return found


def test_beats_come_at_the_patients_rate_and_vary_with_the_breath() -> None:
    found = beats(HEART, "ECG", 60.0)
    gaps = [later - earlier for earlier, later in pairwise(found)]
    assert len(found) == 75
    assert max(gaps) - min(gaps) > 0.02
    assert np.mean(gaps) == pytest.approx(0.8, abs=0.01)
    pulses = beats(HEART, "PULSE", 60.0)
    assert pulses[5] - found[5] == pytest.approx(0.25, abs=1e-3) or pulses[5] - found[4] == pytest.approx(
        0.25, abs=1e-3
    )


def test_an_extrasystole_comes_early_and_the_next_beat_when_it_would_have() -> None:
    ill = replace(HEART, character=replace(HEART.character, extrasystoles=0.2))
    gaps = [later - earlier for earlier, later in pairwise(beats(ill, "ECG", 60.0))]
    assert 70 <= len(gaps) <= 80
    assert min(gaps) < 0.6
    assert max(gaps) > 1.0


def test_a_held_breath_gives_no_trigger_and_a_missing_sensor_none_at_all() -> None:
    held = HEART.told_to_hold(10.0, 15.0)
    assert not [at_s for at_s in beats(held, "RESPIRATION", 40.0) if 10.0 <= at_s < 25.0]
    assert [at_s for at_s in beats(held, "RESPIRATION", 40.0) if at_s > 25.0]
    assert not beats(HEART.with_sensor(Sensor.ECG, attached=False), "ECG", 60.0)


PACE = Pace(
    source="ECG", cycle_s=0.8, cycles=2, ready_s=3.0, first_s=3.2, repetition_s=1.6, quiet_s=0.1, busy_s=0.5,
    repetitions=100,
)  # fmt: skip


@pytest.mark.parametrize(("rate", "cycle_s"), [(75.0, 0.8), (50.0, 1.2)])
def test_a_triggered_scan_lasts_as_long_as_the_beats_it_waits_for(rate: float, cycle_s: float) -> None:
    body = replace(HEART, character=replace(HEART.character, heart_rate_per_min=rate))
    starts = PACE.followed((), partial(next_trigger_s, body), 1000.0)
    assert len(starts) == 100
    assert starts[-1] - starts[0] == pytest.approx(99 * 2 * cycle_s, abs=0.1)
    assert PACE.planned_s(starts, starts[-1] + 1.6) == pytest.approx(PACE.end_s)
    for planned_s in (3.2 + 1.6 * n + 0.4 for n in (0, 1, 30, 99)):
        assert PACE.planned_s(starts, PACE.real_s(starts, planned_s)) == pytest.approx(planned_s)


def test_a_beat_that_falls_into_the_gradients_is_missed() -> None:
    long = replace(PACE, cycles=1, repetition_s=0.8, busy_s=0.79)
    fast = replace(HEART, character=replace(HEART.character, heart_rate_per_min=90.0))
    starts = long.followed((), partial(next_trigger_s, fast), 100.0)
    assert np.mean(np.diff(starts)) == pytest.approx(2 * 60 / 90, rel=0.02)


def test_a_trigger_that_never_comes_is_waited_for() -> None:
    none = HEART.with_sensor(Sensor.ECG, attached=False)
    starts = PACE.followed((), partial(next_trigger_s, none), 40.0)
    assert starts == ()
    assert PACE.planned_s(starts, 40.0) == PACE.first_s
    assert PACE.waited_s(starts, 40.0) == pytest.approx(37.0)
    assert why_none(none, "ECG", 40.0) == "the ECG leads are off"


@pytest.mark.parametrize("source", ["ECG", "RESPIRATION"])
def test_ghosts_of_a_real_irregular_patient_fall_when_shots_follow_the_triggers(
    source: TriggerSource,
) -> None:
    """The heart misses the expected rate; even shots at that rate ghost, triggered ones do not."""
    moving = replace(HEART, character=replace(HEART.character, extrasystoles=0.1)).moved(Pulsation(5.0), 0.0)
    motion: Motion = (
        moving.motion_from(0.0)
        if source == "ECG"
        else lambda now_s: Pose(shift_mm=(0.0, 0.0, moving.pose(now_s).breath_mm))
    )
    rate, delay = (68, 0) if source == "ECG" else (16, 1400)
    subject = ball(Tissue.CSF, (0.0, 0.0, 0.0), radius_mm=14.0)
    values = achieved(
        "se", trigger=source, trigger_rate_per_min=rate, trigger_delay_ms=delay, trigger_window_percent=30,
        **SMALL,
    )  # fmt: skip
    plan = make_plan("se", values, NO_GHOST)
    assert plan.pace is not None
    starts = plan.pace.followed((), partial(next_trigger_s, moving), 3 * plan.duration_s)
    assert len(starts) == plan.pace.repetitions

    def triggered(planned_s: float) -> Pose:
        return motion(plan.pace.real_s(starts, planned_s)) if plan.pace else motion(planned_s)

    ghosts = []
    for followed in (motion, triggered):
        picture = np.abs(measured("se", subject, values, motion=followed).complex_picture(0))
        ghosts.append(float((picture[:12] ** 2).mean() + (picture[-12:] ** 2).mean()))
    assert ghosts[1] < 0.4 * ghosts[0]


@pytest.mark.parametrize(
    ("trigger", "rate", "delay", "motion"),
    [
        ("ECG", 66, 0, Pulsation(8.0, 66.0)),
        ("RESPIRATION", 15, 1400, lambda now_s: _pushed_by(Breathing(period_s=4.0), now_s)),
    ],
)
def test_what_moves_with_the_cycle_leaves_no_ghost_when_triggered(
    trigger: str, rate: int, delay: int, motion: Motion
) -> None:
    subject = ball(Tissue.CSF, (0.0, 0.0, 0.0), radius_mm=14.0)
    on = achieved(
        "se", trigger=trigger, trigger_rate_per_min=rate, trigger_delay_ms=delay, trigger_window_percent=30,
        **SMALL,
    )  # fmt: skip
    off = achieved("se", **{**SMALL, "tr_ms": 770.0})
    ghosts = []
    for values in (off, on):
        acquisition = measured("se", subject, values, motion=motion)
        poses = {acquisition.pose_of(shot) for shot in acquisition.plan.shots()}
        picture = np.abs(acquisition.complex_picture(0))
        ghosts.append((picture[:12].mean() + picture[-12:].mean(), len(poses)))
    assert ghosts[1][1] <= 2  # the same phase of every cycle
    assert ghosts[0][1] > 4
    assert ghosts[1][0] < 0.6 * ghosts[0][0]


def _pushed_by(breathing: Breathing, now_s: float) -> Pose:
    return Pose(shift_mm=(0.0, 0.0, breathing(now_s).breath_mm))


@pytest.mark.parametrize("sequence", ["se", "tse", "flair", "stir"])
def test_the_interval_at_the_expected_rate_is_the_planned_repetition(sequence: str) -> None:
    values = achieved(sequence, trigger="RESPIRATION", trigger_rate_per_min=15, slice_count=4)
    pace = make_plan(next(own for own in VALUES if own == sequence), values, NO_GHOST).pace
    assert pace is not None
    assert pace.interval_s(pace.cycle_s) == pytest.approx(pace.repetition_s, rel=1e-3)


@pytest.mark.parametrize("real_s", [0.6, 1.0, 1.5])
def test_contrast_and_exposure_are_of_the_interval_that_the_heart_gives(real_s: float) -> None:
    planned = achieved("gre", trigger="ECG", trigger_rate_per_min=60, slice_count=1, flip_angle_deg=70)
    real = as_repeated("gre", planned, real_s)
    now, before = (predicted_b1_rms_ut("gre", own, NO_GHOST) for own in (real, planned))
    assert (now / before) ** 2 == pytest.approx(float(planned["tr_ms"]) / (1000 * real_s))
    seen = tissue_signals("gre", real, NO_GHOST)[Tissue.WHITE]
    own = relaxation(NO_GHOST.b0_t)[Tissue.WHITE]
    expected = own.proton_density * spoiled_echo(
        own.t1_ms, own.t2_ms, own.t2_star_ms, tr=1000 * real_s, te=float(planned["te_ms"]), flip=70.0
    )
    assert seen == pytest.approx(expected, rel=0.02)


def test_an_acquisition_has_the_contrast_of_the_interval_that_its_triggers_give() -> None:
    planned, slow = (begun("se", block(Tissue.GREY), SMALL) for _ in range(2))
    values = planned.prescription.values
    slow_s = 2 * float(values["tr_ms"]) / 1000
    slow.repeats_every(slow_s)
    seen = []
    for acquisition in (planned, slow):
        acquisition.acquire(acquisition.plan.shots())
        seen.append(float(np.median(middle_of(np.abs(acquisition.complex_picture(0))))))
    expected = [
        tissue_signals("se", own, NO_GHOST)[Tissue.GREY]
        for own in (values, as_repeated("se", values, slow_s))
    ]
    assert seen[1] / seen[0] == pytest.approx(expected[1] / expected[0], rel=0.02)
    assert seen[1] > 1.1 * seen[0]
