"""Talk between the desk and the room: everybody of one scanner who may talk hears everybody else.

Rules upheld here:
- Nobody hears or is heard before they were let, and both end in the same turn.
- Sound is passed on as it comes: what waits longer than `MOST_WAITING` frames is dropped, the oldest first.
- Silence is nothing: no frame is made where none came.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import deque
from collections.abc import Sequence
from fractions import Fraction

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

RATE_HZ = 48_000
MOST_WAITING = 3
"""Frames of one speaker, of 20 ms each."""
LATE_S = 0.06
"""A listener that is behind by more than this begins anew instead of catching up."""
_LOUDEST = 32767


class Ear(MediaStreamTrack):
    """What one listener is sent: the voices of the others, mixed."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._voices: dict[str, deque[av.AudioFrame]] = {}
        self._arrived = asyncio.Event()
        self._due_s = 0.0
        self._began_s = asyncio.get_running_loop().time()

    def hear(self, speaker: str, frame: av.AudioFrame) -> None:
        """A frame of somebody else: 16-bit samples at 48 kHz."""
        self._voices.setdefault(speaker, deque(maxlen=MOST_WAITING)).append(frame)
        self._arrived.set()

    def forget(self, speaker: str) -> None:
        """They are not to be heard any more, nor what they said a moment ago."""
        self._voices.pop(speaker, None)

    def stop(self) -> None:
        super().stop()
        self._voices.clear()
        self._arrived.set()

    async def recv(self) -> av.AudioFrame:
        """The next frame. Raises MediaStreamError when there will be none."""
        loop = asyncio.get_running_loop()
        while self.readyState == "live" and not any(self._voices.values()):
            self._arrived.clear()
            await self._arrived.wait()
        if self._due_s > loop.time():
            await asyncio.sleep(self._due_s - loop.time())
        heard = [voice.popleft() for voice in self._voices.values() if voice]
        if self.readyState != "live":
            raise MediaStreamError
        if not heard:  # whoever spoke was silenced meanwhile
            return await self.recv()
        frame = mixed(heard)
        now_s = loop.time()
        begins_s = self._due_s if now_s - self._due_s < LATE_S else now_s
        self._due_s = begins_s + frame.samples / RATE_HZ
        frame.pts = int((begins_s - self._began_s) * RATE_HZ)
        frame.time_base = Fraction(1, RATE_HZ)
        return frame


class TalkRoom:
    """One scanner's."""

    def __init__(self) -> None:
        self._ears: dict[str, Ear] = {}
        self._let: set[str] = set()

    def join(self, name: str) -> Ear:
        """Somebody comes, who is not let talk yet; the track to send them."""
        self._ears[name] = ear = Ear()
        return ear

    def leave(self, name: str) -> None:
        """They are gone."""
        self.let(name, talks=False)
        ear = self._ears.pop(name, None)
        if ear is not None:
            ear.stop()

    def let(self, name: str, *, talks: bool) -> None:
        """They may hear and be heard, or not any more."""
        if talks:
            self._let.add(name)
            return
        self._let.discard(name)
        for other, ear in self._ears.items():
            ear.forget(name)
            if name in self._ears and other != name:
                self._ears[name].forget(other)

    def said(self, name: str, frame: av.AudioFrame) -> None:
        """A frame of somebody's voice."""
        if name not in self._let:
            return
        for other, ear in self._ears.items():
            if other != name and other in self._let:
                ear.hear(name, frame)


def mixed(voices: Sequence[av.AudioFrame]) -> av.AudioFrame:
    """One frame of all; the first one's form, those of another form left out. Clipped, not wrapped."""
    first = voices[0]
    sums = array("i", _samples(first))
    for voice in voices[1:]:
        if (voice.format.name, voice.samples, voice.layout.name) == (
            first.format.name,
            first.samples,
            first.layout.name,
        ):
            sums = array("i", map(int.__add__, sums, _samples(voice)))
    frame = av.AudioFrame(format="s16", layout=first.layout.name, samples=first.samples)
    clipped = array("h", (max(-_LOUDEST, min(_LOUDEST, value)) for value in sums))
    frame.planes[0].update(clipped.tobytes())
    frame.sample_rate = RATE_HZ
    return frame


def _samples(frame: av.AudioFrame) -> array[int]:
    samples = array("h", bytes(frame.planes[0]))
    return samples[: frame.samples * len(frame.layout.channels)]
