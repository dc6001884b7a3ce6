"""How old is what is shown, and may it be believed.

- The age runs from the capture at the site to now, on the site's clock: the offset between the two clocks is
  estimated over the control link, and half of that round trip is the doubt. The age shown includes the doubt;
  nobody is shown a picture as younger than it is.
- A picture is *frozen* `FROZEN_AFTER_S` after the last new one was shown, and *late* when it is older than
  `LATE_AFTER_S` although new ones come. With the tick of a tile both are on the glass within a second.
- Without an offset the age is unknown, and unknown is not fresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FROZEN_AFTER_S = 0.8
LATE_AFTER_S = 1.0


class Freshness(StrEnum):
    """What a tile says of its picture."""

    NO_PICTURE = "no_picture"
    LIVE = "live"
    LATE = "late"
    FROZEN = "frozen"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """The site's boot time minus one's own, in seconds, and how far it may be off (half the round trip)."""

    site_minus_own_s: float
    within_s: float

    @classmethod
    def from_echo(cls, asked_own_s: float, site_s: float, answered_own_s: float) -> ClockOffset:
        """From one question and answer: the site read its clock somewhere in between."""
        return cls(
            site_minus_own_s=site_s - (asked_own_s + answered_own_s) / 2,
            within_s=max(answered_own_s - asked_own_s, 0.0) / 2,
        )


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """The newest picture on the glass; when it was captured is None until the site has said so."""

    captured_site_s: float | None
    shown_own_s: float


@dataclass(frozen=True, slots=True)
class PictureAge:
    """What to say of a picture; `age_s` is None when it cannot be known."""

    freshness: Freshness
    age_s: float | None = None


def judge_age(picture: ShownPicture | None, offset: ClockOffset | None, now_own_s: float) -> PictureAge:
    """The age of a picture now. Call it at least five times a second for each tile."""
    if picture is None:
        return PictureAge(Freshness.NO_PICTURE)
    age_s = _age_s(picture, offset, now_own_s)
    if now_own_s - picture.shown_own_s >= FROZEN_AFTER_S:
        return PictureAge(Freshness.FROZEN, age_s)
    if age_s is None:
        return PictureAge(Freshness.UNKNOWN)
    return PictureAge(Freshness.LATE if age_s >= LATE_AFTER_S else Freshness.LIVE, age_s)


def _age_s(picture: ShownPicture, offset: ClockOffset | None, now_own_s: float) -> float | None:
    if offset is None or picture.captured_site_s is None:
        return None
    age_s = now_own_s + offset.site_minus_own_s - picture.captured_site_s
    return max(age_s, 0.0) + offset.within_s
