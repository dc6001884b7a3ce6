"""Slices as they arrive: previews while lines are acquired, stored series as DICOM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mr_contract.bulk_messages import InstanceHeader, PreviewHeader
from remote_console.core.phrases import Phrase, Words, p
from remote_console.core.windowing import Window

Vector = tuple[float, float, float]
Pixels = NDArray[np.integer[Any] | np.floating[Any]]
Picture = PreviewHeader | InstanceHeader


class NotAnImage(ValueError):
    """The bytes are not a slice that can be shown; `words` say which and why."""

    def __init__(self, words: Phrase) -> None:
        super().__init__(_english(words))
        self.words = words


def _english(words: Words | str | tuple[Words, ...]) -> str:
    if not isinstance(words, Phrase):
        return str(words)
    return words.text.format(**{name: _english(figure) for name, figure in words.figures})


@dataclass(frozen=True, slots=True)
class SeriesLabel:
    """Which DICOM series a slice is of; what was measured and what was derived of it are different series."""

    uid: str = ""
    number: int = 0
    description: str = ""
    derived: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SliceImage:
    """One slice. `pixels` is rows × columns, `position_mm` the centre of the first pixel (LPS, mm)."""

    pixels: Pixels
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
    series: SeriesLabel = SeriesLabel()
    weighting: tuple[Words, ...] = ()
    """What tells it apart from other pictures of its place in the same series."""

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
    """Slices of one bundle of files or one running step by (group or file, index)."""

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
            p("A preview of {rows} × {columns} has {bytes} bytes, not {expected}", rows=str(header.rows),
              columns=str(header.columns), bytes=str(len(payload)), expected=str(expected))
        )  # fmt: skip
    pixels = np.frombuffer(payload, dtype="<u2").reshape(header.rows, header.columns)
    return SliceImage(
        pixels, header.position_mm, header.row, header.column, header.row_spacing_mm,
        header.column_spacing_mm, Window(header.window_centre, max(1.0, header.window_width)),
        header.slice_index, header.slice_count, tuple(header.mark.split(" · ")),
        header.lines_acquired, header.lines_total,
    )  # fmt: skip


def incomplete(image: SliceImage) -> SliceImage:
    """The slice marked as part of a series that was stopped."""
    return replace(image, marks=(*(m for m in image.marks if m != "INCOMPLETE"), "INCOMPLETE"))
