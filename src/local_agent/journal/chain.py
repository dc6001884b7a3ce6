"""Judging a chain of records and segments: pure, shared by opening the journal and by `verify`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from local_agent.journal.record import Head, Record
from local_agent.journal.segments import NO_SEGMENT_HASH, Segment


class Damage(Enum):
    """What can be wrong with a journal."""

    NOT_A_JOURNAL = "the file is not a journal, or cannot be read"
    FORGED_OPENING = "the journal's opening is not signed by this site"
    EDITED = "the record was edited"
    REMOVED = "records were removed"
    OUT_OF_CHAIN = "the record was inserted, moved or replaced"
    TRUNCATED = "the end of the journal was cut off"
    SEGMENT_MISSING = "a closed segment was removed"
    SEGMENT_FORGED = "a closed segment is not signed by this site"
    REWRITTEN = "records of a closed segment were replaced and the chain written anew"
    FORGED_HEAD = "the signed head given is not signed by this site"
    OTHER_SITE = "the signed head given belongs to another site"
    ROLLED_BACK = "the journal ends before the signed head: cut off, or an old copy was put back"
    ANOTHER_HISTORY = "the journal and the signed head tell different histories"
    GUARD_REMOVED = "the tables or triggers that refuse changes were altered"


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing wrong: at which record (None: the file as a whole), expected and found."""

    damage: Damage
    seq: int | None
    expected: str
    found: str


def walk(records: Iterable[Record], start: Head) -> Iterator[tuple[Head, Finding | None]]:
    """The head after each record, until the first bad one, which ends the walk.

    A record is good when it has the next number, its hash covers its content, and it names the hash
    before it.
    """
    head = start
    for record in records:
        finding = _judge(record, head)
        yield (record.head if finding is None else head), finding
        if finding is not None:
            return
        head = record.head


def _judge(record: Record, head: Head) -> Finding | None:
    if record.seq > head.seq + 1:
        return Finding(Damage.REMOVED, head.seq + 1, f"record {head.seq + 1}", f"record {record.seq}")
    if record.seq <= head.seq:
        return Finding(Damage.OUT_OF_CHAIN, record.seq, f"record {head.seq + 1}", f"record {record.seq}")
    expected = record.expected_hash()
    if record.hash != expected:
        return Finding(Damage.EDITED, record.seq, f"hash {expected.hex()}", f"hash {record.hash.hex()}")
    if record.previous_hash != head.hash:
        return Finding(
            Damage.OUT_OF_CHAIN,
            record.seq,
            f"previous hash {head.hash.hex()}",
            f"previous hash {record.previous_hash.hex()}",
        )
    return None


def judge_segments(segments: Iterable[Segment], key: Ed25519PublicKey) -> Finding | None:
    """The first segment that is missing from the row, or that the site did not sign."""
    number, last_seq, previous_hash = 0, 0, NO_SEGMENT_HASH
    for segment in segments:
        expected = f"segment {number + 1} from record {last_seq + 1} after {previous_hash.hex()}"
        found = (
            f"segment {segment.number} from record {segment.first_seq} "
            f"after {segment.previous_segment_hash.hex()}"
        )
        if not segment.is_signed_by(key):
            return Finding(
                Damage.SEGMENT_FORGED, segment.first_seq, "the site's signature", f"{found}, signed otherwise"
            )
        if expected != found:
            return Finding(Damage.SEGMENT_MISSING, last_seq + 1, expected, found)
        number, last_seq, previous_hash = segment.number, segment.last_seq, segment.hash()
    return None


def judge_segment_end(segment: Segment, head: Head) -> Finding | None:
    """Whether the chain, having reached `segment.last_seq`, has there the hash that was signed."""
    if head.hash == segment.last_hash:
        return None
    return Finding(
        Damage.REWRITTEN,
        segment.last_seq,
        f"signed hash {segment.last_hash.hex()}",
        f"hash {head.hash.hex()}",
    )
