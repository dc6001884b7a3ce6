"""The conformance checks of readings notice an adapter that reads too much, too long, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest
from kit_bench import Kit, running_kit

from mr_contract.scanner_messages import VitalsRead
from mr_contract.vitals import Vitals
from scanner_kit.bench import CheckFailed
from scanner_kit.checks_vitals import readings_are_few, readings_come, readings_end_with_the_exam


@asynccontextmanager
async def reading_always(kit: Kit, read: VitalsRead, every_s: float) -> AsyncIterator[None]:
    """An adapter that shows this whether anybody lies there or not."""

    async def show() -> None:
        while True:
            kit.server.vitals(read)
            await asyncio.sleep(every_s)

    showing = asyncio.create_task(show())
    try:
        yield
    finally:
        showing.cancel()
        with suppress(asyncio.CancelledError):
            await showing


def reading(rate: int | None) -> VitalsRead:
    now = datetime.now(UTC)
    return VitalsRead(at=now, vitals=Vitals(heart_rate_per_min=rate), pulse_percent=(0, 50, 100))


async def test_too_many_readings_are_noticed() -> None:
    async with running_kit() as kit, reading_always(kit, reading(70), 0.05):
        with pytest.raises(CheckFailed, match="at most 4"):
            await readings_are_few(kit.bench)


async def test_readings_of_nobody_are_noticed() -> None:
    async with running_kit() as kit, reading_always(kit, reading(70), 0.5):
        with pytest.raises(CheckFailed, match="patient who is gone"):
            await readings_end_with_the_exam(kit.bench)


async def test_a_curve_without_its_number_is_noticed() -> None:
    async with running_kit() as kit, reading_always(kit, reading(None), 0.01):
        with pytest.raises(CheckFailed, match="without its rate"):
            await readings_come(kit.bench)
