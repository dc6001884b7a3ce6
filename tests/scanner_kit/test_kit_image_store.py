"""Finished series wait until an agent stored them; with a spool, across restarts."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from kit_bench import running_kit

from mr_contract.scanner_messages import ScannerInstance
from scanner_kit import FinishedSeries, ServerSettings
from scanner_kit.image_store import ImageStore

SERIES = FinishedSeries("1.2.3", "exam-1", (b"first", b"second"))


def contents(store: ImageStore) -> list[tuple[str, str, list[bytes]]]:
    return [(s.series_id, s.exam_id, [s.instance(i) for i in range(s.count)]) for s in store.waiting]


EXPECTED = [("1.2.3", "exam-1", [b"first", b"second"])]


async def test_a_series_waits_in_memory_until_it_is_stored() -> None:
    store = ImageStore()
    store.add(SERIES)
    assert contents(store) == EXPECTED
    assert store.remove("1.2.3")
    assert not store.remove("1.2.3")
    assert contents(store) == []


async def test_a_spooled_series_is_there_after_a_restart_until_it_is_stored(tmp_path: Path) -> None:
    first = ImageStore(tmp_path / "spool")
    first.add(SERIES)
    await first.settle()
    assert contents(first) == EXPECTED
    second = ImageStore(tmp_path / "spool")
    assert contents(second) == EXPECTED
    second.remove("1.2.3")
    await second.settle()
    assert contents(ImageStore(tmp_path / "spool")) == []


async def test_a_series_stored_while_it_is_being_written_leaves_nothing(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    store.add(SERIES)
    store.remove("1.2.3")
    await store.settle()
    assert contents(ImageStore(tmp_path)) == []


async def test_what_was_deleted_in_part_holds_up_no_other_series(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An adapter was killed while it deleted what the agent has: sending the rest would fail for ever."""
    store = ImageStore(tmp_path)
    store.add(SERIES)
    await store.settle()
    (tmp_path / "1.2.3" / "00001.dcm").unlink()
    assert contents(ImageStore(tmp_path)) == []
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


async def test_what_was_not_written_to_the_end_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = ImageStore(tmp_path)
    store.add(SERIES)
    await store.settle()
    (tmp_path / "1.2.3" / "series.json").unlink()
    (tmp_path / "9.9").mkdir()
    (tmp_path / "9.9" / "series.json").write_text('{"series_id": "../../etc", "exam_id": "e", "count": 1}')
    assert contents(ImageStore(tmp_path)) == []
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2


async def test_a_spool_that_cannot_be_written_keeps_the_series_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = ImageStore(tmp_path / "spool")
    (tmp_path / "spool").rmdir()
    (tmp_path / "spool").write_text("no directory any more")
    store.add(SERIES)
    await store.settle()
    assert contents(store) == EXPECTED
    assert "kept in memory" in caplog.text


async def test_a_series_of_an_earlier_process_is_sent_to_the_first_agent_that_connects(
    tmp_path: Path,
) -> None:
    store = ImageStore(tmp_path)
    store.add(SERIES)
    await store.settle()
    async with running_kit(settings=ServerSettings(spool=tmp_path)) as kit, kit.bench.images() as images:
        received = [await images.next() for _ in range(2)]
    headers = [header for header, _ in received]
    assert all(isinstance(header, ScannerInstance) for header in headers)
    assert [content for _, content in received] == [b"first", b"second"]
