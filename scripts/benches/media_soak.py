"""`scripts/bench media --soak`: one connection for twenty minutes, and whether anything grows.

Two pictures and a voice go over a line that loses, minute after minute on the same connection. After each
minute the memory and threads of both ends are read, and how late pictures and voice were in that minute. What
the bench itself remembers is let go every minute. A quarter of the run is as good as its median minute;
growth is the last quarter beside the second: in the first one allocators and the interpreter still find
their size.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benches.media_line import LineRules
from benches.media_runs import connect, peer
from benches.media_wire import BenchProcess
from benches.processes import pss_mb
from benches.report import Row
from benches.samples import percentile

QUARTERS = 4
WANTED = ("high", "low")
LINE = LineRules(loss=0.01, round_trip_s=0.05)
SETTLED_S = 3.0
ARRIVES_S = 0.5
"""What was captured in a minute is waited for before the next one."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What one minute found."""

    site_mb: float
    desk_mb: float
    site_threads: int
    desk_threads: int
    picture_ms: float
    """Capture to decoded, p95."""
    voice_ms: float
    """Into the encoder to out of the decoder, p95."""


def run(minutes: int) -> list[Row]:
    """All rows. Raises OSError when a peer did not do its part."""
    return rows_of(asyncio.run(_soak(minutes)))


def rows_of(minutes: Sequence[Minute]) -> list[Row]:
    """Each quarter of the run, and what grew from the second to the last."""
    size = max(1, len(minutes) // QUARTERS)
    quarters = [minutes[n * size : (n + 1) * size] for n in range(QUARTERS) if minutes[n * size :]]
    rows = []
    for words, unit, figure, most in _FIGURES:
        of_each = [median(figure(minute) for minute in quarter) for quarter in quarters]
        rows += [
            Row(f"{words}, quarter {n} of {len(minutes)} min", unit, of) for n, of in enumerate(of_each, 1)
        ]
        if len(of_each) == QUARTERS:
            grown = of_each[-1] - of_each[1]
            rows.append(Row(f"{words}, growth", unit, grown, goal=f"<= {most:g} {unit}"))
    return rows


_FIGURES: tuple[tuple[str, str, Callable[[Minute], float], float], ...] = (
    ("memory of the site", "MB", lambda m: m.site_mb, 3.0),
    ("memory of the desk", "MB", lambda m: m.desk_mb, 3.0),
    ("threads of the site", "threads", lambda m: m.site_threads, 0),
    ("threads of the desk", "threads", lambda m: m.desk_threads, 0),
    ("720p25, capture to decoded, p95", "ms", lambda m: m.picture_ms, 20.0),
    ("voice, encoder in to decoder out, p95", "ms", lambda m: m.voice_ms, 20.0),
)


async def _soak(minutes: int) -> list[Minute]:
    began_s = time.monotonic()
    async with AsyncExitStack() as stack:
        site = await peer(stack, "media_site", "ours", content="camera", wanted=WANTED)
        desk = await peer(stack, "media_desk", "ours", content="camera", deaf=False)
        await connect(stack, site, desk, LINE, voice=True)
        found = []
        for number in range(1, minutes + 1):
            found.append(await _minute(site, desk))
            words = f"minute {number} of {minutes}: {found[-1]}"
            print(f"bench: {time.monotonic() - began_s:5.0f} s  {words}", file=sys.stderr, flush=True)
        return found


async def _minute(site: BenchProcess, desk: BenchProcess) -> Minute:
    await desk.ask(begin=True)
    sent = await site.ask(within_s=180.0, run=60.0 - ARRIVES_S, forget=True)
    await asyncio.sleep(ARRIVES_S)
    seen = await desk.ask(report=True)
    captured, voice, first = sent["captured"][0], sent["voice"][0], sent["voice_first"][0]
    pictures = [
        (at_s - captured[number]) * 1000
        for number, at_s in seen["shown"][0]
        if number < len(captured) and captured[number] - captured[0] >= SETTLED_S
    ]
    heard = [
        (at_s - voice[number - first]) * 1000
        for number, at_s in seen["voice"][0]
        if 0 <= number - first < len(voice)
    ]
    if not pictures or not heard:
        raise OSError("nothing arrived for a minute")
    return Minute(
        pss_mb(site.pid),
        pss_mb(desk.pid),
        _threads(site.pid),
        _threads(desk.pid),
        percentile(pictures, 95),
        percentile(heard, 95),
    )


def _threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))
