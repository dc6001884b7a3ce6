"""One VP8 encoder, for as many viewers as there are."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av import VideoFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter

from media_kit.rules.capture_times import CLOCK_HZ
from media_kit.rules.layers import Content, Layer

TIME_BASE = Fraction(1, CLOCK_HZ)
_CAMERA = {"cpu-used": "-10", "noise-sensitivity": "0", "static-thresh": "1", "max-intra-rate": "450"}
_SCREEN = {"cpu-used": "-8", "noise-sensitivity": "0", "screen-content-mode": "1", "max-intra-rate": "900"}


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A VP8 frame; `captured_ticks` is its capture time in boot time at the site, at 90 kHz."""

    data: bytes
    is_key: bool
    captured_ticks: int


class PictureEncoder:
    """Encodes frames of any size for one layer. A call takes milliseconds: one thread at a time."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._codec: VideoCodecContext | None = None
        self._scaler = VideoReformatter()
        self._last_ticks = -1

    def encode(self, frame: VideoFrame, captured_s: float, bps: int, *, key: bool) -> EncodedPicture | None:
        """The frame encoded; None when the encoder dropped it, or it is not newer than the one before."""
        ticks = round(captured_s * CLOCK_HZ)
        if ticks <= self._last_ticks:
            return None
        self._last_ticks = ticks
        width, height = fitted(frame.width, frame.height, self._layer.most_height)
        picture = self._fitting(frame, width, height)
        codec = self._open(width, height, bps)
        picture.pts, picture.time_base = ticks, TIME_BASE
        picture.pict_type = PictureType.I if key else PictureType.NONE
        for packet in codec.encode(picture):
            return EncodedPicture(bytes(packet), packet.is_keyframe, ticks)
        return None

    def _fitting(self, frame: VideoFrame, width: int, height: int) -> VideoFrame:
        """A frame of one's own: several layers get the same one, each in a thread of its own.

        `VideoFrame.reformat` keeps its scaler in the frame, and returns the frame itself if nothing changes.
        """
        picture = self._scaler.reformat(frame, width=width, height=height, format="yuv420p")
        return _copy(picture) if picture is frame else picture

    def _open(self, width: int, height: int, bps: int) -> VideoCodecContext:
        codec = self._codec
        if codec is None or (codec.width, codec.height, codec.bit_rate) != (width, height, bps):
            codec = self._codec = _new_codec(self._layer, width, height, bps)
        return codec


def fitted(width: int, height: int, most_height: int) -> tuple[int, int]:
    """The size within the layer, even in both directions, never enlarged."""
    share = min(1.0, most_height / height)
    return max(2, round(width * share) // 2 * 2), max(2, round(height * share) // 2 * 2)


def _copy(frame: VideoFrame) -> VideoFrame:
    copy = VideoFrame(frame.width, frame.height, "yuv420p")
    planes = list(zip(frame.planes, copy.planes, strict=True))
    if any((a.line_size, a.buffer_size) != (b.line_size, b.buffer_size) for a, b in planes):
        return VideoFrame.from_ndarray(frame.to_ndarray(), format="yuv420p")
    for source, target in planes:
        target.update(source)  # type: ignore[arg-type]  # any buffer will do
    return copy


def _new_codec(layer: Layer, width: int, height: int, bps: int) -> VideoCodecContext:
    codec: Any = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base, codec.framerate = TIME_BASE, Fraction(layer.most_per_s)
    codec.bit_rate = bps
    codec.gop_size = 3000  # key frames are made when somebody needs one
    codec.qmin, codec.qmax = 2, 56
    codec.thread_count = 1  # several sources fill the cores; more threads wait for each other
    rate = {name: str(bps) for name in ("minrate", "maxrate", "bufsize")}
    codec.options = {
        **rate,
        "deadline": "realtime",
        "lag-in-frames": "0",
        "overshoot-pct": "15",
        "undershoot-pct": "100",
        **(_SCREEN if layer.content is Content.SCREEN else _CAMERA),
    }
    return codec  # type: ignore[no-any-return]
