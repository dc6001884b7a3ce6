"""A small client of the scanner wire protocol, for conformance checks and an adapter's own tests.

It is not how an agent talks to a scanner: it trusts what it hears and reconnects never.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Self, TypeVar

from pydantic import BaseModel
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.scanner_messages import (
    FROM_SCANNER,
    SCANNER_IMAGE_HEADER,
    SCANNER_PROTOCOL,
    Event,
    Reply,
    ScannerHello,
    ScannerInstance,
    ScannerWelcome,
    SeriesStored,
    VitalsRead,
)
from mr_contract.wire import AGENT_FRAME_LIMIT_BYTES, IMAGE_FRAME_LIMIT_BYTES, decode, decode_image, encode

_R = TypeVar("_R", bound=BaseModel)
_E = TypeVar("_E", bound=Event)


class UnexpectedReply(Exception):
    """The scanner answered something else; the words are its own where it said no."""


def bearer(secret: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@asynccontextmanager
async def open_socket(url: str, path: str, secret: str) -> AsyncIterator[ClientConnection]:
    """A bare connection; `url` is the adapter's address without a path."""
    limit = AGENT_FRAME_LIMIT_BYTES if path == "/control" else IMAGE_FRAME_LIMIT_BYTES
    async with connect(
        url.rstrip("/") + path,
        additional_headers=bearer(secret),
        compression=None,
        max_size=limit,
        max_queue=None if path == "/control" else 16,
        proxy=None,
        open_timeout=5,
        close_timeout=1,
    ) as socket:
        yield socket


class ControlClient:
    """A greeted control connection. `events` and `readings` hold all that was heard, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._next_id = 0
        self._waiting: dict[int, asyncio.Future[BaseModel]] = {}
        self._heard = asyncio.Condition()
        self.events: list[Event] = []
        self.readings: list[VitalsRead] = []
        self.welcome: ScannerWelcome

    @classmethod
    @asynccontextmanager
    async def connected(
        cls, url: str, secret: str, *, agent: str = "scanner-kit"
    ) -> AsyncIterator[Self]:  # fmt: skip
        async with open_socket(url, "/control", secret) as socket:
            client = cls(socket)
            reader = asyncio.create_task(client._read())
            try:
                client.welcome = await client.ask(
                    ScannerHello, ScannerWelcome, protocol=SCANNER_PROTOCOL, agent=agent
                )
                yield client
            finally:
                reader.cancel()
                with suppress(asyncio.CancelledError):
                    await reader

    async def request(self, kind: type[BaseModel], **fields: Any) -> BaseModel:
        """Send a request and return whatever is replied."""
        self._next_id += 1
        reply: asyncio.Future[BaseModel] = asyncio.get_running_loop().create_future()
        self._waiting[self._next_id] = reply
        await self._socket.send(encode(kind(request_id=self._next_id, **fields)))
        return await reply

    async def request_raw(self, request_id: int, frame: str) -> BaseModel:
        """Send a frame as it is, and return the reply to the request that it names."""
        reply: asyncio.Future[BaseModel] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = reply
        await self._socket.send(frame)
        return await reply

    async def send_raw(self, frame: str | bytes) -> None:
        """Send a frame as it is."""
        with suppress(ConnectionClosed):
            await self._socket.send(frame)

    async def closed(self) -> str:
        """Wait until the adapter closes; its reason."""
        await self._socket.wait_closed()
        return self._socket.close_reason or ""

    async def ask(self, kind: type[BaseModel], expected: type[_R], **fields: Any) -> _R:
        """Send a request and insist on one kind of reply.

        Raises:
            UnexpectedReply: anything else, a `rejected` too.
        """
        reply = await self.request(kind, **fields)
        if not isinstance(reply, expected):
            raise UnexpectedReply(getattr(reply, "why", "") or f"{type(reply).__name__} was replied")
        return reply

    async def event(
        self, kind: type[_E], *, after: int = 0, such_that: Callable[[_E], bool] = lambda _: True
    ) -> _E:
        """The first event of a kind whose number is above `after`; waits for it."""
        async with self._heard:
            while True:
                for event in self.events:
                    if isinstance(event, kind) and event.number > after and such_that(event):
                        return event
                await self._heard.wait()

    async def reading(self) -> VitalsRead:
        """The newest reading of the patient's sensors; waits for the first."""
        async with self._heard:
            await self._heard.wait_for(lambda: self.readings)
            return self.readings[-1]

    async def _read(self) -> None:
        try:
            async for frame in self._socket:
                message = decode(FROM_SCANNER, frame)
                if isinstance(message, Reply):
                    waiting = self._waiting.pop(message.reply_to, None)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(message)
                elif isinstance(message, Event):
                    async with self._heard:
                        self.events.append(message)
                        self._heard.notify_all()
                elif isinstance(message, VitalsRead):
                    async with self._heard:
                        self.readings.append(message)
                        self._heard.notify_all()
        except ConnectionClosed:
            pass
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(UnexpectedReply("the connection was closed"))


class ImagesClient:
    """An images connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    @classmethod
    @asynccontextmanager
    async def connected(cls, url: str, secret: str) -> AsyncIterator[Self]:
        async with open_socket(url, "/images", secret) as socket:
            yield cls(socket)

    async def next(self) -> tuple[PreviewHeader | ScannerInstance, bytes]:
        """The next preview or instance."""
        frame = await self._socket.recv(decode=False)
        header, payload = decode_image(SCANNER_IMAGE_HEADER, frame)
        return header, bytes(payload)

    async def stored(self, series_id: str) -> None:
        """Say that a series is safely on disk."""
        await self._socket.send(encode(SeriesStored(series_id=series_id)))
