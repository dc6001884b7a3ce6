"""A console's end of a media connection: answers the agent's offer, reads every picture, and dates it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import CLOCK_BOOTTIME, clock_gettime

from aiortc import MediaStreamTrack, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame
from process_observing import eventually
from process_voice import Hearing

import media_kit
from mr_contract.console_messages import Outcome
from mr_contract.media_messages import (
    AskTime,
    MediaAnswer,
    MediaClosed,
    MediaOffered,
    OpenMedia,
    PicturesGiven,
    TimeTold,
    WantedPicture,
    WantPictures,
)
from mr_contract.model import Model
from mr_contract.vocabulary import PictureQuality
from remote_console.link import AgentClient, LinkEvent, new_command_id

HERE = media_kit.Reach(addresses=("127.0.0.1",))
LOW, HIGH = PictureQuality.LOW, PictureQuality.HIGH


def boot_s() -> float:
    """This machine's boot time, which is the site's too."""
    return clock_gettime(CLOCK_BOOTTIME)


@dataclass(slots=True)
class Seen:
    """Pictures of one source, decoded."""

    count: int = 0
    height: int = 0
    age_s: float | None = None
    """Of the newest when it was read, as the site dates it; None: not dated yet."""


@dataclass(slots=True)
class Peer:
    """Use with `peer_of`, inside `media_kit.correct`."""

    client: AgentClient
    scanner: str
    connection: RTCPeerConnection = field(default_factory=media_kit.new_connection)
    times: media_kit.CaptureTimes = field(default_factory=media_kit.CaptureTimes)
    seen: dict[str, Seen] = field(default_factory=dict)
    """By source."""
    said: list[Model] = field(default_factory=list)
    hearing: Hearing = field(default_factory=Hearing)
    voice: MediaStreamTrack | None = None
    """What is said to the site, if anything."""
    offer: MediaOffered | None = None
    offset_s: float = 0.0
    """The site's clock minus ours."""
    _told: tuple[float, float] | None = None
    """The site's time, and ours when we heard it."""
    _readers: list[asyncio.Task[None]] = field(default_factory=list)

    async def ask(self) -> MediaOffered | Outcome:
        """Ask for an offer."""
        request = OpenMedia(command_id=new_command_id(), scanner=self.scanner)
        answer = await self.client.ask(request, request.command_id, MediaOffered, 10.0)
        self.offer = answer if isinstance(answer, MediaOffered) else None
        return answer

    async def connect(self) -> None:
        """Ask, answer, and wait until media can flow."""
        offer = await self.ask()
        assert isinstance(offer, MediaOffered), offer
        self.connection.on("datachannel", self.times.hear)
        self.connection.on("track", self._read)
        self.connection.on("track", self.hearing.listen)
        await media_kit.take_description(self.connection, "offer", offer.sdp)
        for transceiver in self.connection.getTransceivers():
            if transceiver.kind == "audio" and self.voice is not None:
                transceiver.sender.replaceTrack(self.voice)
                transceiver.direction = "sendrecv"
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        await self.answer(self.connection.localDescription.sdp)
        await eventually(lambda: self.connection.connectionState == "connected", "the media connection")

    async def answer(self, sdp: str) -> None:
        assert self.offer is not None
        await self.client.send_plain(MediaAnswer(media_id=self.offer.media_id, sdp=sdp))

    async def want(self, **quality: PictureQuality) -> None:
        """Sources in the order of their importance."""
        assert self.offer is not None
        mids = {p.source: p.mid for p in self.offer.pictures}
        wanted = tuple(WantedPicture(mid=mids[source], quality=q) for source, q in quality.items())
        await self.client.send_plain(WantPictures(media_id=self.offer.media_id, pictures=wanted))

    async def learn_offset(self) -> None:
        """The site's clock, by one question and answer."""
        asked_s = boot_s()
        await self.client.send_plain(AskTime(number=7))
        await eventually(lambda: self._told is not None, "the site's time")
        assert self._told is not None
        site_s, heard_s = self._told
        self.offset_s = media_kit.ClockOffset.from_echo(asked_s, site_s, heard_s).site_minus_own_s

    async def more_of(self, source: str, count: int = 3) -> None:
        """Until so many more pictures of a source were seen."""
        at = self.seen[source].count if source in self.seen else 0
        await eventually(
            lambda: source in self.seen and self.seen[source].count >= at + count, f"pictures of {source}"
        )

    def closed(self) -> MediaClosed | None:
        """What the agent said of the end of this connection."""
        ids = {self.offer.media_id} if self.offer else set()
        return next((m for m in self.said if isinstance(m, MediaClosed) and m.media_id in ids), None)

    def given(self) -> PicturesGiven | None:
        """What was said last of what the line affords."""
        return next((m for m in reversed(self.said) if isinstance(m, PicturesGiven)), None)

    def hear(self, event: LinkEvent) -> None:
        if isinstance(event.what, TimeTold):
            self._told = event.what.boot_s, boot_s()
        elif isinstance(event.what, MediaClosed | PicturesGiven):
            self.said.append(event.what)

    async def close(self) -> None:
        await self.connection.close()
        await asyncio.gather(*self._readers)
        await self.hearing.end()

    def _read(self, track: MediaStreamTrack) -> None:
        if track.kind == "video":
            self._readers.append(asyncio.get_running_loop().create_task(self._read_all(track)))

    async def _read_all(self, track: MediaStreamTrack) -> None:
        assert self.offer is not None
        mid = next(t.mid for t in self.connection.getTransceivers() if t.receiver.track is track)
        source = next(p.source for p in self.offer.pictures if p.mid == mid)
        seen = self.seen.setdefault(source, Seen())
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, VideoFrame)
            captured_s = self.times.captured_s(str(mid), frame.pts)
            seen.count += 1
            seen.height = frame.height
            seen.age_s = None if captured_s is None else boot_s() + self.offset_s - captured_s


@asynccontextmanager
async def peer_of(client: AgentClient, scanner: str) -> AsyncIterator[Peer]:
    """A peer that is not connected yet, and is closed at the end."""
    peer = Peer(client, scanner)
    leave = client.subscribe(peer.hear)
    try:
        yield peer
    finally:
        leave()
        await peer.close()
