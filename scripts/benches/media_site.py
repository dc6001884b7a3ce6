"""The sending peer of `bench media`: ours, or unmodified aiortc with the settings of its examples.

    python -m benches.media_site ours|peer

`open` makes an offer to one viewer, `answer` takes its answer, `run` shows for so many seconds and says when
each picture and sound was captured and what it cost.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame, VideoFrame

import media_kit
from benches.media_clip import ROOM_PER_S, SCREEN_PER_S, Luma, numbered, room_clip, screen_clip
from benches.media_wire import commands, next_command, now_s, say
from benches.processes import pss_mb

VOICE_SAMPLES = 960
AUDIO_BASE = Fraction(1, 48_000)
VIDEO_BASE = Fraction(1, 90_000)


class Camera:
    """Shows the clip at its pace, the same number to everybody, and remembers when."""

    def __init__(self, clip: list[Luma], per_s: int) -> None:
        self._frames = clip
        self._per_s = per_s
        self.captured_s: list[float] = []
        self.sinks: list[Callable[[VideoFrame, float], None]] = []

    async def run(self, seconds: float) -> None:
        """Capture and give to every sink."""
        began_s = now_s()
        for number in range(int(seconds * self._per_s)):
            await asyncio.sleep(max(0.0, began_s + number / self._per_s - now_s()))
            frame = numbered(self._frames[number % len(self._frames)], number)
            self.captured_s.append(now_s())
            for sink in self.sinks:
                sink(frame, self.captured_s[-1])


class Voice(MediaStreamTrack):
    """A tone at the pace of speech; remembers when each frame went into the encoder."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.captured_s: list[float] = []
        """From the frame with the number `first`."""
        self.first = 0
        self._began_s: float | None = None
        tone = (np.sin(np.arange(VOICE_SAMPLES) * 0.05) * 8000).astype(np.int16)
        self._samples = np.repeat(tone, 2).reshape(1, -1)

    async def recv(self) -> AudioFrame:
        number = self.first + len(self.captured_s)
        self._began_s = self._began_s or now_s()
        await asyncio.sleep(max(0.0, self._began_s + number * 0.02 - now_s()))
        frame = AudioFrame.from_ndarray(self._samples, format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, number * VOICE_SAMPLES, AUDIO_BASE
        self.captured_s.append(now_s())
        return frame

    def forget(self) -> None:
        """What was captured so far."""
        self.first += len(self.captured_s)
        self.captured_s.clear()


class Site(Protocol):
    """What differs between the two."""

    def connection(self) -> RTCPeerConnection:
        """A new one, with every camera on it."""

    async def close(self) -> None:
        """End everything."""


class OurSite:
    """The media kit."""

    def __init__(self, cameras: list[Camera], content: media_kit.Content, wanted: list[str]) -> None:
        media_kit.correct(media_kit.Reach(addresses=("127.0.0.1",)))
        self._encoders = ThreadPoolExecutor(os.cpu_count() or 2)
        encoders = media_kit.Encoders(self._encoders, now_s)
        self._sources = [media_kit.EncodedSource(content, encoders) for _ in cameras]
        self._wanted = [media_kit.Quality(quality) for quality in wanted]
        self._viewers: list[media_kit.Viewer] = []
        for camera, source in zip(cameras, self._sources, strict=True):
            camera.sinks.append(source.offer)

    def connection(self) -> RTCPeerConnection:
        """All sources, each in the quality that is wanted of it."""
        connection, viewer = media_kit.new_connection(), media_kit.Viewer(now_s)
        for source, quality in zip(self._sources, self._wanted, strict=True):
            media_kit.send_pictures(connection, viewer.look_at(source, quality))
        self._viewers.append(viewer)
        return connection

    async def close(self) -> None:
        """End everything."""
        for viewer in self._viewers:
            viewer.close()
        for source in self._sources:
            await source.close()
        self._encoders.shutdown()


class RawTrack(MediaStreamTrack):
    """What aiortc's examples do: a track of frames, which the sender encodes."""

    kind = "video"

    def __init__(self, camera: Camera) -> None:
        super().__init__()
        self._queue: asyncio.Queue[tuple[VideoFrame, float]] = asyncio.Queue()
        camera.sinks.append(lambda frame, captured_s: self._queue.put_nowait((frame, captured_s)))

    async def recv(self) -> VideoFrame:
        frame, captured_s = await self._queue.get()
        while not self._queue.empty():
            frame, captured_s = self._queue.get_nowait()
        copy = VideoFrame.from_ndarray(frame.to_ndarray(), format="yuv420p")
        copy.pts, copy.time_base = int(captured_s * 90_000), VIDEO_BASE
        return copy


class PeerSite:
    """aiortc as it is; only its public STUN server, which a bench has no business with, is left out."""

    def __init__(self, cameras: list[Camera]) -> None:
        self._cameras = cameras

    def connection(self) -> RTCPeerConnection:
        """A track for each camera, encoded for this connection alone."""
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        for camera in self._cameras:
            connection.addTrack(RawTrack(camera))
        return connection

    async def close(self) -> None:
        """Nothing is shared."""


async def main(mode: str) -> None:
    """Serve commands until the end."""
    reader = await commands()
    begun = await next_command(reader)
    is_screen = begun["content"] == "screen"
    clip, per_s = (screen_clip(), SCREEN_PER_S) if is_screen else (room_clip(), ROOM_PER_S)
    cameras = [Camera(clip, per_s) for _ in range(len(begun["wanted"]))]
    site: Site = (
        OurSite(cameras, media_kit.Content(begun["content"]), begun["wanted"])
        if mode == "ours"
        else PeerSite(cameras)
    )
    voices: list[Voice] = []
    connections: list[RTCPeerConnection] = []
    say(ready=True)
    while "end" not in (command := await next_command(reader)):
        if "open" in command:
            connections.append(await _open(site, voices, with_voice=command["voice"]))
            say(offer=connections[-1].localDescription.sdp)
        elif "answer" in command:
            await connections[-1].setRemoteDescription(RTCSessionDescription(command["answer"], "answer"))
            say(taken=True)
        elif "run" in command:
            if command.get("forget"):
                for voice in voices:
                    voice.forget()
            say(**await _run(cameras, voices, command["run"]))
    await asyncio.gather(*(connection.close() for connection in connections))
    await site.close()


async def _open(site: Site, voices: list[Voice], *, with_voice: bool) -> RTCPeerConnection:
    connection = site.connection()
    if with_voice:
        voices.append(Voice())
        connection.addTrack(voices[-1])
    await connection.setLocalDescription(await connection.createOffer())
    return connection


async def _run(cameras: list[Camera], voices: list[Voice], seconds: float) -> dict[str, Any]:
    for camera in cameras:
        camera.captured_s.clear()
    began_s, cpu_began_s = now_s(), time.process_time()
    await asyncio.gather(*(camera.run(seconds) for camera in cameras), asyncio.sleep(seconds))
    return {
        "captured": [camera.captured_s for camera in cameras],
        "voice": [voice.captured_s for voice in voices],
        "voice_first": [voice.first for voice in voices],
        "cpu": (time.process_time() - cpu_began_s) / (now_s() - began_s),
        "memory_mb": pss_mb(os.getpid()),
    }


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
