"""Durable means that a power cut cannot take it back: what the writer asks of SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from journal_tampering import DAY, opened, tick

from local_agent.journal import Journal


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with opened(tmp_path / "journal.sqlite") as journal:
        yield journal


def statements(journal: Journal) -> list[str]:
    """Every statement the writer gives to SQLite from now on."""
    said: list[str] = []
    assert journal._writer._connection is not None
    journal._writer._connection.set_trace_callback(said.append)
    return said


@pytest.mark.parametrize(("durable", "level"), [(True, "FULL"), (False, "NORMAL")])
def test_a_durable_record_is_committed_through_to_the_disk(
    journal: Journal, *, durable: bool, level: str
) -> None:
    journal.append([tick(1)], durable=not durable).result(
        5
    )  # the level is of each transaction, not of the file
    said = statements(journal)
    journal.append([tick(2)], durable=durable).result(5)
    levels = [s.partition("=")[2] for s in said if s.startswith("PRAGMA synchronous")]
    begun = next(n for n, s in enumerate(said) if s.startswith("BEGIN"))
    assert levels == [level]
    assert said[:begun] == [f"PRAGMA synchronous={level}"], "SQLite ignores it within a transaction"
    assert journal._writer._connection is not None
    (read_back,) = journal._writer._connection.execute("PRAGMA synchronous").fetchone()
    assert read_back == {"NORMAL": 1, "FULL": 2}[level]


def test_a_durable_record_makes_those_committed_with_it_durable(journal: Journal) -> None:
    said = statements(journal)
    futures = [journal.append([tick(n)], durable=n == 5) for n in range(10)]
    seqs = [f.result(5)[0].seq for f in futures]
    assert "PRAGMA synchronous=FULL" in said
    assert journal.signed_head(DAY).seq >= seqs[5]
