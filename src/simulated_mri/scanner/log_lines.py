"""Log lines on standard error that never hold up the scanner: whoever should read them may not."""

from __future__ import annotations

import logging
import sys
import time
from logging.handlers import QueueHandler, QueueListener
from queue import Full, Queue

_MOST_LINES = 10_000


class _Dropping(QueueHandler):
    """With the queue full, lines are lost rather than time."""

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except Full:
            return


class LogLines:
    """Begins at once; lines are written by a thread of its own."""

    def __init__(self) -> None:
        self._queue: Queue[logging.LogRecord] = Queue(_MOST_LINES)
        writer = logging.StreamHandler(sys.stderr)
        writer.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        self._queued = _Dropping(self._queue)
        self._queued.setFormatter(logging.Formatter("%(message)s"))
        logging.basicConfig(level=logging.INFO, handlers=[self._queued])
        self._listener = QueueListener(self._queue, writer)
        self._listener.start()

    def end(self) -> None:
        """Write every line there is and let go: for a program that goes on, or fails."""
        logging.getLogger().removeHandler(self._queued)
        self._listener.stop()

    def finish(self, within_s: float) -> None:
        """Wait until the last line is written, but not longer than this."""
        until_s = time.monotonic() + within_s
        while self._queue.unfinished_tasks and time.monotonic() < until_s:
            time.sleep(0.01)
