"""Who sees what: media at the service, with a media process that only notes what it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local_agent.core import events as e
from local_agent.core.control_inputs import Allowed, Asked, Revoked
from local_agent.core.control_state import Holder, Request
from local_agent.core.controlling import apply_control
from local_agent.core.desk import Desk
from local_agent.core.effects import Answer
from local_agent.core.on_tablet import tablet_command
from local_agent.core.policy import Policy
from local_agent.core.repeated_lines import AT_ONCE_OF_OTHERS
from local_agent.core.showing import sources_view
from local_agent.journal.store import Journal
from local_agent.media.config import MediaSetting, SourceConfig
from local_agent.media.pipe_messages import (
    AnswerViewing,
    Begin,
    CloseViewing,
    DeliveredPictures,
    FromMedia,
    GiveWay,
    LetTalk,
    NewestPicture,
    OpenViewing,
    PauseSource,
    PicturesSeen,
    ShowStatus,
    SourceSaid,
    ToMedia,
    ViewingClosed,
    ViewingOffered,
    WantInViewing,
)
from local_agent.media.turn import TurnServer
from local_agent.media_connections import MOST_OFFERS, OFFERS_WITHIN_S
from local_agent.media_door import RESTARTING, MediaDesk
from local_agent.ports import TabletPeer
from local_agent.service import Service
from mr_contract import tablet_messages as t
from mr_contract.console_messages import Outcome
from mr_contract.findings import finding
from mr_contract.media_messages import (
    CloseMedia,
    MediaAnswer,
    MediaClosed,
    MediaOffered,
    OfferedPicture,
    OpenMedia,
    WantPictures,
)
from mr_contract.reasons import Reason
from mr_contract.vocabulary import (
    Interlock,
    InterlockState,
    LinkLossAction,
    Privilege,
    Qualification,
    Role,
    SourceKind,
    SourceState,
)
from mr_contract.wire import Violation

TABLET = TabletPeer("tab1", "tablet-1", "mr1")


@dataclass
class HandClock:
    at_s: float = 100.0

    def boot_s(self) -> float:
        return self.at_s

    def wall(self) -> datetime:
        return datetime.fromtimestamp(1_800_000_000 + self.at_s, UTC)


@dataclass
class NotedProcess:
    """A media process that notes what it is told."""

    begin: Callable[[], Begin]
    hear: Callable[[FromMedia], None]
    ended: Callable[[str], None]
    runs: bool = True
    told: list[ToMedia] = field(default_factory=list)

    async def keep(self) -> None:
        raise NotImplementedError

    def send(self, message: ToMedia) -> bool:
        if self.runs:
            self.told.append(message)
        return self.runs

    def last(self, kind: type[Any]) -> Any:
        return next((m for m in reversed(self.told) if isinstance(m, kind)), None)


def source(kind: SourceKind) -> SourceConfig:
    return SourceConfig(id=kind.value, kind=kind, title=kind.value.title(), url="synthetic:")


class Place:
    def __init__(self, journal: Journal, policy: Policy) -> None:
        self.clock = HandClock()
        self.desk = Desk("mr1", "b1", policy)
        other = Desk("mr2", "b1", policy)
        self.service = Service("North", "b1", self.clock, journal, {"mr1": self.desk, "mr2": other})
        setting = MediaSetting(
            "/site",
            {"mr1": (source(SourceKind.PATIENT), source(SourceKind.ROOM)), "mr2": ()},
            turn=(TurnServer(("turn:turn.example",), b"secret"),),
        )
        self.media = MediaDesk(self.service, setting, NotedProcess)
        assert isinstance(self.media.keeper, NotedProcess)
        self.process = self.media.keeper
        self.sent: dict[str, list[Any]] = {"l1": [], "l2": [], "tab1": []}
        for link, sent in self.sent.items():
            self.service.answers[link] = sent.append
        self.service.begin({})

    def grant(self, link: str = "l1", *privileges: Privilege, scanner: str = "mr1") -> None:
        holder = Holder(link, "a" * 64, link, Role.REMOTE_OPERATOR)
        desk = self.service.desks[scanner]
        desk.consoles[link] = holder
        view, at_s = frozenset(privileges or {Privilege.VIEW}), self.clock.at_s
        request = Request(f"r-{link}", holder, view, LinkLossAction.FINISH_SEQUENCE, at_s)
        with self.service.turn(desk) as moment:
            apply_control(desk, Asked(request), moment)
            apply_control(desk, Allowed(request.request_id, view, at_s), moment)

    def talkers(self) -> tuple[str, ...]:
        return self.desk.readings.talkers

    def show(self) -> None:
        """What the end of the loop turn does."""
        self.service._flush()

    def open(self, link: str = "l1", scanner: str = "mr1") -> str:
        """Ask, and be offered: the connection's id."""
        self.media.connections.requested(link, OpenMedia(command_id="c1", scanner=scanner))
        asked = self.process.last(OpenViewing)
        assert isinstance(asked, OpenViewing)
        pictures = (OfferedPicture(mid="0", source="patient"), OfferedPicture(mid="1", source="room"))
        self.process.hear(ViewingOffered(media_id=asked.media_id, sdp="v=0", pictures=pictures, talk_mid="2"))
        return asked.media_id

    def refused(self, link: str = "l1", scanner: str = "mr1") -> set[Reason]:
        self.media.connections.requested(link, OpenMedia(command_id="c1", scanner=scanner))
        outcome = self.sent[link][-1]
        assert isinstance(outcome, Outcome)
        assert not outcome.accepted
        return {f.reason for f in outcome.findings}

    def closed(self, link: str = "l1") -> list[tuple[str, set[Reason]]]:
        return [
            (m.media_id, {f.reason for f in m.findings})
            for m in self.sent[link]
            if isinstance(m, MediaClosed)
        ]

    def pause(self, source: str, *, paused: bool) -> Outcome:
        command = t.PauseSource(command_id=f"p{source}{paused}", source=source, paused=paused)
        with self.service.turn(self.desk) as moment:
            tablet_command(self.desk, command, "tablet", None, moment)
            (answer,) = (a.message for a in self.desk._effects if isinstance(a, Answer))
        self.show()
        assert isinstance(answer, Outcome)
        return answer

    def picture(self) -> tuple[InterlockState, set[Reason]]:
        standing = self.desk.standing(self.clock.at_s).standing
        judged = next(i for i in standing.interlocks if i.interlock is Interlock.PICTURE)
        return judged.state, {f.reason for f in judged.findings}

    def captured(self, source: str, at_s: float) -> None:
        newest = NewestPicture(scanner="mr1", source=source, captured_s=at_s)
        self.process.hear(PicturesSeen(newest=(newest,)))
        self.media.tick(lambda _: None)

    def delivered(self, media_id: str, source: str, *, captured_s: float) -> None:
        newest = NewestPicture(scanner="mr1", source=source, captured_s=captured_s)
        seen = DeliveredPictures(media_id=media_id, sources=(source,))
        self.process.hear(PicturesSeen(newest=(newest,), delivered=(seen,)))
        self.media.tick(lambda _: None)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    key = Ed25519PrivateKey.generate()
    with Journal.open(tmp_path / "journal.sqlite", key, site="North", boot_id="b1") as journal:
        made = Place(journal, Policy())
        yield made
        made.service.end()


async def test_an_offer_goes_to_the_link_that_asked_with_credentials_of_its_own(place: Place) -> None:
    place.grant()
    media_id = place.open()
    offered = place.sent["l1"][-1]
    assert isinstance(offered, MediaOffered)
    assert (offered.media_id, offered.command_id, offered.talk_mid) == (media_id, "c1", "2")
    (server,) = offered.ice_servers
    assert server.username.endswith(f":{media_id}")
    assert server.credential
    assert place.sent["l2"] == []


async def test_credentials_are_good_for_an_hour_and_a_connection_built_anew_has_new_ones(
    place: Place,
) -> None:
    place.grant()
    place.open()
    place.clock.at_s += 3000
    place.open()
    first, second = (m.ice_servers[0] for m in place.sent["l1"] if isinstance(m, MediaOffered))
    ends = [int(server.username.partition(":")[0]) for server in (first, second)]
    assert ends == [1_800_000_000 + 100 + 3600, 1_800_000_000 + 3100 + 3600]
    assert first.credential != second.credential
    asked = place.process.last(OpenViewing)
    assert asked.ice_servers == (second,)


async def test_a_site_whose_media_go_by_relay_only_says_so_to_everybody(place: Place) -> None:
    place.media.connections.setting = replace(place.media.setting, relay_only=True)
    place.grant()
    place.open()
    assert place.process.last(OpenViewing).relay_only
    assert place.sent["l1"][-1].relay_only


async def test_a_console_that_may_not_look_is_refused_with_one_line_in_the_journal(place: Place) -> None:
    place.grant("l1", Privilege.TALK)
    assert place.refused() == {Reason.VIEW_NOT_GRANTED}
    assert place.refused() == {Reason.VIEW_NOT_GRANTED}
    place.service.end()
    place.service.journal.probe().result(10.0)  # written in its order, in a thread
    lines = [r for r in place.service.journal.read(0, 100) if r.kind == "command_refused"]
    assert len(lines) == 1
    assert '"open_media"' in lines[0].body_json


async def test_each_reason_for_no_pictures_is_said(place: Place) -> None:
    assert place.refused() == {Reason.VIEW_NOT_GRANTED}
    place.grant()
    place.grant("l1", Privilege.VIEW, scanner="mr2")
    assert place.refused(scanner="mr2") == {Reason.NO_SOURCES}
    assert place.refused(scanner="mr9") == {Reason.UNKNOWN_SCANNER}
    place.process.runs = False
    assert place.refused() == {Reason.MEDIA_DOWN}


async def test_a_second_connection_of_a_link_ends_the_first(place: Place) -> None:
    place.grant()
    first, second = place.open(), place.open()
    assert place.closed() == [(first, {Reason.MEDIA_ENDED})]
    assert place.process.last(CloseViewing).media_id == first
    assert first != second


async def test_offers_without_end_are_refused(place: Place) -> None:
    place.grant()
    for _ in range(MOST_OFFERS):
        place.open()
    assert place.refused() == {Reason.TOO_MANY}
    place.clock.at_s += OFFERS_WITHIN_S
    place.open()


async def test_another_link_neither_answers_nor_ends_a_connection(place: Place) -> None:
    place.grant()
    media_id = place.open()
    place.media.connections.requested("l2", MediaAnswer(media_id=media_id, sdp="v=0"))
    place.media.connections.requested("l2", WantPictures(media_id=media_id, pictures=()))
    place.media.connections.requested("l2", CloseMedia(media_id=media_id))
    assert place.closed("l2") == [(media_id, {Reason.MEDIA_ENDED})] * 2
    assert not [m for m in place.process.told if isinstance(m, AnswerViewing | WantInViewing | CloseViewing)]
    place.media.connections.requested("l1", MediaAnswer(media_id=media_id, sdp="v=0"))
    assert place.process.last(AnswerViewing).media_id == media_id


async def test_view_withdrawn_ends_the_connection_in_that_turn(place: Place) -> None:
    place.grant()
    media_id = place.open()
    with place.service.turn(place.desk) as moment:
        apply_control(place.desk, Revoked(moment.at_s), moment)
    place.show()
    assert place.closed() == [(media_id, {Reason.VIEW_NOT_GRANTED})]
    assert place.process.last(CloseViewing).media_id == media_id


async def test_a_link_that_is_gone_takes_its_connections_with_it(place: Place) -> None:
    place.grant()
    media_id = place.open()
    place.media.connections.link_closed("l1")
    assert place.process.last(CloseViewing).media_id == media_id
    assert place.closed() == []


async def test_an_end_of_the_media_process_is_told_and_shown(place: Place) -> None:
    place.grant()
    media_id = place.open()
    place.process.hear(SourceSaid(scanner="mr1", source="room", state=SourceState.PLAYING))
    place.process.ended("it was killed")
    assert place.closed() == [(media_id, {Reason.MEDIA_DOWN})]
    shown = sources_view(place.desk)
    assert shown
    assert all((s.state, s.why) == (SourceState.FAILING, RESTARTING) for s in shown)


async def test_why_a_connection_ended_is_passed_on(place: Place) -> None:
    place.grant()
    media_id = place.open()
    place.process.hear(ViewingClosed(media_id=media_id, why=finding(Reason.MEDIA_NO_PATH)))
    place.process.hear(ViewingClosed(media_id=media_id, why=finding(Reason.MEDIA_NO_PATH)))
    assert place.closed() == [(media_id, {Reason.MEDIA_NO_PATH})]


async def test_who_was_not_offered_anything_yet_is_refused_with_the_reason(place: Place) -> None:
    place.grant()
    place.media.connections.requested("l1", OpenMedia(command_id="c1", scanner="mr1"))
    media_id = place.process.last(OpenViewing).media_id
    place.process.hear(ViewingClosed(media_id=media_id, why=finding(Reason.TOO_MANY)))
    (outcome,) = place.sent["l1"]
    assert isinstance(outcome, Outcome)
    assert (outcome.command_id, outcome.accepted) == ("c1", False)
    assert {f.reason for f in outcome.findings} == {Reason.TOO_MANY}


async def test_of_two_cameras_on_the_patient_both_must_be_live_or_the_one_that_policy_names(
    place: Place,
) -> None:
    head = place.desk.readings.sources[0].model_copy(update={"source": "head"})
    place.desk.read(sources=(*place.desk.readings.sources, head))
    declared = place.media.setting.sources
    declared["mr1"] += (source(SourceKind.PATIENT).model_copy(update={"id": "head"}),)
    place.captured("patient", place.clock.at_s)
    assert place.picture() == (InterlockState.UNKNOWN, {Reason.PICTURE_UNKNOWN})
    place.captured("head", place.clock.at_s - 1.5)
    assert place.picture() == (InterlockState.OPEN, {Reason.PICTURE_FROZEN})
    place.pause("head", paused=True)
    assert place.picture() == (InterlockState.OPEN, {Reason.PICTURE_PAUSED})
    place.desk.policy = Policy(picture_sources=("patient",))
    place.media.tick(lambda _: None)
    assert place.picture() == (InterlockState.CLOSED, set())


async def test_the_picture_is_as_old_as_the_newest_of_the_kind_that_policy_names(place: Place) -> None:
    assert place.picture() == (InterlockState.UNKNOWN, {Reason.PICTURE_UNKNOWN})
    place.captured("room", place.clock.at_s)
    assert place.picture() == (InterlockState.UNKNOWN, {Reason.PICTURE_UNKNOWN})
    place.captured("patient", place.clock.at_s - 0.2)
    assert place.picture() == (InterlockState.CLOSED, set())
    place.clock.at_s += 1.0
    place.captured("room", place.clock.at_s)
    assert place.picture() == (InterlockState.OPEN, {Reason.PICTURE_FROZEN})


@pytest.mark.parametrize(
    "lie",
    [
        SourceSaid(scanner="mr9", source="patient", state=SourceState.PLAYING),
        SourceSaid(scanner="mr1", source="another", state=SourceState.PLAYING),
        PicturesSeen(newest=(NewestPicture(scanner="mr2", source="patient", captured_s=1.0),)),
        PicturesSeen(newest=(NewestPicture(scanner="mr1", source="patient", captured_s=1e9),)),
    ],
)
async def test_a_media_process_that_lies_closes_no_interlock_and_ends_nothing_else(
    place: Place, lie: FromMedia
) -> None:
    with pytest.raises(Violation):
        place.process.hear(lie)
    assert place.picture() == (InterlockState.UNKNOWN, {Reason.PICTURE_UNKNOWN})


async def test_a_paused_source_is_let_go_shown_as_paused_and_keeps_starts_away(place: Place) -> None:
    place.captured("patient", place.clock.at_s)
    assert place.pause("patient", paused=True).accepted
    assert place.process.last(PauseSource).paused
    place.process.hear(SourceSaid(scanner="mr1", source="patient", state=SourceState.PLAYING))
    assert [s.state for s in sources_view(place.desk)] == [SourceState.PAUSED, SourceState.STARTING]
    assert place.picture() == (InterlockState.OPEN, {Reason.PICTURE_PAUSED})
    assert place.process.begin().paused == (("mr1", "patient"),)


async def test_a_patient_who_calls_is_told_to_what_draws_the_room(place: Place) -> None:
    for event, calls in ((e.BulbSqueezed(), True), (e.BulbAnswered(), False)):
        with place.service.turn(place.desk):
            place.desk.record(event)
        place.show()
        assert place.process.last(ShowStatus).patient_calls is calls


async def test_resuming_needs_somebody_who_is_checked_in(place: Place) -> None:
    place.pause("patient", paused=True)
    assert not place.pause("patient", paused=False).accepted
    assert place.desk.facts.paused_sources == {"patient"}
    with place.service.turn(place.desk):
        place.desk.record(
            e.CheckedIn(
                staff_id="anna", name="Anna", mr_level=2, qualification=Qualification.REGISTERED_TECHNOLOGIST
            )
        )
    assert place.pause("patient", paused=False).accepted
    assert not place.process.last(PauseSource).paused


async def test_pausing_twice_is_recorded_once_and_a_source_that_is_not_there_is_refused(place: Place) -> None:
    before = place.desk.facts.count
    place.pause("patient", paused=True)
    place.pause("patient", paused=True)
    assert place.desk.facts.count == before + 1
    assert not place.pause("nowhere", paused=True).accepted


async def test_a_pause_that_could_not_be_told_is_told_when_the_process_is_back(place: Place) -> None:
    place.process.runs = False
    place.pause("patient", paused=True)
    place.process.runs = True
    place.show()
    place.service.changed(place.desk)
    place.show()
    told = place.process.last(PauseSource)
    assert (told.source, told.paused) == ("patient", True)


async def test_a_tablet_and_a_console_with_talk_are_let_talk_and_named(place: Place) -> None:
    place.grant()
    watching = place.open()
    assert place.process.last(LetTalk) is None
    assert place.media.connections.tablet_requested(TABLET, t.OpenTalk(command_id="t1")) == ()
    asked = place.process.last(OpenViewing)
    assert not asked.pictures
    told = place.process.last(LetTalk)
    assert (told.media_id, told.talks) == (asked.media_id, True)
    assert place.desk.readings.site_listens
    assert place.talkers() == ()
    place.grant("l1", Privilege.VIEW, Privilege.TALK)
    place.show()
    told = place.process.last(LetTalk)
    assert (told.media_id, told.talks) == (watching, True)
    assert place.talkers() == ("l1",)


async def test_talk_needs_no_camera(place: Place) -> None:
    tablet = TabletPeer("tab1", "tablet-1", "mr2")
    assert place.media.connections.tablet_requested(tablet, t.OpenTalk(command_id="t1")) == ()
    place.grant("l1", Privilege.VIEW, Privilege.TALK, scanner="mr2")
    media_id = place.open(scanner="mr2")
    assert place.process.last(LetTalk) == LetTalk(media_id=media_id, talks=True)
    readings = place.service.desks["mr2"].readings
    assert (readings.site_listens, readings.talkers) == (True, ("l1",))


async def test_talk_withdrawn_silences_in_that_turn(place: Place) -> None:
    place.grant("l1", Privilege.VIEW, Privilege.TALK)
    media_id = place.open()
    place.show()
    with place.service.turn(place.desk) as moment:
        apply_control(place.desk, Revoked(moment.at_s), moment)
    place.show()
    assert place.closed() == [(media_id, {Reason.VIEW_NOT_GRANTED})]
    assert place.desk.readings.talkers == ()


async def test_a_tablets_talk_is_its_own_and_ends_with_its_page(place: Place) -> None:
    place.media.connections.tablet_requested(TABLET, t.OpenTalk(command_id="t1"))
    media_id = place.process.last(OpenViewing).media_id
    stranger = TabletPeer("tab2", "tablet-2", "mr1")
    answer = t.AnswerTalk(command_id="t2", media_id=media_id, sdp="v=0")
    assert {f.reason for f in place.media.connections.tablet_requested(stranger, answer)} == {
        Reason.MEDIA_ENDED
    }
    assert place.media.connections.tablet_requested(TABLET, answer) == ()
    assert place.process.last(AnswerViewing).media_id == media_id
    place.process.hear(ViewingOffered(media_id=media_id, sdp="v=0", pictures=(), talk_mid="0"))
    assert [type(m) for m in place.sent["tab1"]] == [t.TalkOffered]
    place.process.ended("it was killed")
    assert [type(m) for m in place.sent["tab1"]] == [t.TalkOffered, t.TalkClosed]
    assert not place.desk.readings.site_listens
    place.media.connections.tablet_requested(TABLET, t.OpenTalk(command_id="t3"))
    place.media.connections.link_closed("tab1")
    assert not place.desk.readings.site_listens


async def test_who_had_pictures_and_who_talked_is_journalled_when_it_began_and_ended(place: Place) -> None:
    place.grant("l1", Privilege.VIEW, Privilege.TALK)
    media_id = place.open()
    assert await lines(place) == []  # nothing flows before the answer
    place.media.connections.requested("l1", MediaAnswer(media_id=media_id, sdp="v=0"))
    place.media.connections.tablet_requested(TABLET, t.OpenTalk(command_id="t1"))
    talk_id = place.process.last(OpenViewing).media_id
    place.media.connections.tablet_requested(
        TABLET, t.AnswerTalk(command_id="t2", media_id=talk_id, sdp="v=0")
    )
    with place.service.turn(place.desk) as moment:
        apply_control(place.desk, Revoked(moment.at_s), moment)
    place.show()
    place.process.ended("it was killed")
    local = "local operator (not checked in)"
    assert await lines(place) == [
        ("pictures_began", "l1", 1),
        ("talk_began", "l1", 1),
        ("talk_began", local, 1),
        ("pictures_ended", "l1", 1),
        ("talk_ended", "l1", 1),
        ("talk_ended", local, 1),
    ]


async def test_a_link_that_opens_and_closes_pictures_in_a_loop_is_counted(place: Place) -> None:
    place.grant()
    for _ in range(100):
        media_id = place.open()
        place.media.connections.requested("l1", MediaAnswer(media_id=media_id, sdp="v=0"))
        place.media.connections.requested("l1", CloseMedia(media_id=media_id))
        place.clock.at_s += 0.6
    place.service.end()
    written = await lines(place)
    assert len(written) == 2 * AT_ONCE_OF_OTHERS + 2
    assert written[-1][0] == "pictures_ended"
    for kind in ("pictures_began", "pictures_ended"):
        assert sum(count for what, _, count in written if what == kind) == 100


async def lines(place: Place) -> list[tuple[str, str, int]]:
    """What the journal says of pictures and talk: kind, person, how many."""
    await asyncio.wrap_future(place.service.journal.probe())  # written in its order, in a thread
    records = place.service.journal.read(0, 1000)
    kinds = {"pictures_began", "pictures_ended", "talk_began", "talk_ended"}
    bodies = ((r.kind, json.loads(r.body_json)) for r in records if r.kind in kinds)
    return [(kind, body["by"], body["count"]) for kind, body in bodies]


async def test_media_gives_way_on_a_line_on_which_control_waits(place: Place) -> None:
    place.grant()
    media_id = place.open()
    place.media.tick({"l2": 0.03}.get)
    assert place.process.last(GiveWay) is None
    waiting: list[dict[str, float]] = [{"l1": 0.03}, {"l1": 0.03}, {}, {"l1": 0.03}, {"l1": 0.03}]
    for busy in waiting:
        place.media.tick(busy.get)
    assert place.process.last(GiveWay) is None
    place.media.tick({"l1": 0.03}.get)
    assert place.process.last(GiveWay) == GiveWay(media_id=media_id, free_round_trip_s=0.03)


# ------------------------------------------------------------------ who sees the people


async def test_a_console_sees_the_people_while_their_fresh_picture_goes_out_to_it(place: Place) -> None:
    place.grant()
    media_id = place.open()
    place.captured("room", place.clock.at_s)
    assert place.desk.readings.seen_by == frozenset(), "a camera that works is not seen by anybody"
    place.delivered(media_id, "room", captured_s=place.clock.at_s)
    assert place.desk.readings.seen_by == {"l1"}
    place.clock.at_s += 1.25
    place.media.tick(lambda _: None)
    assert place.desk.readings.seen_by == frozenset(), "nothing was said of it for more than a second"
    place.delivered(media_id, "room", captured_s=place.clock.at_s - 1.25)
    assert place.desk.readings.seen_by == frozenset(), "the picture stands still"


async def test_a_paused_picture_and_one_of_an_ended_connection_are_seen_by_nobody(place: Place) -> None:
    place.grant()
    media_id = place.open()
    place.delivered(media_id, "room", captured_s=place.clock.at_s)
    with place.service.turn(place.desk):
        place.desk.record(e.SourcePaused(source="room", title="Room"))
    place.delivered(media_id, "room", captured_s=place.clock.at_s)
    assert place.desk.readings.seen_by == frozenset()
    place.delivered(media_id, "patient", captured_s=place.clock.at_s)
    assert place.desk.readings.seen_by == {"l1"}
    place.media.connections.requested("l1", CloseMedia(media_id=media_id))
    place.delivered(media_id, "patient", captured_s=place.clock.at_s)
    assert place.desk.readings.seen_by == frozenset()


async def test_pictures_on_a_tablets_connection_are_seen_by_no_console(place: Place) -> None:
    place.media.connections.tablet_requested(TABLET, t.OpenTalk(command_id="t1"))
    media_id = place.process.last(OpenViewing).media_id
    place.delivered(media_id, "room", captured_s=place.clock.at_s)
    assert place.desk.readings.seen_by == frozenset()


async def test_when_the_media_process_ends_nobody_sees_anything(place: Place) -> None:
    place.grant()
    place.delivered(place.open(), "room", captured_s=place.clock.at_s)
    place.process.ended("it was killed")
    place.media.tick(lambda _: None)
    assert place.desk.readings.seen_by == frozenset()
