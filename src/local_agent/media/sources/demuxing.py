"""Pictures out of what FFmpeg opened: a device, a connection, a file."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from local_agent.media.sources.source import SourceFailed
from mr_contract.device_reasons import DeviceReason

MOST_PIXELS = 4096 * 2304
MOST_UNDER_WAY = 64
"""Pictures a decoder may hold back (H.264 and H.265: 16 at most)."""
MOST_FRUITLESS = 250
"""Packets in a row that give no picture."""

Dated = tuple[av.VideoFrame, float | None, float]
"""A picture, the time stamp its device gave it, and when its first packet arrived (boot seconds)."""


def video_of(container: InputContainer) -> VideoStream:
    """The stream of pictures, set to give each one as soon as it can.

    Raises:
        SourceFailed: there is none.
    """
    if not container.streams.video:
        raise SourceFailed(DeviceReason.ONLY_SOMETHING_ELSE)
    stream = container.streams.video[0]
    stream.thread_type = "SLICE"  # threads that take a picture each would hold back as many
    stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
    return stream


def pictures_of(
    container: InputContainer, boot_s: Callable[[], float], gone: threading.Event
) -> Iterator[Dated]:
    """Every picture that can be read until `gone`; what is damaged is left out.

    Raises:
        SourceFailed: nothing can be read any more, or the pictures are too large.
    """
    stream = video_of(container)
    arrivals, fruitless = OrderedDict[int | None, float](), 0
    for packet in container.demux(stream):
        if gone.is_set():
            return
        now_s = boot_s()
        arrivals[packet.pts] = now_s
        if len(arrivals) > MOST_UNDER_WAY:
            arrivals.popitem(last=False)
        frames = _decoded(packet)
        fruitless = 0 if frames else fruitless + 1
        if fruitless > MOST_FRUITLESS:
            raise SourceFailed(DeviceReason.GARBAGE)
        for frame in frames:
            _check_size(frame)
            yield frame, _said_s(frame), arrivals.get(frame.pts, now_s)


def _decoded(packet: av.Packet[VideoStream]) -> list[av.VideoFrame]:
    """Nothing of what is damaged."""
    try:
        return packet.decode()
    except av.error.InvalidDataError:
        return []


def _said_s(frame: av.VideoFrame) -> float | None:
    if frame.pts is None or frame.time_base is None:
        return None
    return float(frame.pts * frame.time_base)


def _check_size(frame: av.VideoFrame) -> None:
    if not 0 < frame.width * frame.height <= MOST_PIXELS:
        raise SourceFailed(
            DeviceReason.TOO_LARGE, width=str(frame.width), height=str(frame.height), most="4096×2304"
        )
