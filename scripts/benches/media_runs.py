"""One run of two media peers, and the figures that follow from when pictures were captured and shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from benches.media_line import LineRules, udp_line
from benches.media_wire import BenchProcess, now_s
from benches.samples import percentile

FROZEN_AFTER_S = 0.2
"""A picture that stays longer than five frames' time is frozen for the rest of its stay."""


@dataclass(frozen=True, slots=True)
class Show:
    """What is shown to whom, over what."""

    seconds: float
    wanted: tuple[str, ...] = ("high",)
    content: str = "camera"
    viewers: int = 1
    voice: bool = False
    line: LineRules | None = None
    during: Callable[[LineRules], Awaitable[None]] | None = None
    """What happens to the line meanwhile."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one run found. Times in ms; `cpu` in processors."""

    show: Show
    captured: list[list[float]]
    shown: list[list[tuple[int, float]]]
    psnr_db: list[float]
    voice_sent: list[float]
    voice_heard: list[tuple[int, float]]
    site_cpu: float
    desk_cpu: float
    site_mb: float
    ended_s: float

    def ages_ms(self, from_s: float = 0.0) -> list[float]:
        """Capture to decoded, of every picture captured after `from_s` seconds of the run, all streams."""
        ages = []
        for captured, shown in zip(self.captured, self.shown, strict=True):
            for number, at_s in shown:
                if number < len(captured) and captured[number] - captured[0] >= from_s:
                    ages.append((at_s - captured[number]) * 1000)
        return ages

    def frozen_percent(self, from_s: float = 0.0) -> float:
        """The share of time in which a picture had stayed too long, of the worst stream."""
        return max(self._frozen(stream, from_s) for stream in range(len(self.captured)))

    def voice_ms(self, from_s: float = 0.0) -> list[float]:
        """Into the encoder to out of the decoder, of frames spoken after `from_s` seconds."""
        return [
            (at_s - self.voice_sent[number]) * 1000
            for number, at_s in self.voice_heard
            if number < len(self.voice_sent) and self.voice_sent[number] - self.voice_sent[0] >= from_s
        ]

    def first_shown_after_s(self, moment_s: float) -> float | None:
        """How long after a moment of the shared clock the first picture captured later was there."""
        later = [
            at_s - moment_s
            for captured, shown in zip(self.captured, self.shown, strict=True)
            for number, at_s in shown
            if number < len(captured) and captured[number] >= moment_s
        ]
        return min(later, default=None)

    def _frozen(self, stream: int, from_s: float) -> float:
        began_s = self.captured[stream][0] + from_s
        times = [began_s, *(at_s for _, at_s in self.shown[stream] if at_s > began_s), self.ended_s]
        frozen_s = sum(max(0.0, later - earlier - FROZEN_AFTER_S) for earlier, later in pairwise(times))
        return 100 * frozen_s / max(self.ended_s - began_s, 1e-9)


async def run_show(mode: str, show: Show) -> Found:
    """Start the peers, connect them, show, and end them. Raises OSError when one does not do its part."""
    async with AsyncExitStack() as stack:
        site = await peer(stack, "media_site", mode, content=show.content, wanted=show.wanted)
        desk = await peer(stack, "media_desk", mode, content=show.content, deaf=False)
        rules = show.line or LineRules()
        await connect(stack, site, desk, rules if show.line else None, voice=show.voice)
        if show.viewers > 1:
            crowd = await peer(stack, "media_desk", mode, content=show.content, deaf=True)
            for _ in range(show.viewers - 1):
                await connect(stack, site, crowd, None, voice=False)
        await desk.ask(begin=True)
        meanwhile = asyncio.ensure_future(show.during(rules)) if show.during else None
        sent = await site.ask(within_s=show.seconds + 60, run=show.seconds)
        ended_s = now_s()
        if meanwhile is not None:
            await meanwhile
        await asyncio.sleep(0.5)
        return _found(show, sent, await desk.ask(report=True), ended_s)


async def peer(stack: AsyncExitStack, module: str, mode: str, **begin: object) -> BenchProcess:
    """A peer in a process of its own, which ends with the stack."""
    process = await BenchProcess.start(module, mode)
    stack.push_async_callback(process.end)
    await process.ask(60.0, **begin)
    return process


async def connect(
    stack: AsyncExitStack, site: BenchProcess, desk: BenchProcess, rules: LineRules | None, *, voice: bool
) -> None:
    """One more connection from site to desk, over a line or directly."""
    offer: str = (await site.ask(open=True, voice=voice))["offer"]
    if rules is None:
        await site.ask(answer=(await desk.ask(offer=offer))["answer"])
        return
    line = await stack.enter_async_context(udp_line(rules))
    answer: str = (await desk.ask(offer=line.reroute(offer, from_site=True)))["answer"]
    await site.ask(answer=line.reroute(answer, from_site=False))


def _found(show: Show, sent: dict[str, Any], seen: dict[str, Any], ended_s: float) -> Found:
    return Found(
        show=show,
        captured=sent["captured"],
        shown=[[(number, at_s) for number, at_s in stream] for stream in seen["shown"]],
        psnr_db=[value for stream in seen["psnr"] for value in stream],
        voice_sent=sent["voice"][0] if sent["voice"] else [],
        voice_heard=[(n, at_s) for n, at_s in seen["voice"][0]] if seen["voice"] else [],
        site_cpu=sent["cpu"],
        desk_cpu=seen["cpu_s"] / (show.seconds + 0.5),
        site_mb=sent["memory_mb"],
        ended_s=ended_s,
    )


def at_percent(samples: Sequence[float], percent: float) -> float | None:
    """The percentile, or None when nothing arrived."""
    return percentile(samples, percent) if samples else None
