"""The tablet's own camera: its pictures come over the tablet's connection instead of from a device here."""

from __future__ import annotations

import threading

from local_agent.media.sources.source import Offer
from local_agent.media.sources.tablet_pictures import TabletPictures


class TabletCamera:
    """Plays what tablets hand in."""

    def __init__(self, pictures: TabletPictures) -> None:
        self._pictures = pictures

    def play(self, offer: Offer, stop: threading.Event) -> None:
        """See `Source.play`; that no tablet has its camera on is seen by its giving nothing."""
        self._pictures.play_to(offer)
        try:
            stop.wait()
        finally:
            self._pictures.play_no_more(offer)
