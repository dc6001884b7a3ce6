"""The capture time of a decoded picture, across the connection."""

from __future__ import annotations

import pytest
from lossy_line import Line
from media_pair import FRAME_S, Clock, Pair, media_pair, number_of

from media_kit import CAPTURE_TIMES_LABEL, Quality
from media_kit.rules.capture_times import CLOCK_HZ

BEGAN_S = Clock().now_s + FRAME_S


def _captured_s(pair: Pair, stream: int) -> tuple[int, float | None]:
    """The newest picture of a stream: its number, and when its capture is said to have been."""
    frame = pair.readers[stream].frames[0]
    mid = pair.far.getTransceivers()[stream].mid
    return number_of(frame), pair.times.captured_s(mid or "", frame.pts)


@pytest.mark.parametrize("loss", [0.0, 0.03])
async def test_every_picture_is_dated_by_its_capture(loss: float) -> None:
    async with media_pair(streams=2, line=Line(loss=loss)) as pair:
        for later in (20, 60):
            await pair.offer_until(lambda: pair.newest >= later and _captured_s(pair, 1)[1] is not None)  # noqa: B023
            for stream in range(2):
                number, captured_s = _captured_s(pair, stream)
                assert captured_s == pytest.approx(BEGAN_S + number * FRAME_S, abs=2 / CLOCK_HZ)


async def test_pictures_are_dated_rightly_after_their_quality_changed() -> None:
    async with media_pair() as pair:
        await pair.offer_until(lambda: pair.newest >= 10)
        track = pair.viewer.tracks[0]
        pair.viewer.want({track: Quality.LOW})
        await pair.offer_until(lambda: track.showing is Quality.LOW)
        moved_at = pair.offered
        await pair.offer_until(lambda: pair.newest >= moved_at + 5)
        number, captured_s = _captured_s(pair, 0)
        assert captured_s == pytest.approx(BEGAN_S + number * FRAME_S, abs=2 / CLOCK_HZ)


async def test_a_channel_with_another_name_is_not_listened_to() -> None:
    async with media_pair() as pair:
        other = pair.near.createDataChannel("other")
        assert other.label != CAPTURE_TIMES_LABEL
        await pair.offer_until(lambda: other.readyState == "open" and pair.newest >= 5)
        other.send('{"0": [1, 1.0]}')
        await pair.offer_until(lambda: pair.newest >= 20)
        number, captured_s = _captured_s(pair, 0)
        assert captured_s == pytest.approx(BEGAN_S + number * FRAME_S, abs=2 / CLOCK_HZ)
