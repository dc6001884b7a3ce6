"""A sound stream put back in order.

- A packet whose turn it is is released at once: what follows it may be late, but is not waited for.
- A hole is waited for until `MOST_WAITING` packets wait behind it, or `MOST_WAIT_S` passed; then it is
  skipped, and nothing stays delayed.
- What comes after its turn is dropped. Memory is bounded whatever arrives.
"""

from __future__ import annotations

from media_kit.rules.counters import Unwrapped
from media_kit.rules.video_assembly import Piece, Whole

MOST_WAITING = 4
MOST_WAIT_S = 0.1
ANOTHER_STREAM = 64


class AudioAssembly:
    """The packets of one sound stream; each is one frame."""

    def __init__(self) -> None:
        self._sequences = Unwrapped(16)
        self._timestamps = Unwrapped(32)
        self._waiting: dict[int, Piece] = {}
        self._next: int | None = None
        self._hole_s: float | None = None
        self.skipped = 0

    def take(self, piece: Piece, now_s: float) -> tuple[Whole, ...]:
        """A packet arrived: what may be played now, in order."""
        at = self._sequences.take(piece.sequence)
        if self._next is None or abs(at - self._next) > ANOTHER_STREAM:
            self._waiting.clear()
            self._next = at
        if at < self._next:
            return ()
        self._waiting[at] = piece
        released = self._release()
        if not self._waiting:
            self._hole_s = None
            return released
        if self._hole_s is None or released:
            self._hole_s = now_s
        if len(self._waiting) >= MOST_WAITING or now_s - self._hole_s >= MOST_WAIT_S:
            self.skipped += min(self._waiting) - self._next
            self._next = min(self._waiting)
            self._hole_s = now_s
            released += self._release()
        return released

    def _release(self) -> tuple[Whole, ...]:
        released = []
        while self._next is not None and (piece := self._waiting.pop(self._next, None)) is not None:
            self._next += 1
            if piece.data:
                released.append(Whole(self._timestamps.take(piece.timestamp), piece.data))
        return tuple(released)
