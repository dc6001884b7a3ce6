"""Triggering: repetitions are whole cycles of heart or breath, and what moves with them stands still."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from uniform import NO_GHOST, VALUES, ball, measured

from simulated_mri.geometry import Pose
from simulated_mri.limits import achieve
from simulated_mri.motion import Breathing, Motion, Pulsation
from simulated_mri.plan import make_plan
from simulated_mri.sequences import Value, Values
from simulated_mri.tissues import Tissue

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


def test_a_train_longer_than_the_window_is_refused_with_remedies_that_work() -> None:
    (conflict,) = achieve("tse", VALUES["tse"], {"trigger": "ECG", "trigger_rate_per_min": 150}).conflicts
    assert "window" in conflict.reason
    for remedy in conflict.remedies:
        assert not achieve("tse", VALUES["tse"], remedy.changes).conflicts


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
