"""A camera on a named pipe: it can be unplugged, send garbage, change size and stall when a test wants it."""

from __future__ import annotations

import fcntl
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Self

import av
from av.container import InputContainer

from local_agent.media.sources.source import Source, SourceFailed, SourceSite
from mr_contract.views import ScannerStatus
from mr_contract.vocabulary import ScannerActivity, ScannerMode

WITHIN_S = 10.0


def picture(width: int, height: int, luma: int = 128) -> av.VideoFrame:
    """One shade of grey."""
    frame = av.VideoFrame(width, height, "yuvj420p")
    for plane, value in zip(frame.planes, (luma, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    return frame


def jpeg(width: int, height: int, luma: int = 128) -> bytes:
    """The same, as a USB camera sends it."""
    codec = av.CodecContext.create("mjpeg", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuvj420p"
    codec.time_base = Fraction(1, 25)
    return b"".join(bytes(packet) for packet in codec.encode(picture(width, height, luma)))


class PipeCamera:
    """Its sender is the test, its reader the source."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "camera"
        os.mkfifo(self.path)
        self._end = os.open(self.path, os.O_RDWR)
        os.set_blocking(self._end, False)
        fcntl.fcntl(self._end, fcntl.F_SETPIPE_SZ, 1024 * 1024)
        self._is_plugged = True

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            assert os.write(self._end, piece) == len(piece), "the pipe is full: send less"

    def unplug(self) -> None:
        if self._is_plugged:
            self._is_plugged = False
            os.close(self._end)

    def open(self, path: str, _options: dict[str, str]) -> InputContainer:
        """As a source opens a device."""
        return av.open(path, format="mjpeg", options={"probesize": "32", "analyzeduration": "0"})


@dataclass
class Clock:
    """Boot time of a test."""

    now_s: float = 1000.0
    mode: ScannerMode | None = ScannerMode.DEMO

    def boot_s(self) -> float:
        return self.now_s

    def status(self) -> ScannerStatus:
        return ScannerStatus(activity=ScannerActivity.IDLE, mode=self.mode, can_stop=True)

    def site(self) -> SourceSite:
        return SourceSite(boot_s=self.boot_s, status=self.status)


@dataclass
class Playing:
    """A source that plays, and what it offered."""

    source: Source
    stop: threading.Event = field(default_factory=threading.Event)
    pictures: queue.Queue[tuple[av.VideoFrame, float]] = field(default_factory=queue.Queue)
    failed: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._play, name="playing")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join(WITHIN_S)
        assert not self._thread.is_alive(), "the source does not end"

    def next(self) -> tuple[av.VideoFrame, float]:
        return self.pictures.get(timeout=WITHIN_S)

    def until(self, is_it: Callable[[av.VideoFrame], bool]) -> av.VideoFrame:
        """The first picture that is."""
        while True:
            frame, _ = self.next()
            if is_it(frame):
                return frame

    def words(self) -> str:
        """Why it failed, once it has."""
        self._thread.join(WITHIN_S)
        assert len(self.failed) == 1, "the source goes on"
        return self.failed[0]

    def _play(self) -> None:
        try:
            self.source.play(lambda frame, captured_s: self.pictures.put((frame, captured_s)), self.stop)
        except SourceFailed as why:
            self.failed.append(str(why))
