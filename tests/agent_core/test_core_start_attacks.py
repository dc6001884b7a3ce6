"""Starts that must not be, each by the name of its attack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from core_scanner import AXIAL
from core_site import ALL, ANNA, BEN, Site, prepared_site, run

from local_agent.core import events as e
from local_agent.core import on_scanner
from local_agent.core.alarms import PRIORITY
from local_agent.core.gate import still_permitted
from local_agent.core.on_tablet import tablet_command
from mr_contract import console_messages as c
from mr_contract import scanner_messages as s
from mr_contract import tablet_messages as t
from mr_contract.reasons import Reason
from mr_contract.vocabulary import (
    AlarmKind,
    AlarmPriority,
    Landmark,
    LinkLossAction,
    Privilege,
    Role,
    ScannerActivity,
    StartOutcome,
    StepState,
    TablePosition,
)

T2 = "T2 TSE ax"


def ran(site: Site) -> int:
    return len(site.scanner.acquisitions)


def starts_sent(site: Site) -> int:
    return len(site.requests(s.Start))


# ------------------------------------------------------------------ replay and forgery


def test_a_replayed_start_gets_its_recorded_outcome_and_no_second_acquisition() -> None:
    site = prepared_site()
    prepared = site.console.prepare_start(T2)
    assert site.console.send(prepared).start is StartOutcome.ACCEPTED
    site.scanner.end()
    again = site.console.send(prepared)
    assert (again.start, again.accepted) == (StartOutcome.ACCEPTED, True)
    assert ran(site) == 1


def test_a_start_sent_again_while_in_flight_is_pending_and_prepared_once() -> None:
    site = prepared_site()
    site.scanner.hold = {"prepare"}
    prepared = site.console.prepare_start(T2)
    assert site.console.send(prepared).start is StartOutcome.PENDING
    assert site.console.send(prepared).start is StartOutcome.PENDING
    site.scanner.release()
    assert ran(site) == 1
    assert len(site.requests(s.Prepare)) == 1


def test_a_refused_start_sent_again_is_refused_for_ever_even_when_all_is_well_later() -> None:
    site = prepared_site()
    site.scanner.open_door()
    prepared = site.console.prepare_start(T2)
    first = site.console.send(prepared)
    site.scanner.close_door()
    assert site.tablet.ready().accepted
    again = site.console.send(prepared)
    assert not again.accepted
    assert again.reasons == first.reasons
    assert ran(site) == 0


@pytest.mark.parametrize("other", ["step", "device"])
def test_a_start_id_reused_for_something_else_is_a_violation(other: str) -> None:
    site = prepared_site()
    prepared = site.console.prepare_start(T2)
    assert site.console.send(prepared).accepted
    site.scanner.end()
    sender = site.console.holder
    if other == "step":
        prepared = site.console.prepare_start("FLAIR ax", command_id=prepared.command_id)
    else:
        sender = replace(sender, device="e" * 64)
    said = site.console.send(prepared, sender=sender)
    assert said.reasons == {Reason.COMMAND_REUSED}
    assert len(site.events(e.ViolationSeen)) == 1
    assert ran(site) == 1


def test_a_second_start_while_one_is_being_prepared_is_refused_as_busy() -> None:
    site = prepared_site()
    site.scanner.hold = {"prepare"}
    first = site.console.prepare_start(T2)
    assert site.console.send(first).start is StartOutcome.PENDING
    second = site.console.start("FLAIR ax")
    assert second.reasons == {Reason.SCANNER_BUSY}
    site.scanner.release()
    assert site.scanner.acquisitions == [first.command_id]


def test_a_second_start_while_one_is_sent_is_refused_as_busy() -> None:
    site = prepared_site()
    site.scanner.hold = {"start"}
    assert site.console.start(T2).start is StartOutcome.PENDING
    assert site.console.start("FLAIR ax").reasons == {Reason.SCANNER_BUSY}
    site.scanner.release()
    assert ran(site) == 1


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.RADIOLOGIST])
@pytest.mark.parametrize("privilege", [Privilege.EDIT, Privilege.START])
def test_a_trainee_or_radiologist_asking_to_edit_or_start_is_refused(
    role: Role, privilege: Privilege
) -> None:
    site = prepared_site()
    site.tablet.revoke()
    shadow = site.open_console("tom", role=role)
    _, said = shadow.ask(Privilege.VIEW, privilege)
    assert said.reasons == {Reason.ROLE_FORBIDS}
    assert not shadow.edit(T2, te_ms=90.0).accepted
    assert not shadow.start(T2).accepted


def test_a_forged_role_on_the_holders_own_link_may_neither_edit_nor_start() -> None:
    site = prepared_site()
    forged = replace(site.console.holder, role=Role.TRAINEE)
    edit = c.EditStep(
        command_id="f1",
        scanner="mr-a",
        step_id=site.step(T2).step_id,
        revision=site.revision(T2),
        changes={"te_ms": 90.0},
    )
    assert Reason.ROLE_FORBIDS in site.console.send(edit, sender=forged).reasons
    start = site.console.send(site.console.prepare_start(T2), sender=forged)
    assert {Reason.ROLE_FORBIDS, Reason.NOT_HOLDER} <= start.reasons
    assert site.events(e.StepSet) == []
    assert ran(site) == 0


def test_a_second_window_of_the_same_person_is_an_observer() -> None:
    site = prepared_site()
    window = site.open_console("mia", device=site.console.holder.device)
    assert Reason.NOT_HOLDER in window.start(T2).reasons
    assert not window.edit(T2, te_ms=90.0).accepted
    _, said = window.ask(*ALL)
    assert said.reasons == {Reason.NOT_HOLDER}
    assert ran(site) == 0


def test_a_reconnecting_console_does_not_inherit_the_lease() -> None:
    site = prepared_site()
    device = site.console.holder.device
    site.console.cut()
    again = site.open_console("mia", device=device)
    again.beat()
    assert Reason.NOT_HOLDER in again.start(T2).reasons
    site.pass_time(3.0)
    assert Reason.CONTROL_SUSPENDED in again.start(T2).reasons
    assert site.tablet.resume().accepted
    site.pass_time(0.25)
    assert again.start(T2).accepted


# ------------------------------------------------------------------ bound to what was drawn


def test_a_start_prepared_before_the_door_opened_is_refused() -> None:
    site = prepared_site()
    prepared = site.console.prepare_start(T2)
    site.scanner.open_door()
    site.scanner.close_door()
    assert site.console.send(prepared).reasons == {Reason.STALE_STANDING, Reason.DOOR_WAS_OPENED}


def test_a_start_prepared_before_the_door_opened_is_stale_even_after_a_new_hold() -> None:
    site = prepared_site()
    prepared = site.console.prepare_start(T2)
    site.scanner.open_door()
    site.scanner.close_door()
    assert site.tablet.ready().accepted
    assert site.console.send(prepared).reasons == {Reason.STALE_STANDING}


def test_a_start_prepared_before_an_edit_is_stale_by_its_revision_alone() -> None:
    site = prepared_site()
    prepared = site.console.prepare_start(T2)
    assert site.console.edit(T2, te_ms=90.0).accepted
    assert site.console.send(prepared).reasons == {Reason.STALE_REVISION}


def test_undone_to_the_very_same_values_the_revision_is_the_same_again_and_the_press_holds() -> None:
    """A revision names what the scanner would do, not how it came about: the same content was drawn."""
    site = prepared_site()
    prepared = site.console.prepare_start(T2)
    assert site.console.edit(T2, te_ms=90.0).accepted
    assert site.revision(T2) != prepared.revision
    assert site.console.undo(T2).accepted
    assert site.revision(T2) == prepared.revision
    assert site.console.send(prepared).start is StartOutcome.ACCEPTED
    (sent,) = site.requests(s.Prepare)
    assert site.scanner.commits[sent.step_id][0] == sent.setting, "the scanner runs the undone commit"


def test_a_start_prepared_before_the_weight_changed_is_refused_by_standing_and_revision() -> None:
    site = prepared_site()
    prepared = site.console.prepare_start(T2)
    assert site.tablet.record_data(80.0).accepted
    assert {Reason.STALE_STANDING, Reason.STALE_REVISION} <= site.console.send(prepared).reasons


def test_a_start_pressed_before_the_new_exposure_is_known_is_refused_as_unchecked() -> None:
    site = prepared_site()
    site.scanner.hold = {"register_patient"}
    assert site.tablet.record_data(80.0).accepted
    assert site.console.start(T2).reasons == {Reason.STEP_UNCHECKED}
    site.scanner.release()
    assert site.console.start(T2).accepted


def test_an_edit_answered_under_the_old_weight_does_not_count_as_checked() -> None:
    site = prepared_site()
    site.scanner.hold = {"set_step", "register_patient"}
    site.console.edit(T2, te_ms=90.0)
    site.tablet.record_data(80.0)
    edit, register = site.scanner.held
    site.scanner.held = [edit]
    site.scanner.release()
    assert Reason.STEP_UNCHECKED in site.console.start(T2).reasons
    site.scanner.receive(register)
    assert site.console.start(T2).accepted


def test_a_late_beat_is_refused() -> None:
    site = prepared_site()
    prepared = site.console.prepare_start(T2)
    site.pass_time(1.25)
    assert site.console.send(prepared).reasons == {Reason.LATE}


def test_a_beat_just_in_time_is_not_late() -> None:
    site = prepared_site()
    prepared = site.console.prepare_start(T2)
    site.pass_time(0.75)
    assert site.console.send(prepared).accepted


def test_a_beat_that_was_never_sent_on_this_link_is_late() -> None:
    site = prepared_site()
    other = site.open_console("eve")
    for _ in range(50):
        other.beat()
    prepared = site.console.prepare_start(T2).model_copy(update={"beat": other.last_beat})
    assert site.console.send(prepared).reasons == {Reason.LATE}


def test_a_standing_of_another_boot_is_stale() -> None:
    site = prepared_site()
    prepared = site.console.prepare_start(T2)
    forged = prepared.standing.model_copy(update={"boot": "agent-0"})
    said = site.console.send(prepared.model_copy(update={"standing": forged}))
    assert said.reasons == {Reason.STALE_STANDING}


def test_a_start_of_a_step_that_is_not_there_names_all_reasons() -> None:
    site = prepared_site()
    site.scanner.open_door()
    prepared = site.console.prepare_start(T2).model_copy(update={"step_id": "s99"})
    said = site.console.send(prepared)
    assert said.reasons == {Reason.STEP_UNKNOWN, Reason.DOOR_OPEN, Reason.DOOR_WAS_OPENED}


# ------------------------------------------------------------------ between prepare and send


def held_at_prepare() -> tuple[Site, c.StartStep]:
    site = prepared_site()
    site.scanner.hold = {"prepare"}
    prepared = site.console.prepare_start(T2)
    assert site.console.send(prepared).start is StartOutcome.PENDING
    return site, prepared


BETWEEN: dict[str, Callable[[Site], object]] = {
    "revoke": lambda site: site.tablet.revoke(),
    "release": lambda site: site.console.do(c.ReleaseControl),
    "stop at the console": lambda site: site.console.stop(),
    "stop at the tablet": lambda site: site.tablet.stop(),
    "door opened and closed": lambda site: (site.scanner.open_door(), site.scanner.close_door()),
    "table moved": lambda site: site.scanner.move_table(TablePosition.ELSEWHERE),
    "coil changed": lambda site: site.scanner.change_coil("body 18"),
    "weight changed": lambda site: site.tablet.record_data(80.0),
    "landmark changed": lambda site: site.tablet.do(t.SetLandmark, exam_id="exam-1", landmark=Landmark.CHIN),
    "bulb squeezed and answered": lambda site: (site.scanner.squeeze(), answer_bulb(site)),
    "fault come and gone": lambda site: (site.scanner.fail("RF"), site.scanner.repair()),
    "scanner lost and back": lambda site: (site.lose_scanner(), site.connect_scanner()),
    "lease lapsed and resumed": lambda site: (site.pass_time(3.0, beats=False), site.tablet.resume()),
    "somebody checked out": lambda site: site.tablet.do(t.CheckOut, staff_id="ben"),
    "screening recorded anew": lambda site: site.tablet.screen(),
    "exam closed": lambda site: site.tablet.close_exam(),
    "journal unwritable": lambda site: site.desk.read(journal_fault="no space left"),
}


def answer_bulb(site: Site) -> Any:
    alarm = next(a for a in site.desk.alarms.shown() if a.kind is AlarmKind.SQUEEZE_BULB and a.active)
    assert site.tablet.do(t.TabletAcknowledge, alarm_id=alarm.alarm_id).accepted


@pytest.mark.parametrize("what", BETWEEN)
def test_whatever_changes_between_prepare_and_the_intent_the_start_is_never_sent(what: str) -> None:
    site, prepared = held_at_prepare()
    BETWEEN[what](site)
    site.scanner.release()
    assert starts_sent(site) == 0
    assert ran(site) == 0
    assert site.desk.flight is None
    last = site.console.said(prepared.command_id).outcomes[-1]
    assert not last.accepted
    assert last.findings


@pytest.mark.parametrize("what", [w for w in BETWEEN if w != "exam closed"])  # it cannot close now
def test_whatever_changes_while_the_intent_is_being_written_the_start_is_withdrawn(what: str) -> None:
    site = prepared_site()
    site.disk_slow = True
    prepared = site.console.prepare_start(T2)
    assert site.console.send(prepared).start is StartOutcome.PENDING
    BETWEEN[what](site)
    site.disk_catches_up()
    assert starts_sent(site) == 0
    last = site.console.said(prepared.command_id).outcomes[-1]
    assert last.start is StartOutcome.WITHDRAWN
    assert last.findings


def test_a_step_found_unchecked_while_the_intent_is_written_is_not_sent() -> None:
    site = prepared_site()
    site.disk_slow = True
    assert site.console.start(T2).start is StartOutcome.PENDING
    site.desk.read(checked_steps=frozenset())
    site.disk_catches_up()
    assert starts_sent(site) == 0


def test_what_opened_while_the_intent_was_written_is_named_not_only_the_number() -> None:
    site = prepared_site()
    site.disk_slow = True
    prepared = site.console.prepare_start(T2)
    site.console.send(prepared)
    site.scanner.open_door()
    site.disk_catches_up()
    last = site.console.said(prepared.command_id).outcomes[-1]
    assert {f.reason for f in last.findings} == {
        Reason.STALE_STANDING,
        Reason.DOOR_OPEN,
        Reason.DOOR_WAS_OPENED,
    }


def test_a_scanner_that_says_it_prepares_this_very_start_does_not_make_it_stale() -> None:
    site = prepared_site()
    site.disk_slow = True
    assert site.console.start(T2).start is StartOutcome.PENDING
    reading = site.desk.readings.scanner
    assert reading is not None
    site.desk.read(scanner=replace(reading, activity=ScannerActivity.PREPARING))
    site.disk_catches_up()
    assert starts_sent(site) == 1


def test_another_holder_under_the_very_same_number_is_not_sent_for_either() -> None:
    """The number alone would tell; the holder is compared all the same."""
    site, _ = held_at_prepare()
    assert site.desk.flight is not None
    permit = replace(site.desk.flight.permit, holder=replace(site.console.holder, link="link-eve"))
    found = still_permitted(
        permit, site.desk.situation(site.at_s), site.desk.standing(site.at_s), own_command="c15"
    )
    assert Reason.NOT_HOLDER in {f.reason for f in found}


def test_a_disk_slower_than_two_seconds_makes_the_start_late() -> None:
    site = prepared_site()
    site.disk_slow = True
    prepared = site.console.prepare_start(T2)
    site.console.send(prepared)
    site.pass_time(2.25)
    site.disk_catches_up()
    assert starts_sent(site) == 0
    assert Reason.LATE in site.console.said(prepared.command_id).reasons


def test_an_intent_that_cannot_be_written_sends_nothing_and_leaves_no_trace_but_a_refusal() -> None:
    site = prepared_site()
    site.disk_full = True
    prepared = site.console.prepare_start(T2)
    said = site.console.send(prepared)
    assert Reason.JOURNAL_UNWRITABLE in said.reasons
    assert starts_sent(site) == 0
    assert site.step(T2).state is StepState.PLANNED
    site.disk_full = False
    assert not site.console.send(prepared).accepted, "the same command is not tried again"
    assert site.console.start(T2).accepted, "a new press is"


def test_a_stop_while_an_intent_fails_to_be_written_ends_in_one_refusal() -> None:
    site = prepared_site()
    site.disk_slow = True
    prepared = site.console.prepare_start(T2)
    site.console.send(prepared)
    site.tablet.stop()
    assert site.console.said(prepared.command_id).start is StartOutcome.WITHDRAWN
    site.disk_full = True
    site.disk_catches_up()
    assert starts_sent(site) == 0
    assert not site.console.send(prepared).accepted
    assert prepared.command_id in site.desk.facts.starts


def test_no_other_start_begins_while_an_intent_is_still_on_its_way_to_the_disk() -> None:
    site = prepared_site()
    site.disk_slow = True
    site.console.start(T2)
    site.tablet.stop()
    assert site.console.start("FLAIR ax").reasons == {Reason.SCANNER_BUSY}
    site.disk_catches_up()
    assert site.console.start("FLAIR ax").accepted


def test_a_prepare_that_is_not_answered_is_given_up_after_two_seconds() -> None:
    site = prepared_site()
    site.scanner.mute = {"prepare"}
    prepared = site.console.prepare_start(T2)
    site.console.send(prepared)
    site.pass_time(2.25)
    assert site.console.said(prepared.command_id).reasons == {Reason.SCANNER_NOT_HEARD}
    assert site.desk.flight is None
    site.scanner.mute = set()
    assert site.console.start(T2).accepted


def test_a_scanner_that_prepares_another_revision_is_not_started() -> None:
    site, prepared = held_at_prepare()
    (request,) = site.scanner.held
    site.scanner.held = []
    wrong = s.Prepared(
        reply_to=request.request_id,
        token="token-x",
        command_id=prepared.command_id,
        revision="f" * 64,
        number=1,
        valid_for_s=2.0,
    )
    site.turn(on_scanner.reply, wrong, site.moment)
    assert starts_sent(site) == 0
    assert site.console.said(prepared.command_id).reasons == {Reason.STALE_REVISION}


@pytest.mark.parametrize("answer", ["done", "prepared for another", "step achieved"])
def test_an_answer_that_does_not_fit_prepare_never_leaves_the_start_hanging(answer: str) -> None:
    site, prepared = held_at_prepare()
    (request,) = site.scanner.held
    site.scanner.held, site.scanner.hold = [], set()
    replies = {
        "done": s.Done(reply_to=request.request_id, number=1),
        "prepared for another": s.Prepared(
            reply_to=request.request_id,
            token="token-x",
            command_id="somebody-else",
            revision=prepared.revision,
            number=1,
            valid_for_s=2.0,
        ),
        "step achieved": site.scanner._achieved(
            request.request_id, "tse", T2, {"te_ms": 5.0, "flip_angle_deg": 1.0}, {}, (AXIAL,)
        ),
    }
    site.turn(on_scanner.reply, replies[answer], site.moment)
    assert site.desk.flight is None
    assert site.events(e.StepSet) == []
    assert site.console.start(T2).accepted


# ------------------------------------------------------------------ after sending


def held_at_start(*, action: LinkLossAction = LinkLossAction.FINISH_SEQUENCE) -> tuple[Site, c.StartStep]:
    site = prepared_site(action=action)
    site.scanner.hold = {"start"}
    prepared = site.console.prepare_start(T2)
    assert site.console.send(prepared).start is StartOutcome.PENDING
    assert starts_sent(site) == 1
    return site, prepared


@pytest.mark.parametrize("how", ["revoke", "release", "stop"])
def test_revoked_after_sending_and_before_the_acknowledgement_the_scan_is_stopped(how: str) -> None:
    site, _ = held_at_start()
    {
        "revoke": site.tablet.revoke,
        "release": lambda: site.console.do(c.ReleaseControl),
        "stop": site.tablet.stop,
    }[how]()
    assert len(site.requests(s.Stop)) == 1
    site.scanner.release()
    site.scanner.connected = True
    assert site.scanner.running is None
    assert ran(site) <= 1


def test_revoking_while_a_scan_runs_lets_it_go_on() -> None:
    site = prepared_site()
    site.console.start(T2)
    site.tablet.revoke()
    assert site.scanner.running is not None
    assert site.requests(s.Stop) == []


def test_a_start_without_an_answer_is_unknown_and_blocks_every_other() -> None:
    site, prepared = held_at_start()
    site.scanner.hold |= {"get_log"}
    site.pass_time(3.25)
    assert site.console.said(prepared.command_id).start is StartOutcome.UNKNOWN
    assert site.console.start("FLAIR ax").reasons == {Reason.OUTCOME_UNKNOWN}
    assert starts_sent(site) == 1


def test_unknown_is_settled_as_failed_by_a_log_that_does_not_show_it() -> None:
    site = prepared_site()
    site.scanner.hold = {"start"}
    prepared = site.console.prepare_start(T2)
    site.console.send(prepared)
    site.scanner.held, site.scanner.hold = [], set()
    site.pass_time(3.25)
    assert site.desk.facts.starts[prepared.command_id].outcome is StartOutcome.FAILED
    assert site.step(T2).state is StepState.PLANNED
    assert site.console.start(T2).accepted


def test_unknown_after_a_lost_connection_is_settled_as_accepted_by_the_log() -> None:
    site = prepared_site()
    site.scanner.mute = {"start"}
    site.watching.append(
        lambda _, value: setattr(site.scanner, "connected", False) if isinstance(value, s.Start) else None
    )
    prepared = site.console.prepare_start(T2)
    site.console.send(prepared)
    site.watching.clear()
    site.scanner._start(99, site.scanner.token[0] if site.scanner.token else "")
    site.lose_scanner()
    assert site.desk.facts.starts[prepared.command_id].outcome is StartOutcome.UNKNOWN
    site.scanner.end()
    site.connect_scanner()
    assert site.desk.facts.starts[prepared.command_id].outcome is StartOutcome.ACCEPTED
    assert site.step(T2).state is StepState.IMAGES_READY
    assert site.tablet.close_exam().accepted
    assert ran(site) == 1


def test_a_log_that_dropped_older_events_settles_nothing() -> None:
    site = prepared_site()
    site.scanner.hold = {"start"}
    prepared = site.console.prepare_start(T2)
    site.console.send(prepared)
    site.scanner.held, site.scanner.hold = [], set()
    site.scanner.log_from = site.scanner.number + 5
    site.pass_time(3.25)
    assert site.desk.facts.starts[prepared.command_id].outcome is StartOutcome.UNKNOWN


def test_after_a_rebooted_scanner_only_a_named_person_settles_an_unknown_start() -> None:
    site, prepared = held_at_start()
    site.scanner.held, site.scanner.hold = [], set()
    site.lose_scanner()
    site.scanner.reboot()
    site.connect_scanner()
    assert site.desk.facts.starts[prepared.command_id].outcome is StartOutcome.UNKNOWN
    assert Reason.OUTCOME_UNKNOWN in site.open_reasons()
    settle: dict[str, Any] = {"unknown_command": prepared.command_id, "ran": False}
    command = t.SettleUnknown(command_id="s1", staff_id="anna", pin="1234", **settle)
    site.turn(tablet_command, command, "tablet", None, site.moment)
    assert site.desk.facts.starts[prepared.command_id].outcome is StartOutcome.UNKNOWN, "no PIN, no word"
    assert site.tablet.do(t.SettleUnknown, signer=ANNA, **settle).accepted
    (settled,) = site.events(e.StartSettled)
    assert settled.by == ANNA.name
    assert site.step(T2).state is StepState.PLANNED


def test_somebody_who_is_not_checked_in_settles_nothing() -> None:
    site, prepared = held_at_start()
    site.scanner.hold |= {"get_log"}
    site.pass_time(3.25)
    assert site.tablet.do(t.CheckOut, staff_id="ben").accepted
    said = site.tablet.do(t.SettleUnknown, signer=BEN, unknown_command=prepared.command_id, ran=True)
    assert said.reasons == {Reason.NOT_CHECKED_IN}


def test_a_late_acceptance_after_the_time_out_is_stopped_and_alarmed() -> None:
    site, prepared = held_at_start()
    site.pass_time(3.25)
    assert site.desk.facts.starts[prepared.command_id].outcome is not StartOutcome.ACCEPTED
    held, site.scanner.held, site.scanner.hold = site.scanner.held, [], set()
    token = held[0].token
    site.scanner.token = (token, *(site.scanner.token or (0, 0, 0, 0))[1:2], site.at_s, site.scanner.moved)
    site.scanner.send(site.scanner._start(held[0].request_id, token))
    assert site.requests(s.Stop)
    assert site.scanner.running is None
    alarm = next(a for a in site.desk.alarms.shown() if a.kind is AlarmKind.LATE_ACCEPTANCE_STOPPED)
    assert PRIORITY[alarm.kind] is AlarmPriority.HIGH
    assert site.step(T2).state is StepState.STOPPED


def test_an_acceptance_nobody_sent_a_start_for_is_stopped() -> None:
    site, prepared = held_at_prepare()
    site.scanner.send(s.Started(reply_to=4711, command_id=prepared.command_id, acquisition_id="acq-9"))
    assert site.requests(s.Stop)
    assert site.events(e.StartAccepted) == []


# ------------------------------------------------------------------ stop


def test_stop_is_sent_before_it_is_journalled_and_needs_no_privilege() -> None:
    site = prepared_site()
    site.console.start(T2)
    stranger = site.open_console("eve", role=Role.RADIOLOGIST)
    before = len(site.history)
    assert stranger.stop().accepted
    what = [type(v) for _, v in site.history[before:]]
    assert what.index(s.Stop) < what.index(e.StopGiven)
    assert site.scanner.running is None
    assert site.step(T2).state is StepState.STOPPED


def test_stop_reaches_a_scanner_that_has_said_hello_but_not_yet_what_is_true() -> None:
    site = prepared_site()
    site.console.start(T2)
    site.lose_scanner()
    site.scanner.hold = {"get_snapshot"}
    site.connect_scanner()
    site.tablet.stop()
    assert site.scanner.running is None
    site.scanner.release()
    assert not site.desk.facts.stop_latched


def test_a_stop_the_scanner_does_not_take_is_said_and_never_sent_again() -> None:
    site = prepared_site()
    site.console.start(T2)
    site.scanner.hold = {"stop"}
    said = site.tablet.stop()
    assert said.outcomes == ()
    site.pass_time(1.25)
    unheard = [m for link, m in site.answers if link == "tablet" and isinstance(m, c.Outcome)][-1]
    assert {f.reason for f in unheard.findings} == {Reason.SCANNER_NOT_HEARD}
    site.pass_time(5.0)
    assert len(site.requests(s.Stop)) == 1


def test_after_a_stop_nothing_starts_until_the_scanner_is_idle() -> None:
    site = prepared_site()
    site.console.start("Localizer")
    site.scanner.hold = {"stop"}
    site.console.stop()
    assert Reason.SCANNER_STOPPING in site.console.start(T2).reasons
    site.scanner.release()
    assert site.console.start(T2).accepted


def test_a_stop_latched_over_a_lost_connection_is_released_by_an_idle_scanner() -> None:
    site = prepared_site()
    site.console.start(T2)
    site.scanner.hold = {"stop"}
    site.tablet.stop()
    site.lose_scanner()
    site.scanner.held, site.scanner.hold = [], set()
    site.scanner.end(complete=False)
    site.connect_scanner()
    assert not site.desk.facts.stop_latched
    assert site.step(T2).state is StepState.STOPPED


def test_an_old_idle_said_again_does_not_release_a_stop() -> None:
    site = prepared_site()
    run(site, "Localizer")
    old = next(event for event in reversed(site.scanner.log) if isinstance(event, s.BecameIdle))
    site.console.start(T2)
    site.scanner.hold = {"stop"}
    site.tablet.stop()
    site.scanner.send(old)
    assert site.desk.facts.stop_latched
    assert site.desk.facts.running is not None
