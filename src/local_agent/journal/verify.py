"""Whether a journal is whole and genuine, judged from the file and the site's public key alone.

- Nothing is written, and the file may be anything: the answer is a report, never a traceback.
- Every record is looked at; the first bad one is named, with what was expected and found.
- The end of a file cannot vouch for itself: only a signed head kept elsewhere shows what was cut off.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from local_agent.journal.chain import Damage, Finding, judge_segment_end, judge_segments, walk
from local_agent.journal.database import SCHEMA, connect_reader, read_opening, read_segments
from local_agent.journal.record import Head, Record
from local_agent.journal.segments import Opening, Segment, SignedHead


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """The verdict on a journal; `first_bad` is None when nothing is wrong.

    `signed_through_seq` is the last record that the site's own signatures vouch for: later ones are
    chained, but only a head kept elsewhere could vouch for them.
    """

    path: Path
    site: str
    records: int
    segments: int
    signed_through_seq: int
    first_bad: Finding | None

    @property
    def ok(self) -> bool:
        return self.first_bad is None

    def words(self) -> str:
        """The verdict for a person, in one or two lines."""
        if self.first_bad is None:
            whole = f"The journal of {self.site} is whole: {self.records} records"
            if self.signed_through_seq == 0:
                return f"{whole}, none of them signed yet. A head kept elsewhere (--head) can vouch for them."
            vouched = f"signatures vouch for records 1 to {self.signed_through_seq}"
            return f"{whole}, {self.segments} closed segments; {vouched}."
        bad = self.first_bad
        where = "" if bad.seq is None else f"Record {bad.seq}: "
        return f"{where}{bad.damage.value}.\nExpected {bad.expected}; found {bad.found}."


class _Unfit(Exception):
    """A stored value that no journal could hold."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.damage.value)
        self.finding = finding


def verify(path: Path, public_key: Ed25519PublicKey, head: SignedHead | None = None) -> VerifyReport:
    """The verdict on the journal in `path`, and on whether it reaches `head`, if one is given."""
    try:
        if not path.is_file():
            return _unreadable(path, "no such file")
        with closing(connect_reader(path)) as connection:
            connection.text_factory = bytes
            return _Verification(path, connection, public_key, head).report()
    except sqlite3.Error as error:
        return _unreadable(path, str(error))
    except OSError as error:
        return _unreadable(path, error.strerror or str(error))


def _unreadable(path: Path, found: str) -> VerifyReport:
    return VerifyReport(
        path, "?", 0, 0, 0, Finding(Damage.NOT_A_JOURNAL, None, "a journal in an SQLite file", found)
    )


class _Verification:
    """One reading of one file, from its opening to its end."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        key: Ed25519PublicKey,
        signed_head: SignedHead | None,
    ) -> None:
        self._path = path
        self._connection = connection
        self._key = key
        self._signed_head = signed_head
        self._site = "?"
        self._head = Head(0, b"")
        self._segments: tuple[Segment, ...] = ()
        self._vouched_seq = 0

    def report(self) -> VerifyReport:
        try:
            finding = self._judge()
        except _Unfit as unfit:
            finding = unfit.finding
        return VerifyReport(
            self._path, self._site, self._head.seq, len(self._segments), self._vouched_seq, finding
        )

    def _judge(self) -> Finding | None:
        self._connection.execute("BEGIN")  # one snapshot, even of a journal being written
        opening = read_opening(self._connection)
        if opening is None:
            return Finding(Damage.NOT_A_JOURNAL, None, "a journal's opening", "an SQLite file without one")
        opening = Opening(
            _text(opening.site, "site", None),
            _blob(opening.nonce, "nonce", None),
            _blob(opening.signature, "signature", None),
        )
        self._site = opening.site
        if not opening.is_signed_by(self._key):
            return Finding(
                Damage.FORGED_OPENING, None, "an opening signed with the key given", "another signature"
            )
        self._segments = tuple(_decoded_segment(s) for s in read_segments(self._connection))
        return (
            self._judge_records(opening.head())
            or judge_segments(self._segments, self._key)
            or self._judge_against_head(opening.head())
            or self._judge_guards()
        )

    def _judge_records(self, start: Head) -> Finding | None:
        self._head = start
        ends = {segment.last_seq: segment for segment in self._segments}
        for reached, damage in walk(self._decoded_records(), start):
            self._head = reached
            if damage is not None:
                return damage
            if (segment := ends.get(reached.seq)) is not None:
                if rewritten := judge_segment_end(segment, reached):
                    return rewritten
                self._vouched_seq = reached.seq
        last_closed = max(ends, default=0)
        if last_closed > self._head.seq:
            return Finding(
                Damage.TRUNCATED,
                self._head.seq + 1,
                f"records up to {last_closed}, the end of a closed segment",
                f"the end after record {self._head.seq}",
            )
        return None

    def _judge_against_head(self, start: Head) -> Finding | None:
        kept = self._signed_head
        if kept is None:
            return None
        if not kept.is_signed_by(self._key):
            return Finding(Damage.FORGED_HEAD, None, "a head signed by the site", "another signature")
        if kept.site != self._site:
            return Finding(Damage.OTHER_SITE, None, f"a head of {self._site}", f"a head of {kept.site}")
        if kept.seq > self._head.seq or kept.segment > len(self._segments):
            return Finding(
                Damage.ROLLED_BACK,
                self._head.seq + 1,
                f"record {kept.seq} and segment {kept.segment}, signed at {kept.at}",
                f"the end at record {self._head.seq} and segment {len(self._segments)}",
            )
        found = start.hash if kept.seq == 0 else self._stored_hash(kept.seq)
        if found != kept.hash:
            return Finding(Damage.ANOTHER_HISTORY, kept.seq, f"hash {kept.hash.hex()}", f"hash {found.hex()}")
        self._vouched_seq = max(self._vouched_seq, kept.seq)
        return None

    def _stored_hash(self, seq: int) -> bytes:
        (stored,) = self._connection.execute("SELECT hash FROM records WHERE seq = ?", (seq,)).fetchone()
        return _blob(stored, "hash", seq)

    def _judge_guards(self) -> Finding | None:
        rows = self._connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        ).fetchall()
        found = {bytes(name): bytes(sql) for name, sql in rows}
        for name, sql in SCHEMA.items():
            if found.pop(name.encode(), b"") != sql.encode():
                return Finding(Damage.GUARD_REMOVED, None, f"{name} as created", f"{name} missing or altered")
        if found:
            extra = min(found).decode(errors="replace")
            return Finding(Damage.GUARD_REMOVED, None, "the journal's own tables", f"also {extra}")
        return None

    def _decoded_records(self) -> Iterator[Record]:
        cursor = self._connection.execute(
            "SELECT seq, at_wall, boot_id, scanner, exam_id, kind, version, body, previous_hash, hash "
            "FROM records ORDER BY seq"
        )
        for seq, at_wall, boot_id, scanner, exam_id, kind, version, body, previous_hash, hash_ in cursor:
            yield Record(
                seq,
                _text(at_wall, "at_wall", seq),
                _text(boot_id, "boot_id", seq),
                _text(scanner, "scanner", seq),
                None if exam_id is None else _text(exam_id, "exam_id", seq),
                _text(kind, "kind", seq),
                version,
                _text(body, "body", seq),
                _blob(previous_hash, "previous_hash", seq),
                _blob(hash_, "hash", seq),
            )


def _decoded_segment(stored: Segment) -> Segment:
    seq = stored.first_seq
    return Segment(
        stored.number,
        stored.first_seq,
        stored.last_seq,
        _blob(stored.last_hash, "last_hash", seq),
        _blob(stored.previous_segment_hash, "previous_segment_hash", seq),
        _text(stored.closed_at, "closed_at", seq),
        _blob(stored.signature, "signature", seq),
    )


def _text(stored: object, column: str, seq: int | None) -> str:
    try:
        if isinstance(stored, bytes):
            return stored.decode()
    except UnicodeDecodeError:
        raise _Unfit(Finding(Damage.EDITED, seq, f"{column} in UTF-8", f"{stored!r}")) from None
    raise _Unfit(Finding(Damage.EDITED, seq, f"{column} as text", f"{stored!r}"))


def _blob(stored: object, column: str, seq: int | None) -> bytes:
    if isinstance(stored, bytes):
        return stored
    raise _Unfit(Finding(Damage.EDITED, seq, f"{column} as bytes", f"{stored!r}"))
