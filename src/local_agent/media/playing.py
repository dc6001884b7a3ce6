"""A source in a thread of its own: played, watched, and played again when it fails.

Rules upheld here:
- What a source does wrong stays with it: it is named in words and tried again after a pause that doubles.
- A source that gives nothing new is not playing, whatever it says.
- After `pause` no picture of it is taken, whether or not its thread has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import av

from local_agent.media.sources.source import Offer, Source, SourceFailed
from mr_contract.device_reasons import DeviceFinding, DeviceReason, device
from mr_contract.vocabulary import SourceState

LOG = logging.getLogger(__name__)
FIRST_RETRY_S = 1.0
LAST_RETRY_S = 30.0
STEADY_S = 20.0
"""A source that played this long begins with the shortest pause again."""
STALLED_S = 2.0
BEGINS_WITHIN_S = 8.0
ENDS_WITHIN_S = 1.5
UNREADABLE = (av.FFmpegError, OSError, ValueError, ArithmeticError, LookupError)
"""What reading and decoding raise for a device that sends garbage."""


@dataclass(frozen=True, slots=True)
class PlayState:
    """What can be seen of a source now."""

    state: SourceState
    why: DeviceFinding | None = None
    retry_in_s: float | None = None


def next_pause_s(pause_s: float | None, played_s: float, first_s: float = FIRST_RETRY_S) -> float:
    """How long a source that failed is left alone; `pause_s` is how long it was the time before."""
    if pause_s is None or played_s > STEADY_S:
        return first_s
    return min(pause_s * 2, LAST_RETRY_S)


@dataclass(slots=True)
class _Run:
    """One thread's life."""

    began_s: float
    stop: threading.Event = field(default_factory=threading.Event)
    is_seen: bool = False
    """Whether its pictures are known to come."""


class SourcePlayer:
    """One source. Made and used in the event loop; `said` is called there with each new state."""

    def __init__(
        self,
        make: Callable[[], Source],
        offer: Offer,
        said: Callable[[PlayState], None],
        boot_s: Callable[[], float],
        *,
        first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        self._make, self._offer, self._said, self._boot_s = make, offer, said, boot_s
        self._first_retry_s = first_retry_s
        self._loop = asyncio.get_running_loop()
        self._run: _Run | None = None
        self._thread: threading.Thread | None = None
        self.newest_s: float | None = None
        """When its newest picture was captured, in boot time; None before the first."""
        self.state = PlayState(SourceState.PAUSED)

    def play(self) -> None:
        """Open it and go on trying."""
        if self._run is not None:
            return
        self._run = run = _Run(self._boot_s())
        self._thread = threading.Thread(target=self._work, args=(run,), name="media source", daemon=True)
        self._become(PlayState(SourceState.STARTING))
        self._thread.start()

    def pause(self) -> None:
        """Take nothing more of it, and let it go of its device."""
        if self._run is not None:
            self._run.stop.set()
            self._run = None
        self._become(PlayState(SourceState.PAUSED))

    async def close(self) -> None:
        """Pause, and wait for the thread; one that hangs in its device is left behind."""
        thread = self._thread
        self.pause()
        if thread is not None:
            await asyncio.to_thread(thread.join, ENDS_WITHIN_S)

    def look(self) -> None:
        """A few times a second: does anything new come?"""
        run, now_s = self._run, self._boot_s()
        if run is None or self.state.state is SourceState.FAILING:
            return
        silent_s = now_s - max(run.began_s, self.newest_s or 0.0)
        if silent_s > (STALLED_S if run.is_seen else BEGINS_WITHIN_S):
            run.is_seen = False
            self._become(PlayState(SourceState.FAILING, device(DeviceReason.STALLED)))

    # ------------------------------------------------------------ in the source's thread

    def _work(self, run: _Run) -> None:
        pause_s: float | None = None
        while not run.stop.is_set():
            began_s = self._boot_s()
            why = self._play_once(run)
            pause_s = next_pause_s(pause_s, self._boot_s() - began_s, self._first_retry_s)
            self._tell(run, PlayState(SourceState.FAILING, why, pause_s))
            run.is_seen = False
            run.stop.wait(pause_s)

    def _play_once(self, run: _Run) -> DeviceFinding:
        """Until it ends or is told to. Why it ended."""
        try:
            self._make().play(partial(self._take, run), run.stop)
        except SourceFailed as failed:
            return failed.why
        except UNREADABLE as fault:
            LOG.warning("a source cannot be read: %r", fault)
            return device(DeviceReason.GARBAGE)
        return device(DeviceReason.ENDED)

    def _take(self, run: _Run, frame: av.VideoFrame, captured_s: float) -> None:
        if run.stop.is_set():
            return
        self.newest_s = captured_s
        self._offer(frame, captured_s)
        if not run.is_seen:
            run.is_seen = True
            self._tell(run, PlayState(SourceState.PLAYING))

    def _tell(self, run: _Run, state: PlayState) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody is left to be told
            self._loop.call_soon_threadsafe(self._told, run, state)

    # ------------------------------------------------------------ in the event loop

    def _told(self, run: _Run, state: PlayState) -> None:
        if run is self._run:
            self._become(state)

    def _become(self, state: PlayState) -> None:
        if state != self.state:
            self.state = state
            self._said(state)
