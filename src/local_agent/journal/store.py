"""The journal: appended to by anyone, written by one thread, read by anyone.

- Appends are written in the order in which they were asked for; what waits is written together.
- A future resolves after the commit: with `durable=True` a power cut cannot take the records back.
- When the disk refuses, futures fail with JournalUnwritable and `writable` is False until a `probe()`
  succeeds: nothing asked for later stands before what was refused. Nothing is kept back to be written later.
"""

from __future__ import annotations

import fcntl
import os
import queue
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local_agent.journal.database import (
    JournalUnreadable,
    JournalUnwritable,
    connect_writer,
    in_words,
    read_page,
)
from local_agent.journal.record import Head, NewRecord, Record, canonical
from local_agent.journal.segments import Segment, SignedHead
from local_agent.journal.writer import Draft, End, Writer

_MOST_APPENDS_TOGETHER = 256


@dataclass(slots=True)
class _Append:
    drafts: tuple[Draft, ...]
    durable: bool
    future: Future[tuple[Record, ...]] = field(default_factory=Future)


@dataclass(slots=True)
class _CloseSegment:
    closed_at: str
    future: Future[Segment | None] = field(default_factory=Future)


@dataclass(slots=True)
class _Probe:
    recovers: bool
    future: Future[bool] = field(default_factory=Future)


_Work = _Append | _CloseSegment | _Probe | None  # None: the end


class Journal:
    """One site's journal. Made by `open`; `close` it, or use it in a `with`."""

    def __init__(self, path: Path, key: Ed25519PrivateKey, *, site: str, boot_id: str) -> None:
        self._path = path
        self._key = key
        self._site = site
        self._lock_descriptor = _lock(path)
        try:
            self._writer = Writer(path, key, site=site, boot_id=boot_id)
            self._reader = _connect_reader(path)
        except (sqlite3.Error, OSError) as error:
            os.close(self._lock_descriptor)
            raise JournalUnwritable(in_words(error)) from error
        except JournalUnwritable:
            os.close(self._lock_descriptor)
            raise
        self._ends: tuple[End, End] = (self._writer.end, self._writer.durable_end)
        self._refusal: str | None = None
        self._queue: queue.SimpleQueue[_Work] = queue.SimpleQueue()
        self._accepting = True
        self._closed = False
        self._accept_lock = threading.Lock()
        self._read_lock = threading.Lock()
        # A daemon: an agent that crashes must end and be started again, not wait to be closed.
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, path: Path, signing_key: Ed25519PrivateKey, *, site: str, boot_id: str) -> Journal:
        """Open or begin the journal in `path`; JournalUnwritable says why it cannot be.

        `boot_id` marks each record with this run of the agent. The records since the last closed segment
        are checked; a damaged journal is not continued.
        """
        return cls(path, signing_key, site=site, boot_id=boot_id)

    @property
    def writable(self) -> bool:
        """Whether the last attempt to write succeeded."""
        return self._refusal is None

    @property
    def head(self) -> Head:
        """The last record committed; never ahead of the disk."""
        return self._ends[0].head

    def append(self, events: Sequence[NewRecord], *, durable: bool) -> Future[tuple[Record, ...]]:
        """Record events, all or none; the future holds them as recorded, or JournalUnwritable.

        A body that JSON cannot hold is a ValueError or TypeError at once. Callbacks of the future run in
        the writer thread.
        """
        work = _Append(tuple((event, canonical(dict(event.body))) for event in events), durable)
        self._submit(work)
        return work.future

    def close_segment(self, closed_at: str) -> Future[Segment | None]:
        """Close and sign the open segment now (a new day closes it by itself); None if it is empty."""
        work = _CloseSegment(closed_at)
        self._submit(work)
        return work.future

    def probe(self) -> Future[bool]:
        """Try whether the journal can be written now, opening it anew if need be."""
        work = _Probe(recovers=True)
        self._submit(work)
        return work.future

    def sync(self) -> Future[bool]:
        """Have what was committed survive a power cut; False, with nothing tried, while it refuses."""
        work = _Probe(recovers=False)
        self._submit(work)
        return work.future

    def signed_head(self, at_wall: str) -> SignedHead:
        """A signed statement of how far the journal reached, for consoles to keep.

        It names the last record that a power cut cannot take back, so that it is never ahead of the file.
        """
        durable = self._ends[1]
        unsigned = SignedHead(
            self._site, durable.head.seq, durable.head.hash, durable.segment_number, at_wall
        )
        return unsigned.sign(self._key)

    def read(self, after_seq: int, limit: int, scanner: str | None = None) -> tuple[Record, ...]:
        """At most `limit` committed records after `after_seq`, of one scanner or of all; any thread."""
        with self._read_lock:
            try:
                return read_page(self._reader, after_seq=after_seq, limit=limit, scanner=scanner)
            except sqlite3.Error as error:
                raise JournalUnreadable(in_words(error)) from error

    def close(self) -> None:
        """Write what waits, end the thread, let go of the file. Closing twice is allowed."""
        with self._accept_lock:
            if self._closed:
                return
            self._closed = True
            self._accepting = False
            self._queue.put(None)
        self._thread.join()
        with self._read_lock:
            self._reader.close()
        self._writer.close()
        os.close(self._lock_descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _submit(self, work: _Append | _CloseSegment | _Probe) -> None:
        with self._accept_lock:
            if self._accepting:
                self._queue.put(work)
                return
        work.future.set_exception(JournalUnwritable("The journal is closed: the agent is stopping."))

    def _run(self) -> None:
        in_hand: list[_Append | _CloseSegment | _Probe] = []
        try:
            while (work := self._queue.get()) is not None:
                in_hand, ended = self._take(work)
                if appends := [work for work in in_hand if isinstance(work, _Append)]:
                    self._write(appends)
                for other in in_hand:
                    if not isinstance(other, _Append):
                        self._obey(other)
                in_hand = []
                if ended:
                    return
        finally:
            self._abandon(in_hand)

    def _take(
        self, first: _Append | _CloseSegment | _Probe
    ) -> tuple[list[_Append | _CloseSegment | _Probe], bool]:
        """What can be written together: waiting appends up to the first other work; and whether to end."""
        in_hand: list[_Append | _CloseSegment | _Probe] = []
        work: _Work = first
        while work is not None:
            if work.future.set_running_or_notify_cancel():
                in_hand.append(work)
            if not isinstance(work, _Append) or len(in_hand) >= _MOST_APPENDS_TOGETHER or self._queue.empty():
                return in_hand, False
            work = self._queue.get()
        return in_hand, True

    def _abandon(self, in_hand: list[_Append | _CloseSegment | _Probe]) -> None:
        """Leave no future waiting for a thread that has ended."""
        with self._accept_lock:
            self._accepting = False
        refusal = JournalUnwritable("The journal's writer has ended.")
        self._refusal = self._refusal or refusal.reason
        for work in in_hand:
            if not work.future.done():
                work.future.set_exception(refusal)
        while not self._queue.empty():
            waiting = self._queue.get()
            if waiting is not None and waiting.future.set_running_or_notify_cancel():
                waiting.future.set_exception(refusal)

    def _write(self, appends: list[_Append]) -> None:
        if self._refusal is not None:
            for work in appends:
                work.future.set_exception(JournalUnwritable(self._refusal))
            return
        try:
            written = self._writer.append(
                [work.drafts for work in appends], durable=any(work.durable for work in appends)
            )
        except JournalUnwritable as refusal:
            self._refusal = refusal.reason
            for work in appends:
                work.future.set_exception(refusal)
            return
        self._note_success()
        for work, records in zip(appends, written, strict=True):
            work.future.set_result(records)

    def _obey(self, work: _CloseSegment | _Probe) -> None:
        try:
            match work:
                case _CloseSegment(_, future) if self._refusal is not None:
                    future.set_exception(JournalUnwritable(self._refusal))
                case _CloseSegment(closed_at, future):
                    segment = self._writer.close_segment(closed_at)
                    self._note_success()
                    future.set_result(segment)
                case _Probe(recovers=False, future=future) if self._refusal is not None:
                    future.set_result(False)
                case _Probe(future=future):
                    self._writer.probe()
                    self._note_success()
                    future.set_result(True)
        except JournalUnwritable as refusal:
            self._refusal = refusal.reason
            if isinstance(work, _Probe):
                work.future.set_result(False)
            else:
                work.future.set_exception(refusal)

    def _note_success(self) -> None:
        self._ends = (self._writer.end, self._writer.durable_end)
        if self._refusal is not None:
            self._open_reader_anew()
            self._refusal = None

    def _open_reader_anew(self) -> None:
        """The file may have been put back: it is not the one that was opened before."""
        try:
            reader = _connect_reader(self._path)
        except (sqlite3.Error, OSError) as error:
            raise JournalUnwritable(in_words(error)) from error
        with self._read_lock:
            self._reader.close()
            self._reader = reader


def _connect_reader(path: Path) -> sqlite3.Connection:
    connection = connect_writer(path)
    connection.execute("PRAGMA query_only=ON")
    return connection


def _lock(path: Path) -> int:
    """Hold `path`.lock until the descriptor is closed, also by death: one agent to a journal."""
    try:
        descriptor = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalUnwritable(
            f"The journal's directory {path.parent} cannot be written: {error.strerror}. "
            "Check that it exists, its owner and its permissions."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise JournalUnwritable(f"Another agent is writing {path}. Stop it first.") from error
    return descriptor
