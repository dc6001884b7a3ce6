"""The alarm book: raised once, shown as long as it lasts, silenced but not hidden by an acknowledgement."""

from __future__ import annotations

import pytest
from core_scanner import WALL

from local_agent.core.alarms import PRIORITY, AlarmBook
from mr_contract.vocabulary import AlarmKind, AlarmPriority

BULB, FAULT, ABSENT, LINK = (
    AlarmKind.SQUEEZE_BULB,
    AlarmKind.SCANNER_FAULT,
    AlarmKind.LOCAL_OPERATOR_ABSENT,
    AlarmKind.LINK_DEGRADED,
)


def book(*kinds: AlarmKind) -> AlarmBook:
    alarms = AlarmBook()
    for kind in kinds:
        assert alarms.raise_alarm(kind, "boot", WALL) is not None
    return alarms


def test_every_kind_has_a_priority() -> None:
    assert set(PRIORITY) == set(AlarmKind)
    assert PRIORITY[BULB] is AlarmPriority.HIGH
    assert PRIORITY[LINK] is AlarmPriority.LOW


def test_acknowledging_ends_no_display_of_a_condition_that_lasts() -> None:
    alarms = book(FAULT)
    (alarm,) = alarms.shown()
    assert alarms.acknowledge(alarm.alarm_id, "Anna") is not None
    (shown,) = alarms.shown()
    assert (shown.active, shown.acknowledged_by) == (True, "Anna")
    assert alarms.clear(FAULT) is not None
    assert alarms.shown() == ()


def test_a_condition_that_ended_unseen_stays_until_somebody_acknowledges_it() -> None:
    alarms = book(FAULT)
    alarms.clear(FAULT)
    (shown,) = alarms.shown()
    assert not shown.active
    assert alarms.acknowledge(shown.alarm_id, "Anna") is not None
    assert alarms.shown() == ()


@pytest.mark.parametrize("kind", AlarmKind)
def test_clearing_what_was_not_raised_and_acknowledging_nothing_is_harmless(kind: AlarmKind) -> None:
    alarms = AlarmBook()
    assert alarms.clear(kind) is None
    assert alarms.acknowledge("alarm-x", "Anna") is None


def test_high_comes_before_medium_before_low_whenever_it_was_raised() -> None:
    shown = book(LINK, ABSENT, BULB, FAULT).shown()
    assert [a.kind for a in shown] == [FAULT, BULB, ABSENT, LINK]
