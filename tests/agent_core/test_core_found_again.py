"""What happened while scanner and agent did not hear each other gets what was agreed, and is said truly."""

from __future__ import annotations

import pytest
from core_site import ANNA, Site, prepared_site, run

from local_agent.core import events as e
from local_agent.core import on_scanner_event
from local_agent.core.effects import Record
from local_agent.core.ticking import SCANNER_SILENT_S
from mr_contract import tablet_messages as t
from mr_contract.reasons import Reason
from mr_contract.vocabulary import AlarmKind, LinkLossAction, StartOutcome, StepState

T2 = "T2 TSE ax"


def lasting(site: Site) -> set[AlarmKind]:
    return {a.kind for a in site.desk.alarms.shown() if a.active}


def scans(site: Site) -> bool:
    return site.scanner.running is not None


@pytest.mark.parametrize("seconds", [10.0, 70.0], ids=["while it may be resumed", "after that"])
def test_an_agreed_stop_that_the_scanner_did_not_hear_is_made_good_when_it_is_heard_again(
    seconds: float,
) -> None:
    site = prepared_site(action=LinkLossAction.STOP_NOW)
    site.console.start(T2)
    site.lose_scanner()
    site.console.cut()
    site.pass_time(seconds)
    assert scans(site)
    site.connect_scanner()
    assert not scans(site)
    assert site.events(e.LinkLossActed)[-1].action is LinkLossAction.STOP_NOW


def test_a_scan_whose_console_is_there_is_left_alone_when_the_scanner_is_heard_again() -> None:
    site = prepared_site(action=LinkLossAction.STOP_NOW)
    site.console.start(T2)
    site.lose_scanner()
    site.pass_time(10.0)
    site.connect_scanner()
    assert scans(site)
    assert site.events(e.LinkLossActed) == []


def test_a_scan_found_running_though_a_person_settled_that_it_did_not_is_stopped_and_alarmed() -> None:
    site = prepared_site()
    site.scanner.hold = {"start"}
    prepared = site.console.prepare_start(T2)
    site.console.send(prepared)
    site.lose_scanner()
    assert site.desk.facts.starts[prepared.command_id].outcome is StartOutcome.UNKNOWN
    settled = {"unknown_command": prepared.command_id, "ran": False}
    assert site.tablet.do(t.SettleUnknown, signer=ANNA, **settled).accepted
    site.scanner.begin(prepared.command_id, prepared.step_id)
    site.connect_scanner()
    assert not scans(site)
    assert AlarmKind.LATE_ACCEPTANCE_STOPPED in lasting(site)


def test_the_alarm_of_a_lost_link_ends_with_a_scan_whose_end_nobody_told() -> None:
    site = prepared_site()
    site.console.start(T2)
    site.restart_agent()
    site.connect_scanner()
    assert AlarmKind.LINK_LOST_WHILE_SCANNING in lasting(site)
    site.lose_scanner()
    site.scanner.running, site.scanner.log_from = None, site.scanner.number
    site.connect_scanner()
    assert site.desk.facts.running is None
    assert AlarmKind.LINK_LOST_WHILE_SCANNING not in lasting(site)


def test_a_scanner_that_falls_silent_before_it_told_what_is_true_is_connected_anew() -> None:
    site = prepared_site()
    site.lose_scanner()
    site.scanner.mute = {"get_snapshot", "ping"}
    site.connect_scanner()
    site.pass_time(SCANNER_SILENT_S + 0.5)
    assert site.desk.welcome is None


def test_a_scanner_that_refuses_a_stop_is_not_said_to_be_unheard() -> None:
    site = prepared_site()
    site.console.start(T2)
    site.scanner.refuses = {"stop": "this scanner has no stop"}
    said = site.console.stop()
    assert not said.accepted
    assert said.reasons == {Reason.SCANNER_REFUSED}
    assert site.desk.last is not None
    assert site.desk.last.outcome == "refused"


def test_somebody_who_moves_the_door_is_there_and_the_alarm_says_so_no_more() -> None:
    site = prepared_site()
    site.pass_time(site.policy.presence_minutes * 60.0 + 1.0, step=5.0)
    assert AlarmKind.LOCAL_OPERATOR_ABSENT in lasting(site)
    site.scanner.open_door()
    site.pass_time(0.25)
    assert AlarmKind.LOCAL_OPERATOR_ABSENT not in lasting(site)


@pytest.mark.parametrize("announced_first", [True, False])
def test_a_series_is_stored_whichever_was_heard_first_its_images_or_that_they_are_ready(
    announced_first: bool,
) -> None:
    """An agent that starts anew hears scanner and images on two connections, in any order."""
    site = prepared_site()
    site.console.start(T2)
    site.restart_agent()
    site.scanner.end()
    if announced_first:
        site.connect_scanner()
    site.turn(on_scanner_event.series_stored, "exam-1", "series-acq-1", 3)
    if not announced_first:
        site.connect_scanner()
    assert site.desk.facts.exam is not None
    (series,) = site.desk.facts.exam.series
    assert series.stored
    assert site.step(T2).state is StepState.STORED


@pytest.mark.parametrize("announced", [True, False])
def test_a_series_that_is_sent_again_is_journalled_as_stored_once(announced: bool) -> None:
    site = prepared_site()
    if announced:
        run(site, T2)
    for _ in range(3):
        site.turn(on_scanner_event.series_stored, "exam-1", "series-acq-1", 3)
    assert len(site.events(e.SeriesWasStored)) == 1


def test_a_series_of_an_exam_that_was_closed_is_not_journalled_with_the_next_patient() -> None:
    site = prepared_site()
    run(site, T2)
    assert site.tablet.close_exam().accepted
    site.tablet.take_patient("exam-2")
    on_scanner_event.series_stored(site.desk, "exam-1", "series-acq-1", 3)
    (effect,) = (one for one in site.desk.take_effects() if isinstance(one, Record))
    assert effect.exam_id == "exam-1"
    assert site.desk.facts.exam is not None
    assert not site.desk.facts.exam.stored_early


def test_a_bulb_that_was_squeezed_while_nobody_heard_calls_when_the_scanner_is_heard() -> None:
    site = prepared_site()
    site.lose_scanner()
    site.scanner.squeeze()
    site.connect_scanner()
    assert AlarmKind.SQUEEZE_BULB in lasting(site)
    assert len(site.events(e.BulbSqueezed)) == 1
    assert not site.console.start(T2).accepted
