"""Pairing a tablet with one scanner: a code in a QR address, and a PIN read from the agent's side.

- Both are needed: a photographed QR code is not enough, nor a PIN overheard.
- An offer is good once, for ten minutes, for one scanner; five wrong PINs void it.
- The tablet's token is 256 random bits, kept only as a digest, bound to its scanner, and revocable.
- Twenty wrong attempts in a minute close pairing for a minute.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from local_agent.authority.attempts import ATTEMPTS_SCHEMA, AttemptWindow
from local_agent.authority.boot_time import BootInstant
from local_agent.authority.register_file import RegisterFile
from local_agent.authority.slow_hash import is_secret_of, slow_hash

OFFER_LIFE_S = 600.0
MOST_WRONG_PINS = 5
PIN_DIGITS = 6
CODE_BYTES = 16
TOKEN_BYTES = 32
DOOR = AttemptWindow(most=20, window_s=60.0, refuse_s=60.0)

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS offers (
    code_sha256 BLOB PRIMARY KEY, pin BLOB NOT NULL, scanner TEXT NOT NULL, boot_id TEXT NOT NULL,
    made_at_s REAL NOT NULL, wrong INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS tablets (
    tablet TEXT PRIMARY KEY, token_sha256 BLOB NOT NULL UNIQUE, scanner TEXT NOT NULL,
    paired_at TEXT NOT NULL, revoked_at TEXT);
{ATTEMPTS_SCHEMA}
"""


class PairingRefusal(Enum):
    """Why a tablet is not paired."""

    WRONG = "The code or the PIN is wrong, used or too old. Make a new code at the agent."
    DOOR_CLOSED = "There were too many wrong attempts. Wait a minute and try again."


@dataclass(frozen=True, slots=True)
class PairingOffer:
    """What is shown at the agent: `code` goes into the QR address, `pin` is typed by hand."""

    scanner: str
    code: str
    pin: str


@dataclass(frozen=True, slots=True)
class Paired:
    """A tablet now known; `token` is shown this once and kept nowhere."""

    tablet: str
    scanner: str
    token: str


@dataclass(frozen=True, slots=True)
class PairingRefused:
    """A refusal; `wait_s` is how long pairing stays closed, 0 if it does not."""

    refusal: PairingRefusal
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Tablet:
    """A tablet the site knows, and the one scanner it is bound to."""

    tablet: str
    scanner: str
    paired_at: datetime
    revoked_at: datetime | None


class Tablets:
    """The register of tablets in a site directory."""

    def __init__(self, site_directory: Path) -> None:
        self._file = RegisterFile(site_directory / "tablets.sqlite", _SCHEMA)

    def close(self) -> None:
        self._file.close()

    def offer(self, scanner: str, now: BootInstant) -> PairingOffer:
        """A new offer for a scanner; earlier offers for it are void."""
        code = secrets.token_urlsafe(CODE_BYTES)
        pin = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"
        with self._file.decision() as connection:
            connection.execute(
                "DELETE FROM offers WHERE scanner = ? OR boot_id != ? OR made_at_s < ?",
                (scanner, now.boot_id, now.at_s - OFFER_LIFE_S),
            )
            connection.execute(
                "INSERT INTO offers (code_sha256, pin, scanner, boot_id, made_at_s) VALUES (?, ?, ?, ?, ?)",
                (_digest(code), slow_hash(pin), scanner, now.boot_id, now.at_s),
            )
        return PairingOffer(scanner, code, pin)

    def pair(self, code: str, pin: str, now: BootInstant, at: datetime) -> Paired | PairingRefused:
        """Redeem an offer. About 50 ms when the code is known: not for an event loop."""
        with self._file.decision() as connection:
            wait_s = DOOR.wait_s(connection, now)
            if wait_s > 0:
                return PairingRefused(PairingRefusal.DOOR_CLOSED, wait_s)
            scanner = _redeem(connection, code, pin, now)
            if scanner is None:
                DOOR.count_wrong(connection, now)
                return PairingRefused(PairingRefusal.WRONG)
            tablet = f"tablet-{secrets.token_hex(4)}"
            token = secrets.token_urlsafe(TOKEN_BYTES)
            connection.execute(
                "INSERT INTO tablets VALUES (?, ?, ?, ?, NULL)",
                (tablet, _digest(token), scanner, at.isoformat()),
            )
        return Paired(tablet, scanner, token)

    def paired(self, token: str) -> Tablet | None:
        """Whose token this is; None if it never was one, or was revoked. Quick; any thread."""
        with self._file.look() as connection:
            row = connection.execute(
                "SELECT tablet, scanner, paired_at, revoked_at FROM tablets "
                "WHERE token_sha256 = ? AND revoked_at IS NULL",
                (_digest(token),),
            ).fetchone()
        return None if row is None else _tablet(row)

    def list(self) -> tuple[Tablet, ...]:
        """Every tablet ever paired, oldest first."""
        with self._file.look() as connection:
            rows = connection.execute(
                "SELECT tablet, scanner, paired_at, revoked_at FROM tablets ORDER BY paired_at, tablet"
            ).fetchall()
        with self._file.decoding():
            return tuple(_tablet(row) for row in rows)

    def revoke(self, tablet: str, at: datetime) -> bool:
        """Make a tablet's token worthless; False if it is unknown or was revoked before."""
        with self._file.decision() as connection:
            revoked = connection.execute(
                "UPDATE tablets SET revoked_at = ? WHERE tablet = ? AND revoked_at IS NULL",
                (at.isoformat(), tablet),
            )
            return revoked.rowcount == 1

    def mark(self) -> tuple[int, int]:
        """The register's state, to compare later."""
        return self._file.mark()

    def changed_since(self, mark: tuple[int, int]) -> bool:
        """Whether any process changed the register since the mark was taken here."""
        return self._file.mark() != mark


def _redeem(connection: sqlite3.Connection, code: str, pin: str, now: BootInstant) -> str | None:
    """The scanner of the offer with this code and PIN, which is then gone; None if there is none."""
    digest = _digest(code)
    row = connection.execute(
        "SELECT pin, scanner, boot_id, made_at_s, wrong FROM offers WHERE code_sha256 = ?", (digest,)
    ).fetchone()
    if row is None:
        return None
    stored_pin, scanner, boot_id, made_at_s, wrong = row
    fresh = now.is_within(BootInstant(boot_id, made_at_s), OFFER_LIFE_S)
    right = fresh and is_secret_of(pin, stored_pin)
    if right or not fresh or wrong + 1 >= MOST_WRONG_PINS:
        connection.execute("DELETE FROM offers WHERE code_sha256 = ?", (digest,))
    else:
        connection.execute("UPDATE offers SET wrong = wrong + 1 WHERE code_sha256 = ?", (digest,))
    return str(scanner) if right else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(b"remote-scanning-tablet:" + secret.encode(errors="replace")).digest()


def _tablet(row: tuple[str, str, str, str | None]) -> Tablet:
    tablet, scanner, paired_at, revoked_at = row
    return Tablet(
        tablet,
        scanner,
        datetime.fromisoformat(paired_at),
        None if revoked_at is None else datetime.fromisoformat(revoked_at),
    )
