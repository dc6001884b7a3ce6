"""What the media process does: plays and encodes sources, connects consoles, and keeps the agent informed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import media_kit
from local_agent.media.config import SourceConfig
from local_agent.media.intercom import Intercom, speaker_of
from local_agent.media.pipe_messages import (
    AnswerViewing,
    Begin,
    CloseViewing,
    DeliveredPictures,
    FromMedia,
    GiveWay,
    LetPatientHear,
    LetTalk,
    NewestPicture,
    OpenViewing,
    PauseSource,
    PicturesSeen,
    ShowStatus,
    SourceSaid,
    ToMedia,
    ViewingClosed,
    WantInViewing,
)
from local_agent.media.playing import PlayState, SourcePlayer
from local_agent.media.sources.making import content_of, make_source
from local_agent.media.sources.source import SourceSite
from local_agent.media.sources.tablet_pictures import TabletPictures
from local_agent.media.talking import TalkRoom
from local_agent.media.viewing import Rooms, Viewing, Ways
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from mr_contract.wire import Violation

LOG = logging.getLogger(__name__)
ENCODERS = 2
MOST_VIEWINGS = 32

Name = tuple[str, str]
"""Scanner, source."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A source, played and encoded."""

    player: SourcePlayer
    encoded: media_kit.EncodedSource


class MediaSite:
    """Everything of one media process. Made in the event loop; `tell` is called there."""

    def __init__(self, tell: Callable[[FromMedia], None], boot_s: Callable[[], float]) -> None:
        self._tell, self._boot_s = tell, boot_s
        self._threads = ThreadPoolExecutor(ENCODERS, thread_name_prefix="media encoder")
        self._encoders = media_kit.Encoders(self._threads, boot_s)
        self._shown: dict[Name, _Shown] = {}
        self._viewings: dict[str, Viewing] = {}
        self._tablets: dict[str, TabletPictures] = {}
        """Of scanners whose tablets' own cameras are sources."""
        self._udp_ports: tuple[int, ...] = ()
        self._rooms: dict[str, TalkRoom] = {}
        self._intercoms: dict[str, Intercom] = {}
        self._statuses: dict[str, ShowStatus] = {}
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(self, message: ToMedia) -> None:
        """One message of the agent. Raises Violation for what it cannot mean."""
        match message:
            case Begin():
                self._begin(message)
            case PauseSource(scanner=scanner, source=source, paused=paused):
                player = self._of(scanner, source).player
                (player.pause if paused else player.play)()
            case ShowStatus(scanner=scanner):
                self._statuses[scanner] = message
            case OpenViewing():
                self._open(message)
            case AnswerViewing(media_id=media_id, sdp=sdp):
                if viewing := self._viewings.get(media_id):
                    viewing.answer(sdp)
            case WantInViewing(media_id=media_id, pictures=pictures):
                if viewing := self._viewings.get(media_id):
                    viewing.want(pictures)
            case LetPatientHear(scanner=scanner, voice=voice, recording=recording, breath=breath):
                if (intercom := self._intercoms.get(scanner)) is None:
                    raise Violation(f"there is no intercom of {scanner}")
                intercom.let(voice, recording, breath)
            case LetTalk(media_id=media_id, talks=talks):
                if viewing := self._viewings.get(media_id):
                    viewing.let_talk(talks=talks)
            case GiveWay(media_id=media_id, free_round_trip_s=free_s):
                if viewing := self._viewings.get(media_id):
                    viewing.give_way(free_s)
            case CloseViewing(media_id=media_id):
                if viewing := self._viewings.get(media_id):
                    viewing.task.cancel()

    def tick(self) -> None:
        """Four times a second: the sign of life."""
        for shown in self._shown.values():
            shown.player.look()
        for viewing in self._viewings.values():
            viewing.look()
        for intercom in self._intercoms.values():
            intercom.look()
        newest = (
            NewestPicture(scanner=scanner, source=source, captured_s=shown.player.newest_s)
            for (scanner, source), shown in self._shown.items()
            if shown.player.newest_s is not None
        )
        delivered = (
            DeliveredPictures(media_id=viewing.media_id, sources=sources)
            for viewing in self._viewings.values()
            if (sources := viewing.delivered)
        )
        self._tell(PicturesSeen(newest=tuple(newest), delivered=tuple(delivered)))

    async def failed(self) -> None:
        """Raises what nobody foresaw in a connection: half of a process is worse than none."""
        await asyncio.shield(self._failure)

    async def close(self) -> None:
        """End everything."""
        await asyncio.gather(*(viewing.close() for viewing in tuple(self._viewings.values())))
        await asyncio.gather(*(intercom.close() for intercom in self._intercoms.values()))
        await asyncio.gather(*(shown.player.close() for shown in self._shown.values()))
        await asyncio.gather(*(shown.encoded.close() for shown in self._shown.values()))
        self._threads.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------ parts

    def _begin(self, begin: Begin) -> None:
        if self._shown:
            raise Violation("begin comes once")
        self._udp_ports = begin.udp_ports
        for one in begin.intercoms:
            directory = Path(begin.directory)
            speaker = speaker_of(one.config, directory, self._boot_s)
            self._intercoms[one.scanner] = Intercom(one.scanner, speaker, directory, self._tell)
        for of in begin.scanners:
            for config in of.sources:
                shown = self._show(of.scanner, config, Path(begin.directory))
                self._shown[of.scanner, config.id] = shown
                if (of.scanner, config.id) not in begin.paused:
                    shown.player.play()

    def _show(self, scanner: str, config: SourceConfig, directory: Path) -> _Shown:
        if config.from_tablet:
            self._tablets.setdefault(scanner, TabletPictures(self._boot_s))
        tablet = self._tablets.get(scanner)
        site = SourceSite(
            boot_s=self._boot_s,
            status=lambda: shown.status if (shown := self._statuses.get(scanner)) else None,
            patient_calls=lambda: bool((shown := self._statuses.get(scanner)) and shown.patient_calls),
            tablet=tablet,
        )
        encoded = media_kit.EncodedSource(content_of(config), self._encoders)

        def said(state: PlayState) -> None:
            self._tell(
                SourceSaid(
                    scanner=scanner,
                    source=config.id,
                    state=state.state,
                    why=state.why,
                    retry_in_s=state.retry_in_s,
                )
            )

        make = partial(make_source, config, site, directory)
        return _Shown(SourcePlayer(make, encoded.offer, said, self._boot_s), encoded)

    def _open(self, asked: OpenViewing) -> None:
        if len(self._viewings) >= MOST_VIEWINGS:
            self._tell(ViewingClosed(media_id=asked.media_id, why=finding(Reason.TOO_MANY)))
            return
        sources = {
            source: shown.encoded
            for (scanner, source), shown in self._shown.items()
            if scanner == asked.scanner and asked.pictures
        }
        room = self._rooms.setdefault(asked.scanner, TalkRoom())
        tablet = None if asked.pictures else self._tablets.get(asked.scanner)
        site = Rooms(room, tablet, self._intercoms.get(asked.scanner) if asked.pictures else None)
        ways = Ways(asked.ice_servers, asked.relay_only, self._udp_ports)
        viewing = Viewing(asked.media_id, sources, site, ways, self._tell, self._boot_s)
        self._viewings[asked.media_id] = viewing
        viewing.task.add_done_callback(partial(self._ended, viewing))

    def _ended(self, viewing: Viewing, task: asyncio.Task[None]) -> None:
        if self._viewings.get(viewing.media_id) is viewing:
            del self._viewings[viewing.media_id]
        if not task.cancelled() and (error := task.exception()) and not self._failure.done():
            self._failure.set_exception(error)

    def _of(self, scanner: str, source: str) -> _Shown:
        shown = self._shown.get((scanner, source))
        if shown is None:
            raise Violation(f"there is no source {source} of {scanner}")
        return shown
