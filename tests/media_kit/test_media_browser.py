"""Encoded once, shown in a real Chromium: pictures, their dates, and the change of quality."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCPeerConnection
from media_pair import FRAME_S, Clock, numbered_picture
from playwright.async_api import Page, async_playwright

import media_kit
from media_kit.rules.capture_times import pairs_from_text

CHROMIUM = Path(shutil.which("chromium") or "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-features=WebRtcHideLocalIpsWithMdns"]
WATCH = """async (offer) => {
  const connection = window.connection = new RTCPeerConnection();
  window.said = null; window.shown = [];
  const keep = (message) => { if (message.data.includes('"0"')) window.said = message.data; };
  connection.ondatachannel = (event) => { event.channel.onmessage = keep; };
  connection.ontrack = (event) => {
    const video = document.createElement('video');
    video.muted = video.autoplay = true;
    video.srcObject = new MediaStream([event.track]);
    document.body.append(video);
    const each = (_, what) => {
      window.shown.push([what.rtpTimestamp, what.height]);
      video.requestVideoFrameCallback(each);
    };
    video.requestVideoFrameCallback(each);
  };
  await connection.setRemoteDescription({ type: 'offer', sdp: offer });
  await connection.setLocalDescription(await connection.createAnswer());
  await new Promise((done) => {
    const look = () => connection.iceGatheringState === 'complete' && done();
    connection.onicegatheringstatechange = look;
    look();
  });
  return connection.localDescription.sdp;
}"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium: scripts/bootstrap --with-browser"),
]


@asynccontextmanager
async def _page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield await browser.new_page()
        finally:
            await browser.close()


async def _show_until(source: media_kit.EncodedSource, clock: Clock, seen: Callable[[], Any]) -> Any:
    """Pictures until the page answers with something true."""
    async with asyncio.timeout(60):
        while not (answer := await seen()):
            clock.now_s += FRAME_S
            source.offer(numbered_picture(1, scale=4), clock.now_s)
            await asyncio.sleep(0.02)
    return answer


async def test_chromium_shows_dates_and_follows_a_change_of_quality() -> None:
    clock = Clock()
    began_s = clock.now_s
    with media_kit.correct(), ThreadPoolExecutor(2) as encoders:
        async with _page() as page:
            source = media_kit.EncodedSource(media_kit.Content.CAMERA, media_kit.Encoders(encoders, clock))
            viewer, connection = media_kit.Viewer(clock), media_kit.new_connection()
            said = await _connect(page, viewer, source, connection)
            try:
                shown = await _show_until(
                    source, clock, lambda: page.evaluate("window.said && window.shown.at(-1)")
                )
                pair = pairs_from_text(await page.evaluate("window.said"))["0"]
                assert began_s < pair.captured_at_s(shown[0]) <= clock.now_s
                assert shown[1] == 720
                viewer.want({viewer.tracks[0]: media_kit.Quality.LOW})
                await _show_until(
                    source, clock, lambda: page.evaluate("window.shown.some(([, height]) => height === 360)")
                )
            finally:
                await said.close()
                viewer.close()
                await connection.close()
                await source.close()


async def _connect(
    page: Page, viewer: media_kit.Viewer, source: media_kit.EncodedSource, connection: RTCPeerConnection
) -> media_kit.CaptureTimesSaid:
    media_kit.send_pictures(connection, viewer.look_at(source, media_kit.Quality.HIGH))
    channel = connection.createDataChannel(media_kit.CAPTURE_TIMES_LABEL)
    said = media_kit.CaptureTimesSaid(connection, channel)
    await connection.setLocalDescription(await connection.createOffer())
    answer = await page.evaluate(WATCH, connection.localDescription.sdp)
    await media_kit.take_description(connection, "answer", answer)
    return said
