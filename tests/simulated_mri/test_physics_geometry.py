"""A marker is found where the image plane attributes say, whatever the plan and the patient position."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from simulated_mri.acquisition import Acquisition, Exam, Prescription
from simulated_mri.geometry import PATIENT_POSITIONS, PatientPosition, Placement, SliceGroup, replan
from simulated_mri.hardware import Hardware
from simulated_mri.protocols import BRAIN_ROUTINE
from simulated_mri.reconstruction.picture import Picture
from simulated_mri.sequences import Value
from simulated_mri.subjects.head import load_head
from simulated_mri.subjects.subject import Subject
from simulated_mri.tissues import Tissue

MARKER = (31.0, -22.0, 13.0)  # left, front, head: LPS mm
WITHIN_MM = 0.3
STEP = next(step for step in BRAIN_ROUTINE.steps if step.step_id == "t2_tse_ax")


def with_marker(marker: tuple[float, float, float] = MARKER, radius_mm: float = 4.0) -> Subject:
    fractions = np.zeros((5, 121, 121, 101), dtype=np.uint8)
    first = np.array([-60.0, -60.0, -50.0])
    axes = [first[axis] + np.arange(fractions.shape[axis + 1]) for axis in range(3)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    distance = np.linalg.norm(grid - np.array(marker), axis=-1)
    fractions[Tissue.CSF] = np.round(255 * np.clip(radius_mm + 0.5 - distance, 0, 1)).astype(np.uint8)
    return Subject(fractions, np.ones(3), first)


def directions(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> npt.NDArray[np.float64]:
    row = np.array(first) / np.linalg.norm(first)
    column = np.array(second) - np.dot(second, row) * row
    return np.stack([row, column / np.linalg.norm(column)])


def plan_through(centre: npt.NDArray[np.float64], row_column: npt.NDArray[np.float64]) -> SliceGroup:
    row, column = row_column.tolist()
    return SliceGroup("oblique", tuple(centre.tolist()), tuple(row), tuple(column), 1, 5.0, 5.0)


def image(group: SliceGroup, placement: Placement, **changes: Value) -> tuple[Acquisition, Picture]:
    values = {**STEP.values, "slice_count": 1, **changes}
    exam = Exam(with_marker(), placement, Hardware())
    acquisition = Acquisition(Prescription("tse", values, (group,)), exam, seed=3)
    acquisition.acquire(acquisition.plan.shots())
    return acquisition, acquisition.picture(0)


def brightest_place(acquisition: Acquisition, picture: Picture) -> npt.NDArray[np.float64]:
    """Centre of brightness in patient coordinates, by the DICOM equation C.7.6.2.1-1."""
    group, encoding = acquisition.prescription.groups[0], acquisition.encoding
    spacing = encoding.pixel_spacing_mm
    rows, columns = picture.shape
    first = group.first_pixel_mm(0, pixel_spacing_mm=spacing, rows=rows, columns=columns)
    weight = np.where(picture > picture.max() / 4, picture, 0).astype(float)
    row = (weight.sum(1) @ np.arange(rows)) / weight.sum()
    column = (weight.sum(0) @ np.arange(columns)) / weight.sum()
    place = first + column * spacing[1] * np.array(group.row_direction)
    return np.asarray(place + row * spacing[0] * np.array(group.column_direction))


@pytest.mark.parametrize("phase_encoding", ["ROW", "COL"])
@pytest.mark.parametrize(
    ("row", "column"),
    [
        ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
        ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
        ((0.9, 0.3, -0.2), (-0.2, 0.8, 0.5)),
        ((-0.5, 0.7, 0.4), (0.1, 0.3, -0.9)),
    ],
)
def test_a_marker_is_within_a_third_of_a_millimetre_of_where_the_headers_put_it(
    row: tuple[float, float, float], column: tuple[float, float, float], phase_encoding: str
) -> None:
    plane = directions(row, column)
    off_centre = (
        np.array(MARKER) - 21.3 * plane[0] + 9.4 * plane[1]
    )  # the marker lies in the plane, off its centre
    acquisition, picture = image(plan_through(off_centre, plane), Placement(), phase_encoding=phase_encoding)
    assert np.linalg.norm(brightest_place(acquisition, picture) - np.array(MARKER)) < WITHIN_MM


@pytest.mark.parametrize("position", PATIENT_POSITIONS)
def test_a_marker_is_found_in_an_oblique_plan_in_every_position(position: PatientPosition) -> None:
    plane = directions((0.8, 0.5, -0.3), (-0.3, 0.7, 0.6))
    placement = Placement(
        actual=position, declared=position, landmark_mm=(4.0, -9.0, 6.0), table_offset_mm=(0.0, 3.0, 11.0)
    )
    lying, shift = placement.head_from_scanner()
    expected = lying.T @ (np.array(MARKER) - shift)
    acquisition, picture = image(plan_through(expected + 12.2 * plane[0] - 30.1 * plane[1], plane), placement)
    assert np.linalg.norm(brightest_place(acquisition, picture) - expected) < WITHIN_MM


@pytest.mark.parametrize("position", PATIENT_POSITIONS)
def test_left_stays_left_in_every_rightly_declared_position(position: PatientPosition) -> None:
    plane = directions((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    placement = Placement(actual=position, declared=position)
    acquisition, picture = image(plan_through(np.array([0.0, 0.0, MARKER[2]]), plane), placement)
    assert np.linalg.norm(brightest_place(acquisition, picture) - np.array(MARKER)) < WITHIN_MM


def test_a_prone_patient_declared_supine_appears_on_the_wrong_side() -> None:
    plane = directions((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    placement = Placement(actual="HFP", declared="HFS")
    acquisition, picture = image(plan_through(np.array([0.0, 0.0, MARKER[2]]), plane), placement)
    expected = np.array([-MARKER[0], -MARKER[1], MARKER[2]])
    assert np.linalg.norm(brightest_place(acquisition, picture) - expected) < 0.5


def test_the_landmark_becomes_the_origin_and_the_table_moves_the_head() -> None:
    plane = directions((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    placement = Placement(landmark_mm=(0.0, -10.0, 5.0), table_offset_mm=(0.0, 0.0, 12.0))
    acquisition, picture = image(plan_through(np.array([0.0, 0.0, 20.0]), plane), placement)
    expected = np.array([MARKER[0], MARKER[1] + 10.0, MARKER[2] - 5.0 + 12.0])
    assert np.linalg.norm(brightest_place(acquisition, picture) - expected) < 0.5


@pytest.mark.parametrize("away_mm", [310.0, 500.0])
def test_a_head_far_from_the_isocentre_gives_no_signal(away_mm: float) -> None:
    """The magnet's field is even, and its coil transmits, over half a metre."""
    plane = directions((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    at = np.array([0.0, 0.0, MARKER[2] + away_mm])
    near = image(plan_through(np.array([0.0, 0.0, MARKER[2]]), plane), Placement())[1]
    far = image(plan_through(at, plane), Placement(table_offset_mm=(0.0, 0.0, away_mm)))[1]
    assert far.max() < near.max() / 10


def test_a_field_of_view_smaller_than_the_patient_wraps_around_in_phase_only() -> None:
    plane = directions((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    centre = np.array(
        [MARKER[0] - 70.0, MARKER[1], MARKER[2]]
    )  # the marker lies 70 mm to the left of the centre
    small = {"fov_read_mm": 120, "phase_fov_percent": 100.0, "acquisition_matrix_read": 128}
    wrapped = image(plan_through(centre, plane), Placement(), acquisition_matrix_phase=128, **small)
    profile = np.where(wrapped[1] > wrapped[1].max() / 4, wrapped[1], 0).sum(0).astype(float)
    column = float(profile @ np.arange(len(profile)) / profile.sum())
    assert column * wrapped[0].encoding.pixel_spacing_mm[1] == pytest.approx(60.0 + 70.0 - 120.0, abs=1.5)
    cut = image(
        plan_through(centre, plane), Placement(), acquisition_matrix_phase=128, phase_encoding="COL", **small
    )
    assert cut[1].max() < wrapped[1].max() / 10


def test_the_shipped_head_is_upright_and_its_eyes_are_in_front() -> None:
    head = load_head()
    x, y, z = (head.axis_mm(axis) for axis in range(3))
    csf = head.fractions[Tissue.CSF] > 127
    eyes = csf[:, y < -70][:, :, (z > -60) & (z < -35)]
    assert eyes[x < -20].sum() > 2000
    assert eyes[x > 20].sum() > 2000
    assert csf[:, y > 70][:, :, (z > -60) & (z < -35)].sum() < eyes.sum() / 4
    white = head.fractions[Tissue.WHITE] > 127
    assert white[:, :, z > 0].sum() > white[:, :, z < -20].sum()


def test_directions_that_are_not_orthogonal_are_refused() -> None:
    with pytest.raises(ValueError, match="orthogonal unit vectors"):
        SliceGroup("bad", (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.5, 0.5, 0.0), 1, 5.0, 5.0)


def test_slices_follow_each_other_along_row_cross_column() -> None:
    plane = directions((0.9, 0.3, -0.2), (-0.2, 0.8, 0.5))
    row, column = (tuple(direction) for direction in plane.tolist())
    group = SliceGroup("oblique", (1.0, 2.0, 3.0), row, column, 4, 6.0, 5.0)
    steps = np.diff([group.slice_centre_mm(index) for index in range(4)], axis=0)
    assert steps == pytest.approx(np.tile(6.0 * np.cross(*plane), (3, 1)))
    assert np.mean([group.slice_centre_mm(index) for index in (0, 3)], axis=0) == pytest.approx([1, 2, 3])


def test_replanning_gives_the_last_group_the_difference_and_drops_emptied_groups() -> None:
    groups = BRAIN_ROUTINE.steps[0].groups
    more = replan(groups, slice_count=13, slice_spacing_mm=10.0, slice_thickness_mm=4.0)
    fewer = replan(groups, slice_count=5, slice_spacing_mm=10.0, slice_thickness_mm=4.0)
    assert [group.slice_count for group in more] == [3, 3, 7]
    assert [group.slice_count for group in fewer] == [3, 2]


@pytest.mark.parametrize(
    ("position", "left", "head"),
    [("HFS", (1, 0, 0), (0, 0, 1)), ("HFP", (-1, 0, 0), (0, 0, 1)), ("FFS", (-1, 0, 0), (0, 0, -1)),
     ("FFP", (1, 0, 0), (0, 0, -1)), ("HFDR", (0, -1, 0), (0, 0, 1)), ("HFDL", (0, 1, 0), (0, 0, 1)),
     ("FFDR", (0, -1, 0), (0, 0, -1)), ("FFDL", (0, 1, 0), (0, 0, -1))],
)  # fmt: skip
def test_each_position_turns_the_patient_in_the_gantry_without_mirroring(
    position: PatientPosition, left: tuple[int, ...], head: tuple[int, ...]
) -> None:
    turned = Placement(declared=position).to_gantry(np.eye(3))
    assert turned[0].tolist() == list(left)
    assert turned[2].tolist() == list(head)
    assert np.linalg.det(turned) == pytest.approx(1.0)


@pytest.mark.parametrize("position", PATIENT_POSITIONS)
def test_the_table_moves_along_the_gantry_whatever_the_position(position: PatientPosition) -> None:
    offset = (3.0, -5.0, 12.0)
    placement = Placement(actual=position, declared=position, table_offset_mm=offset)
    lying, shift = placement.head_from_scanner()
    landmark_in_scanner = -lying.T @ shift  # where the landmark (head origin) is in scanner coordinates
    assert placement.to_gantry(landmark_in_scanner) == pytest.approx(np.array(offset))
