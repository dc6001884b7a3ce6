"""scrypt for secrets that people choose or type: about 50 ms and 16 MiB a guess."""

from __future__ import annotations

import hashlib
import hmac
import os

_SALT_BYTES = 16
_COST = {"n": 2**14, "r": 8, "p": 1}


def slow_hash(secret: str) -> bytes:
    """Salt and hash, to be stored together."""
    salt = os.urandom(_SALT_BYTES)
    return salt + _scrypt(secret, salt)


def is_secret_of(secret: str, stored: bytes) -> bool:
    """Whether `stored` was made from this secret; takes as long either way."""
    salt, expected = stored[:_SALT_BYTES], stored[_SALT_BYTES:]
    return hmac.compare_digest(_scrypt(secret, salt), expected)


def _scrypt(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, **_COST, maxmem=64 * 1024 * 1024)
