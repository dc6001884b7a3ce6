"""The phantom measured as the ACR asks, within the limits when all is well, outside with a fault.

Limits: ACR Large Phantom Test Guidance (2018), as tabulated in J Appl Clin Med Phys 2022; 23(8): e13730:
length ± 2 mm, holes of 1.0 mm told apart, integral uniformity at least 82 % at 3 T, ghosting at most 2.5 %;
of the guidance itself: thickness 5 ± 0.7 mm, position bars that differ by 5 mm at most.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from test_subjects import Picture, axial, density, scan

from simulated_mri.encoding.coils import HEAD_ARRAY
from simulated_mri.geometry import Placement, SliceGroup
from simulated_mri.motion import Drift
from simulated_mri.subjects.catalogue import load_subject
from simulated_mri.subjects.phantom_acr import LENGTH_MM, RADIUS_MM, SLICE_MM
from simulated_mri.subjects.subject import FieldMap, TransmitField

UNIFORM_AT_3T, GHOSTS, POSITION_MM = 0.82, 0.025, 5.0
TOLD_APART = 0.1
MAGNIFIED = 4


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


@pytest.mark.parametrize("y_mm", [-60.0, 0.0, 40.0])
def test_the_phantom_is_148_mm_long_in_the_sagittal_localizer(y_mm: float) -> None:
    picture = sagittal()
    column = round(128 + y_mm / PIXEL_MM)
    assert width_mm(picture[:, column - 1 : column + 2].mean(1)) == pytest.approx(LENGTH_MM, abs=2.0)


@cache
def sagittal() -> Picture:
    plane = SliceGroup("sagittal", (0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0), 1, 20.0, 20.0)
    return density(scan("phantom_qa/acr_localizer", load_subject("phantom_acr"), plane))


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


@pytest.mark.parametrize("number", [1, 11])
def test_the_position_bars_are_of_equal_length(number: int) -> None:
    assert abs(bars_mm(acr(number))) <= POSITION_MM / 4


@pytest.mark.parametrize("dz_mm", [-3.5, 3.5])
@pytest.mark.parametrize("number", [1, 11])
def test_a_table_that_stopped_beside_its_place_shows_in_the_position_bars(number: int, dz_mm: float) -> None:
    """Twice as much as the slice is off."""
    phantom = load_subject("phantom_acr")
    picture = density(
        scan("phantom_qa/acr_t1", phantom, axial(SLICE_MM[number]),
             placement=Placement(table_offset_mm=(0.0, 0.0, -dz_mm)))
    )  # fmt: skip
    assert abs(bars_mm(picture)) > POSITION_MM
    assert bars_mm(picture) == pytest.approx(2 * dz_mm, abs=PIXEL_MM)


def bars_mm(picture: Picture) -> float:
    """How much longer the bar on the patient's left is."""
    lengths = []
    for x in (4.0, -4.0):
        column = round(128 + x / PIXEL_MM)
        profile = picture[:, column - 1 : column + 2].mean(1)
        half = np.median(profile[profile > profile.max() / 2]) / 2
        dark = np.flatnonzero(profile[38:100] < half) + 38
        last = int(dark[-1])
        lengths.append(last + (half - profile[last]) / (profile[last + 1] - profile[last]))
    return float(lengths[0] - lengths[1]) * PIXEL_MM


def test_uniformity_and_ghosting_are_within_the_limits() -> None:
    picture = acr(7)
    inside = _within_80_mm(picture)
    assert uniformity(picture) >= UNIFORM_AT_3T
    assert ghosting(picture, picture[inside].mean()) <= GHOSTS


def test_a_transmit_coil_that_has_lost_a_part_is_not_uniform() -> None:
    lame = TransmitField(edge=0.25, bell=0.75, widths_mm=(60.0, 60.0, 100.0))
    broken = replace(load_subject("phantom_acr"), transmit=lame)
    assert uniformity(density(scan("phantom_qa/acr_t1", broken, axial(SLICE_MM[7])))) < UNIFORM_AT_3T


def test_a_receive_coil_that_lost_elements_is_not_uniform() -> None:
    """Its pictures are normalised by the calibration of the whole coil: dark where an element is silent."""
    whole = load_subject("phantom_acr")
    broken = replace(whole, array=replace(whole.array, lost=frozenset({0, 4})))
    for factor in (1, 2):
        acquired = scan("phantom_qa/acr_t1", broken, axial(SLICE_MM[7]), acceleration_factor=factor)
        picture = density(acquired)
        assert uniformity(picture) < UNIFORM_AT_3T
        assert picture[120:136, 170:186].mean() < 0.7 * picture[120:136, 70:86].mean(), "both are at the left"


def test_the_calibrated_weights_make_of_the_elements_left_what_one_channel_gives() -> None:
    broken = replace(HEAD_ARRAY, lost=frozenset({0, 4}))
    points = np.stack(np.meshgrid(*(np.linspace(-80, 80, 5),) * 3), axis=-1)
    weights = np.conj(broken.calibrated.sensitivities(points)) / broken.calibrated.combined(points)
    together = (weights * broken.sensitivities(points)).sum(0)
    assert np.allclose(together, broken.combined(points), atol=1e-5)
    assert np.all(broken.combined(points) < HEAD_ARRAY.combined(points))


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
    assert ghosting(shaken, shaken[100:156, 100:156].mean()) > GHOSTS


def ghosting(picture: Picture, signal: float) -> float:
    """Percent signal ghosting, as a share: beside the phantom along phase against along readout."""
    across = picture[:8, 100:156].mean() + picture[-8:, 100:156].mean()
    along = picture[100:156, :8].mean() + picture[100:156, -8:].mean()
    return float(abs(across - along) / (2 * signal))


def _shaking(now_s: float):  # type: ignore[no-untyped-def]
    return Drift((240.0 * (int(now_s * 2) % 2), 0.0, 0.0))(1.0)


def _means(picture: Picture, size: int) -> Picture:
    kernel = np.ones(size) / size
    rows = np.apply_along_axis(np.convolve, 0, picture, kernel, "same")
    return np.asarray(np.apply_along_axis(np.convolve, 1, rows, kernel, "same"))


def test_holes_of_one_millimetre_are_told_apart_with_the_guidances_matrix_and_smaller_ones_not() -> None:
    contrast = holes_contrast(256)
    assert contrast[0] > contrast[1] > TOLD_APART
    assert contrast[2] < TOLD_APART


def test_too_few_samples_leave_holes_of_one_millimetre_as_one() -> None:
    assert max(holes_contrast(160)) < TOLD_APART


def holes_contrast(matrix: int) -> list[float]:
    """Of the rows of 1.1, 1.0 and 0.9 mm holes: the faintest hole against the brightest gap beside it."""
    picture = density(
        scan("phantom_qa/acr_t1", load_subject("phantom_acr"), axial(SLICE_MM[1]),
             acquisition_matrix_read=matrix, acquisition_matrix_phase=matrix, fov_read_mm=250)
    )  # fmt: skip
    fine = magnified(picture)
    pixel, middle = 250 / matrix / MAGNIFIED, matrix * MAGNIFIED // 2
    contrast = []
    for column, size in enumerate((1.1, 1.0, 0.9)):
        left, row = -32.0 + 26.0 * column, round(middle + 30.0 / pixel)
        places = [round(middle + (left + size * step) / pixel) for step in range(7)]  # hole, gap, hole, …
        values = fine[row, places]
        faintest, brightest = values[::2].min(), values[1::2].max()
        contrast.append(float((faintest - brightest) / (faintest + brightest)))
    return contrast


def magnified(picture: Picture) -> Picture:
    """As one looks at it: finer pixels, nothing new between them."""
    kspace = np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(picture)))
    padded = np.pad(kspace, [(n * (MAGNIFIED - 1) // 2,) * 2 for n in picture.shape])
    return np.asarray(np.abs(np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(padded)))))
