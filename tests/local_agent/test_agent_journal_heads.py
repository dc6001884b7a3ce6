"""Consoles are told how far the journal reaches, so that cutting its end off is found out later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local_agent.journal import Journal, NewRecord, SignedHead, verify
from local_agent.journal_heads import PERIOD_S, JournalHeads
from mr_contract.console_messages import JournalHeadSigned

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


class HandClock:
    at_s = 100.0

    def boot_s(self) -> float:
        return self.at_s

    def wall(self) -> datetime:
        return datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite", KEY, site="North", boot_id="b") as journal:
        yield journal


def record(journal: Journal) -> None:
    journal.append([NewRecord("2026-11-24T09:00:00Z", "mr-1", None, "noted", 1, {})], durable=False).result()


def told(heads: JournalHeads, journal: Journal) -> JournalHeadSigned | None:
    """What two beats tell: one asks the disk, one comes after its answer."""
    first = heads.beat()
    journal.probe().result()  # one writer: what was asked before is answered by now
    return first or heads.beat()


def test_a_head_vouches_for_what_is_on_the_disk_and_finds_a_cut(journal: Journal, tmp_path: Path) -> None:
    heads = JournalHeads(journal, HandClock())
    assert told(heads, journal) is None, "an empty journal has no head to tell"
    record(journal)
    record(journal)
    message = told(heads, journal)
    assert message is not None
    assert message.seq == 2
    head = SignedHead.from_json(message.signed_head.encode())
    assert verify(tmp_path / "journal.sqlite", KEY.public_key(), head).ok
    shorter = tmp_path / "shorter.sqlite"
    with Journal.open(shorter, KEY, site="North", boot_id="b") as other:
        record(other)
    assert not verify(shorter, KEY.public_key(), head).ok


def test_at_most_one_head_in_five_seconds_and_none_when_nothing_is_new(journal: Journal) -> None:
    clock = HandClock()
    heads = JournalHeads(journal, clock)
    record(journal)
    assert told(heads, journal) is not None
    record(journal)
    assert told(heads, journal) is None, "too soon"
    clock.at_s += PERIOD_S
    assert told(heads, journal) is not None
    clock.at_s += PERIOD_S
    assert told(heads, journal) is None, "nothing new"


def test_a_disk_that_refuses_tells_no_head_and_hurts_nobody(journal: Journal, tmp_path: Path) -> None:
    clock = HandClock()
    heads = JournalHeads(journal, clock)
    record(journal)
    assert heads.beat() is None
    journal.close()
    clock.at_s += PERIOD_S
    assert told_after_close(heads) is None


def told_after_close(heads: JournalHeads) -> JournalHeadSigned | None:
    """Beats on a closed journal: the first takes the last answer, the second asks in vain."""
    heads.beat()
    return heads.beat() or heads.beat()
