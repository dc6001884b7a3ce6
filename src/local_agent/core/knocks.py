"""Who was turned away at a door of the site, and why: before, or beside, any command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique

from mr_contract.reasons import Reason


@unique
class Door(StrEnum):
    CONSOLES = "consoles"
    BULK = "bulk"
    ENROLMENT = "enrolment"
    TABLET = "tablet"


@unique
class TurnedAway(StrEnum):
    """A closed list: together with `Door` it bounds the number of lines in the journal."""

    CERTIFICATE_MISSING = "certificate_missing"
    CERTIFICATE_FOREIGN = "certificate_foreign"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_UNKNOWN = "certificate_unknown"
    """Of this site's authority, but not in its register."""
    CERTIFICATE_UNFIT = "certificate_unfit"
    """Of this site's authority, but not for a person's device, or not for now."""
    HANDSHAKE_FAILED = "handshake_failed"
    SITE_NOT_TRUSTED = "site_not_trusted"
    """The other end did not accept the site's own certificate."""
    TOO_SLOW = "too_slow"
    """Nothing, or not enough, came in time."""
    CODE_REFUSED = "code_refused"
    KEY_REVOKED = "key_revoked"
    PAIRING_REFUSED = "pairing_refused"
    COOKIE_REFUSED = "cookie_refused"
    TICKET_REFUSED = "ticket_refused"
    RENEWAL_REFUSED = "renewal_refused"
    """A certificate asked for over a link, for another key or for one that is revoked."""
    OTHER_ORIGIN = "other_origin"
    OTHER_NAME = "other_name"
    """Asked for a server that is not this one: a name the site did not list."""
    OTHER_PATH = "other_path"
    UNKNOWN_SCANNER = "unknown_scanner"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    OUT_OF_ORDER = "out_of_order"
    TOO_MANY = "too_many"
    INCOMPATIBLE_PROTOCOL = "incompatible_protocol"


@dataclass(frozen=True, slots=True)
class Knock:
    """One that was turned away."""

    door: Door
    why: TurnedAway
    where: str = ""
    """The address it came from; empty where it is not known for sure."""
    by: str = ""
    """Whose certificate it was, if it was one of the site's."""


OnKnock = Callable[[Knock], None]

OF_REASON = {
    Reason.CODE_REFUSED: TurnedAway.CODE_REFUSED,
    Reason.REVOKED: TurnedAway.KEY_REVOKED,
    Reason.NOT_PAIRED: TurnedAway.PAIRING_REFUSED,
    Reason.MALFORMED: TurnedAway.MALFORMED,
    Reason.TOO_LARGE: TurnedAway.TOO_LARGE,
    Reason.OUT_OF_ORDER: TurnedAway.OUT_OF_ORDER,
    Reason.TOO_MANY: TurnedAway.TOO_MANY,
    Reason.INCOMPATIBLE_PROTOCOL: TurnedAway.INCOMPATIBLE_PROTOCOL,
}
"""What a door's own answer means here. Others are no fault of who knocked."""


def unheard(_knock: Knock) -> None:
    """For a door that stands alone, without a journal behind it."""
