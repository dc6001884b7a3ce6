"""A camera of the kernel's driver vivid."""

from __future__ import annotations

import threading
from pathlib import Path
from statistics import median
from typing import Protocol

import av

from device_trials.driver import boot_s, plug_in, unplug, wait_until
from local_agent.media.sources.source import SourceFailed, SourceSite
from local_agent.media.sources.usb_camera import UsbCamera

DEVICE = "/dev/video0"
PICTURES = 20
WITHIN_S = 30.0


class Say(Protocol):
    """Says what was observed."""

    def __call__(self, words: str, *, right: bool) -> None: ...


class _Playing:
    """One use of the camera, in a thread of its own as in the media process."""

    def __init__(self) -> None:
        self.ages_s: list[float] = []
        self.size, self.why = "", ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._play)
        self._thread.start()

    def _play(self) -> None:
        camera = UsbCamera(DEVICE, SourceSite(boot_s=boot_s, status=lambda: None))
        try:
            camera.play(self._offer, self._stop)
        except SourceFailed as why:
            self.why = str(why)

    def _offer(self, frame: av.VideoFrame, captured_s: float) -> None:
        self.size = f"{frame.width}×{frame.height}"
        self.ages_s.append(boot_s() - captured_s)

    def wait(self, pictures: int) -> bool:
        """Whether so many came."""
        wait_until(lambda: len(self.ages_s) >= pictures or bool(self.why), WITHIN_S)
        return len(self.ages_s) >= pictures

    def end(self) -> None:
        self._stop.set()
        self._thread.join()


def try_camera(say: Say) -> None:
    """Pictures and their age; a second user; unplugged; not there; plugged in again."""
    playing = _Playing()
    came = playing.wait(PICTURES)
    age_ms = median(playing.ages_s or [9.9]) * 1000
    words = f"{len(playing.ages_s)} pictures of {playing.size}, median age {age_ms:.0f} ms {playing.why}"
    say(f"camera: {words}", right=came and age_ms < 100)
    second = _Playing()
    second.wait(1)
    say(f"camera, to a second user: {second.why}", right="another program" in second.why)
    second.end()
    unplug("vivid", "vivid.0")
    took_s = wait_until(lambda: bool(playing.why), WITHIN_S)
    say(f"camera unplugged, after {took_s or 99:.1f} s: {playing.why}", right="unplugged" in playing.why)
    playing.end()
    wait_until(lambda: not Path(DEVICE).exists(), WITHIN_S)
    gone = _Playing()
    gone.wait(1)
    say(f"camera that is not there: {gone.why}", right="plugged in?" in gone.why)
    gone.end()
    plug_in("vivid", "vivid.0")
    wait_until(Path(DEVICE).exists, WITHIN_S)
    again = _Playing()
    say("camera plugged in again: it gives pictures", right=again.wait(3))
    again.end()
