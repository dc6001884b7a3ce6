"""Who was turned away is a line of the site's journal; a flood of them two a minute, whoever they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local_agent.core.knocks import Door, Knock, TurnedAway
from local_agent.door_book import WITHIN_S, DoorBook
from local_agent.history import read_history, timeline_after
from local_agent.journal.store import Journal
from local_agent.service import Service


class HandClock:
    at_s = 100.0

    def boot_s(self) -> float:
        return self.at_s

    def wall(self) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC)


class Gate:
    """A site without scanners, and its book of doors."""

    def __init__(self, journal: Journal) -> None:
        self.clock, self.journal = HandClock(), journal
        self.service = Service("North", "boot-1", self.clock, journal, {})
        self.book = DoorBook(self.service)
        self.service.begin({})

    def lines(self) -> list[dict[str, Any]]:
        return [dict(r.body) for r in self.journal.read(0, 500) if r.kind == "door_refused"]

    async def counts(self, wanted: list[int]) -> None:
        await until(lambda: [line["count"] for line in self.lines()] == wanted)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.002)


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gate]:
    key = Ed25519PrivateKey.generate()
    with Journal.open(tmp_path / "journal.sqlite", key, site="North", boot_id="boot-1") as journal:
        made = Gate(journal)
        yield made
        made.service.end()


FOREIGN = Knock(Door.CONSOLES, TurnedAway.CERTIFICATE_FOREIGN)


async def test_the_first_is_written_at_once_and_belongs_to_no_scanner(gate: Gate) -> None:
    gate.book.turned_away(Knock(Door.TABLET, TurnedAway.COOKIE_REFUSED, "10.0.0.7"))
    await gate.counts([1])
    assert gate.lines() == [
        {"by": "", "door": "tablet", "why": "cookie_refused", "where": "10.0.0.7", "count": 1}
    ]
    assert list(read_history(gate.journal)) == [""]
    assert timeline_after(gate.journal, 0, 100) == ()


async def test_a_flood_from_a_thousand_addresses_is_two_lines_a_minute_that_add_up(gate: Gate) -> None:
    for number in range(1000):
        gate.book.turned_away(Knock(Door.CONSOLES, TurnedAway.CERTIFICATE_FOREIGN, f"10.0.3.{number}"))
    gate.book.beat()
    await gate.counts([1])
    gate.clock.at_s += WITHIN_S
    gate.book.beat()
    await gate.counts([1, 999])
    gate.book.turned_away(FOREIGN)
    await gate.counts([1, 999, 1])


async def test_another_door_or_reason_is_a_line_at_once(gate: Gate) -> None:
    gate.book.turned_away(FOREIGN)
    gate.book.turned_away(Knock(Door.CONSOLES, TurnedAway.CERTIFICATE_REVOKED, by="Ruth Meyer"))
    gate.book.turned_away(Knock(Door.ENROLMENT, TurnedAway.CODE_REFUSED))
    await gate.counts([1, 1, 1])


async def test_what_was_only_counted_is_written_when_the_agent_ends(gate: Gate) -> None:
    for _ in range(3):
        gate.book.turned_away(FOREIGN)
    gate.book.end()
    await gate.counts([1, 2])
