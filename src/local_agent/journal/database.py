"""The journal's SQLite file: its tables, how it is opened, and its errors in words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from local_agent.journal.record import Record
from local_agent.journal.segments import Opening, Segment

BUSY_TIMEOUT_S = 1.0

_TABLES = {
    "opening": """CREATE TABLE opening (
        site TEXT NOT NULL, nonce BLOB NOT NULL, signature BLOB NOT NULL) STRICT""",
    "records": """CREATE TABLE records (
        seq INTEGER PRIMARY KEY, at_wall TEXT NOT NULL, boot_id TEXT NOT NULL, scanner TEXT NOT NULL,
        exam_id TEXT, kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
        previous_hash BLOB NOT NULL, hash BLOB NOT NULL) STRICT""",
    "segments": """CREATE TABLE segments (
        number INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
        last_hash BLOB NOT NULL, previous_segment_hash BLOB NOT NULL, closed_at TEXT NOT NULL,
        signature BLOB NOT NULL) STRICT""",
    "probe": "CREATE TABLE probe (filler BLOB NOT NULL) STRICT",
}
_TRIGGERS = {
    f"{table}_refuse_{verb.lower()}": (
        f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    )
    for table in ("opening", "records", "segments")
    for verb in ("UPDATE", "DELETE")
}
# INSERT OR REPLACE deletes without asking a DELETE trigger, so an insertion may only follow the end.
_ENDS = {
    f"{table}_refuse_replacing": (
        f"CREATE TRIGGER {table}_refuse_replacing BEFORE INSERT ON {table} "  # noqa: S608 - constants
        f"WHEN NEW.{key} IS NOT (SELECT coalesce(max({key}), 0) + 1 FROM {table}) "
        f"BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    )
    for table, key in (("records", "seq"), ("segments", "number"))
}
SCHEMA = {**_TABLES, **_TRIGGERS, **_ENDS}

_COLUMNS = "seq, at_wall, boot_id, scanner, exam_id, kind, version, body, previous_hash, hash"


class JournalUnwritable(Exception):
    """Nothing can be recorded now; `reason` says why and what to do, in words for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class JournalUnreadable(Exception):
    """The journal cannot be read; `reason` says why and what to do, in words for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def connect_writer(path: Path) -> sqlite3.Connection:
    """The writing connection, in WAL mode, transactions begun by hand; a new file has mode 0600."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write. A file at rest (no WAL beside it) needs no writable directory."""
    at_rest = not Path(f"{path}-wal").exists()
    uri = path.absolute().as_uri() + ("?immutable=1" if at_rest else "?mode=ro")
    return sqlite3.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )


def read_opening(connection: sqlite3.Connection) -> Opening | None:
    """The journal's opening, or None in a file without one."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'opening'").fetchone() is None:
        return None
    row = connection.execute("SELECT site, nonce, signature FROM opening").fetchone()
    return None if row is None else Opening(row[0], row[1], row[2])


def read_records(connection: sqlite3.Connection, *, after_seq: int) -> Iterator[Record]:
    """Records in order, a few at a time, so that a long journal needs no memory."""
    cursor = connection.execute(
        f"SELECT {_COLUMNS} FROM records WHERE seq > ? ORDER BY seq",  # noqa: S608 - constant columns
        (after_seq,),
    )
    return (Record(*row) for row in cursor)


def read_page(
    connection: sqlite3.Connection, *, after_seq: int, limit: int, scanner: str | None
) -> tuple[Record, ...]:
    """At most `limit` records after `after_seq`, of one scanner or of all."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM records "  # noqa: S608 - constant columns
        "WHERE seq > ? AND (? IS NULL OR scanner = ?) ORDER BY seq LIMIT ?",
        (after_seq, scanner, scanner, limit),
    ).fetchall()
    return tuple(Record(*row) for row in rows)


def insert_record(connection: sqlite3.Connection, record: Record) -> None:
    connection.execute(
        "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record.seq,
            record.at_wall,
            record.boot_id,
            record.scanner,
            record.exam_id,
            record.kind,
            record.version,
            record.body_json,
            record.previous_hash,
            record.hash,
        ),
    )


def read_segments(connection: sqlite3.Connection) -> tuple[Segment, ...]:
    rows = connection.execute(
        "SELECT number, first_seq, last_seq, last_hash, previous_segment_hash, closed_at, signature "
        "FROM segments ORDER BY number"
    ).fetchall()
    return tuple(Segment(*row) for row in rows)


def insert_segment(connection: sqlite3.Connection, segment: Segment) -> None:
    connection.execute(
        "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            segment.number,
            segment.first_seq,
            segment.last_seq,
            segment.last_hash,
            segment.previous_segment_hash,
            segment.closed_at,
            segment.signature,
        ),
    )


def in_words(error: Exception) -> str:
    """What an error of the database or the disk means to the person who must put it right."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_FULL:
            return "The disk of the journal is full. Free some space."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "Another program holds the journal locked. Close it."
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return "The journal, or its directory, cannot be opened for writing. Check owner and permissions."
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return "The journal's file is damaged. Keep it, run `journal verify`, and restore a copy."
        case sqlite3.SQLITE_IOERR:
            return "The disk refused the write to the journal. Check the disk and its free space."
        case _:
            why = error.strerror if isinstance(error, OSError) else error
            return f"The journal cannot be used: {why}. Check what is there, its owner and its permissions."
