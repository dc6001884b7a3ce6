"""When a picture was captured, and when the next of a file is due: tables and generated histories."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_agent.media.sources.capture_dating import ArrivalDating, by_kernel
from local_agent.media.sources.film_pace import MOST_S, FilmPace


def test_pictures_that_come_late_are_old_not_new() -> None:
    dating = ArrivalDating()
    for number in range(50):
        dating.captured_s(number * 0.04, 100.0 + number * 0.04)
    held_up = [dating.captured_s(2.0 + number * 0.04, 105.0 + number * 0.001) for number in range(25)]
    assert held_up[0] == pytest.approx(102.0, abs=0.02), "captured three seconds before it came"
    assert held_up == sorted(held_up)


def test_a_camera_whose_clock_jumps_is_dated_by_arrival_again() -> None:
    dating = ArrivalDating()
    dating.captured_s(10.0, 100.0)
    assert dating.captured_s(3.0, 101.0) == 101.0
    assert dating.captured_s(90_000.0, 102.0) == 102.0
    assert dating.captured_s(90_001.0, 200.0) == 200.0


def test_a_camera_whose_clock_runs_a_little_slow_is_not_older_every_minute() -> None:
    dating = ArrivalDating()
    ages = [
        100.0 + n * 0.04 * 1.0005 - dating.captured_s(n * 0.04, 100.0 + n * 0.04 * 1.0005)
        for n in range(25 * 600)
    ]
    assert max(ages) < 0.01


def test_a_camera_without_time_stamps_is_dated_by_arrival() -> None:
    assert ArrivalDating().captured_s(None, 7.0) == 7.0


@given(
    st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(0, 10)), min_size=1, max_size=40),
)
def test_no_picture_is_captured_after_it_arrived(history: list[tuple[float, float]]) -> None:
    dating, now_s = ArrivalDating(), 1e5
    for said_s, later_s in history:
        now_s += later_s
        captured_s = dating.captured_s(said_s, now_s)
        assert now_s - 31 < captured_s <= now_s + 1e-6


@pytest.mark.parametrize(
    ("said_s", "captured_s"),
    [(49.9, 999.9), (50.0, 1000.0), (None, 1000.0), (50.1, 1000.0), (48.0, 1000.0), (1.7e9, 1000.0)],
)
def test_the_kernels_stamp_is_used_where_it_can_be_meant(said_s: float | None, captured_s: float) -> None:
    assert by_kernel(said_s, 50.0, 1000.0) == pytest.approx(captured_s)


def test_a_file_is_paced_by_its_own_times() -> None:
    pace, now_s = FilmPace(), 0.0
    pace.begin()
    shown = []
    for said_s in (5.0, 5.1, 5.3):
        now_s += pace.wait_s(said_s, now_s)
        shown.append(now_s)
    assert shown == pytest.approx([0.0, 0.1, 0.3])


def test_a_file_from_the_beginning_again_does_not_pause() -> None:
    pace = FilmPace()
    pace.begin()
    pace.wait_s(60.0, 0.0)
    pace.begin()
    assert pace.wait_s(0.0, 0.0) == pytest.approx(0.04)


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=30))
def test_whatever_times_a_file_holds_no_wait_is_long_and_none_is_missing(times: list[float | None]) -> None:
    pace, now_s = FilmPace(), 0.0
    pace.begin()
    for said_s in times:
        wait_s = pace.wait_s(said_s, now_s)
        assert 0.0 <= wait_s <= MOST_S + 1e-6
        now_s += wait_s
    assert now_s >= (len(times) - 1) / 60 - 1e-9


def test_a_machine_that_fell_behind_does_not_hurry() -> None:
    pace = FilmPace()
    pace.begin()
    pace.wait_s(0.0, 0.0)
    pace.wait_s(0.04, 10.0)
    waits = [pace.wait_s(0.08 + n * 0.04, 10.0) for n in range(5)]
    assert waits[-1] > 0.1
