"""A device is read by a thread that may hang in it; nobody waits for that thread.

Rules upheld here:
- Told to stop, `read_apart` returns at once, whatever the device does.
- A device that gives no new picture for a while has failed, also one that is only being opened.
- A thread that was left behind in a device is not joined by another at every retry.
- After `read_apart` has returned its thread offers nothing, and lets go of the device as soon as it can.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import av

from local_agent.media.sources.faults_in_words import FAULTS, failed
from local_agent.media.sources.source import Offer, SourceFailed, SourceSite
from mr_contract.device_reasons import DeviceReason

FIRST_WITHIN_S = 15.0
"""A network camera is joined at its next key frame, which may be ten seconds away."""
SILENT_S = 5.0
LETS_GO_WITHIN_S = 0.5
LOOKED_AT_EVERY_S = 0.05

Read = Callable[[Offer, threading.Event], None]
"""Open a device, offer its pictures until the event is set, and close it."""


def read_apart(name: str, read: Read, site: SourceSite, offer: Offer, stop: threading.Event) -> None:
    """Read a device until `stop`; `name` is the device's own, and no secret.

    Raises:
        SourceFailed: it cannot be opened or read, has ended, gives nothing new, or is not let go of yet.
    """
    _wait_for_one_left_behind(name)
    reading = _Reading(read, site, offer)
    thread = threading.Thread(target=reading.run, name=f"reading {name}", daemon=True)
    thread.start()
    try:
        while not stop.wait(LOOKED_AT_EVERY_S):
            if reading.ended.is_set():
                raise reading.why or SourceFailed(DeviceReason.ENDED)
            if (silent := reading.silent()) is not None:
                raise silent
    finally:
        reading.leave()
        thread.join(LETS_GO_WITHIN_S)
        if thread.is_alive():
            thread.name = _left_behind(name)


def _left_behind(name: str) -> str:
    return f"left behind in {name}"


def _wait_for_one_left_behind(name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == _left_behind(name):
            thread.join(LETS_GO_WITHIN_S)
            if thread.is_alive():
                raise SourceFailed(DeviceReason.HANGS)


class _Reading:
    """One attempt at a device, shared by the thread that reads and the one that watches."""

    def __init__(self, read: Read, site: SourceSite, offer: Offer) -> None:
        self._read, self._boot_s, self._offer = read, site.boot_s, offer
        self._lock = threading.Lock()
        self._gone = threading.Event()
        self._is_seen = False
        self._last_s = self._boot_s()
        self.ended = threading.Event()
        self.why: SourceFailed | None = None

    def run(self) -> None:
        """In a thread of its own."""
        try:
            self._read(self._take, self._gone)
        except SourceFailed as why:
            self.why = why
        except FAULTS as fault:
            self.why = failed(fault)
        finally:
            self.ended.set()

    def silent(self) -> SourceFailed | None:
        """What is to be said of a device that gives nothing."""
        waited_s = self._boot_s() - self._last_s
        if waited_s < (SILENT_S if self._is_seen else FIRST_WITHIN_S):
            return None
        return SourceFailed(DeviceReason.SILENT, seconds=f"{waited_s:.0f}")

    def leave(self) -> None:
        """Nothing is offered from now on."""
        with self._lock:
            self._gone.set()

    def _take(self, frame: av.VideoFrame, captured_s: float) -> None:
        with self._lock:
            if not self._gone.is_set():
                self._last_s, self._is_seen = self._boot_s(), True
                self._offer(frame, captured_s)
