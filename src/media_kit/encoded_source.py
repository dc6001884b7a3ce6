"""A source that is encoded once for each quality somebody looks at, whatever the number of viewers."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from av import FFmpegError, VideoFrame

from media_kit.picture_encoder import EncodedPicture, PictureEncoder
from media_kit.rules.allotting import Share
from media_kit.rules.effort import Effort, Work
from media_kit.rules.key_frames import KeyFrames
from media_kit.rules.layers import LAYERS, Content, Layer, Quality, next_bitrate

_Frame = tuple[VideoFrame, float, float]
"""A picture, when it was captured, and when it came here by the stopwatch."""
_LOG = logging.getLogger(__name__)
UNUSABLE = (FFmpegError, ValueError, ArithmeticError)
"""What scaling and encoding raise for a frame of no size or of a kind that is not known."""


class Seat(Protocol):
    """Who looks at a source: a viewer's track."""

    @property
    def number(self) -> int:
        """Its own among all viewers of this process."""

    @property
    def share(self) -> Share:
        """What its line affords."""

    @property
    def showing(self) -> Quality | None:
        """The layer its pictures come from at present."""

    def take(self, quality: Quality, picture: EncodedPicture) -> None:
        """The next picture of a layer."""


@dataclass(frozen=True, slots=True)
class LayerFigures:
    """What one layer did so far."""

    pictures: int
    key_frames: int
    viewers: int
    bps: int
    faults: int
    """Frames that could not be encoded."""


class Encoders:
    """The threads that encode, and what they manage; shared by all sources of a machine.

    `clock_s` is the clock of captures; `stopwatch_s` measures the work.
    """

    def __init__(
        self,
        threads: Executor,
        clock_s: Callable[[], float],
        stopwatch_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.threads, self.clock_s, self.stopwatch_s = threads, clock_s, stopwatch_s
        self._work = Work(last_s=stopwatch_s(), since_s=stopwatch_s())

    @property
    def effort(self) -> Effort:
        """How much is made of every source now."""
        return self._work.effort

    def done(self, came_s: float) -> None:
        """A picture that came then is encoded now."""
        now_s = self.stopwatch_s()
        self._work = self._work.done(now_s - came_s, now_s)


class EncodedSource:
    """One camera or screen. Made and closed in the event loop; `offer` may be called from any thread."""

    def __init__(self, content: Content, encoders: Encoders) -> None:
        self.content = content
        self._encoders = encoders
        self._layers = {
            quality: _EncodedLayer(layer, quality, encoders) for quality, layer in LAYERS[content].items()
        }
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._newest: _Frame | None = None

    def offer(self, frame: VideoFrame, captured_s: float) -> None:
        """The newest picture, captured at this boot time. One that was not taken yet is forgotten."""
        with self._lock:
            waiting = self._newest is not None
            self._newest = (frame, captured_s, self._encoders.stopwatch_s())
        if not waiting:
            self._loop.call_soon_threadsafe(self._pass_on)

    @property
    def effort(self) -> Effort:
        """How much of it the machine has processor time for."""
        return self._encoders.effort

    def figures(self) -> dict[Quality, LayerFigures]:
        """What each layer did so far."""
        return {quality: layer.figures for quality, layer in self._layers.items()}

    def seat(self, viewer: Seat, *, moved: bool) -> None:
        """A viewer's share changed: be encoded for it, and no longer in what it left.

        While it waits for the key frame of another layer it keeps being served by the one it has.
        """
        for quality, layer in self._layers.items():
            if quality in (viewer.share.quality, viewer.showing):
                layer.add(viewer, needs_key=moved and quality is viewer.share.quality)
            else:
                layer.remove(viewer.number)

    def leave(self, viewer: Seat) -> None:
        """A viewer is gone."""
        for layer in self._layers.values():
            layer.remove(viewer.number)

    def request_key_frame(self, viewer: int, quality: Quality) -> None:
        """A viewer cannot show anything until a key frame."""
        self._layers[quality].request_key_frame(viewer)

    async def close(self) -> None:
        """Stop encoding; tracks are to be stopped by their viewers."""
        for layer in self._layers.values():
            await layer.close()

    def _pass_on(self) -> None:
        with self._lock:
            newest, self._newest = self._newest, None
        if newest is not None:
            for layer in self._layers.values():
                layer.offer(newest)


class _EncodedLayer:
    """One quality of a source: encodes while it has viewers, for all of them the same."""

    def __init__(self, layer: Layer, quality: Quality, encoders: Encoders) -> None:
        self._layer, self._quality = layer, quality
        self._encoders = encoders
        self._clock_s = encoders.clock_s
        self._viewers: dict[int, Seat] = {}
        self._keys = KeyFrames()
        self._bps = layer.most_bps
        self._newest: _Frame | None = None
        self._offered = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._pictures = self._key_frames = self._faults = 0

    @property
    def figures(self) -> LayerFigures:
        return LayerFigures(self._pictures, self._key_frames, len(self._viewers), self._bps, self._faults)

    def offer(self, frame: _Frame) -> None:
        if self._running is not None:  # or a viewer that comes later would be shown an old picture
            self._newest = frame
            self._offered.set()

    def add(self, viewer: Seat, *, needs_key: bool) -> None:
        if viewer.number not in self._viewers:
            self._viewers[viewer.number] = viewer
            needs_key = True
        if needs_key:
            self._keys.request(viewer.number, self._clock_s())
        if self._running is None:
            self._running = asyncio.get_running_loop().create_task(self._encode())

    def remove(self, number: int) -> None:
        self._viewers.pop(number, None)
        self._keys.forget(number)
        if not self._viewers and self._running is not None:
            self._running.cancel()
            self._running = self._newest = None
            self._offered.clear()

    def request_key_frame(self, viewer: int) -> None:
        if viewer in self._viewers:
            self._keys.request(viewer, self._clock_s())

    async def close(self) -> None:
        self._viewers.clear()
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.wait([running])

    async def _encode(self) -> None:
        loop, encoder = asyncio.get_running_loop(), PictureEncoder(self._layer)
        last_s = 0.0
        while True:
            await self._offered.wait()
            self._offered.clear()
            if self._newest is None or self._newest[1] - last_s < self._rest_s:
                continue
            (frame, last_s, came_s), self._newest = self._newest, None
            encode = partial(
                encoder.encode, frame, last_s, self._next_bps(), key=self._keys.due(self._clock_s())
            )
            try:
                picture = await loop.run_in_executor(self._encoders.threads, encode)
            except UNUSABLE as fault:
                # What a camera sends is not ours to choose: its next frame is tried with a new encoder.
                encoder = PictureEncoder(self._layer)
                self._note(fault)
                continue
            self._encoders.done(came_s)
            if picture is not None:
                self._hand_out(picture)

    @property
    def _rest_s(self) -> float:
        """What comes sooner after the picture before is left out, before it costs anything."""
        return 0.8 / (self._layer.most_per_s * self._encoders.effort.picture_share)

    def _next_bps(self) -> int:
        seats = self._viewers.values()
        allotted = [seat.share.bps for seat in seats if seat.share.quality is self._quality]
        self._bps = next_bitrate(self._layer, self._bps, allotted)
        return self._bps

    def _note(self, fault: Exception) -> None:
        self._faults += 1
        if self._faults & (self._faults - 1) == 0:  # 1, 2, 4, 8 …
            _LOG.warning("%d frames could not be encoded; the last: %r", self._faults, fault)

    def _hand_out(self, picture: EncodedPicture) -> None:
        self._pictures += 1
        if picture.is_key:
            self._key_frames += 1
            self._keys.made(self._clock_s())
        for viewer in list(self._viewers.values()):
            viewer.take(self._quality, picture)
