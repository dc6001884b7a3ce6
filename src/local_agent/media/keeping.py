"""The agent's side of the media process: started, listened to, ended, and started again.

Rules upheld here:
- Nothing that the media process does or omits holds up the agent: it is written to without waiting, and one
  that does not read, is silent or talks nonsense is killed.
- It is started again after a pause that doubles; one that ran steadily begins with the shortest.
- It has a session of its own, so that what interrupts the agent at a terminal does not reach it; it ends with
  its pipe.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from local_agent.media.pipe import frame, next_message
from local_agent.media.pipe_messages import FROM_MEDIA, Begin, FromMedia, ToMedia
from mr_contract.wire import Violation

LOG = logging.getLogger("local_agent.media")
COMMAND = (sys.executable, "-m", "local_agent.media.process")
MOST_UNREAD_BYTES = 1024 * 1024
ENDS_WITHIN_S = 4.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for what, in seconds."""

    first_restart_s: float = 0.5
    last_restart_s: float = 15.0
    steady_s: float = 30.0
    """Whoever ran this long begins with the shortest pause again."""
    begins_within_s: float = 20.0
    silent_s: float = 3.0


class MediaKeeper:
    """Keeps one media process. Used on the agent's loop; `begin`, `hear` and `ended` are called there.

    `hear` raises Violation for what cannot be: the process is then replaced.
    """

    def __init__(
        self,
        begin: Callable[[], Begin],
        hear: Callable[[FromMedia], None],
        ended: Callable[[str], None],
        command: Sequence[str] = COMMAND,
        patience: Patience = Patience(),
    ) -> None:
        self._patience = patience
        self._begin, self._hear, self._ended, self._command = begin, hear, ended, tuple(command)
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return self._process.pid if self._process is not None else None

    def send(self, message: ToMedia) -> bool:
        """Say something; False while it does not run, and then it is not said later either."""
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing():
            return False
        process.stdin.write(frame(message))
        if process.stdin.transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
            LOG.warning("the media process does not read what it is told")
            self._process = None
            _kill(process)
            return False
        return True

    async def keep(self) -> None:
        """Until this is cancelled, which ends the process."""
        loop, pause_s = asyncio.get_running_loop(), self._patience.first_restart_s
        while True:
            began_s = loop.time()
            why = await self._run()
            LOG.warning("the media process ended: %s", why)
            self._ended(why)
            if loop.time() - began_s > self._patience.steady_s:
                pause_s = self._patience.first_restart_s
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, self._patience.last_restart_s)

    async def _run(self) -> str:
        """One life of it; why it ended."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, start_new_session=True
            )
        except OSError as error:
            return f"it cannot be started: {error.strerror}"
        self._process = process
        try:
            self.send(self._begin())
            why = await self._listen(process)
            if why:
                _kill(process)
            return why or f"it ended with code {await _ended(process)}"
        finally:
            self._process = None
            await _ended(process)

    async def _listen(self, process: Process) -> str:
        """Until it ends by itself, or must be ended: why."""
        patience_s = self._patience.begins_within_s
        while process.stdout is not None:
            try:
                said = next_message(FROM_MEDIA, process.stdout)
                message: FromMedia | None = await asyncio.wait_for(said, patience_s)
            except TimeoutError:
                return f"nothing was heard of it for {patience_s:g} s"
            except Violation as violation:
                return f"what it says has no meaning: {violation.why}"
            if message is None:
                return ""
            patience_s = self._patience.silent_s
            try:
                self._hear(message)
            except Violation as violation:
                return f"what it says cannot be: {violation.why}"
        return ""


async def _ended(process: Process) -> int:
    """Wait for a process whose pipe is closed; kill it if it takes its time."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        return await asyncio.wait_for(process.wait(), ENDS_WITHIN_S)
    except TimeoutError:
        _kill(process)
        return await process.wait()
    finally:
        await _pipe_closed(process)


async def _pipe_closed(process: Process) -> None:
    """Hear how its pipe ended: before Python 3.11.4 asyncio logs a broken pipe that nobody asked about."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            await process.stdin.wait_closed()


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
