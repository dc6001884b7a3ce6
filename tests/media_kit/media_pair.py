"""Two corrected peers in one loop, with numbered pictures from one to the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from aiortc import MediaStreamTrack, RTCIceServer, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame
from lossy_line import Line, connect, lossy_line

import media_kit
from media_kit.corrections import ALL
from media_kit.corrections.catalogue import Correction

WIDTH, HEIGHT, BITS, BLOCK = 320, 192, 16, 16
FRAME_S = 0.04
HERE = media_kit.Reach(addresses=("127.0.0.1",))
NOWHERE = media_kit.Reach(addresses=())
_NOISE = np.random.default_rng(4).integers(60, 190, (8, HEIGHT * 4, WIDTH * 4), dtype=np.uint8)


def without(*corrections: Correction) -> Collection[Correction]:
    """Every correction but these."""
    return [correction for correction in ALL if correction not in corrections]


def numbered_picture(number: int, *, scale: int = 1) -> VideoFrame:
    """Noise that fills several packets, under a row of blocks that say the number in binary."""
    width, height, block = WIDTH * scale, HEIGHT * scale, BLOCK * scale
    luma = _NOISE[number % len(_NOISE), :height, :width].copy()
    luma[:block] = 128
    for bit in range(BITS):
        luma[:block, bit * block : (bit + 1) * block] = 235 if number >> bit & 1 else 16
    chroma = np.full((height // 2, width), 128, np.uint8)
    return VideoFrame.from_ndarray(np.concatenate([luma, chroma]), format="yuv420p")


def number_of(frame: VideoFrame) -> int:
    """The number of a decoded picture, of whatever size."""
    luma = frame.to_ndarray(format="gray")
    block = frame.width // (WIDTH // BLOCK)
    return sum(int(luma[block // 2, bit * block + block // 2] > 128) << bit for bit in range(BITS))


async def until(condition: Callable[[], bool], within_s: float = 60.0) -> None:
    """Wait for a condition; the limit only ends a test that hangs."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.005)


@dataclass(slots=True)
class Clock:
    """Seconds that pass with the pictures."""

    now_s: float = 100.0

    def __call__(self) -> float:
        return self.now_s


@dataclass(slots=True)
class Reader:
    """Reads a track and keeps the numbers of its pictures."""

    track: MediaStreamTrack
    numbers: list[int] = field(default_factory=list)
    frames: list[VideoFrame] = field(default_factory=list)

    async def read(self) -> None:
        while True:
            try:
                frame = await self.track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, VideoFrame)
            self.frames = [frame]
            self.numbers.append(number_of(frame))

    @property
    def newest(self) -> int:
        """The newest picture's number; -1 before the first."""
        return max(self.numbers, default=-1)


@dataclass(slots=True)
class Pair:
    """The site (`near`) shows its sources to the desk (`far`)."""

    near: RTCPeerConnection
    far: RTCPeerConnection
    line: Line
    clock: Clock
    sources: list[media_kit.EncodedSource]
    viewer: media_kit.Viewer
    readers: list[Reader] = field(default_factory=list)
    times: media_kit.CaptureTimes = field(default_factory=media_kit.CaptureTimes)
    offered: int = 0
    scale: int = 1

    def offer(self) -> None:
        """One more picture from every source."""
        self.clock.now_s += FRAME_S
        picture = numbered_picture(self.offered, scale=self.scale)
        for source in self.sources:
            source.offer(picture, self.clock.now_s)
        self.offered += 1

    async def offer_until(self, condition: Callable[[], bool], within_s: float = 60.0) -> None:
        """Pictures at the pace they are encoded at, until a condition holds."""
        async with asyncio.timeout(within_s):
            while not condition():
                self.offer()
                await asyncio.sleep(0.01)

    @property
    def newest(self) -> int:
        """The newest picture that every reader has seen."""
        return min(reader.newest for reader in self.readers)

    @property
    def key_frames(self) -> int:
        """Key frames made so far, by all sources."""
        return sum(f.key_frames for source in self.sources for f in source.figures().values())


@asynccontextmanager
async def media_pair(
    streams: int = 1,
    line: Line | None = None,
    only: Collection[Correction] = ALL,
    content: media_kit.Content = media_kit.Content.CAMERA,
    reading: bool = True,
) -> AsyncIterator[Pair]:
    """A connected pair, corrected by `only`, over a lossy line."""
    line, clock = line or Line(), Clock()
    with media_kit.correct(HERE, only=only), ThreadPoolExecutor(2) as encoders:
        async with lossy_line(line, seed=5) as reroute:
            sources = [media_kit.EncodedSource(content, _steady(encoders, clock)) for _ in range(streams)]
            pair = Pair(*_connections(), line, clock, sources, media_kit.Viewer(clock))
            tasks = _prepare(pair, reading=reading)
            try:
                await connect(pair.near, pair.far, reroute)
                await until(lambda: pair.near.connectionState == pair.far.connectionState == "connected")
                yield pair
            finally:
                await _end(pair, tasks)


@dataclass(slots=True)
class _Tasks:
    said: media_kit.CaptureTimesSaid
    readers: list[asyncio.Task[None]] = field(default_factory=list)


@asynccontextmanager
async def relayed_pair(near: RTCIceServer, far: RTCIceServer) -> AsyncIterator[Pair]:
    """A pair on two relays, connecting: no end has an address of its own, so nothing goes another way."""
    clock = Clock()
    with media_kit.correct(NOWHERE), ThreadPoolExecutor(2) as encoders:
        sources = [media_kit.EncodedSource(media_kit.Content.CAMERA, _steady(encoders, clock))]
        ends = media_kit.new_connection([near]), media_kit.new_connection([far])
        pair = Pair(*ends, Line(), clock, sources, media_kit.Viewer(clock))
        tasks = _prepare(pair, reading=True)
        try:
            await connect(pair.near, pair.far)
            yield pair
        finally:
            await _end(pair, tasks)


def _steady(threads: ThreadPoolExecutor, clock: Clock) -> media_kit.Encoders:
    """Encoders that do not notice how busy the machine is that runs the tests."""
    return media_kit.Encoders(threads, clock, lambda: 0.0)


async def _end(pair: Pair, tasks: _Tasks) -> None:
    await tasks.said.close()
    pair.viewer.close()
    await asyncio.gather(pair.near.close(), pair.far.close())
    for source in pair.sources:
        await source.close()
    await asyncio.gather(*tasks.readers)


def _connections() -> tuple[RTCPeerConnection, RTCPeerConnection]:
    return media_kit.new_connection(), media_kit.new_connection()


def _prepare(pair: Pair, *, reading: bool) -> _Tasks:
    for source in pair.sources:
        media_kit.send_pictures(pair.near, pair.viewer.look_at(source, media_kit.Quality.HIGH))
    channel = pair.near.createDataChannel(media_kit.CAPTURE_TIMES_LABEL)
    tasks = _Tasks(media_kit.CaptureTimesSaid(pair.near, channel))
    pair.far.on("datachannel", pair.times.hear)

    def on_track(track: MediaStreamTrack) -> None:
        reader = Reader(track)
        pair.readers.append(reader)
        if reading:
            tasks.readers.append(asyncio.get_running_loop().create_task(reader.read()))

    pair.far.on("track", on_track)
    return tasks
