"""A moving bar on grey: what a site without cameras shows."""

from __future__ import annotations

import threading

import av

from local_agent.media.sources.source import Offer, SourceSite

WIDTH, HEIGHT, PER_S = 640, 360, 25
_GREY, _BAR = b"\x60", b"\xd0"
_BAR_WIDTH = 32


class Pattern:
    """Twenty-five pictures a second, each different from the one before."""

    def __init__(self, site: SourceSite) -> None:
        self._site = site

    def play(self, offer: Offer, stop: threading.Event) -> None:
        """Draw until told to stop."""
        number = 0
        while not stop.wait(1 / PER_S):
            offer(_picture(number), self._site.boot_s())
            number += 1


def _picture(number: int) -> av.VideoFrame:
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    at = number * 4 % (WIDTH - _BAR_WIDTH)
    row = _GREY * at + _BAR * _BAR_WIDTH + _GREY * (WIDTH - _BAR_WIDTH - at)
    luma, *chroma = frame.planes
    luma.update(row.ljust(luma.line_size, _GREY) * HEIGHT)
    for plane in chroma:
        plane.update(b"\x80" * plane.buffer_size)
    return frame
