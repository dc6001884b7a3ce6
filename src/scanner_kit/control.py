"""One control connection: requests in, replies and events out.

- A stop is carried out as its frame is read: before whatever waits, hello or not.
- The first frame is a hello of the same protocol version; anything else is answered in words and closed.
- A frame that breaks the contract closes the connection; where it names its request, it is answered first.
- Requests begin in order of arrival; at most `IN_FLIGHT` are unanswered, and what is not read is bounded.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, ValidationError
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from mr_contract.scanner_messages import (
    SCANNER_PROTOCOL,
    SCANNER_REQUEST,
    GetLog,
    Rejected,
    RequestId,
    ScannerHello,
    ScannerRequest,
    Stop,
)
from mr_contract.wire import Violation, decode, encode
from scanner_kit.event_log import EventLog
from scanner_kit.model import ModelRequest, ScannerModel

IN_FLIGHT = 64
HELLO_WITHIN_S = 5.0
POLICY_VIOLATION = 1008
GOING_AWAY = 1001
_LOGGER = logging.getLogger(__name__)


class _Named(BaseModel):
    """As much of a broken request as its refusal needs."""

    model_config = ConfigDict(strict=True, extra="ignore")

    request_id: RequestId


class ControlConnection:
    """`objection` may refuse a request before the model sees it; `joined` is called after a good hello."""

    def __init__(
        self,
        socket: ServerConnection,
        model: ScannerModel,
        log: EventLog,
        *,
        objection: Callable[[ControlConnection, ScannerRequest], Rejected | None],
        joined: Callable[[ControlConnection], None],
        most_unread: int,
    ) -> None:
        self._socket = socket
        self._model = model
        self._log = log
        self._objection = objection
        self._joined = joined
        self._most_unread = most_unread
        self._greeted = False
        self.is_observer = False
        self._outgoing: deque[str] = deque()
        self._wake = asyncio.Event()
        self._closing_because = ""
        self._answering: set[asyncio.Task[None]] = set()

    def push(self, message: BaseModel, *, first: bool = False) -> None:
        """Queue a message; `first` overtakes what waits. A peer that does not read is cut off."""
        if self._closing_because:
            return
        if len(self._outgoing) >= self._most_unread:
            self._close(f"{self._most_unread} messages were not read")
            self._socket.transport.abort()
            return
        (self._outgoing.appendleft if first else self._outgoing.append)(encode(message))
        self._wake.set()

    def show(self, reading: BaseModel) -> None:
        """Queue a reading, unless something else waits to be read: then the next one will do."""
        if not self._outgoing:
            self.push(reading)

    async def serve(self) -> None:
        """Until either side closes. An exception of the model ends this connection and no other."""
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(self._write())
            greeting = group.create_task(self._expect_hello())
            try:
                await self._read(group)
            finally:
                for task in (greeting, writer, *self._answering):
                    task.cancel()

    async def _read(self, group: asyncio.TaskGroup) -> None:
        try:
            async for frame in self._socket:
                try:
                    await self._take(frame, group)
                except Violation as violation:
                    self._refuse(frame, violation.why)
                if self._closing_because:
                    await self._socket.wait_closed()  # the writer sends what waits, then closes
                    return
        except ConnectionClosed as closed:
            if closed.sent is not None and not closed.rcvd_then_sent and closed.sent.code != GOING_AWAY:
                _LOGGER.warning("control connection closed: %s", closed.sent.reason or closed.sent.code)

    async def _take(self, frame: str | bytes, group: asyncio.TaskGroup) -> None:
        if isinstance(frame, bytes):
            raise Violation("a control frame is a text frame")
        request = decode(SCANNER_REQUEST, frame)
        if isinstance(request, Stop):
            self.push(await self._model.stop(request), first=True)
        elif not self._greeted:
            await self._greet(request)
        elif len(self._answering) >= IN_FLIGHT:
            raise Violation(f"more than {IN_FLIGHT} requests are unanswered")
        else:
            self._begin(request, group)

    async def _greet(self, request: ScannerRequest) -> None:
        if not isinstance(request, ScannerHello):
            raise Violation("the first frame must be a hello")
        if request.protocol != SCANNER_PROTOCOL:
            raise Violation(
                f"this adapter speaks version {SCANNER_PROTOCOL} of the scanner protocol, the agent version "
                f"{request.protocol}: update the older one"
            )
        self._greeted = True
        self.is_observer = request.observer
        self.push(await self._model.welcome(request.request_id))
        self._joined(self)

    def _begin(self, request: ScannerRequest, group: asyncio.TaskGroup) -> None:
        match request:
            case ScannerHello() | Stop():
                raise Violation("a second hello")
            case GetLog():
                self.push(self._log.after(request.after, reply_to=request.request_id))
            case _ if (rejected := self._objection(self, request)) is not None:
                self.push(rejected)
            case _:
                task = group.create_task(self._answer(request))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)

    async def _answer(self, request: ModelRequest) -> None:
        self.push(await self._model.answer(request))

    def _refuse(self, frame: str | bytes, why: str) -> None:
        """Say no in words where the frame names its request, then close."""
        request_id = _request_id(frame)
        if request_id is not None:
            self.push(Rejected(reply_to=request_id, why=why), first=True)
        self._close(why)

    def _close(self, why: str) -> None:
        if not self._closing_because:
            self._closing_because = why
            _LOGGER.warning("control connection refused: %s", why)
            self._wake.set()

    async def _expect_hello(self) -> None:
        await asyncio.sleep(HELLO_WITHIN_S)
        if not self._greeted:
            self._close(f"no hello within {HELLO_WITHIN_S:g} s")

    async def _write(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._outgoing:
                    await self._socket.send(self._outgoing.popleft())
                if self._closing_because:
                    await self._socket.close(POLICY_VIOLATION, close_reason(self._closing_because))
                    return
        except ConnectionClosed:
            return


def close_reason(why: str) -> str:
    """At most 123 bytes fit into a close frame (RFC 6455, 5.5)."""
    return why.encode()[:123].decode(errors="ignore")


def _request_id(frame: str | bytes) -> int | None:
    """The request a broken frame belongs to, if that much can be read."""
    try:
        return _Named.model_validate_json(frame).request_id
    except ValidationError:
        return None
