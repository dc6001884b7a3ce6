"""A USB camera, or any other that the kernel shows as /dev/videoN (V4L2)."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable
from functools import partial

import av
from av.container import InputContainer

from local_agent.media.sources.capture_dating import by_kernel
from local_agent.media.sources.demuxing import pictures_of
from local_agent.media.sources.reading_apart import read_apart
from local_agent.media.sources.source import Offer, SourceFailed, SourceSite
from mr_contract.device_reasons import DeviceReason

WAYS: tuple[dict[str, str], ...] = (
    {"input_format": "mjpeg", "video_size": "1280x720", "framerate": "30"},
    {"input_format": "h264", "video_size": "1280x720"},
    {"video_size": "1280x720"},
    {},
)
"""Tried in this order: uncompressed, USB 2 carries only ten 720p pictures a second."""
OPEN_WITHIN_S = 5.0
_TAKEN_AWAY = frozenset({errno.EINVAL, errno.ENOTTY})
"""Said of a camera that is open: its driver has lost it. When opening, they say that it is none."""

OpenDevice = Callable[[str, dict[str, str]], InputContainer]


class UsbCamera:
    """One device. A path such as /dev/v4l/by-id/… stays the same camera whatever else is plugged in."""

    def __init__(
        self,
        path: str,
        site: SourceSite,
        open_device: OpenDevice | None = None,
    ) -> None:
        self._path, self._site = path, site
        self._open = open_device or open_v4l2

    def play(self, offer: Offer, stop: threading.Event) -> None:
        """See `Source.play`."""
        read_apart(self._path, self._read, self._site, offer, stop)

    def _read(self, offer: Offer, gone: threading.Event) -> None:
        with first_way(partial(self._open, self._path)) as container:
            try:
                for frame, said_s, arrived_s in pictures_of(container, self._site.boot_s, gone):
                    offer(frame, by_kernel(said_s, time.monotonic(), arrived_s))
            except (av.FFmpegError, OSError) as fault:
                if fault.errno in _TAKEN_AWAY:
                    raise SourceFailed(DeviceReason.UNPLUGGED) from None
                raise


def first_way(open_as: Callable[[dict[str, str]], InputContainer]) -> InputContainer:
    """Open a camera in the first of `WAYS` it knows."""
    for way in WAYS[:-1]:
        try:
            return open_as(way)
        except (av.FFmpegError, OSError) as fault:
            if fault.errno != errno.EINVAL:
                raise
    return open_as(WAYS[-1])


def open_v4l2(path: str, options: dict[str, str]) -> InputContainer:
    """The device, streaming."""
    return av.open(path, format="v4l2", options=options, timeout=OPEN_WITHIN_S)
