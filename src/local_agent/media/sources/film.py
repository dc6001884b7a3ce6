"""A file of pictures, played in real time, again and again: for demonstrations and tests."""

from __future__ import annotations

import threading

import av

from local_agent.media.sources.demuxing import pictures_of
from local_agent.media.sources.film_pace import FilmPace
from local_agent.media.sources.pretending import check_nothing_is_real
from local_agent.media.sources.reading_apart import read_apart
from local_agent.media.sources.source import Offer, SourceFailed, SourceSite
from mr_contract.device_reasons import DeviceReason

OPEN_WITHIN_S = 5.0


class Film:
    """Any file that FFmpeg reads. A picture counts as captured when its turn has come."""

    def __init__(self, path: str, site: SourceSite) -> None:
        self._path, self._site = path, site

    def play(self, offer: Offer, stop: threading.Event) -> None:
        """See `Source.play`."""
        read_apart(self._path, self._read, self._site, offer, stop)

    def _read(self, offer: Offer, gone: threading.Event) -> None:
        pace = FilmPace()
        while not gone.is_set():
            shown = pace.shown
            self._read_once(pace, offer, gone)
            if pace.shown == shown and not gone.is_set():
                raise SourceFailed(DeviceReason.NO_PICTURE_IN_IT)

    def _read_once(self, pace: FilmPace, offer: Offer, gone: threading.Event) -> None:
        pace.begin()
        options = {"protocol_whitelist": "file"}  # a play list in it opens nothing elsewhere
        with av.open(self._path, options=options, timeout=OPEN_WITHIN_S) as container:
            for frame, said_s, _ in pictures_of(container, self._site.boot_s, gone):
                if gone.wait(pace.wait_s(said_s, self._site.boot_s())):
                    return
                check_nothing_is_real(self._site.status())
                offer(frame, self._site.boot_s())
