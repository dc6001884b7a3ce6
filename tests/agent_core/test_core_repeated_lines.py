"""Comings and goings as lines: the first ones at once, the rest counted, the newest line always true."""

from __future__ import annotations

from core_site import prepared_site
from hypothesis import given
from hypothesis import strategies as st

from local_agent.core import events as e
from local_agent.core.repeated_lines import AT_ONCE_OF_OTHERS, WITHIN_S, Repeatable, RepeatedLines
from mr_contract.vocabulary import Role

KEY = ("link", "device")


def came(number: int) -> e.LinkOpened:
    return e.LinkOpened(by="Rosa", link=f"l{number}", role=Role.RADIOLOGIST)


def went(number: int) -> e.LinkClosed:
    return e.LinkClosed(by="Rosa", link=f"l{number}")


def flooded() -> RepeatedLines:
    """Whoever came and went so often is only counted from now on."""
    lines = RepeatedLines()
    for number in range(AT_ONCE_OF_OTHERS):
        assert lines.take(KEY, came(number), 0.0) == came(number)
        assert lines.take(KEY, went(number), 0.5) == went(number)
    return lines


def test_who_comes_and_goes_now_and_then_is_written_each_time() -> None:
    lines = flooded()
    assert lines.due(WITHIN_S) == ()
    assert lines.take(KEY, came(9), WITHIN_S + 1.0) == came(9)


def test_ten_thousand_reconnections_a_minute_are_two_lines_a_minute_that_add_up() -> None:
    lines = flooded()
    for minute in range(3):
        for number in range(10_000):
            at_s = minute * WITHIN_S + number / 1000.0
            assert lines.take(KEY, came(number), at_s) is None
            assert lines.take(KEY, went(number), at_s) is None
        counted = lines.due((minute + 1) * WITHIN_S)
        assert [(x.kind, x.count) for x in counted] == [("link_opened", 10_000), ("link_closed", 10_000)]
    assert lines.due(4 * WITHIN_S) == ()
    assert lines.take(KEY, came(1), 4 * WITHIN_S) == came(1)
    assert lines.all() == ()


def test_what_happened_last_is_written_last_whichever_kind_began() -> None:
    lines = flooded()
    for event in (came(2), went(2), came(3)):
        lines.take(KEY, event, 1.0)
    assert [line.kind for line in lines.all()] == ["link_closed", "link_opened"]


def test_what_was_counted_is_written_before_what_rests_on_it_and_not_again() -> None:
    lines = flooded()
    lines.take(KEY, came(2), 1.0)
    assert lines.flush(KEY) == (came(2),)
    assert lines.flush(KEY) == ()
    assert lines.due(WITHIN_S + 1.0) == ()


@given(st.booleans(), st.lists(st.floats(0.1, 20.0), min_size=1, max_size=60))
def test_nothing_is_lost_and_the_newest_line_is_the_newest_thing_that_happened(
    comes: bool, pauses_s: list[float]
) -> None:
    lines, written, at_s = RepeatedLines(), list[Repeatable](), 0.0
    events: list[Repeatable] = []
    for number, pause_s in enumerate(pauses_s):
        at_s, comes = at_s + pause_s, not comes
        written += lines.due(at_s)
        event: Repeatable = came(number) if comes else went(number)
        events.append(event)
        line = lines.take(KEY, event, at_s)
        written += [] if line is None else [line]
    written += lines.all()
    for kind in ("link_opened", "link_closed"):
        assert sum(x.count for x in written if x.kind == kind) == sum(x.kind == kind for x in events)
    assert written[-1].kind == events[-1].kind


def test_counts_are_written_when_their_minute_is_over() -> None:
    site = prepared_site()
    for number in range(AT_ONCE_OF_OTHERS + 5):
        site.turn(lambda desk, event: desk.record_bounded(KEY, event, site.at_s), came(number))
    assert [line.count for line in site.events(e.LinkOpened)] == [1] * AT_ONCE_OF_OTHERS
    site.pass_time(WITHIN_S + 1.0, step=0.5)
    assert [line.count for line in site.events(e.LinkOpened)] == [*[1] * AT_ONCE_OF_OTHERS, 5]
