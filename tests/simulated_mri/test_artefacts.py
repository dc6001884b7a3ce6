"""Artefacts have the size that their formula says: shifts, distortion, ghosts, dephasing, wrap, motion."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from bloch import balanced_echoes, spoiled_echo
from uniform import NO_GHOST, ball, block, centre_of_brightness, linear_field, measured, middle_of

from simulated_mri.geometry import PIVOT_MM, Pose
from simulated_mri.hardware import Hardware
from simulated_mri.motion import Breathing, Drift, Nod, still
from simulated_mri.phase_lines import encoded_fov_phase_mm
from simulated_mri.results import results
from simulated_mri.sequences import SequenceType, Value, number
from simulated_mri.subjects.subject import Subject, TransmitField
from simulated_mri.timing import echo_spacing_ms
from simulated_mri.tissues import Tissue, relaxation

GAMMA_HZ_PER_T = 42.577e6
PLACE = (24.0, -16.0, 0.0)
SMALL: dict[str, Value] = {
    "acquisition_matrix_read": 128, "acquisition_matrix_phase": 128, "fov_read_mm": 220,
    "phase_fov_percent": 100.0, "slice_thickness_mm": 10.0,
}  # fmt: skip
FLAT_2D: list[SequenceType] = ["se", "tse", "gre"]


@pytest.mark.parametrize("b0_t", [1.5, 3.0])
@pytest.mark.parametrize("bandwidth", [120, 300])
@pytest.mark.parametrize("sequence", FLAT_2D)
def test_fat_moves_along_the_readout_by_its_shift_over_the_bandwidth(
    sequence: SequenceType, bandwidth: int, b0_t: float
) -> None:
    changes: dict[str, Value] = {**SMALL, "bandwidth_hz_per_px": bandwidth}
    hardware = Hardware(b0_t=b0_t)
    water, fat = (
        measured(sequence, ball(tissue, PLACE), changes, hardware=hardware)
        for tissue in (Tissue.CSF, Tissue.FAT)
    )
    pixels = 3.4e-6 * GAMMA_HZ_PER_T * b0_t / bandwidth
    (phase, read), (fat_phase, fat_read) = centre_of_brightness(water), centre_of_brightness(fat)
    pixel_mm = fat.encoding.pixel_read_mm
    assert (fat_read - read) / pixel_mm == pytest.approx(pixels, abs=0.3)
    assert fat_phase == pytest.approx(phase, abs=0.3)


@pytest.mark.parametrize("ppm", [-0.6, 0.8])
def test_a_false_field_moves_everything_along_the_readout(ppm: float) -> None:
    changes: dict[str, Value] = {**SMALL, "bandwidth_hz_per_px": 80}
    still_there = measured("se", ball(Tissue.CSF, PLACE), changes)
    moved = measured("se", ball(Tissue.CSF, PLACE, field_map=linear_field(ppm)), changes)
    pixels = -ppm * 1e-6 * GAMMA_HZ_PER_T * 3.0 / 80
    (phase, read), (moved_phase, moved_read) = centre_of_brightness(still_there), centre_of_brightness(moved)
    assert (moved_read - read) / moved.encoding.pixel_read_mm == pytest.approx(pixels, abs=0.2)
    assert moved_phase == pytest.approx(phase, abs=0.2)


@pytest.mark.parametrize(("ppm", "factor"), [(0.2, 1), (-0.2, 1), (0.4, 2)])
def test_epi_is_distorted_along_the_phase_direction(ppm: float, factor: int) -> None:
    changes: dict[str, Value] = {**SMALL, "acceleration_factor": factor, "partial_fourier_percent": 100.0}
    plain = measured("epi_dwi", ball(Tissue.CSF, PLACE), changes)
    moved = measured("epi_dwi", ball(Tissue.CSF, PLACE, field_map=linear_field(ppm)), changes)
    values = plain.prescription.values
    train_s = echo_spacing_ms("epi_dwi", values, NO_GHOST) / 1000 * plain.encoding.lines / factor
    pixels = -ppm * 1e-6 * GAMMA_HZ_PER_T * 3.0 * train_s
    way_mm = centre_of_brightness(moved)[0] - centre_of_brightness(plain)[0]
    assert way_mm / (encoded_fov_phase_mm(values) / plain.encoding.lines) == pytest.approx(pixels, abs=0.5)


def test_a_slope_of_the_field_stretches_epi() -> None:
    slope_ppm = 0.004  # per mm, along the phase direction
    changes: dict[str, Value] = {**SMALL, "acceleration_factor": 1, "partial_fourier_percent": 100.0}
    places = [(0.0, -40.0, 0.0), (0.0, 40.0, 0.0)]
    field = linear_field(0.0, per_mm=(0.0, slope_ppm, 0.0))
    ends = [
        centre_of_brightness(measured("epi_dwi", ball(Tissue.CSF, place, field_map=field), changes))[0]
        for place in places
    ]
    train_s = echo_spacing_ms("epi_dwi", {**_EPI, **changes}, NO_GHOST) / 1000 * 128
    pixel_mm = 220 / 128
    expected = 80 * (1 - slope_ppm * 1e-6 * GAMMA_HZ_PER_T * 3.0 * train_s * pixel_mm)
    assert ends[1] - ends[0] == pytest.approx(expected, abs=pixel_mm)


_EPI = measured("epi_dwi", ball(Tissue.CSF, PLACE), SMALL).prescription.values


def test_the_epi_ghost_lies_half_a_field_of_view_away_and_is_as_strong_as_its_phase() -> None:
    changes: dict[str, Value] = {**SMALL, "acceleration_factor": 1, "partial_fourier_percent": 100.0}
    acquisition = measured(
        "epi_dwi", ball(Tissue.CSF, (0.0, 0.0, 0.0), radius_mm=14.0), changes,
        hardware=Hardware(epi_ghost_rad=0.12),
    )  # fmt: skip
    picture = np.abs(acquisition.complex_picture(0))
    lines, samples = picture.shape
    around = slice(samples // 2 - 4, samples // 2 + 5)
    main = picture[lines // 2 - 4 : lines // 2 + 5, around].mean()
    rolled = np.roll(picture, lines // 2, 0)
    ghost = rolled[lines // 2 - 4 : lines // 2 + 5, around].mean()
    assert ghost / main == pytest.approx(math.tan(0.12 / 2), rel=0.1)


@pytest.mark.parametrize("b1", [0.8, 0.87, 1.15])
def test_where_the_transmit_field_is_uneven_the_picture_has_the_signal_of_that_angle(b1: float) -> None:
    changes: dict[str, Value] = {**SMALL, "flip_angle_deg": 40, "tr_ms": 60.0, "bandwidth_hz_per_px": 200}
    uneven = TransmitField(edge=b1, bell=0.0, widths_mm=(60.0, 60.0, 60.0))
    even, seen = (
        np.abs(middle_of(measured("gre", subject, changes).complex_picture(0))).mean()
        for subject in (block(), replace(block(), transmit=uneven))
    )
    own = relaxation(3.0)[Tissue.SOLUTION]
    echoes = [
        spoiled_echo(own.t1_ms, own.t2_ms, own.t2_star_ms, tr=60.0, te=5.0, flip=40.0 * share)
        for share in (b1, 1.0)
    ]
    assert seen / even == pytest.approx(echoes[0] / echoes[1], rel=0.01)


@pytest.mark.parametrize("te", [10.0, 20.0])
def test_a_field_slope_through_the_slice_dephases_gradient_echoes_as_a_sinc(te: float) -> None:
    slope_ppm = 0.03  # per mm
    changes: dict[str, Value] = {
        **SMALL, "slice_thickness_mm": 6.0, "te_ms": te, "bandwidth_hz_per_px": 1000, "tr_ms": 500.0,
    }  # fmt: skip
    even = measured("gre", block(field_map=linear_field(0.0)), changes)
    steep = measured("gre", block(field_map=linear_field(0.0, per_mm=(0.0, 0.0, slope_ppm))), changes)
    seen, whole = (np.abs(middle_of(own.complex_picture(0))).mean() for own in (steep, even))
    left = seen / whole
    turns = slope_ppm * 1e-6 * GAMMA_HZ_PER_T * 3.0 * te / 1000 * 6.0
    assert left == pytest.approx(abs(np.sinc(turns)), abs=0.02)
    spin_echo = measured("se", block(field_map=linear_field(0.0, per_mm=(0.0, 0.0, slope_ppm))), SMALL)
    plain = measured("se", block(), SMALL)
    kept = np.abs(middle_of(spin_echo.complex_picture(0))).mean()
    assert kept == pytest.approx(np.abs(middle_of(plain.complex_picture(0))).mean(), rel=0.01)


def test_balanced_signal_is_banded_by_the_field_as_an_integration_says() -> None:
    slope_ppm = 0.03  # per mm along the readout: a dark band each time that 1 / TR is passed
    changes: dict[str, Value] = {**SMALL, "bandwidth_hz_per_px": 2000, "tr_ms": 5.0, "flip_angle_deg": 40}
    subject = block(half_mm=90.0, pitch_mm=1.0, field_map=linear_field(0.0, per_mm=(0.0, slope_ppm, 0.0)))
    acquisition = measured("bssfp", subject, changes)
    encoding = acquisition.encoding
    picture = np.abs(acquisition.complex_picture(0))
    profile = picture[picture.shape[0] // 2 - 20 : picture.shape[0] // 2 + 20].mean(0)
    places = (np.arange(len(profile)) - len(profile) // 2) * encoding.pixel_read_mm
    hertz = np.asarray(slope_ppm * 1e-6 * GAMMA_HZ_PER_T * 3.0 * places, dtype=np.float64)
    moved = hertz / encoding.hz_per_pixel_read * encoding.pixel_read_mm
    own = relaxation(3.0)[Tissue.SOLUTION]
    expected = balanced_echoes(own.t1_ms, own.t2_ms, tr=5.0, flip=40.0, hertz=hertz)
    assert np.abs(moved[np.abs(places) < 40]).max() < 0.2
    near = np.abs(places) < 20
    assert profile[near] / profile[near].max() == pytest.approx(
        expected[near] / expected[near].max(), abs=0.04
    )
    dark = [
        float(places[half][profile[half].argmin()]) for half in (abs(places - 26) < 12, abs(places + 26) < 12)
    ]
    first_band_mm = 0.5 / 0.005 / (slope_ppm * 1e-6 * GAMMA_HZ_PER_T * 3.0)
    assert dark[0] == pytest.approx(first_band_mm, abs=encoding.pixel_read_mm)
    assert dark[1] == pytest.approx(-first_band_mm, abs=encoding.pixel_read_mm)


def test_phase_oversampling_shows_no_wrap_and_without_it_wraps_by_the_field_of_view() -> None:
    outside = ball(Tissue.CSF, (0.0, 70.0, 0.0))
    changes: dict[str, Value] = {
        **SMALL, "fov_read_mm": 120, "phase_encoding": "COL", "bandwidth_hz_per_px": 200,
    }  # fmt: skip
    wrapped = measured("se", outside, changes)
    assert centre_of_brightness(wrapped)[0] == pytest.approx(70.0 - 120.0, abs=120 / 128)
    clean = measured("se", outside, {**changes, "phase_oversampling_percent": 50})
    assert clean.encoding.picture_lines == wrapped.encoding.picture_lines
    peaks = [np.abs(own.complex_picture(0)).max() for own in (clean, wrapped)]
    assert peaks[0] < 0.1 * peaks[1]  # noise only
    assert clean.plan.duration_s > 1.4 * wrapped.plan.duration_s


def test_fat_saturation_leaves_a_twentieth_of_fat_and_all_of_water() -> None:
    changes: dict[str, Value] = {**SMALL, "bandwidth_hz_per_px": 300}
    for tissue, left in ((Tissue.FAT, 0.05), (Tissue.CSF, 1.0)):
        off, on = (
            np.abs(measured("tse", block(tissue), {**changes, "fat_saturation": word}).complex_picture(0))
            for word in ("OFF", "ON")
        )
        assert middle_of(on).mean() / middle_of(off).mean() == pytest.approx(left, rel=0.05)


def test_an_edge_rings_in_step_with_the_pixels_that_were_measured() -> None:
    """Gibbs: with half the lines the ripples beside an edge are twice as wide."""
    widths = []
    for lines in (64, 128):
        changes: dict[str, Value] = {**SMALL, "acquisition_matrix_phase": lines, "bandwidth_hz_per_px": 60}
        picture = np.abs(measured("se", block(half_mm=60.0), changes).complex_picture(0))
        profile = picture[:, picture.shape[1] // 2 - 5 : picture.shape[1] // 2 + 5].mean(1)
        inside = profile[picture.shape[0] // 2 : picture.shape[0] // 2 + 30]
        ripple = np.abs(np.fft.rfft((inside - inside.mean()) * np.hanning(30), 512))
        widths.append(512 / (ripple[40:].argmax() + 40))
    assert widths[0] / widths[1] == pytest.approx(2.0, rel=0.2)


def test_a_long_train_blurs_what_has_a_short_t2_along_the_phase_direction_only() -> None:
    def spread(tissue: Tissue, axis: int) -> float:
        changes: dict[str, Value] = {**SMALL, "slice_count": 1, "te_ms": 60.0, "tr_ms": 3000.0}
        acquisition = measured("tse_ss", ball(tissue, (0.0, 0.0, 0.0), radius_mm=3.0), {**changes, **_WHOLE})
        picture = np.abs(acquisition.complex_picture(0))
        profile = picture.max(1 - axis)
        return float((profile > profile.max() / 4).sum())

    assert spread(Tissue.LIVER, 0) > 1.3 * spread(Tissue.CSF, 0)
    assert spread(Tissue.LIVER, 1) == pytest.approx(spread(Tissue.CSF, 1), rel=0.15)


_WHOLE: dict[str, Value] = {"partial_fourier_percent": 100.0, "acceleration_factor": 1}


def test_shots_before_a_nod_are_those_of_a_still_patient_and_shots_after_it_are_not() -> None:
    subject = ball(Tissue.CSF, PLACE, radius_mm=10.0)
    quiet = measured("tse", subject, SMALL)
    half_s = quiet.plan.duration_s / 2
    nodding = measured("tse", subject, SMALL, motion=Nod(4.0, half_s))
    same = [
        np.array_equal(quiet.kspace(0)[0, line], nodding.kspace(0)[0, line])
        for shot in quiet.plan.shots()
        for line in shot.lines
        if shot.at_s < half_s
    ]
    assert all(same)
    assert len(same) > 10
    pairs = zip(quiet.kspace(0)[0], nodding.kspace(0)[0], strict=True)
    assert sum(np.array_equal(first, second) for first, second in pairs) == len(same)


def test_a_shift_between_two_scans_is_seen_in_full_and_one_during_a_scan_leaves_ghosts() -> None:
    subject = ball(Tissue.CSF, (0.0, 0.0, 0.0), radius_mm=12.0)
    changes: dict[str, Value] = {**SMALL, "tr_ms": 1000.0, "phase_encoding": "COL", "averages": 2}
    quiet = measured("se", subject, changes)
    moved = measured("se", subject, changes, motion=lambda _: Pose(shift_mm=(0.0, 6.0, 0.0)))
    assert centre_of_brightness(moved)[0] - centre_of_brightness(quiet)[0] == pytest.approx(6.0, abs=0.3)
    swaying = measured("se", subject, changes, motion=sway)
    ghosts = [np.abs(own.complex_picture(0))[:30, 59:70].mean() for own in (quiet, swaying)]
    assert ghosts[1] > 3 * ghosts[0]
    assert Drift((0.0, 3.0, 0.0))(60.0).shift_mm == (0.0, 3.0, 0.0)


def test_a_turned_head_turns_about_its_neck_by_the_right_hand_rule() -> None:
    """About z, the patient's axis to the head: what is in front moves to the patient's right."""
    place, angle = np.array([0.0, -60.0, 0.0]), math.radians(8.0)
    quiet, turned = (
        measured("se", ball(Tissue.CSF, (0.0, -60.0, 0.0)), SMALL, motion=motion)
        for motion in (still, lambda _: Pose(turn_deg=(0.0, 0.0, 8.0)))
    )
    assert quiet.encoding.phase_along_row
    way = np.subtract(centre_of_brightness(turned), centre_of_brightness(quiet))
    x, y = place[:2] - PIVOT_MM[:2]
    to = (x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle))
    assert way == pytest.approx(np.array(to) - (x, y), abs=0.3)


def sway(now_s: float) -> Pose:
    return Pose(shift_mm=(0.0, 4.0 * (int(now_s) % 3), 0.0))


def test_breathing_moves_an_organ_and_a_breath_hold_does_not() -> None:
    moving = ball(Tissue.LIVER, (0.0, 0.0, 0.0), radius_mm=20.0)
    organ = Subject(
        moving.fractions, moving.spacing_mm, moving.first_voxel_mm, moving.tissues,
        breathing=lambda places: np.ones_like(places[0] + places[1] + places[2]),
    )  # fmt: skip
    assert Breathing(16.0, 4.0)(0.0) == Pose(breath_mm=16.5)
    assert Breathing(16.0, 4.0)(2.0).breath_mm == 0.0
    held, breathing = (measured("gre", organ, SMALL, motion=own) for own in (still, Breathing()))
    ghosts = [np.abs(own.complex_picture(0))[:20].mean() for own in (held, breathing)]
    assert ghosts[1] > 2 * ghosts[0]


def test_the_field_map_shows_the_field_in_hertz() -> None:
    acquisition = measured("field_map", block(field_map=linear_field(0.3)), {"fov_read_mm": 220})
    (field,) = [own.pixels for own in results(acquisition) if own.name == "field Hz"]
    middle = middle_of(field.astype(np.float32)).mean()
    assert middle == pytest.approx(0.3e-6 * GAMMA_HZ_PER_T * 3.0, abs=2.0)
    assert number(acquisition.prescription.values, "echo_difference_ms") == 2.3
