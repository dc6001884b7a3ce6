"""What one viewer's line can carry, from what its receivers report.

- A line is *crowded* while its round trip is `CROWDED_S` above its least of the last minute, or while it
  loses more than `HEAVY_LOSS`. Then it affords less than what is being sent, and the receiver's own estimate
  (REMB) is believed. Without crowding that estimate only says what was tried, and how unevenly time ran.
- While it is neither crowded nor loses more than `LIGHT_LOSS`, it affords `GROWTH` more every second.
- The estimate stays between `LEAST_BPS` and `MOST_BPS`; a new line begins at `FIRST_BPS`.
- A line that loses packets without being crowded is sent each packet twice: that is sooner than asking.
- A line that was crowded within `PACED_FOR_S` is sent pictures no faster than it affords, with `PACE_ROOM` to
  spare: what waits, waits here, and the voice passes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

LEAST_BPS = 100_000
FIRST_BPS = 6_000_000
MOST_BPS = 20_000_000
LIGHT_LOSS = 0.02
HEAVY_LOSS = 0.10
CROWDED_S = 0.05
GROWTH = 1.08
STEP_DOWN = 0.85
TWICE_FROM_LOSS = 0.004
CHANGE_EVERY_S = 0.9
REMEMBERED_S = 30.0
PACED_FOR_S = 30.0
PACE_ROOM = 1.4


@dataclass(frozen=True, slots=True)
class LineReport:
    """What a receiver said: the share of packets lost since the last report, the round trip, its estimate."""

    lost_share: float | None = None
    round_trip_s: float | None = None
    receiver_bps: int | None = None


@dataclass(frozen=True, slots=True)
class LeastOfLate:
    """The least of a figure within the last 30 to 60 seconds, so that a moved line is learnt anew."""

    since_s: float = 0.0
    least: float = float("inf")
    least_before: float = float("inf")

    def with_value(self, value: float, now_s: float) -> LeastOfLate:
        """Another value."""
        if now_s - self.since_s < REMEMBERED_S:
            return replace(self, least=min(self.least, value))
        return LeastOfLate(now_s, value, self.least)

    @property
    def value(self) -> float:
        """The least known."""
        return min(self.least, self.least_before)


@dataclass(frozen=True, slots=True)
class Line:
    """One viewer's line, as known from its reports."""

    affords_bps: int = FIRST_BPS
    lost_share: float = 0.0
    round_trip_s: float | None = None
    least_round_trip: LeastOfLate = LeastOfLate()
    changed_s: float = 0.0
    crowded_s: float | None = None
    """When it was crowded last."""

    def pace_bps(self, now_s: float) -> int | None:
        """How fast pictures may leave for it; None: as fast as they come."""
        if self.crowded_s is None or now_s - self.crowded_s > PACED_FOR_S:
            return None
        return int(self.affords_bps * PACE_ROOM)

    @property
    def is_crowded(self) -> bool:
        """Whether something waits in a queue on the way, or is thrown away there."""
        if self.lost_share > HEAVY_LOSS:
            return True
        return self.round_trip_s is not None and self.round_trip_s > self.least_round_trip.value + CROWDED_S

    @property
    def sends_twice(self) -> bool:
        """Whether every packet is worth sending twice."""
        return self.lost_share >= TWICE_FROM_LOSS and not self.is_crowded

    def told(self, report: LineReport, sent_bps: int, now_s: float) -> Line:
        """The line after a report, while `sent_bps` are being sent on it."""
        line = self._with_figures(report, now_s)
        affords = float(line.affords_bps)
        if line.is_crowded:
            line = replace(line, crowded_s=now_s)
        if line.is_crowded and report.receiver_bps is not None:
            affords = min(affords, report.receiver_bps)
        if now_s - line.changed_s < CHANGE_EVERY_S or report.lost_share is None:
            return replace(line, affords_bps=_bounded(affords))
        if line.is_crowded:
            affords = min(affords, sent_bps * STEP_DOWN)
        elif report.lost_share < LIGHT_LOSS:
            affords *= GROWTH
        return replace(line, affords_bps=_bounded(affords), changed_s=now_s)

    def _with_figures(self, report: LineReport, now_s: float) -> Line:
        line = self
        if report.round_trip_s is not None:
            least = line.least_round_trip.with_value(report.round_trip_s, now_s)
            line = replace(line, round_trip_s=report.round_trip_s, least_round_trip=least)
        if report.lost_share is not None:
            line = replace(line, lost_share=0.7 * line.lost_share + 0.3 * report.lost_share)
        return line


def _bounded(bps: float) -> int:
    return int(min(max(bps, LEAST_BPS), MOST_BPS))
