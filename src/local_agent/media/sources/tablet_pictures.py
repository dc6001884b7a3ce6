"""Where the tablets of one scanner hand in the pictures of their own cameras."""

from __future__ import annotations

from collections.abc import Callable

import av

ON_ITS_WAY_S = 0.15
"""What encoding, the site's network and decoding may take: no picture is to be called younger than it is."""

PAUSED_S = 1.0

_Offer = Callable[[av.VideoFrame, float], None]


class TabletPictures:
    """Only one tablet's at a time are shown: those of the one whose pictures began last.

    Whoever is silent for `PAUSED_S` begins anew: a camera switched on again is the one that was meant.
    """

    def __init__(self, boot_s: Callable[[], float]) -> None:
        self._boot_s = boot_s
        self._offer: _Offer | None = None
        self._shown = ""
        self._came_s: dict[str, float] = {}

    def take(self, tablet: str, frame: av.VideoFrame) -> None:
        """A picture that has just arrived; forgotten while nobody plays them."""
        offer, now_s = self._offer, self._boot_s()
        if now_s - self._came_s.get(tablet, -PAUSED_S) >= PAUSED_S:
            self._shown = tablet
        self._came_s[tablet] = now_s
        if tablet == self._shown and offer is not None:
            offer(frame, now_s - ON_ITS_WAY_S)

    def leave(self, tablet: str) -> None:
        """Its connection has ended."""
        self._came_s.pop(tablet, None)

    def play_to(self, offer: _Offer) -> None:
        """Whoever is to be given the pictures."""
        self._offer = offer

    def play_no_more(self, offer: _Offer) -> None:
        """They are not to be given any more; who plays meanwhile goes on."""
        if self._offer is offer:
            self._offer = None
