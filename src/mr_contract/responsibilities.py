"""Who does what at an exam: a list of responsibilities, each at one end, acknowledged by both."""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Annotated

from pydantic import Field

from mr_contract.model import Digest, Model, ShortText


@unique
class End(StrEnum):
    """Where a responsibility lies: with the people at the scanner, or with the one who controls from afar."""

    LOCAL = "local"
    REMOTE = "remote"

    @property
    def other(self) -> End:
        return End.REMOTE if self is End.LOCAL else End.LOCAL


@unique
class KnownItem(StrEnum):
    """Responsibilities that every exam has; a site adds its own in its own words."""

    PATIENT_IDENTIFICATION = "patient_identification"
    SAFETY_SCREENING = "safety_screening"
    ROOM_ACCESS = "room_access"
    INFORMING_PATIENT = "informing_patient"
    POSITIONING_AND_COIL = "positioning_and_coil"
    CONTRAST_INJECTION = "contrast_injection"
    WATCHING_PATIENT = "watching_patient"
    TALKING_WITH_PATIENT = "talking_with_patient"
    PROTOCOL_AND_SLICES = "protocol_and_slices"
    EXPOSURE_LIMITS = "exposure_limits"
    IMAGE_QUALITY = "image_quality"
    DOCUMENTATION = "documentation"
    ENDING_EXAM = "ending_exam"
    EMERGENCY = "emergency"


AT_THE_SITE = frozenset(
    {
        KnownItem.ROOM_ACCESS,
        KnownItem.POSITIONING_AND_COIL,
        KnownItem.CONTRAST_INJECTION,
        KnownItem.ENDING_EXAM,
        KnownItem.EMERGENCY,
    }
)
"""What takes hands beside the patient: never remote, whatever a policy or a person proposes."""

REMOTE_BY_DEFAULT = frozenset(
    {
        KnownItem.PROTOCOL_AND_SLICES,
        KnownItem.EXPOSURE_LIMITS,
        KnownItem.IMAGE_QUALITY,
        KnownItem.DOCUMENTATION,
    }
)

MOST_ITEMS = 40
ItemName = Annotated[str, Field(min_length=1, max_length=80)]
"""A `KnownItem`, or the site's own words."""


class Responsibility(Model):
    """One item and the end that answers for it; an item without an end cannot be written."""

    item: ItemName
    end: End


Responsibilities = Annotated[tuple[Responsibility, ...], Field(min_length=1, max_length=MOST_ITEMS)]

DEFAULT_RESPONSIBILITIES: tuple[Responsibility, ...] = tuple(
    Responsibility(item=item, end=End.REMOTE if item in REMOTE_BY_DEFAULT else End.LOCAL)
    for item in KnownItem
)


class ResponsibilitiesView(Model):
    """The list of the open exam, as both ends are shown it."""

    items: Responsibilities
    digest: Digest
    """Of the exam and the list: what an acknowledgement names."""
    moved: Annotated[tuple[ItemName, ...], Field(max_length=MOST_ITEMS)] = ()
    """Items that lie at another end than the site's policy has them."""
    acknowledged_local: ShortText = ""
    """In whose name it was acknowledged at the tablet; empty: by nobody who is here."""
    acknowledged_remote: Annotated[tuple[ShortText, ...], Field(max_length=8)] = ()
    """Who acknowledged it from afar; the control view says whether that is who controls."""
