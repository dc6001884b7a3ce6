"""`scripts/bench control`: the path of a start and of a stop, measured on the running system.

Real processes on one machine, with the loopback between them. Times across processes compare wall
clocks of one machine, watched by the monotonic one; warm-ups are discarded; percentiles are nearest-rank.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rig.preparing import end_exam
from rig.scanner import RigScanner

from benches.hundred_exams import exam_records
from benches.journal_cost import measure_journal
from benches.memory import measure_memory
from benches.observers import enrol_observers, measure_observers
from benches.report import Row
from benches.round_trip import measure_round_trips
from benches.starts import measure_starts
from benches.under_load import measure_full_speed, measure_narrow_line
from benches.world import World, prepared_exam, run_whole_protocol, running_world


def run() -> list[Row]:
    """All rows. Raises RigError or Disturbed when something could not be measured, with its words."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Row]:
    say = _progress()
    say("starting a site, its agent and three scanners")
    async with running_world(folder) as world:
        rows = await _with_a_series(world, say)
        async with prepared_exam(world, world.operated, "item-1") as (tablet, commands):
            say("observers while a scan runs")
            rows += await measure_observers(world, commands, tablet)
            say("accepted starts, each stopped")
            rows += await measure_starts(world, commands)
            await end_exam(tablet)
        async with prepared_exam(world, world.operated, "item-3") as (_, commands):
            say("refused starts against a bare echo")
            rows += await measure_round_trips(world, commands)
        say("a hundred exams, memory, start of the console")
        records = await asyncio.to_thread(world.site.records)
        exam = exam_records(records, world.fast.scanner)
        world.site.end()
        return rows + await _alone(folder, world.scanners, exam)


async def _with_a_series(world: World, say: Callable[[str], None]) -> list[Row]:
    """Rows of stops beside a download; leaves a whole exam in the journal."""
    say("running a whole exam")
    async with prepared_exam(world, world.fast, "item-2") as (tablet, commands):
        await asyncio.gather(run_whole_protocol(commands), enrol_observers(world))
        say("stops while images come at full speed")
        rows = await measure_full_speed(world, commands)
        say("stops through a narrow line while a series is downloaded")
        rows += await measure_narrow_line(world, commands, tablet)
        await end_exam(tablet)
    return rows


async def _alone(folder: Path, scanners: tuple[RigScanner, ...], exam: list[dict[str, object]]) -> list[Row]:
    return [*await asyncio.to_thread(measure_journal, folder), *await measure_memory(folder, scanners, exam)]


def _progress() -> Callable[[str], None]:
    """Says on standard error what is being measured, and since when the bench runs."""
    began_s = time.monotonic()

    def say(words: str) -> None:
        print(f"bench: {time.monotonic() - began_s:5.0f} s  {words}", file=sys.stderr, flush=True)

    return say
