"""Accepted starts, each stopped while it runs: one exam, one step repeated."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial

from benches.report import Row
from benches.samples import Disturbed, SteadyWall, percentile, wall_s
from benches.stops import events_after, last_number
from benches.world import World, may_start, start_accepted, until
from mr_contract.vocabulary import StepState
from remote_console.link import ScannerCommands

WARM_UP, STARTS = 5, 45
"""An exam holds 64 steps; every start but the first needs a repeated one."""


@dataclass(slots=True)
class StartTimes:
    """Milliseconds: start → outcome at the console, start → scanner's log, stop → scanner's log."""

    to_console_ms: list[float] = field(default_factory=list)
    to_log_ms: list[float] = field(default_factory=list)
    stop_to_log_ms: list[float] = field(default_factory=list)


async def measure_starts(world: World, commands: ScannerCommands) -> list[Row]:
    """Rows of the accepted start, and of a stop that ends a running scan."""
    times = await _cycles(world, commands)
    n = f"n = {len(times.to_console_ms)}"
    return [
        Row(
            f"accepted start → acknowledged at the console, p50 ({n})",
            "ms",
            percentile(times.to_console_ms, 50),
        ),
        Row(
            f"accepted start → acknowledged at the console, p99 ({n})",
            "ms",
            percentile(times.to_console_ms, 99),
        ),
        Row(f"accepted start → scanner's log, p50 ({n})", "ms", percentile(times.to_log_ms, 50)),
        Row(f"accepted start → scanner's log, p99 ({n})", "ms", percentile(times.to_log_ms, 99)),
        Row(f"stop of a running scan → scanner's log, p50 ({n})", "ms", percentile(times.stop_to_log_ms, 50)),
        Row(f"stop of a running scan → scanner's log, p99 ({n})", "ms", percentile(times.stop_to_log_ms, 99)),
    ]


async def _cycles(world: World, commands: ScannerCommands) -> StartTimes:
    scanner, wall, times = world.operated, SteadyWall(), StartTimes()
    before = await last_number(scanner)
    started_s, stopped_s = list[float](), list[float]()
    for number in range(WARM_UP + STARTS):
        step_id = _next_step(commands)
        await until(commands.client, partial(may_start, commands, step_id), f"{step_id} ready to start")
        started_s.append(wall.now_s())
        began_s = time.perf_counter()
        await start_accepted(commands, step_id)
        times.to_console_ms.append((time.perf_counter() - began_s) * 1000)
        stopped_s.append(wall.now_s())
        await commands.stop()
        if number < WARM_UP + STARTS - 1:
            await commands.repeat_step(step_id, "measured again")
    starts = await events_after(scanner, before, "acquisition_started")
    stops = await events_after(scanner, before, "stop_received")
    wall.now_s()
    if not len(starts) == len(stops) == len(started_s):
        raise Disturbed(
            f"{len(started_s)} starts and stops were sent; the scanner logged {len(starts)} and {len(stops)}"
        )
    times.to_log_ms = [(wall_s(e) - s) * 1000 for e, s in zip(starts, started_s, strict=True)]
    times.stop_to_log_ms = [(wall_s(e) - s) * 1000 for e, s in zip(stops, stopped_s, strict=True)]
    for samples in (times.to_console_ms, times.to_log_ms, times.stop_to_log_ms):
        del samples[:WARM_UP]
    return times


def _next_step(commands: ScannerCommands) -> str:
    """The first planned repetition, else the protocol's first step."""
    exam = commands.view.exam
    planned = [s for s in exam.steps if s.state is StepState.PLANNED] if exam else []
    if not planned:
        raise Disturbed("no step is planned; the exam was changed by somebody else")
    return next((s.step_id for s in planned if s.repeat_of is not None), planned[0].step_id)
