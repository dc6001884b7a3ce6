"""The receiving peer of `bench media`: ours, or unmodified aiortc.

    python -m benches.media_desk ours|peer

`offer` is answered; `report` says when each picture and sound was there, and how well the screen looked.
A `deaf` desk takes everything in and decodes nothing: it is one of many viewers, not the one measured.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

import media_kit
from benches.media_clip import ROOM_SIZE, SCREEN_SIZE, Luma, number_of, psnr_db, screen_clip
from benches.media_wire import commands, next_command, now_s, say

JUDGED_EVERY = 7
"""One picture in so many is compared with the clip: that takes 20 ms of a processor."""


@dataclass(slots=True)
class Seen:
    """What one track showed: pairs of number and time, and signal to noise."""

    shown: list[tuple[int, float]] = field(default_factory=list)
    psnr: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Desk:
    """Everything that arrived."""

    clip: list[Luma] | None
    width: int
    pictures: list[Seen] = field(default_factory=list)
    voices: list[Seen] = field(default_factory=list)
    reading: list[asyncio.Task[None]] = field(default_factory=list)

    def on_track(self, track: MediaStreamTrack) -> None:
        """Read it."""
        seen, kind = Seen(), self.pictures if track.kind == "video" else self.voices
        kind.append(seen)
        read = self._watch if track.kind == "video" else self._listen
        self.reading.append(asyncio.get_running_loop().create_task(read(track, seen)))

    async def _watch(self, track: MediaStreamTrack, seen: Seen) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            arrived_s = now_s()
            if isinstance(frame, VideoFrame):
                luma = np.asarray(frame.to_ndarray(format="yuv420p")[: frame.height], np.uint8)
                number = number_of(luma, self.width)
                seen.shown.append((number, arrived_s))
                if self.clip is not None and number % JUDGED_EVERY == 0 and frame.width == self.width:
                    seen.psnr.append(psnr_db(luma, self.clip[number % len(self.clip)]))

    async def _listen(self, track: MediaStreamTrack, seen: Seen) -> None:
        first: int | None = None
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, AudioFrame) and frame.pts is not None:
                first = frame.pts if first is None else first
                seen.shown.append(((frame.pts - first) // 960, now_s()))


async def main(mode: str) -> None:
    """Serve commands until the end."""
    reader = await commands()
    begun = await next_command(reader)
    if mode == "ours":
        media_kit.correct(media_kit.Reach(addresses=("127.0.0.1",)))
    is_screen = begun["content"] == "screen"
    desk = Desk(screen_clip() if is_screen else None, (SCREEN_SIZE if is_screen else ROOM_SIZE)[0])
    connections: list[RTCPeerConnection] = []
    say(ready=True)
    cpu_s = 0.0
    while "end" not in (command := await next_command(reader)):
        if "offer" in command:
            connections.append(await _answer(mode, desk, command["offer"], is_deaf=begun["deaf"]))
            say(answer=connections[-1].localDescription.sdp)
        elif "begin" in command:
            cpu_s = time.process_time()
            say(begun=True)
        elif "report" in command:
            say(**_report(desk, time.process_time() - cpu_s))
    await asyncio.gather(*(connection.close() for connection in connections))
    for task in desk.reading:
        task.cancel()


async def _answer(mode: str, desk: Desk, offer: str, *, is_deaf: bool) -> RTCPeerConnection:
    connection = (
        media_kit.new_connection() if mode == "ours" else RTCPeerConnection(RTCConfiguration(iceServers=[]))
    )
    connection.on("track", desk.on_track)
    await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    for transceiver in connection.getTransceivers():
        transceiver.receiver._enabled = not is_deaf  # noqa: SLF001 - aiortc's switch has no other name
    await connection.setLocalDescription(await connection.createAnswer())
    return connection


def _report(desk: Desk, cpu_s: float) -> dict[str, Any]:
    """What came since the last report; it is let go with it."""
    return {
        "shown": [_taken(seen.shown) for seen in desk.pictures],
        "psnr": [_taken(seen.psnr) for seen in desk.pictures],
        "voice": [_taken(seen.shown) for seen in desk.voices],
        "cpu_s": cpu_s,
    }


def _taken(kept: list[Any]) -> list[Any]:
    taken = kept.copy()
    kept.clear()
    return taken


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
