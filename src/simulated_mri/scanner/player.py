"""Plays one acquisition: lines come as scan time passes, previews meanwhile, the series at the end.

All arithmetic is done in one thread, piece by piece: a reconstruction still going on lets the next
acquisition begin. What exists at the end is exactly what the state machine said was acquired,
however far behind the arithmetic was.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from scanner_kit import Outlet
from simulated_mri.scanner.conditions import Conditions, conditions
from simulated_mri.scanner.imaging import Imaging, MadeSeries, Measurement
from simulated_mri.scanner.inputs import SeriesMade
from simulated_mri.scanner.state import Acquiring, State

PREVIEW_S = 0.25
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Theatre:
    """Where acquisitions are played; `clock_s` is the clock that the state machine lives by."""

    speed: float
    clock_s: Callable[[], float]
    imaging: Imaging
    outlet: Outlet
    pool: ThreadPoolExecutor


class Player:
    """`end` says how many lines there are in the end; until then the clock says it."""

    def __init__(self, run: Acquiring, now: Conditions, theatre: Theatre) -> None:
        self._run = run
        self._now = now
        self._pool = theatre.pool
        self._clock_s = theatre.clock_s
        self._speed = theatre.speed
        self._imaging = theatre.imaging
        self._outlet = theatre.outlet
        self._ended = asyncio.Event()
        self._final: tuple[int, bool] | None = None

    def follow(self, state: State, now_s: float) -> None:
        """Whatever happened to the patient by `now_s` (scan time) is seen in the lines after it."""
        self._now = conditions(state, self._run, now_s, self._now)

    def end(self, lines: int, *, complete: bool) -> None:
        """The acquisition is over with exactly these lines."""
        self._final = (lines, complete)
        self._ended.set()

    async def play(self, made: Callable[[SeriesMade], object]) -> None:
        """Until the series is handed over; `made` is told of it."""
        result = await self._play()
        if result is None:
            return
        self._outlet.series(result.series)
        made(
            SeriesMade(
                acquisition_id=self._run.acquisition_id,
                command_id=self._run.request.command_id,
                step_id=self._run.request.step_id,
                series_id=result.series.series_id,
                series_number=self._run.series_number,
                description=result.description,
                instance_count=len(result.series.instances),
                complete=self._final is not None and self._final[1],
            )
        )

    async def _play(self) -> MadeSeries | None:
        """The series, or None if no line was acquired."""
        measurement = await self._in_thread(lambda: self._imaging.begin(self._run, self._now))
        lines = await self._measure(measurement)
        made = await self._in_thread(measurement.reconstruct) if lines else None
        await self._in_thread(measurement.drop)
        return made

    async def _measure(self, measurement: Measurement) -> int:
        """Follow the clock to the end; how many lines exist then."""
        next_preview_s = time.monotonic()
        while True:
            final = self._final
            lines = final[0] if final is not None else self._lines_now()
            reached = await self._in_thread(partial(measurement.measure, lines, self._now))
            if final is not None and reached:
                return final[0]
            if final is None and time.monotonic() >= next_preview_s:
                next_preview_s = time.monotonic() + PREVIEW_S
                shown = await self._in_thread(measurement.preview)
                if shown is not None:
                    self._outlet.preview(*shown)
            if reached and final is None:
                await self._until_next_look(next_preview_s)

    async def _until_next_look(self, at_s: float) -> None:
        try:
            async with asyncio.timeout(max(at_s - time.monotonic(), 0.01)):
                await self._ended.wait()
        except TimeoutError:
            return

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _lines_now(self) -> int:
        elapsed_s, plan = (self._clock_s() - self._run.began_s) * self._speed, self._run.step.plan
        pace = plan.pace
        return plan.lines_at(elapsed_s if pace is None else pace.planned_s(self._now.starts, elapsed_s))
