"""Parts of a transport: a datagram has come when the kernel has it, not when a busy process reads it.

Linux keeps the moment of arrival of each datagram. What waited here, in a process that got no processor, is
taken out of the round trips and of the receiver's estimate: both are to speak of the line. And what waits is
read at one go: a process that must wait for its turn before every datagram never catches up.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aioice.ice import StunProtocol
from aiortc import RTCDtlsTransport, RTCIceGatherer, RTCIceTransport

from media_kit.rules.own_waits import waited_s

MOST_AT_ONCE = 64
LARGEST_BYTES = 65_536
_TIMESPEC = struct.Struct("@qq")
_SIOCGSTAMPNS = 0x8907
"""When the datagram read last had arrived (Linux, socket(7))."""


class Datagram(bytes):
    """What came, and when, in seconds since 1970 on this machine's clock; None where it does not say."""

    arrived_wall_s: float | None = None


class StampsArrivals(StunProtocol):
    """Reads everything that is there, and notes when it came."""

    _reading: socket.socket | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        end = transport.get_extra_info("socket")
        if end is not None and hasattr(end, "dup"):  # a relay has none
            self._reading = end.dup()
            self._reading.setblocking(False)
            _arrived_wall_s(self._reading)  # the kernel notes what arrives once it was asked

    def connection_lost(self, exc: Exception | None) -> None:
        if self._reading is not None:
            self._reading.close()
            self._reading = None
        super().connection_lost(exc)

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        super().datagram_received(_stamped(data, self._reading), addr)
        for _ in range(MOST_AT_ONCE - 1):
            if self._reading is None:  # what was read has closed it
                return
            try:
                more, addr = self._reading.recvfrom(LARGEST_BYTES)
            except OSError:  # nothing more; any other fault is told to the one who reads first
                return
            super().datagram_received(_stamped(more, self._reading), addr)


class KnowsArrivals(RTCIceTransport):
    """Knows when the datagram handed over last had arrived."""

    arrived_wall_s: float | None = None

    def __init__(self, gatherer: RTCIceGatherer) -> None:
        super().__init__(gatherer)
        self._receive: Callable[[], Awaitable[bytes]] = self._recv
        self._recv = self._receive_dated

    async def _receive_dated(self) -> bytes:
        data = await self._receive()
        self.arrived_wall_s = data.arrived_wall_s if isinstance(data, Datagram) else None
        return data


class JudgesArrivals(RTCDtlsTransport):
    """Estimates what the line carries from arrivals, not from when there was time to read."""

    async def _handle_rtp_data(self, data: bytes, arrival_time_ms: int) -> None:
        waited_ms = round(own_wait_s(self) * 1000)
        await super()._handle_rtp_data(data, arrival_time_ms=arrival_time_ms - waited_ms)


def own_wait_s(transport: RTCDtlsTransport) -> float:
    """How long the datagram in hand has waited in this machine, until now; 0 where nobody knows."""
    return waited_s(getattr(transport.transport, "arrived_wall_s", None), time.time())


def _stamped(data: bytes | str, end: socket.socket | None) -> Datagram:
    datagram = Datagram(data.encode() if isinstance(data, str) else data)
    if end is not None:
        datagram.arrived_wall_s = _arrived_wall_s(end)
    return datagram


if sys.platform == "linux":
    import fcntl

    def _arrived_wall_s(end: socket.socket) -> float | None:
        try:
            seconds, nanoseconds = _TIMESPEC.unpack(fcntl.ioctl(end, _SIOCGSTAMPNS, bytes(_TIMESPEC.size)))
        except OSError:
            return None
        return float(seconds) + float(nanoseconds) * 1e-9

else:

    def _arrived_wall_s(end: socket.socket) -> float | None:
        del end
        return None
