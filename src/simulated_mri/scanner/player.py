"""Plays one acquisition: lines come as scan time passes, previews meanwhile, the series at the end.

All arithmetic is done in a thread of its own, in pieces of some milliseconds. What exists at the end
is exactly what the state machine said was acquired, however far behind the arithmetic was.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from scanner_kit import Outlet
from simulated_mri.scanner.imaging import Imaging, MadeSeries, Measurement
from simulated_mri.scanner.inputs import SeriesMade
from simulated_mri.scanner.state import Acquiring

PREVIEW_S = 0.25
_LOGGER = logging.getLogger(__name__)


class Player:
    """`end` says how many lines there are in the end; until then the clock says it."""

    def __init__(self, run: Acquiring, speed: float, imaging: Imaging, outlet: Outlet) -> None:
        self._run = run
        self._speed = speed
        self._imaging = imaging
        self._outlet = outlet
        self._ended = asyncio.Event()
        self._final: tuple[int, bool] | None = None

    def end(self, lines: int, *, complete: bool) -> None:
        """The acquisition is over with exactly these lines."""
        self._final = (lines, complete)
        self._ended.set()

    async def play(self, made: Callable[[SeriesMade], object]) -> None:
        """Until the series is handed over; `made` is told of it."""
        pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reconstruction")
        try:
            result = await self._play(pool)
            # k-space is a few large arrays in a reference cycle: too few objects to wake the collector.
            await asyncio.get_running_loop().run_in_executor(pool, gc.collect)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
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

    async def _play(self, pool: ThreadPoolExecutor) -> MadeSeries | None:
        """The series, or None if no line was acquired."""
        loop = asyncio.get_running_loop()
        measurement = await loop.run_in_executor(pool, self._imaging.begin, self._run)
        if not await self._measure(measurement, pool):
            return None
        return await loop.run_in_executor(pool, measurement.reconstruct)

    async def _measure(self, measurement: Measurement, pool: ThreadPoolExecutor) -> int:
        """Follow the clock to the end; how many lines exist then."""
        loop = asyncio.get_running_loop()
        next_preview_s = time.monotonic()
        while True:
            final = self._final
            lines = final[0] if final is not None else self._lines_now()
            reached = await loop.run_in_executor(pool, measurement.measure, lines)
            if final is not None and reached:
                return final[0]
            if final is None and time.monotonic() >= next_preview_s:
                next_preview_s = time.monotonic() + PREVIEW_S
                shown = await loop.run_in_executor(pool, measurement.preview)
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

    def _lines_now(self) -> int:
        return self._run.step.plan.lines_at((time.monotonic() - self._run.began_s) * self._speed)
