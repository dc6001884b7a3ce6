"""MR safety screening: what was recorded, who signed it, the full stop, and an emergency exception."""

from __future__ import annotations

from typing import Literal

from local_agent.core.events.event import Event
from mr_contract.exposure import ImplantLimits
from mr_contract.model import Digest, Identifier, ShortText


class ScreeningRecorded(Event):
    kind: Literal["screening_recorded"] = "screening_recorded"
    implant_free: bool
    implants: tuple[ImplantLimits, ...]


class ScreeningSigned(Event):
    """At the tablet."""

    kind: Literal["screening_signed"] = "screening_signed"
    staff_id: Identifier
    mr_level: int


class ScreeningSignedRemotely(Event):
    """At a console, by who its certificate names; `screening` is the digest of what was drawn and signed."""

    kind: Literal["screening_signed_remotely"] = "screening_signed_remotely"
    staff_id: Identifier
    mr_level: int
    screening: Digest
    by_video: bool
    """A live picture of people at the scanner was being delivered to that very console."""


class EmergencyExceptionSigned(Event):
    """A physician signed that the scan goes on with an incomplete screening; `screening` is its digest."""

    kind: Literal["emergency_exception_signed"] = "emergency_exception_signed"
    staff_id: Identifier
    reason: ShortText
    screening: Digest


class FullStopConfirmed(Event):
    kind: Literal["full_stop_confirmed"] = "full_stop_confirmed"
