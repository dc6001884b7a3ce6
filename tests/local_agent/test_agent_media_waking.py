"""A site without cameras: the media process sleeps until somebody talks, and no word is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from local_agent.media.pipe_messages import Begin, CloseViewing, FromMedia, LetTalk, PicturesSeen, ToMedia
from local_agent.media.waking import MOST_WAITING, SleepingKeeper

LET = LetTalk(media_id="m1", talks=True)
CLOSE = CloseViewing(media_id="m1")
ALIVE = PicturesSeen(newest=())


@dataclass
class NotedKeeper:
    begin: Callable[[], Begin]
    hear: Callable[[FromMedia], None]
    ended: Callable[[str], None]
    kept: asyncio.Event = field(default_factory=asyncio.Event)
    said: list[ToMedia] = field(default_factory=list)
    runs: bool = True

    async def keep(self) -> None:
        self.kept.set()

    def send(self, message: ToMedia) -> bool:
        if self.runs:
            self.said.append(message)
        return self.runs


class Bed:
    def __init__(self) -> None:
        self.heard: list[FromMedia] = []
        self.ended: list[str] = []
        self.inner: list[NotedKeeper] = []

        def make(
            begin: Callable[[], Begin], hear: Callable[[FromMedia], None], ended: Callable[[str], None]
        ) -> NotedKeeper:
            self.inner.append(NotedKeeper(begin, hear, ended))
            return self.inner[0]

        def begin() -> Begin:
            raise NotImplementedError

        self.keeper = SleepingKeeper(make, begin, self.heard.append, self.ended.append)
        (self.noted,) = self.inner


@pytest.fixture
async def bed() -> Bed:
    return Bed()


async def test_it_is_started_by_the_first_thing_said_and_not_before(bed: Bed) -> None:
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(bed.keeper.keep())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not bed.noted.kept.is_set()
        assert bed.keeper.send(LET)
        await keeping
    assert bed.noted.kept.is_set()


async def test_what_was_said_before_it_was_heard_is_said_then_in_its_order_and_once(bed: Bed) -> None:
    assert bed.keeper.send(LET)
    assert bed.keeper.send(CLOSE)
    assert bed.noted.said == []
    bed.noted.hear(ALIVE)
    bed.noted.hear(ALIVE)
    assert bed.noted.said == [LET, CLOSE]
    assert bed.heard == [ALIVE, ALIVE]
    assert bed.keeper.send(LET)
    assert bed.noted.said == [LET, CLOSE, LET]


async def test_what_waited_for_one_that_ended_is_not_said_to_the_next(bed: Bed) -> None:
    bed.keeper.send(LET)
    bed.noted.runs = False
    bed.noted.ended("it cannot be started")
    assert bed.ended == ["it cannot be started"]
    assert not bed.keeper.send(CLOSE)
    bed.noted.runs = True
    bed.noted.hear(ALIVE)
    assert bed.noted.said == []


async def test_no_more_than_so_much_waits(bed: Bed) -> None:
    assert all(bed.keeper.send(LET) for _ in range(MOST_WAITING))
    assert not bed.keeper.send(LET)
