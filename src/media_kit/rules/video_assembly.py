"""A video stream put back together from its packets.

- A frame is released by the packet that completes it, and everything complete is released at once: nothing
  waits for the frame after it.
- A missing packet is asked for when it is noticed, and again until it comes.
- A frame that cannot be completed within `patience_s` is skipped.
- After a skipped frame nothing is shown until a key frame: a picture built on a missing one is wrong without
  looking wrong. The key frame is asked for, and asked for again until it comes.
- A whole key frame behind a hole is shown at once; what was before it is no longer waited for.
- Memory is bounded whatever arrives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from media_kit.rules.counters import Unwrapped

CAPACITY = 2048
"""Packets held at most: eight seconds of a 720p stream."""
MOST_MISSING = 200
"""With more packets lost in a row, a key frame is sooner here than they are."""
ASK_AGAIN_S = 0.06
LEAST_PATIENCE_S = 0.25
MARGIN_S = 0.1
KEY_AGAIN_S = 0.3


@dataclass(frozen=True, slots=True)
class Piece:
    """One packet's share of a frame. `sequence` is 16 bits, `timestamp` 32, as on the wire."""

    sequence: int
    timestamp: int
    ends_frame: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Whole:
    """A complete frame. `timestamp` is unwrapped: its lower 32 bits are the wire's."""

    timestamp: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Assembled:
    """What follows from a packet or from time: frames to decode, packets and a key frame to ask for."""

    frames: tuple[Whole, ...] = ()
    ask_for: tuple[int, ...] = ()
    ask_for_key_frame: bool = False


@dataclass(slots=True)
class _Missing:
    noticed_s: float
    asked_s: float | None = None


class VideoAssembly:
    """The packets of one stream, in any order, with holes. `is_key` tells whether a frame stands alone."""

    skipped: int
    """Holes given up."""
    recovered: int
    """Lost packets that came after they were asked for."""

    def __init__(self, is_key: Callable[[bytes], bool]) -> None:
        self._is_key = is_key
        self._sequences = Unwrapped(16)
        self._timestamps = Unwrapped(32)
        self._pieces: dict[int, Piece] = {}
        self._missing: dict[int, _Missing] = {}  # in the order of the stream
        self._ask_due_s = 0.0
        self._begun = False
        self._front = 0
        self._looked_to = 0
        self._newest = 0
        self._waits_for_key = True
        self._key_wanted = False
        self._key_asked_s: float | None = None
        self.round_trip_s = 0.0
        self.recovered = 0
        self.skipped = 0

    @property
    def patience_s(self) -> float:
        """How long a frame is waited for: long enough for one packet to be asked for and sent again."""
        return max(LEAST_PATIENCE_S, 1.5 * self.round_trip_s + MARGIN_S)

    def take(self, piece: Piece, now_s: float) -> Assembled:
        """A packet arrived."""
        at = self._sequences.take(piece.sequence)
        if not self._begun or self._is_another_stream(at):
            self._start_over(at)
        if at < self._front:
            return self._follow(now_s)
        for lost in range(self._newest + 1, at):
            self._missing[lost] = _Missing(noticed_s=now_s)
            self._ask_due_s = now_s
        self._newest = max(self._newest, at)
        was_missing = self._missing.pop(at, None)
        self.recovered += was_missing is not None and was_missing.asked_s is not None
        self._pieces[at] = piece
        if self._missing and piece.ends_frame:
            self._jump_to_key_frame()
        return self._follow(now_s)

    def tick(self, now_s: float) -> Assembled:
        """Time passed; to be called at `next_tick_s`."""
        return self._follow(now_s)

    def need_key_frame(self) -> None:
        """The decoder lost its way: show nothing until a key frame, and ask for one with the next tick."""
        self._waits_for_key = self._key_wanted = True

    def next_tick_s(self) -> float | None:
        """When something is due if no packet comes before; None when nothing is waited for."""
        due: list[float] = []
        if self._missing:
            due += [self._ask_due_s, self._hole.noticed_s + self.patience_s]
        if self._key_wanted and self._key_asked_s is not None:
            due.append(self._key_asked_s + self._key_again_s)
        return min(due, default=None)

    @property
    def _ask_again_s(self) -> float:
        return max(ASK_AGAIN_S, self.round_trip_s / 2)

    @property
    def _key_again_s(self) -> float:
        return max(KEY_AGAIN_S, 1.5 * self.round_trip_s)

    @property
    def _hole(self) -> _Missing:
        """The oldest packet that is missing."""
        return self._missing[next(iter(self._missing))]

    def _is_another_stream(self, at: int) -> bool:
        return at - self._newest > MOST_MISSING or not -CAPACITY < at - self._front < CAPACITY

    def _start_over(self, at: int) -> None:
        if self._begun:
            self.skipped += 1
            self.need_key_frame()
        self._begun = True
        self._pieces.clear()
        self._missing.clear()
        self._front = self._looked_to = at
        self._newest = at - 1

    def _follow(self, now_s: float) -> Assembled:
        frames = self._release()
        while self._missing and now_s >= self._hole.noticed_s + self.patience_s:
            self._skip_frame()
            frames += self._release()
        return Assembled(tuple(frames), self._due(now_s), ask_for_key_frame=self._key_due(now_s))

    def _release(self) -> list[Whole]:
        frames = []
        while (whole := self._take_frame()) is not None:
            if self._waits_for_key and whole.data:
                self._waits_for_key = not self._is_key(whole.data)
                self._key_wanted = self._waits_for_key
            if whole.data and not self._waits_for_key:
                frames.append(whole)
        return frames

    def _take_frame(self) -> Whole | None:
        front = self._front
        if (first := self._pieces.get(front)) is None:
            return None
        at = max(self._looked_to, front)
        while (piece := self._pieces.get(at)) is not None:
            if piece.timestamp != first.timestamp:
                return self._cut(front, at)
            at += 1
            if piece.ends_frame:
                return self._cut(front, at)
        self._looked_to = at
        return None

    def _cut(self, front: int, behind: int) -> Whole:
        pieces = [self._pieces.pop(at) for at in range(front, behind)]
        self._front = self._looked_to = behind
        return Whole(self._timestamps.take(pieces[0].timestamp), b"".join(p.data for p in pieces))

    def _skip_frame(self) -> None:
        """Go to the first packet behind the oldest hole that surely begins a frame."""
        behind = next(
            (at for at in range(next(iter(self._missing)) + 1, self._newest + 1) if self._begins_frame(at)),
            self._newest + 1,
        )
        self._forget_before(behind)
        self.skipped += 1
        self.need_key_frame()

    def _begins_frame(self, at: int) -> bool:
        before, here = self._pieces.get(at - 1), self._pieces.get(at)
        if before is None:
            return False
        return before.ends_frame or (here is not None and here.timestamp != before.timestamp)

    def _forget_before(self, behind: int) -> None:
        for kept in (self._pieces, self._missing):
            for at in [at for at in kept if at < behind]:
                del kept[at]
        self._front = self._looked_to = behind

    def _jump_to_key_frame(self) -> None:
        start: int | None = None
        for at in range(next(iter(self._missing)) + 1, self._newest + 1):
            if self._begins_frame(at):
                start = at
            if (piece := self._pieces.get(at)) is None:
                start = None
            elif piece.ends_frame and start is not None:
                if self._is_key(b"".join(self._pieces[n].data for n in range(start, at + 1))):
                    self.skipped += 1
                    self._forget_before(start)
                    return
                start = None

    def _due(self, now_s: float) -> tuple[int, ...]:
        if not self._missing or now_s < self._ask_due_s:
            return ()
        due = []
        for at, missing in self._missing.items():
            if missing.asked_s is None or now_s - missing.asked_s >= self._ask_again_s:
                missing.asked_s = now_s
                due.append(at & 0xFFFF)
        self._ask_due_s = self._ask_again_s + min(m.asked_s or now_s for m in self._missing.values())
        return tuple(due)

    def _key_due(self, now_s: float) -> bool:
        if not self._key_wanted:
            self._key_asked_s = None
            return False
        if self._key_asked_s is not None and now_s - self._key_asked_s < self._key_again_s:
            return False
        self._key_asked_s = now_s
        return True
