"""A site whose media go by its relay only: a real coturn between agent, console and a tablet in Chromium."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect
from process_desk import DeskSignalling, Shown
from process_finger import CHROMIUM, finger_at
from process_observing import eventually
from process_stage import Stage, stage_of
from rig.relay import NO_PROGRAM, PROGRAM, SECRET, Relay, running_relay

import media_kit
from mr_contract.vocabulary import PictureQuality
from remote_console.media.scanner_pictures import ScannerPictures

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists(),
        reason=f"NO {CHROMIUM}: the tablet page is NOT TESTED; run scripts/bootstrap --with-browser",
    ),
    pytest.mark.skipif(PROGRAM is None, reason=NO_PROGRAM),
]
SOURCES = (("patient", "Patient", "synthetic:"), ("tablet", "At the door", "tablet:"))
WISHES = (("tablet", PictureQuality.LOW), ("patient", PictureQuality.LOW))
FAKE_DEVICES = "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"
NOTE_CONNECTIONS = """
  window.made = [];
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = function (how) { window.made.push(new Real(how)); return window.made.at(-1); };
"""
MANY_BYTES = 20_000
"""More than connectivity checks and a handshake make."""


@pytest.fixture
def relay(folder: Path) -> Iterator[Relay]:
    (folder / "relay").mkdir()
    with running_relay(folder / "relay") as running:
        yield running


def kinds(sdp: str) -> set[str]:
    """Of the candidates of a description."""
    return set(re.findall(r"^a=candidate:.* typ (\w+)", sdp, re.MULTILINE))


def media_lines(relay: Relay, folder: Path) -> str:
    (folder / "turn.secret").write_bytes(SECRET)
    return (
        f'path = "relay"\n[[media.turn]]\nurls = ["{relay.url("udp")}"]\nsecret_file = "{folder}/turn.secret"'
    )


async def test_agent_console_and_tablet_offer_relays_only_and_pictures_move_through_them(
    folder: Path, relay: Relay
) -> None:
    async with stage_of(folder, sources=SOURCES, media=media_lines(relay, folder)) as stage:
        await stage.prepared()
        await stage.control()
        with media_kit.correct():
            at_the_desk, at_the_tablet = await tablet_to_desk(stage)
    for media_id in (at_the_desk, at_the_tablet):
        await eventually(lambda m=media_id: min(relay.counted(m)) > MANY_BYTES, "media moved at the relay")


async def tablet_to_desk(stage: Stage) -> tuple[str, str]:
    """Pictures from the tablet's camera by the agent to the console; the ids of both connections."""
    desk, seen = DeskSignalling(stage.console), Shown()
    sources = frozenset(source for source, _ in WISHES)
    looking = ScannerPictures(stage.room.name, desk, seen, lambda: sources)
    await looking.wish(WISHES)
    try:
        offer = await asyncio.to_thread(stage.site.tablet, stage.room.scanner)
        async with finger_at(offer, *FAKE_DEVICES, first=NOTE_CONNECTIONS) as finger:
            await finger.do("talk-on")
            await expect(finger.page.locator('[data-do="talk-camera"]')).to_be_enabled(timeout=20_000)
            await finger.do("talk-camera")
            await eventually(
                lambda: min(seen.pictures.get(s, 0) for s in sources) > 10, "pictures of tablet and patient"
            )
            page = finger.page
            answered = await page.evaluate("window.made.at(-1).localDescription.sdp")
            offered = await page.evaluate("window.made.at(-1).remoteDescription.sdp")
            server = await page.evaluate("window.made.at(-1).getConfiguration().iceServers[0].username")
            await finger.do("talk-off")
    finally:
        await looking.close()
    for sdp in (*desk.descriptions, answered, offered):
        assert kinds(sdp) == {"relay"}
    return desk.media_ids[-1], server.partition(":")[2]
