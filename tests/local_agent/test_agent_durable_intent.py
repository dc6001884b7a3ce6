"""A start waits for its intent to be on the disk, and nothing else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local_agent.core import events as e
from local_agent.core.desk import Desk
from local_agent.core.policy import Policy
from local_agent.journal.record import NewRecord, Record
from local_agent.journal.store import Journal
from local_agent.service import Service

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
INTENT = e.StartIntended(
    by="Maria", command_id="c1", content="ab" * 32, device="ab" * 32, step_id="s1", revision="0" * 64,
    token="t1", standing="boot-1:1", scanner_number=3,
)  # fmt: skip


class StillClock:
    def boot_s(self) -> float:
        return 50.0

    def wall(self) -> datetime:
        return NOW


class NotedJournal:
    """A real journal; keeps what had to be durable, and how far the disk was sure of it then."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.asked: list[tuple[str, bool]] = []

    @property
    def head(self) -> Any:
        return self._journal.head

    def append(self, events: Sequence[NewRecord], *, durable: bool) -> Future[tuple[Record, ...]]:
        self.asked += [(event.kind, durable) for event in events]
        return self._journal.append(events, durable=durable)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[tuple[Service, NotedJournal, Journal]]:
    key = Ed25519PrivateKey.generate()
    with Journal.open(tmp_path / "journal.sqlite", key, site="North", boot_id="boot-1") as journal:
        noted = NotedJournal(journal)
        desk = Desk("mr1", "boot-1", Policy(picture="waived"))
        made = Service("North", "boot-1", StillClock(), cast("Journal", noted), {"mr1": desk})
        made.begin({})
        yield made, noted, journal
        made.end()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.005)


async def test_only_an_intent_must_be_on_the_disk_before_anything_follows(
    service: tuple[Service, NotedJournal, Journal],
) -> None:
    agent, noted, journal = service
    desk = agent.desks["mr1"]
    with agent.turn(desk):
        desk.record(e.StopGiven(by="Anna", command_id="stop-1"))
        desk.intend(INTENT)
    await until(lambda: "start_intended" in [r.kind for r in journal.read(0, 10)])
    assert dict(noted.asked) == {"agent_started": False, "stop_given": False, "start_intended": True}


async def test_the_disk_is_sure_of_the_intent_when_the_core_hears_of_it(
    service: tuple[Service, NotedJournal, Journal],
) -> None:
    agent, _, journal = service
    desk, sure = agent.desks["mr1"], []
    agent.on_written.append(lambda event: sure.append((event.kind, journal.signed_head("").seq)))
    with agent.turn(desk):
        desk.intend(INTENT)
    await until(lambda: "start_intended" in [kind for kind, _ in sure])
    record = next(r for r in journal.read(0, 10) if r.kind == "start_intended")
    assert dict(sure)["start_intended"] >= record.seq
