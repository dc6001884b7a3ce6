"""Simple subjects for laws: a block of one tissue, balls, and a field that is not even."""

from __future__ import annotations

from typing import TypedDict, TypeVar, Unpack, cast

import numpy as np
import numpy.typing as npt

from simulated_mri.acquisition import Acquisition, Exam, Prescription
from simulated_mri.encoding.coils import EVEN_ARRAY, CoilArray
from simulated_mri.geometry import Placement, SliceGroup
from simulated_mri.hardware import Hardware
from simulated_mri.motion import Motion, still
from simulated_mri.protocols import PROTOCOLS
from simulated_mri.sequences import SequenceType, Values, traits
from simulated_mri.subjects.subject import FieldMap, Subject
from simulated_mri.tissues import Tissue

VALUES: dict[SequenceType, Values] = {
    step.sequence: step.values for protocol in reversed(PROTOCOLS) for step in reversed(protocol.steps)
}
NO_GHOST = Hardware(epi_ghost_rad=0.0)


def block(
    tissue: Tissue = Tissue.SOLUTION,
    *,
    half_mm: float = 70.0,
    pitch_mm: float = 2.0,
    array: CoilArray = EVEN_ARRAY,
    field_map: FieldMap | None = None,
) -> Subject:
    n = round(2 * half_mm / pitch_mm) + 1
    fractions = np.full((1, n, n, n), 255, dtype=np.uint8)
    first = np.full(3, -half_mm)
    return Subject(fractions, np.full(3, pitch_mm), first, (tissue,), array=array, field_map=field_map)


def ball(
    tissue: Tissue,
    centre_mm: tuple[float, float, float],
    *,
    radius_mm: float = 6.0,
    field_map: FieldMap | None = None,
) -> Subject:
    axis = np.arange(-90.0, 91.0, 1.5)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    distance = np.linalg.norm(grid - np.array(centre_mm), axis=-1)
    share = np.clip((radius_mm - distance) / 1.5 + 0.5, 0, 1)
    fractions = np.round(255 * share).astype(np.uint8)[None]
    return Subject(fractions, np.full(3, 1.5), np.full(3, -90.0), (tissue,), field_map=field_map)


def linear_field(ppm: float, *, per_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> FieldMap:
    """`ppm` in the middle, and a slope."""
    axis = np.arange(-200.0, 201.0, 20.0)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    values = ppm + per_mm[0] * x + per_mm[1] * y + per_mm[2] * z
    return FieldMap(values.astype(np.float32), 20.0, np.full(3, -200.0))


class How(TypedDict, total=False):
    """What `begun` takes besides."""

    seed: int
    hardware: Hardware
    motion: Motion
    elements: bool
    centre_mm: tuple[float, float, float]


def measured(
    sequence: SequenceType, subject: Subject, changes: Values | None = None, **how: Unpack[How]
) -> Acquisition:
    """One axial slice (a slab: 16 partitions), all shots done."""
    acquisition = begun(sequence, subject, changes, **how)
    acquisition.acquire(acquisition.plan.shots())
    return acquisition


def begun(
    sequence: SequenceType,
    subject: Subject,
    changes: Values | None = None,
    *,
    seed: int = 1,
    hardware: Hardware = NO_GHOST,
    motion: Motion = still,
    elements: bool = False,
    centre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Acquisition:
    """The same, no shot done."""
    count = 16 if traits(sequence).volume else 1
    values = {**VALUES[sequence], "slice_count": count, **(changes or {})}
    if "slice_thickness_mm" in (changes or {}) or traits(sequence).volume:
        values["slice_spacing_mm"] = values["slice_thickness_mm"]
    group = SliceGroup(
        "axial", centre_mm, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), int(values["slice_count"]),
        float(values["slice_spacing_mm"]), float(values["slice_thickness_mm"]),
    )  # fmt: skip
    exam = Exam(subject, Placement(), hardware, motion)
    step = Prescription(sequence, values, (group,))
    return Acquisition(step, exam, seed, every_element=elements)


Pixels = TypeVar("Pixels", bound=npt.NDArray[np.inexact])


def middle_of(picture: Pixels, share: float = 0.15) -> Pixels:
    """The central part of a picture."""
    rows, columns = picture.shape
    half_rows, half_columns = round(rows * share), round(columns * share)
    inner = slice(rows // 2 - half_rows, rows // 2 + half_rows)
    return cast("Pixels", picture[inner, columns // 2 - half_columns : columns // 2 + half_columns])


def centre_of_brightness(acquisition: Acquisition, frame: int = 0) -> tuple[float, float]:
    """(along phase, along readout) in mm from the centre of the field of view."""
    encoding = acquisition.encoding
    picture = np.abs(acquisition.complex_picture(0, frame))
    weight = np.where(picture > picture.max() / 4, picture, 0)
    lines, samples = picture.shape
    phase = weight.sum(1) @ (np.arange(lines) - lines // 2) / weight.sum()
    read = weight.sum(0) @ (np.arange(samples) - samples // 2) / weight.sum()
    phase_mm = encoding.encoded_fov_mm / encoding.encoded_picture_lines
    return float(phase * phase_mm), float(read * encoding.pixel_read_mm)
