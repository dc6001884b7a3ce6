"""A journal of one site, and ways to change its file behind its back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local_agent.journal import Journal, NewRecord

DAY = "2026-11-24T08:00:00Z"
NEXT_DAY = "2026-11-25T08:00:00Z"
SITE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ATTACKER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def tick(number: int, at_wall: str = DAY, scanner: str = "A") -> NewRecord:
    return NewRecord(at_wall, scanner, "exam-1", "step_edited", 1, {"number": number})


def opened(path: Path, key: Ed25519PrivateKey = SITE_KEY, site: str = "North") -> Journal:
    """The journal in `path`, as an agent of the site opens it."""
    return Journal.open(path, key, site=site, boot_id="boot-1")


def write_two_days(path: Path) -> None:
    """Ten records in a closed segment and ten after it, durable; then closed."""
    with opened(path) as journal:
        journal.append([tick(number) for number in range(10)], durable=True).result(5)
        journal.append([tick(number, NEXT_DAY) for number in range(10, 20)], durable=True).result(5)


def tamper(path: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    """Change the file as someone with its disk in their hands would: the guards fall first, and return."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement, values)
        for _, sql in guards:
            connection.execute(sql)
