"""What a journal record is, and the hash that chains it to the one before.

- A hash covers every stored field of its record and the hash before it.
- The bytes hashed are canonical: the same fields give the same bytes on every machine.
- Bodies are hashed as the text that is stored, never as something parsed and written again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FORMAT = "remote-scanning-journal-1"
HASH_BYTES = 32
_MOST_VERSION = 10_000

_ISO_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")


def canonical(value: object) -> str:
    """One JSON text per value: sorted keys, no spaces, no NaN, encodable as UTF-8.

    Raises ValueError or TypeError for what JSON cannot hold.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    text.encode()
    return text


def iso_utc(moment: datetime) -> str:
    """`2026-11-24T02:54:34.000000Z`; a moment without a time zone is a ValueError."""
    if moment.tzinfo is None:
        raise ValueError("a moment in the journal needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class NewRecord:
    """An event not yet in the journal; the journal adds number, boot id and hashes.

    `exam_id` is a pseudonym: identities are kept elsewhere and can be erased. `scanner` is empty for
    what concerns the whole site.
    """

    at_wall: str
    scanner: str
    exam_id: str | None
    kind: str
    version: int
    body: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not _ISO_UTC.fullmatch(self.at_wall):
            raise ValueError(f"at_wall must be ISO 8601 in UTC, ending in Z; it is {self.at_wall!r}")
        if not 1 <= self.version <= _MOST_VERSION:
            raise ValueError(
                f"version of {self.kind!r} must be from 1 to {_MOST_VERSION}; it is {self.version}"
            )
        canonical([self.scanner, self.exam_id, self.kind])  # ValueError here, not in the writer's thread


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: number and hash of its last record; number 0 is the opening itself."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the journal, as stored. `body_json` is canonical JSON of an object."""

    seq: int
    at_wall: str
    boot_id: str
    scanner: str
    exam_id: str | None
    kind: str
    version: int
    body_json: str
    previous_hash: bytes
    hash: bytes

    @property
    def body(self) -> dict[str, Any]:
        """The body, parsed anew: changing it changes no record."""
        parsed: dict[str, Any] = json.loads(self.body_json)
        return parsed

    @property
    def head(self) -> Head:
        """The chain's end when this record is its last."""
        return Head(self.seq, self.hash)

    def expected_hash(self) -> bytes:
        """SHA-256 over the canonical bytes of everything but the hash itself."""
        fields = [
            FORMAT,
            self.seq,
            self.at_wall,
            self.boot_id,
            self.scanner,
            self.exam_id,
            self.kind,
            self.version,
            self.body_json,
            self.previous_hash.hex(),
        ]
        return hashlib.sha256(canonical(fields).encode()).digest()


def chained(new: NewRecord, body_json: str, *, boot_id: str, head: Head) -> Record:
    """The record that follows `head`; `body_json` is the canonical text of `new.body`."""
    seq = head.seq + 1
    unhashed = Record(
        seq, new.at_wall, boot_id, new.scanner, new.exam_id, new.kind, new.version, body_json, head.hash, b""
    )
    return Record(
        seq,
        new.at_wall,
        boot_id,
        new.scanner,
        new.exam_id,
        new.kind,
        new.version,
        body_json,
        head.hash,
        unhashed.expected_hash(),
    )
