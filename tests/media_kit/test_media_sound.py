"""Sound after a lost packet: as soon as before, and what aiortc's own buffer does instead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from aiortc import MediaStreamTrack, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame
from lossy_line import Line, connect, lossy_line
from media_pair import HERE, until, without

import media_kit
from media_kit.corrections import ALL, catalogue

SAMPLES = 960
FRAMES = 60
LOST = 20


class Speech(MediaStreamTrack):
    """Sixty frames of 20 ms, then nothing; the line stays open."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._number = 0
        self._over = asyncio.Event()

    async def recv(self) -> AudioFrame:
        if self._number == FRAMES:
            await self._over.wait()
            raise MediaStreamError
        frame = AudioFrame(format="s16", layout="stereo", samples=SAMPLES)
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        frame.pts, frame.sample_rate, frame.time_base = self._number * SAMPLES, 48_000, Fraction(1, 48_000)
        self._number += 1
        await asyncio.sleep(0)
        return frame


@dataclass(slots=True)
class Heard:
    """What came out of the decoder."""

    receiver: Any = None
    first_pts: int | None = None
    last_pts: int = -1

    @property
    def last_frame(self) -> int:
        """The number of the newest frame heard."""
        return -1 if self.first_pts is None else (self.last_pts - self.first_pts) // SAMPLES

    async def hear(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                self.last_pts = (await track.recv()).pts or 0
            except MediaStreamError:
                return
            if self.first_pts is None:
                self.first_pts = self.last_pts

    async def everything_was_taken_in(self, line: Line) -> None:
        await until(lambda: line.carried + line.lost >= FRAMES)

        async def received() -> int:
            report = await self.receiver.getStats()
            return max((s.packetsReceived for s in report.values() if s.type == "inbound-rtp"), default=0)

        while await received() < FRAMES - 1:
            await asyncio.sleep(0.005)
        await until(lambda: bool(self.receiver._RTCRtpReceiver__decoder_queue.empty()))


@asynccontextmanager
async def _talking(only: Collection[catalogue.Correction], line: Line) -> AsyncIterator[Heard]:
    with media_kit.correct(HERE, only=only):
        async with lossy_line(line, seed=1) as reroute:
            near, far = media_kit.new_connection(), media_kit.new_connection()
            near.addTrack(Speech())
            heard, tasks = Heard(), []
            far.on("track", lambda track: tasks.append(asyncio.ensure_future(heard.hear(track))))
            await connect(near, far, reroute)
            heard.receiver = far.getReceivers()[0]
            yield heard
            await _end(near, far)
            await asyncio.gather(*tasks)


async def _end(*connections: RTCPeerConnection) -> None:
    for connection in connections:
        await connection.close()


async def test_the_last_word_is_heard_though_one_packet_was_lost() -> None:
    async with _talking(ALL, Line(loses_once=LOST)) as heard:
        await until(lambda: heard.last_frame == FRAMES - 1)


async def test_without_the_correction_sound_stays_behind_after_one_lost_packet() -> None:
    line = Line(loses_once=LOST)
    async with _talking(without(catalogue.assemble_sound), line) as heard:
        await heard.everything_was_taken_in(line)
        assert heard.last_frame < FRAMES - 10


async def test_without_the_correction_even_whole_sound_is_held_back() -> None:
    line = Line()
    async with _talking(without(catalogue.assemble_sound), line) as heard:
        await until(lambda: line.carried >= FRAMES)
        assert heard.last_frame < FRAMES - 3
