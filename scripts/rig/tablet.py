"""A hand on the tablet: the page's real endpoints, without the page.

Pairs over HTTPS, keeps the cookie, opens the WebSocket, echoes beats, and remembers the last view.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import ssl
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from rig.processes import RigError
from websockets.asyncio.client import ClientConnection, connect

View = dict[str, Any]
WITHIN_S = 15.0
HELD = frozenset({"move_table", "confirm_patient_ready", "answer_request", "allow_first_level", "close_exam"})
"""What the page lets a finger hold for, not touch; a refusal of a request is one touch."""


@dataclass(slots=True)
class TabletHand:
    """One paired tablet. Use with `async with`."""

    url: str
    pin: str
    authority: Path
    view: View = field(default_factory=dict)
    outcomes: dict[str, View] = field(default_factory=dict)
    talk: View = field(default_factory=dict)
    """What the agent said last of this tablet's sound."""
    holds: list[str] = field(default_factory=list)
    """Each hold that a local operator would have made at the page, in order."""
    cookie: str = ""
    _socket: ClientConnection | None = None
    _task: asyncio.Task[None] | None = None
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __aenter__(self) -> Self:
        if not self.cookie:
            self.cookie = await asyncio.to_thread(self._pair)
        parts = urlsplit(self.url)
        self._socket = await connect(
            f"wss://{parts.netloc}/socket",
            ssl=self._context(),
            additional_headers={"Cookie": self.cookie},
            origin=f"https://{parts.netloc}",  # type: ignore[arg-type]
            compression=None,
            max_size=2**22,
            proxy=None,
        )
        await self._send({"kind": "tablet_hello", "protocol": 1, "language": "en"})
        self._task = asyncio.create_task(self._hear(), name="tablet-hand")
        await self.until(bool, "the tablet's first view")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._socket is not None:
            await self._socket.close()

    async def do(self, kind: str, **fields: Any) -> View:
        """Send a command and wait for its outcome; refused ones are returned too."""
        command_id = str(uuid.uuid4())
        if kind in HELD and fields.get("granted", True):
            self.holds.append(kind)
        await self._send({"kind": kind, "command_id": command_id, **fields})
        async with asyncio.timeout(WITHIN_S), self._changed:
            await self._changed.wait_for(lambda: command_id in self.outcomes)
        return self.outcomes[command_id]

    async def must(self, kind: str, **fields: Any) -> None:
        """Send a command that has to be accepted."""
        outcome = await self.do(kind, **fields)
        if not outcome["accepted"]:
            raise RigError(f"{kind} was refused: {outcome['findings']}")

    async def until(self, holds: Callable[[View], bool], what: str, within_s: float = WITHIN_S) -> View:
        """Wait until the tablet is shown something."""
        try:
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait_for(lambda: holds(self.view))
        except TimeoutError:
            raise RigError(f"not observed at the tablet within {within_s:g} s: {what}") from None
        return self.view

    @property
    def exam_id(self) -> str:
        exam = self.view.get("exam")
        if exam is None:
            raise RigError("no exam is open at the tablet")
        return str(exam["exam_id"])

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))

    def _pair(self) -> str:
        parts = urlsplit(self.url)
        connection = http.client.HTTPSConnection(parts.netloc, context=self._context(), timeout=10)
        try:
            headers = {"Content-Type": "application/json", "Origin": f"https://{parts.netloc}"}
            body = json.dumps({"code": parts.fragment, "pin": self.pin})
            connection.request("POST", "/pair", body, headers)
            reply = connection.getresponse()
            said = reply.read().decode()
            cookie = reply.getheader("Set-Cookie") or ""
        finally:
            connection.close()
        if reply.status != 200 or not cookie:
            raise RigError(f"pairing refused: {reply.status} {said}")
        return cookie.split(";")[0]

    async def _send(self, message: View) -> None:
        if self._socket is None:
            raise RigError("the tablet is not connected")
        await self._socket.send(json.dumps(message))

    async def _hear(self) -> None:
        if self._socket is None:
            return
        async for frame in self._socket:
            message = json.loads(frame)
            match message["kind"]:
                case "tablet_beat":
                    echo = {"kind": "tablet_beat_echo", "beat": message["beat"], "touched": False}
                    await self._send(echo)
                    continue
                case "tablet_view":
                    self.view = message
                case "talk_offered" | "talk_closed":
                    self.talk = message
                case "outcome":
                    self.outcomes[message["command_id"]] = message
            async with self._changed:
                self._changed.notify_all()
