"""What the site signs about its journal: the opening, closed segments, and heads for consoles to keep.

- Every signed text begins with its own purpose, so that no signature can stand in for another.
- A segment names the segment before it by hash: none can be left out.
- A head in a console's hands is what shows later that records were cut off, or an old copy put back.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from local_agent.journal.record import FORMAT, HASH_BYTES, Head, canonical

NO_SEGMENT_HASH = bytes(HASH_BYTES)


class HeadUnreadable(ValueError):
    """The text given as a signed head is not one; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The start of a journal: which site, and a number never used twice. Signed by the site."""

    site: str
    nonce: bytes
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        return canonical([FORMAT, "opening", self.site, self.nonce.hex()]).encode()

    def head(self) -> Head:
        """Number 0: what the first record names as the hash before it."""
        return Head(0, hashlib.sha256(self.signed_bytes()).digest())

    def sign(self, key: Ed25519PrivateKey) -> Opening:
        return Opening(self.site, self.nonce, key.sign(self.signed_bytes()))

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        return _verifies(key, self.signature, self.signed_bytes())


@dataclass(frozen=True, slots=True)
class Segment:
    """A closed stretch of the journal: records `first_seq` to `last_seq`, both included."""

    number: int
    first_seq: int
    last_seq: int
    last_hash: bytes
    previous_segment_hash: bytes
    closed_at: str
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        fields = [FORMAT, "segment", self.number, self.first_seq, self.last_seq, self.last_hash.hex()]
        return canonical([*fields, self.previous_segment_hash.hex(), self.closed_at]).encode()

    def hash(self) -> bytes:
        return hashlib.sha256(self.signed_bytes()).digest()

    def sign(self, key: Ed25519PrivateKey) -> Segment:
        return Segment(
            self.number,
            self.first_seq,
            self.last_seq,
            self.last_hash,
            self.previous_segment_hash,
            self.closed_at,
            key.sign(self.signed_bytes()),
        )

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        return _verifies(key, self.signature, self.signed_bytes())


@dataclass(frozen=True, slots=True)
class SignedHead:
    """ "At this time the journal reached at least here", signed by the site.

    `segment` is the number of the last closed segment, 0 before the first.
    """

    site: str
    seq: int
    hash: bytes
    segment: int
    at: str
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        fields = [FORMAT, "head", self.site, self.seq, self.hash.hex(), self.segment, self.at]
        return canonical(fields).encode()

    def sign(self, key: Ed25519PrivateKey) -> SignedHead:
        signature = key.sign(self.signed_bytes())
        return SignedHead(self.site, self.seq, self.hash, self.segment, self.at, signature)

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        return _verifies(key, self.signature, self.signed_bytes())

    def to_json(self) -> str:
        """One line of JSON, about 350 characters."""
        return canonical(
            {
                "site": self.site,
                "seq": self.seq,
                "hash": self.hash.hex(),
                "segment": self.segment,
                "at": self.at,
                "signature": self.signature.hex(),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> SignedHead:
        """The head in a text; HeadUnreadable when it is not one. The signature is not looked at.

        A console's `remembered.json`, which holds the head as text, is understood as well.
        """
        try:
            match json.loads(text):
                case {"signed_head": str(kept)} if kept:
                    return cls.from_json(kept)
                case {
                    "site": str(site),
                    "seq": int(seq),
                    "hash": str(hash_hex),
                    "segment": int(segment),
                    "at": str(at),
                    "signature": str(signature_hex),
                }:
                    return cls(site, seq, bytes.fromhex(hash_hex), segment, at, bytes.fromhex(signature_hex))
        except (ValueError, RecursionError) as error:
            raise HeadUnreadable(f"This is not a signed journal head: {error}.") from error
        raise HeadUnreadable(
            "This is not a signed journal head: it must be a JSON object with site, seq, hash, segment, at "
            "and signature."
        )


def _verifies(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True
