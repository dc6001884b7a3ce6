"""Lines that whoever connects can cause without end: comings and goings, and broken rules.

Rules upheld here:
- What belongs together (the coming and going of one device, one person's talk) shares a key and a window.
- The first lines of a kind in its window are written at once (`AT_ONCE`); further ones are counted.
- When the window ends each kind that was counted is one line, the last that happened written last: so the
  newest line of a key always says how things stand.
- A window in which something was counted goes on: a flood is two lines a minute however long it lasts, until
  a minute has passed without it.
- What is about to matter is written before it: `flush` gives back what was only counted so far.
- Nothing is lost: what was written at once and the counts add up to what happened.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from local_agent.core.events import (
    LinkClosed,
    LinkOpened,
    PicturesBegan,
    PicturesEnded,
    TalkBegan,
    TalkEnded,
    ViolationSeen,
)

WITHIN_S = 60.0
AT_ONCE = {"violation_seen": 32}
"""How many of a kind are written at once: broken rules differ, and each deserves its words."""
AT_ONCE_OF_OTHERS = 4

Repeatable = LinkOpened | LinkClosed | PicturesBegan | PicturesEnded | TalkBegan | TalkEnded | ViolationSeen


@dataclass(slots=True)
class _Window:
    since_s: float
    at_once: dict[str, int] = field(default_factory=dict)
    """How many lines of a kind were written at once."""
    counted: dict[str, Repeatable] = field(default_factory=dict)
    """By kind the latest, with how many it stands for; in the order of what happened last."""


@dataclass(slots=True)
class RepeatedLines:
    """Of one desk. Keys are of devices and closed lists, so their number is bounded."""

    _windows: dict[Hashable, _Window] = field(default_factory=dict)

    def take(self, key: Hashable, event: Repeatable, at_s: float) -> Repeatable | None:
        """The line to write now; None when it is counted."""
        window = self._windows.setdefault(key, _Window(at_s))
        written = window.at_once.get(event.kind, 0)
        if written < AT_ONCE.get(event.kind, AT_ONCE_OF_OTHERS):
            window.at_once[event.kind] = written + 1
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
        ended = [key for key, window in self._windows.items() if at_s - window.since_s >= WITHIN_S]
        lines: list[Repeatable] = []
        for key in ended:
            window = self._windows[key]
            if window.counted:
                window.since_s = at_s
                lines += self.flush(key)
            else:
                del self._windows[key]
        return tuple(lines)

    def all(self) -> tuple[Repeatable, ...]:
        """As `due`, of every window now: the agent ends."""
        windows, self._windows = self._windows, {}
        return tuple(line for window in windows.values() for line in window.counted.values())
