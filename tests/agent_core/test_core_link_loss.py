"""The console is lost while a scan runs: the agent does what was agreed, and says so once."""

from __future__ import annotations

import pytest
from core_site import prepared_site

from local_agent.core import events as e
from mr_contract import scanner_messages as s
from mr_contract.vocabulary import AlarmKind, LinkLossAction, StepState

T2 = "T2 TSE ax"


@pytest.mark.parametrize("action", LinkLossAction)
def test_a_lost_console_brings_about_what_was_agreed_three_seconds_later_and_once(
    action: LinkLossAction,
) -> None:
    site = prepared_site(action=action)
    site.console.start(T2)
    site.console.cut()
    site.pass_time(2.75)
    assert site.events(e.LinkLossActed) == []
    site.pass_time(20.0)
    (acted,) = site.events(e.LinkLossActed)
    assert acted.action is action
    stopped = action is LinkLossAction.STOP_NOW
    assert len(site.requests(s.Stop)) == int(stopped)
    assert site.step(T2).state is (StepState.STOPPED if stopped else StepState.ACQUIRING)
    assert AlarmKind.LINK_LOST_WHILE_SCANNING in {a.kind for a in site.desk.alarms.shown()}


def test_a_lost_console_with_nothing_running_only_suspends() -> None:
    site = prepared_site(action=LinkLossAction.STOP_NOW)
    site.console.cut()
    site.pass_time(5.0)
    assert site.events(e.ControlSuspended)
    assert site.events(e.LinkLossActed) == []
    assert site.requests(s.Stop) == []
    assert site.desk.alarms.shown() == ()


def test_the_alarm_of_a_lost_link_ends_with_the_scan_or_with_resuming() -> None:
    site = prepared_site()
    site.console.start(T2)
    site.pass_time(3.25, beats=False)
    assert any(a.active for a in site.desk.alarms.shown())
    assert site.tablet.resume().accepted
    assert not any(a.active for a in site.desk.alarms.shown())


def test_a_start_not_yet_acknowledged_when_the_lease_lapses_is_stopped_if_that_was_agreed() -> None:
    site = prepared_site(action=LinkLossAction.STOP_NOW)
    site.scanner.hold = {"start"}
    site.console.start(T2)
    site.pass_time(3.0, beats=False)
    assert site.requests(s.Stop)
