"""Who the patient of an exam is: kept outside the journal, and erasable.

- Each exam has a random key of its own; its identity is stored only encrypted (AES-256-GCM) under it.
- Erasing the key erases the identity, in every copy made of the encrypted table.
- The journal holds a digest salted with a secret that is erased with the key: afterwards the digest
  can be neither confirmed nor searched.
- A key is a file of its own, overwritten before it is removed; no database, log or journal ever held it.
  (What a copy-on-write file system or a disk keeps of overwritten blocks is beyond a program's reach.)
- File names say nothing of exam or patient.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from local_agent.journal.record import canonical

_KEY_BYTES = 32
_SALT_BYTES = 32
_NONCE_BYTES = 12


class IdentityUnknown(Exception):
    """No identity was ever kept for this exam."""

    def __init__(self, exam_id: str) -> None:
        super().__init__(f"No identity is kept for exam {exam_id}.")
        self.exam_id = exam_id


class IdentityErased(Exception):
    """The exam's identity was erased, on purpose."""

    def __init__(self, exam_id: str) -> None:
        super().__init__(f"The identity of exam {exam_id} has been erased.")
        self.exam_id = exam_id


class IdentityDamaged(Exception):
    """The encrypted identity was changed, or belongs to another exam or key."""

    def __init__(self, exam_id: str) -> None:
        super().__init__(
            f"The stored identity of exam {exam_id} does not open with its key: it was altered. Restore the "
            "identities from a copy, or identify the patient again."
        )
        self.exam_id = exam_id


class IdentitiesUnusable(Exception):
    """The identities cannot be read or written; the message says why, in words."""


def digest(identity: Mapping[str, Any], salt: bytes) -> str:
    """What the journal may hold of an identity: HMAC-SHA-256 under the exam's secret salt, in hex."""
    return hmac.new(salt, canonical(dict(identity)).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class _ExamSecret:
    key: bytes
    salt: bytes


class Identities:
    """The identities of one site, in a directory of their own (mode 0700). Thread-safe."""

    def __init__(self, directory: Path) -> None:
        self._keys = directory / "keys"
        self._lock = threading.RLock()
        try:
            self._keys.mkdir(mode=0o700, parents=True, exist_ok=True)
            directory.chmod(0o700)
            path = directory / "identities.sqlite"
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
            self._table = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._table.execute("PRAGMA secure_delete=ON")
            self._table.execute("PRAGMA synchronous=FULL")
            self._table.execute(
                "CREATE TABLE IF NOT EXISTS identities "
                "(exam_id TEXT PRIMARY KEY, nonce BLOB, ciphertext BLOB)"
            )
        except (sqlite3.Error, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise IdentitiesUnusable(
                f"The identities in {directory} cannot be opened: {why}. Check owner and permissions, or "
                "restore the site directory from its back-up."
            ) from error

    def close(self) -> None:
        with self._lock:
            self._table.close()

    def keep(self, exam_id: str, identity: Mapping[str, Any]) -> str:
        """Keep, or correct, the identity of an exam; the answer is the digest for the journal.

        Raises IdentityErased: what was erased does not come back under the same exam.
        """
        plain = canonical(dict(identity)).encode()
        with self._lock:
            if self._is_erased(exam_id):
                raise IdentityErased(exam_id)
            secret = self._secret(exam_id) or self._new_secret(exam_id)
            nonce = os.urandom(_NONCE_BYTES)
            sealed = AESGCM(secret.key).encrypt(nonce, plain, exam_id.encode())
            self._execute("INSERT OR REPLACE INTO identities VALUES (?, ?, ?)", (exam_id, nonce, sealed))
        return digest(identity, secret.salt)

    def read(self, exam_id: str) -> dict[str, Any]:
        """The identity; IdentityUnknown, IdentityErased or IdentityDamaged when there is none to give."""
        with self._lock:
            row = self._row(exam_id)
            secret = self._secret(exam_id)
        if row is None:
            raise IdentityUnknown(exam_id)
        nonce, sealed = row
        if sealed is None or secret is None:
            raise IdentityErased(exam_id)
        try:
            plain = AESGCM(secret.key).decrypt(nonce, sealed, exam_id.encode())
        except (InvalidTag, ValueError) as error:
            raise IdentityDamaged(exam_id) from error
        identity: dict[str, Any] = json.loads(plain)
        return identity

    def matches(self, exam_id: str, recorded_digest: str) -> bool:
        """Whether the identity kept now is the one whose digest the journal recorded."""
        identity = self.read(exam_id)
        with self._lock:
            secret = self._secret(exam_id)
        return secret is not None and hmac.compare_digest(digest(identity, secret.salt), recorded_digest)

    def erase(self, exam_id: str) -> None:
        """Destroy key and salt, then the encrypted identity. Erasing twice is allowed."""
        with self._lock:
            if self._row(exam_id) is None:
                raise IdentityUnknown(exam_id)
            try:
                _destroy(self._key_file(exam_id))
            except OSError as error:
                raise IdentitiesUnusable(
                    f"The key of exam {exam_id} could not be destroyed: {error.strerror}. Nothing was erased."
                ) from error
            self._execute(
                "UPDATE identities SET nonce = NULL, ciphertext = NULL WHERE exam_id = ?", (exam_id,)
            )

    def _is_erased(self, exam_id: str) -> bool:
        row = self._row(exam_id)
        return row is not None and (row[1] is None or self._secret(exam_id) is None)

    def _row(self, exam_id: str) -> tuple[bytes, bytes | None] | None:
        row: tuple[bytes, bytes | None] | None = self._execute(
            "SELECT nonce, ciphertext FROM identities WHERE exam_id = ?", (exam_id,)
        ).fetchone()
        return row

    def _execute(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        try:
            return self._table.execute(statement, values)
        except sqlite3.Error as error:
            raise IdentitiesUnusable(
                f"The identities cannot be read or written: {error}. Check owner, permissions and free space "
                "of the directory identities, or restore it from its back-up."
            ) from error

    def _key_file(self, exam_id: str) -> Path:
        return self._keys / hashlib.sha256(exam_id.encode()).hexdigest()

    def _secret(self, exam_id: str) -> _ExamSecret | None:
        try:
            stored = self._key_file(exam_id).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise IdentitiesUnusable(
                f"The key of exam {exam_id} cannot be read: {error.strerror}."
            ) from error
        if len(stored) != _KEY_BYTES + _SALT_BYTES:
            raise IdentityDamaged(exam_id)
        return _ExamSecret(stored[:_KEY_BYTES], stored[_KEY_BYTES:])

    def _new_secret(self, exam_id: str) -> _ExamSecret:
        """A key on the disk before anything is encrypted under it."""
        secret = _ExamSecret(os.urandom(_KEY_BYTES), os.urandom(_SALT_BYTES))
        try:
            _write_durably(self._key_file(exam_id), secret.key + secret.salt)
        except OSError as error:
            raise IdentitiesUnusable(
                f"The key of exam {exam_id} cannot be kept: {error.strerror}."
            ) from error
        return secret


def _write_durably(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    partial.rename(path)
    _sync_directory(path.parent)


def _destroy(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.write(descriptor, os.urandom(_KEY_BYTES + _SALT_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.unlink()
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
