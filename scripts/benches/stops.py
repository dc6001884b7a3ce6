"""Stop, from the console's command to the line in the scanner's own log."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from rig.scanner import RigScanner

from benches.samples import Disturbed, SteadyWall, wall_s
from remote_console.link import AgentClient, BulkClient, StopNotDelivered

LOG_PAGE = 500
FIRST_SERIES_WITHIN_S = 40.0
"""After the stops, where the line was too narrow for a whole series meanwhile."""


@dataclass(slots=True)
class StopTimes:
    """Milliseconds from the command: to the scanner's log, and to the acknowledgement at the console."""

    to_log_ms: list[float] = field(default_factory=list)
    to_console_ms: list[float] = field(default_factory=list)
    not_delivered: int = 0


@dataclass(slots=True)
class Download:
    """How fast a series came meanwhile, over and over."""

    bytes_read: int = 0
    began_s: float = field(default_factory=time.monotonic)
    ended_s: float = 0.0
    whole: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, size_bytes: int) -> None:
        """A whole series came."""
        self.bytes_read += size_bytes
        self.ended_s = time.monotonic()
        self.whole.set()

    @property
    def mbit_per_s(self) -> float | None:
        """Over the series that came whole; None before the first."""
        return self.bytes_read * 8e-6 / (self.ended_s - self.began_s) if self.bytes_read else None


async def paced_stops(
    client: AgentClient, scanner: RigScanner, count: int, period_s: float, *, warm_up: int = 10
) -> StopTimes:
    """Stops at random times, `period_s` apart on average, none waiting for the one before.

    The n-th stop sent is the n-th one logged: they travel on one connection and are never re-sent.

    Raises:
        Disturbed: the scanner logged another number of stops than were sent, or the clock was set.
    """
    pauses = random.Random(1)  # the same times in every run
    wall, times, sent_s = SteadyWall(), StopTimes(), list[float]()
    before = await last_number(scanner)

    async def stop(*, counted: bool) -> None:
        sent_s.append(wall.now_s())
        began_s = time.perf_counter()
        try:
            await client.stop(scanner.scanner)
        except StopNotDelivered:
            times.not_delivered += 1
        else:
            if counted:
                times.to_console_ms.append((time.perf_counter() - began_s) * 1000)

    async with asyncio.TaskGroup() as tasks:
        for number in range(warm_up + count):
            tasks.create_task(stop(counted=number >= warm_up))
            await asyncio.sleep(pauses.uniform(0.5, 1.5) * period_s)
    logged = await events_after(scanner, before, "stop_received")
    wall.now_s()
    if len(logged) != len(sent_s):
        raise Disturbed(f"{len(sent_s)} stops were sent and {scanner.scanner} logged {len(logged)}")
    reached = [(wall_s(event) - at_s) * 1000 for event, at_s in zip(logged, sent_s, strict=True)]
    times.to_log_ms = reached[warm_up:]
    return times


@asynccontextmanager
async def downloading(bulk: BulkClient, scanner: RigScanner, series_id: str) -> AsyncIterator[Download]:
    """The series is fetched again and again as fast as the line allows."""
    download = Download()

    async def fetch() -> None:
        while True:
            files = await bulk.fetch_series(scanner.scanner, series_id)
            download.note(sum(map(len, files)))

    fetching = asyncio.create_task(fetch())
    try:
        yield download
        async with asyncio.timeout(FIRST_SERIES_WITHIN_S):
            await download.whole.wait()
        if fetching.done():
            fetching.result()
    except TimeoutError:
        raise Disturbed("not one whole series came while stops were measured; is the line up?") from None
    finally:
        fetching.cancel()
        await asyncio.wait({fetching})


async def last_number(scanner: RigScanner) -> int:
    """Number of the newest event in the scanner's log."""
    number: int = (await scanner.ask("get_snapshot"))["number"]
    return number


async def events_after(scanner: RigScanner, number: int, *kinds: str) -> list[dict[str, Any]]:
    """Events of these kinds in the scanner's own log after a number, oldest first."""
    found: list[dict[str, Any]] = []
    while True:
        page = (await scanner.ask("get_log", after=number))["events"]
        found += [event for event in page if event["kind"] in kinds]
        if len(page) < LOG_PAGE:
            return found
        number = page[-1]["number"]
