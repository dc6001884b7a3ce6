"""Part of a DTLS transport: pictures leave at the line's pace, and the voice does not wait behind them."""

from __future__ import annotations

import asyncio

from aiortc.rtcdtlstransport import RTCDtlsTransport

BURST_BYTES = 12_000
"""What may leave at once: ten packets."""
SMALL_BYTES = 500
"""What is smaller is voice, feedback or a keep-alive, and waits for nothing."""


class PacesPictures(RTCDtlsTransport):
    """Sends large packets no faster than `pace_bps`; None: as they come."""

    pace_bps: int | None = None
    _spare_bytes = float(BURST_BYTES)
    _counted_s = 0.0

    async def _send_rtp(self, data: bytes) -> None:
        if self.pace_bps is not None and len(data) > SMALL_BYTES:
            wait_s = self._take_room(len(data), self.pace_bps / 8)
            # Retransmissions are sent by who reads what arrives: they never wait, only those after them do.
            if wait_s > 0 and int.from_bytes(data[8:12], "big") in self._rtp_router.senders:
                await asyncio.sleep(wait_s)
        await super()._send_rtp(data)

    def _take_room(self, size: int, bytes_per_s: float) -> float:
        """Seconds to wait: a bucket that fills at the pace, and may be in debt."""
        now_s = asyncio.get_running_loop().time()
        filled = self._spare_bytes + (now_s - self._counted_s) * bytes_per_s
        self._spare_bytes, self._counted_s = min(filled, BURST_BYTES) - size, now_s
        return -self._spare_bytes / bytes_per_s
