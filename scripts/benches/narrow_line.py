"""A narrow line as a proxy: rate, delay and one bounded queue each way, shared by everything that passes.

TCP connections go to one port; with `--datagrams` two more sockets carry media between whoever speaks to
them first. Of TCP whoever finds the queue full waits, in the order of arrival, as TCP would after a loss; a
datagram is thrown away, as a router would. What the kernel may hold in front of the queue is kept small.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
from collections import deque
from pathlib import Path
from typing import Any, cast

from benches.serving import until_told

PIECE_BYTES = 1400
KERNEL_BUFFER_BYTES = 16 * 1024
DATAGRAM_BUFFER_BYTES = 4 * 1024 * 1024


class Way:
    """One direction: pieces leave one after the other at the line's rate, and arrive `delay_s` later."""

    def __init__(self, bits_per_s: float, delay_s: float, queue_bytes: int) -> None:
        self._bytes_per_s = bits_per_s / 8
        self._delay_s = delay_s
        self._room_bytes = queue_bytes
        self._empty_at_s = 0.0
        self._turns: deque[asyncio.Future[None]] = deque()

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection's bytes to its end."""
        loop = asyncio.get_running_loop()
        while piece := await reader.read(PIECE_BYTES):
            await self._enter(len(piece))
            loop.call_at(self._queued(len(piece)), _deliver, writer, piece)
        await asyncio.sleep(max(self._empty_at_s - loop.time(), 0.0) + self._delay_s)
        writer.close()

    def carry(self, datagram: bytes, onward: End) -> None:
        """Carry a datagram to the other end, or throw it away where there is no room."""
        if self._room_bytes >= len(datagram):
            self._room_bytes -= len(datagram)
            asyncio.get_running_loop().call_at(self._queued(len(datagram)), onward.send, datagram)

    def _queued(self, size_bytes: int) -> float:
        """When a piece, which has found room, arrives at the other end."""
        loop = asyncio.get_running_loop()
        self._empty_at_s = max(self._empty_at_s, loop.time()) + size_bytes / self._bytes_per_s
        loop.call_at(self._empty_at_s, self._leave, size_bytes)
        return self._empty_at_s + self._delay_s

    async def _enter(self, size_bytes: int) -> None:
        while self._room_bytes < size_bytes:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._turns.append(turn)
            await turn
        self._room_bytes -= size_bytes

    def _leave(self, size_bytes: int) -> None:
        self._room_bytes += size_bytes
        if self._turns and not (turn := self._turns.popleft()).done():
            turn.set_result(None)


class End(asyncio.DatagramProtocol):
    """Where one of the two media peers finds the line; it is known from what it sends."""

    def __init__(self, onward: Way) -> None:
        self._onward = onward
        self._transport: asyncio.DatagramTransport | None = None
        self._peer: tuple[str, int] | None = None
        self.other: End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        for way in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, way, DATAGRAM_BUFFER_BYTES)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._peer = addr
        if self.other is not None:
            self._onward.carry(data, self.other)

    def send(self, data: bytes) -> None:
        """What came through the line, to the peer here."""
        if self._transport is not None and self._peer is not None and not self._transport.is_closing():
            self._transport.sendto(data, self._peer)

    @property
    def port(self) -> int:
        """Of its socket."""
        found: int = cast("asyncio.DatagramTransport", self._transport).get_extra_info("sockname")[1]
        return found


async def datagram_ends(up: Way, down: Way) -> tuple[End, End]:
    """Where the site sends to, and where the desk does."""
    loop = asyncio.get_running_loop()
    _, for_site = await loop.create_datagram_endpoint(lambda: End(down), local_addr=("127.0.0.1", 0))
    _, for_desk = await loop.create_datagram_endpoint(lambda: End(up), local_addr=("127.0.0.1", 0))
    for_site.other, for_desk.other = for_desk, for_site
    return for_site, for_desk


def _keep_short(end: socket.socket) -> None:
    """Segments as on a network: with the loopback's 64 KiB ones a short buffer would stall the sender."""
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, PIECE_BYTES)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER_BYTES)


def _deliver(writer: asyncio.StreamWriter, piece: bytes) -> None:
    if not writer.transport.is_closing():
        writer.write(piece)


async def _main(options: argparse.Namespace) -> None:
    up, down = (Way(options.bits_per_s, options.round_trip_s / 2, options.queue_bytes) for _ in range(2))

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward = socket.socket()
        _keep_short(onward)
        onward.setblocking(False)
        await asyncio.get_running_loop().sock_connect(onward, ("127.0.0.1", options.target_port))
        far_reader, far_writer = await asyncio.open_connection(sock=onward, limit=PIECE_BYTES)
        with contextlib.suppress(OSError):
            await asyncio.gather(up.pump(reader, far_writer), down.pump(far_reader, writer))
        for end in (writer, far_writer):
            end.transport.abort()

    more: dict[str, Any] = {}
    if options.datagrams:
        for_site, for_desk = await datagram_ends(up, down)
        more = {"for_site": for_site.port, "for_desk": for_desk.port}
    listener = socket.create_server(("127.0.0.1", 0))
    _keep_short(listener)
    async with await asyncio.start_server(carry, sock=listener, limit=PIECE_BYTES):
        await until_told(options.ready_file, listener.getsockname()[1], **more)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--target-port", type=int, required=True)
    parser.add_argument("--bits-per-s", type=float, required=True)
    parser.add_argument("--round-trip-s", type=float, required=True)
    parser.add_argument("--queue-bytes", type=int, required=True)
    parser.add_argument("--datagrams", action="store_true")
    parser.add_argument("--ready-file", type=Path, required=True)
    asyncio.run(_main(parser.parse_args()))
