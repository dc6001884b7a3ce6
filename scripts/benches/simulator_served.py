"""Served simulated scanners with real processes and sockets: their memory, how soon a stop is answered."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from rig.scanner import RigScanner

from benches.processes import family, pss_mb
from benches.report import Row, not_measured
from benches.samples import percentile
from mr_contract.scanner_messages import AcquisitionEnded, ImagesReady, ScannerInstance, Stop, StopTaken
from scanner_kit import read_secret_file
from scanner_kit.bench import Bench, ReadyScanner
from scanner_kit.client import ImagesClient

STOP_GOAL, IDLE_GOAL = "<= 20 ms", "<= 250 MB"
SCANNERS, STOPS, SPEED = 4, 500, 500.0
SCAN_WITHIN_S, STOPS_WITHIN_S, SETTLE_S, BETWEEN_STOPS_S = 120, 60, 2.0, 0.002


def served_rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Row]:
    """Every scanner scans once, so that it has its phantom; then it is idle."""
    async with AsyncExitStack() as running:
        first = await running.enter_async_context(_served(folder, 1))
        await _scanned(first)
        alone_mb = await _idle_mb([first])
        others = [
            await running.enter_async_context(_served(folder, number)) for number in range(2, SCANNERS + 1)
        ]
        for scanner in others:
            await _scanned(scanner)
        further_mb = (await _idle_mb([first, *others]) - alone_mb) / len(others)
        stops_ms = await _stops_ms(first)
    rows = [
        Row("one served scanner (both processes), idle after a scan: PSS", "MB", alone_mb),
        Row(f"each further one of {SCANNERS}: PSS", "MB", further_mb, goal=IDLE_GOAL),
    ]
    what = "stop answered while it reconstructs and hands over"
    if not stops_ms:
        return [*rows, not_measured(f"{what} (p99)", "ms", "no reconstruction was met", STOP_GOAL)]
    return [
        *rows,
        Row(f"{what} (p50 of {len(stops_ms)})", "ms", percentile(stops_ms, 50)),
        Row(f"{what} (p99)", "ms", percentile(stops_ms, 99), goal=STOP_GOAL),
    ]


@asynccontextmanager
async def _served(folder: Path, number: int) -> AsyncIterator[RigScanner]:
    scanner = RigScanner(f"s{number}", f"Bench {number}", "B", "blue", folder, speed=SPEED, seed=number)
    await asyncio.to_thread(scanner.start)
    try:
        await scanner.inject("coil", name="Head 20")
        yield scanner
    finally:
        await asyncio.to_thread(scanner.end)


def _bench(scanner: RigScanner) -> Bench:
    return Bench(scanner.url, read_secret_file(scanner.secret_file))


async def _scanned(scanner: RigScanner) -> None:
    async with _bench(scanner).ready() as ready, asyncio.timeout(SCAN_WITHIN_S):
        _, event = await ready.started()
        await ready.client.event(ImagesReady, after=event.number)


async def _idle_mb(scanners: list[RigScanner]) -> float:
    await asyncio.sleep(SETTLE_S)
    served = [scanner.process.pid for scanner in scanners if scanner.process is not None]
    return sum(pss_mb(member) for pid in served for member in family(pid))


async def _stops_ms(scanner: RigScanner) -> list[float]:
    """One agent takes the images and says that they are stored, as in life."""
    taken: list[float] = []
    bench, stored = _bench(scanner), list[str]()
    until_s = time.monotonic() + STOPS_WITHIN_S
    async with bench.images() as images, asyncio.timeout(SCAN_WITHIN_S):
        storing = asyncio.create_task(_store(images, stored))
        try:
            async with bench.ready() as ready:
                while len(taken) < STOPS and time.monotonic() < until_s:
                    taken += await _stops_of_one_scan_ms(ready, stored)
        finally:
            storing.cancel()
            await asyncio.wait((storing,))
    return taken


async def _store(images: ImagesClient, stored: list[str]) -> None:
    """What a scanner puts out, until cancelled; `stored` grows by each series that is complete."""
    while True:
        header, _ = await images.next()
        if isinstance(header, ScannerInstance) and header.index == header.count - 1:
            await images.stored(header.series_id)
            stored.append(header.series_id)


async def _stops_of_one_scan_ms(ready: ReadyScanner, stored: list[str]) -> list[float]:
    """One stop after the other, from the end of the acquisition until the last image has been handed over."""
    before = len(stored)
    _, event = await ready.started()
    await ready.client.event(AcquisitionEnded, after=event.number)
    taken: list[float] = []
    while len(stored) == before:
        began_s = time.perf_counter()
        await ready.client.ask(Stop, StopTaken, by="bench")
        taken.append(1000 * (time.perf_counter() - began_s))
        await asyncio.sleep(BETWEEN_STOPS_S)
    return taken
