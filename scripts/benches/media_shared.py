"""Rows of `bench media` about control: a stop beside eight viewers, and on a line that it shares with media.

Stops come from a link that does nothing else. On the narrow line control's TCP and the media's UDP pass one
queue. The peer is unmodified aiortc: it sends the same four pictures and a voice through the same line,
beside our control.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benches.media_line import through
from benches.media_place import KINDS, Place, look, place_at, viewers_of
from benches.media_runs import FROZEN_AFTER_S, at_percent, peer
from benches.media_wire import now_s
from benches.processes import bench_program
from benches.report import Row, not_measured
from benches.stops import StopTimes, paced_stops
from benches.world import WITHIN_S, scanner_known
from remote_console.link import AgentClient
from remote_console.media.sound_mixing import RATE_HZ

VIEWERS, LINKS_PER_DEVICE = 8, 4
STOPS, STOP_PERIOD_S = 100, 0.08
SHARED_STOPS, SHARED_PERIOD_S = 100, 0.12
LINES = ((1.5, True), (2.0, False))
"""Mbit/s, and whether the peer is measured too."""
ROUND_TRIP_S, QUEUE_BYTES = 0.15, 256 * 1024
SETTLED_S = 8.0
"""After so long pictures have found what the line carries."""


async def measure() -> list[Row]:
    """All rows. Raises RigError, Disturbed or OSError when something did not do its part."""
    with tempfile.TemporaryDirectory(prefix="bench-media-") as folder:
        async with place_at(Path(folder)) as place:
            rows = await _eight_viewers(place)
            for mbit_per_s, with_peer in LINES:
                rows += await _shared_line(place, mbit_per_s, with_peer=with_peer)
    return rows


async def _eight_viewers(place: Place) -> list[Row]:
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(AgentClient(place.store.site("North"), place.store))
        await asyncio.wait_for(client.wait_connected(), WITHIN_S)
        await scanner_known(client, place.scanner.scanner)
        idle = await paced_stops(client, place.scanner, STOPS, STOP_PERIOD_S)
        for home in place.homes[1 : 1 + VIEWERS // LINKS_PER_DEVICE]:
            crowd = await viewers_of(stack, place, home)
            for _ in range(LINKS_PER_DEVICE):
                await look(place, crowd, ("view",), decodes=False)
        await asyncio.sleep(SETTLED_S / 2)
        busy = await paced_stops(client, place.scanner, STOPS, STOP_PERIOD_S)
    name = f"stop → scanner's log, {len(KINDS)} pictures to {VIEWERS} viewers"
    return [
        Row("stop → scanner's log, nobody looks, p99", "ms", at_percent(idle.to_log_ms, 99)),
        Row(f"{name}, p50", "ms", at_percent(busy.to_log_ms, 50)),
        Row(f"{name}, p99{_lost(busy)}", "ms", at_percent(busy.to_log_ms, 99), goal="<= 20 ms"),
    ]


@dataclass(frozen=True, slots=True)
class Shared:
    """What was found on the line; None where nothing came."""

    stops: StopTimes
    beats_ms: float | None
    """The highest round trip that the agent said of the console that looks."""
    heard_percent: float | None
    voice_ms: float | None
    """Spoken to heard, p95."""
    frozen_percent: float
    pictures: int
    said: bool = False
    """Whether a tile said that the line is kept free for control."""


async def _shared_line(place: Place, mbit_per_s: float, *, with_peer: bool) -> list[Row]:
    ours = await _over_line(place, mbit_per_s, _our_media)
    found = (ours, await _over_line(place, mbit_per_s, _peer_media) if with_peer else None)
    line = f"{mbit_per_s:g} Mbit/s, {ROUND_TRIP_S * 1000:.0f} ms, for control, 4 pictures and a voice"
    limit = f"<= {ROUND_TRIP_S * 1000 + 100:.0f} ms"
    voice_limit = f"<= {ROUND_TRIP_S * 500 + 120:.0f} ms"
    said = "said" if ours.said else "not said"
    return [
        _beside(f"{line}: stop → acknowledged, p50", "ms", found, lambda f: _stop_ms(f, 50)),
        _beside(f"{line}: stop, p99{_lost(ours.stops)}", "ms", found, lambda f: _stop_ms(f, 99), limit),
        _beside(f"{line}: round trip of beats, highest", "ms", found, lambda f: f.beats_ms, limit),
        _beside(f"{line}: voice that arrived", "%", found, lambda f: f.heard_percent, ">= 98 %"),
        _beside(f"{line}: voice, p95", "ms", found, lambda f: f.voice_ms, voice_limit),
        _beside(f"{line}: picture in front, frozen", "%", found, lambda f: f.frozen_percent),
        _beside(f"{line}: pictures shown ({said} that it is kept free)", "", found, lambda f: f.pictures),
    ]


Media = Callable[[AsyncExitStack, Place, dict[str, int]], Awaitable["Running"]]


@dataclass(slots=True)
class Seen:
    """What one console had of pictures and voice in the measured time."""

    front_s: list[float]
    """When each picture of the one in front was there."""
    pictures: int
    heard_percent: float | None
    voice_ms: list[float]
    said: bool = False


@dataclass(slots=True)
class Running:
    """Media on the line: `begin` forgets what was before, `end` says what came since."""

    begin: Callable[[], Awaitable[object]]
    end: Callable[[], Awaitable[Seen]]


async def _over_line(place: Place, mbit_per_s: float, media: Media) -> Shared:
    line = bench_program(
        "narrow_line",
        place.folder,
        *("--target-port", str(place.site.control_port), "--bits-per-s", str(mbit_per_s * 1e6)),
        *("--round-trip-s", str(ROUND_TRIP_S), "--queue-bytes", str(QUEUE_BYTES), "--datagrams"),
    )
    ports: dict[str, int] = await asyncio.to_thread(line.start)
    async with AsyncExitStack() as stack:
        stack.callback(line.end)
        there = place.store.site(place.site.name).model_copy(update={"control_port": ports["port"]})
        client = await stack.enter_async_context(AgentClient(there, place.store))
        await asyncio.wait_for(client.wait_connected(), 60.0)
        running = await media(stack, place, ports)
        await asyncio.sleep(SETTLED_S)
        await running.begin()
        began_s, beats = now_s(), list[float]()
        watching = asyncio.create_task(_watch(client, beats))
        stops = await paced_stops(client, place.scanner, SHARED_STOPS, SHARED_PERIOD_S)
        watching.cancel()
        ended_s = now_s()
        seen = await running.end()
    return Shared(
        stops,
        max(beats, default=None),
        seen.heard_percent,
        at_percent(seen.voice_ms, 95),
        _frozen_percent(seen.front_s, began_s, ended_s),
        seen.pictures,
        seen.said,
    )


async def _watch(client: AgentClient, beats: list[float]) -> None:
    while True:
        await asyncio.sleep(0.25)
        if client.round_trip_ms is not None:
            beats.append(client.round_trip_ms)


async def _our_media(stack: AsyncExitStack, place: Place, ports: dict[str, int]) -> Running:
    privileges = ("view", "talk")
    speaker = await viewers_of(stack, place, place.homes[1])
    await look(place, speaker, privileges, decodes=True, looked_at=(), speaks=True)
    desk = await viewers_of(stack, place, place.homes[2])
    way = (ports["for_site"], ports["for_desk"])
    await look(place, desk, privileges, decodes=True, port=ports["port"], ports=way, hears=True)

    async def begin() -> None:
        await speaker.ask(forget=True)
        await desk.ask(forget=True)

    async def end() -> Seen:
        said = (await speaker.ask(report=True))["consoles"][0]["said_s"]
        found = (await desk.ask(report=True))["consoles"][0]
        heard_s = found["heard_samples"] / RATE_HZ
        ages = [min(came_s - at_s for at_s in said if at_s <= came_s) for came_s in found["heard_s"]
                if said and came_s >= said[0]]  # fmt: skip
        shown = found["shown"]
        return Seen(
            shown.get(KINDS[0], []),
            sum(map(len, shown.values())),
            100 * heard_s / (found["now_s"] - found["since_s"]),
            [1000 * age for age in ages],
            found["for_control"],
        )

    return Running(begin, end)


async def _peer_media(stack: AsyncExitStack, place: Place, ports: dict[str, int]) -> Running:
    del place
    site = await peer(stack, "media_site", "peer", content="camera", wanted=("high",) * len(KINDS))
    desk = await peer(stack, "media_desk", "peer", content="camera", deaf=False)
    offer, _ = through((await site.ask(open=True, voice=True))["offer"], ("127.0.0.1", ports["for_desk"]))
    answer = (await desk.ask(offer=offer))["answer"]
    await site.ask(answer=through(answer, ("127.0.0.1", ports["for_site"]))[0])
    seconds = SETTLED_S + 1.5 * SHARED_STOPS * SHARED_PERIOD_S
    showing = asyncio.create_task(site.ask(within_s=seconds + 60, run=seconds))
    from_s = 0.0

    async def begin() -> None:
        nonlocal from_s
        from_s = now_s()

    async def end() -> Seen:
        until_s = now_s()
        sent, seen = await showing, await desk.ask(report=True)
        spoken: list[float] = sent["voice"][0]
        heard = [(at_s - spoken[n]) * 1000 for n, at_s in seen["voice"][0]
                 if n < len(spoken) and from_s <= spoken[n] < until_s]  # fmt: skip
        expected = sum(from_s <= at_s < until_s for at_s in spoken)
        shown = [[at_s for _, at_s in stream if from_s <= at_s < until_s] for stream in seen["shown"]]
        percent = 100 * len(heard) / expected if expected else None
        return Seen(shown[0], sum(map(len, shown)), percent, heard)

    return Running(begin, end)


def _frozen_percent(shown_s: Sequence[float], began_s: float, ended_s: float) -> float:
    times = [began_s, *(at_s for at_s in shown_s if began_s < at_s < ended_s), ended_s]
    return 100 * sum(max(0.0, b - a - FROZEN_AFTER_S) for a, b in pairwise(times)) / (ended_s - began_s)


def _stop_ms(found: Shared, percent: float) -> float | None:
    """Of all stops; one that was not acknowledged within 1 s counts as 1 s."""
    late = [1000.0] * found.stops.not_delivered
    return at_percent([*found.stops.to_console_ms, *late], percent)


def _lost(stops: StopTimes) -> str:
    return f" ({stops.not_delivered} not acknowledged within 1 s)" if stops.not_delivered else ""


def _beside(
    name: str,
    unit: str,
    found: tuple[Shared, Shared | None],
    figure: Callable[[Shared], float | None],
    goal: str | None = None,
) -> Row:
    ours, other = (None if of is None else figure(of) for of in found)
    return (
        not_measured(name, unit, "nothing came", goal) if ours is None else Row(name, unit, ours, other, goal)
    )
