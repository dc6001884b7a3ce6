"""Stops while images are on the same line: loopback at full speed, and a narrow shared line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rig import preparing
from rig.tablet import TabletHand

from benches.processes import bench_program
from benches.report import Row
from benches.samples import Disturbed, percentile
from benches.stops import StopTimes, downloading, paced_stops
from benches.world import World, until
from mr_contract.exam import SeriesView
from mr_contract.vocabulary import LinkLossAction, Privilege
from remote_console.link import AgentClient, BulkClient, ScannerCommands

LOOPBACK_STOPS, LOOPBACK_PERIOD_S = 300, 0.05
NARROW_STOPS, NARROW_PERIOD_S = 150, 0.2
MBIT_PER_S, ROUND_TRIP_MS, QUEUE_KIB = 2, 150, 256
LOAD_FIRST_S = 3.0
"""So long the download runs before the first stop: its pacing has found the line."""
IDLE_FIRST_S = 2.0


async def measure_full_speed(world: World, scanned: ScannerCommands) -> list[Row]:
    """Rows of a stop while a series comes as fast as the loopback takes it."""
    quiet = await paced_stops(world.client, world.idle, LOOPBACK_STOPS, LOOPBACK_PERIOD_S)
    async with (
        BulkClient(world.client) as bulk,
        downloading(bulk, world.fast, _stored(scanned)[-1].series_id) as download,
    ):
        await asyncio.sleep(LOAD_FIRST_S)
        stops = await paced_stops(world.client, world.idle, LOOPBACK_STOPS, LOOPBACK_PERIOD_S)
    n = _counted(stops)
    return [
        Row(
            f"stop → scanner's log, nothing else on the line, p50 ({_counted(quiet)})",
            "ms",
            percentile(quiet.to_log_ms, 50),
        ),
        Row(
            f"stop → scanner's log, nothing else on the line, p99 ({_counted(quiet)})",
            "ms",
            percentile(quiet.to_log_ms, 99),
        ),
        Row(f"stop → scanner's log, images at full speed, p50 ({n})", "ms", percentile(stops.to_log_ms, 50)),
        Row(
            f"stop → scanner's log, images at full speed, p99 ({n})",
            "ms",
            percentile(stops.to_log_ms, 99),
            goal="<= 20 ms",
        ),
        Row("images meanwhile", "Mbit/s", download.mbit_per_s),
    ]


async def measure_narrow_line(world: World, scanned: ScannerCommands, tablet: TabletHand) -> list[Row]:
    """Rows of a stop through a narrow line that a download shares with control."""
    line = f"{MBIT_PER_S} Mbit/s, {ROUND_TRIP_MS} ms, {QUEUE_KIB} KiB queue"
    async with _narrow_client(world) as client:
        await asyncio.sleep(IDLE_FIRST_S)
        idle_ms = client.round_trip_ms
        if idle_ms is None:
            raise Disturbed("the agent did not say the round trip of the narrow line")
        viewing = ScannerCommands(client, world.fast.scanner)
        await viewing.request_control((Privilege.VIEW,), LinkLossAction.FINISH_SEQUENCE)
        await preparing.allow(tablet, ("view",))
        await until(client, lambda: _views(viewing), "view of the scanner")
        async with (
            BulkClient(client) as bulk,
            downloading(bulk, world.fast, _stored(scanned)[0].series_id) as download,
        ):
            await asyncio.sleep(LOAD_FIRST_S)
            stops = await paced_stops(client, world.idle, NARROW_STOPS, NARROW_PERIOD_S)
        busy_ms = client.round_trip_ms
    n, limit_ms = _counted(stops), round(idle_ms + 100)
    name = f"through {line}, a series coming ({n})"
    return [
        Row(f"round trip of {line}, idle (goals below: this + 100 ms)", "ms", idle_ms),
        Row("round trip of the same at the end of the download", "ms", busy_ms),
        Row(f"stop → scanner's log {name}, p50", "ms", percentile(stops.to_log_ms, 50)),
        Row(
            f"stop → scanner's log {name}, p99",
            "ms",
            percentile(stops.to_log_ms, 99),
            goal=f"<= {limit_ms} ms",
        ),
        Row(f"stop → acknowledged at the console {name}, p99", "ms", percentile(stops.to_console_ms, 99)),
        Row("series meanwhile through it", "Mbit/s", download.mbit_per_s),
    ]


@asynccontextmanager
async def _narrow_client(world: World) -> AsyncIterator[AgentClient]:
    """A second link of the operator's, through the proxy."""
    proxy = bench_program(
        "narrow_line",
        world.folder,
        *("--target-port", str(world.site.control_port), "--bits-per-s", str(MBIT_PER_S * 1e6)),
        *("--round-trip-s", str(ROUND_TRIP_MS / 1000), "--queue-bytes", str(QUEUE_KIB * 1024)),
    )
    port = (await asyncio.to_thread(proxy.start))["port"]
    try:
        site = world.client.site.model_copy(update={"control_port": port})
        async with AgentClient(site, world.store) as client, asyncio.timeout(120):
            await client.wait_connected()
            yield client
    finally:
        proxy.end()


def _stored(commands: ScannerCommands) -> list[SeriesView]:
    """The stored series of the open exam, those with the fewest images first."""
    exam = commands.view.exam
    stored = [series for series in exam.series if series.stored] if exam else []
    if not stored:
        raise Disturbed("no series is stored to download")
    return sorted(stored, key=lambda series: series.instance_count)


def _views(commands: ScannerCommands) -> bool:
    control = commands.view.control
    return control is not None and Privilege.VIEW in control.privileges


def _counted(stops: StopTimes) -> str:
    n = f"n = {len(stops.to_log_ms)}"
    return f"{n}, {stops.not_delivered} not acknowledged within 1 s" if stops.not_delivered else n
