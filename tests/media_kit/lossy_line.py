"""A line between two peer connections that loses, delays and cuts: a UDP proxy in the test's own loop.

What is lost depends on the seed and on each datagram's place in its direction, never on time.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from aiortc import RTCPeerConnection, RTCSessionDescription

from media_kit.corrections.ice import enlarge_buffers

Address = tuple[str, int]


@dataclass(slots=True)
class Line:
    """How the line is; may be changed while it carries. Positions count RTP packets from `near`."""

    loss: float = 0.0
    delay_s: float = 0.0
    cut: bool = False
    loses_once: int | None = None
    loses_for_good: int | None = None
    """This packet, and every retransmission."""
    retransmissions: set[int] = field(default_factory=set)
    carried: int = 0
    lost: int = 0

    def loses(self, datagram: bytes, position: int) -> bool:
        """Whether an RTP packet from `near` is lost by its position."""
        if self.loses_for_good is None:
            return position == self.loses_once
        return position == self.loses_for_good or _source(datagram) in self.retransmissions


@dataclass(slots=True)
class Way:
    """One direction, with chances of its own."""

    line: Line
    chances: random.Random
    is_from_near: bool
    position: int = 0

    def passes(self, datagram: bytes) -> bool:
        """Whether it arrives; but for a cut, only media is lost (a connection not made shows nothing)."""
        if self.line.cut or not 127 < datagram[0] < 192:
            return not self.line.cut
        lost = self.chances.random() < self.line.loss
        if not self.is_from_near or 192 <= datagram[1] <= 208:  # RTCP
            return not lost
        lost = lost or self.line.loses(datagram, self.position)
        self.position += 1
        self.line.lost += lost
        self.line.carried += not lost
        return not lost


def _source(datagram: bytes) -> int:
    return int.from_bytes(datagram[8:12], "big")


class _End(asyncio.DatagramProtocol):
    """Stands for one peer towards the other: what arrives here goes on from the other end to `onward`."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self.transport: asyncio.DatagramTransport | None = None
        self.other: _End | None = None
        self.peer: Address | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)
        enlarge_buffers(transport.get_extra_info("socket"))  # or a large picture would be lost here

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self.peer = addr
        if self.other is None or not data or not self._way.passes(data):
            return
        if self._way.line.delay_s:
            asyncio.get_running_loop().call_later(self._way.line.delay_s, self._send_on, data)
        else:
            self._send_on(data)

    def _send_on(self, data: bytes) -> None:
        onward = None if self.other is None else self.other.transport
        if self.other is not None and self.other.peer is not None and onward and not onward.is_closing():
            onward.sendto(data, self.other.peer)


@asynccontextmanager
async def lossy_line(line: Line, seed: int) -> AsyncIterator[Callable[[str, bool], str]]:
    """A function that puts the proxy's address into a description: `reroute(sdp, from_near)`."""
    loop = asyncio.get_running_loop()
    ways = [Way(line, random.Random(seed * 2 + n), is_from_near=n == 0) for n in range(2)]
    made = [
        await loop.create_datagram_endpoint(partial(_End, way), local_addr=("127.0.0.1", 0)) for way in ways
    ]
    (_, near), (_, far) = made
    near.other, far.other = far, near

    def reroute(sdp: str, from_near: bool) -> str:
        end, towards = (far, near) if from_near else (near, far)
        lines = []
        for words in sdp.splitlines():
            parts = words.split(" ")
            if words.startswith("a=ssrc-group:FID"):
                line.retransmissions.add(int(parts[2]))
            if words.startswith("a=candidate:"):
                towards.peer = (parts[4], int(parts[5]))
                assert end.transport is not None
                parts[4], parts[5] = map(str, end.transport.get_extra_info("sockname")[:2])
            lines.append(" ".join(parts))
        return "\r\n".join(lines) + "\r\n"

    try:
        yield reroute
    finally:
        for transport, _ in made:
            transport.close()


async def connect(
    near: RTCPeerConnection, far: RTCPeerConnection, reroute: Callable[[str, bool], str] | None = None
) -> None:
    """Offer, answer, and nothing else; `near` offers."""

    def on_the_way(description: RTCSessionDescription, from_near: bool) -> RTCSessionDescription:
        sdp = description.sdp if reroute is None else reroute(description.sdp, from_near)
        return RTCSessionDescription(sdp, description.type)

    await near.setLocalDescription(await near.createOffer())
    await far.setRemoteDescription(on_the_way(near.localDescription, True))
    await far.setLocalDescription(await far.createAnswer())
    await near.setRemoteDescription(on_the_way(far.localDescription, False))
