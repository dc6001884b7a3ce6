"""One connection of the media process, against a peer that is not what it should be."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from aiortc import RTCPeerConnection, VideoStreamTrack
from av import VideoFrame

import media_kit
from local_agent.clock import MachineClock
from local_agent.media.pipe_messages import (
    FromMedia,
    OpenViewing,
    ViewingClosed,
    ViewingConnected,
    ViewingOffered,
)
from local_agent.media.serving import MOST_VIEWINGS, MediaSite
from local_agent.media.sources.tablet_pictures import PAUSED_S, TabletPictures
from local_agent.media.talking import TalkRoom
from local_agent.media.viewing import TOO_LONG, Rooms, Viewing, Ways
from mr_contract.findings import finding
from mr_contract.media_messages import MOST_SOURCES, IceServer, WantedPicture
from mr_contract.reasons import Reason
from mr_contract.vocabulary import PictureQuality

_FINGERPRINT = re.compile(r"(a=fingerprint:sha-[0-9]+ )(..)")


async def until(holds: Callable[[], bool], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def corrected(request: pytest.FixtureRequest) -> Iterator[None]:
    addresses = tuple(f"127.0.0.{number}" for number in getattr(request, "param", (1,)))
    with media_kit.correct(media_kit.Reach(addresses=addresses)):
        yield


@pytest.fixture
async def desk() -> AsyncIterator[RTCPeerConnection]:
    made = media_kit.new_connection()
    yield made
    await made.close()


async def answered(desk: RTCPeerConnection, offer: str) -> str:
    await media_kit.take_description(desk, "offer", offer)
    await desk.setLocalDescription(await desk.createAnswer())
    return str(desk.localDescription.sdp)


def of_another(sdp: str) -> str:
    """The description of a peer with another certificate: one byte of each fingerprint is not its own."""
    other, count = _FINGERPRINT.subn(lambda m: m[1] + ("00" if m[2] != "00" else "01"), sdp)
    assert count
    return other


async def test_an_answer_with_the_fingerprint_of_another_peer_connects_nobody(
    desk: RTCPeerConnection,
) -> None:
    told: list[FromMedia] = []
    viewing = Viewing("m-1", {}, Rooms(TalkRoom()), Ways(), told.append, MachineClock().boot_s)
    await until(lambda: bool(told))
    (offered,) = told
    assert isinstance(offered, ViewingOffered)
    viewing.answer(of_another(await answered(desk, offered.sdp)))
    await until(lambda: len(told) == 2)
    closed = told[1]
    assert isinstance(closed, ViewingClosed)
    assert closed.why.reason is Reason.MEDIA_NO_PATH
    await viewing.close()


def test_where_no_way_leads_the_words_say_what_to_open() -> None:
    servers = (IceServer(urls=("turn:a.example:3478", "turns:a.example:5349")),)
    assert (
        Ways(servers, udp_ports=(50000, 50099)).closed().remedy.startswith("Open UDP 50000–50099 from here")
    )
    assert Ways().closed().remedy.startswith("Open UDP 1024–65535 from here")
    by_relay = Ways(servers, relay_only=True).closed()
    assert by_relay.reason is Reason.MEDIA_NO_RELAY
    assert by_relay.remedy.endswith("to turn:a.example:3478, turns:a.example:5349")


async def test_a_viewing_that_is_closed_from_here_says_nothing(desk: RTCPeerConnection) -> None:
    told: list[FromMedia] = []
    viewing = Viewing("m-1", {}, Rooms(TalkRoom()), Ways(), told.append, MachineClock().boot_s)
    await until(lambda: bool(told))
    (offered,) = told
    assert isinstance(offered, ViewingOffered)
    assert "opus/48000" in offered.sdp
    assert "PCMU" not in offered.sdp
    viewing.answer(await answered(desk, offered.sdp))
    await until(lambda: len(told) == 2)
    assert told[1] == ViewingConnected(media_id="m-1")
    await viewing.close()
    assert len(told) == 2


@pytest.mark.parametrize("corrected", [range(1, 21)], indirect=True)
async def test_an_offer_that_is_too_long_for_a_console_is_not_made_and_the_remedy_is_said() -> None:
    told: list[FromMedia] = []
    clock_s = MachineClock().boot_s
    with ThreadPoolExecutor(1) as encoders:
        shared = media_kit.Encoders(encoders, clock_s)
        encoded = partial(media_kit.EncodedSource, media_kit.Content.CAMERA, shared)
        sources = {f"s{number}": encoded() for number in range(MOST_SOURCES)}
        viewing = Viewing("m-1", sources, Rooms(TalkRoom()), Ways(), told.append, clock_s)
        await until(lambda: bool(told))
    (closed,) = told
    assert isinstance(closed, ViewingClosed)
    assert closed.why == finding(Reason.MEDIA_DOWN, why=TOO_LONG)
    await viewing.close()


async def test_a_source_is_delivered_once_its_receiver_reports_on_it_and_not_when_it_is_out_of_sight(
    desk: RTCPeerConnection,
) -> None:
    told: list[FromMedia] = []
    clock_s = MachineClock().boot_s
    with ThreadPoolExecutor(1) as encoders:
        source = media_kit.EncodedSource(media_kit.Content.CAMERA, media_kit.Encoders(encoders, clock_s))
        viewing = Viewing("m-1", {"room": source}, Rooms(TalkRoom()), Ways(), told.append, clock_s)
        await until(lambda: bool(told))
        (offered,) = told
        assert isinstance(offered, ViewingOffered)
        viewing.answer(await answered(desk, offered.sdp))
        await until(lambda: desk.connectionState == "connected")
        assert viewing.delivered == ()
        viewing.want((WantedPicture(mid=offered.pictures[0].mid, quality=PictureQuality.LOW),))
        playing = asyncio.create_task(play(source, clock_s))
        await until(lambda: viewing.delivered == ("room",))
        viewing.want(())
        await until(lambda: viewing.delivered == ())
        playing.cancel()
        await viewing.close()
        await source.close()


async def play(source: media_kit.EncodedSource, clock_s: Callable[[], float]) -> None:
    """Twenty pictures a second."""
    while True:
        source.offer(VideoFrame(64, 48), clock_s())
        await asyncio.sleep(0.05)


async def test_connections_without_end_are_refused() -> None:
    told: list[FromMedia] = []
    site = MediaSite(told.append, MachineClock().boot_s)
    for number in range(MOST_VIEWINGS + 1):
        site.take(OpenViewing(media_id=f"m-{number}", scanner="mr1"))
    closed = [m for m in told if isinstance(m, ViewingClosed)]
    assert [(m.media_id, m.why.reason) for m in closed] == [(f"m-{MOST_VIEWINGS}", Reason.TOO_MANY)]
    await site.close()


async def test_the_tablets_own_camera_becomes_a_source_and_an_older_tablet_is_not_shown(
    desk: RTCPeerConnection,
) -> None:
    shown: list[float] = []
    pictures = TabletPictures(MachineClock().boot_s)
    pictures.play_to(lambda _, captured_s: shown.append(captured_s))
    told: list[FromMedia] = []
    viewing = Viewing("m-1", {}, Rooms(TalkRoom(), pictures), Ways(), told.append, MachineClock().boot_s)
    await until(lambda: bool(told))
    (offered,) = told
    assert isinstance(offered, ViewingOffered)
    assert offered.takes_camera
    await media_kit.take_description(desk, "offer", offered.sdp)
    camera = desk.getTransceivers()[1]
    camera.sender.replaceTrack(VideoStreamTrack())
    camera.direction = "sendonly"
    await desk.setLocalDescription(await desk.createAnswer())
    viewing.answer(desk.localDescription.sdp)
    await until(lambda: bool(shown))
    assert 0.1 < MachineClock().boot_s() - shown[-1] < 5.0
    await viewing.close()


def test_a_tablet_takes_over_when_its_pictures_come_and_not_before() -> None:
    now_s, shown = [100.0], list[int]()
    pictures = TabletPictures(lambda: now_s[0])
    pictures.play_to(lambda frame, _: shown.append(frame.width))

    def take(tablet: str, width: int) -> None:
        now_s[0] += 0.04
        pictures.take(tablet, VideoFrame(width, 48))

    take("first", 16)
    take("second", 32)  # connected since long, and only now its camera is on
    take("first", 16)
    take("second", 32)
    assert shown == [16, 32, 32]
    now_s[0] += PAUSED_S
    take("first", 16)  # switched on again
    take("second", 32)
    assert shown == [16, 32, 32, 16, 32]


def test_a_tablet_that_offered_and_sends_nothing_takes_nothing_over() -> None:
    shown: list[int] = []
    pictures = TabletPictures(lambda: 100.0)
    pictures.play_to(lambda frame, _: shown.append(frame.width))
    pictures.take("first", VideoFrame(16, 48))
    pictures.leave("second")
    pictures.take("first", VideoFrame(16, 48))
    assert shown == [16, 16]
