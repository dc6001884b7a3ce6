"""One line shared out among the pictures a viewer looks at.

- The voice comes first: `VOICE_BPS` are never given to a picture.
- Every picture gets its low layer before any gets its high one; those wanted more come first in the list.
- A picture the line has no room for is paused, and said to be; the first one never is, unless the line is to
  carry none at all.
- Going up needs `ROOM_TO_RISE` more room than staying: a line at the edge does not make pictures jump.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from media_kit.rules.layers import LAYERS, Content, Quality

VOICE_BPS = 110_000
ROOM_TO_RISE = 1.2


@dataclass(frozen=True, slots=True)
class Wish:
    """A picture on a viewer's screen: what it shows, the best its tile is worth, what it has now."""

    stream: int
    content: Content
    wanted: Quality
    has: Quality | None


@dataclass(frozen=True, slots=True)
class Share:
    """What a picture gets; `quality` is None while it is paused for want of room."""

    quality: Quality | None
    bps: int


def allot(affords_bps: int, wishes: Sequence[Wish]) -> Mapping[int, Share]:
    """A share for every wish, in the order of their importance."""
    left_bps = affords_bps - VOICE_BPS
    shares: dict[int, Share] = {}
    for wish in wishes:
        least_bps = LAYERS[wish.content][Quality.LOW].least_bps
        fits = (not shares and affords_bps > 0) or left_bps >= least_bps * (1.0 if wish.has else ROOM_TO_RISE)
        shares[wish.stream] = Share(Quality.LOW, least_bps) if fits else Share(None, 0)
        left_bps -= shares[wish.stream].bps
    for wish in wishes:
        left_bps -= _raise_quality(wish, shares, left_bps)
    return _spread(shares, wishes, max(left_bps, 0))


def _raise_quality(wish: Wish, shares: dict[int, Share], left_bps: int) -> int:
    share = shares[wish.stream]
    if wish.wanted is not Quality.HIGH or share.quality is None:
        return 0
    more_bps = LAYERS[wish.content][Quality.HIGH].least_bps - share.bps
    if left_bps < more_bps * (1.0 if wish.has is Quality.HIGH else ROOM_TO_RISE):
        return 0
    shares[wish.stream] = Share(Quality.HIGH, share.bps + more_bps)
    return more_bps


def _spread(shares: dict[int, Share], wishes: Sequence[Wish], left_bps: int) -> dict[int, Share]:
    """What is left goes to all in proportion to what they have."""
    given_bps = sum(share.bps for share in shares.values())
    spread: dict[int, Share] = {}
    for wish in wishes:
        share = shares[wish.stream]
        if share.quality is None:
            spread[wish.stream] = share
            continue
        most_bps = LAYERS[wish.content][share.quality].most_bps
        bps = share.bps + left_bps * share.bps // max(given_bps, 1)
        spread[wish.stream] = Share(share.quality, min(bps, most_bps))
    return spread
