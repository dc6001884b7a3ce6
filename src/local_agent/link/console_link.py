"""One control connection, as the service sees it: send without waiting, close with reasons.

- `send` writes at once while the line takes it and queues when it does not; the queue is bounded, and a
  link that lets it fill is cut: nobody else waits for it.
- After `close` no frame of this link reaches the door any more.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from pydantic import BaseModel
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed

from local_agent.ports import ConsoleDoor, ConsolePeer
from mr_contract.console_messages import Farewell
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.wire import CONTROL_FRAME_LIMIT_BYTES, encode

MOST_QUEUED_FRAMES = 1024
MOST_QUEUED_CHARACTERS = 4 * 1024 * 1024
MOST_UNSENT_BYTES = 4 * 1024 * 1024
"""In the transport: pongs go there by themselves, also to a peer that only pings and never reads."""
FRAMES_PER_TURN = 8
"""A link that floods the agent gives way to the others after so many frames."""

POLICY_VIOLATION, GOING_AWAY, TOO_BIG = 1008, 1001, 1009
LOG = logging.getLogger("local_agent.link")


class FrameEncoder:
    """Encodes a message once when the same one goes to many links in a row."""

    def __init__(self) -> None:
        self._last: BaseModel | None = None
        self._frame = ""

    def encode(self, message: BaseModel) -> str:
        """The JSON text frame of a message."""
        if message is not self._last:
            self._frame = encode(message)
            self._last = message
        return self._frame


class WebSocketConsoleLink:
    """A `ConsoleLink` over a WebSocket; used on the agent's loop only."""

    def __init__(self, connection: ServerConnection, peer: ConsolePeer, encoder: FrameEncoder) -> None:
        self._connection = connection
        self._peer = peer
        self._encoder = encoder
        self._queue: deque[str] = deque()
        self._queued_characters = 0
        self._wake = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None
        self._cut = False

    @property
    def peer(self) -> ConsolePeer:
        """Who is at the other end."""
        return self._peer

    def send(self, message: BaseModel) -> None:
        """Write or queue a message; never blocks."""
        if self._closing is not None or self._cut:
            return
        frame = self._encoder.encode(message)
        transport = self._connection.transport
        if not self._queue and transport.get_write_buffer_size() == 0:
            broadcast((self._connection,), frame)
            return
        self._queue.append(frame)
        self._queued_characters += len(frame)
        if len(self._queue) > MOST_QUEUED_FRAMES or self._queued_characters > MOST_QUEUED_CHARACTERS:
            self._cut = True
            log_violation(self._peer, "does not read what it is sent")
            transport.abort()
        self._wake.set()

    def close(self, findings: Sequence[Finding]) -> None:
        """Say farewell with these reasons and close. Idempotent."""
        if self._closing is not None:
            return
        self._queue.clear()
        broadcast((self._connection,), encode(Farewell(findings=tuple(findings))))
        self._closing = asyncio.create_task(close_with(self._connection, findings))

    def cut_if_deaf(self) -> None:
        """Asked from time to time by the server."""
        cut_if_deaf(self._connection, self._peer)

    async def run(self, door: ConsoleDoor) -> None:
        """Hand frames to the door until the connection is gone."""
        writer = asyncio.create_task(self._write())
        door.console_opened(self)
        try:
            await self._read(door)
        finally:
            writer.cancel()
            await asyncio.wait({writer})
            if self._closing is not None:
                await self._closing
            door.console_closed(self)

    async def _read(self, door: ConsoleDoor) -> None:
        frames = 0
        try:
            while True:
                frame = await self._connection.recv()
                if self._closing is None:
                    self._deliver(door, frame)
                frames += 1
                if frames % FRAMES_PER_TURN == 0:
                    await asyncio.sleep(0)
        except ConnectionClosed as closed:
            by_us = closed.sent is not None and not closed.rcvd_then_sent
            if by_us and self._closing is None and not self._cut:
                ours = str(closed.sent)  # theirs may say anything
                log_violation(self._peer, ours)
                large = closed.sent is not None and closed.sent.code == TOO_BIG
                why = finding(Reason.TOO_LARGE) if large else finding(Reason.MALFORMED, why=ours)
                door.console_violated(self, why)

    def _deliver(self, door: ConsoleDoor, frame: str | bytes) -> None:
        """A frame of the wrong form never reaches the door."""
        broken: Finding | None = None
        if isinstance(frame, bytes):
            broken = finding(Reason.MALFORMED, why="control frames are text")
        elif len(frame) > CONTROL_FRAME_LIMIT_BYTES or len(frame.encode()) > CONTROL_FRAME_LIMIT_BYTES:
            broken = finding(Reason.TOO_LARGE)
        if broken is None:
            door.console_frame(self, frame)
            return
        log_violation(self._peer, broken.text)
        door.console_violated(self, broken)

    async def _write(self) -> None:
        """Send what was queued, at the speed of the line."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._queue:
                    frame = self._queue.popleft()
                    self._queued_characters -= len(frame)
                    await self._connection.send(frame)
        except ConnectionClosed:
            return


async def close_with(connection: ServerConnection, findings: Sequence[Finding]) -> None:
    """Close with the first finding's words as the WebSocket's reason."""
    going = all(f.reason is Reason.CLOSING for f in findings)
    words = findings[0].text if findings else ""
    await connection.close(
        GOING_AWAY if going else POLICY_VIOLATION, words.encode()[:120].decode(errors="ignore")
    )


def cut_if_deaf(connection: ServerConnection, peer: ConsolePeer) -> None:
    """Cut a connection whose peer lets what is written for it pile up."""
    if connection.transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
        log_violation(peer, "does not read what it is sent")
        connection.transport.abort()


def log_violation(peer: ConsolePeer, why: str) -> None:
    """One line; names the device, never a person or a patient."""
    LOG.warning("console link %s of device %s closed: %s", peer.link, peer.device[:12], why)
