"""What to do about a stream that shows nothing.

A connection's own state notices a dead line after thirty seconds; frames tell at once.

- No frame for `ASK_AFTER_S`: ask for a key frame.
- No frame for `REBUILD_AFTER_S`: build the connection anew through signalling, and wait longer before each
  further attempt, up to `LONGEST_WAIT_S`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

ASK_AFTER_S = 1.0
REBUILD_AFTER_S = 5.0
LONGEST_WAIT_S = 60.0


class Remedy(Enum):
    """What is due now."""

    NOTHING = auto()
    ASK_FOR_KEY_FRAME = auto()
    REBUILD = auto()


@dataclass(frozen=True, slots=True)
class StreamWatch:
    """One stream or connection. `since_s` is when it began, was rebuilt or last showed a frame."""

    since_s: float
    asked_s: float | None = None
    attempts: int = 0

    def saw_frame(self, now_s: float) -> StreamWatch:
        """A frame was decoded: everything is well."""
        return StreamWatch(now_s)

    def judge(self, now_s: float) -> tuple[StreamWatch, Remedy]:
        """What is due, and the watch after it was done."""
        if now_s - self.since_s >= min(REBUILD_AFTER_S * 2**self.attempts, LONGEST_WAIT_S):
            return StreamWatch(now_s, attempts=self.attempts + 1), Remedy.REBUILD
        if now_s - (self.since_s if self.asked_s is None else self.asked_s) >= ASK_AFTER_S:
            return replace(self, asked_s=now_s), Remedy.ASK_FOR_KEY_FRAME
        return self, Remedy.NOTHING
