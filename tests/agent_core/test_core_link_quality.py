"""The control link's grade: figures, latches and silence."""

from __future__ import annotations

import pytest

from local_agent.core.link_quality import LinkQuality
from mr_contract.vocabulary import LinkGrade

G, A, R, U = LinkGrade.GREEN, LinkGrade.AMBER, LinkGrade.RED, LinkGrade.UNKNOWN


def feed(link: LinkQuality, from_s: float, seconds: float, round_trip_ms: float) -> float:
    """Echoes four times a second, looked at each time; the time afterwards."""
    for _ in range(round(seconds * 4)):
        from_s += 0.25
        link.echoed(from_s, round_trip_ms)
        link.view(from_s)
    return from_s


def test_before_the_first_echo_nothing_is_known() -> None:
    assert LinkQuality().view(5.0).grade is U


@pytest.mark.parametrize(
    ("round_trip_ms", "grade"),
    [(20.0, G), (199.9, G), (200.0, A), (499.9, A), (500.0, A), (500.1, A)],
)
def test_the_grade_of_a_steady_figure_before_any_latch(round_trip_ms: float, grade: LinkGrade) -> None:
    link = LinkQuality()
    at_s = feed(link, 100.0, 1.0, round_trip_ms)
    assert link.view(at_s).grade is grade


def test_red_only_once_it_was_over_half_a_second_for_three_seconds() -> None:
    link = LinkQuality()
    at_s = feed(link, 100.0, 3.0, 501.0)
    assert link.view(at_s).grade is A
    at_s = feed(link, at_s, 0.25, 501.0)
    assert link.view(at_s).grade is R


def test_exactly_half_a_second_is_never_red() -> None:
    link = LinkQuality()
    at_s = feed(link, 100.0, 20.0, 500.0)
    assert link.view(at_s).grade is A


def test_red_clears_after_five_seconds_below_four_hundred() -> None:
    link = LinkQuality()
    at_s = feed(link, 100.0, 10.0, 600.0)
    at_s = feed(link, at_s, 2.75, 100.0)  # the median needs half its window
    assert link.view(at_s).grade is R
    at_s = feed(link, at_s, 4.5, 100.0)
    assert link.view(at_s).grade is R
    at_s = feed(link, at_s, 1.0, 100.0)
    assert link.view(at_s).grade is G


def test_red_does_not_clear_between_four_and_five_hundred() -> None:
    link = LinkQuality()
    at_s = feed(link, 100.0, 10.0, 600.0)
    at_s = feed(link, at_s, 30.0, 450.0)
    assert link.view(at_s).grade is R


def test_one_slow_echo_among_many_does_not_move_the_median() -> None:
    link = LinkQuality()
    at_s = feed(link, 100.0, 4.0, 50.0)
    link.echoed(at_s, 4000.0)
    assert link.view(at_s).round_trip_ms == 50.0


@pytest.mark.parametrize("from_s", [0.0, 100.0])
def test_silence_is_never_green_and_becomes_red(from_s: float) -> None:
    link = LinkQuality()
    link.echoed(from_s, 20.0)
    assert link.view(from_s + 0.9).grade is G
    assert link.view(from_s + 1.1).grade is A
    for tick in range(1, 17):
        link.view(from_s + 1.1 + tick * 0.25)
    assert link.view(from_s + 5.2).grade is R
    assert (link.view(from_s + 60.0).round_trip_ms or 0.0) >= 60_000.0


def test_over_the_limit_from_boot_second_zero_counts_from_there() -> None:
    link = LinkQuality()
    link.echoed(0.0, 900.0)
    link.view(0.0)
    link.echoed(3.0, 900.0)
    assert link.view(3.0).grade is R


def test_bulk_yields_once_the_round_trip_rose_fifty_milliseconds_above_its_lowest() -> None:
    link = LinkQuality()
    assert not link.bulk_should_yield(0.5)
    link.echoed(1.0, 30.0)
    link.echoed(2.0, 80.0)
    assert not link.bulk_should_yield(2.0)
    link.echoed(3.0, 80.1)
    assert link.bulk_should_yield(3.0)
    link.echoed(4.0, 40.0)
    assert not link.bulk_should_yield(4.0)
    assert link.least_ms == 30.0


def test_bulk_yields_while_the_next_echo_is_fifty_milliseconds_late() -> None:
    link = LinkQuality()
    link.echoed(1.0, 30.0)
    assert not link.bulk_should_yield(1.29)
    assert link.bulk_should_yield(1.31)
    link.echoed(1.35, 40.0)
    assert not link.bulk_should_yield(1.35)


def test_the_least_round_trip_is_forgotten_after_a_minute_so_that_a_line_that_moved_is_learnt_anew() -> None:
    link = LinkQuality()
    for at_s in range(240):
        link.echoed(at_s / 4, 30.0 if at_s < 4 else 130.0)
    assert link.bulk_should_yield(59.75), "not yet forgotten"
    link.echoed(60.0, 130.0)
    assert not link.bulk_should_yield(60.0)
