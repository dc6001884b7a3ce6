"""The control link's round trip, graded.

Rules upheld here (clinical.md rule 10):
- The figure is the median of the last 5 s of echoes; below 200 ms green, to 500 ms amber.
- Red once it was over 500 ms for 3 s; clear after 5 s below 400 ms.
- No echo within 1 s counts as a round trip that long: silence is never green.
- Bulk and media yield while the newest round trip is 50 ms above the least of the last minute, or the next
  echo is late by as much: one that still waits in the queue says nothing itself.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from statistics import median

from mr_contract.views import LinkView
from mr_contract.vocabulary import LinkGrade

WINDOW_S = 5.0
GREEN_BELOW_MS = 200.0
RED_ABOVE_MS = 500.0
RED_AFTER_S = 3.0
CLEAR_BELOW_MS = 400.0
CLEAR_AFTER_S = 5.0
SILENCE_S = 1.0
YIELD_RISE_MS = 50.0
BEAT_S = 0.25
"""A beat is sent so often, and so often its echo comes."""
REMEMBERED_S = 30.0
"""Twice this long at most the least round trip is believed: a line that moved is learnt anew."""


@dataclass(slots=True)
class LinkQuality:
    """Fed with round trips; asked for a view. Times are boot seconds."""

    _samples: deque[tuple[float, float]] = field(default_factory=deque)
    _over_since: float | None = None
    _under_since: float | None = None
    _red: bool = False
    _lowest_ms: float = math.inf
    _lowest_before_ms: float = math.inf
    _lowest_since_s: float = 0.0
    _last_ms: float | None = None
    _heard_at_s: float | None = None

    def echoed(self, at_s: float, round_trip_ms: float) -> None:
        """One beat came back."""
        self._samples.append((at_s, round_trip_ms))
        self._heard_at_s = at_s
        self._last_ms = round_trip_ms
        if at_s - self._lowest_since_s >= REMEMBERED_S:
            self._lowest_before_ms, self._lowest_ms = self._lowest_ms, math.inf
            self._lowest_since_s = at_s
        self._lowest_ms = min(self._lowest_ms, round_trip_ms)

    def view(self, at_s: float) -> LinkView:
        """Grade and figure at this moment."""
        while self._samples and at_s - self._samples[0][0] > WINDOW_S:
            self._samples.popleft()
        if self._heard_at_s is None:
            return LinkView(grade=LinkGrade.UNKNOWN)
        silent_ms = (at_s - self._heard_at_s) * 1000.0
        figure = median(ms for _, ms in self._samples) if self._samples else silent_ms
        if silent_ms > SILENCE_S * 1000.0:
            figure = max(figure, silent_ms)
        self._latch(figure, at_s)
        if self._red:
            grade = LinkGrade.RED
        else:
            grade = LinkGrade.GREEN if figure < GREEN_BELOW_MS else LinkGrade.AMBER
        return LinkView(grade=grade, round_trip_ms=round(figure, 1))

    @property
    def least_ms(self) -> float | None:
        """The least round trip of the last minute: the line with nothing waiting on it."""
        least = min(self._lowest_ms, self._lowest_before_ms)
        return None if math.isinf(least) else least

    def bulk_should_yield(self, at_s: float) -> bool:
        """Whether control waits on its line: bulk and media give way."""
        if self._last_ms is None or self._heard_at_s is None or self.least_ms is None:
            return False
        silent_ms = (at_s - self._heard_at_s - BEAT_S) * 1000.0
        return max(self._last_ms - self.least_ms, silent_ms) > YIELD_RISE_MS

    def _latch(self, figure: float, at_s: float) -> None:
        self._over_since = _since(self._over_since, at_s) if figure > RED_ABOVE_MS else None
        self._under_since = _since(self._under_since, at_s) if figure < CLEAR_BELOW_MS else None
        if self._over_since is not None and at_s - self._over_since >= RED_AFTER_S:
            self._red = True
        elif self._red and self._under_since is not None and at_s - self._under_since >= CLEAR_AFTER_S:
            self._red = False


def _since(earlier: float | None, at_s: float) -> float:
    """Since when a condition lasts that holds now."""
    return at_s if earlier is None else earlier
