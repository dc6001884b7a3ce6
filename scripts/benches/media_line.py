"""A UDP line with loss, delay, a rate and a queue, between two peers of `bench media`."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

BUFFER_BYTES = 4 * 1024 * 1024
SEED = 7
Address = tuple[str, int]


@dataclass(slots=True)
class LineRules:
    """How the line is; the round trip is spent half each way. Only media is lost by chance."""

    loss: float = 0.0
    round_trip_s: float = 0.0
    bits_per_s: float | None = None
    queue_bytes: int = 48_000
    cut: bool = False
    carried_bytes: int = 0
    """Both ways, until now."""


class _End(asyncio.DatagramProtocol):
    def __init__(self, rules: LineRules, seed: int) -> None:
        self._rules = rules
        self._chance = random.Random(seed)
        self._free_at_s = 0.0
        self.transport: asyncio.DatagramTransport | None = None
        self.other: _End | None = None
        self.peer: Address | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)
        for way in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, way, BUFFER_BYTES)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self.peer = addr
        if not data or self._rules.cut or (127 < data[0] < 192 and self._chance.random() < self._rules.loss):
            return
        loop, rules = asyncio.get_running_loop(), self._rules
        leaves_s = now_s = loop.time()
        if rules.bits_per_s is not None:
            begins_s = max(self._free_at_s, now_s)
            if (begins_s - now_s) * rules.bits_per_s / 8 > rules.queue_bytes:
                return
            leaves_s = self._free_at_s = begins_s + len(data) * 8 / rules.bits_per_s
        arrives_s = leaves_s + rules.round_trip_s / 2
        if arrives_s <= now_s:
            self._send_on(data)
        else:
            loop.call_at(arrives_s, self._send_on, data)

    def _send_on(self, data: bytes) -> None:
        self._rules.carried_bytes += len(data)
        if self.other is None or self.other.peer is None or self.other.transport is None:
            return
        if not self.other.transport.is_closing():
            self.other.transport.sendto(data, self.other.peer)


class UdpLine:
    """Both ends of one line; `reroute` puts the line into what one peer tells the other."""

    def __init__(self, site: _End, desk: _End) -> None:
        self._site, self._desk = site, desk
        site.other, desk.other = desk, site

    def reroute(self, sdp: str, *, from_site: bool) -> str:
        """The description with the line's address instead of the peer's; only the first candidate stays."""
        end, towards = (self._desk, self._site) if from_site else (self._site, self._desk)
        where: Address = cast("asyncio.DatagramTransport", end.transport).get_extra_info("sockname")
        rerouted, peer = through(sdp, where)
        towards.peer = peer or towards.peer
        return rerouted


def through(sdp: str, where: Address) -> tuple[str, Address | None]:
    """A description with another address than its own, and its own; only the first candidate stays."""
    lines, stays, peer = [], True, None
    for line in sdp.splitlines():
        if not line.startswith("a=candidate:"):
            lines.append(line)
            stays = stays or line.startswith("m=")
            continue
        words = line.split(" ")
        if stays and ":" not in words[4]:
            peer, stays = (words[4], int(words[5])), False
            words[4:6] = map(str, where)
            lines.append(" ".join(words))
    return "\r\n".join(lines) + "\r\n", peer


@asynccontextmanager
async def udp_line(rules: LineRules) -> AsyncIterator[UdpLine]:
    """A line on the loopback, while the context lasts."""
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_datagram_endpoint(partial(_End, rules, SEED + n), local_addr=("127.0.0.1", 0))
        for n in range(2)
    ]
    try:
        yield UdpLine(made[0][1], made[1][1])
    finally:
        for transport, _ in made:
            transport.close()
