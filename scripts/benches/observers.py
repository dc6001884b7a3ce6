"""What observers cost the agent while a scan runs: processor time, and the delay of a stop."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from rig import preparing
from rig.processes import Program
from rig.tablet import TabletHand

from benches.processes import bench_program, cpu_s
from benches.report import Row
from benches.samples import Disturbed, percentile
from benches.stops import paced_stops
from benches.world import World, enrolled, may_start, start_accepted, step_state, until
from mr_contract.vocabulary import StepState
from remote_console.link import ScannerCommands

GROUPS = ((1, 1), (8, 2), (32, 6))
"""(Observers altogether, devices that the new ones need at four links each)."""
SCAN = "s3"
"""FLAIR: almost four minutes of a patient's time, 73 s here."""
SETTLE_S, CPU_WINDOW_S = 1.5, 4.0
STOPS, STOP_PERIOD_S = 60, 0.12


async def enrol_observers(world: World) -> None:
    """Make the devices of all groups."""
    for home in (home for group in _homes(world) for home in group):
        await enrolled(world.site, home.name, home, role="radiologist")


def _homes(world: World) -> list[list[Path]]:
    """Where the devices of each group keep their certificates."""
    return [[world.folder / f"observer-{total}-{n}" for n in range(devices)] for total, devices in GROUPS]


async def measure_observers(world: World, commands: ScannerCommands, tablet: TabletHand) -> list[Row]:
    """Rows for each number of observers, all of them viewing the scanner that scans."""
    await until(commands.client, partial(may_start, commands, SCAN), f"{SCAN} ready to start")
    await start_accepted(commands, SCAN)
    rows: list[Row] = []
    there = 0
    async with AsyncExitStack() as stack:
        for (total, _), group in zip(GROUPS, _homes(world), strict=True):
            words = ("--site", world.site.name, "--scanner", world.operated.scanner)
            links = ("--links", str(total - there), *map(str, group))
            program = bench_program("observer_links", world.folder, *words, *links)
            stack.callback(program.end)
            await _admit(program, tablet)
            there = total
            await asyncio.sleep(SETTLE_S)
            rows += await _with_observers(world, total)
        if step_state(commands, SCAN) is not StepState.ACQUIRING:
            raise Disturbed("the scan ended before the observers were measured; the machine is too busy")
        await commands.stop()
    return rows


async def _with_observers(world: World, total: int) -> list[Row]:
    agent = world.site.agent
    if agent is None:
        raise Disturbed("the agent does not run")
    began_s, used_s = time.monotonic(), cpu_s(agent.pid)
    await asyncio.sleep(CPU_WINDOW_S)
    share = 100 * (cpu_s(agent.pid) - used_s) / (time.monotonic() - began_s)
    stops = await paced_stops(world.client, world.idle, STOPS, STOP_PERIOD_S)
    name = f"{total} observer{'' if total == 1 else 's'}, a scan running"
    return [
        Row(f"{name}: agent's processor time ({CPU_WINDOW_S:g} s)", "% of a core", share),
        Row(f"{name}: stop → scanner's log, p50 (n = {STOPS})", "ms", percentile(stops.to_log_ms, 50)),
        Row(f"{name}: stop → scanner's log, p99 (n = {STOPS})", "ms", percentile(stops.to_log_ms, 99)),
    ]


async def _admit(program: Program, tablet: TabletHand) -> None:
    """Start observers; the local operator says yes to each."""
    answering = asyncio.create_task(_say_yes(tablet))
    try:
        await asyncio.to_thread(program.start)
    finally:
        if answering.done():
            answering.result()  # why nobody was admitted
        answering.cancel()
        await asyncio.wait({answering})


async def _say_yes(tablet: TabletHand) -> None:
    answered = None
    while True:
        view = await tablet.until(
            lambda v, last=answered: v["control"]["request_id"] not in {None, last},  # type: ignore[misc]
            "a request to view",
            60.0,
        )
        answered = view["control"]["request_id"]
        await preparing.allow(tablet, ("view",))
