"""Where the tablets of one scanner hand in the pictures of their own cameras."""

from __future__ import annotations

from collections.abc import Callable

import av

ON_ITS_WAY_S = 0.15
"""What encoding, the site's network and decoding may take: no picture is to be called younger than it is."""

_Offer = Callable[[av.VideoFrame, float], None]


class TabletPictures:
    """Only one tablet's at a time are shown: those of the one that connected last."""

    def __init__(self, boot_s: Callable[[], float]) -> None:
        self._boot_s = boot_s
        self._offer: _Offer | None = None
        self._tablet = ""

    def show(self, tablet: str) -> None:
        """This tablet's pictures count from now on, and no other's."""
        self._tablet = tablet

    def take(self, tablet: str, frame: av.VideoFrame) -> None:
        """A picture that has just arrived; forgotten while nobody plays them."""
        offer = self._offer
        if tablet == self._tablet and offer is not None:
            offer(frame, self._boot_s() - ON_ITS_WAY_S)

    def play_to(self, offer: _Offer) -> None:
        """Whoever is to be given the pictures."""
        self._offer = offer

    def play_no_more(self, offer: _Offer) -> None:
        """They are not to be given any more; who plays meanwhile goes on."""
        if self._offer is offer:
            self._offer = None
