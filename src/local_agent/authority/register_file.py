"""An SQLite file of the site directory, shared by the running agent and the command line.

- One transaction is one decision: two processes never both take the same code, name or attempt.
- A register that cannot be used says which file, what is wrong and what to do.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BUSY_TIMEOUT_S = 5.0
_RESTORE = "Restore the site directory from its back-up."


class RegisterUnusable(Exception):
    """A register of the site cannot be read or written; the message names file, fault and remedy."""


class RegisterFile:
    """One register's file (mode 0600). Thread-safe; a decision holds the file for its duration."""

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._own_changes = 0
        with self._faults_in_words():
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            os.close(descriptor)
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        try:
            with self._faults_in_words():
                self._connection.execute("PRAGMA secure_delete=ON")
                self._connection.executescript(f"BEGIN IMMEDIATE; {schema}; COMMIT;")
        except RegisterUnusable:
            self._connection.close()
            raise

    @contextmanager
    def decision(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other process can enter; rolled back if the body raises."""
        with self._lock, self._faults_in_words():
            self._connection.execute("BEGIN IMMEDIATE")
            before = self._connection.total_changes
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
            self._own_changes += self._connection.total_changes - before

    @contextmanager
    def look(self) -> Iterator[sqlite3.Connection]:
        """Reading only; each statement sees what is committed now."""
        with self._lock, self._faults_in_words():
            yield self._connection

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """What was read is made into what it means; a value that no register could hold is damage."""
        try:
            yield
        except (ValueError, TypeError) as error:
            raise RegisterUnusable(f"{self._path} is damaged: {error}. {_RESTORE}") from error

    def mark(self) -> tuple[int, int]:
        """Differs from an earlier mark once anything was changed, by this process or another. ~10 µs."""
        with self.look() as connection:
            (version,) = connection.execute("PRAGMA data_version").fetchone()
        return version, self._own_changes

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _faults_in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise RegisterUnusable(
                f"{self._path} cannot be used: {error}. Check its owner, its permissions and "
                "the free space of its disk."
            ) from error
        except sqlite3.DatabaseError as error:
            raise RegisterUnusable(f"{self._path} is damaged: {error}. {_RESTORE}") from error
        except OSError as error:
            raise RegisterUnusable(
                f"{self._path} cannot be opened: {error.strerror}. Check its owner and its permissions."
            ) from error
