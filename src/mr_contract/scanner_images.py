"""The images connection of an adapter, on which only the adapter sends pixels."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.model import Digest, Identifier, Model


class ScannerInstance(Model):
    """One DICOM file of a series; payload: the file. Sent until the agent acknowledged the series."""

    kind: Literal["scanner_instance"] = "scanner_instance"
    series_id: Identifier
    exam_id: Identifier
    index: Annotated[int, Field(ge=0)]
    count: Annotated[int, Field(ge=1)]
    sha256: Digest


ScannerImageHeader = Annotated[PreviewHeader | ScannerInstance, Field(discriminator="kind")]


class SeriesStored(Model):
    """Agent → adapter on the images connection, text frame: all instances are safely on disk."""

    kind: Literal["series_stored"] = "series_stored"
    series_id: Identifier
