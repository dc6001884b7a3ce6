"""Slices as they arrive: previews while lines are acquired, stored series as DICOM."""

from __future__ import annotations

import io
from collections.abc import Mapping, MutableSequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mr_contract.bulk_messages import InstanceHeader, PreviewHeader
from remote_console.core.windowing import Window, default_window

Vector = tuple[float, float, float]
Picture = PreviewHeader | InstanceHeader


class NotAnImage(ValueError):
    """The bytes are not a slice that can be shown; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class SliceImage:
    """One slice. `pixels` is rows × columns, `position_mm` the centre of the first pixel (LPS, mm)."""

    pixels: NDArray[np.uint16]
    position_mm: Vector
    row: Vector
    column: Vector
    row_spacing_mm: float
    column_spacing_mm: float
    window: Window
    index: int
    count: int
    marks: tuple[str, ...] = ()
    lines_acquired: int = 0
    lines_total: int = 0

    @property
    def normal(self) -> Vector:
        """Row × column."""
        (a, b, c), (d, e, f) = self.row, self.column
        return (b * f - c * e, c * d - a * f, a * e - b * d)

    @property
    def fraction(self) -> float:
        """Share of lines acquired; 1 for a stored slice."""
        return self.lines_acquired / self.lines_total if self.lines_total else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class ImageShelf:
    """Slices of one series or one running step by (group, index)."""

    slices: Mapping[tuple[int, int], SliceImage] = field(default_factory=lambda: MappingProxyType({}))

    def put(self, group: int, image: SliceImage) -> ImageShelf:
        """With this slice in its place; a later one replaces an earlier one."""
        return ImageShelf(MappingProxyType({**self.slices, (group, image.index): image}))

    @property
    def in_order(self) -> tuple[SliceImage, ...]:
        """By group, then index."""
        return tuple(self.slices[k] for k in sorted(self.slices))

    def plane(self, axis: int) -> tuple[SliceImage, ...]:
        """Slices across this LPS axis, in its order: 0 sagittal, 1 coronal, 2 transverse."""
        chosen = [s for s in self.slices.values() if int(np.argmax(np.abs(s.normal))) == axis]
        return tuple(sorted(chosen, key=lambda s: s.position_mm[axis]))


def from_preview(header: PreviewHeader, payload: bytes) -> SliceImage:
    """A preview frame; raises NotAnImage when the payload has another length than the header says."""
    expected = header.rows * header.columns * 2
    if len(payload) != expected:
        raise NotAnImage(
            f"a preview of {header.rows} × {header.columns} has {len(payload)} bytes, not {expected}"
        )
    pixels = np.frombuffer(payload, dtype="<u2").reshape(header.rows, header.columns)
    return SliceImage(
        pixels, header.position_mm, header.row, header.column, header.row_spacing_mm,
        header.column_spacing_mm, Window(header.window_centre, max(1.0, header.window_width)),
        header.slice_index, header.slice_count, tuple(header.mark.split(" · ")),
        header.lines_acquired, header.lines_total,
    )  # fmt: skip


def from_dicom(payload: bytes, *, index: int, count: int) -> SliceImage:
    """A stored instance; raises NotAnImage when it is not an MR image with a place in the patient."""
    # Its dictionaries take half a second to import: nobody waits for them before the first window is seen.
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        dataset = pydicom.dcmread(io.BytesIO(payload))
        orientation = [float(x) for x in dataset.ImageOrientationPatient]
        position = [float(x) for x in dataset.ImagePositionPatient]
        spacing = [float(x) for x in dataset.PixelSpacing]
        pixels = dataset.pixel_array.astype(np.uint16)
    except (InvalidDicomError, AttributeError, ValueError) as why:
        raise NotAnImage(f"instance {index + 1} of {count} cannot be read: {why}") from why
    window = default_window(pixels)
    if "WindowCenter" in dataset and "WindowWidth" in dataset:
        window = Window(_first(dataset.WindowCenter), max(1.0, _first(dataset.WindowWidth)))
    kinds = [str(k).upper() for k in dataset.get("ImageType", [])]
    comments = str(dataset.get("ImageComments", "")).upper()
    simulated = "SIMULATED" in comments or "SIMULATED" in kinds
    return SliceImage(
        pixels, (position[0], position[1], position[2]), (orientation[0], orientation[1], orientation[2]),
        (orientation[3], orientation[4], orientation[5]), spacing[0], spacing[1], window, index, count,
        ("SIMULATED",) if simulated else (),
    )  # fmt: skip


def _first(value: object) -> float:
    """The first of a value that may be one number or several (DICOM allows several windows)."""
    return float(value[0]) if isinstance(value, MutableSequence) else float(str(value))


def decoded(header: Picture, payload: bytes) -> SliceImage:
    """The slice of a bulk frame; raises NotAnImage. Takes milliseconds: not for the window's thread."""
    if isinstance(header, PreviewHeader):
        return from_preview(header, payload)
    return from_dicom(payload, index=header.index, count=header.count)


def incomplete(image: SliceImage) -> SliceImage:
    """The slice marked as part of a series that was stopped."""
    return replace(image, marks=(*(m for m in image.marks if m != "INCOMPLETE"), "INCOMPLETE"))
