"""One open tablet page, as the agent holds it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from pydantic import BaseModel

from local_agent.ports import TabletPeer
from local_agent.tablet.outbox import Outbox
from mr_contract.console_messages import Farewell
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason


class PageLink:
    """Implements `TabletLink`: `send` and `close` hop from any thread onto the server's loop.

    After `close` nothing but the farewell leaves.
    """

    def __init__(self, peer: TabletPeer, loop: asyncio.AbstractEventLoop) -> None:
        self._peer = peer
        self._loop = loop
        self._outbox = Outbox()
        self._something = asyncio.Event()
        self._farewell: Farewell | None = None

    @property
    def peer(self) -> TabletPeer:
        return self._peer

    def send(self, message: BaseModel) -> None:
        """Queue a message; never blocks, never raises."""
        self._hop(message)

    def close(self, findings: Sequence[Finding]) -> None:
        """Say farewell with these reasons and close. Idempotent: the first reasons count."""
        self._hop(Farewell(findings=tuple(findings)))

    def _hop(self, message: BaseModel) -> None:
        with contextlib.suppress(RuntimeError):  # the server's loop is closed, and with it every page
            self._loop.call_soon_threadsafe(self.put, message)

    def put(self, message: BaseModel) -> None:
        """On the server's loop: keep the message for the writer."""
        if self._farewell is not None:
            return
        if isinstance(message, Farewell):
            self._farewell = message
        elif not self._outbox.put(message):
            self._farewell = Farewell(findings=(finding(Reason.TOO_MANY),))
        self._something.set()

    async def next_message(self) -> BaseModel:
        """What to write next; a `Farewell` is always the last."""
        while True:
            if self._farewell is not None:
                return self._farewell
            if (message := self._outbox.take()) is not None:
                return message
            self._something.clear()
            await self._something.wait()
