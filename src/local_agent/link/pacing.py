"""How much of a series may be under way at once, so that a narrow line stays short for control.

Pure: no sockets, no clock. The rules:

- every chunk is followed by a WebSocket ping; its pong says that the console has read the chunk, so the
  measure holds end to end, whatever proxies and buffers stand between;
- the window is steered so that bulk adds `QUEUE_TARGET_S` to the shortest round trip seen, no more;
- it grows by little at once, and only when it was what held bulk back; at the start only after a whole
  round trip has shown what the last growth did;
- while control is hurt (`yield_line`), the window is halved again and again;
- the shortest round trip is forgotten after two periods, and the line emptied once a period to see it
  again: else bulk would take the queue it made itself for the length of the line.
"""

from __future__ import annotations

QUEUE_TARGET_S = 0.03
"""Delay that bulk may add for everybody else on the line; control counts as hurt from 50 ms."""
GROWTH = 1.4
"""At most so much at once: a window that was right then adds 0.4 round trips, for one or two of them."""
CHUNK_TIME_S = QUEUE_TARGET_S / 4
FIRST_WINDOW_BYTES = 8 * 1024
LEAST_WINDOW_BYTES = 4 * 1024
MOST_WINDOW_BYTES = 1024 * 1024
LEAST_CHUNK_BYTES = 2 * 1024
MOST_CHUNK_BYTES = 64 * 1024
BASE_PERIOD_S = 60.0


class Pacer:
    """The window of one bulk connection; lives as long as the connection."""

    def __init__(self) -> None:
        self._window = float(FIRST_WINDOW_BYTES)
        self._in_flight = 0
        self._starting = True
        self._was_full = False
        self._measure_from_s = 0.0
        self._round_ends_at_s = 0.0
        self._round_least_s: float | None = None
        self._base_s: float | None = None
        self._base_before_s: float | None = None
        self._period_ends_at_s: float | None = None

    def chunk_bytes(self) -> int:
        """Size of the next chunk: short in its own time on the line, else it would be the queue."""
        share = min(1 / 8, CHUNK_TIME_S / self._base()) if self._base() > 0 else 1 / 8
        return max(LEAST_CHUNK_BYTES, min(MOST_CHUNK_BYTES, int(self._window * share)))

    def may_send(self, size_bytes: int) -> bool:
        """Whether a chunk fits the window; the first one always does."""
        fits = self._in_flight == 0 or self._in_flight + size_bytes <= self._window
        self._was_full = self._was_full or not fits
        return fits

    def sent(self, size_bytes: int) -> None:
        """A chunk is on its way."""
        self._in_flight += size_bytes

    def acknowledged(self, size_bytes: int, round_trip_s: float, at_s: float) -> None:
        """The console has read a chunk, `round_trip_s` after it was sent."""
        self._in_flight = max(0, self._in_flight - size_bytes)
        self._remember(round_trip_s, at_s)
        if at_s < self._measure_from_s:
            return
        least = self._round_least_s
        self._round_least_s = round_trip_s if least is None else min(least, round_trip_s)
        if at_s >= self._round_ends_at_s:
            self._steer(self._round_least_s)
            self._measure_from_s = at_s + (round_trip_s if self._starting else 0.0)
            self._round_ends_at_s = self._measure_from_s + round_trip_s
            self._round_least_s = None
            self._was_full = False

    def yield_line(self) -> None:
        """Control is being hurt."""
        self._window = max(self._window / 2, float(LEAST_WINDOW_BYTES))
        self._starting = False

    def _steer(self, round_trip_s: float) -> None:
        base_s = self._base()
        if self._starting and round_trip_s - base_s < QUEUE_TARGET_S * 0.4:
            wanted = self._window * GROWTH
        else:
            self._starting = False
            wanted = self._window * (base_s + QUEUE_TARGET_S) / max(round_trip_s, 1e-6)
        if wanted > self._window and not self._was_full:
            return
        growth_limit = self._window * GROWTH
        self._window = min(max(wanted, LEAST_WINDOW_BYTES), growth_limit, MOST_WINDOW_BYTES)

    def _base(self) -> float:
        known = [s for s in (self._base_s, self._base_before_s) if s is not None]
        return min(known, default=0.0)

    def _remember(self, round_trip_s: float, at_s: float) -> None:
        if self._period_ends_at_s is None:
            self._period_ends_at_s = at_s + BASE_PERIOD_S
        elif at_s >= self._period_ends_at_s:
            self._base_before_s, self._base_s = self._base_s, None
            self._period_ends_at_s = at_s + BASE_PERIOD_S
            self._window = max(self._window / 4, LEAST_WINDOW_BYTES)
        self._base_s = round_trip_s if self._base_s is None else min(self._base_s, round_trip_s)
