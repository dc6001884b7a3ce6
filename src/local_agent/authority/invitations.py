"""Invitations: who may enrol a device, once, within ten minutes.

- A code is good once, in any order of events: two who redeem at the same time are told apart by the
  database's transaction, and the later one is refused.
- Only a digest of the secret is kept (80 random bits need no slow hash).
- Five wrong secrets spend an invitation; twenty wrong attempts in a minute close the door for a minute.
- To the outside a wrong number, a wrong secret and a code of another site look the same.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from local_agent.authority.attempts import ATTEMPTS_SCHEMA, AttemptWindow
from local_agent.authority.boot_time import BootInstant
from local_agent.authority.certificates import Person
from local_agent.authority.invitation_code import (
    FINGERPRINT_CHARACTERS,
    NUMBER_CHARACTERS,
    SECRET_CHARACTERS,
    TICKET_CHARACTERS,
    CodeUnreadable,
    InvitationCode,
    encode,
    normalised,
)
from local_agent.authority.register_file import RegisterFile
from mr_contract.vocabulary import Role

LIFE_S = 600.0
MOST_WRONG_SECRETS = 5
DOOR = AttemptWindow(most=20, window_s=60.0, refuse_s=60.0)

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS invitations (
    number TEXT PRIMARY KEY, secret_sha256 BLOB NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
    boot_id TEXT NOT NULL, made_at_s REAL NOT NULL, wrong INTEGER NOT NULL DEFAULT 0,
    spent TEXT);
{ATTEMPTS_SCHEMA}
"""


class CodeRefusal(Enum):
    """Why a code is not taken."""

    WRONG = "The code is wrong, or belongs to another site. Compare it with the one printed."
    EXPIRED = "The code is older than ten minutes. Ask the site for a new one."
    USED = "The code has been used. If it was not by you, tell the site at once."
    WITHDRAWN = "The site has withdrawn the code. Ask the site for a new one."
    SPENT = "The code was tried wrongly too often. Ask the site for a new one."
    DOOR_CLOSED = "There were too many wrong attempts. Wait a minute and try again."


@dataclass(frozen=True, slots=True)
class CodeRefused:
    """A refusal; `wait_s` is how long the door stays closed, 0 if it does not."""

    refusal: CodeRefusal
    wait_s: float = 0.0


class Invitations:
    """The register of invitations in a site directory, shared by `invite` and the running agent."""

    def __init__(self, site_directory: Path) -> None:
        self._file = RegisterFile(site_directory / "invitations.sqlite", _SCHEMA)

    def close(self) -> None:
        self._file.close()

    def invite(self, person: Person, authority_sha256: bytes, now: BootInstant) -> InvitationCode:
        """A new code for a person; `authority_sha256` is the fingerprint it carries (32 bytes)."""
        secret = _random_characters(SECRET_CHARACTERS)
        with self._file.decision() as connection:
            _forget_old(connection, now)
            number = _free_number(connection)
            connection.execute(
                "INSERT INTO invitations (number, secret_sha256, name, role, boot_id, made_at_s) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (number, _digest(secret), person.name, person.role.value, now.boot_id, now.at_s),
            )
        return InvitationCode(number + secret, encode(authority_sha256, FINGERPRINT_CHARACTERS))

    def redeem(self, ticket: str, now: BootInstant) -> Person | CodeRefused:
        """Spend the invitation with this ticket (number and secret), or say why not."""
        with self._file.decision() as connection:
            wait_s = DOOR.wait_s(connection, now)
            if wait_s > 0:
                return CodeRefused(CodeRefusal.DOOR_CLOSED, wait_s)
            answer = _redeem(connection, ticket, now)
            if isinstance(answer, CodeRefused):
                DOOR.count_wrong(connection, now)
            return answer

    def outstanding(self, now: BootInstant) -> int:
        """How many codes could still be redeemed: while it is 0, the enrolment listener stays closed."""
        with self._file.look() as connection:
            rows = connection.execute(
                "SELECT boot_id, made_at_s FROM invitations WHERE spent IS NULL"
            ).fetchall()
        return sum(now.is_within(BootInstant(boot_id, made_at_s), LIFE_S) for boot_id, made_at_s in rows)

    def withdraw_all(self, now: BootInstant) -> int:
        """Void every outstanding code; how many could still have been redeemed."""
        with self._file.decision() as connection:
            _forget_old(connection, now)
            rows = connection.execute("SELECT boot_id, made_at_s FROM invitations WHERE spent IS NULL")
            good = sum(now.is_within(BootInstant(boot_id, made_at_s), LIFE_S) for boot_id, made_at_s in rows)
            connection.execute("UPDATE invitations SET spent = 'withdrawn' WHERE spent IS NULL")
        return good


def _redeem(connection: sqlite3.Connection, ticket: str, now: BootInstant) -> Person | CodeRefused:
    try:
        characters = normalised(ticket)
    except CodeUnreadable:
        return CodeRefused(CodeRefusal.WRONG)
    if len(characters) != TICKET_CHARACTERS:
        return CodeRefused(CodeRefusal.WRONG)
    number, secret = characters[:NUMBER_CHARACTERS], characters[NUMBER_CHARACTERS:]
    row = connection.execute(
        "SELECT secret_sha256, name, role, boot_id, made_at_s, wrong, spent FROM invitations "
        "WHERE number = ?",
        (number,),
    ).fetchone()
    if row is None:
        return CodeRefused(CodeRefusal.WRONG)
    digest, name, role, boot_id, made_at_s, wrong, spent = row
    if not hmac.compare_digest(digest, _digest(secret)):
        spent = spent or ("guessed" if wrong + 1 >= MOST_WRONG_SECRETS else None)
        connection.execute(
            "UPDATE invitations SET wrong = wrong + 1, spent = ? WHERE number = ?", (spent, number)
        )
        return CodeRefused(CodeRefusal.WRONG)
    match spent:
        case "withdrawn":
            return CodeRefused(CodeRefusal.WITHDRAWN)
        case "redeemed":
            return CodeRefused(CodeRefusal.USED)
        case "guessed":
            return CodeRefused(CodeRefusal.SPENT)
    if not now.is_within(BootInstant(boot_id, made_at_s), LIFE_S):
        return CodeRefused(CodeRefusal.EXPIRED)
    connection.execute("UPDATE invitations SET spent = 'redeemed' WHERE number = ?", (number,))
    return Person(name, Role(role))


def _forget_old(connection: sqlite3.Connection, now: BootInstant) -> None:
    """Spent and expired codes are kept for an hour, so that whoever comes late is told why."""
    connection.execute(
        "DELETE FROM invitations WHERE boot_id != ? OR made_at_s < ?", (now.boot_id, now.at_s - 6 * LIFE_S)
    )


def _free_number(connection: sqlite3.Connection) -> str:
    while True:
        number = _random_characters(NUMBER_CHARACTERS)
        if connection.execute("SELECT 1 FROM invitations WHERE number = ?", (number,)).fetchone() is None:
            return number


def _random_characters(characters: int) -> str:
    return encode(secrets.token_bytes((characters * 5 + 7) // 8), characters)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(b"remote-scanning-invitation-secret:" + secret.encode()).digest()
