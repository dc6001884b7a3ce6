"""Order, partial lines, noise and speed of an acquisition."""

from __future__ import annotations

import numpy as np
import pytest
from acquiring import acquisition_of

from simulated_mri.acquisition import Acquisition, Prescription
from simulated_mri.encoding import COUNTS_PER_UNIT
from simulated_mri.hardware import Hardware
from simulated_mri.phase_lines import echo_of_position
from simulated_mri.plan import make_plan
from simulated_mri.protocols import BRAIN_ROUTINE, PROTOCOLS, ProtocolStep
from simulated_mri.sequences import Value
from simulated_mri.timing import timing

STEPS = {step.step_id: step for step in BRAIN_ROUTINE.steps}


def begin(step_id: str, seed: int = 1, /, **changes: Value) -> Acquisition:
    return acquisition_of(STEPS[step_id], changes, seed)


def small_slab(seed: int = 1) -> Acquisition:
    return begin(
        "t1_3d_sag", seed, slice_count=16, acquisition_matrix_read=64, acquisition_matrix_phase=64,
        slice_thickness_mm=2.0, slice_spacing_mm=2.0,
    )  # fmt: skip


@pytest.mark.parametrize("step", BRAIN_ROUTINE.steps, ids=lambda step: step.step_id)
def test_the_shots_measure_every_line_once_and_last_as_long_as_announced(step: ProtocolStep) -> None:
    plan = make_plan(step.sequence, step.values, Hardware())
    seen: dict[tuple[int | None, int | None], list[int]] = {}
    for shot in plan.shots():
        seen.setdefault((shot.slice_index, shot.partition), []).extend(shot.lines)
    assert len(seen) == step.values["slice_count"]
    lines = list(range(int(step.values["acquisition_matrix_phase"])))
    assert all(sorted(own) == lines for own in seen.values())
    total = plan.lead_in_s + sum(shot.duration_s for shot in plan.shots())
    assert total == pytest.approx(timing(step.sequence, step.values, Hardware()).duration_s)


@pytest.mark.parametrize("step_id", ["localizer", "flair_ax", "t1_3d_sag"])
def test_the_number_of_finished_shots_follows_the_clock(step_id: str) -> None:
    step = STEPS[step_id]
    plan = make_plan(step.sequence, step.values, Hardware())
    assert plan.shots_done(0.0) == 0
    assert plan.shots_done(plan.duration_s) == len(plan)
    ends = np.cumsum([plan.lead_in_s, *(shot.duration_s for shot in plan.shots())])[1:]
    for index in (0, 7, len(plan) // 2, len(plan) - 1):
        assert plan.shots_done(float(ends[index]) + 1e-6) == index + 1
        assert plan.shots_done(float(ends[index]) - 1e-3) == index


def test_the_effective_echo_reads_the_centre_of_kspace_and_no_echo_is_read_twice_in_a_train() -> None:
    for step_id, echo in (("t2_tse_ax", 9), ("flair_ax", 8)):
        step = STEPS[step_id]
        echoes = echo_of_position(step.sequence, step.values, echo)
        assert echoes[len(echoes) // 2] == echo
        for train in make_plan(step.sequence, step.values, Hardware()).trains:
            read = [echoes[line] for line in train]
            assert len(set(read)) == len(read)


def test_lines_come_centre_out() -> None:
    step = STEPS["t2star_gre_ax"]
    first = [train[0] for train in make_plan(step.sequence, step.values, Hardware()).trains[:5]]
    assert sorted(first) == [94, 95, 96, 97, 98]
    assert first[0] == 96


def test_slices_of_a_concatenation_sharpen_together_and_those_of_single_shots_come_one_by_one() -> None:
    flair = STEPS["flair_ax"]
    plan = make_plan(flair.sequence, flair.values, Hardware())
    first = {plan.shot(index).slice_index for index in range(12)}
    assert first == set(range(0, 24, 2))  # every second slice, of two concatenations
    for start in range(0, len(plan) // 2, 12):
        together = [plan.shot(index) for index in range(start, start + 12)]
        assert {shot.slice_index for shot in together} == first
        assert len({shot.lines for shot in together}) == 1
    assert {plan.shot(index).slice_index for index in range(len(plan) // 2, len(plan))} == set(
        range(1, 24, 2)
    )
    single = next(own for of in PROTOCOLS for own in of.steps if own.step_id == "t2_ss_ax")
    plan = make_plan(single.sequence, single.values, Hardware())
    assert [shot.slice_index for shot in plan.shots()] == list(range(24))
    assert {len(shot.lines) for shot in plan.shots()} == {len(plan.trains[0])}


def test_stopped_at_half_exactly_the_measured_lines_exist() -> None:
    acquisition = begin("t2_tse_ax", slice_count=2)
    plan = acquisition.plan
    shots = [plan.shot(index) for index in range(len(plan) // 2)]
    acquisition.acquire(shots)
    for index in range(2):
        measured = sorted(line for shot in shots if shot.slice_index == index for line in shot.lines)
        kspace = acquisition.kspace(index)[0]
        assert np.flatnonzero(np.abs(kspace).sum(1)).tolist() == measured
        assert np.flatnonzero(acquisition.acquired(index)).tolist() == measured
        assert 0 < len(measured) < acquisition.encoding.lines


def test_the_picture_of_half_the_lines_holds_no_other_lines() -> None:
    acquisition = begin("t2star_gre_ax", slice_count=1)
    acquisition.acquire(acquisition.plan.shot(index) for index in range(len(acquisition.plan) // 2))
    whole = begin("t2star_gre_ax", slice_count=1)
    whole.acquire(whole.plan.shots())
    missing = whole.kspace(0)[0] * ~acquisition.acquired(0)[:, None]
    assert np.abs(missing).sum() > 0
    assert np.array_equal(whole.kspace(0)[0] * acquisition.acquired(0)[:, None], acquisition.kspace(0)[0])
    assert not np.array_equal(whole.picture(0), acquisition.picture(0))


def test_a_slice_without_a_line_is_black_and_the_first_line_already_shows_something() -> None:
    acquisition = begin("t2_tse_ax", slice_count=2)
    assert acquisition.picture(0).max() == 0
    acquisition.acquire([acquisition.plan.shot(0)])
    first = acquisition.plan.shot(0).slice_index
    assert first == 0
    assert acquisition.picture(0).max() > 0
    assert acquisition.picture(1).max() == 0


def test_half_the_partitions_of_a_slab_are_exactly_those_measured() -> None:
    acquisition = small_slab()
    shots = [acquisition.plan.shot(index) for index in range(8)]
    acquisition.acquire(shots)
    measured = sorted(shot.partition for shot in shots if shot.partition is not None)
    assert np.flatnonzero(acquisition.acquired(0)).tolist() == measured
    energies = [float(np.abs(acquisition.kspace(index)).sum()) for index in range(16)]
    assert np.flatnonzero(energies).tolist() == measured


def test_a_picture_followed_shot_by_shot_equals_the_one_made_at_the_end() -> None:
    acquisition = small_slab()
    for shot in acquisition.plan.shots():
        acquisition.acquire([shot])
        followed = acquisition.picture(7)
    final = list(acquisition.pictures())[7]
    assert np.abs(followed.astype(int) - final.astype(int)).max() <= 1
    assert final.max() > 100


def test_the_same_seed_gives_the_same_picture_and_another_seed_other_noise() -> None:
    pictures = []
    for seed in (5, 5, 6):
        acquisition = begin("flair_ax", seed, slice_count=1, concatenations=1)
        acquisition.acquire(acquisition.plan.shots())
        pictures.append(acquisition.picture(0))
    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])


def test_how_shots_are_grouped_does_not_change_the_result() -> None:
    at_once, one_by_one = begin("flair_ax", slice_count=2), begin("flair_ax", slice_count=2)
    at_once.acquire(at_once.plan.shots())
    for shot in one_by_one.plan.shots():
        one_by_one.acquire([shot])
        one_by_one.picture(0)
    assert np.array_equal(at_once.picture(1), one_by_one.picture(1))


def background_noise(**changes: Value) -> float:
    acquisition = begin("t2star_gre_ax", 1, **{**changes, "slice_count": 1})
    acquisition.acquire(acquisition.plan.shots())
    corner = acquisition.picture(0)[:20, :20].astype(float) / COUNTS_PER_UNIT
    return float(np.sqrt((corner**2).mean()))


def test_noise_grows_with_the_root_of_bandwidth_and_falls_with_the_root_of_averages() -> None:
    plain = background_noise()
    assert background_noise(bandwidth_hz_per_px=800) / plain == pytest.approx(2.0, rel=0.1)
    assert background_noise(averages=4) / plain == pytest.approx(0.5, rel=0.1)
    assert background_noise(slice_thickness_mm=2.5) / plain == pytest.approx(2.0, rel=0.1)


def test_fat_moves_along_the_readout_by_the_chemical_shift() -> None:
    narrow, wide = begin("localizer", bandwidth_hz_per_px=100), begin("localizer", bandwidth_hz_per_px=400)
    # 3.4 ppm of 42.577 MHz/T × 3 T = 434 Hz, in pixels of 260 / 256 mm
    assert narrow.encoding.fat_shift_mm == pytest.approx(434.3 / 100 * 260 / 256, rel=1e-3)
    assert narrow.encoding.fat_shift_mm == pytest.approx(4 * wide.encoding.fat_shift_mm)


def test_slices_that_do_not_add_up_to_the_slice_count_are_refused() -> None:
    step = STEPS["t2_tse_ax"]
    with pytest.raises(ValueError, match="24 slices are planned but slice_count is 3"):
        Prescription(step.sequence, {**step.values, "slice_count": 3}, step.groups)
