"""What lies in the scanner looks as it should: phantom measurements, lesions, enhancement, breathing.

Phantom limits: ACR Large and Medium Phantom Test Guidance (2022): length ± 2 mm, thickness 5 ± 0.7 mm,
integral uniformity at least 80 % at 3 T, ghosting at most 3 %, holes of 1.0 mm told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from simulated_mri.acquisition import Acquisition, Exam, Prescription
from simulated_mri.encoding.matrix import COUNTS_PER_UNIT
from simulated_mri.geometry import Placement, SliceGroup
from simulated_mri.hardware import Hardware
from simulated_mri.motion import Drift, Motion, still
from simulated_mri.protocols import PROTOCOLS, ProtocolStep
from simulated_mri.results import results
from simulated_mri.sequences import Value
from simulated_mri.subjects.catalogue import load_subject
from simulated_mri.subjects.names import SUBJECT_NAMES, SubjectName
from simulated_mri.subjects.phantom_acr import RADIUS_MM, SLICE_MM
from simulated_mri.subjects.subject import FieldMap, Subject, TransmitField
from simulated_mri.tissues import Tissue

STEPS: Mapping[str, ProtocolStep] = {
    f"{protocol.protocol_id}/{step.step_id}": step for protocol in PROTOCOLS for step in protocol.steps
}
Picture = npt.NDArray[np.float64]


def axial(z_mm: float, thickness_mm: float = 5.0) -> SliceGroup:
    return SliceGroup("axial", (0.0, 0.0, z_mm), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), 1, 10.0, thickness_mm)


def scan(
    step: str, subject: Subject, group: SliceGroup, *, motion: Motion = still, **changes: Value
) -> Acquisition:
    own = STEPS[step]
    values = {
        **own.values, "slice_count": group.slice_count, "slice_spacing_mm": group.slice_spacing_mm,
        "slice_thickness_mm": group.slice_thickness_mm, **changes,
    }  # fmt: skip
    exam = Exam(subject, Placement(), Hardware(), motion)
    acquisition = Acquisition(Prescription(own.sequence, values, (group,)), exam, seed=1)
    acquisition.acquire(acquisition.plan.shots())
    return acquisition


def density(acquisition: Acquisition, frame: int = 0, index: int = 0) -> Picture:
    return acquisition.picture(index, frame).astype(float) / COUNTS_PER_UNIT


# ---------------------------------------------------------------- the phantom


@cache
def acr(slice_number: int, dz_mm: float = 0.0) -> Picture:
    """A T1 slice of the phantom, 250 mm field of view, 256 pixels."""
    return density(
        scan("phantom_qa/acr_t1", load_subject("phantom_acr"), axial(SLICE_MM[slice_number] + dz_mm))
    )


PIXEL_MM = 250 / 256


def width_mm(profile: Picture) -> float:
    """Full width at half maximum, edges interpolated."""
    half = np.median(profile[profile > profile.max() / 2]) / 2
    inside = np.flatnonzero(profile > half)
    first, last = int(inside[0]), int(inside[-1])
    left = (profile[first] - half) / (profile[first] - profile[first - 1])
    right = (profile[last] - half) / (profile[last] - profile[last + 1])
    return float(last - first + left + right) * PIXEL_MM


def test_the_phantoms_diameters_are_190_mm() -> None:
    picture = acr(7)
    middle = picture.shape[0] // 2
    for profile in (picture[middle - 1 : middle + 2].mean(0), picture[:, middle - 1 : middle + 2].mean(1)):
        assert width_mm(profile) == pytest.approx(2 * RADIUS_MM, abs=0.5)


def test_a_badly_calibrated_gradient_or_field_shows_in_the_length() -> None:
    axis = np.arange(-200.0, 201.0, 20.0)
    slope = np.zeros((len(axis),) * 3, dtype=np.float32) + (0.03 * axis[:, None, None]).astype(np.float32)
    bent = replace(load_subject("phantom_acr"), field_map=FieldMap(slope, 20.0, np.full(3, -200.0)))
    picture = density(scan("phantom_qa/acr_t1", bent, axial(SLICE_MM[7]), phase_encoding="COL"))
    middle = picture.shape[0] // 2
    assert abs(width_mm(picture[middle - 1 : middle + 2].mean(0)) - 2 * RADIUS_MM) > 2.0


def test_the_ramps_show_the_slice_thickness() -> None:
    assert ramp_thickness_mm(acr(1)) == pytest.approx(5.0, abs=0.7)


def test_a_slice_gradient_that_is_too_weak_shows_in_the_ramps() -> None:
    """Two sevenths of its strength missing make 7 mm of 5."""
    thick = density(scan("phantom_qa/acr_t1", load_subject("phantom_acr"), axial(SLICE_MM[1], 7.0)))
    assert abs(ramp_thickness_mm(thick) - 5.0) > 0.7


def ramp_thickness_mm(picture: Picture) -> float:
    rows = [round(128 + y / PIXEL_MM) for y in (-3.5, 3.5)]
    lengths = []
    for row in rows:
        profile = picture[row - 1 : row + 2, 70:186].mean(0)
        lengths.append(float((profile > profile.max() / 2).sum()) * PIXEL_MM)
    top, bottom = lengths
    return 0.2 * top * bottom / (top + bottom)


def test_a_misplaced_slice_moves_the_ramps_apart() -> None:
    def centres(dz_mm: float) -> float:
        places = []
        for y in (-3.5, 3.5):
            row = round(128 + y / PIXEL_MM)
            profile = acr(1, dz_mm)[row - 1 : row + 2, 70:186].mean(0)
            places.append(float(np.flatnonzero(profile > profile.max() / 2).mean()) * PIXEL_MM)
        return places[0] - places[1]

    assert abs(centres(0.0)) < 1.5
    assert abs(centres(2.0)) == pytest.approx(40.0, abs=3.0)  # 10 mm per mm, in each of two ramps


def test_uniformity_and_ghosting_are_within_the_limits() -> None:
    picture = acr(7)
    inside = _within_80_mm(picture)
    assert uniformity(picture) > 0.8
    signal = picture[inside].mean()
    across = picture[:8, 100:156].mean() + picture[-8:, 100:156].mean()
    along = picture[100:156, :8].mean() + picture[100:156, -8:].mean()
    assert abs(across - along) / (2 * signal) < 0.03


def test_a_transmit_coil_that_has_lost_a_part_is_not_uniform() -> None:
    lame = TransmitField(edge=0.25, bell=0.75, widths_mm=(60.0, 60.0, 100.0))
    broken = replace(load_subject("phantom_acr"), transmit=lame)
    assert uniformity(density(scan("phantom_qa/acr_t1", broken, axial(SLICE_MM[7])))) < 0.8


def uniformity(picture: Picture) -> float:
    """Integral uniformity, as a share."""
    smooth, inside = _means(picture, 9), _within_80_mm(picture)
    low, high = smooth[inside].min(), smooth[inside].max()
    return float(1 - (high - low) / (high + low))


def _within_80_mm(picture: Picture) -> npt.NDArray[np.bool_]:
    y, x = (np.indices(picture.shape) - 128) * PIXEL_MM
    return np.asarray(np.hypot(x, y) < 80)


def test_a_patient_table_that_drifts_ghosts_beyond_the_limit() -> None:
    subject = load_subject("phantom_acr")
    shaken = density(
        scan("phantom_qa/acr_t1", subject, axial(SLICE_MM[7]), motion=_shaking, acquisition_matrix_phase=128)
    )
    signal = shaken[100:156, 100:156].mean()
    across = shaken[:8, 100:156].mean() + shaken[-8:, 100:156].mean()
    along = shaken[100:156, :8].mean() + shaken[100:156, -8:].mean()
    assert abs(across - along) / (2 * signal) > 0.03


def _shaking(now_s: float):  # type: ignore[no-untyped-def]
    return Drift((240.0 * (int(now_s * 2) % 2), 0.0, 0.0))(1.0)


def _means(picture: Picture, size: int) -> Picture:
    kernel = np.ones(size) / size
    rows = np.apply_along_axis(np.convolve, 0, picture, kernel, "same")
    return np.asarray(np.apply_along_axis(np.convolve, 1, rows, kernel, "same"))


def test_holes_of_one_millimetre_are_told_apart_and_smaller_ones_less() -> None:
    contrast = holes_contrast(384)
    assert contrast[0] > 0.25
    assert contrast[1] > 0.2
    assert contrast[0] > contrast[2]


def test_too_few_samples_leave_holes_of_one_millimetre_as_one() -> None:
    assert min(holes_contrast(160)[:2]) < 0.2


def holes_contrast(matrix: int) -> list[float]:
    """Of the rows of 1.1, 1.0 and 0.9 mm holes."""
    picture = density(
        scan("phantom_qa/acr_t1", load_subject("phantom_acr"), axial(SLICE_MM[1]),
             acquisition_matrix_read=matrix, acquisition_matrix_phase=matrix, fov_read_mm=250)
    )  # fmt: skip
    pixel, middle = 250 / matrix, matrix / 2
    contrast = []
    for column, size in enumerate((1.1, 1.0, 0.9)):
        left, top = -32.0 + 26.0 * column, 30.0
        row = round(middle + top / pixel)
        start = round(middle + (left - size) / pixel)
        profile = picture[row, start : start + round(8 * size / pixel)]
        contrast.append(float((profile.max() - profile.min()) / (profile.max() + profile.min())))
    return contrast


# ---------------------------------------------------------------- people


def region(
    acquisition: Acquisition, picture: Picture, place_mm: tuple[float, float], radius_mm: float
) -> float:
    """Mean around a place (left, posterior) of an axial slice centred at the origin."""
    row_mm, column_mm = acquisition.encoding.pixel_spacing_mm
    rows, columns = picture.shape
    y, x = np.indices(picture.shape)
    x_mm, y_mm = (x - columns // 2) * column_mm, (y - rows // 2) * row_mm
    near = np.hypot(x_mm - place_mm[0], y_mm - place_mm[1]) < radius_mm
    return float(picture[near].mean())


def test_plaques_are_bright_in_flair_and_dark_in_t1() -> None:
    subject, plaque, beside = load_subject("head_ms"), (26.0, -6.0), (26.0, 6.0)
    flair = scan("brain_routine/flair_ax", subject, axial(24.0))
    inside, outside = (region(flair, density(flair), place, 2.0) for place in (plaque, beside))
    assert inside > 1.5 * outside
    slab = replace(axial(24.0, 2.0), slice_count=16, slice_spacing_mm=2.0)
    t1 = scan("brain_routine/t1_3d_sag", subject, slab)
    inside, outside = (region(t1, density(t1, index=8), place, 2.0) for place in (plaque, beside))
    assert inside < 0.95 * outside


def test_an_acute_infarct_is_bright_in_the_trace_and_dark_in_the_adc_map() -> None:
    acquisition = scan("brain_stroke/dwi_ax", load_subject("head_infarct"), axial(18.0))
    pictures = {own.name: own.pixels.astype(float) for own in results(acquisition)}
    infarct, mirrored = (-42.0, 0.0), (42.0, 0.0)
    trace, adc = (
        [region(acquisition, pictures[name], place, 6.0) for place in (infarct, mirrored)]
        for name in ("b 1000 trace", "ADC")
    )
    assert trace[0] > 1.3 * trace[1]
    assert adc[0] == pytest.approx(420, abs=40)
    assert adc[1] > 650


def test_a_tumour_takes_up_contrast_agent_and_its_oedema_does_not() -> None:
    slab = replace(axial(26.0, 3.0), slice_count=16, slice_spacing_mm=3.0)
    pictures = {}
    for word in ("NONE", "GIVEN"):
        acquisition = scan("brain_routine/t1_3d_sag", load_subject("head_tumour"), slab, contrast_agent=word)
        pictures[word] = density(acquisition, index=8)
    gained = {
        name: region(acquisition, pictures["GIVEN"], place, 1.5)
        / region(acquisition, pictures["NONE"], place, 1.5)
        for name, place in {"rim": (35.0, -30.0), "oedema": (17.0, -22.0), "white": (-24.0, -24.0)}.items()
    }
    assert gained["rim"] > 1.5
    assert gained["oedema"] == pytest.approx(1.0, abs=0.05)
    assert gained["white"] < 1.15


def test_the_aorta_lights_up_before_the_portal_vein() -> None:
    acquisition = scan(
        "abdomen_dynamic/bolus_cor", load_subject("abdomen"),
        SliceGroup("coronal", (0.0, 38.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, -1.0), 1, 8.0, 8.0),
        acquisition_matrix_read=96, acquisition_matrix_phase=96, dynamics=60,
    )  # fmt: skip
    aorta, cava = (
        [region(acquisition, density(acquisition, frame), place, 3.0) for frame in range(60)]
        for place in ((-8.0, -60.0), (-34.0, -60.0))
    )
    assert max(aorta) > 3 * aorta[0]
    assert np.argmax(np.array(aorta) > 0.5 * max(aorta)) < np.argmax(np.array(cava) > 0.5 * max(cava))


def test_a_breath_moves_the_dome_and_not_the_spine() -> None:
    subject = load_subject("abdomen")
    assert subject.breathing is not None
    dome = subject.breathing([np.array([-60.0]), np.array([-10.0]), np.array([60.0])])
    spine = subject.breathing([np.array([0.0]), np.array([80.0]), np.array([0.0])])
    assert dome[0] > 0.8
    assert spine[0] < 0.05


@pytest.mark.parametrize("name", SUBJECT_NAMES)
def test_no_voxel_holds_more_than_it_can(name: SubjectName) -> None:
    subject = load_subject(name)
    assert len(subject.tissues) == len(subject.fractions)
    total = subject.fractions.sum(0, dtype=np.uint16)
    assert total.max() <= 272  # 255 and the rounding of a sixteenth
    assert set(subject.tissues) <= set(Tissue)
