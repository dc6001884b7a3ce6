"""The slices of a stored DICOM file: one of a classic image, one of each frame of a multi-frame object.

- Geometry, window and scaling of a frame are in its functional groups: its own, else the shared ones (PS3.3
  C.7.6.16); in a classic image they are in the file itself. Both give the same slices.
- A file that cannot be shown says which one it is and why; nothing of it is shown.
- A file is somebody else's: no size that it claims is believed before it was looked at.
"""

from __future__ import annotations

import io
import math
import re
import struct
import zlib
from collections.abc import Iterable, MutableSequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mr_contract.bulk_messages import PreviewHeader
from remote_console.core.images import (
    NotAnImage,
    Picture,
    Pixels,
    SeriesLabel,
    SliceImage,
    Vector,
    from_preview,
)
from remote_console.core.phrases import Words, p
from remote_console.core.windowing import Window, default_window

if TYPE_CHECKING:
    from pydicom import Dataset

MOST_PIXELS = 1 << 26
"""Of one file; it arrives in 16 MiB, and only a compressed one could claim more."""
_UNREADABLE = (
    AttributeError, EOFError, IndexError, KeyError, OSError, RuntimeError, TypeError, ValueError,
    struct.error, zlib.error,
)  # fmt: skip
"""What reading a damaged file raises."""
_B_VALUE_NAMED = re.compile(r"(?:^|[ _*])b(?P<b>\d{1,5})(?:#(?P<direction>\d{1,3})|t)?$")


@dataclass(frozen=True, slots=True)
class _File:
    """Which of how many, from 1."""

    number: int
    count: int

    def bad(self, why: Words) -> NotAnImage:
        """The error that names this file."""
        return NotAnImage(
            p("Image {number} of {count}: {why}", number=str(self.number), count=str(self.count), why=why)
        )


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where what is said of a frame is looked for, in this order."""

    places: tuple[Dataset, ...]
    whole: Dataset

    def find(self, group: str, keyword: str) -> object:
        """None where nobody says it."""
        for place in self.places:
            for item in place.get(group) or ():
                if keyword in item:
                    return item[keyword].value
        return self.whole[keyword].value if keyword in self.whole else None


def slices_of(payload: bytes, *, index: int, count: int) -> tuple[SliceImage, ...]:
    """The slices of file `index` of `count`, in the order of its frames; raises NotAnImage."""
    # Its dictionaries take half a second to import: nobody waits for them before the first window is seen.
    from pydicom.errors import BytesLengthException

    file = _File(index + 1, count)
    try:
        return _slices(_read(payload, file), file)
    except (BytesLengthException, *_UNREADABLE) as why:
        if isinstance(why, NotAnImage):
            raise
        raise file.bad(p("it is damaged ({error})", error=str(why)[:120])) from why


def decoded(header: Picture, payload: bytes) -> tuple[SliceImage, ...]:
    """The slices of a bulk frame; raises NotAnImage. Takes milliseconds: not for the window's thread."""
    if isinstance(header, PreviewHeader):
        return (from_preview(header, payload),)
    return slices_of(payload, index=header.index, count=header.count)


def _read(payload: bytes, file: _File) -> Dataset:
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        return pydicom.dcmread(io.BytesIO(payload))
    except InvalidDicomError as why:
        raise file.bad(p("it is not a DICOM file")) from why


def _slices(dataset: Dataset, file: _File) -> tuple[SliceImage, ...]:
    frames = _frames(dataset, file)
    pixels = _pixels(dataset, len(frames), file)
    label = _label(dataset)
    marks = _marks(dataset, label)
    inverted = dataset.get("PhotometricInterpretation") == "MONOCHROME1"
    return tuple(
        _slice(frame, _scaled(frame, stored, inverted=inverted), (number, len(frames)), (label, marks), file)
        for number, (frame, stored) in enumerate(zip(frames, pixels, strict=True))
    )


def _frames(dataset: Dataset, file: _File) -> tuple[_Frame, ...]:
    own = dataset.get("PerFrameFunctionalGroupsSequence")
    if own is None:
        if int(dataset.get("NumberOfFrames") or 1) != 1:
            raise file.bad(p("its frames have no place in the patient"))
        return (_Frame((), dataset),)
    said = int(dataset.get("NumberOfFrames") or 0)
    if said != len(own) or not own:
        raise file.bad(
            p("it says {said} frames and describes {described}", said=str(said), described=str(len(own)))
        )
    shared = tuple(dataset.get("SharedFunctionalGroupsSequence") or ())[:1]
    return tuple(_Frame((groups, *shared), dataset) for groups in own)


def _pixels(dataset: Dataset, frames: int, file: _File) -> Iterable[Pixels]:
    if "PixelData" not in dataset or "Rows" not in dataset or "Columns" not in dataset:
        raise file.bad(p("there is no image in it"))
    if int(dataset.get("SamplesPerPixel", 1)) != 1:
        raise file.bad(p("it is in colour; only grey images are shown"))
    if int(dataset.Rows) * int(dataset.Columns) * frames > MOST_PIXELS:
        raise file.bad(p("it claims to be larger than any series"))
    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        stored = dataset.pixel_array
    except _UNREADABLE as why:
        if syntax.is_compressed:
            raise file.bad(
                p("this desk cannot read its compression ({name})", name=str(syntax.name))
            ) from why
        raise file.bad(p("its pixels are damaged or cut off")) from why
    whole: Pixels = stored.reshape(frames, int(dataset.Rows), int(dataset.Columns))
    return whole


def _label(dataset: Dataset) -> SeriesLabel:
    kinds = [str(kind).upper() for kind in dataset.get("ImageType") or ()]
    return SeriesLabel(
        uid=str(dataset.get("SeriesInstanceUID", "")),
        number=int(dataset.get("SeriesNumber") or 0),
        description=str(dataset.get("SeriesDescription", ""))[:64],
        derived=kinds[:1] == ["DERIVED"],
    )


def _marks(dataset: Dataset, label: SeriesLabel) -> tuple[str, ...]:
    comments = str(dataset.get("ImageComments", "")).upper()
    kinds = [str(kind).upper() for kind in dataset.get("ImageType") or ()]
    simulated = "SIMULATED" in comments or "SIMULATED" in kinds
    return tuple(word for word, true in (("SIMULATED", simulated), ("DERIVED", label.derived)) if true)


def _scaled(frame: _Frame, stored: Pixels, *, inverted: bool) -> Pixels:
    """Rescaled where the file says so (C.11.1); what is stored with white as its least value is turned."""
    slope = _number(frame.find("PixelValueTransformationSequence", "RescaleSlope"), 1.0)
    intercept = _number(frame.find("PixelValueTransformationSequence", "RescaleIntercept"), 0.0)
    sign = -1.0 if inverted else 1.0
    if (slope, intercept, sign) == (1.0, 0.0, 1.0):
        return stored
    return np.asarray(sign * (stored.astype(np.float32) * slope + intercept), dtype=np.float32)


def _slice(
    frame: _Frame,
    pixels: Pixels,
    place: tuple[int, int],
    said: tuple[SeriesLabel, tuple[str, ...]],
    file: _File,
) -> SliceImage:
    position = _floats(frame, "PlanePositionSequence", "ImagePositionPatient", 3, file)
    turned = _floats(frame, "PlaneOrientationSequence", "ImageOrientationPatient", 6, file)
    spacing = _floats(frame, "PixelMeasuresSequence", "PixelSpacing", 2, file)
    row, column = _vector(turned[:3]), _vector(turned[3:])
    if min(spacing) <= 0.0 or not _orthonormal(row, column):
        raise file.bad(p("its place in the patient cannot be"))
    window = _window(frame, pixels)
    label, marks = said
    return SliceImage(
        pixels, _vector(position), row, column, spacing[0], spacing[1], window, place[0], place[1], marks,
        series=label, weighting=_weighting(frame),
    )  # fmt: skip


def _floats(frame: _Frame, group: str, keyword: str, count: int, file: _File) -> tuple[float, ...]:
    value = frame.find(group, keyword)
    if not isinstance(value, MutableSequence) or len(value) != count:
        raise file.bad(p("it lacks {what}", what=keyword))
    numbers = tuple(float(x) for x in value)
    if not all(map(math.isfinite, numbers)):
        raise file.bad(p("it lacks {what}", what=keyword))
    return numbers


def _vector(values: tuple[float, ...]) -> Vector:
    x, y, z = values
    return x, y, z


def _orthonormal(row: Vector, column: Vector) -> bool:
    lengths = (math.hypot(*row), math.hypot(*column))
    across = sum(a * b for a, b in zip(row, column, strict=True))
    return all(abs(length - 1.0) < 0.01 for length in lengths) and abs(across) < 0.01


def _window(frame: _Frame, pixels: Pixels) -> Window:
    """The first of the file's windows, else one that fits (DICOM allows several)."""
    centre = frame.find("FrameVOILUTSequence", "WindowCenter")
    width = frame.find("FrameVOILUTSequence", "WindowWidth")
    if centre is None or width is None:
        return default_window(pixels)
    inverted = frame.whole.get("PhotometricInterpretation") == "MONOCHROME1"
    return Window((-1.0 if inverted else 1.0) * _number(centre, 0.0), max(1.0, _number(width, 1.0)))


def _number(value: object, absent: float) -> float:
    """The first of a value that may be one number or several."""
    first = value[0] if isinstance(value, MutableSequence) and value else value
    return absent if first is None or first == "" else float(str(first))


def _weighting(frame: _Frame) -> tuple[Words, ...]:
    """What tells pictures of the same place apart."""
    echo = frame.find("MREchoSequence", "EffectiveEchoTime") or frame.find("", "EchoTime")
    b_value, direction = _diffusion(frame)
    dynamic = frame.find("", "TemporalPositionIdentifier")
    found: list[Words] = []
    if echo is not None:
        found.append(p("TE {ms} ms", ms=f"{_number(echo, 0.0):.4g}"))
    if b_value is not None:
        found.append(p("b {value} s/mm²", value=f"{b_value:g}"))
    if direction:
        found.append(p("direction {number}", number=direction))
    if dynamic is not None:
        found.append(p("dynamic {number}", number=f"{_number(dynamic, 0.0):g}"))
    return tuple(found)


def _diffusion(frame: _Frame) -> tuple[float | None, str]:
    """b value in s/mm², and the number of the direction where the file says it.

    Classic MR images have no attribute for either (PS3.3 A.4); scanners write them into Sequence Name.
    """
    said = frame.find("MRDiffusionSequence", "DiffusionBValue")
    if said is not None:
        return _number(said, 0.0), ""
    named = _B_VALUE_NAMED.search(str(frame.find("", "SequenceName") or ""))
    return (float(named["b"]), named["direction"] or "") if named else (None, "")
