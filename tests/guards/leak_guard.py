"""A test that leaves a thread, a task, a child process or an unexpected warning behind fails.

Loaded for every test by `pyproject.toml`. A test that means to provoke a warning of ours says so with the
`logs` marker.
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
from collections.abc import Iterator

import pytest

WITHIN_S = 3.0
OURS = ("local_agent", "media_kit", "remote_console", "scanner_kit", "simulated_mri")
LASTING = ("AnyIO worker", "asyncio_", "ThreadPoolExecutor", "pydevd", "QThread", "Dummy", "reconstruction")
"""Threads that a library keeps for its own pool and ends with the interpreter."""


@pytest.fixture(autouse=True)
def leaves_nothing_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Compare threads and children before and after; wait a moment for those that are ending."""
    before = set(threading.enumerate())
    yield
    if request.node.get_closest_marker("shares"):
        return
    deadline = time.monotonic() + WITHIN_S
    while (left := _left(before)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left, f"left behind: {', '.join(left)}"


def _left(before: set[threading.Thread]) -> list[str]:
    threads = [t.name for t in threading.enumerate() if t not in before and not t.name.startswith(LASTING)]
    return threads + [f"process {c.name}" for c in multiprocessing.active_children()]


@pytest.fixture(autouse=True)
def says_nothing_unexpected(request: pytest.FixtureRequest) -> Iterator[None]:
    """An error of ours in the log of a test that does not expect one is a defect."""
    kept = _Kept()
    root = logging.getLogger()
    root.addHandler(kept)
    yield
    root.removeHandler(kept)
    if not request.node.get_closest_marker("logs"):
        assert not kept.said, f"unexpected in the log: {kept.said}"


class _Kept(logging.Handler):
    """Keeps errors of our programs and of asyncio (a task that died unheard)."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.split(".")[0] in (*OURS, "asyncio"):
            self.said.append(record.getMessage())
