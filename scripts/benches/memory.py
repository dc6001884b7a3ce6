"""Memory of agent and console, and how soon the console shows its scanners."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rig.processes import RigError, program
from rig.scanner import RigScanner
from rig.site import RigSite

from benches.hundred_exams import EXAMS, write_exams
from benches.processes import pss_mb
from benches.report import Row, not_measured
from benches.world import enrolled

SETTLE_S = 3.0
RUNS = 5
FRAME_WITHIN_S = 15.0
SCANNERS = 3
AGENT_GOAL, CONSOLE_GOAL, FRAME_GOAL = "<= 150 MB", "<= 300 MB", "<= 2 s"


@dataclass(slots=True)
class ConsoleRuns:
    """Seconds from process start to the first frame that lists the scanners, and the memory after it."""

    first_frame_s: list[float] = field(default_factory=list)
    console_mb: float | None = None
    agent_mb: float | None = None
    why_not: str = ""


async def measure_memory(
    folder: Path, scanners: tuple[RigScanner, ...], exam: list[dict[str, Any]]
) -> list[Row]:
    """Rows of memory and start; the scanners must be without an agent."""
    site = RigSite("South", folder / "south", scanners)
    await asyncio.to_thread(site.make)
    records = await asyncio.to_thread(write_exams, site.folder, site.name, exam)
    try:
        await asyncio.to_thread(site.start)
        runs = await _console_runs(site, folder)
        if runs.agent_mb is None and site.agent is not None:
            await asyncio.sleep(SETTLE_S)
            runs.agent_mb = pss_mb(site.agent.pid)
    finally:
        site.end()
    agent_name = f"agent, three scanners, journal of {EXAMS} exams ({records} records): PSS"
    return [Row(agent_name, "MB", runs.agent_mb, goal=AGENT_GOAL), *_console_rows(runs)]


def _console_rows(runs: ConsoleRuns) -> list[Row]:
    memory = "console with three scanners, no images open: PSS"
    frame = f"console, process start → first frame listing three scanners, warm, worst of {RUNS}"
    middle = f"the same, median of {RUNS}"
    if runs.why_not:
        return [
            not_measured(memory, "MB", runs.why_not, CONSOLE_GOAL),
            not_measured(frame, "s", runs.why_not, FRAME_GOAL),
        ]
    return [
        Row(memory, "MB", runs.console_mb, goal=CONSOLE_GOAL),
        Row(frame, "s", max(runs.first_frame_s), goal=FRAME_GOAL),
        Row(middle, "s", median(runs.first_frame_s)),
    ]


async def _console_runs(site: RigSite, folder: Path) -> ConsoleRuns:
    runs, home = ConsoleRuns(), folder / "console"
    try:
        await enrolled(site, "Ines", home)
        async with _console(home):  # the first one fills the cache
            pass
        for _ in range(RUNS - 1):
            async with _console(home) as (_, first_s):
                runs.first_frame_s.append(first_s)
        async with _console(home) as (pid, first_s):
            runs.first_frame_s.append(first_s)
            await asyncio.sleep(SETTLE_S)
            runs.console_mb = pss_mb(pid)
            if site.agent is not None:
                runs.agent_mb = pss_mb(site.agent.pid)
    except RigError as error:
        runs.why_not = str(error)
    return runs


@asynccontextmanager
async def _console(home: Path) -> AsyncIterator[tuple[int, float]]:
    """A running console: its process id, and how long its first frame took in seconds."""
    frame = home.with_suffix(".frame.json")
    frame.unlink(missing_ok=True)
    words = ("--home", str(home), "--demo-key-without-protection", "--first-frame-file", str(frame))
    log_path = home.with_suffix(".log")
    with log_path.open("wb") as log:
        began_s = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            program("remote-console"), *words, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        while (painted_at_s := _painted_at_s(frame, SCANNERS)) is None:
            if process.returncode is not None or time.monotonic() - began_s > FRAME_WITHIN_S:
                said = log_path.read_text(errors="replace").strip().splitlines()
                last = said[-1][:100] if said else "it said nothing"
                raise RigError(f"the console painted no frame: {last}")
            await asyncio.sleep(0.01)
        yield process.pid, painted_at_s - began_s
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 5.0)
            except TimeoutError:
                process.kill()
        await process.wait()


def _painted_at_s(frame: Path, scanners: int) -> float | None:
    """The monotonic time of the first frame with so many scanners, None before it."""
    if not frame.exists():
        return None
    painted: dict[str, float] = json.loads(frame.read_text(encoding="utf-8"))
    return painted["monotonic_s"] if painted["scanners"] >= scanners else None
