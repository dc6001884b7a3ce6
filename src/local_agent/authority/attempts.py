"""Wrong attempts at a door: after too many in a short time the door refuses everyone for a while.

This bounds guessing across all codes together; what bounds guessing at one code stands with the code.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from local_agent.authority.boot_time import BootInstant

ATTEMPTS_SCHEMA = """
CREATE TABLE IF NOT EXISTS wrong_attempts (boot_id TEXT NOT NULL, at_s REAL NOT NULL);
CREATE TABLE IF NOT EXISTS refusal_until (boot_id TEXT NOT NULL, until_s REAL NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class AttemptWindow:
    """`most` wrong attempts within `window_s` close the door for `refuse_s`."""

    most: int
    window_s: float
    refuse_s: float

    def wait_s(self, connection: sqlite3.Connection, now: BootInstant) -> float:
        """Seconds until the door answers again; 0 while it does."""
        row = connection.execute(
            "SELECT max(until_s) FROM refusal_until WHERE boot_id = ?", (now.boot_id,)
        ).fetchone()
        return max(0.0, (row[0] or 0.0) - now.at_s)

    def count_wrong(self, connection: sqlite3.Connection, now: BootInstant) -> None:
        """Remember a wrong attempt, and close the door if it was one too many."""
        connection.execute(
            "DELETE FROM wrong_attempts WHERE boot_id != ? OR at_s <= ?",
            (now.boot_id, now.at_s - self.window_s),
        )
        connection.execute("INSERT INTO wrong_attempts VALUES (?, ?)", (now.boot_id, now.at_s))
        (wrong,) = connection.execute("SELECT count(*) FROM wrong_attempts").fetchone()
        if wrong >= self.most:
            connection.execute("DELETE FROM wrong_attempts")
            connection.execute("DELETE FROM refusal_until")
            connection.execute(
                "INSERT INTO refusal_until VALUES (?, ?)", (now.boot_id, now.at_s + self.refuse_s)
            )
