"""Where slices and the patient are: slice planning (LPS, mm), patient positions, landmark and table."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

Vector = tuple[float, float, float]
Points = npt.NDArray[np.float64]
PatientPosition = Literal["HFS", "HFP", "HFDR", "HFDL", "FFS", "FFP", "FFDR", "FFDL"]
PATIENT_POSITIONS: tuple[PatientPosition, ...] = get_args(PatientPosition)

# Gantry axes are the LPS axes of a patient lying HFS: x to the side, y down, z into the bore. For each
# position: where the patient's left and head point; D: lying on that side (PS3.3 C.7.3.1.1.2).
_LEFT_AND_HEAD: dict[PatientPosition, tuple[Vector, Vector]] = {
    "HFS": ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    "HFP": ((-1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    "HFDR": ((0.0, -1.0, 0.0), (0.0, 0.0, 1.0)),
    "HFDL": ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "FFS": ((-1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    "FFP": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    "FFDR": ((0.0, -1.0, 0.0), (0.0, 0.0, -1.0)),
    "FFDL": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
}


def gantry_from_patient(position: PatientPosition) -> Points:
    """Rotation from the patient's LPS axes to the gantry's: its columns are left, posterior and head."""
    left, head = (np.array(direction) for direction in _LEFT_AND_HEAD[position])
    return np.stack([left, np.cross(head, left), head], axis=1)


# Reference marks in the head's own coordinates (origin: centre of the head, LPS mm).
LANDMARKS: dict[str, Vector] = {
    "head centre": (0.0, 0.0, 0.0),
    "nasion": (0.0, -104.0, -50.0),
    "vertex": (0.0, 0.0, 88.0),
}


@dataclass(frozen=True, slots=True)
class SliceGroup:
    """Parallel slices: `row_direction` points along a row of the image (to higher columns).

    Both directions are orthonormal unit vectors in LPS. Slice 0 lies at the end from which
    `normal` = row × column points to the others.
    """

    name: str
    centre_mm: Vector
    row_direction: Vector
    column_direction: Vector
    slice_count: int
    slice_spacing_mm: float
    slice_thickness_mm: float

    def __post_init__(self) -> None:
        gram = np.array([self.row_direction, self.column_direction])
        if not np.allclose(gram @ gram.T, np.eye(2), atol=1e-4):
            raise ValueError(
                f"slice group {self.name}: row {self.row_direction} and column {self.column_direction} "
                "directions must be orthogonal unit vectors"
            )
        if self.slice_count < 1 or not all(map(math.isfinite, (*self.centre_mm, self.slice_spacing_mm))):
            raise ValueError(f"slice group {self.name}: needs one slice or more at a finite place")

    @property
    def normal(self) -> Vector:
        x, y, z = np.cross(self.row_direction, self.column_direction)
        return float(x), float(y), float(z)

    def slice_centre_mm(self, index: int) -> Points:
        offset = (index - (self.slice_count - 1) / 2) * self.slice_spacing_mm
        return np.array(self.centre_mm) + offset * np.array(self.normal)

    def first_pixel_mm(
        self, index: int, *, pixel_spacing_mm: tuple[float, float], rows: int, columns: int
    ) -> Points:
        """Centre of the upper left pixel (ImagePositionPatient, PS3.3 C.7.6.2.1.1); spacing: row, column."""
        row_mm, column_mm = pixel_spacing_mm
        # The reconstruction's centre pixel is n // 2, where the Fourier transform has its origin.
        return (
            self.slice_centre_mm(index)
            - (columns // 2) * column_mm * np.array(self.row_direction)
            - (rows // 2) * row_mm * np.array(self.column_direction)
        )


def replan(
    groups: tuple[SliceGroup, ...], *, slice_count: int, slice_spacing_mm: float, slice_thickness_mm: float
) -> tuple[SliceGroup, ...]:
    """The same places and directions with other numbers of slices, spacing and thickness.

    With several groups the first ones keep their slices, the last takes the rest; an emptied one goes.
    """
    planned: list[SliceGroup] = []
    left = slice_count
    for group in groups:
        slices = left if group is groups[-1] else min(group.slice_count, left)
        left -= slices
        if slices:
            planned.append(
                replace(
                    group,
                    slice_count=slices,
                    slice_spacing_mm=slice_spacing_mm,
                    slice_thickness_mm=slice_thickness_mm,
                )
            )
    return tuple(planned)


@dataclass(frozen=True, slots=True)
class Placement:
    """How the patient lies, and how the scanner was told that they lie.

    The scanner's patient coordinates have their origin at the isocentre and their axes from the
    *declared* position: a wrong declaration turns the images, as in life. `landmark_mm` is the
    point of the head (its own LPS coordinates) put under the light mark; `table_offset_mm` is how
    far (gantry axes) that mark is from the isocentre now.
    """

    actual: PatientPosition = "HFS"
    declared: PatientPosition = "HFS"
    landmark_mm: Vector = (0.0, 0.0, 0.0)
    table_offset_mm: Vector = field(default=(0.0, 0.0, 0.0))

    def head_from_scanner(self) -> tuple[Points, Points]:
        """(rotation, offset): head point = rotation @ scanner point + offset, in mm."""
        actual = gantry_from_patient(self.actual)
        offset = np.array(self.landmark_mm) - actual.T @ np.array(self.table_offset_mm)
        return actual.T @ gantry_from_patient(self.declared), offset

    def to_gantry(self, scanner_points: Points) -> Points:
        return np.asarray(scanner_points @ gantry_from_patient(self.declared).T)


PIVOT_MM: Vector = (0.0, 25.0, -75.0)  # where the head turns on the neck


@dataclass(frozen=True, slots=True)
class Pose:
    """How far the patient has moved since the beginning: turned about `PIVOT_MM`, shifted, breathed in.

    Angles in degrees about the patient's own axes (x: a nod), shifts in the patient's LPS axes.
    """

    turn_deg: Vector = (0.0, 0.0, 0.0)
    shift_mm: Vector = (0.0, 0.0, 0.0)
    breath_mm: float = 0.0

    def of_patient(self, placement: Placement) -> tuple[Points, Points]:
        """(matrix, offset): point of the patient = matrix @ scanner point + offset."""
        lying, offset = placement.head_from_scanner()
        rotation, pivot = _rotation(self.turn_deg), np.array(PIVOT_MM)
        back = rotation.T
        moved = back @ (offset - np.array(self.shift_mm) - pivot) + pivot
        return back @ lying, moved


AT_REST = Pose()


def _rotation(turn_deg: Vector) -> Points:
    matrix = np.eye(3)
    for axis, angle in enumerate(np.radians(turn_deg)):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        step = np.eye(3)
        step[first, first] = step[second, second] = np.cos(angle)
        step[second, first], step[first, second] = np.sin(angle), -np.sin(angle)
        matrix = step @ matrix
    return matrix
