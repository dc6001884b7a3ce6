"""One's own voice on its way to a scanner, and the sound that comes from there."""

from __future__ import annotations

import asyncio
import fractions
from collections import deque
from collections.abc import Callable

import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler

from remote_console.media.sound_mixing import BLOCK, RATE_HZ, Samples

MOST_WAITING = 5
"""Blocks kept for a sender that is late: 100 ms."""
_SECONDS = fractions.Fraction(1, RATE_HZ)


class VoiceTrack(MediaStreamTrack):
    """Sends what `take` is given, and nothing while it is given nothing: silence costs no line."""

    kind = "audio"

    def __init__(self, clock_s: Callable[[], float]) -> None:
        super().__init__()
        self._clock_s, self._began_s = clock_s, clock_s()
        self._blocks: deque[Samples] = deque(maxlen=MOST_WAITING)
        self._came = asyncio.Event()
        self._next = 0

    def take(self, block: Samples) -> None:
        """20 ms of the microphone; in the loop of the connection."""
        self._blocks.append(block)
        self._came.set()

    async def recv(self) -> AudioFrame:
        """The next 20 ms, timed so that a pause stays a pause at the other end."""
        while not self._blocks and self.readyState == "live":
            self._came.clear()
            await self._came.wait()
        if self.readyState != "live":
            raise MediaStreamError
        block = self._blocks.popleft()
        frame = AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout="mono")
        now = round((self._clock_s() - self._began_s) * RATE_HZ) // BLOCK * BLOCK
        self._next = now if now - self._next > MOST_WAITING * BLOCK else self._next
        frame.pts, frame.sample_rate, frame.time_base = self._next, RATE_HZ, _SECONDS
        self._next += block.size
        return frame

    def stop(self) -> None:
        """Send no more."""
        super().stop()
        self._blocks.clear()
        self._came.set()


class Unpacked:
    """Frames of any kind as samples for the mixer."""

    def __init__(self) -> None:
        self._resampler, self._of = _resampler(), ("", "", 0)

    def samples(self, frame: AudioFrame) -> Samples:
        """One frame's samples; the other side may change its codec whenever it likes."""
        of = (frame.format.name, frame.layout.name, frame.sample_rate)
        if of != self._of:
            self._resampler, self._of = _resampler(), of
        frame.pts = None
        parts = [part.to_ndarray().reshape(-1) for part in self._resampler.resample(frame)]
        return np.concatenate(parts).astype(np.int16) if parts else np.zeros(0, np.int16)


def _resampler() -> AudioResampler:
    return AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
