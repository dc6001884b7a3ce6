"""What two people agreed on about images that were registered wrongly.

Apart from `correcting`, which reads DICOM and takes a quarter of a second to import.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mr_contract.exam import WorklistItem
from mr_contract.vocabulary import Side


class NotCorrectable(Exception):
    """An image that cannot be read as DICOM: which."""


@dataclass(frozen=True, slots=True)
class Right:
    """What two people agreed on."""

    correction_id: str
    item: WorklistItem | None
    """The right worklist entry; None where only the side was wrong."""
    side: Side
    system: str
    """What made the change, for the record in the image: program and site."""
    at: datetime
