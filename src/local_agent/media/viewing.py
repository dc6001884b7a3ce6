"""One WebRTC connection to a console: from its offer to its end.

Rules upheld here:
- The offer has every source of the scanner, a section for talk and one for capture times, and never changes;
  one without sources is for talk alone.
- A console that does not answer, answers nonsense, or is not reached costs one connection for a bounded time.
- However it ends, its end is told once, with a reason; if the agent ended it, there is nothing to tell.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import av
from aiortc import MediaStreamTrack, RTCIceServer, RTCRtpTransceiver
from aiortc.mediastreams import MediaStreamError

import media_kit
from local_agent.media.intercom import Intercom
from local_agent.media.pipe_messages import (
    FromMedia,
    ViewingClosed,
    ViewingConnected,
    ViewingGiven,
    ViewingOffered,
)
from local_agent.media.sources.tablet_pictures import TabletPictures
from local_agent.media.talking import TalkRoom
from mr_contract.findings import Finding, finding
from mr_contract.media_messages import (
    MOST_SDP,
    GivenPicture,
    IceServer,
    OfferedPicture,
    WantedPicture,
    no_way,
)
from mr_contract.reasons import Reason
from mr_contract.vocabulary import PictureQuality

LOG = logging.getLogger(__name__)
ANSWER_S = 10.0
CONNECT_S = 15.0
ENDS_WITHIN_S = 5.0
TOO_LONG = "this machine has too many addresses: name those that media need in [media] addresses"
"""An offer has each address once for every source."""
_QUALITY = {PictureQuality.LOW: media_kit.Quality.LOW, PictureQuality.HIGH: media_kit.Quality.HIGH}
_GIVEN = {ours: said for said, ours in _QUALITY.items()}

Tell = Callable[[FromMedia], None]


@dataclass(frozen=True, slots=True)
class Rooms:
    """Where what comes from the other end goes."""

    talk: TalkRoom
    tablet: TabletPictures | None = None
    """For a tablet whose own camera is a source."""
    intercom: Intercom | None = None
    """To the patient's ears."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How the other end may be reached."""

    servers: Sequence[IceServer] = ()
    relay_only: bool = False
    """Only by these servers."""
    udp_ports: Sequence[int] = ()
    """First and last of the range in use; empty: any."""

    def closed(self) -> Finding:
        """None of them leads to the other end."""
        return no_way(self.udp_ports, self.servers, relay_only=self.relay_only)


class Viewing:
    """Made in the event loop, and at work at once; `tell` is called there."""

    def __init__(
        self,
        media_id: str,
        sources: Mapping[str, media_kit.EncodedSource],
        rooms: Rooms,
        ways: Ways,
        tell: Tell,
        boot_s: Callable[[], float],
    ) -> None:
        self.media_id = media_id
        self._sources, self._tell, self._ways = sources, tell, ways
        self._room, self._tablet, self._intercom = rooms.talk, rooms.tablet, rooms.intercom
        self._viewer = media_kit.Viewer(boot_s)
        self._connection = media_kit.new_connection(
            [RTCIceServer(list(s.urls), s.username or None, s.credential or None) for s in ways.servers],
            relay_only=ways.relay_only,
        )
        self._tracks: dict[str, media_kit.ViewerTrack] = {}
        """By media id of the offer, in its order."""
        self._given: tuple[GivenPicture, ...] = ()
        self._answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._changed = asyncio.Event()
        self._reading: set[asyncio.Task[None]] = set()
        self._talk: RTCRtpTransceiver | None = None
        self.task = asyncio.create_task(self._live(), name=f"viewing {media_id}")

    def answer(self, sdp: str) -> None:
        """The console's answer; a second one is not looked at."""
        if not self._answer.done():
            self._answer.set_result(sdp)

    def want(self, pictures: Sequence[WantedPicture]) -> None:
        """What is on the console's screen, most important first."""
        wanted = {self._tracks[p.mid]: _QUALITY[p.quality] for p in pictures if p.mid in self._tracks}
        self._viewer.want(wanted)
        self.tell_given()

    def let_talk(self, *, talks: bool) -> None:
        """Whether this end may hear the others and be heard."""
        self._room.let(self.media_id, talks=talks)

    def give_way(self, free_round_trip_s: float) -> None:
        """Control waits on the same line, whose round trip is this while nothing waits there."""
        self._viewer.give_way(free_round_trip_s)
        self.tell_given()

    def look(self) -> None:
        """Time passes."""
        self._viewer.look()
        self.tell_given()

    def tell_given(self) -> None:
        """What line and machine afford of what is wanted, if that changed."""
        given = tuple(
            GivenPicture(
                mid=mid,
                quality=_GIVEN[track.share.quality] if track.share.quality else None,
                site_busy=track.source.effort is not media_kit.Effort.FULL,
                for_control=track.gives_way,
            )
            for mid, track in self._tracks.items()
            if track.wanted is not None
        )
        if given != self._given:
            self._given = given
            self._tell(ViewingGiven(media_id=self.media_id, pictures=given))

    @property
    def delivered(self) -> tuple[str, ...]:
        """Sources whose pictures arrive at the other end now."""
        named = zip(self._sources, self._tracks.values(), strict=False)
        return tuple(source for source, track in named if track.is_delivered)

    async def close(self) -> None:
        """End it, without a word."""
        self.task.cancel()
        await asyncio.wait([self.task])

    # ------------------------------------------------------------ life

    async def _live(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._end)
            try:
                why = await self._until_it_ends(stack)
            except media_kit.BadDescription as fault:
                why = finding(Reason.MEDIA_REFUSED, why=str(fault))
            except OSError as fault:
                LOG.warning("no connection for pictures can be made: %s", fault)
                why = finding(Reason.MEDIA_DOWN, why=str(fault))
        self._tell(ViewingClosed(media_id=self.media_id, why=why))

    async def _until_it_ends(self, stack: contextlib.AsyncExitStack) -> Finding:
        """Raises BadDescription or OSError."""
        self._connection.on("connectionstatechange", self._changed.set)
        self._connection.on("track", self._read_from)
        self._prepare()
        if self._sources:
            channel = self._connection.createDataChannel(media_kit.CAPTURE_TIMES_LABEL)
            stack.push_async_callback(media_kit.CaptureTimesSaid(self._connection, channel).close)
        await self._connection.setLocalDescription(await self._connection.createOffer())
        if len(self._connection.localDescription.sdp) > MOST_SDP:
            return finding(Reason.MEDIA_DOWN, why=TOO_LONG)
        self._tell(self._offered())
        try:
            sdp = await asyncio.wait_for(self._answer, ANSWER_S)
        except TimeoutError:
            return finding(Reason.MEDIA_REFUSED, why=f"no answer within {ANSWER_S:.0f} s")
        await media_kit.take_description(self._connection, "answer", sdp)
        try:
            await asyncio.wait_for(self._state("connected", "failed", "closed"), CONNECT_S)
        except TimeoutError:
            return self._ways.closed()
        if self._connection.connectionState == "connected":
            self._tell(ViewingConnected(media_id=self.media_id))
        await self._state("failed", "closed")
        return self._ways.closed()

    def _prepare(self) -> None:
        for source in self._sources.values():
            media_kit.send_pictures(self._connection, self._viewer.look_at(source, None))
        ear = self._room.join(self.media_id)
        self._talk = self._connection.addTransceiver(ear, direction="sendrecv")
        media_kit.only_opus(self._talk)
        if self._tablet is not None:
            media_kit.receive_pictures(self._connection)

    def _read_from(self, track: MediaStreamTrack) -> None:
        self._reading.add(asyncio.create_task(self._read(track), name=f"reading {self.media_id}"))

    async def _read(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if isinstance(frame, av.AudioFrame):
                    self._room.said(self.media_id, frame)
                    if self._intercom is not None:
                        self._intercom.said(self.media_id, frame)
                elif isinstance(frame, av.VideoFrame) and self._tablet is not None:
                    self._tablet.take(self.media_id, frame)

    def _offered(self) -> ViewingOffered:
        pictures = self._connection.getTransceivers()[: len(self._sources)]
        self._tracks = dict(zip((str(t.mid) for t in pictures), self._viewer.tracks, strict=True))
        return ViewingOffered(
            media_id=self.media_id,
            sdp=self._connection.localDescription.sdp,
            pictures=tuple(
                OfferedPicture(mid=mid, source=source)
                for mid, source in zip(self._tracks, self._sources, strict=True)
            ),
            talk_mid=self._talk.mid if self._talk is not None else None,
            takes_camera=self._tablet is not None,
        )

    async def _state(self, *states: str) -> None:
        while self._connection.connectionState not in states:
            self._changed.clear()
            await self._changed.wait()

    async def _end(self) -> None:
        self._room.leave(self.media_id)
        if self._tablet is not None:
            self._tablet.leave(self.media_id)
        self._viewer.close()
        for task in self._reading:
            task.cancel()
        try:
            await asyncio.wait_for(self._connection.close(), ENDS_WITHIN_S)
        except TimeoutError:
            LOG.warning("a connection for pictures did not close in time")
