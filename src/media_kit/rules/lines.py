"""What one viewer's line can carry, from what its receivers report.

- A line is *crowded* while its round trip is `CROWDED_S` above its least of the last minute, or while it
  loses more than `HEAVY_LOSS`. Then it affords less than what is being sent, or as little as its receiver's
  own estimate (REMB), but not less than half; and after one such step none for `HOLD_S`: what is reported
  until then is what was before it. Without crowding that estimate only says what was tried.
- While it is neither crowded nor loses more than `LIGHT_LOSS`, it affords `GROWTH` more every second; near
  the rate at which it was crowded last only `CAREFUL_GROWTH`, for each try too much costs a key frame; well
  above it, it has been proven wrong.
- The estimate stays between `LEAST_BPS` and `MOST_BPS`. A new line begins at `FIRST_BPS` and finds it free;
  it affords `OPENED_BPS` once its round trip was measured: whoever fills the queue at once takes the time in
  it for the line's own, and never learns that it is crowded.
- A line that loses packets and was not crowded lately is sent each packet again unasked, and a long line,
  where asking takes longest, once more.
- What else uses the line may say that it is crowded: that is believed at once, with the same step down. Not
  if its own round trip was timed within `TIMED_S` and has not risen by half of `CROWDED_S`: then somebody's
  processor is short, and giving way would help nobody. It may name the round trip of the free line: pictures
  that found it full from their beginning have never seen that themselves.
- If that waits even at `LEAST_BPS`, all pictures are paused, while it waits and `PAUSED_FOR_S` more.
- A line that was crowded within `PACED_FOR_S` is sent pictures no faster than it affords, with `PACE_ROOM` to
  spare: what waits, waits here, and the voice passes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

LEAST_BPS = 100_000
NEARLY = 1.1
"""What a line that affords the least has grown by until it is lowered again."""
PAUSED_BPS = 0
FIRST_BPS = 1_200_000
OPENED_BPS = 6_000_000
MOST_BPS = 20_000_000
LIGHT_LOSS = 0.02
HEAVY_LOSS = 0.10
CROWDED_S = 0.05
TIMED_S = 2.5
GROWTH = 1.08
CAREFUL_GROWTH = 1.01
NEAR_CEILING = (0.8, 1.3)
STEP_DOWN = 0.75
HOLD_S = 2.5
AGAIN_FROM_LOSS = 0.004
LONG_ROUND_TRIP_S = 0.15
CHANGE_EVERY_S = 0.9
REMEMBERED_S = 30.0
PACED_FOR_S = 30.0
PACE_ROOM = 1.25
GIVES_WAY_FOR_S = 30.0
"""So long after it was said that something waits, a line is said to be kept free for that."""
PAUSED_FOR_S = 10.0


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
    """Smoothed over some seconds."""
    lost_last: float = 0.0
    receiver_bps: int | None = None
    round_trip_s: float | None = None
    timed_s: float | None = None
    """When the round trip was reported."""
    least_round_trip: LeastOfLate = LeastOfLate()
    changed_s: float = 0.0
    crowded_s: float | None = None
    """When it was crowded last."""
    ceiling_bps: int = MOST_BPS
    """What was being sent then."""
    gave_way_s: float | None = None
    """When it was last said from elsewhere, and believed, that it was crowded."""

    def pace_bps(self, now_s: float) -> int | None:
        """How fast pictures may leave for it; None: as fast as they come."""
        if self.crowded_s is None or now_s - self.crowded_s > PACED_FOR_S:
            return None
        return int(max(self.affords_bps, LEAST_BPS) * PACE_ROOM)

    @property
    def is_crowded(self) -> bool:
        """Whether something waits in a queue on the way, or is thrown away there."""
        if self.lost_last > HEAVY_LOSS:
            return True
        return self.round_trip_s is not None and self.round_trip_s > self.least_round_trip.value + CROWDED_S

    @property
    def is_new(self) -> bool:
        """Whether it was neither crowded yet nor found free."""
        return self.affords_bps == FIRST_BPS and self.ceiling_bps == MOST_BPS

    @property
    def copies(self) -> int:
        """How often every packet is worth sending again unasked."""
        if self.lost_share < AGAIN_FROM_LOSS or self.is_crowded or self.crowded_s is not None:
            return 0
        return 2 if (self.round_trip_s or 0.0) >= LONG_ROUND_TRIP_S else 1

    def told(self, report: LineReport, sent_bps: int, now_s: float) -> Line:
        """The line after a report, while `sent_bps` are being sent on it."""
        line = self._with_figures(report, now_s)
        if line.is_paused or report.lost_share is None or now_s - line.changed_s < CHANGE_EVERY_S:
            return line
        if line.is_crowded:
            return _stepped_down(line, sent_bps, now_s)
        if line.is_new:
            known = line.round_trip_s is not None
            return replace(line, affords_bps=OPENED_BPS, changed_s=now_s) if known else line
        if report.lost_share >= LIGHT_LOSS:
            return line
        below, above = NEAR_CEILING
        is_near = below < line.affords_bps / line.ceiling_bps < above
        growth = CAREFUL_GROWTH if is_near else GROWTH
        return replace(line, affords_bps=_bounded(line.affords_bps * growth), changed_s=now_s)

    def gave_way(self, sent_bps: int, now_s: float, free_round_trip_s: float | None = None) -> Line:
        """The line after it was said from elsewhere that `sent_bps` are too much for it."""
        if self.is_paused:
            return replace(self, gave_way_s=now_s)
        if not sent_bps or self._is_free(now_s, free_round_trip_s):
            return self
        line = _stepped_down(self, sent_bps, now_s)
        if line is not self and self.affords_bps <= LEAST_BPS * NEARLY:
            line = replace(line, affords_bps=PAUSED_BPS)
        return replace(line, gave_way_s=now_s)

    def looked(self, now_s: float) -> Line:
        """The line as time passes: what was paused may come back."""
        if not self.is_paused or self.gave_way_s is None or now_s - self.gave_way_s < PAUSED_FOR_S:
            return self
        return replace(self, affords_bps=LEAST_BPS, changed_s=now_s)

    def gives_way(self, now_s: float) -> bool:
        """Whether it is kept free for something else."""
        return self.gave_way_s is not None and now_s - self.gave_way_s <= GIVES_WAY_FOR_S

    @property
    def is_paused(self) -> bool:
        """Whether no picture at all is sent, for the sake of something else."""
        return self.affords_bps == PAUSED_BPS

    def _is_free(self, now_s: float, free_round_trip_s: float | None) -> bool:
        """Whether its own round trip says that nothing waits on it."""
        if self.timed_s is None or self.round_trip_s is None or now_s - self.timed_s > TIMED_S:
            return False
        least_s = self.least_round_trip.value
        if free_round_trip_s is not None:
            least_s = min(least_s, free_round_trip_s)
        return self.round_trip_s <= least_s + CROWDED_S / 2

    def _with_figures(self, report: LineReport, now_s: float) -> Line:
        line = self
        if line.crowded_s is not None and now_s - line.crowded_s > PACED_FOR_S:
            line = replace(line, crowded_s=None)
        if report.receiver_bps is not None:
            line = replace(line, receiver_bps=report.receiver_bps)
        if report.round_trip_s is not None:
            least = line.least_round_trip.with_value(report.round_trip_s, now_s)
            line = replace(line, round_trip_s=report.round_trip_s, timed_s=now_s, least_round_trip=least)
        if report.lost_share is not None:
            smoothed = 0.7 * line.lost_share + 0.3 * report.lost_share
            line = replace(line, lost_share=smoothed, lost_last=report.lost_share)
        return line


def _bounded(bps: float) -> int:
    return int(min(max(bps, LEAST_BPS), MOST_BPS))


def _stepped_down(line: Line, sent_bps: int, now_s: float) -> Line:
    if line.crowded_s is not None and now_s - line.crowded_s < HOLD_S:
        return line
    wanted = sent_bps * STEP_DOWN
    if line.receiver_bps is not None:
        wanted = max(min(wanted, line.receiver_bps), sent_bps / 2)
    return replace(
        line,
        affords_bps=_bounded(min(line.affords_bps, wanted)),
        changed_s=now_s,
        crowded_s=now_s,
        ceiling_bps=max(sent_bps, LEAST_BPS),
    )
