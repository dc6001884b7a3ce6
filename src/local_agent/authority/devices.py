"""The register of enrolled devices: every certificate the site issued, and which are revoked.

- A certificate that is not in the register is refused, whoever signed it.
- Revoking names a person and takes all their devices; a revoked key stays revoked, also under a
  certificate issued later.
- The running agent polls `mark`, which is cheap, and sees a revocation made by another process.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from local_agent.authority.certificates import DeviceIdentity
from local_agent.authority.register_file import RegisterFile
from mr_contract.vocabulary import Role

_SCHEMA = """
CREATE TABLE IF NOT EXISTS devices (
    serial TEXT PRIMARY KEY, spki_sha256 TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
    enrolled_at TEXT NOT NULL, not_after TEXT NOT NULL, revoked_at TEXT);
CREATE INDEX IF NOT EXISTS devices_by_key ON devices (spki_sha256)
"""

Mark = tuple[int, int]


class KeyRevoked(Exception):
    """A revoked key asked for a new certificate."""

    def __init__(self) -> None:
        super().__init__("This device's key was revoked. Enrol again: the console makes a new key.")


class Standing(Enum):
    """What the register says of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "not in the register"


@dataclass(frozen=True, slots=True)
class Device:
    """One certificate of one person on one device."""

    identity: DeviceIdentity
    enrolled_at: datetime
    revoked_at: datetime | None


class Devices:
    """The register in a site directory."""

    def __init__(self, site_directory: Path) -> None:
        self._file = RegisterFile(site_directory / "devices.sqlite", _SCHEMA)

    def close(self) -> None:
        self._file.close()

    def record(self, identity: DeviceIdentity, at: datetime) -> None:
        """Enter a certificate just issued, new or renewed. Raises KeyRevoked for a revoked key."""
        with self._file.decision() as connection:
            if _key_is_revoked(connection, identity.spki_sha256):
                raise KeyRevoked
            connection.execute(
                "INSERT INTO devices VALUES (?, ?, ?, ?, ?, ?, NULL)",
                (
                    str(identity.serial),
                    identity.spki_sha256,
                    identity.name,
                    identity.role.value,
                    at.isoformat(),
                    identity.not_after.isoformat(),
                ),
            )

    def list(self) -> tuple[Device, ...]:
        """Every certificate in the register, oldest first."""
        with self._file.look() as connection:
            rows = connection.execute(
                "SELECT name, role, serial, spki_sha256, not_after, enrolled_at, revoked_at FROM devices "
                "ORDER BY enrolled_at, serial"
            ).fetchall()
        with self._file.decoding():
            return tuple(_device(row) for row in rows)

    def revoke(self, name: str, at: datetime) -> tuple[Device, ...]:
        """Revoke every certificate of a person; the answer is what was revoked now, perhaps nothing."""
        with self._file.decision() as connection:
            serials = connection.execute(
                "SELECT serial FROM devices WHERE name = ? AND revoked_at IS NULL", (name,)
            ).fetchall()
            connection.execute(
                "UPDATE devices SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL",
                (at.isoformat(), name),
            )
        revoked = {int(serial) for (serial,) in serials}
        return tuple(device for device in self.list() if device.identity.serial in revoked)

    def standing(self, identity: DeviceIdentity) -> Standing:
        """Whether a certificate, read and found genuine, may be used. Only GOOD may."""
        with self._file.look() as connection:
            known = connection.execute(
                "SELECT 1 FROM devices WHERE serial = ? AND spki_sha256 = ?",
                (str(identity.serial), identity.spki_sha256),
            ).fetchone()
            if _key_is_revoked(connection, identity.spki_sha256):
                return Standing.REVOKED
        return Standing.UNKNOWN if known is None else Standing.GOOD

    def issued_since(self, spki_sha256: str, since: datetime) -> int:
        """How many certificates a device's key was given after a moment."""
        with self._file.look() as connection:
            rows = connection.execute(
                "SELECT enrolled_at FROM devices WHERE spki_sha256 = ?", (spki_sha256,)
            ).fetchall()
        with self._file.decoding():
            return sum(datetime.fromisoformat(enrolled_at) > since for (enrolled_at,) in rows)

    def is_revoked(self, spki_sha256: str) -> bool:
        """Whether this device's key was revoked under any of its certificates."""
        with self._file.look() as connection:
            return _key_is_revoked(connection, spki_sha256)

    def mark(self) -> Mark:
        """The register's state, to compare later."""
        return self._file.mark()

    def changed_since(self, mark: Mark) -> bool:
        """Whether any process changed the register since the mark was taken here."""
        return self._file.mark() != mark


def _key_is_revoked(connection: sqlite3.Connection, spki: str) -> bool:
    row = connection.execute(
        "SELECT 1 FROM devices WHERE spki_sha256 = ? AND revoked_at IS NOT NULL", (spki,)
    ).fetchone()
    return row is not None


def _device(row: tuple[str, str, str, str, str, str, str | None]) -> Device:
    name, role, serial, spki, not_after, enrolled_at, revoked_at = row
    identity = DeviceIdentity(name, Role(role), int(serial), spki, datetime.fromisoformat(not_after))
    return Device(
        identity,
        datetime.fromisoformat(enrolled_at),
        None if revoked_at is None else datetime.fromisoformat(revoked_at),
    )
