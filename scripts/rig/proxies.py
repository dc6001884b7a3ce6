"""What stands between two programs and spoils their conversation on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from rig.processes import RigError
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidHandshake

CHUNK_BYTES = 65536
WITHIN_S = 15.0


@dataclass(slots=True)
class LineProxy:
    """A TCP line: it can be slow, or cut so that nothing passes and nobody is told.

    What is sent into a cut line is not lost: it arrives when the line is mended.
    """

    target_port: int
    port: int = 0
    delay_s: float = 0.0
    """One way, for what is sent from now on."""
    _whole: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._whole.set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Nothing passes any more, in both directions; no end is told."""
        self._whole.clear()

    def mend(self) -> None:
        """Everything passes again, what waited first."""
        self._whole.set()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer), name="line")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there: asyncio.StreamWriter | None = None
        try:
            back, there = await asyncio.open_connection("127.0.0.1", self.target_port)
            pumps = (
                asyncio.create_task(self._pump(reader, there)),
                asyncio.create_task(self._pump(back, writer)),
            )
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        except OSError:
            return  # nobody listens there: this end is closed too
        finally:
            for end in (writer, there):
                if end is not None:
                    end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due_s, chunk = await queue.get()
                await asyncio.sleep(max(due_s - loop.time(), 0.0))
                await self._whole.wait()
                if not chunk:
                    return
                writer.write(chunk)
                await writer.drain()

        delivering = asyncio.create_task(deliver())
        try:
            chunk = b"?"
            while chunk:
                chunk = await reader.read(CHUNK_BYTES)
                queue.put_nowait((loop.time() + self.delay_s, chunk))
            await delivering
        finally:
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)


@dataclass(slots=True)
class WireProxy:
    """Between an agent and its adapter, frame by frame: chosen kinds are swallowed."""

    target_url: str
    url: str = ""
    passed: list[dict[str, Any]] = field(default_factory=list)
    """Control frames that went through, oldest first."""
    swallowed: list[dict[str, Any]] = field(default_factory=list)
    shut: bool = False
    """Whether new connections are turned away."""
    _kinds: frozenset[str] = frozenset()
    _server: Server | None = None
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __aenter__(self) -> Self:
        self._server = await serve(self._serve, "127.0.0.1", 0, compression=None, max_size=2**25)
        port = next(iter(self._server.sockets)).getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def swallow(self, kinds: Iterable[str] = ()) -> None:
        """From now on frames of these kinds do not arrive; none: all do."""
        self._kinds = frozenset(kinds)
        self.swallowed.clear()
        self.passed.clear()

    async def until_swallowed(self, kind: str) -> None:
        """Until a frame of this kind was swallowed."""
        await self._until(self.swallowed, kind)

    async def until_passed(self, kind: str) -> None:
        """Until a frame of this kind went through."""
        await self._until(self.passed, kind)

    async def _until(self, frames: list[dict[str, Any]], kind: str) -> None:
        try:
            async with asyncio.timeout(WITHIN_S), self._changed:
                await self._changed.wait_for(lambda: any(f["kind"] == kind for f in frames))
        except TimeoutError:
            raise RigError(f"no {kind} came by within {WITHIN_S:g} s") from None

    async def _serve(self, agent: ServerConnection) -> None:
        request = agent.request
        if request is None or self.shut:
            return
        headers = {"Authorization": request.headers.get("Authorization", "")}
        try:
            async with connect(
                self.target_url + request.path,
                additional_headers=headers,
                compression=None,
                max_size=2**25,
                ping_interval=None,
                proxy=None,
            ) as adapter:
                pumps = (
                    asyncio.create_task(self._pump(agent, adapter)),
                    asyncio.create_task(self._pump(adapter, agent)),
                )
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        except (OSError, InvalidHandshake, ConnectionClosed):
            agent.transport.abort()

    async def _pump(
        self, source: ServerConnection | ClientConnection, sink: ServerConnection | ClientConnection
    ) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for frame in source:
                if isinstance(frame, str) and not await self._passes(json.loads(frame)):
                    continue
                await sink.send(frame)

    async def _passes(self, message: dict[str, Any]) -> bool:
        passes = message["kind"] not in self._kinds
        async with self._changed:
            (self.passed if passes else self.swallowed).append(message)
            self._changed.notify_all()
        return passes
