"""A marker is found in space, through the slices too, where the DICOM headers of a random oblique plan say.

Each plan has one of the eight positions, a landmark and a table position of its own. Where fat shift or a
false field is on, the marker lies off by the formula, along the readout and along nothing else.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from test_physics_dicom import PATIENT, STARTED, STUDY
from uniform import NO_GHOST, VALUES, ball, linear_field

from simulated_mri.acquisition import Acquisition, Exam, Prescription
from simulated_mri.dicom import SeriesLabels, series_datasets
from simulated_mri.exposure import Patient, predict
from simulated_mri.geometry import PATIENT_POSITIONS, Placement, Pose, SliceGroup
from simulated_mri.sequences import SequenceType, Value
from simulated_mri.subjects.subject import FieldMap, Subject
from simulated_mri.tissues import Tissue

GAMMA_HZ_PER_T = 42.577e6
WITHIN_MM = 0.3
MARKER = np.array([31.0, -22.0, 13.0])
SMALL: dict[str, Value] = {
    "acquisition_matrix_read": 128, "acquisition_matrix_phase": 128, "fov_read_mm": 200,
    "phase_fov_percent": 100.0, "slice_thickness_mm": 3.0, "slice_spacing_mm": 3.0, "slice_count": 8,
    "acceleration_factor": 1, "partial_fourier_percent": 100.0, "averages": 1,
}  # fmt: skip
SLAB: dict[str, Value] = {**SMALL, "slice_thickness_mm": 2.0, "slice_spacing_mm": 2.0, "slice_count": 16}
Place = npt.NDArray[np.float64]


def random_placement(number: int, generator: np.random.Generator) -> Placement:
    position = PATIENT_POSITIONS[number % len(PATIENT_POSITIONS)]
    landmark, offset = (tuple(generator.uniform(-15, 15, 3).round(1).tolist()) for _ in range(2))
    return Placement(actual=position, declared=position, landmark_mm=landmark, table_offset_mm=offset)


def random_plan(
    generator: np.random.Generator, through: Place, changes: dict[str, Value], *, off_mm: float
) -> SliceGroup:
    """Turned any way; the marker lies up to `off_mm` off the centre in plane, and within the slices."""
    turned, _ = np.linalg.qr(generator.standard_normal((3, 3)))
    row, column = turned[0], turned[1]
    across = generator.uniform(-off_mm, off_mm, 2) @ turned[:2]
    along = generator.uniform(-3, 3) * np.cross(row, column)
    return SliceGroup(
        "oblique", tuple((through + across + along).tolist()), tuple(row.tolist()), tuple(column.tolist()),
        int(changes["slice_count"]), float(changes["slice_spacing_mm"]),
        float(changes["slice_thickness_mm"]),
    )  # fmt: skip


def marker(tissue: Tissue, field_map: FieldMap | None = None) -> Subject:
    """In a subject that knows water as well: a window is that of water."""
    own = ball(tissue, tuple(MARKER.tolist()), field_map=field_map)
    fractions = np.concatenate([own.fractions, np.zeros_like(own.fractions)])
    return replace(own, fractions=fractions, tissues=(tissue, Tissue.WHITE))


def scanned(sequence: SequenceType, group: SliceGroup, exam: Exam, changes: dict[str, Value]) -> Acquisition:
    acquisition = Acquisition(Prescription(sequence, {**VALUES[sequence], **changes}, (group,)), exam, seed=2)
    acquisition.acquire(acquisition.plan.shots())
    return acquisition


def place_by_headers(acquisition: Acquisition) -> Place:
    """Centre of brightness over all slices of the series, by the DICOM equation C.7.6.2.1-1."""
    prescription = acquisition.prescription
    exposure = predict(prescription.sequence, prescription.values, Patient(82, 175, 68), NO_GHOST)
    labels = SeriesLabels("1.2.826.0.1.3680043.8.498.3", 2, "marker", "test", STARTED, exposure)
    images = series_datasets(acquisition, NO_GHOST, PATIENT, STUDY, labels)
    brightest = max(image.pixel_array.max() for image in images)
    total, moment = 0.0, np.zeros(3)
    for image in images:
        weight = np.where(image.pixel_array > brightest / 5, image.pixel_array, 0).astype(float)
        row, column = np.indices(weight.shape)
        direction = np.array(image.ImageOrientationPatient, dtype=float)
        between_rows, between_columns = map(float, image.PixelSpacing)
        along_row = (weight * column).sum() * between_columns * direction[:3]
        along_column = (weight * row).sum() * between_rows * direction[3:]
        moment += weight.sum() * np.array(image.ImagePositionPatient, dtype=float) + along_row + along_column
        total += weight.sum()
    return np.asarray(moment / total)


def in_scanner(placement: Placement) -> Place:
    lying, shift = placement.head_from_scanner()
    return np.asarray(lying.T @ (MARKER - shift))


@pytest.mark.parametrize("phase_encoding", ["ROW", "COL"])
@pytest.mark.parametrize("number", range(8))
def test_a_marker_is_found_in_space_in_every_position(number: int, phase_encoding: str) -> None:
    generator = np.random.default_rng([65, number])
    placement = random_placement(number, generator)
    sequence: SequenceType = "gre_3d" if number % 2 else "tse"
    changes = {**(SLAB if number % 2 else SMALL), "phase_encoding": phase_encoding}
    expected = in_scanner(placement)
    group = random_plan(generator, expected, changes, off_mm=50.0)
    exam = Exam(marker(Tissue.SOLUTION), placement, NO_GHOST)
    place = place_by_headers(scanned(sequence, group, exam, changes))
    assert np.linalg.norm(place - expected) < WITHIN_MM


@pytest.mark.parametrize("phase_encoding", ["ROW", "COL"])
@pytest.mark.parametrize(
    ("tissue", "ppm"),
    [(Tissue.FAT, None), (Tissue.SOLUTION, 1.5), (Tissue.SOLUTION, -2.0), (Tissue.FAT, 1.0)],
)
def test_fat_and_a_false_field_move_a_marker_along_the_readout_by_the_formula(
    tissue: Tissue, ppm: float | None, phase_encoding: str
) -> None:
    generator = np.random.default_rng([66, int(tissue), phase_encoding == "ROW"])
    placement = random_placement(int(generator.integers(8)), generator)
    changes = {**SMALL, "phase_encoding": phase_encoding, "bandwidth_hz_per_px": 100}
    expected = in_scanner(placement)
    group = random_plan(generator, expected, changes, off_mm=30.0)
    exam = Exam(marker(tissue, None if ppm is None else linear_field(ppm)), placement, NO_GHOST)
    place = place_by_headers(scanned("tse", group, exam, changes))
    off_ppm = (ppm or 0.0) - (3.4 if tissue is Tissue.FAT else 0.0)
    pixels = -off_ppm * 1e-6 * GAMMA_HZ_PER_T * 3.0 / 100
    read = np.array(group.column_direction if phase_encoding == "ROW" else group.row_direction)
    assert place - expected == pytest.approx(pixels * 200 / 128 * read, abs=WITHIN_MM)


@pytest.mark.parametrize(
    ("pose", "way"),
    [
        (Pose(shift_mm=(4.0, -6.0, 5.0)), (4.0, -6.0, 5.0)),
        (Pose(breath_mm=7.5), (0.0, 0.0, -7.5)),
        (Pose(turn_deg=(90.0, 0.0, 0.0)), (0.0, 22.0 + 25.0 - 13.0 - 75.0, -22.0 - 25.0 - 13.0 - 75.0)),
    ],
    ids=["shift", "breath", "nod"],
)
def test_a_patient_who_moved_lies_where_the_pose_says(pose: Pose, way: tuple[float, float, float]) -> None:
    """In the patient's own axes: a breath in goes to the feet, a nod by the right hand about the left."""
    generator = np.random.default_rng(67)
    placement = random_placement(5, generator)
    lying, _ = placement.head_from_scanner()
    expected = in_scanner(placement) + lying.T @ np.array(way)
    subject = replace(
        marker(Tissue.SOLUTION), breathing=lambda places: np.ones_like(places[0] + places[1] + places[2])
    )
    group = random_plan(generator, expected, SMALL, off_mm=40.0)
    exam = Exam(subject, placement, NO_GHOST, lambda _: pose)
    assert np.linalg.norm(place_by_headers(scanned("tse", group, exam, SMALL)) - expected) < WITHIN_MM
