"""SNR measured from repeated scans follows voxel volume × √(lines × partitions × averages ÷ Hz/px) ÷ g."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from uniform import ball, block, measured, middle_of

from simulated_mri.acquisition import Acquisition
from simulated_mri.encoding.coils import BODY_ARRAY, HEAD_ARRAY, CoilArray
from simulated_mri.hardware import Hardware
from simulated_mri.sequences import SequenceType, Value, count, count_or, number, traits
from simulated_mri.tissues import Tissue

WITHIN = 0.05
WATER = block()
FLAT: dict[str, Value] = {
    "tr_ms": 1500.0, "te_ms": 6.0, "flip_angle_deg": 90, "bandwidth_hz_per_px": 200,
    "acquisition_matrix_read": 96, "acquisition_matrix_phase": 96, "fov_read_mm": 200,
    "phase_fov_percent": 100.0, "slice_thickness_mm": 5.0, "averages": 1,
}  # fmt: skip
SLAB: dict[str, Value] = {
    "tr_ms": 1500.0, "te_ms": 4.6, "flip_angle_deg": 90, "bandwidth_hz_per_px": 300,
    "acquisition_matrix_read": 64, "acquisition_matrix_phase": 64, "fov_read_mm": 200,
    "phase_fov_percent": 100.0, "slice_thickness_mm": 2.0, "slice_count": 16, "acceleration_factor": 1,
}  # fmt: skip


def snr(acquisitions: list[Acquisition], index: int = 0) -> float:
    """Of the magnitude in the middle, from differences of repeated scans."""
    pictures = [np.abs(middle_of(own.complex_picture(index))) for own in acquisitions]
    differences = [first - second for first, second in itertools.pairwise(pictures)]
    noise = np.sqrt(np.mean([(difference**2).mean() for difference in differences]) / 2)
    return float(np.mean(pictures) / noise)


def scans(sequence: SequenceType, base: dict[str, Value], **changes: Value) -> list[Acquisition]:
    return [measured(sequence, WATER, {**base, **changes}, seed=seed) for seed in range(1, 7)]


def law(acquisition: Acquisition) -> float:
    """Everything that the law knows, in arbitrary units."""
    values, sequence = acquisition.prescription.values, acquisition.prescription.sequence
    fov = number(values, "fov_read_mm")
    phase_mm = fov * number(values, "phase_fov_percent") / 100 / count(values, "acquisition_matrix_phase")
    voxel = fov / count(values, "acquisition_matrix_read") * phase_mm * number(values, "slice_thickness_mm")
    partitions = count(values, "slice_count") if traits(sequence).volume else 1
    acquired = len(acquisition.measured) * partitions * count_or(values, "averages", 1)
    return voxel * math.sqrt(acquired / number(values, "bandwidth_hz_per_px"))


PLAIN = scans("gre", FLAT)
PLAIN_SNR = snr(PLAIN)


@pytest.mark.parametrize(
    "changes",
    [
        {"slice_thickness_mm": 2.5},
        {"fov_read_mm": 260},
        {"acquisition_matrix_read": 160},
        {"acquisition_matrix_phase": 160},
        {"averages": 3},
        {"bandwidth_hz_per_px": 640},
        {"phase_oversampling_percent": 50},
        {"phase_fov_percent": 80.0},
        {"partial_fourier_percent": 62.5},
        {"partial_fourier_percent": 75.0},
        {"partial_fourier_percent": 87.5},
    ],
    ids=str,
)
def test_snr_of_slices_follows_the_law(changes: dict[str, Value]) -> None:
    changed = scans("gre", FLAT, **changes)
    expected = law(changed[0]) / law(PLAIN[0])
    assert snr(changed) / PLAIN_SNR == pytest.approx(expected, rel=WITHIN)


@pytest.mark.parametrize(
    "changes", [{"slice_count": 32}, {"slice_thickness_mm": 3.0}, {"averages": 2}],
    ids=str,
)  # fmt: skip
def test_snr_of_a_slab_grows_with_its_partitions(changes: dict[str, Value]) -> None:
    plain, changed = scans("gre_3d", SLAB), scans("gre_3d", SLAB, **changes)
    expected = law(changed[0]) / law(plain[0])
    middle = snr(changed, changed[0].plan.slice_count // 2) / snr(plain, plain[0].plan.slice_count // 2)
    assert middle == pytest.approx(expected, rel=WITHIN)


def test_a_slab_and_slices_share_one_law() -> None:
    slab = scans("gre_3d", SLAB)
    flat = scans("gre", FLAT, te_ms=4.6)
    expected = law(slab[0]) / law(flat[0])
    assert snr(slab, 8) / snr(flat) == pytest.approx(expected, rel=WITHIN)


def test_signal_and_noise_of_fully_relaxed_water_follow_the_field() -> None:
    high = [measured("se", WATER, _RELAXED, seed=seed) for seed in range(1, 7)]
    low = [
        measured("se", WATER, _RELAXED, seed=seed, hardware=Hardware(b0_t=1.5)) for seed in range(1, 7)
    ]  # the solution relaxes alike at both fields
    assert snr(high) / snr(low) == pytest.approx(2.0, rel=WITHIN)


_RELAXED: dict[str, Value] = {**FLAT, "te_ms": 14.0, "refocusing_flip_angle_deg": 180}


@pytest.mark.parametrize(("array", "factor"), [(HEAD_ARRAY, 2), (HEAD_ARRAY, 3), (BODY_ARRAY, 2)])
def test_acceleration_costs_the_root_of_its_factor_and_g_of_the_coil(array: CoilArray, factor: int) -> None:
    subject = block(array=array)
    changes: dict[str, Value] = {**FLAT, "acceleration_factor": factor}
    whole = [measured("gre", subject, FLAT, seed=seed) for seed in range(1, 9)]
    short = [measured("gre", subject, changes, seed=seed) for seed in range(1, 9)]
    noise = [np.std([np.abs(own.complex_picture(0)) for own in scans_], axis=0) for scans_ in (whole, short)]
    g_factor = short[0].g_factor(0)
    seen, expected = (
        float(np.sqrt((middle_of(own, 0.3) ** 2).mean()))
        for own in (noise[1], noise[0] * math.sqrt(factor) * g_factor)
    )
    assert np.median(middle_of(g_factor, 0.3)) > 1.05
    assert seen == pytest.approx(expected, rel=WITHIN)


@pytest.mark.parametrize("averages", [1, 3])
def test_acceleration_of_a_slab_costs_the_same(averages: int) -> None:
    """Over its middle slices, from the difference of two scans each."""
    subject, base = block(array=HEAD_ARRAY), {**SLAB, "averages": averages}
    noise, signal, g_factors = [], [], []
    for factor in (1, 2):
        first, second = (
            measured("gre_3d", subject, {**base, "acceleration_factor": factor}, seed=seed) for seed in (1, 2)
        )
        pairs = [
            tuple(middle_of(np.abs(own.complex_picture(n)), 0.25) for own in (first, second))
            for n in range(4, 12)
        ]
        noise.append(np.std([one - other for one, other in pairs]) / math.sqrt(2))
        signal.append(np.mean(pairs))
        g_factors.append(np.sqrt(np.mean([middle_of(first.g_factor(n), 0.25) ** 2 for n in range(4, 12)])))
    assert signal[1] == pytest.approx(signal[0], rel=0.01)
    assert noise[1] / noise[0] == pytest.approx(math.sqrt(2) * g_factors[1], rel=WITHIN)


@pytest.mark.parametrize("sequence", ["gre", "gre_3d"])
def test_unfolded_pictures_have_no_fold_and_the_brightness_of_whole_ones(sequence: SequenceType) -> None:
    subject = block(array=HEAD_ARRAY)
    base = FLAT if sequence == "gre" else SLAB
    whole = np.abs(measured(sequence, subject, base).complex_picture(0))
    short = np.abs(measured(sequence, subject, {**base, "acceleration_factor": 2}).complex_picture(0))
    assert middle_of(short, 0.25).mean() == pytest.approx(middle_of(whole, 0.25).mean(), rel=0.01)
    assert short[:4].mean() < 0.05 * middle_of(short).mean()


def test_one_combined_channel_gives_what_all_elements_give() -> None:
    """Fully sampled, best combined: the same signal, and the same noise (see `encoding.coils`)."""
    subject = block(array=HEAD_ARRAY)
    combined = [measured("gre", subject, FLAT, seed=seed) for seed in range(1, 9)]
    elements = [measured("gre", subject, FLAT, seed=seed, elements=True) for seed in range(1, 9)]
    assert elements[0].kspace(0).shape[0] == len(HEAD_ARRAY.elements_mm)
    pictures = [np.stack([np.abs(own.complex_picture(0)) for own in group]) for group in (combined, elements)]
    one, all_ = (middle_of(group.mean(0), 0.3) for group in pictures)
    assert np.abs(one / all_ - 1).max() < 0.02
    noise_one, noise_all = (middle_of(group.std(0), 0.3) for group in pictures)
    assert np.median(noise_one) / np.median(noise_all) == pytest.approx(1.0, rel=WITHIN)


def test_a_small_object_gives_each_element_what_its_sensitivity_says() -> None:
    """Rows without signal add nothing, of one element or of the next."""
    subject = replace(ball(Tissue.SOLUTION, (10.0, -16.0, 0.0)), array=HEAD_ARRAY)
    one, all_ = (measured("gre", subject, FLAT, elements=elements) for elements in (False, True))
    seen = np.abs(all_.kspace(0)).max(axis=(1, 2))
    there = np.abs(HEAD_ARRAY.sensitivities(np.array([10.0, -16.0, 0.0])))
    assert seen / np.linalg.norm(seen) == pytest.approx(there / np.linalg.norm(there), rel=0.05)
    pictures = [np.abs(own.complex_picture(0)).max() for own in (one, all_)]
    assert pictures[1] == pytest.approx(pictures[0], rel=0.03)


@pytest.mark.parametrize(("lines", "factor"), [(128, 3), (126, 4), (130, 4)])
def test_lines_that_are_no_multiple_of_the_acceleration_are_unfolded_too(lines: int, factor: int) -> None:
    subject = block(half_mm=60.0, array=HEAD_ARRAY)
    changes: dict[str, Value] = {
        "acquisition_matrix_read": 64, "acquisition_matrix_phase": lines, "fov_read_mm": 220,
        "phase_fov_percent": 100.0, "slice_thickness_mm": 10.0, "averages": 8,
    }  # fmt: skip
    whole, parts = (
        middle_of(np.abs(measured("se", subject, {**changes, "acceleration_factor": own}).complex_picture(0)))
        for own in (1, factor)
    )
    assert parts.shape == whole.shape
    assert parts.mean() == pytest.approx(whole.mean(), rel=0.03)
