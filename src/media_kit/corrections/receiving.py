"""Parts of a receiver: pictures and sound put together by our own rules."""

from __future__ import annotations

import asyncio
import queue
import threading
from dataclasses import dataclass
from typing import Any

from aiortc import RTCRtpReceiver
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtcrtpreceiver import RemoteStreamTrack
from aiortc.rtp import AnyRtcpPacket, RtcpSrPacket, RtpPacket

from media_kit.corrections.arrivals import own_wait_s
from media_kit.corrections.key_frame_data import is_bearable, is_key_frame
from media_kit.rules.audio_assembly import AudioAssembly
from media_kit.rules.video_assembly import Assembled, Piece, VideoAssembly, Whole

MOST_UNDECODED = 12
"""Frames that may wait for the decoder: half a second. With more it will not catch up."""
ARRIVALS_KEPT = 64
"""Of pictures, until somebody asks how long they took."""
SOUND_KEPT = 10
"""Decoded sound frames kept for a reader that is late: 200 ms."""


@dataclass(frozen=True, slots=True)
class PictureFigures:
    """Lost packets that came when asked for, and holes that were given up."""

    recovered: int = 0
    skipped: int = 0


class _Reception(RTCRtpReceiver):
    """A receiver whose jitter buffer only notes the packet; what follows from it is done afterwards."""

    _RTCRtpReceiver__codecs: dict[int, RTCRtpCodecParameters]
    _RTCRtpReceiver__decoder_error: threading.Event
    _RTCRtpReceiver__decoder_queue: queue.Queue[Any]
    _RTCRtpReceiver__decoder_thread: threading.Thread | None
    _RTCRtpReceiver__jitter_buffer: Any
    _RTCRtpReceiver__lsr_time: dict[int, float]
    _RTCRtpReceiver__nack_generator: Any

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        await super()._handle_rtcp_packet(packet)
        if isinstance(packet, RtcpSrPacket):  # the delay since it counts from its arrival (RFC 3550, 6.4.1)
            self._RTCRtpReceiver__lsr_time[packet.ssrc] -= own_wait_s(self.transport)

    def _decode(self, codec: RTCRtpCodecParameters, whole: Whole) -> None:
        if self._RTCRtpReceiver__decoder_thread is not None:
            frame = JitterFrame(whole.data, whole.timestamp)
            self._RTCRtpReceiver__decoder_queue.put((codec, frame))


class _Noted:
    """Stands where aiortc's jitter buffer stood: keeps the packet that came through to it."""

    def __init__(self) -> None:
        self._packet: RtpPacket | None = None

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """Release nothing."""
        self._packet = packet
        return False, None

    def take(self) -> RtpPacket | None:
        """The packet noted since the last call."""
        packet, self._packet = self._packet, None
        return packet


def _piece(packet: RtpPacket) -> Piece:
    data: bytes = packet._data  # type: ignore[attr-defined]  # noqa: SLF001 - where aiortc puts it
    return Piece(packet.sequence_number, packet.timestamp, bool(packet.marker), data)


class AssemblesPictures(_Reception):
    """Puts pictures together by `VideoAssembly`."""

    def __init__(self, kind: str, transport: RTCDtlsTransport) -> None:
        super().__init__(kind, transport)
        self._pictures: VideoAssembly | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ticking: asyncio.Future[None] | None = None
        self._stream = 0
        self._codec: RTCRtpCodecParameters | None = None
        self._arrived_s = 0.0
        self._arrivals_s: dict[int, float] = {}
        """Of the packet that completed a picture, by its RTP timestamp; on the loop's clock."""
        if kind == "video":
            self._pictures = VideoAssembly(self._is_key_frame)
            self._RTCRtpReceiver__jitter_buffer = _Noted()
            self._RTCRtpReceiver__nack_generator = None

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        self._arrived_s = asyncio.get_running_loop().time() - own_wait_s(self.transport)
        if self._pictures is not None and self._RTCRtpReceiver__decoder_error.is_set():
            self._RTCRtpReceiver__decoder_error.clear()
            self._pictures.need_key_frame()
        await super()._handle_rtp_packet(packet, arrival_time_ms)
        if self._pictures is None or (noted := self._RTCRtpReceiver__jitter_buffer.take()) is None:
            return
        self._stream = noted.ssrc
        self._codec = self._RTCRtpReceiver__codecs[noted.payload_type]
        self._pictures.round_trip_s = self._round_trip_s()
        await self._carry_out(self._pictures.take(_piece(noted), asyncio.get_running_loop().time()))

    @property
    def figures(self) -> PictureFigures:
        """What was lost and found so far."""
        pictures = self._pictures
        return PictureFigures() if pictures is None else PictureFigures(pictures.recovered, pictures.skipped)

    def took_s(self, timestamp: int) -> float | None:
        """How long a picture has been in this machine, from its arrival until now; None: it is not known."""
        arrived_s = self._arrivals_s.pop(timestamp, None)
        return None if arrived_s is None else asyncio.get_running_loop().time() - arrived_s

    async def ask_for_key_frame(self) -> None:
        """Ask the sender, whatever was received."""
        if self._pictures is not None and self._stream:
            await self._send_rtcp_pli(self._stream)

    async def stop(self) -> None:
        self._stop_ticking()
        await super().stop()

    def _handle_disconnect(self) -> None:
        self._stop_ticking()
        super()._handle_disconnect()

    async def _carry_out(self, assembled: Assembled) -> None:
        for frame in assembled.frames:
            self._decode_picture(frame)
        if assembled.ask_for:
            await self._send_rtcp_nack(self._stream, sorted(assembled.ask_for))
        if assembled.ask_for_key_frame:
            await self._send_rtcp_pli(self._stream)
        self._tick_later()

    def _decode_picture(self, frame: Whole) -> None:
        if self._pictures is None or self._codec is None:
            return
        if self._RTCRtpReceiver__decoder_queue.qsize() >= MOST_UNDECODED or not is_bearable(frame.data):
            self._pictures.need_key_frame()
            return
        if len(self._arrivals_s) >= ARRIVALS_KEPT:
            self._arrivals_s.clear()
        self._arrivals_s[frame.timestamp] = self._arrived_s
        self._decode(self._codec, frame)

    def _is_key_frame(self, data: bytes) -> bool:
        return self._codec is not None and is_key_frame(self._codec.name, data)

    def _round_trip_s(self) -> float:
        pair = self.transport.transport._connection._nominated.get(1)  # noqa: SLF001
        return getattr(pair.protocol, "round_trip_s", None) or 0.0 if pair is not None else 0.0

    def _tick_later(self) -> None:
        due_s = None if self._pictures is None else self._pictures.next_tick_s()
        if due_s is None or (self._timer is not None and self._timer.when() <= due_s):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(due_s, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._pictures is not None:
            self._arrived_s = asyncio.get_running_loop().time()
            assembled = self._pictures.tick(asyncio.get_running_loop().time())
            self._ticking = asyncio.ensure_future(self._carry_out(assembled))

    def _stop_ticking(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._ticking is not None:
            self._ticking.cancel()
        self._pictures = self._timer = self._ticking = None


class AssemblesSound(_Reception):
    """Puts sound in order by `AudioAssembly`."""

    def __init__(self, kind: str, transport: RTCDtlsTransport) -> None:
        super().__init__(kind, transport)
        self._sound: AudioAssembly | None = None
        if kind == "audio":
            self._sound = AudioAssembly()
            self._RTCRtpReceiver__jitter_buffer = _Noted()

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        await super()._handle_rtp_packet(packet, arrival_time_ms)
        if self._sound is None or (noted := self._RTCRtpReceiver__jitter_buffer.take()) is None:
            return
        codec = self._RTCRtpReceiver__codecs[noted.payload_type]
        for frame in self._sound.take(_piece(noted), asyncio.get_running_loop().time()):
            self._decode(codec, frame)


class _Newest(asyncio.Queue[Any]):
    """A queue that forgets the oldest instead of growing."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        super().__init__()

    def _put(self, item: object) -> None:
        while self.qsize() >= self._kept:
            self._get()
        super()._put(item)


class KeepsNewest(RemoteStreamTrack):
    """The newest picture, or the newest 200 ms of sound: a reader that is late misses some, nothing waits."""

    def __init__(self, kind: str, id: str | None = None) -> None:  # noqa: A002 - aiortc's name
        super().__init__(kind, id)
        self._queue = _Newest(1 if kind == "video" else SOUND_KEPT)
