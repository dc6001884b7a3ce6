"""Adapters that the agent starts: started again when they end, left alone when they outlive an agent."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from local_agent.scanner.supervisor import FIRST_RESTART_S, Supervisor

ADAPTER = """
import os, socket, sys, time
began, port, ends = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with open(began, "a") as file:
    file.write(f"{os.getpid()} {time.monotonic()}\\n")
if ends == "at once":
    sys.exit(3)
listening = socket.socket()
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listening.bind(("127.0.0.1", port))
listening.listen()
while True:
    listening.accept()[0].close()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Bench:
    """A command that notes each of its runs."""

    folder: Path
    port: int = field(default_factory=free_port)
    supervisors: list[Supervisor] = field(default_factory=list)

    def supervise(self, ends: str = "never", command: tuple[str, ...] = ()) -> Supervisor:
        words = (sys.executable, "-c", ADAPTER, str(self.folder / "runs"), str(self.port), ends)
        made = Supervisor("mr1", command or words, f"ws://127.0.0.1:{self.port}")
        made.start()
        self.supervisors.append(made)
        return made

    @property
    def runs(self) -> list[tuple[int, float]]:
        """Process and time of each run, oldest first."""
        notes = self.folder / "runs"
        lines = notes.read_text().splitlines() if notes.exists() else []
        return [(int(pid), float(at_s)) for pid, at_s in (line.split() for line in lines)]

    @property
    def listens(self) -> bool:
        with socket.socket() as probe:
            status: int = probe.connect_ex(("127.0.0.1", self.port))
            return status == 0

    async def close(self) -> None:
        for supervisor in self.supervisors:
            await supervisor.close()
        for pid, _ in self.runs:
            if psutil.pid_exists(pid):
                os.kill(pid, signal.SIGKILL)
        await until(lambda: not any(psutil.pid_exists(pid) for pid, _ in self.runs))  # and waited for
        await until(lambda: not any(t.name.startswith("waitpid-") for t in threading.enumerate()))
        await asyncio.sleep(0)  # asyncio hears from its waiting thread in the next turn of the loop


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def until(holds: Callable[[], bool], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.02)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    await made.close()


async def test_an_adapter_that_was_killed_is_started_again(bench: Bench) -> None:
    bench.supervise()
    await until(lambda: bench.listens)
    os.kill(bench.runs[0][0], signal.SIGKILL)
    await until(lambda: len(bench.runs) == 2)
    await until(lambda: bench.listens)
    assert bench.runs[0][0] != bench.runs[1][0]


async def test_one_that_ends_at_once_is_started_again_less_and_less_often(bench: Bench) -> None:
    bench.supervise("at once")
    await until(lambda: len(bench.runs) == 4)
    pauses = [later - earlier for (_, earlier), (_, later) in pairwise(bench.runs)]
    for number, pause in enumerate(pauses):
        assert pause >= FIRST_RESTART_S * 2**number


async def test_it_survives_its_agent_and_is_not_started_twice_by_the_next(bench: Bench) -> None:
    agent = bench.supervise()
    await until(lambda: bench.listens)
    await agent.close()
    (first, _) = bench.runs[0]
    assert alive(first)
    bench.supervise()
    with pytest.raises(TimeoutError):
        await until(lambda: len(bench.runs) > 1, 4.0)
    assert [pid for pid, _ in bench.runs] == [first], "a second adapter was started beside the first"
    os.kill(first, signal.SIGKILL)
    await until(lambda: len(bench.runs) == 2)
    await until(lambda: bench.listens)


async def test_it_has_a_session_of_its_own_so_that_what_ends_the_agent_does_not_end_it(bench: Bench) -> None:
    bench.supervise()
    await until(lambda: bool(bench.runs))
    assert os.getsid(bench.runs[0][0]) != os.getsid(0)


async def test_a_command_that_cannot_be_started_is_said_and_tried_again(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.supervise(command=(str(bench.folder / "no-such-adapter"),))
    await until(lambda: caplog.text.count("cannot be started: No such file or directory") >= 2)
    assert bench.runs == []
