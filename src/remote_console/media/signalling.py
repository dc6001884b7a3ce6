"""What pictures need of the control link of one site."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from mr_contract.media_messages import CloseMedia, MediaAnswer, MediaOffered, WantPictures
from remote_console.link import AgentClient, LinkThread

if TYPE_CHECKING:
    from media_kit import ClockOffset
    from remote_console.media.clock_asking import ClockAsking


class Signalling(Protocol):
    """Used on the loop of the pictures."""

    async def open(self, scanner: str) -> MediaOffered:
        """An offer. Raises LinkError: `Refused` with the agent's reasons, or there is no answer."""
        ...

    async def send(self, message: MediaAnswer | WantPictures | CloseMedia) -> None:
        """Send now; without a link it is not sent, and the connection it belongs to has ended anyway."""
        ...

    def offset(self) -> ClockOffset | None:
        """The site's clock, as far as it is known."""
        ...


class LinkSignalling:
    """The control link, which lives on a loop of its own."""

    def __init__(self, link: LinkThread, client: AgentClient, clock: ClockAsking) -> None:
        self._link, self._client, self._clock = link, client, clock

    async def open(self, scanner: str) -> MediaOffered:
        """An offer."""
        return await asyncio.wrap_future(self._link.submit(self._client.open_media(scanner)))

    async def send(self, message: MediaAnswer | WantPictures | CloseMedia) -> None:
        """Send now or never."""
        await asyncio.wrap_future(self._link.submit(self._client.send_plain(message)))

    def offset(self) -> ClockOffset | None:
        """The site's clock."""
        return self._clock.offset()
