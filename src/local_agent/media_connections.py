"""The WebRTC connections of consoles and tablets: who may open one, what it may carry, and why it ends.

Rules upheld here:
- A connection belongs to the link or tablet that asked for it, ends with it, and means nothing on another.
- A console needs `view` of the scanner, and is cut in the turn in which that is withdrawn.
- A console hears the room and is heard there only while it was granted `talk`.
- Talk needs no camera: where the site declared none, a connection is for talk alone.
- Nothing here waits for the media process.
- Who has pictures and who talks is journalled when it begins and ends; never what was seen or said.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from local_agent.console_showing import may_view
from local_agent.core.desk import Desk
from local_agent.core.events import PicturesBegan, PicturesEnded, TalkBegan, TalkEnded
from local_agent.core.intercom import settle
from local_agent.core.on_tablet import local_names
from local_agent.core.refusals import TakenUp
from local_agent.core.repeated_lines import Repeatable
from local_agent.media.config import MediaSetting
from local_agent.media.pipe_messages import (
    AnswerViewing,
    CloseViewing,
    GiveWay,
    LetTalk,
    OpenViewing,
    ToMedia,
    ViewingClosed,
    ViewingConnected,
    ViewingGiven,
    ViewingOffered,
    WantInViewing,
)
from local_agent.ports import TabletPeer
from local_agent.service import Service
from mr_contract.console_messages import Outcome
from mr_contract.findings import Finding, finding
from mr_contract.media_messages import (
    CloseMedia,
    IceServer,
    MediaAnswer,
    MediaClosed,
    MediaOffered,
    MediaRequest,
    OpenMedia,
    PicturesGiven,
    WantPictures,
)
from mr_contract.model import Model
from mr_contract.reasons import Reason
from mr_contract.tablet_messages import (
    AnswerTalk,
    CloseTalk,
    OpenTalk,
    TalkClosed,
    TalkOffered,
    TalkRequest,
)
from mr_contract.vocabulary import Privilege

MOST_OFFERS, OFFERS_WITHIN_S = 8, 4.0
"""A link may not ask for more offers of one scanner than this: each costs."""
BUSY_TICKS = 3
"""A line on which control waited so often running is crowded; once may be a desk that was busy itself."""
GONE = "the media process is started again"
NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Connection:
    media_id: str
    command_id: str
    link: str
    scanner: str
    ice_servers: tuple[IceServer, ...]
    by: str
    """Who is at its other end."""
    device: str
    is_tablet: bool = False
    busy_ticks: int = 0
    """Looks at the line, one after the other, at which control waited."""
    is_connected: bool = False
    """Whether pictures and sound pass."""
    is_offered: bool = False
    """Whoever was not offered anything yet is refused, not told of an end."""
    is_answered: bool = False
    carries: frozenset[str] = frozenset()
    """Of pictures and talk what was journalled to have begun."""


@dataclass(slots=True)
class MediaConnections:
    """What consoles and tablets ask of media, on the agent's loop. `tell` speaks to the media process."""

    service: Service
    setting: MediaSetting
    tell: Callable[[ToMedia], bool]
    _connections: dict[str, _Connection] = field(default_factory=dict)
    _asked_at_s: dict[tuple[str, str], deque[float]] = field(default_factory=dict)
    _told_talk: set[str] = field(default_factory=set)

    def requested(self, link: str, request: MediaRequest) -> None:
        """One message of a console about media."""
        match request:
            case OpenMedia():
                found = self._open(link, request)
                if found is not None:
                    self._refuse(link, request, found)
            case MediaAnswer(media_id=media_id, sdp=sdp) if self._is_of(link, media_id):
                self._answered(media_id, sdp)
            case WantPictures(media_id=media_id, pictures=pictures) if self._is_of(link, media_id):
                self.tell(WantInViewing(media_id=media_id, pictures=pictures))
            case CloseMedia(media_id=media_id):
                if self._is_of(link, media_id):
                    self._drop(self._connections[media_id])
            case MediaAnswer(media_id=media_id) | WantPictures(media_id=media_id):
                ended = (finding(Reason.MEDIA_ENDED),)
                self._send(link, MediaClosed(media_id=media_id, findings=ended))

    def tablet_requested(self, peer: TabletPeer, request: TalkRequest) -> tuple[Finding, ...]:
        """One message of a tablet about talk: why not."""
        match request:
            case OpenTalk(command_id=command_id):
                found = self._connect(command_id, peer.link, peer.scanner, tablet=peer.tablet)
                return (found,) if found is not None else ()
            case AnswerTalk(media_id=media_id, sdp=sdp) if self._is_of(peer.link, media_id):
                self._answered(media_id, sdp)
                return ()
            case CloseTalk(media_id=media_id):
                if self._is_of(peer.link, media_id):
                    self._drop(self._connections[media_id])
                return ()
            case _:
                return (finding(Reason.MEDIA_ENDED),)

    def link_closed(self, link: str) -> None:
        """A control link or tablet is gone, and its connections with it."""
        for connection in self._of(link=link):
            self._drop(connection)
        for key in [key for key in self._asked_at_s if key[0] == link]:
            del self._asked_at_s[key]

    def _refuse(self, link: str, asked: OpenMedia, found: Finding) -> None:
        """Answered, and journalled where the scanner is one of ours and the console is known there."""
        desk = self.service.desks.get(asked.scanner)
        if desk is None:
            self._send(link, Outcome(command_id=asked.command_id, accepted=False, findings=(found,)))
            return
        with self.service.turn(desk) as moment:
            holder = desk.consoles.get(link)
            if holder is not None:
                desk.refusals.take_up(
                    link, TakenUp(asked.kind, asked.command_id, holder.name, holder.device, moment.at_s)
                )
            desk.answer(link, asked.command_id, (found,))

    def _open(self, link: str, asked: OpenMedia) -> Finding | None:
        if asked.scanner not in self.service.desks:
            return finding(Reason.UNKNOWN_SCANNER)
        if not may_view(self.service.desks, link, asked.scanner):
            return finding(Reason.VIEW_NOT_GRANTED)
        granted = self.service.desks[asked.scanner].control.privileges_of(link)
        sounds = granted & {Privilege.TALK, Privilege.PATIENT}
        if not self.setting.sources.get(asked.scanner) and not sounds:
            return finding(Reason.NO_SOURCES)
        return self._connect(asked.command_id, link, asked.scanner)

    def _connect(self, command_id: str, link: str, scanner: str, *, tablet: str = "") -> Finding | None:
        desk = self.service.desks[scanner]
        if self._asks_too_often(link, scanner):
            return finding(Reason.TOO_MANY)
        for earlier in self._of(link=link, scanner=scanner):
            self._close(earlier, finding(Reason.MEDIA_ENDED))
        media_id = f"m-{secrets.token_hex(8)}"
        wall_s = self.service.clock.wall().timestamp()
        servers = tuple(turn.for_connection(media_id, wall_s) for turn in self.setting.turn)
        asked = OpenViewing(
            media_id=media_id,
            scanner=scanner,
            pictures=not tablet,
            ice_servers=servers,
            relay_only=self.setting.relay_only,
        )
        if not self.tell(asked):
            return finding(Reason.MEDIA_DOWN, why=GONE)
        holder = desk.consoles.get(link)
        by, device = (holder.name, holder.device) if holder is not None else (local_names(desk), tablet)
        connection = _Connection(media_id, command_id, link, scanner, servers, by, device, bool(tablet))
        self._connections[media_id] = connection
        self._settle_talk(desk)
        return None

    def _answered(self, media_id: str, sdp: str) -> None:
        connection = self._connections[media_id]
        connection.is_answered = True
        self.tell(AnswerViewing(media_id=media_id, sdp=sdp))
        self._settle_talk(self.service.desks[connection.scanner])

    def _asks_too_often(self, link: str, scanner: str) -> bool:
        now_s = self.service.clock.boot_s()
        asked_at_s = self._asked_at_s.setdefault((link, scanner), deque(maxlen=MOST_OFFERS))
        if len(asked_at_s) == MOST_OFFERS and now_s - asked_at_s[0] < OFFERS_WITHIN_S:
            return True
        asked_at_s.append(now_s)
        return False

    def _is_of(self, link: str, media_id: str) -> bool:
        connection = self._connections.get(media_id)
        return connection is not None and connection.link == link

    def _of(self, *, link: str = "", scanner: str = "") -> Iterator[_Connection]:
        for connection in tuple(self._connections.values()):
            if connection.link == (link or connection.link) and connection.scanner == (
                scanner or connection.scanner
            ):
                yield connection

    def _drop(self, connection: _Connection) -> None:
        del self._connections[connection.media_id]
        self._note(self.service.desks[connection.scanner], connection, NOTHING)
        self.tell(CloseViewing(media_id=connection.media_id))
        self._settle_talk(self.service.desks[connection.scanner])

    def _close(self, connection: _Connection, why: Finding) -> None:
        self._drop(connection)
        self._tell_closed(connection, why)

    def _tell_closed(self, connection: _Connection, why: Finding) -> None:
        media_id, found = connection.media_id, (why,)
        if not connection.is_tablet and not connection.is_offered:
            refused = Outcome(command_id=connection.command_id, accepted=False, findings=found)
            self._send(connection.link, refused)
            return
        if connection.is_tablet:
            self._send(connection.link, TalkClosed(media_id=media_id, findings=found))
            return
        closed = MediaClosed(media_id=media_id, scanner=connection.scanner, findings=found)
        self._send(connection.link, closed)

    def _send(self, link: str, message: Model) -> None:
        send = self.service.answers.get(link)
        if send is not None:
            send(message)

    # ------------------------------------------------------------ what they may

    def permit(self, desk: Desk) -> None:
        """Consent may have changed: cut those who may not look any more, and settle who may talk."""
        for connection in self._of(scanner=desk.scanner):
            if not connection.is_tablet and not may_view(
                self.service.desks, connection.link, connection.scanner
            ):
                self._close(connection, finding(Reason.VIEW_NOT_GRANTED))
        self._settle_talk(desk)

    def looker(self, media_id: str, scanner: str) -> str | None:
        """The console's link whose connection to this scanner this is."""
        connection = self._connections.get(media_id)
        if connection is None or connection.is_tablet or connection.scanner != scanner:
            return None
        return connection.link

    def give_way(self, crowded_line: Callable[[str], float | None]) -> None:
        """Four times a second: those on whose line control waits give way to it."""
        for connection in self._of():
            free_s = crowded_line(connection.link)
            connection.busy_ticks = 0 if free_s is None else connection.busy_ticks + 1
            if free_s is not None and connection.busy_ticks >= BUSY_TICKS:
                self.tell(GiveWay(media_id=connection.media_id, free_round_trip_s=free_s))

    def media_id_of(self, link: str, scanner: str) -> str | None:
        """The connection of a console over which sound passes; None: it has none."""
        there = (c for c in self._of(link=link, scanner=scanner) if c.is_connected)
        return next((c.media_id for c in there), None)

    def _settle_sound(self, desk: Desk) -> None:
        """Whose voice could be heard is known to the desk."""
        links = frozenset(c.link for c in self._of(scanner=desk.scanner) if c.is_connected)
        if desk.readings.sound_links != links:
            with self.service.turn(desk) as moment:
                desk.read(sound_links=links)
                settle(desk, moment)

    def _settle_talk(self, desk: Desk) -> None:
        """Who may talk is told to the media process, and shown at both ends."""
        talkers: list[str] = []
        lines: dict[str, str] = {}
        for connection in self._of(scanner=desk.scanner):
            talks = connection.is_tablet or Privilege.TALK in desk.control.privileges_of(connection.link)
            if talks is not (connection.media_id in self._told_talk):
                self.tell(LetTalk(media_id=connection.media_id, talks=talks))
                (self._told_talk.add if talks else self._told_talk.discard)(connection.media_id)
            if talks:
                lines[connection.link] = connection.media_id
            if talks and not connection.is_tablet and connection.link in desk.consoles:
                talkers.append(desk.consoles[connection.link].name)
        self._told_talk &= self._connections.keys()
        for connection in self._of(scanner=desk.scanner):
            self._note(desk, connection, self._carries(connection))
        self._settle_sound(desk)
        listens = any(connection.is_tablet for connection in self._of(scanner=desk.scanner))
        before = desk.readings
        desk.read(talkers=tuple(talkers), site_listens=listens, sound_lines=lines)
        if desk.readings is not before:
            self.service.changed(desk)

    def _carries(self, connection: _Connection) -> frozenset[str]:
        if not connection.is_answered:
            return NOTHING
        has = {
            "pictures": not connection.is_tablet and bool(self.setting.sources.get(connection.scanner)),
            "talk": connection.media_id in self._told_talk,
        }
        return frozenset(what for what, carried in has.items() if carried)

    def _note(self, desk: Desk, connection: _Connection, carries: frozenset[str]) -> None:
        """Journal what began and ended; what does so again and again is counted."""
        before, connection.carries = connection.carries, carries
        if carries == before:
            return
        by: str = connection.by
        end: Literal["console", "tablet"] = "tablet" if connection.is_tablet else "console"
        with self.service.turn(desk) as moment:
            for what in sorted(carries ^ before):
                match what, what in carries:
                    case "pictures", True:
                        line: Repeatable = PicturesBegan(by=by)
                    case "pictures", False:
                        line = PicturesEnded(by=by)
                    case _, True:
                        line = TalkBegan(by=by, end=end)
                    case _:
                        line = TalkEnded(by=by, end=end)
                desk.record_bounded((what, connection.device), line, moment.at_s)

    # ------------------------------------------------------------ the media process

    def hear(self, message: ViewingOffered | ViewingConnected | ViewingGiven | ViewingClosed) -> None:
        """What became of a connection; one that is not there any more is not missed."""
        connection = self._connections.get(message.media_id)
        if connection is None:
            return
        match message:
            case ViewingOffered():
                connection.is_offered = True
                self._send(connection.link, self._offered(connection, message))
            case ViewingConnected():
                connection.is_connected = True
                self._settle_sound(self.service.desks[connection.scanner])
            case ViewingGiven(media_id=media_id, pictures=pictures):
                self._send(connection.link, PicturesGiven(media_id=media_id, pictures=pictures))
            case ViewingClosed(why=why):
                self._close(connection, why)

    def end(self) -> None:
        """The media process is gone: no connection lives."""
        for connection in tuple(self._connections.values()):
            del self._connections[connection.media_id]
            self._note(self.service.desks[connection.scanner], connection, NOTHING)
            self._tell_closed(connection, finding(Reason.MEDIA_DOWN, why=GONE))
        for desk in self.service.desks.values():
            self._settle_talk(desk)

    def _offered(self, connection: _Connection, offer: ViewingOffered) -> MediaOffered | TalkOffered:
        if connection.is_tablet:
            return TalkOffered(
                media_id=connection.media_id,
                sdp=offer.sdp,
                takes_camera=offer.takes_camera,
                ice_servers=connection.ice_servers,
                relay_only=self.setting.relay_only,
            )
        return MediaOffered(
            command_id=connection.command_id,
            media_id=connection.media_id,
            scanner=connection.scanner,
            sdp=offer.sdp,
            pictures=offer.pictures,
            talk_mid=offer.talk_mid,
            ice_servers=connection.ice_servers,
            relay_only=self.setting.relay_only,
            udp_ports=self.setting.udp_ports,
        )
