"""Frames of the bulk connection: previews and stored images (docs/protocol.md, part 1).

Requests are JSON text frames. Images are binary frames: 4 bytes big-endian length of the JSON header,
the header, then the payload.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from mr_contract.findings import Findings
from mr_contract.geometry import DirectionLps, PointLps
from mr_contract.model import Digest, Identifier, Model, ShortText


class BulkHello(Model):
    """First frame: the ticket from the control connection."""

    kind: Literal["bulk_hello"] = "bulk_hello"
    protocol: int
    ticket: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class FetchSeries(Model):
    """Send all instances of a stored series."""

    kind: Literal["fetch_series"] = "fetch_series"
    scanner: Identifier
    series_id: Identifier


class WatchPreviews(Model):
    """Send previews of these scanners from now on (those where `view` is granted)."""

    kind: Literal["watch_previews"] = "watch_previews"
    scanners: Annotated[tuple[Identifier, ...], Field(max_length=16)]


FromConsoleBulk = Annotated[BulkHello | FetchSeries | WatchPreviews, Field(discriminator="kind")]


class PreviewHeader(Model):
    """A slice reconstructed from the lines acquired so far.

    Payload: rows × columns uint16, little-endian. `position_mm` is the centre of the first pixel.
    """

    kind: Literal["preview"] = "preview"
    scanner: Identifier
    step_id: Identifier
    acquisition_id: Identifier
    group: Annotated[int, Field(ge=0, le=7)]
    slice_index: Annotated[int, Field(ge=0)]
    slice_count: Annotated[int, Field(ge=1)]
    rows: Annotated[int, Field(ge=1, le=2048)]
    columns: Annotated[int, Field(ge=1, le=2048)]
    row_spacing_mm: float
    column_spacing_mm: float
    position_mm: PointLps
    row: DirectionLps
    column: DirectionLps
    lines_acquired: int
    lines_total: int
    window_centre: float
    window_width: float
    mark: ShortText = "PREVIEW · SIMULATED"


class InstanceHeader(Model):
    """One DICOM file (Part 10) of a series; payload: the file."""

    kind: Literal["instance"] = "instance"
    scanner: Identifier
    series_id: Identifier
    index: Annotated[int, Field(ge=0)]
    count: Annotated[int, Field(ge=1)]
    sha256: Digest


class SeriesRefused(Model):
    """The series cannot be sent; no payload."""

    kind: Literal["series_refused"] = "series_refused"
    scanner: Identifier
    series_id: Identifier
    findings: Findings


BulkHeader = Annotated[PreviewHeader | InstanceHeader | SeriesRefused, Field(discriminator="kind")]

FROM_CONSOLE_BULK: TypeAdapter[FromConsoleBulk] = TypeAdapter(FromConsoleBulk)
BULK_HEADER: TypeAdapter[BulkHeader] = TypeAdapter(BulkHeader)
