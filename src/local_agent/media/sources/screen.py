"""A screen: an X11 display of this machine, ten times a second, with its pointer."""

from __future__ import annotations

import re
import threading

import av

from local_agent.media.sources.demuxing import pictures_of
from local_agent.media.sources.reading_apart import read_apart
from local_agent.media.sources.source import Offer, SourceFailed, SourceSite
from mr_contract.device_reasons import DeviceReason

PER_S = 10
OPEN_WITHIN_S = 5.0
_DISPLAY = re.compile(
    r"(?P<display>[\w.-]*:\d+(\.\d+)?)(\?(?P<width>\d{2,5})x(?P<height>\d{2,5})\+(?P<x>\d{1,5})\+(?P<y>\d{1,5}))?"
)


class Screen:
    """A display such as `:0`, or a part of it: `:0?1920x1080+1920+0` is the right one of two."""

    def __init__(self, display: str, site: SourceSite) -> None:
        self._display, self._site = display, site

    def play(self, offer: Offer, stop: threading.Event) -> None:
        """See `Source.play`. A picture counts as captured when it was grabbed."""
        name, options = grabbed(self._display)
        read_apart(
            self._display, lambda offer, gone: self._read(name, options, offer, gone), self._site, offer, stop
        )

    def _read(self, name: str, options: dict[str, str], offer: Offer, gone: threading.Event) -> None:
        try:
            with av.open(name, format="x11grab", options=options, timeout=OPEN_WITHIN_S) as container:
                for frame, _, arrived_s in pictures_of(container, self._site.boot_s, gone):
                    offer(frame, arrived_s)
        except PermissionError:  # so FFmpeg calls a display that refuses a part it no longer has
            raise SourceFailed(DeviceReason.NO_SUCH_PART) from None


def grabbed(display: str) -> tuple[str, dict[str, str]]:
    """The display's name and FFmpeg's options for it.

    Raises:
        SourceFailed: it names no display.
    """
    match = _DISPLAY.fullmatch(display)
    if match is None:
        raise SourceFailed(DeviceReason.NO_DISPLAY_NAMED)
    options = {"framerate": str(PER_S), "draw_mouse": "1"}
    if match["width"]:
        options["video_size"] = f"{match['width']}x{match['height']}"
        options |= {"grab_x": match["x"], "grab_y": match["y"]}
    return match["display"], options
