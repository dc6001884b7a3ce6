"""Sources that fail, and a media process that does: named, contained, tried again. And the pipe between."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

import av
import pytest

from local_agent.clock import MachineClock
from local_agent.media.keeping import MediaKeeper, Patience
from local_agent.media.pipe import FRAME_LIMIT_BYTES, frame, next_message
from local_agent.media.pipe_messages import FROM_MEDIA, TO_MEDIA, Begin, CloseViewing, FromMedia, PicturesSeen
from local_agent.media.playing import (
    BEGINS_WITHIN_S,
    STALLED_S,
    STEADY_S,
    PlayState,
    SourcePlayer,
    next_pause_s,
)
from local_agent.media.sources.source import Offer, SourceFailed
from mr_contract.device_reasons import DeviceReason, device
from mr_contract.vocabulary import SourceState
from mr_contract.wire import Violation


async def until(holds: Callable[[], bool], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.005)


# ------------------------------------------------------------------ a source


@dataclass
class Camera:
    """Does what `acts` say, one for each time it is opened; the last again and again."""

    acts: list[str]
    plays: int = 0
    is_open: bool = False
    go_on: threading.Event = field(default_factory=threading.Event)
    offers: list[Offer] = field(default_factory=list)

    def play(self, offer: Offer, stop: threading.Event) -> None:
        act = self.acts[min(self.plays, len(self.acts) - 1)]
        self.plays += 1
        self.offers.append(offer)
        match act:
            case "unplugged":
                raise SourceFailed(DeviceReason.UNPLUGGED)
            case "garbage":
                raise av.InvalidDataError(1, "Invalid data")
            case "ends":
                return
        self.is_open = True
        while not stop.wait(0.005):
            if act == "plays" or (act == "stalls" and not self.go_on.is_set()):
                offer(av.VideoFrame(64, 48, "yuv420p"), MachineClock().boot_s())
        self.is_open = False


@dataclass
class Bench:
    camera: Camera
    states: list[PlayState] = field(default_factory=list)
    pictures: int = 0
    ahead_s: float = 0.0

    def __post_init__(self) -> None:
        self.player = SourcePlayer(
            lambda: self.camera, self._count, self.states.append, self.boot_s, first_retry_s=0.02
        )

    def boot_s(self) -> float:
        return MachineClock().boot_s() + self.ahead_s

    def _count(self, frame: av.VideoFrame, captured_s: float) -> None:
        del frame, captured_s
        self.pictures += 1

    @property
    def state(self) -> SourceState:
        return self.player.state.state


@pytest.fixture
async def make() -> AsyncIterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def one(*acts: str) -> Bench:
        made.append(Bench(Camera(list(acts))))
        made[-1].player.play()
        return made[-1]

    yield one
    for bench in made:
        await bench.player.close()


@pytest.mark.logs
@pytest.mark.parametrize(
    ("act", "why"),
    [
        ("unplugged", DeviceReason.UNPLUGGED),
        ("garbage", DeviceReason.GARBAGE),
        ("ends", DeviceReason.ENDED),
    ],
)
async def test_a_source_that_fails_is_named_and_tried_again(
    make: Callable[..., Bench], act: str, why: DeviceReason
) -> None:
    bench = make(act, act, "plays")
    await until(lambda: bench.state is SourceState.PLAYING)
    failed = [s for s in bench.states if s.state is SourceState.FAILING]
    assert [s.why for s in failed] == [device(why)] * 2
    assert [s.retry_in_s for s in failed] == [0.02, 0.04]


async def test_a_paused_source_lets_go_of_its_device_and_gives_nothing_more(
    make: Callable[..., Bench],
) -> None:
    bench = make("plays")
    await until(lambda: bench.pictures > 2)
    bench.player.pause()
    seen = bench.pictures
    await until(lambda: not bench.camera.is_open)
    bench.camera.offers[0](av.VideoFrame(64, 48, "yuv420p"), 0.0)  # a thread that has not noticed yet
    assert bench.pictures == seen
    assert bench.state is SourceState.PAUSED
    bench.player.play()
    await until(lambda: bench.pictures > seen)


async def test_a_source_that_gives_nothing_new_is_not_playing_until_it_does(
    make: Callable[..., Bench],
) -> None:
    bench = make("stalls")
    await until(lambda: bench.state is SourceState.PLAYING)
    bench.camera.go_on.set()
    seen = bench.pictures
    await until(lambda: bench.camera.is_open)
    bench.ahead_s = STALLED_S + 0.5
    bench.player.look()
    assert bench.player.state == PlayState(SourceState.FAILING, device(DeviceReason.STALLED))
    bench.ahead_s = 0.0
    bench.camera.go_on.clear()
    await until(lambda: bench.pictures > seen and bench.state is SourceState.PLAYING)


def test_the_pause_before_the_next_try_doubles_up_to_half_a_minute_and_a_steady_source_begins_again() -> None:
    pauses: list[float] = []
    for _ in range(7):
        pauses.append(next_pause_s(pauses[-1] if pauses else None, played_s=0.1))
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert next_pause_s(30.0, played_s=STEADY_S + 1) == 1.0


async def test_a_source_that_never_gives_a_picture_is_said_to(make: Callable[..., Bench]) -> None:
    bench = make("nothing")
    await until(lambda: bench.camera.is_open)
    bench.player.look()
    assert bench.state is SourceState.STARTING
    bench.ahead_s = BEGINS_WITHIN_S + 0.5
    bench.player.look()
    assert bench.player.state == PlayState(SourceState.FAILING, device(DeviceReason.STALLED))


# ------------------------------------------------------------------ the pipe


async def heard(*parts: bytes) -> list[FromMedia]:
    stream = asyncio.StreamReader()
    for part in parts:
        stream.feed_data(part)
    stream.feed_eof()
    found = []
    while (message := await next_message(FROM_MEDIA, stream)) is not None:
        found.append(message)
    return found


async def test_messages_come_out_of_the_pipe_as_they_went_in() -> None:
    whole = frame(PicturesSeen(newest=())) * 2
    assert await heard(whole[:3], whole[3:20], whole[20:]) == [PicturesSeen(newest=())] * 2


@pytest.mark.parametrize(
    "broken",
    [
        b"\0\0",
        b"\0\0\0\0",
        (FRAME_LIMIT_BYTES + 1).to_bytes(4, "big"),
        frame(PicturesSeen(newest=()))[:-1],
        b"\0\0\0\x02{}",
        frame(CloseViewing(media_id="m-1")),
        b"Traceback (most recent call last):\n",
    ],
)
async def test_what_is_no_message_is_refused(broken: bytes) -> None:
    with pytest.raises(Violation):
        await heard(broken)


# ------------------------------------------------------------------ the process

_BEATS = "frame(PicturesSeen(newest=()))"
_SAYS = f"""
import sys, time
from local_agent.media.pipe import frame
from local_agent.media.pipe_messages import PicturesSeen
sys.stdout.buffer.write({_BEATS}); sys.stdout.buffer.flush()
"""
QUICK = Patience(first_restart_s=0.02, last_restart_s=0.05, begins_within_s=5.0, silent_s=0.3)


@dataclass
class Kept:
    """A keeper and what it heard."""

    command: tuple[str, ...]
    patience: Patience = QUICK
    ends: list[str] = field(default_factory=list)
    heard: list[FromMedia] = field(default_factory=list)
    lies: bool = False
    pids: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.keeper = MediaKeeper(
            self._begin, self._hear, self.ends.append, command=self.command, patience=self.patience
        )

    def _begin(self) -> Begin:
        if self.keeper.pid is not None:
            self.pids.add(self.keeper.pid)
        return Begin(directory="/", scanners=())

    def _hear(self, message: FromMedia) -> None:
        self.heard.append(message)
        if self.lies:
            raise Violation("there is no such camera")

    async def until_ended(self, times: int = 1) -> None:
        keeping = asyncio.create_task(self.keeper.keep())
        try:
            await until(lambda: len(self.ends) >= times)
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping


@pytest.mark.logs
@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import sys; sys.exit(3)", "it ended with code 3"),
        ("print('hello, I am a library')", "what it says has no meaning"),
        (_SAYS + "time.sleep(60)", "nothing was heard of it for 0.3 s"),
    ],
)
async def test_a_media_process_that_ends_talks_nonsense_or_is_silent_is_replaced(
    program: str, why: str
) -> None:
    kept = Kept((sys.executable, "-c", program))
    await kept.until_ended(times=2)
    assert all(why in end for end in kept.ends)
    assert len(kept.pids) >= 2
    assert kept.keeper.pid is None


@pytest.mark.logs
async def test_a_media_process_that_says_what_cannot_be_is_replaced() -> None:
    kept = Kept((sys.executable, "-c", _SAYS + "time.sleep(60)"), lies=True)
    await kept.until_ended()
    assert kept.ends == ["what it says cannot be: there is no such camera"]


@pytest.mark.logs
async def test_a_media_process_that_cannot_be_started_is_said_and_tried_again() -> None:
    kept = Kept(("/nowhere/media",))
    await kept.until_ended(times=2)
    assert "cannot be started" in kept.ends[0]
    assert not kept.keeper.send(CloseViewing(media_id="m-1"))


@pytest.mark.logs
async def test_a_media_process_that_reads_nothing_does_not_hold_up_the_agent() -> None:
    kept = Kept((sys.executable, "-c", _SAYS + f"""
while True:
    sys.stdout.buffer.write({_BEATS}); sys.stdout.buffer.flush(); time.sleep(0.05)
"""))  # fmt: skip
    keeping = asyncio.create_task(kept.keeper.keep())
    await until(lambda: bool(kept.heard))
    while kept.keeper.send(CloseViewing(media_id="m-" + "x" * 70)):
        pass
    await until(lambda: bool(kept.ends))
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping
    assert kept.ends == ["it ended with code -9"]


async def test_the_real_process_says_that_it_lives_and_ends_with_its_pipe() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "local_agent.media.process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(frame(Begin(directory="/", scanners=())))
    times = []
    for _ in range(3):
        assert await next_message(FROM_MEDIA, process.stdout) == PicturesSeen(newest=())
        times.append(asyncio.get_running_loop().time())
    assert all(later - earlier < 1.0 for earlier, later in pairwise(times))
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 5.0) == 0


@pytest.mark.parametrize("begins", [b"", frame(CloseViewing(media_id="m-1"))])
async def test_a_process_that_is_told_nonsense_ends_in_words_without_a_traceback(begins: bytes) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "local_agent.media.process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, words = await process.communicate(begins)
    assert process.returncode == (1 if begins else 0)
    assert b"Traceback" not in words
    assert (b"begin comes first" in words) == bool(begins)


def test_an_offer_that_no_console_could_be_sent_has_no_meaning() -> None:
    long = b'{"kind": "viewing_offered", "media_id": "m-1", "sdp": "%s", "pictures": []}' % (b"x" * 24_001)
    with pytest.raises(ValueError, match="24000"):
        FROM_MEDIA.validate_json(long)


def test_both_directions_know_only_their_own_messages() -> None:
    with pytest.raises(Exception, match="pictures_seen"):
        TO_MEDIA.validate_json(PicturesSeen(newest=()).model_dump_json())
