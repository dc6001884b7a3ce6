"""Checks of the readings of the patient's sensors. Each name says what must hold."""

from __future__ import annotations

import asyncio

from mr_contract.scanner_messages import (
    CloseScannerExam,
    Done,
    GetLog,
    LogListed,
    Ping,
    Pong,
    VitalsRead,
)
from scanner_kit.bench import Bench, Check, CheckFailed, expect

READ_WITHIN_S = 5.0
"""How soon after a patient was registered the first reading must have come."""
WATCHED_S = 1.5
MOST_PER_S = 2.0
QUIET_AFTER_S = 0.3
"""How long after the exam was closed a reading may still be on its way."""


async def readings_come(bench: Bench) -> None:
    """An adapter that says it reads sensors shows something; one that says it does not shows nothing."""
    async with bench.ready() as scanner:
        client = scanner.client
        if not client.welcome.capabilities.vitals:
            await asyncio.sleep(WATCHED_S)
            expect(not client.readings, "vitals were read though the capability says that there are none")
            return
        try:
            async with asyncio.timeout(READ_WITHIN_S):
                read = await client.reading()
        except TimeoutError:
            raise CheckFailed(f"no vitals within {READ_WITHIN_S:g} s of a registered patient") from None
        _agrees(read)


async def readings_are_few(bench: Bench) -> None:
    """At most twice a second, later readings never older than earlier ones, and no event numbers used up."""
    async with bench.ready() as scanner:
        client = scanner.client
        await asyncio.sleep(WATCHED_S)
        read = tuple(client.readings)
        most = WATCHED_S * MOST_PER_S + 1
        expect(
            len(read) <= most, f"{len(read)} readings within {WATCHED_S:g} s, at most {most:g} are allowed"
        )
        times = [reading.at for reading in read]
        expect(times == sorted(times), "a reading was older than the one before")
        last = await client.ask(Ping, Pong)
        log = await client.ask(GetLog, LogListed, after=max(last.number - 100, 0))
        kinds = {event.kind for event in log.events}
        expect("vitals_read" not in kinds, "the log holds readings")


async def readings_end_with_the_exam(bench: Bench) -> None:
    async with bench.ready() as scanner:
        client = scanner.client
        await client.ask(CloseScannerExam, Done)
        await asyncio.sleep(QUIET_AFTER_S)
        before = len(client.readings)
        await asyncio.sleep(WATCHED_S)
        expect(len(client.readings) == before, "vitals of a patient who is gone were read")


def _agrees(read: VitalsRead) -> None:
    """Numbers and curves tell of the same sensors."""
    vitals = read.vitals
    heart = bool(read.ecg_uv or read.pulse_percent)
    expect(not heart or vitals.heart_rate_per_min is not None, "a curve of the heart came without its rate")
    expect(
        not read.respiration_percent or vitals.respiration_per_min is not None,
        "a curve of the breath came without its rate",
    )


VITALS_CHECKS: tuple[tuple[str, Check], ...] = (
    ("vitals are read while a patient is registered, if the scanner says it can", readings_come),
    ("vitals come at most twice a second, in order, and are in no log", readings_are_few),
    ("vitals end with the exam", readings_end_with_the_exam),
)
