"""A voice for tests: a tone on one end, and an ear for tones on the other."""

from __future__ import annotations

import asyncio
import math
import wave
from array import array
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from aiortc import MediaStreamTrack, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame
from process_observing import eventually
from rig.tablet import TabletHand

import media_kit
from local_agent.media.recordings import recording_file
from mr_contract.vocabulary import BreathCommand

RATE_HZ, SAMPLES = 48_000, 960
SECONDS_RECORDED = 1.0
LOUD = 2000
"""A tone is at least this loud when it has come through the codec; silence is not."""


class Tone(MediaStreamTrack):
    """Somebody who never stops talking."""

    kind = "audio"

    def __init__(self, hertz: float = 440.0) -> None:
        super().__init__()
        self._hertz, self._at = hertz, 0
        self._began_s = asyncio.get_running_loop().time()

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        due_s = self._began_s + self._at / RATE_HZ
        await asyncio.sleep(max(0.0, due_s - asyncio.get_running_loop().time()))
        turn = 2 * math.pi * self._hertz / RATE_HZ
        samples = array("h", (int(8000 * math.sin(turn * (self._at + n))) for n in range(SAMPLES)))
        frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, self._at, Fraction(1, RATE_HZ)
        self._at += SAMPLES
        return frame


@dataclass(slots=True)
class Hearing:
    """How often a tone was heard."""

    loud: int = 0
    frames: int = 0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def listen(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio":
            self._tasks.append(asyncio.get_running_loop().create_task(self._listen(track)))

    async def end(self) -> None:
        """After the connection was closed."""
        await asyncio.gather(*self._tasks)

    async def more(self, count: int = 10) -> None:
        """Until the tone was heard so much longer."""
        at = self.loud
        await eventually(lambda: self.loud >= at + count, "a tone from the other end")

    async def _listen(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, AudioFrame)
            self.frames += 1
            self.loud += max(array("h", bytes(frame.planes[0]))) >= LOUD


@dataclass(slots=True)
class TabletVoice:
    """A tablet's end of talk."""

    hand: TabletHand
    connection: RTCPeerConnection = field(default_factory=media_kit.new_connection)
    hearing: Hearing = field(default_factory=Hearing)

    async def connect(self) -> None:
        self.hand.talk = {}
        await self.hand.must("open_talk")
        await eventually(lambda: self.hand.talk.get("kind") == "talk_offered", "the offer at the tablet")
        self.connection.on("track", self.hearing.listen)
        await media_kit.take_description(self.connection, "offer", self.hand.talk["sdp"])
        (transceiver,) = self.connection.getTransceivers()
        transceiver.sender.replaceTrack(Tone(330.0))
        transceiver.direction = "sendrecv"
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        sdp = self.connection.localDescription.sdp
        await self.hand.must("answer_talk", media_id=self.hand.talk["media_id"], sdp=sdp)
        await eventually(lambda: self.connection.connectionState == "connected", "the tablet's connection")

    async def close(self) -> None:
        await self.connection.close()
        await self.hearing.end()


def record(site: Path, breath: BreathCommand, language: str = "de") -> None:
    """A recording of the site: a tone."""
    file = recording_file(site, language, breath)
    file.parent.mkdir(parents=True, exist_ok=True)
    turn = 2 * math.pi * 440.0 / RATE_HZ
    count = int(SECONDS_RECORDED * RATE_HZ)
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, RATE_HZ, count, "NONE", ""))
        out.writeframes(array("h", (int(8000 * math.sin(turn * n)) for n in range(count))).tobytes())
