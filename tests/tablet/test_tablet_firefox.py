"""The tablet page in a second engine: Firefox sends microphone and camera, and hears the remote operator."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from tablet_site import CODE, PIN, TabletSite
from tablet_states import STAFF, states
from tablet_talk import AgentTalk

import media_kit

HERE = Path(__file__).parent / "firefox"
FIREFOX, NODE = shutil.which("firefox-esr"), shutil.which("node")
DRIVER = HERE / "node_modules" / "puppeteer-core"
WITHIN_S = 30.0

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        FIREFOX is None or NODE is None or not DRIVER.exists(),
        reason="NO firefox-esr, node or puppeteer-core: the tablet page is NOT TESTED in a second engine; "
        "run scripts/bootstrap --with-browser",
    ),
]


@contextmanager
def firefox(url: str) -> Iterator[IO[str]]:
    """What the page in Firefox says, line by line; it is closed at the end."""
    words = (str(NODE), str(HERE / "tablet.mjs"), str(FIREFOX), url, PIN)
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
            process.communicate(timeout=WITHIN_S)
            assert process.returncode == 0
        finally:
            process.terminate()  # the driver then ends its Firefox


def test_firefox_sends_microphone_and_camera_and_hears_the_remote_operator(site: TabletSite) -> None:
    site.door.view, site.door.staff = states()["scanning"], STAFF
    with media_kit.correct(media_kit.Reach(addresses=("127.0.0.1",))):
        talk = AgentTalk(site.door)
        try:
            with firefox(f"{site.server.url}pair#{CODE}") as said:
                site.door.wait_for(lambda: bool(site.door.commands("open_talk")), within_s=WITHIN_S)
                talk.offer("m-1", takes_camera=True)
                site.door.wait_for(lambda: bool(site.door.commands("answer_talk")), within_s=WITHIN_S)
                talk.take_answer(site.door.commands("answer_talk")[0].sdp)
                site.door.wait_for(lambda: talk.loud > 3 and talk.pictures > 2, within_s=WITHIN_S)
                assert json.loads(said.readline())["energy"] > 0
        finally:
            talk.close()
