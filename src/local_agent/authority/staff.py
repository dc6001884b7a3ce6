"""The site's people and their PINs.

- A PIN is kept as scrypt only; guessing is bounded by counting, since four digits are few.
- An attempt is counted before it is judged: attempts made at the same time gain nothing.
- Five wrong PINs of one person lock that person for 60 s, whatever is typed meanwhile; boot time decides.
- An unknown person takes as long as a wrong PIN and looks the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_agent.authority.certificates import check_name
from local_agent.authority.register_file import RegisterFile
from local_agent.authority.slow_hash import is_secret_of, slow_hash
from local_agent.core.people import StaffMember
from local_agent.ports import PinAnswer
from mr_contract.tablet_messages import MOST_STAFF
from mr_contract.vocabulary import Qualification

MOST_WRONG_PINS = 5
LOCK_S = 60.0

_PIN = re.compile(r"[0-9]{4,8}")
_STAFF_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_LEVELS = (1, 2)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS staff (
    staff_id TEXT PRIMARY KEY, name TEXT NOT NULL, mr_level INTEGER NOT NULL, qualification TEXT NOT NULL,
    pin BLOB NOT NULL, wrong INTEGER NOT NULL DEFAULT 0, locked_until_s REAL NOT NULL DEFAULT 0)
"""


class StaffRefused(ValueError):
    """A person who cannot be added or found as asked; says what is wrong and what would do."""


class Staff:
    """The roster in a site directory; the port `Roster`."""

    def __init__(self, site_directory: Path) -> None:
        self._file = RegisterFile(site_directory / "staff.sqlite", _SCHEMA)
        self._nobody = slow_hash("nobody")

    def close(self) -> None:
        self._file.close()

    def add(self, member: StaffMember, pin: str) -> None:
        """Enter a person. Raises StaffRefused, also when the id is taken."""
        if not _STAFF_ID.fullmatch(member.staff_id):
            raise StaffRefused(
                "A staff id is 1 to 32 lower-case letters, digits, dots, hyphens or underscores, beginning "
                f"with a letter or digit; it is {member.staff_id!r}."
            )
        if member.mr_level not in _LEVELS:
            raise StaffRefused(f"The MR safety level is 1 or 2; it is {member.mr_level}.")
        check_name("the person's name", member.name)
        stored = _stored_pin(pin)
        with self._file.decision() as connection:
            taken = connection.execute(
                "SELECT 1 FROM staff WHERE staff_id = ?", (member.staff_id,)
            ).fetchone()
            if taken is not None:
                raise StaffRefused(f"{member.staff_id!r} is on the roster already. Remove it first.")
            (people,) = connection.execute("SELECT COUNT(*) FROM staff").fetchone()
            if people >= MOST_STAFF:
                raise StaffRefused(f"The roster holds at most {MOST_STAFF} people. Remove those who left.")
            connection.execute(
                "INSERT INTO staff (staff_id, name, mr_level, qualification, pin) VALUES (?, ?, ?, ?, ?)",
                (member.staff_id, member.name, member.mr_level, member.qualification.value, stored),
            )

    def change_pin(self, staff_id: str, pin: str) -> None:
        """A new PIN, set by the site; a lock stays until it ends."""
        stored = _stored_pin(pin)
        with self._file.decision() as connection:
            changed = connection.execute("UPDATE staff SET pin = ? WHERE staff_id = ?", (stored, staff_id))
            if changed.rowcount == 0:
                raise _not_on_the_roster(staff_id)

    def remove(self, staff_id: str) -> None:
        with self._file.decision() as connection:
            removed = connection.execute("DELETE FROM staff WHERE staff_id = ?", (staff_id,))
            if removed.rowcount == 0:
                raise _not_on_the_roster(staff_id)

    def members(self) -> tuple[StaffMember, ...]:
        """Everyone, by id."""
        with self._file.look() as connection:
            rows = connection.execute(
                "SELECT staff_id, name, mr_level, qualification FROM staff ORDER BY staff_id"
            ).fetchall()
        with self._file.decoding():
            return tuple(_member(row) for row in rows)

    def verify_pin(self, staff_id: str, pin: str, at_s: float) -> PinAnswer:
        """Whether this is the person's PIN, at boot time `at_s`. About 50 ms: not for an event loop."""
        attempt = self._charge(staff_id, at_s)
        if attempt.wait_s > 0:
            return PinAnswer(None, attempt.wait_s)
        if not is_secret_of(pin, attempt.stored_pin) or attempt.member is None:
            return PinAnswer(None, LOCK_S if attempt.was_last else 0.0)
        with self._file.decision() as connection:
            connection.execute(
                "UPDATE staff SET wrong = 0, locked_until_s = 0 WHERE staff_id = ?", (staff_id,)
            )
        return PinAnswer(attempt.member)

    def _charge(self, staff_id: str, at_s: float) -> _Attempt:
        """Count an attempt as wrong until it proves right; the fifth begins the lock."""
        with self._file.decision() as connection:
            row = connection.execute(
                "SELECT wrong, locked_until_s, pin, staff_id, name, mr_level, qualification FROM staff "
                "WHERE staff_id = ?",
                (staff_id,),
            ).fetchone()
            if row is None:
                return _Attempt(self._nobody, None)
            wrong, locked_until_s, stored_pin, *person = row
            # More than a whole lock ahead: the machine was restarted, and the lock begins anew.
            locked_until_s = min(locked_until_s, at_s + LOCK_S)
            wait_s = max(0.0, locked_until_s - at_s)
            was_last = wait_s == 0 and wrong + 1 >= MOST_WRONG_PINS
            if was_last:
                wrong, locked_until_s = 0, at_s + LOCK_S
            elif wait_s == 0:
                wrong += 1
            connection.execute(
                "UPDATE staff SET wrong = ?, locked_until_s = ? WHERE staff_id = ?",
                (wrong, locked_until_s, staff_id),
            )
        return _Attempt(stored_pin, _member(person), wait_s=wait_s, was_last=was_last)


def _not_on_the_roster(staff_id: str) -> StaffRefused:
    return StaffRefused(f"{staff_id!r} is not on the roster. `local-agent staff` lists everybody.")


@dataclass(frozen=True, slots=True)
class _Attempt:
    stored_pin: bytes
    member: StaffMember | None
    wait_s: float = 0.0
    was_last: bool = False


def _member(row: Sequence[Any]) -> StaffMember:
    staff_id, name, mr_level, qualification = row
    return StaffMember(staff_id, name, mr_level, Qualification(qualification))


def _stored_pin(pin: str) -> bytes:
    if not _PIN.fullmatch(pin):
        raise StaffRefused("A PIN is 4 to 8 digits. Choose one such.")
    return slow_hash(pin)
