"""`scripts/bench media`: pictures and sound between two processes, ours beside unmodified aiortc.

Both peers show the same clips, made from a seed, and run one after the other in the same run. Every picture
carries its number; its age is the time from its capture to its being decoded, on the machine's own clock.
The first seconds of each run are discarded. aiortc has the settings of its examples.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence

from benches import media_shared
from benches.media_line import LineRules
from benches.media_runs import Found, Show, at_percent, run_show
from benches.media_wire import now_s
from benches.report import Row, not_measured

SETTLED_S = 3.0
GROWTH = ((1, 1), (1, 4), (4, 1), (4, 4), (4, 8))
"""Sources and viewers."""
LINES = ((0.01, 0.05), (0.03, 0.05), (0.05, 0.05), (0.03, 0.3))
"""Loss, and round trip in seconds."""
NARROW_BPS = 1_500_000
SCREEN_S = 10.0


def run() -> list[Row]:
    """All rows. Raises OSError when a peer did not do its part."""
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    say = _progress()
    rows: list[Row] = []
    for words, measure in (
        ("one stream and four on the loopback", _loopback),
        ("a screen", _screen),
        ("lines that lose", _losing_lines),
        ("an outage", _outage),
        ("sound", _sound),
        ("a narrow line", _narrow),
        ("growth with sources and viewers", _growth),
        ("stops beside pictures, and on a line that both share", media_shared.measure),
    ):
        say(words)
        rows += await measure()
    return rows


async def _both(show: Show) -> tuple[Found, Found]:
    return await run_show("ours", show), await run_show("peer", show)


async def _loopback() -> list[Row]:
    one, one_peer = await _both(Show(12.0))
    four, four_peer = await _both(Show(10.0, wanted=("high",) * 4))
    name = "720p25, capture to decoded"
    return [
        _ages(f"{name}, one stream, p50", 50, one, one_peer, "<= 15 ms"),
        _ages(f"{name}, one stream, p99", 99, one, one_peer, "<= 60 ms"),
        _ages(f"{name}, four streams, p50", 50, four, four_peer, "<= 40 ms"),
        Row("720p25, one stream, processors of the site", "cores", one.site_cpu, one_peer.site_cpu),
        Row("720p25, one stream, processors of the desk", "cores", one.desk_cpu, one_peer.desk_cpu),
        Row("720p25, four streams, processors of the site", "cores", four.site_cpu, four_peer.site_cpu),
        Row("720p25, four streams, processors of the desk", "cores", four.desk_cpu, four_peer.desk_cpu),
    ]


async def _screen() -> list[Row]:
    lines = LineRules(), LineRules()
    ours, peer = [
        await run_show(mode, Show(SCREEN_S, content="screen", line=line))
        for mode, line in zip(("ours", "peer"), lines, strict=True)
    ]
    rates = [line.carried_bytes * 8e-6 / SCREEN_S for line in lines]
    noise = [at_percent(found.psnr_db, 50) for found in (ours, peer)]
    return [
        _row("screen 1080p10, PSNR, p50", "dB", noise, ">= 34 dB"),
        _row("screen 1080p10, on the line", "Mbit/s", rates, "<= 4 Mbit/s"),
        _ages("screen 1080p10, capture to decoded, p95", 95, ours, peer),
    ]


async def _losing_lines() -> list[Row]:
    rows = []
    for loss, round_trip_s in LINES:
        line = LineRules(loss=loss, round_trip_s=round_trip_s)
        ours, peer = await _both(Show(10.0, line=line))
        name = f"{loss:.0%} loss, {round_trip_s * 1000:.0f} ms round trip"
        rows += [
            _ages(f"{name}, p95", 95, ours, peer, f"<= {round_trip_s * 1000 + 100:.0f} ms"),
            _row(f"{name}, frozen", "%", _frozen(ours, peer), "<= 2 %"),
        ]
    return rows


async def _outage() -> list[Row]:
    back_s: dict[str, float | None] = {}
    for mode in ("ours", "peer"):
        ended: list[float] = []

        async def outage(line: LineRules, ended: list[float] = ended) -> None:
            await asyncio.sleep(3.0)
            line.cut = True
            await asyncio.sleep(5.0)
            line.cut = False
            ended.append(now_s())

        found = await run_show(mode, Show(12.0, line=LineRules(round_trip_s=0.05), during=outage))
        back_s[mode] = found.first_shown_after_s(ended[0])
    name = "picture after an outage of 5 s"
    if back_s["ours"] is None:
        return [not_measured(name, "s", "no picture came back", "<= 1 s")]
    return [Row(name, "s", back_s["ours"], back_s["peer"], "<= 1 s")]


async def _sound() -> list[Row]:
    async def burst(line: LineRules) -> None:
        await asyncio.sleep(3.5)
        line.cut = True
        await asyncio.sleep(0.4)
        line.cut = False

    line = LineRules(round_trip_s=0.02)
    ours, peer = await _both(Show(10.0, wanted=("high",), voice=True, line=line, during=burst))
    early = [at_percent(_spoken(found, 1.0, 3.5), 95) for found in (ours, peer)]
    late = [at_percent(_spoken(found, 6.0, 10.0), 95) for found in (ours, peer)]
    name = "voice beside a picture, encoder in to decoder out, p95"
    return [
        _row(name, "ms", early, "<= 120 ms"),
        _row(f"{name}, 2 s after a burst of losses", "ms", late, "<= 120 ms"),
    ]


async def _narrow() -> list[Row]:
    line = LineRules(round_trip_s=0.04, bits_per_s=NARROW_BPS)
    ours, peer = await _both(Show(18.0, voice=True, line=line))
    from_s = 8.0
    heard = [100 * len(found.voice_ms(from_s)) / max(_sent_since(found, from_s), 1) for found in (ours, peer)]
    voice = [at_percent(found.voice_ms(from_s), 95) for found in (ours, peer)]
    picture = [at_percent(found.ages_ms(from_s), 95) for found in (ours, peer)]
    frozen = [found.frozen_percent(from_s) for found in (ours, peer)]
    return [
        _row("1.5 Mbit/s, voice beside a picture, p95", "ms", voice, "<= 200 ms"),
        _row("1.5 Mbit/s, voice that arrived", "%", heard, ">= 98 %"),
        _row("1.5 Mbit/s, picture, p95", "ms", picture),
        _row("1.5 Mbit/s, frozen", "%", frozen, "<= 2 %"),
    ]


async def _growth() -> list[Row]:
    rows, cpu = [], {}
    for sources, viewers in GROWTH:
        wanted = ("high", *("low",) * (sources - 1))
        found = await run_show("ours", Show(6.0, wanted=wanted, viewers=viewers))
        cpu[sources, viewers] = found.site_cpu
        name = f"{sources} source{'s' * (sources > 1)}, {viewers} viewer{'s' * (viewers > 1)}"
        rows += [
            Row(f"{name}, processors of the site", "cores", found.site_cpu),
            Row(f"{name}, memory of the site", "MB", found.site_mb),
        ]
    ratio = cpu[4, 8] / cpu[4, 1]
    return [Row("processors of the site, eight viewers to one", "times", ratio, goal="<= 1.5 times"), *rows]


def _ages(name: str, percent: float, ours: Found, peer: Found, goal: str | None = None) -> Row:
    return _row(name, "ms", [at_percent(found.ages_ms(SETTLED_S), percent) for found in (ours, peer)], goal)


def _row(name: str, unit: str, values: Sequence[float | None], goal: str | None = None) -> Row:
    """Ours and the peer's."""
    if values[0] is None:
        return not_measured(name, unit, "nothing arrived", goal)
    return Row(name, unit, values[0], values[1], goal)


def _frozen(ours: Found, peer: Found) -> tuple[float, float]:
    return ours.frozen_percent(SETTLED_S), peer.frozen_percent(SETTLED_S)


def _spoken(found: Found, from_s: float, to_s: float) -> list[float]:
    """Ages of what was spoken in a part of the run, in ms."""
    sent = found.voice_sent
    return [
        (at_s - sent[number]) * 1000
        for number, at_s in found.voice_heard
        if number < len(sent) and from_s <= sent[number] - sent[0] < to_s
    ]


def _sent_since(found: Found, from_s: float) -> int:
    sent = found.voice_sent
    last_heard_s = max((at_s for _, at_s in found.voice_heard), default=0.0) - 0.3
    return sum(1 for at_s in sent if at_s - sent[0] >= from_s and at_s <= last_heard_s)


def _progress() -> Callable[[str], None]:
    began_s = time.monotonic()

    def say(words: str) -> None:
        print(f"bench: {time.monotonic() - began_s:5.0f} s  {words}", file=sys.stderr, flush=True)

    return say
