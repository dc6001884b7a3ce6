"""The agent's end of a tablet's sound, in the scripted agent's loop: it sends a tone and hears the page."""

from __future__ import annotations

import asyncio
import math
from array import array
from collections.abc import Coroutine
from fractions import Fraction
from typing import Any

from aiortc import MediaStreamTrack, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame
from tablet_site import ScriptedDoor

import media_kit
from mr_contract.tablet_messages import TalkClosed, TalkOffered

RATE_HZ, SAMPLES = 48_000, 960
LOUD = 1000
"""The fake microphone's beep is louder; silence is not."""


class _Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._at = 0
        self._began_s = asyncio.get_running_loop().time()

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        due_s = self._began_s + self._at / RATE_HZ
        await asyncio.sleep(max(0.0, due_s - asyncio.get_running_loop().time()))
        turn = 2 * math.pi * 440 / RATE_HZ
        samples = array("h", (int(8000 * math.sin(turn * (self._at + n))) for n in range(SAMPLES)))
        frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, self._at, Fraction(1, RATE_HZ)
        self._at += SAMPLES
        return frame


class AgentTalk:
    """Use its methods from the test's thread; `close` at the end."""

    def __init__(self, door: ScriptedDoor) -> None:
        self._door = door
        self._connection: RTCPeerConnection | None = None
        self._listening: list[asyncio.Task[None]] = []
        self.loud = 0
        self.pictures = 0

    def offer(self, media_id: str, *, takes_camera: bool = False) -> None:
        """Offer to every page."""
        sdp = self._run(self._offer(takes_camera=takes_camera))
        self._send(TalkOffered(media_id=media_id, sdp=sdp, takes_camera=takes_camera))

    def take_answer(self, sdp: str) -> None:
        assert self._connection is not None
        self._run(media_kit.take_description(self._connection, "answer", sdp))

    def end(self, closed: TalkClosed) -> None:
        """Say that it ended."""
        self._send(closed)

    def close(self) -> None:
        self._run(self._close())

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._door.loop).result(20)

    def _send(self, message: TalkOffered | TalkClosed) -> None:
        async def send() -> None:
            for link in self._door.links:
                link.send(message)

        self._run(send())

    async def _offer(self, *, takes_camera: bool) -> str:
        await self._close()
        self._connection = connection = media_kit.new_connection()
        connection.addTransceiver(_Tone(), direction="sendrecv")
        if takes_camera:
            media_kit.receive_pictures(connection)
        connection.on("track", self._listen)
        await connection.setLocalDescription(await connection.createOffer())
        return str(connection.localDescription.sdp)

    def _listen(self, track: MediaStreamTrack) -> None:
        self._listening.append(asyncio.get_running_loop().create_task(self._hear(track)))

    async def _hear(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if not isinstance(frame, AudioFrame):
                self.pictures += 1
                continue
            self.loud += max(array("h", bytes(frame.planes[0]))) >= LOUD

    async def _close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
        await asyncio.gather(*self._listening)
        self._listening.clear()
        self._connection = None
