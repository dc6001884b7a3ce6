"""The scanner's log: bounded, gapless, and honest about what it dropped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mr_contract.scanner_messages import AcquisitionProgressed, BecameIdle, ScannerEvent
from scanner_kit.event_log import EventLog

AT = datetime(2026, 3, 1, tzinfo=UTC)


def idle(number: int) -> ScannerEvent:
    return BecameIdle(number=number, at=AT)


def progress(number: int) -> ScannerEvent:
    return AcquisitionProgressed(
        number=number, at=AT, acquisition_id="a", command_id="c", step_id="s",
        fraction=0.5, remaining_s=1.0, lines_acquired=1, lines_total=2,
    )  # fmt: skip


def test_events_come_oldest_first_after_the_number_asked_for() -> None:
    log = EventLog()
    for number in range(1, 11):
        log.append(idle(number) if number % 2 else progress(number))
    listed = log.after(4, reply_to=9)
    assert [event.number for event in listed.events] == [5, 6, 7, 8, 9, 10]
    assert (listed.complete, listed.reply_to) == (True, 9)


def test_a_page_holds_at_most_500_events_and_the_next_follows() -> None:
    log = EventLog()
    for number in range(1, 701):
        log.append(idle(number))
    first = log.after(0, reply_to=1).events
    assert len(first) == 500
    assert [event.number for event in log.after(first[-1].number, reply_to=1).events] == list(range(501, 701))


@pytest.mark.parametrize("number", [2, 1, 4, 0])
def test_a_gap_or_a_repetition_is_a_programming_error(number: int) -> None:
    log = EventLog()
    log.append(idle(1))
    log.append(idle(2))
    with pytest.raises(ValueError, match="follows"):
        log.append(idle(number))


def test_progress_is_dropped_before_anything_that_says_what_happened() -> None:
    log = EventLog(notable=10, progress=5)
    log.append(idle(1))
    for number in range(2, 100):
        log.append(progress(number))
    kept = log.after(0, reply_to=1)
    assert kept.events[0].number == 1
    assert not kept.complete
    assert log.after(94, reply_to=1).complete


def test_a_full_log_says_that_it_is_not_complete() -> None:
    log = EventLog(notable=3)
    for number in range(1, 6):
        log.append(idle(number))
    assert not log.after(1, reply_to=1).complete
    assert log.after(2, reply_to=1).complete
