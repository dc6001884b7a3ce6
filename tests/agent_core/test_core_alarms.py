"""The alarm book: raised once, shown as long as it lasts, silenced but not hidden by an acknowledgement."""

from __future__ import annotations

import pytest
from core_scanner import WALL
from core_site import Site, prepared_site

from local_agent.core.alarms import PRIORITY, AlarmBook
from local_agent.core.policy import Policy
from local_agent.core.ticking import PICTURE_ALARM_S
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


def test_the_same_condition_does_not_alarm_twice_while_it_lasts_and_does_again_after() -> None:
    alarms = book(BULB)
    assert alarms.raise_alarm(BULB, "boot", WALL) is None
    alarms.clear(BULB)
    (ended,) = alarms.shown()
    again = alarms.raise_alarm(BULB, "boot", WALL)
    assert again is not None
    assert again.alarm_id != ended.alarm_id
    assert alarms.shown() == (again,), "it lasts again: the one that ended is told by the journal"


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


def test_a_condition_that_comes_and_goes_all_night_never_hides_a_high_one_nor_grows_without_end() -> None:
    alarms = book(BULB)
    for _ in range(500):
        alarms.raise_alarm(LINK, "boot", WALL)
        alarms.clear(LINK)
    shown = alarms.shown()
    assert shown[0].kind is BULB
    assert sum(a.kind is LINK for a in shown) == 1


# ------------------------------------------------------------------ the picture


def frozen(site: Site) -> bool:
    active = site.desk.alarms.active(AlarmKind.PICTURE_FROZEN)
    return active is not None


def test_a_picture_that_stands_still_alarms_while_somebody_scans_from_afar() -> None:
    site = prepared_site()
    site.desk.policy = Policy(picture="required")
    site.desk.read(picture_age_s=4.0)
    site.pass_time(0.5)
    assert not frozen(site), "nothing runs"
    site.desk.read(picture_age_s=0.2)
    assert site.console.start("T2 TSE ax").accepted
    site.pass_time(0.5)
    assert not frozen(site)
    site.desk.read(picture_age_s=PICTURE_ALARM_S)
    site.pass_time(0.5)
    assert not frozen(site), "a camera may be started again"
    site.desk.read(picture_age_s=PICTURE_ALARM_S + 0.1)
    site.pass_time(0.5)
    assert frozen(site)
    site.desk.read(picture_age_s=0.2)
    site.pass_time(0.5)
    assert not frozen(site)


def test_a_picture_that_the_site_paused_or_waived_is_no_alarm() -> None:
    site = prepared_site()
    assert site.console.start("T2 TSE ax").accepted
    site.desk.read(picture_age_s=10.0)
    site.pass_time(0.5)
    assert not frozen(site), "the policy waives it"
    site.desk.policy = Policy(picture="required")
    site.desk.read(picture_age_s=None)  # what is paused has no age
    site.pass_time(0.5)
    assert not frozen(site)
