"""The agent is killed at the worst moments; what it then finds, and what it does."""

from __future__ import annotations

import pytest
from core_site import ALL, ITEM, Site, prepared_site, run

from local_agent.core import events as e
from local_agent.core.control_state import LocalControl
from mr_contract import console_messages as c
from mr_contract import scanner_messages as s
from mr_contract.reasons import Reason
from mr_contract.vocabulary import AlarmKind, LinkLossAction, Privilege, Role, StartOutcome, StepState

T2 = "T2 TSE ax"


def back(site: Site) -> None:
    """A console connects again and is granted everything."""
    site.console = site.open_console("mia")
    site.tablet.touch()
    site.console.take_control()


def alarms(site: Site) -> set[AlarmKind]:
    return {a.kind for a in site.desk.alarms.shown() if a.active}


def test_a_restart_clears_control_consent_and_presence_and_leaves_the_patient() -> None:
    site = prepared_site()
    site.restart_agent()
    assert isinstance(site.desk.control.operator, LocalControl)
    site.connect_scanner()
    assert site.open_reasons() == {
        Reason.NO_CONTROL,
        Reason.START_NOT_GRANTED,
        Reason.PRESENCE_LAPSED,
        Reason.LINK_UNKNOWN,
        Reason.WORKLOAD_UNKNOWN,
    }
    back(site)
    assert site.open_reasons() == set()
    assert site.console.start(T2).accepted


def test_patient_ready_does_not_survive_a_restart_during_which_the_door_was_opened() -> None:
    site = prepared_site()
    site.restart_agent()
    site.scanner.open_door()
    site.scanner.close_door()
    site.connect_scanner()
    assert Reason.ROOM_UNKNOWN in site.open_reasons()


def test_patient_ready_does_not_survive_a_rebooted_scanner() -> None:
    site = prepared_site()
    site.lose_scanner()
    site.scanner.reboot()
    site.connect_scanner()
    assert Reason.ROOM_UNKNOWN in site.open_reasons()
    assert site.tablet.ready().accepted
    assert site.open_reasons() == set()


def test_killed_before_the_intent_nothing_ran_and_the_step_is_still_planned() -> None:
    site = prepared_site()
    site.scanner.hold = {"prepare"}
    prepared = site.console.prepare_start(T2)
    site.console.send(prepared)
    site.restart_agent()
    site.scanner.hold = set()
    site.connect_scanner()
    assert site.step(T2).state is StepState.PLANNED
    assert prepared.command_id not in site.desk.facts.starts
    assert site.scanner.acquisitions == []


def test_killed_after_the_intent_and_before_sending_the_log_settles_it_as_failed() -> None:
    site = prepared_site()
    site.watching.append(
        lambda _, value: (
            setattr(site.scanner, "connected", False) if isinstance(value, e.StartIntended) else None
        )
    )
    prepared = site.console.prepare_start(T2)
    site.console.send(prepared)
    site.watching.clear()
    site.restart_agent()
    assert site.desk.facts.starts[prepared.command_id].outcome is StartOutcome.UNKNOWN
    site.connect_scanner()
    assert site.desk.facts.starts[prepared.command_id].outcome is StartOutcome.FAILED
    assert site.scanner.acquisitions == []
    back(site)
    assert site.console.start(T2).accepted
    assert not site.console.send(prepared).accepted
    assert len(site.scanner.acquisitions) == 1


@pytest.mark.parametrize("action", list(LinkLossAction))
def test_killed_after_sending_the_running_scan_is_found_and_the_agreed_action_is_taken(
    action: LinkLossAction,
) -> None:
    site = prepared_site(action=action)
    site.scanner.mute = {"start"}
    prepared = site.console.prepare_start(T2)
    site.console.send(prepared)
    site.restart_agent()
    site.connect_scanner()
    assert site.desk.facts.starts[prepared.command_id].outcome is StartOutcome.ACCEPTED
    stopped = action is LinkLossAction.STOP_NOW
    assert (site.scanner.running is None) == stopped
    assert len(site.requests(s.Stop)) == int(stopped)
    assert site.scanner.acquisitions == [prepared.command_id]
    assert site.step(T2).state is (StepState.STOPPED if stopped else StepState.ACQUIRING)


@pytest.mark.parametrize("action", list(LinkLossAction))
def test_killed_during_a_scan_the_agent_comes_back_and_does_what_was_agreed(action: LinkLossAction) -> None:
    site = prepared_site(action=action)
    site.console.start(T2)
    site.restart_agent()
    site.connect_scanner()
    assert (site.scanner.running is None) == (action is LinkLossAction.STOP_NOW)
    assert site.events(e.LinkLossActed)[-1].action is action
    assert AlarmKind.LINK_LOST_WHILE_SCANNING in alarms(site) or action is LinkLossAction.STOP_NOW


@pytest.mark.parametrize("how", ["revoked", "released"])
def test_a_scan_left_to_local_control_is_not_stopped_when_the_agent_restarts(how: str) -> None:
    site = prepared_site(action=LinkLossAction.STOP_NOW)
    site.console.start(T2)
    assert (site.tablet.revoke() if how == "revoked" else site.console.do(c.ReleaseControl)).accepted
    site.restart_agent()
    site.connect_scanner()
    assert site.scanner.running is not None
    assert site.requests(s.Stop) == []


def test_a_scan_left_to_local_control_is_not_stopped_when_the_scanner_connects_again() -> None:
    site = prepared_site(action=LinkLossAction.STOP_NOW)
    site.console.start(T2)
    site.tablet.revoke()
    site.lose_scanner()
    site.connect_scanner()
    assert site.scanner.running is not None


def test_what_an_observer_asked_for_does_not_change_what_was_agreed_for_the_scan() -> None:
    site = prepared_site(action=LinkLossAction.STOP_NOW)
    site.console.start(T2)
    eve = site.open_console("eve", role=Role.RADIOLOGIST)
    request_id, _ = eve.ask(Privilege.VIEW, action=LinkLossAction.FINISH_SEQUENCE)
    assert site.tablet.allow(request_id, Privilege.VIEW).accepted
    site.restart_agent()
    site.connect_scanner()
    assert site.scanner.running is None, "stop now, as agreed with who started it"


def test_killed_during_a_scan_that_ended_meanwhile_the_step_is_told_by_the_log() -> None:
    site = prepared_site()
    site.console.start(T2)
    site.restart_agent()
    site.scanner.end()
    site.connect_scanner()
    assert site.step(T2).state is StepState.IMAGES_READY
    assert site.desk.facts.running is None
    assert site.tablet.close_exam().accepted


def test_a_scanner_without_a_log_that_is_idle_again_does_not_stay_busy() -> None:
    site = prepared_site()
    site.console.start(T2)
    site.lose_scanner()
    site.scanner.end()
    site.scanner.mute = {"get_log"}
    site.connect_scanner()
    site.pass_time(10.25)
    assert site.step(T2).state is StepState.STOPPED
    assert site.open_reasons() == set()


def test_a_log_heard_twice_changes_nothing() -> None:
    site = prepared_site()
    run(site, T2)
    before = site.desk.facts
    site.lose_scanner()
    site.connect_scanner()
    after = site.desk.facts
    assert (after.exam, after.running, after.starts) == (before.exam, before.running, before.starts)


def test_a_bulb_squeezed_before_a_restart_can_still_be_answered() -> None:
    site = prepared_site()
    site.scanner.squeeze()
    site.restart_agent()
    site.connect_scanner()
    assert AlarmKind.SQUEEZE_BULB in alarms(site)
    alarm = next(a for a in site.desk.alarms.shown() if a.kind is AlarmKind.SQUEEZE_BULB)
    back(site)
    assert Reason.SQUEEZE_BULB in site.open_reasons()
    assert site.console.do(c.AcknowledgeAlarm, alarm_id=alarm.alarm_id).accepted
    assert site.open_reasons() == set()


def test_a_fault_that_lasts_over_a_restart_alarms_anew_and_clears() -> None:
    site = prepared_site()
    site.scanner.fail("RF amplifier")
    site.restart_agent()
    site.connect_scanner()
    assert AlarmKind.SCANNER_FAULT in alarms(site)
    site.scanner.repair()
    assert AlarmKind.SCANNER_FAULT not in alarms(site)
    assert site.desk.facts.fault == ""


def test_a_start_of_the_boot_before_is_stale() -> None:
    site = prepared_site()
    prepared = site.console.prepare_start(T2)
    site.restart_agent()
    site.connect_scanner()
    back(site)
    late = prepared.model_copy(update={"beat": site.console.last_beat})
    assert site.console.send(late).reasons == {Reason.STALE_STANDING}


def test_the_clock_set_back_an_hour_decides_nothing() -> None:
    site = prepared_site()
    from datetime import timedelta

    site.set_wall(site.wall - timedelta(hours=1))
    site.pass_time(2.0)
    assert site.open_reasons() == set()
    prepared = site.console.prepare_start(T2)
    site.set_wall(site.wall + timedelta(days=400))
    assert site.console.send(prepared).accepted
    site.scanner.squeeze()
    site.set_wall(site.wall - timedelta(days=800))
    site.scanner.open_door()
    newest = [a.kind for a in site.desk.alarms.shown()]
    assert newest == [AlarmKind.SQUEEZE_BULB, AlarmKind.DOOR_OPENED_DURING_SCAN]


def test_the_newest_alarm_of_a_priority_is_shown_first_whatever_the_wall_clock_says() -> None:
    site = prepared_site()
    from datetime import timedelta

    site.scanner.squeeze()
    site.set_wall(site.wall - timedelta(hours=1))
    site.scanner.fail("gradient")
    assert [a.kind for a in site.desk.alarms.shown()] == [AlarmKind.SCANNER_FAULT, AlarmKind.SQUEEZE_BULB]


def test_everything_granted_before_is_asked_for_again() -> None:
    site = prepared_site()
    site.restart_agent()
    site.connect_scanner()
    mia = site.open_console("mia")
    assert not mia.edit(T2, te_ms=90.0).accepted
    assert site.desk.control.privileges_of(mia.holder.link) == frozenset()
    assert ITEM.patient.name not in str(site.journal)
    assert set(ALL) == set(Privilege)


def test_a_scan_that_nobody_remote_started_is_not_stopped_for_what_was_agreed_with_them() -> None:
    site = prepared_site(action=LinkLossAction.STOP_NOW)
    site.restart_agent()
    site.scanner.begin("at-the-scanner", site.step(T2).step_id)
    site.connect_scanner()
    assert site.events(e.LinkLossActed) == []
    assert site.requests(s.Stop) == []
