"""Lines that whoever connects can cause without end: comings and goings, and broken rules.

Rules upheld here:
- What belongs together (the coming and going of one device, one person's talk) shares a key and a window.
- The first line of a kind in its window is written at once; further ones are counted.
- When the window ends each kind that was counted is one line, the last that happened written last: so the
  newest line of a key always says how things stand.
- What is about to matter is written before it: `flush` gives back what was only counted so far.
- Nothing is lost: what was written at once and the counts add up to what happened.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from local_agent.core.events import (
    LinkClosed,
    LinkOpened,
    ViolationSeen,
)

WITHIN_S = 60.0

Repeatable = LinkOpened | LinkClosed | ViolationSeen


@dataclass(slots=True)
class _Window:
    since_s: float
    at_once: set[str] = field(default_factory=set)
    """Kinds of which a line was written."""
    counted: dict[str, Repeatable] = field(default_factory=dict)
    """By kind the latest, with how many it stands for; in the order of what happened last."""


@dataclass(slots=True)
class RepeatedLines:
    """Of one desk. Keys are of devices and closed lists, so their number is bounded."""

    _windows: dict[Hashable, _Window] = field(default_factory=dict)

    def take(self, key: Hashable, event: Repeatable, at_s: float) -> Repeatable | None:
        """The line to write now; None when it is counted."""
        window = self._windows.setdefault(key, _Window(at_s))
        if event.kind not in window.at_once:
            window.at_once.add(event.kind)
            return event
        before = window.counted.pop(event.kind, None)
        count = before.count + 1 if before is not None else 1
        window.counted[event.kind] = event.model_copy(update={"count": count})
        return None

    def flush(self, key: Hashable) -> tuple[Repeatable, ...]:
        """What of this key was only counted so far; its window goes on."""
        window = self._windows.get(key)
        if window is None:
            return ()
        counted = tuple(window.counted.values())
        window.counted.clear()
        return counted

    def due(self, at_s: float) -> tuple[Repeatable, ...]:
        """Lines for what was counted in windows that have ended."""
        return self._take([k for k, w in self._windows.items() if at_s - w.since_s >= WITHIN_S])

    def all(self) -> tuple[Repeatable, ...]:
        """As `due`, of every window now: the agent ends."""
        return self._take(list(self._windows))

    def _take(self, keys: list[Hashable]) -> tuple[Repeatable, ...]:
        return tuple(line for key in keys for line in self._windows.pop(key).counted.values())
