"""Parts of a DTLS transport: what arrives is routed whole, and nothing that arrives can end it.

And of those who use one: a description cannot take it from them.
"""

from __future__ import annotations

import logging
import struct

from aiortc import RTCDtlsTransport, RTCRtpReceiver, RTCSctpTransport
from aiortc.rtcdtlstransport import RtpReceiver
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters

_LOG = logging.getLogger(__name__)

MALFORMED = (
    ValueError, LookupError, ArithmeticError, TypeError, AttributeError, AssertionError, struct.error
)  # fmt: skip
"""What parsing something malformed raises in aiortc. A lost connection is not among them."""


class RoutesRetransmissions(RTCDtlsTransport):
    """Knows whose retransmissions are whose."""

    def _register_rtp_receiver(self, receiver: RtpReceiver, parameters: RTCRtpReceiveParameters) -> None:
        super()._register_rtp_receiver(receiver, parameters)
        for encoding in parameters.encodings:
            if encoding.rtx is not None:
                self._rtp_router.ssrc_table[encoding.rtx.ssrc] = receiver


class ContainsFaults(RTCDtlsTransport):
    """Counts what cannot be understood, and goes on with the next datagram."""

    malformed = 0

    async def _recv_next(self) -> None:
        try:
            await super()._recv_next()
        except MALFORMED as fault:
            self.malformed += 1
            if self.malformed & (self.malformed - 1) == 0:  # 1, 2, 4, 8 …: a flood writes no log
                _LOG.warning("%d malformed datagrams dropped; the last: %r", self.malformed, fault)


class KeepsMediaTransport(RTCRtpReceiver):
    """Is not bundled with a section that the description does not have."""

    def setTransport(self, transport: RTCDtlsTransport | None) -> None:  # noqa: N802 - aiortc's name
        super().setTransport(_existing(transport))


class KeepsDataTransport(RTCSctpTransport):
    """Is not bundled with a section that the description does not have."""

    def setTransport(self, transport: RTCDtlsTransport | None) -> None:  # noqa: N802 - aiortc's name
        super().setTransport(_existing(transport))


def _existing(transport: RTCDtlsTransport | None) -> RTCDtlsTransport:
    if transport is None:
        raise ValueError("it bundles with a section that is not there")
    return transport
