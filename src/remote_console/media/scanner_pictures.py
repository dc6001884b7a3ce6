"""The pictures of one scanner, kept up: ask for an offer, answer it, watch what comes, and begin anew.

- A connection belongs to one control link: when that is lost, or the agent ends it, it is closed here.
- No picture of a camera that plays for 1 s: a key frame is asked for. No picture at all for 5 s: all is built
  anew, with pauses that grow while nothing comes.
- A camera that the site paused, that fails, or that the line has no room for is not waited for.
- A desk that does not keep up asks for less (`core/keeping_up.py`), and says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

from av import VideoFrame
from av.video.reformatter import Interpolation

import media_kit
from mr_contract.findings import Finding, Findings, finding
from mr_contract.media_messages import (
    CloseMedia,
    MediaAnswer,
    MediaClosed,
    MediaOffered,
    PicturesGiven,
    WantedPicture,
    WantPictures,
    no_way,
)
from mr_contract.reasons import Reason
from remote_console.core.keeping_up import Asking, KeepingUp
from remote_console.core.picture_tiles import MediaLink, MediaPhase, Wish
from remote_console.link import LinkError, Refused
from remote_console.link.boot_clock import boot_s
from remote_console.link.kept_tasks import end, keep
from remote_console.media.desk_sound import ScannerSound
from remote_console.media.frames import Box, Frame, fitted
from remote_console.media.picture_connection import PictureConnection
from remote_console.media.signalling import Signalling
from remote_console.media.watching import Watches

LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Patience:
    """Times in seconds, and the clock they run on; tests shorten them."""

    connect_s: float = 15.0
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    clock_s: Callable[[], float] = boot_s


@dataclass(slots=True)
class DeskWork:
    """What all pictures of a desk ask of its processor, whichever scanner they are of."""

    keeping_up: KeepingUp = field(default_factory=KeepingUp)

    def showed(self, took_s: float, now_s: float) -> None:
        """One more picture was shown."""
        self.keeping_up = self.keeping_up.showed(took_s, now_s)


class Told(Protocol):
    """Who is told, on the loop of the pictures."""

    def picture(self, source: str, frame: Frame) -> None:
        """A new picture."""

    def link(self, link: MediaLink) -> None:
        """The connection changed."""

    def box(self, source: str) -> Box | None:
        """How large the picture is shown."""


class ScannerPictures:
    """Made in the loop it is used in, and at work at once. `playing`: which cameras send pictures now."""

    def __init__(
        self,
        scanner: str,
        signalling: Signalling,
        told: Told,
        playing: Callable[[], frozenset[str]],
        patience: Patience | None = None,
        sound: ScannerSound | None = None,
        work: DeskWork | None = None,
    ) -> None:
        self._scanner, self._signalling, self._told, self._playing = scanner, signalling, told, playing
        self._patience, self._sound = patience or Patience(), sound
        self._work = work or DeskWork()
        self._wishes: tuple[Wish, ...] = ()
        self._open: _Open | None = None
        self._link = MediaLink()
        self._link_came = asyncio.Event()
        self._live = keep(self._keep_looking(), self._stumble)

    # ------------------------------------------------------------ what changes

    async def close(self) -> None:
        """End the connection and everything that belongs to it."""
        await end(self._live)

    async def wish(self, wishes: tuple[Wish, ...]) -> None:
        """What is in sight, most important first."""
        self._wishes = wishes
        if self._open is not None and self._open.answered:
            await self._ask(self._open)

    async def _ask(self, opened: _Open) -> None:
        """For as much of what is in sight as this desk keeps up with."""
        opened.asking = asking = self._work.keeping_up.asking
        asked = asking.of(self._wishes)
        unasked = frozenset(s for s, _ in self._wishes) - frozenset(s for s, _ in asked)
        self._say(replace(self._link, desk_busy=asking is not Asking.ALL, unasked=unasked))
        await self._signalling.send(opened.wanted(asked))

    def given(self, message: PicturesGiven) -> None:
        """What the line has room for, and the site's computer time."""
        if self._open is not None and self._open.offer.media_id == message.media_id:
            sources = self._open.sources
            given = {sources[p.mid]: p.quality for p in message.pictures if p.mid in sources}
            busy = frozenset(sources[p.mid] for p in message.pictures if p.site_busy and p.mid in sources)
            for_control = frozenset(
                sources[p.mid] for p in message.pictures if p.for_control and p.mid in sources
            )
            self._say(
                replace(self._link, given=MappingProxyType(given), site_busy=busy, for_control=for_control)
            )

    def closed(self, message: MediaClosed) -> None:
        """The agent ended a connection."""
        if self._open is not None and self._open.offer.media_id == message.media_id:
            self._open.end(message.findings)

    def link_changed(self, *, connected: bool) -> None:
        """The control link came or went; with it goes every connection that was agreed on it."""
        if connected:
            self._link_came.set()
        elif self._open is not None:
            self._open.end(())

    # ------------------------------------------------------------ life

    async def _keep_looking(self) -> None:
        failures = 0
        while True:
            self._say(MediaLink(MediaPhase.OPENING))
            self._link_came.clear()
            findings, worked = await self._look()
            failures = 0 if worked else failures + 1
            pause_s = self._pause_s(failures)
            self._say(MediaLink(MediaPhase.WAITING, findings, self._patience.clock_s() + pause_s))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._link_came.wait(), pause_s)

    def _stumble(self) -> None:
        """A fault of this program: never look as if pictures were on their way."""
        down = finding(Reason.MEDIA_DOWN, why="a fault in this program; start it anew")
        self._say(MediaLink(MediaPhase.WAITING, (down,)))

    def _pause_s(self, failures: int) -> float:
        most = self._patience.first_pause_s * 2.0 ** min(max(failures - 1, 0), 16)
        longest = min(self._patience.longest_pause_s, most)
        return random.uniform(longest / 2, longest)  # noqa: S311 - spreads desks that come back together

    async def _look(self) -> tuple[Findings, bool]:
        """One connection from offer to end: why it ended, and whether it brought what it was for."""
        try:
            offer = await self._signalling.open(self._scanner)
        except Refused as refused:
            return refused.findings, False
        except LinkError:
            return (), False
        connection = PictureConnection(offer, self._show, self._sound, self._took)
        self._open = opened = _Open(offer, connection, Watches(self._patience.clock_s()))
        try:
            findings = await self._converse(opened)
        except media_kit.BadDescription as fault:
            findings = (finding(Reason.MEDIA_REFUSED, why=str(fault)),)
        finally:
            self._open = None
            await connection.close()
            with contextlib.suppress(LinkError):
                await self._signalling.send(CloseMedia(media_id=offer.media_id))
        return findings, opened.watches.seen_any or opened.is_sound_alone

    async def _converse(self, opened: _Open) -> Findings:
        sdp = await opened.connection.answer()
        await self._signalling.send(MediaAnswer(media_id=opened.offer.media_id, sdp=sdp))
        opened.answered = True
        await self._ask(opened)
        try:
            async with asyncio.timeout(self._patience.connect_s):
                await opened.until_connected()
        except TimeoutError:
            opened.end((opened.no_way,))
        else:
            opened.is_sound_alone = not opened.offer.pictures and opened.connection.state == "connected"
            self._say(replace(self._link, phase=MediaPhase.UP, talk=opened.offer.talk_mid is not None))
        while opened.ended is None:
            await self._watch(opened)
            await opened.wait(LOOK_EVERY_S)
        return opened.ended

    async def _watch(self, opened: _Open) -> None:
        if opened.connection.state in ("failed", "closed"):
            opened.end((opened.no_way,))
            return
        roomless = {source for source, quality in self._link.given.items() if quality is None}
        if opened.asking is not self._work.keeping_up.asking:
            await self._ask(opened)
        wanted = {source for source, _ in opened.asking.of(self._wishes)}
        due = opened.watches.judge((wanted & self._playing()) - roomless, self._patience.clock_s())
        if due.rebuild:
            opened.end(())
        for source in due.ask_for_key_frame:
            await opened.connection.ask_for_key_frame(source)

    def _say(self, link: MediaLink) -> None:
        if link != self._link:
            self._link = link
            self._told.link(link)

    def _took(self, took_s: float) -> None:
        self._work.showed(took_s, self._patience.clock_s())

    def _show(self, source: str, picture: VideoFrame, captured_site_s: float | None) -> None:
        if self._open is None:
            return
        self._open.watches.saw(source, self._patience.clock_s())
        offset = self._signalling.offset()
        width, height = fitted(picture.width, picture.height, self._told.box(source))
        way = Interpolation.AREA if width < picture.width else Interpolation.BICUBIC
        painted = picture.reformat(width, height, "bgra", interpolation=way)
        plane = painted.planes[0]
        captured_s = None
        if offset is not None and captured_site_s is not None:
            captured_s = captured_site_s - offset.site_minus_own_s
        within_s = 0.0 if offset is None else offset.within_s
        pixels = memoryview(plane)
        self._told.picture(
            source, Frame(pixels, painted.width, painted.height, plane.line_size, captured_s, within_s)
        )


@dataclass(slots=True)
class _Open:
    """One connection while it lasts."""

    offer: MediaOffered
    connection: PictureConnection
    watches: Watches
    answered: bool = False
    asking: Asking = Asking.ALL
    """As the agent was told last."""
    is_sound_alone: bool = False
    """Connected, and of a site without cameras: there is no picture whose coming would show that it works."""
    ended: Findings | None = None
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def sources(self) -> Mapping[str, str]:
        """By media section."""
        return {picture.mid: picture.source for picture in self.offer.pictures}

    @property
    def no_way(self) -> Finding:
        """It cannot be reached: what has to be opened."""
        offer = self.offer
        return no_way(offer.udp_ports, offer.ice_servers, relay_only=offer.relay_only)

    def wanted(self, wishes: tuple[Wish, ...]) -> WantPictures:
        """The wishes as the agent is told."""
        mids = {source: mid for mid, source in self.sources.items()}
        pictures = (WantedPicture(mid=mids[s], quality=quality) for s, quality in wishes if s in mids)
        return WantPictures(media_id=self.offer.media_id, pictures=tuple(pictures))

    def end(self, why: Findings) -> None:
        """It is over; the first reason is kept."""
        if self.ended is None:
            self.ended = why
            self._ending.set()

    async def wait(self, seconds: float) -> None:
        """So long, or until the end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)

    async def until_connected(self) -> None:
        """Connected, failed or ended."""
        async with asyncio.TaskGroup() as group:
            state = group.create_task(self.connection.until("connected", "failed", "closed"))
            ending = group.create_task(self._ending.wait())
            state.add_done_callback(lambda _: ending.cancel())
            ending.add_done_callback(lambda _: state.cancel())
