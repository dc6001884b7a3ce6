"""A TCP proxy with a narrow line behind it: rate, delay, and a queue shared by all connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CHUNK_BYTES = 1460


@dataclass
class _Direction:
    """One direction of the line: whoever finds the queue full waits, as TCP would after a loss."""

    bits_per_s: float
    delay_s: float
    queue_bytes: int
    queued_bytes: int = 0
    deepest_bytes: int = 0
    free_at_s: float = 0.0
    room: asyncio.Event = field(default_factory=asyncio.Event)

    async def carry(self, chunk: bytes, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while self.queued_bytes + len(chunk) > self.queue_bytes:
            self.room.clear()
            await self.room.wait()
        self.queued_bytes += len(chunk)
        self.deepest_bytes = max(self.deepest_bytes, self.queued_bytes)
        self.free_at_s = max(self.free_at_s, loop.time()) + len(chunk) * 8 / self.bits_per_s
        loop.call_at(self.free_at_s, self._left, len(chunk))
        loop.call_at(self.free_at_s + self.delay_s, self._arrive, writer, chunk)

    def _left(self, size: int) -> None:
        self.queued_bytes -= size
        self.room.set()

    @staticmethod
    def _arrive(writer: asyncio.StreamWriter, chunk: bytes) -> None:
        if not writer.transport.is_closing():
            writer.write(chunk)


@dataclass
class NarrowLine:
    """The proxy while it runs."""

    port: int
    up: _Direction
    down: _Direction


@asynccontextmanager
async def narrow_line(
    target_port: int, *, bits_per_s: float, round_trip_s: float, queue_bytes: int
) -> AsyncIterator[NarrowLine]:
    """Between a console and the agent at `target_port`."""
    up = _Direction(bits_per_s, round_trip_s / 2, queue_bytes)
    down = _Direction(bits_per_s, round_trip_s / 2, queue_bytes)
    pumps: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: _Direction) -> None:
        try:
            while chunk := await reader.read(CHUNK_BYTES):
                await line.carry(chunk, writer)
        except OSError:
            return
        await asyncio.sleep(line.delay_s)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", target_port)
        writers.extend((writer, onward_writer))
        for one in (pump(reader, onward_writer, up), pump(onward_reader, writer, down)):
            task = asyncio.ensure_future(one)
            pumps.add(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield NarrowLine(server.sockets[0].getsockname()[1], up, down)
    finally:
        server.close()
        for task in pumps:
            task.cancel()
        if pumps:
            await asyncio.wait(pumps)
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()
        await asyncio.sleep(0)
