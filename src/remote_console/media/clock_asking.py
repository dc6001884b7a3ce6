"""Asks a site for its time while pictures are looked at: on the link's loop, read from any thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mr_contract.media_messages import TimeTold
from remote_console.link import AgentClient
from remote_console.link.boot_clock import boot_s
from remote_console.link.kept_tasks import end, keep
from remote_console.link.link_events import LinkEvent, LinkState
from remote_console.media.site_clock import ASK_EVERY_S, SiteClock

if TYPE_CHECKING:
    from media_kit import ClockOffset


class ClockAsking:
    """The clock of one site."""

    def __init__(self, client: AgentClient) -> None:
        self._client = client
        self._clock = SiteClock()
        self._forget = client.subscribe(self._heard)
        self._asking = keep(self._ask(), lambda: None)

    async def close(self) -> None:
        """Ask no more."""
        self._forget()
        await end(self._asking)

    def offset(self) -> ClockOffset | None:
        """The best that is known now."""
        return self._clock.offset(boot_s())

    def _heard(self, event: LinkEvent) -> None:
        match event.what:
            case TimeTold() as told:
                self._clock = self._clock.told(told, boot_s())
            case LinkState():
                self._clock = SiteClock()

    async def _ask(self) -> None:
        while True:
            await self._client.wait_connected()
            self._clock, question = self._clock.ask(boot_s())
            await self._client.send_plain(question)
            await asyncio.sleep(ASK_EVERY_S)
