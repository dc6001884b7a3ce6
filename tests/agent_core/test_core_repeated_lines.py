"""Comings and goings as lines: the first at once, the rest counted, the newest line always true."""

from __future__ import annotations

from core_site import prepared_site
from hypothesis import given
from hypothesis import strategies as st

from local_agent.core import events as e
from local_agent.core.repeated_lines import WITHIN_S, Repeatable, RepeatedLines
from mr_contract.vocabulary import Role

KEY = ("link", "device")


def came(number: int) -> e.LinkOpened:
    return e.LinkOpened(by="Rosa", link=f"l{number}", role=Role.RADIOLOGIST)


def went(number: int) -> e.LinkClosed:
    return e.LinkClosed(by="Rosa", link=f"l{number}")


def test_one_coming_and_one_going_are_written_at_once_and_nothing_more() -> None:
    lines = RepeatedLines()
    assert lines.take(KEY, came(1), 0.0) == came(1)
    assert lines.take(KEY, went(1), 5.0) == went(1)
    assert lines.due(WITHIN_S) == ()
    assert lines.take(KEY, came(2), WITHIN_S + 1.0) == came(2)


def test_ten_thousand_reconnections_in_a_minute_are_four_lines_that_add_up() -> None:
    lines, written = RepeatedLines(), list[Repeatable]()
    for number in range(10_000):
        for event in (came(number), went(number)):
            line = lines.take(KEY, event, number / 1000.0)
            written += [] if line is None else [line]
    written += lines.due(WITHIN_S)
    assert [(x.kind, x.count) for x in written] == [
        ("link_opened", 1),
        ("link_closed", 1),
        ("link_opened", 9999),
        ("link_closed", 9999),
    ]
    assert lines.all() == ()


def test_what_happened_last_is_written_last_whichever_kind_began() -> None:
    lines = RepeatedLines()
    for event in (came(1), went(1), came(2), went(2), came(3)):
        lines.take(KEY, event, 1.0)
    assert [line.kind for line in lines.all()] == ["link_closed", "link_opened"]


def test_what_was_counted_is_written_before_what_rests_on_it_and_not_again() -> None:
    lines = RepeatedLines()
    for event in (came(1), went(1), came(2)):
        lines.take(KEY, event, 1.0)
    assert lines.flush(KEY) == (came(2),)
    assert lines.flush(KEY) == ()
    assert lines.due(WITHIN_S + 1.0) == ()


@given(st.booleans(), st.lists(st.floats(0.1, 30.0), min_size=1, max_size=60))
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
    for number in range(5):
        site.turn(lambda desk, event: desk.record_bounded(KEY, event, site.at_s), came(number))
    assert [line.count for line in site.events(e.LinkOpened)] == [1]
    site.pass_time(WITHIN_S + 1.0, step=0.5)
    assert [line.count for line in site.events(e.LinkOpened)] == [1, 4]
