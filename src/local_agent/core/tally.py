"""Repetitions as one line: the first of a kind at once, the rest of its window as a count.

Rules upheld here:
- The first of a kind is for the caller to write at once.
- Whatever follows within the window is counted, and given back once, with its count, when the window ends.
- Nothing is lost: what was written at once and the counts given back add up to what came.
- Two lines at most for each kind and window, however much comes.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Kind = TypeVar("Kind", bound=Hashable)
Happening = TypeVar("Happening")


@dataclass(slots=True)
class _Window(Generic[Happening]):
    since_s: float
    latest: Happening
    repeated: int = 0


@dataclass(slots=True)
class Tally(Generic[Kind, Happening]):
    """What came of each kind within its window. Who calls it bounds how many kinds there are."""

    window_s: float
    _windows: dict[Kind, _Window[Happening]] = field(default_factory=dict)

    def is_first(self, kind: Kind, happening: Happening, at_s: float) -> bool:
        """Take it in: True when it is to be written now, False when it is counted."""
        window = self._windows.get(kind)
        if window is None:
            self._windows[kind] = _Window(at_s, happening)
            return True
        window.latest, window.repeated = happening, window.repeated + 1
        return False

    def due(self, at_s: float) -> tuple[tuple[Happening, int], ...]:
        """Of every window that has ended with something repeated in it: the last of it, and how many."""
        ended = [k for k, w in self._windows.items() if at_s - w.since_s >= self.window_s]
        return self._take(ended)

    def all(self) -> tuple[tuple[Happening, int], ...]:
        """As `due`, of every window now: nobody will ask again."""
        return self._take(list(self._windows))

    def _take(self, kinds: list[Kind]) -> tuple[tuple[Happening, int], ...]:
        windows = [self._windows.pop(kind) for kind in kinds]
        return tuple((w.latest, w.repeated) for w in windows if w.repeated)
