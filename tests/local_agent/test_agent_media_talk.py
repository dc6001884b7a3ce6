"""Who hears whom in a room, and that nothing waits."""

from __future__ import annotations

import asyncio
from array import array
from itertools import pairwise

import av
import pytest
from aiortc.mediastreams import MediaStreamError

from local_agent.media.talking import MOST_WAITING, Ear, TalkRoom, mixed

SAMPLES = 960


def voice(level: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout="stereo", samples=SAMPLES)
    frame.planes[0].update(array("h", [level] * SAMPLES * 2).tobytes())
    frame.sample_rate = 48_000
    return frame


def level(frame: av.AudioFrame) -> int:
    return array("h", bytes(frame.planes[0]))[0]


async def heard(ear: Ear) -> int:
    return level(await asyncio.wait_for(ear.recv(), 2.0))


async def silent(ear: Ear) -> bool:
    """Nothing comes for a while that is long for a frame that was there already."""
    try:
        await asyncio.wait_for(ear.recv(), 0.1)
    except TimeoutError:
        return True
    return False


async def test_those_who_may_talk_hear_each_other_and_not_themselves() -> None:
    room = TalkRoom()
    desk, tablet = room.join("desk"), room.join("tablet")
    room.let("desk", talks=True)
    room.let("tablet", talks=True)
    room.said("desk", voice(100))
    assert await heard(tablet) == 100
    assert await silent(desk)


async def test_nobody_hears_or_is_heard_before_they_were_let_nor_after() -> None:
    room = TalkRoom()
    desk, tablet = room.join("desk"), room.join("tablet")
    room.let("tablet", talks=True)
    room.said("desk", voice(100))
    room.said("tablet", voice(200))
    assert await silent(tablet)
    assert await silent(desk)
    room.let("desk", talks=True)
    room.said("desk", voice(100))
    room.said("tablet", voice(200))
    room.let("desk", talks=False)  # what was on its way is not delivered either
    assert await silent(tablet)
    assert await silent(desk)


async def test_two_who_talk_at_once_are_both_heard_and_clipped_not_wrapped() -> None:
    room = TalkRoom()
    ears = {name: room.join(name) for name in ("desk", "trainer", "tablet")}
    for name in ears:
        room.let(name, talks=True)
    room.said("desk", voice(1000))
    room.said("trainer", voice(500))
    assert await heard(ears["tablet"]) == 1500
    assert await heard(ears["desk"]) == 500
    assert level(mixed([voice(30_000), voice(30_000)])) == 32_767
    assert level(mixed([voice(-30_000), voice(-30_000)])) == -32_767


async def test_a_listener_that_was_late_hears_the_newest_and_times_grow() -> None:
    ear = Ear()
    for number in range(MOST_WAITING + 4):
        ear.hear("desk", voice(number))
    frames = [await asyncio.wait_for(ear.recv(), 2.0) for _ in range(MOST_WAITING)]
    assert [level(frame) for frame in frames] == [4, 5, 6]
    times = [frame.pts or 0 for frame in frames]
    assert all(later - earlier >= SAMPLES for earlier, later in pairwise(times))
    assert await silent(ear)


async def test_who_leaves_ends_what_they_are_sent() -> None:
    room = TalkRoom()
    ear = room.join("tablet")
    listening = asyncio.ensure_future(ear.recv())
    await asyncio.sleep(0)
    room.leave("tablet")
    with pytest.raises(MediaStreamError):
        await listening
