"""The window of bulk, against a line made of arithmetic."""

from __future__ import annotations

import heapq

import pytest

from local_agent.link.pacing import LEAST_WINDOW_BYTES, MOST_WINDOW_BYTES, QUEUE_TARGET_S, Pacer


class Line:
    """A line of one rate and delay; returns the deepest queue (s) of the last half, and the bytes carried."""

    def __init__(self, bytes_per_s: float, round_trip_s: float) -> None:
        self.bytes_per_s = bytes_per_s
        self.round_trip_s = round_trip_s

    def run(self, pacer: Pacer, for_s: float) -> tuple[float, int]:
        now, free_at, carried, deepest = 0.0, 0.0, 0, 0.0
        arrivals: list[tuple[float, int, float]] = []
        pacer.acknowledged(0, self.round_trip_s, now)
        while now < for_s:
            while pacer.may_send(size := pacer.chunk_bytes()):
                pacer.sent(size)
                free_at = max(free_at, now) + size / self.bytes_per_s
                heapq.heappush(arrivals, (free_at + self.round_trip_s, size, now))
                if now > for_s / 2:
                    deepest = max(deepest, free_at - now)
            now, size, sent_at = heapq.heappop(arrivals)
            carried += size
            pacer.acknowledged(size, now - sent_at, now)
        return deepest, carried


@pytest.mark.parametrize("round_trip_s", [0.02, 0.15, 0.4])
@pytest.mark.parametrize("bits_per_s", [1e6, 2e6, 20e6])
def test_the_line_is_used_and_its_queue_stays_short(bits_per_s: float, round_trip_s: float) -> None:
    deepest_s, carried = Line(bits_per_s / 8, round_trip_s).run(Pacer(), 30.0)
    assert carried >= 0.6 * 30.0 * bits_per_s / 8
    assert deepest_s <= 3 * QUEUE_TARGET_S


def test_a_line_that_gets_narrower_is_followed() -> None:
    pacer = Pacer()
    Line(20e6 / 8, 0.1).run(pacer, 5.0)
    wide = pacer.window_bytes
    Line(1e6 / 8, 0.1).run(pacer, 10.0)
    assert pacer.window_bytes < wide / 4


def test_the_window_does_not_grow_while_nobody_fills_it() -> None:
    pacer = Pacer()
    for step in range(200):
        pacer.sent(100)
        pacer.acknowledged(100, 0.01, step * 0.1)
    assert pacer.window_bytes == Pacer().window_bytes


def test_yielding_goes_down_to_the_least_window_and_no_further() -> None:
    pacer = Pacer()
    for _ in range(50):
        pacer.yield_line()
    assert pacer.window_bytes == LEAST_WINDOW_BYTES
    assert pacer.may_send(pacer.chunk_bytes())


def test_the_window_is_bounded() -> None:
    pacer = Pacer()
    Line(1e12, 1e-4).run(pacer, 0.05)
    assert pacer.window_bytes <= MOST_WINDOW_BYTES
