"""Parts of a sender: a track that is encoded already hears what its receiver asks for and reports."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiortc import RTCRtpSender
from aiortc.codecs.vpx import Vp8Encoder
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtcrtpsender import RTCEncodedFrame
from aiortc.rtp import (
    RTCP_PSFB_APP,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpSrPacket,
    RtpPacket,
    unpack_remb_fci,
)

from media_kit.corrections.arrivals import own_wait_s
from media_kit.corrections.pacing import PacesPictures
from media_kit.encoded_track import EncodedTrack
from media_kit.rules.capture_times import CLOCK_HZ, CapturePair
from media_kit.rules.lines import LineReport

AGAIN_AFTER_S = 0.01
"""Between a packet and its repetition: what loses one is over by the other."""


class TellsItsTrack(RTCRtpSender):
    """Passes on key-frame requests and reports, and says how the RTP timestamps count."""

    _RTCRtpSender__lsr: int | None
    _RTCRtpSender__lsr_time: float
    _RTCRtpSender__rtp_timestamp: int
    _RTCRtpSender__rtp_history: dict[int, RtpPacket]
    _sent: RTCEncodedFrame | None = None
    _again: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        if self._again is not None:
            self._again.cancel()
        await super().stop()

    def _send_keyframe(self) -> None:
        if isinstance(self.track, EncodedTrack):
            self.track.request_key_frame()
        else:
            super()._send_keyframe()

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        await super()._handle_rtcp_packet(packet)
        if isinstance(self.track, EncodedTrack) and (report := self._report(packet)) is not None:
            self.track.line_reported(report)

    async def _next_encoded_frame(self, codec: RTCRtpCodecParameters) -> RTCEncodedFrame | None:
        # The sender comes back for the next frame when every packet of the one before is sent.
        if isinstance(self.track, EncodedTrack) and self._sent is not None:
            self._frame_is_sent(self.track, self._sent)
        self._sent = await super()._next_encoded_frame(codec)
        if isinstance(self.track, EncodedTrack) and isinstance(self.transport, PacesPictures):
            self.transport.pace_bps = self.track.pace_bps
        return self._sent

    def _frame_is_sent(self, track: EncodedTrack, sent: RTCEncodedFrame) -> None:
        timestamp = self._RTCRtpSender__rtp_timestamp
        if track.capture_pair is None:
            track.capture_pair = CapturePair(timestamp, sent.timestamp / CLOCK_HZ)
        if track.copies and (self._again is None or self._again.done()):
            history = self._RTCRtpSender__rtp_history.values()
            packets = [packet.sequence_number for packet in history if packet.timestamp == timestamp]
            self._again = asyncio.get_running_loop().create_task(self._send_again(packets, track.copies))

    async def _send_again(self, packets: list[int], copies: int) -> None:
        for _ in range(copies):
            await asyncio.sleep(AGAIN_AFTER_S)
            try:
                for sequence_number in packets:
                    await self._retransmit(sequence_number)
            except ConnectionError:
                return

    def _report(self, packet: AnyRtcpPacket) -> LineReport | None:
        if isinstance(packet, RtcpRrPacket | RtcpSrPacket):
            lost = [report.fraction_lost / 256 for report in packet.reports if report.ssrc == self._ssrc]
            return LineReport(max(lost), self._round_trip_s(packet)) if lost else None
        if isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP:
            receiver_bps, streams = unpack_remb_fci(packet.fci)
            if self._ssrc in streams:
                return LineReport(receiver_bps=receiver_bps // max(len(streams), 1))
        return None

    def _round_trip_s(self, packet: RtcpRrPacket | RtcpSrPacket) -> float | None:
        """Of this report alone: aiortc's own figure is smoothed over ten seconds."""
        for report in packet.reports:
            if report.ssrc == self._ssrc and report.dlsr and report.lsr == self._RTCRtpSender__lsr:
                arrived_wall_s = time.time() - own_wait_s(self.transport)
                return max(arrived_wall_s - self._RTCRtpSender__lsr_time - report.dlsr / 65536, 0.0)
        return None


class OwnLimits(Vp8Encoder):
    """Keeps its bitrate between limits of its own."""

    least_bps, most_bps = 100_000, 6_000_000

    def __init__(self) -> None:
        super().__init__()
        self._wanted_bps: Any = super().target_bitrate

    @property
    def target_bitrate(self) -> int:
        return int(max(self.least_bps, min(self._wanted_bps, self.most_bps)))

    @target_bitrate.setter
    def target_bitrate(self, bitrate: int) -> None:
        self._wanted_bps = bitrate
