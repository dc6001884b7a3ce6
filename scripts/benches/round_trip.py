"""A refused start against a bare echo: ours and the peer in alternating blocks, one command at a time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect

from benches.processes import bench_program
from benches.report import Row
from benches.samples import Disturbed, percentile
from benches.world import World
from mr_contract.console_messages import StartStep
from mr_contract.wire import encode
from remote_console.link import ScannerCommands, new_command_id

WARM_UP, BLOCK, BLOCKS = 100, 50, 12
PAUSE_S = 0.004
"""Between two commands: what the agent shows afterwards is over by then, as between two of a person's."""


@dataclass(slots=True)
class RoundTrips:
    """Milliseconds of each side."""

    ours_ms: list[float] = field(default_factory=list)
    peer_ms: list[float] = field(default_factory=list)


async def measure_round_trips(world: World, commands: ScannerCommands) -> list[Row]:
    """Rows of the refused start: back to back, and with a pause between two."""
    folder = world.site.folder
    words = ("--authority", str(folder / "authority.crt"), "--certificate", str(folder / "agent.crt"))
    peer = bench_program("echo_peer", world.folder, *words, "--key", str(folder / "agent.key"))
    port = (await asyncio.to_thread(peer.start))["port"]
    try:
        context = await asyncio.to_thread(world.client.client_context)
        async with connect(
            f"wss://127.0.0.1:{port}/", ssl=context, compression=None, ping_interval=None, proxy=None
        ) as echo:
            paused = await _alternate(commands, echo, PAUSE_S)
            closed = await _alternate(commands, echo, 0.0)
    finally:
        peer.end()
    n = f"n = {len(paused.ours_ms)} each"
    return [
        _row(f"refused start, round trip, p50 ({n})", paused, 50, goal="ratio <= 3"),
        _row(f"refused start, round trip, p99 ({n})", paused, 99),
        _row(f"refused start, back to back, p50 ({n})", closed, 50),
        _row(f"refused start, back to back, p99 ({n})", closed, 99),
    ]


def _row(name: str, trips: RoundTrips, percent: float, goal: str | None = None) -> Row:
    return Row(name, "ms", percentile(trips.ours_ms, percent), percentile(trips.peer_ms, percent), goal=goal)


async def _alternate(commands: ScannerCommands, echo: ClientConnection, pause_s: float) -> RoundTrips:
    frame = encode(_refusable(commands))
    discarded, trips = RoundTrips(), RoundTrips()
    await _block(commands, echo, frame, pause_s, WARM_UP, discarded)
    for _ in range(BLOCKS):
        await _block(commands, echo, frame, pause_s, BLOCK, trips)
    return trips


async def _block(
    commands: ScannerCommands, echo: ClientConnection, frame: str, pause_s: float, count: int, to: RoundTrips
) -> None:
    for _ in range(count):
        to.ours_ms.append(await _refused_ms(commands))
        await asyncio.sleep(pause_s)
    for _ in range(count):
        began_s = time.perf_counter()
        await echo.send(frame)
        await echo.recv()
        to.peer_ms.append((time.perf_counter() - began_s) * 1000)
        await asyncio.sleep(pause_s)


async def _refused_ms(commands: ScannerCommands) -> float:
    command = _refusable(commands)
    began_s = time.perf_counter()
    outcome = await commands.start(command)
    elapsed_ms = (time.perf_counter() - began_s) * 1000
    if outcome.accepted or outcome.start is not None:
        raise Disturbed("a start of a stale revision was not refused; the agent is at fault")
    return elapsed_ms


def _refusable(commands: ScannerCommands) -> StartStep:
    """The holder's start of a revision that was edited away: everything else is as it should be."""
    prepared = commands.prepare_start("s1")
    return prepared.model_copy(update={"command_id": new_command_id(), "revision": "0" * 64})
