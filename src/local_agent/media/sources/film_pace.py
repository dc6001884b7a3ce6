"""When the next picture of a file is due. Pure; seconds."""

from __future__ import annotations

USUAL_S = 1 / 25
LEAST_S = 1 / 60
MOST_S = 2.0
"""The longest that a picture stands: the times in a file are whatever somebody wrote into it."""


class FilmPace:
    """Turns the times in a file into waits; a file that cannot be read in time is shown late, not hurried."""

    def __init__(self) -> None:
        self.shown = 0
        self._said_s: float | None = None
        self._due_s: float | None = None

    def begin(self) -> None:
        """From the beginning again: the first picture follows the last at the usual pace."""
        self._said_s = None

    def wait_s(self, said_s: float | None, now_s: float) -> float:
        """How long from now until this picture is due."""
        if said_s is None or self._said_s is None:
            gap_s = USUAL_S
        else:
            gap_s = min(max(said_s - self._said_s, LEAST_S), MOST_S)
        self._said_s = said_s
        due_s = now_s if self._due_s is None else self._due_s + gap_s
        self._due_s = max(due_s, now_s - gap_s)
        self.shown += 1
        return max(0.0, due_s - now_s)
