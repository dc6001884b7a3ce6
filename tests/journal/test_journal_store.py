"""Appending, reading, closing; and what happens when the disk refuses or the process dies."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from journal_tampering import DAY, NEXT_DAY, SITE_KEY, opened, tick

from local_agent.journal import Journal, JournalUnreadable, JournalUnwritable, NewRecord, Record, verify

PUBLIC_KEY = SITE_KEY.public_key()
BIG = NewRecord(DAY, "A", None, "note", 1, {"text": "x" * 2_000_000})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with opened(path) as journal:
        yield journal


def test_records_are_numbered_chained_and_read_back_as_appended(journal: Journal) -> None:
    (first,) = journal.append([tick(1)], durable=False).result(5)
    second, third = journal.append([tick(2, scanner="B"), tick(3)], durable=True).result(5)
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    assert [second.previous_hash, third.previous_hash] == [first.hash, second.hash]
    assert journal.read(0, 10) == (first, second, third)
    assert journal.read(0, 10, scanner="B") == (second,)
    assert journal.read(1, 1) == (second,)
    assert third.body == {"number": 3}
    assert journal.head == third.head


def test_the_chain_continues_after_the_journal_was_closed_and_opened(path: Path) -> None:
    with opened(path) as journal:
        journal.append([tick(1)], durable=False).result(5)
    with opened(path) as journal:
        (record,) = journal.append([tick(2)], durable=False).result(5)
    assert record.seq == 2
    assert verify(path, PUBLIC_KEY).ok


def test_a_new_day_closes_and_signs_the_segment(journal: Journal, path: Path) -> None:
    journal.append([tick(1), tick(2)], durable=False).result(5)
    assert journal.signed_head(DAY).segment == 0
    journal.append([tick(3, NEXT_DAY)], durable=True).result(5)
    report = verify(path, PUBLIC_KEY, journal.signed_head(NEXT_DAY))
    assert (report.ok, report.segments) == (True, 1)


def test_a_segment_is_closed_on_request_and_an_empty_one_is_not(journal: Journal) -> None:
    journal.append([tick(1)], durable=False).result(5)
    segment = journal.close_segment(DAY).result(5)
    assert segment is not None
    assert (segment.number, segment.first_seq, segment.last_seq) == (1, 1, 1)
    assert journal.close_segment(DAY).result(5) is None


def test_a_signed_head_names_only_what_a_power_cut_cannot_take_back(journal: Journal) -> None:
    journal.append([tick(1)], durable=True).result(5)
    journal.append([tick(2)], durable=False).result(5)
    assert journal.signed_head(DAY).seq == 1
    journal.append([tick(3)], durable=True).result(5)
    assert journal.signed_head(DAY).seq == 3


def test_closing_writes_what_waits(path: Path) -> None:
    journal = opened(path)
    futures = [journal.append([tick(number)], durable=False) for number in range(500)]
    journal.close()
    assert [future.result(0)[0].body["number"] for future in futures] == list(range(500))
    assert verify(path, PUBLIC_KEY).records == 500


def test_an_append_after_closing_is_refused_in_words(journal: Journal) -> None:
    journal.close()
    journal.close()
    with pytest.raises(JournalUnwritable, match="closed"):
        journal.append([tick(1)], durable=False).result(5)


def test_many_threads_append_and_read_without_losing_order(journal: Journal, path: Path) -> None:
    def write(scanner: str) -> None:
        for number in range(50):
            journal.append([tick(number, scanner=scanner)], durable=False).result(5)
            journal.read(0, 5, scanner)

    threads = [threading.Thread(target=write, args=(name,)) for name in "ABC"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in "ABC":
        numbers = [record.body["number"] for record in journal.read(0, 1000, name)]
        assert numbers == list(range(50))
    assert verify(path, PUBLIC_KEY).ok


def test_a_cancelled_append_is_not_written(path: Path) -> None:
    with opened(path) as journal:
        entered, released = threading.Event(), threading.Event()

        def hold(_: Future[tuple[Record, ...]]) -> None:
            entered.set()
            released.wait(5)

        journal.append([tick(1)], durable=False).add_done_callback(hold)
        assert entered.wait(5)
        assert journal.append([tick(2)], durable=False).cancel()
        third = journal.append([tick(3)], durable=False)
        released.set()
        assert third.result(5)[0].body == {"number": 3}
    assert verify(path, PUBLIC_KEY).records == 2


def test_files_are_for_their_owner_only(journal: Journal, path: Path) -> None:
    journal.append([tick(1)], durable=False).result(5)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert f"{path.name}-wal" in modes


def test_a_second_agent_is_refused_the_same_journal(journal: Journal, path: Path) -> None:
    with pytest.raises(JournalUnwritable, match="Another agent"):
        opened(path)


def test_a_body_that_json_cannot_hold_is_an_error_of_the_caller(journal: Journal) -> None:
    with pytest.raises(ValueError, match="JSON"):
        journal.append([NewRecord(DAY, "A", None, "x", 1, {"te_ms": float("nan")})], durable=False)
    with pytest.raises(ValueError, match="UTC"):
        tick(1, at_wall="2026-11-24 08:00")
    with pytest.raises(ValueError, match="version"):
        NewRecord(DAY, "A", None, "x", 0, {})
    with pytest.raises(UnicodeEncodeError):
        NewRecord(DAY, "A", None, "\ud800", 1, {})


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes; the system refuses such writes."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


@contextmanager
def files_more(count: int) -> Iterator[None]:
    """This process may have so many further files open at once."""
    old = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + count, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, old)


def refuse_once(journal: Journal, path: Path) -> None:
    """Another program holds the file while one record is to be written."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalUnwritable, match="locked"):
            journal.append([tick(1)], durable=False).result(5)


def test_a_full_disk_refuses_in_words_and_recovers_when_asked(journal: Journal, path: Path) -> None:
    (first,) = journal.append([tick(1)], durable=True).result(5)
    with full_disk(1_000_000):
        with pytest.raises(JournalUnwritable, match="space"):
            journal.append([BIG], durable=True).result(5)
        assert not journal.writable
        assert journal.head == first.head
    assert journal.probe().result(5)
    assert (journal.writable, journal.head) == (True, first.head)
    journal.append([tick(2)], durable=True).result(5)
    assert [record.seq for record in journal.read(0, 10)] == [1, 2]
    assert verify(path, PUBLIC_KEY).ok


def test_a_probe_on_a_full_disk_answers_no(journal: Journal) -> None:
    with full_disk(10_000):
        assert not journal.probe().result(5)
        assert not journal.writable
    assert journal.probe().result(5)


def test_a_probe_that_cannot_open_every_file_anew_answers_no_and_a_later_one_may_succeed(
    journal: Journal, path: Path
) -> None:
    """Writing and reading have connections of their own: whichever cannot be opened, the writer lives on."""
    refuse_once(journal, path)
    answers = []
    for count in range(16):
        with files_more(count):
            answers.append(journal.probe().result(5))
    assert (answers[0], answers[-1]) == (False, True)
    written = journal.append([tick(1)], durable=True).result(5)
    assert journal.read(0, 10) == written


def test_nothing_is_written_after_what_was_refused_until_a_probe_succeeds(
    journal: Journal, path: Path
) -> None:
    refuse_once(journal, path)
    with pytest.raises(JournalUnwritable, match="locked"):
        journal.append([tick(2)], durable=False).result(5)
    with pytest.raises(JournalUnwritable, match="locked"):
        journal.close_segment(DAY).result(5)
    assert not journal.writable
    assert journal.probe().result(5)
    (third,) = journal.append([tick(3)], durable=False).result(5)
    assert third.seq == 1


def test_what_was_refused_is_not_overtaken_because_the_disk_was_asked_about_the_head(
    journal: Journal,
) -> None:
    assert journal.sync().result(5)
    with full_disk(10_000), pytest.raises(JournalUnwritable):
        journal.append([BIG], durable=True).result(5)
    assert not journal.sync().result(5)
    with pytest.raises(JournalUnwritable):
        journal.append([tick(2)], durable=True).result(5)
    assert journal.probe().result(5)
    assert journal.sync().result(5)


def test_a_journal_file_replaced_by_an_older_copy_is_not_continued(path: Path, tmp_path: Path) -> None:
    opened(path).close()
    shutil.copy(path, tmp_path / "old")
    with opened(path) as journal:
        journal.append([tick(1)], durable=True).result(5)
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").rename(f"{tmp_path / 'kept'}{suffix}")
        path.rename(tmp_path / "kept")
        shutil.copy(tmp_path / "old", path)
        with full_disk(1000):
            assert not journal.probe().result(5)
        assert not journal.probe().result(5)
        with pytest.raises(JournalUnwritable, match="replaced"):
            journal.append([tick(2)], durable=True).result(5)
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        for suffix in ("", "-wal", "-shm"):
            Path(f"{tmp_path / 'kept'}{suffix}").rename(f"{path}{suffix}")
        assert journal.probe().result(5)
        journal.append([tick(2)], durable=True).result(5)
        assert [record.seq for record in journal.read(0, 10)] == [1, 2]


def test_a_directory_that_does_not_exist_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(JournalUnwritable, match="Check that it exists"):
        opened(tmp_path / "nowhere" / "journal.sqlite")


def test_a_file_that_is_no_database_is_said_in_words(path: Path) -> None:
    path.write_bytes(b"these are not the records you are looking for" * 100)
    with pytest.raises(JournalUnwritable, match="damaged"):
        opened(path)


def test_another_database_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE precious (x)")
    with pytest.raises(JournalUnwritable, match="something else"):
        opened(path)


def test_reading_a_file_that_lost_its_tables_is_said_in_words(journal: Journal, path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE records")
    with pytest.raises(JournalUnreadable, match="cannot be used"):
        journal.read(0, 1)


_WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from journal_tampering import opened, tick
journal = opened(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    durable = number % 2 == 0
    future = journal.append([tick(number)], durable=durable)
    if durable:
        print(future.result()[0].seq, flush=True)
"""


@pytest.mark.process
def test_an_agent_that_crashes_with_its_journal_open_ends(path: Path) -> None:
    crash = _WRITER.replace("while True:", "while number < 3:") + "\nraise SystemExit(7)\n"
    arguments = [sys.executable, "-c", crash, str(path), str(Path(__file__).parent)]
    ended = subprocess.run(arguments, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stderr) == (7, "")
    assert verify(path, PUBLIC_KEY).records >= 2


@pytest.mark.process
@pytest.mark.parametrize("acknowledgements", [1, 40, 300])
def test_kill_dash_nine_loses_no_acknowledged_record_and_the_journal_verifies(
    path: Path, acknowledgements: int
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), str(Path(__file__).parent)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(acknowledgements)]
        os.kill(child.pid, signal.SIGKILL)
        lines += child.stdout.readlines()
    acknowledged = int([line for line in lines if line.endswith("\n")][-1])
    assert acknowledged >= 2 * acknowledgements
    report = verify(path, PUBLIC_KEY)
    assert report.ok, report.words()
    assert report.records >= acknowledged
    with opened(path) as journal:
        numbers = [record.body["number"] for record in journal.read(0, 1_000_000)]
        assert numbers == list(range(1, len(numbers) + 1))
        (next_record,) = journal.append([tick(0)], durable=True).result(5)
        assert next_record.seq == len(numbers) + 1
