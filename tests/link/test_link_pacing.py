"""The window of bulk, against a line made of arithmetic."""

from __future__ import annotations

import copy
import heapq

import pytest

from local_agent.link.pacing import LEAST_WINDOW_BYTES, MOST_WINDOW_BYTES, QUEUE_TARGET_S, Pacer


class Line:
    """A line of one rate and delay, and a console at its end that answers at once."""

    def __init__(self, bits_per_s: float, round_trip_s: float) -> None:
        self.bytes_per_s = bits_per_s / 8
        self.round_trip_s = round_trip_s
        self.now_s = 0.0
        self.free_at_s = 0.0
        self.under_way: list[tuple[float, int, float]] = []

    def run(self, pacer: Pacer, for_s: float) -> tuple[float, int]:
        """The longest queue (s) of the second half, and the bytes carried."""
        end_s, carried, longest_s = self.now_s + for_s, 0, 0.0
        pacer.acknowledged(0, self.round_trip_s, self.now_s)
        while self.now_s < end_s:
            while pacer.may_send(size := pacer.chunk_bytes()):
                pacer.sent(size)
                self.free_at_s = max(self.free_at_s, self.now_s) + size / self.bytes_per_s
                heapq.heappush(self.under_way, (self.free_at_s + self.round_trip_s, size, self.now_s))
                if self.now_s > end_s - for_s / 2:
                    longest_s = max(longest_s, self.free_at_s - self.now_s)
            self.now_s, size, sent_at_s = heapq.heappop(self.under_way)
            carried += size
            pacer.acknowledged(size, self.now_s - sent_at_s, self.now_s)
        return longest_s, carried


def room(pacer: Pacer) -> int:
    """How many bytes may be sent and not yet acknowledged: as many as are let through."""
    tried, step = copy.deepcopy(pacer), 512
    sent = 0
    while tried.may_send(step):
        tried.sent(step)
        sent += step
    return sent


@pytest.mark.parametrize("round_trip_s", [0.02, 0.15, 0.4])
@pytest.mark.parametrize("bits_per_s", [1e6, 2e6, 20e6])
def test_the_line_is_used_and_its_queue_stays_short(bits_per_s: float, round_trip_s: float) -> None:
    deepest_s, carried = Line(bits_per_s, round_trip_s).run(Pacer(), 30.0)
    assert carried >= 0.5 * 30.0 * bits_per_s / 8
    assert deepest_s <= 3 * QUEUE_TARGET_S


def test_the_start_does_not_flood_a_narrow_line() -> None:
    longest_s, _ = Line(2e6, 0.15).run(Pacer(), 1.0)
    longest_later_s, _ = Line(2e6, 0.15).run(Pacer(), 4.0)
    assert max(longest_s, longest_later_s) <= 0.1


def test_a_line_that_gets_narrower_is_followed() -> None:
    pacer = Pacer()
    line = Line(20e6, 0.1)
    line.run(pacer, 10.0)
    wide = room(pacer)
    line.bytes_per_s = 1e6 / 8
    longest_s, _ = line.run(pacer, 20.0)
    assert longest_s <= 3 * QUEUE_TARGET_S
    assert room(pacer) < wide / 4


def test_the_window_does_not_grow_while_nobody_fills_it() -> None:
    pacer = Pacer()
    for step in range(200):
        pacer.sent(100)
        pacer.acknowledged(100, 0.01, step * 0.1)
    assert room(pacer) == room(Pacer())


def test_yielding_goes_down_to_the_least_window_and_no_further() -> None:
    pacer = Pacer()
    for _ in range(50):
        pacer.yield_line()
    assert room(pacer) == LEAST_WINDOW_BYTES
    assert pacer.may_send(pacer.chunk_bytes())


def test_the_window_is_bounded() -> None:
    pacer = Pacer()
    Line(8e12, 1e-4).run(pacer, 0.05)
    assert room(pacer) <= MOST_WINDOW_BYTES
