"""Parts of ICE: addresses and ports offered, sizes of sockets' buffers, lengths of round trips."""

from __future__ import annotations

import asyncio
import itertools
import socket
from dataclasses import dataclass
from typing import Any, ClassVar

from aioice import Candidate, Connection
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import StunProtocol
from aioice.stun import Message
from aioice.turn import TurnClientTcpProtocol
from aiortc import RTCIceGatherer, RTCIceServer

SOCKET_BUFFER_BYTES = 4 * 1024 * 1024
RELAY_WAITING_BYTES = 128 * 1024
CHANNELS = range(0x40, 0x80)
"""First byte of channel data (RFC 8656, 12.4); everything else keeps the relay alive."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where media may be reached. `udp_ports` are the first and last of a range; None: the system chooses.

    `addresses` are those offered; None: all of the machine's but its loopback.
    """

    udp_ports: tuple[int, int] | None = None
    addresses: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.udp_ports is not None and not 1024 <= self.udp_ports[0] <= self.udp_ports[1] <= 65535:
            first, last = self.udp_ports
            raise ValueError(f"media's UDP ports {first} to {last}: give two ports, 1024 to 65535, in order")


class NoPortFree(OSError):
    """Every port of the range is taken."""


class NoPublicServers(RTCIceGatherer):
    """Asks nobody outside the site unless told to."""

    @classmethod
    def getDefaultIceServers(cls) -> list[RTCIceServer]:  # noqa: N802 - aiortc's name
        return []


class TimesRequests(StunProtocol):
    """Knows its round trip from the connectivity checks, which go on while the connection lives."""

    round_trip_s: float | None = None

    async def request(
        self,
        request: Message,
        addr: tuple[str, int],
        integrity_key: bytes | None = None,
        retransmissions: int | None = None,
    ) -> tuple[Message, tuple[str, int]]:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        answer = await super().request(request, addr, integrity_key, retransmissions)
        took_s, known_s = loop.time() - began_s, self.round_trip_s
        # A request repeated after a loss looks like a long round trip: shorter is believed at once.
        self.round_trip_s = took_s if known_s is None else min(took_s, known_s + (took_s - known_s) / 4)
        return answer


class BoundedRelay(TurnClientTcpProtocol):
    """Drops what a relay's stream has no room for: what is lost is asked for, what waits is only late."""

    def _send(self, data: bytes) -> None:
        is_media = CHANNELS.start <= data[0] < CHANNELS.stop
        if is_media and self.transport.get_write_buffer_size() > RELAY_WAITING_BYTES:
            return
        super()._send(data)


class ChosenSockets(Connection):
    """Offers only the addresses and ports of its `reach`."""

    reach: ClassVar[Reach] = Reach()
    _turns: ClassVar[itertools.count[int]] = itertools.count()

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109 - aioice's name
    ) -> list[Candidate]:
        chosen = addresses if self.reach.addresses is None or not addresses else list(self.reach.addresses)
        if self.reach.udp_ports is None:
            return await super().get_component_candidates(component, chosen, timeout)
        hosts = [await self._host_candidate(component, address) for address in chosen]
        return hosts + await super().get_component_candidates(component, [], timeout)

    async def _host_candidate(self, component: int, address: str) -> Candidate:
        protocol = await self._bind(address)
        host, port = protocol.transport.get_extra_info("sockname")[:2]
        protocol.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", host),
            component=component,
            transport="udp",
            priority=candidate_priority(component, "host"),
            host=host,
            port=port,
            type="host",
        )
        self._protocols.append(protocol)
        return protocol.local_candidate

    async def _bind(self, address: str) -> StunProtocol:
        from aioice import ice  # the class there may be a corrected one

        first, last = self.reach.udp_ports or (0, 0)
        loop, size, turn = asyncio.get_running_loop(), last - first + 1, next(self._turns)
        for step in range(size):
            port = first + (turn + step) % size
            try:
                _, protocol = await loop.create_datagram_endpoint(
                    lambda: ice.StunProtocol(self), local_addr=(address, port)
                )
            except OSError:
                continue
            enlarge_buffers(protocol.transport.get_extra_info("socket"))
            return protocol
        raise NoPortFree(f"no UDP port from {first} to {last} is free on {address}: widen the range")


def enlarge_buffers(end: Any) -> None:
    """Room for a burst in both directions; the kernel may grant less (net.core.rmem_max, wmem_max)."""
    for way in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        end.setsockopt(socket.SOL_SOCKET, way, SOCKET_BUFFER_BYTES)
