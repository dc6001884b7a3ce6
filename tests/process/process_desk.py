"""The console's own media client at a real agent: what went over its link, and what it was shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from benches.media_line import UdpLine

import media_kit
from mr_contract.media_messages import CloseMedia, MediaAnswer, MediaOffered, WantPictures
from remote_console.core.picture_tiles import MediaLink
from remote_console.link import AgentClient
from remote_console.media.frames import Box, Frame


@dataclass
class DeskSignalling:
    """Implements `Signalling`. Media of the first connection go over the first of `lines`, and so on."""

    client: AgentClient
    lines: Sequence[UdpLine] = ()
    descriptions: list[str] = field(default_factory=list)
    media_ids: list[str] = field(default_factory=list)
    """Of every connection that was offered."""

    async def open(self, scanner: str) -> MediaOffered:
        offer = await self.client.open_media(scanner)
        self.media_ids.append(offer.media_id)
        self.descriptions.append(offer.sdp)
        return offer.model_copy(update={"sdp": self._carried(offer.sdp, from_site=True)})

    async def send(self, message: MediaAnswer | WantPictures | CloseMedia) -> None:
        if isinstance(message, MediaAnswer):
            self.descriptions.append(message.sdp)
            message = message.model_copy(update={"sdp": self._carried(message.sdp, from_site=False)})
        await self.client.send_plain(message)

    def offset(self) -> media_kit.ClockOffset | None:
        return None

    def _carried(self, sdp: str, *, from_site: bool) -> str:
        number = len(self.media_ids) - 1
        return self.lines[number].reroute(sdp, from_site=from_site) if number < len(self.lines) else sdp


@dataclass
class Shown:
    """How many pictures of each source came to the console."""

    pictures: dict[str, int] = field(default_factory=dict)

    def picture(self, source: str, frame: Frame) -> None:  # noqa: ARG002
        self.pictures[source] = self.pictures.get(source, 0) + 1

    def link(self, link: MediaLink) -> None:
        pass

    def box(self, source: str) -> Box | None:  # noqa: ARG002
        return None
