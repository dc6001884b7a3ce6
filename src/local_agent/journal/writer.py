"""The one writer of a journal file: transactions, the chain's end, and what is known to be on the disk.

- The head in memory moves only after a commit succeeded: it never runs ahead of the disk.
- After any failure the connection is closed; `reopen` reads the end from the disk again and accepts it
  only if it continues what was known.
- A failed append may still be found on the disk later (a commit whose answer was lost): failure means
  "not known to be recorded", never "known not to be".
- Not thread-safe: it belongs to the journal's writer thread.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local_agent.journal.chain import Finding, judge_segment_end, judge_segments, walk
from local_agent.journal.database import (
    SCHEMA,
    JournalUnwritable,
    connect_writer,
    in_words,
    insert_record,
    insert_segment,
    read_opening,
    read_page,
    read_records,
    read_segments,
)
from local_agent.journal.record import Head, NewRecord, Record, chained
from local_agent.journal.segments import NO_SEGMENT_HASH, Opening, Segment

_PROBE_BYTES = 64 * 1024
_DAY_CHARACTERS = len("2026-11-24")

Draft = tuple[NewRecord, str]
"""A new record and the canonical text of its body."""


@dataclass(frozen=True, slots=True)
class End:
    """Where a journal ends: its head, its last closed segment, and the day of the open one."""

    head: Head
    segment: Segment | None
    open_day: str | None

    @property
    def segment_number(self) -> int:
        return 0 if self.segment is None else self.segment.number


class Writer:
    """Appends to one file. Every method may raise JournalUnwritable."""

    def __init__(self, path: Path, key: Ed25519PrivateKey, *, site: str, boot_id: str) -> None:
        self._path = path
        self._key = key
        self._site = site
        self._boot_id = boot_id
        self._connection: sqlite3.Connection | None = None
        self._known: End | None = None
        self._durable: End | None = None
        self.reopen()

    @property
    def end(self) -> End:
        """The end of what was committed."""
        assert self._known is not None  # noqa: S101 - set by reopen, without which there is no Writer
        return self._known

    @property
    def durable_end(self) -> End:
        """The end of what a power cut cannot take back; at most what was committed."""
        assert self._durable is not None  # noqa: S101 - set by reopen, without which there is no Writer
        return self._durable

    def reopen(self) -> None:
        """Open anew, judge the open segment, and prove that the disk takes a write."""
        self.close()
        with self._failures_in_words():
            self._connection = connect_writer(self._path)
            opening = self._opening(self._connection)
            found = self._judged_end(self._connection, opening)
            self._prove_writable(self._connection)
        self._known = self._durable = found

    def probe(self) -> None:
        """Prove that the disk takes a write now, opening anew if need be."""
        if self._connection is None:
            self.reopen()
            return
        with self._failures_in_words():
            self._prove_writable(self._connection)
        self._durable = self._known

    def append(self, drafts: Sequence[Sequence[Draft]], *, durable: bool) -> list[tuple[Record, ...]]:
        """All drafts in one transaction, in order; durable: on the disk before this returns."""
        end = self.end
        appended: list[tuple[Record, ...]] = []
        with self._transaction(durable=durable) as connection:
            for group in drafts:
                records: list[Record] = []
                for new, body_json in group:
                    end = self._close_yesterday(connection, end, new.at_wall)
                    record = chained(new, body_json, boot_id=self._boot_id, head=end.head)
                    insert_record(connection, record)
                    day = end.open_day or new.at_wall[:_DAY_CHARACTERS]
                    end = End(record.head, end.segment, day)
                    records.append(record)
                appended.append(tuple(records))
        self._known = end
        if durable:
            self._durable = end
        return appended

    def close_segment(self, closed_at: str) -> Segment | None:
        """Close and sign the open segment; None when it holds no record."""
        if self.end.open_day is None:
            return None
        with self._transaction(durable=True) as connection:
            end = self._close_segment(connection, self.end, closed_at)
        self._known = self._durable = end
        return end.segment

    def close(self) -> None:
        """Let go of the file; nothing committed is lost."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _close_yesterday(self, connection: sqlite3.Connection, end: End, at_wall: str) -> End:
        if end.open_day is None or end.open_day == at_wall[:_DAY_CHARACTERS]:
            return end
        return self._close_segment(connection, end, at_wall)

    def _close_segment(self, connection: sqlite3.Connection, end: End, closed_at: str) -> End:
        before = end.segment
        segment = Segment(
            number=end.segment_number + 1,
            first_seq=1 if before is None else before.last_seq + 1,
            last_seq=end.head.seq,
            last_hash=end.head.hash,
            previous_segment_hash=NO_SEGMENT_HASH if before is None else before.hash(),
            closed_at=closed_at,
        ).sign(self._key)
        insert_segment(connection, segment)
        return End(end.head, segment, None)

    @contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        with self._failures_in_words():
            if self._connection is None:
                self.reopen()
            connection = self._connection
            assert connection is not None  # noqa: S101 - reopen sets it or raises
            connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _failures_in_words(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise JournalUnwritable(in_words(error)) from error
        except JournalUnwritable:
            self.close()
            raise

    def _opening(self, connection: sqlite3.Connection) -> Opening:
        opening = read_opening(connection)
        if opening is not None:
            if opening.site != self._site or not opening.is_signed_by(self._key.public_key()):
                raise JournalUnwritable(
                    f"{self._path} is the journal of {opening.site!r}, or signed with another key than this "
                    f"site's ({self._site!r}). Give this site a journal file of its own."
                )
            return opening
        if connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None:
            raise JournalUnwritable(f"{self._path} holds something else than a journal. Name another file.")
        if self._known is not None:
            raise JournalUnwritable("The journal's file has disappeared. Put it back; nothing is begun anew.")
        opening = Opening(self._site, os.urandom(16)).sign(self._key)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in SCHEMA.values():
            connection.execute(statement)
        connection.execute(
            "INSERT INTO opening VALUES (?, ?, ?)", (opening.site, opening.nonce, opening.signature)
        )
        connection.execute("COMMIT")
        return opening

    def _judged_end(self, connection: sqlite3.Connection, opening: Opening) -> End:
        """The end on the disk: segments checked, the open segment's records checked one by one."""
        segments = read_segments(connection)
        damaged(judge_segments(segments, self._key.public_key()))
        segment = segments[-1] if segments else None
        head, open_day = opening.head(), None
        if segment is not None:
            last = read_page(connection, after_seq=segment.last_seq - 1, limit=1, scanner=None)
            head = last[0].head if last else head
            damaged(judge_segment_end(segment, head))
        first = read_page(connection, after_seq=head.seq, limit=1, scanner=None)
        if first:
            open_day = first[0].at_wall[:_DAY_CHARACTERS]
        closed = head
        for reached, finding in walk(read_records(connection, after_seq=closed.seq), closed):
            damaged(finding)
            head = reached
        self._refuse_going_back(connection, head)
        return End(head, segment, open_day)

    def _refuse_going_back(self, connection: sqlite3.Connection, found: Head) -> None:
        if self._known is None or self._known.head.seq == 0:
            return
        known = self._known.head
        stored = read_page(connection, after_seq=known.seq - 1, limit=1, scanner=None)
        if found.seq < known.seq or not stored or stored[0].head != known:
            raise JournalUnwritable(
                f"The journal's file was replaced: record {known.seq}, written by this agent, is missing or "
                "different. Put the right file back."
            )

    def _prove_writable(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("INSERT INTO probe VALUES (zeroblob(?))", (_PROBE_BYTES,))
        connection.execute("DELETE FROM probe")


def damaged(finding: Finding | None) -> None:
    """Refuse to write after a damaged chain: new records would lend it credit."""
    if finding is not None:
        where = "" if finding.seq is None else f" at record {finding.seq}"
        raise JournalUnwritable(
            f"The journal is damaged{where}: {finding.damage.value}. Keep the file, run "
            "`journal verify`, and restore a copy or begin a new one."
        )
