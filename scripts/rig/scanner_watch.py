"""What a scanner itself says happened, heard on a connection of our own."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from rig.scanner import RigScanner
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed


@dataclass(slots=True)
class ScannerWatch:
    """Every event of a scanner since `begin`, over all its restarts."""

    scanner: RigScanner
    events: list[dict[str, Any]] = field(default_factory=list)
    vitals: dict[str, Any] = field(default_factory=dict)
    """As read last."""
    _socket: ClientConnection | None = None
    _task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Connect as an observer, after each start of the scanner."""
        await self.end()
        headers = {"Authorization": f"Bearer {self.scanner.secret_file.read_text().strip()}"}
        self._socket = await connect(
            self.scanner.url + "/control",
            additional_headers=headers,
            compression=None,
            max_size=2**24,
            ping_interval=None,
            proxy=None,
        )
        hello = {"kind": "scanner_hello", "request_id": 1, "protocol": 1, "agent": "watch", "observer": True}
        await self._socket.send(json.dumps(hello))
        await self._socket.recv()
        self._task = asyncio.create_task(self._hear(self._socket), name="scanner-watch")

    async def end(self) -> None:
        """Stop watching."""
        if self._task is not None and self._socket is not None:
            await self._socket.close()
            await self._task

    async def _hear(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for frame in socket:
                message = json.loads(frame)
                if "number" in message and "reply_to" not in message:
                    self.events.append(message)
                elif message.get("kind") == "vitals_read":
                    self.vitals = message["vitals"]

    def seen(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        """Events of a kind with these fields, oldest first."""
        return [e for e in self.events if e["kind"] == kind and all(e[k] == v for k, v in fields.items())]
