"""People who only watch, commands said twice, and details that follow."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core_site import ALL, ANNA, Site, prepared_site

from local_agent.core import events as e
from local_agent.core.effects import Dismiss, Note, Record
from local_agent.core.on_console import console_command
from mr_contract import console_messages as c
from mr_contract import scanner_messages as s
from mr_contract import tablet_messages as t
from mr_contract.reasons import Reason
from mr_contract.vocabulary import (
    AlarmKind,
    ControlPhase,
    Landmark,
    LinkLossAction,
    PatientPosition,
    Privilege,
    Role,
    StartOutcome,
    StepState,
)

T2 = "T2 TSE ax"


def phase(site: Site) -> ControlPhase:
    from local_agent.core.showing import control_view

    return control_view(site.desk, "", site.at_s).phase


def test_a_shadowing_trainee_cannot_answer_the_squeeze_bulb() -> None:
    site = prepared_site()
    trainee = site.open_console("tom", role=Role.TRAINEE)
    site.scanner.squeeze()
    alarm = site.desk.alarms.shown()[0]
    said = trainee.do(c.AcknowledgeAlarm, alarm_id=alarm.alarm_id)
    assert said.reasons == {Reason.NOT_HOLDER}
    assert not site.requests(s.AcknowledgeBulb)
    assert site.desk.facts.bulb_squeezed
    assert site.console.do(c.AcknowledgeAlarm, alarm_id=alarm.alarm_id).accepted
    assert not site.desk.facts.bulb_squeezed


def test_a_no_of_the_second_tablet_wins_over_the_yes_of_the_first() -> None:
    site = prepared_site()
    granted = site.events(e.ControlGranted)[-1].request_id
    assert site.tablet.deny(granted).accepted
    assert phase(site) is ControlPhase.LOCAL
    assert site.console.start(T2).reasons >= {Reason.NO_CONTROL}


def test_a_no_to_what_an_observer_was_granted_ends_the_watching() -> None:
    site = prepared_site()
    doctor = site.open_console("rita", role=Role.RADIOLOGIST)
    request, _ = doctor.ask(Privilege.VIEW)
    assert site.tablet.allow(request, Privilege.VIEW).accepted
    assert site.desk.control.privileges_of(doctor.holder.link) == {Privilege.VIEW}
    assert site.tablet.deny(request).accepted
    assert site.desk.control.privileges_of(doctor.holder.link) == frozenset()
    assert phase(site) is ControlPhase.REMOTE


def site_with_a_watcher(action: LinkLossAction) -> tuple[Site, str]:
    """A scan runs, with the next step armed; Rita may look."""
    site = prepared_site(action=action)
    doctor = site.open_console("rita", role=Role.RADIOLOGIST)
    request, _ = doctor.ask(Privilege.VIEW)
    assert site.tablet.allow(request, Privilege.VIEW).accepted
    assert site.console.start("Localizer").start is StartOutcome.ACCEPTED
    assert site.console.arm(T2).accepted
    return site, request


def test_the_end_of_watching_leaves_what_was_agreed_with_the_operator() -> None:
    site, request = site_with_a_watcher(LinkLossAction.STOP_NOW)
    assert site.tablet.deny(request).accepted
    assert [event.why for event in site.events(e.ControlEnded)] == ["watching_revoked"]
    exam = site.desk.facts.exam
    assert exam is not None
    assert exam.armed is not None, "the operator's next step is still armed"
    site.restart_agent()
    site.connect_scanner()
    assert site.scanner.running is None, "an agent that restarts does what was agreed"


def test_the_end_of_watching_leaves_the_alarm_of_a_lost_operator() -> None:
    site, request = site_with_a_watcher(LinkLossAction.FINISH_SEQUENCE)
    site.pass_time(3.25, beats=False)
    assert site.tablet.deny(request).accepted
    assert site.desk.alarms.active(AlarmKind.LINK_LOST_WHILE_SCANNING) is not None


def test_a_repeat_said_twice_queues_one_step_and_is_answered_twice() -> None:
    site = prepared_site()
    repeat = c.RepeatStep(
        command_id="again", scanner="mr-a", step_id=site.step(T2).step_id, reason="movement"
    )
    first, second = site.console.send(repeat), site.console.send(repeat)
    assert first.accepted
    assert second.accepted
    assert len(site.events(e.StepRepeated)) == 1


def test_repeats_of_a_step_stand_in_the_order_they_were_asked_for() -> None:
    site = prepared_site()
    for _ in range(3):
        assert site.console.repeat(T2).accepted
    exam = site.desk.facts.exam
    assert exam is not None
    base = next(i for i, step in enumerate(exam.steps) if step.plan.name == T2)
    ids = [step.step_id for step in exam.steps[base : base + 4]]
    assert ids == sorted(ids)


@pytest.mark.parametrize("kind", ["repeat", "start"])
def test_a_command_number_used_for_two_things_ends_the_link(kind: str) -> None:
    site = prepared_site()
    other: c.ConsoleCommand
    if kind == "repeat":
        one = c.RepeatStep(command_id="x", scanner="mr-a", step_id=site.step(T2).step_id, reason="a")
        other = one.model_copy(update={"reason": "b"})
        site.console.send(one)
    else:
        other = site.console.prepare_start(T2)
        site.console.send(other)
        other = other.model_copy(update={"revision": "0" * 64})
    console_command(site.desk, other, site.console.holder, None, site.moment)
    effects = site.desk.take_effects()
    dismissed = [f for f in effects if isinstance(f, Dismiss)]
    assert [(d.link, d.why.reason) for d in dismissed] == [(site.console.holder.link, Reason.COMMAND_REUSED)]
    assert len(site.scanner.acquisitions) <= 1


def test_details_of_an_open_step_follow_a_change_of_coil() -> None:
    site = prepared_site()
    step_id = site.step(T2).step_id
    assert site.console.do(c.OpenStep, step_id=step_id).accepted
    before = len(site.answers)
    site.scanner.change_coil("Head 32")
    changed = [m for _, m in site.answers[before:] if isinstance(m, c.StepChanged)]
    assert changed[-1].step.step_id == step_id
    assert changed[-1].step.revision == site.revision(T2)


def test_details_of_another_exam_do_not_follow() -> None:
    site = prepared_site()
    assert site.console.do(c.OpenStep, step_id=site.step(T2).step_id).accepted
    site.tablet.close_exam()
    assert site.desk.opened == {}


def test_a_scanner_whose_log_names_no_starts_leaves_an_unknown_start_to_a_person() -> None:
    site = prepared_site()
    able = replace_capability(site)
    site.desk.read(scanner=replace(site.desk.readings.scanner, capabilities=able))  # type: ignore[type-var]
    site.scanner.hold = {"start"}
    site.console.start(T2)
    site.pass_time(3.5)
    site.scanner.held.clear()
    assert site.step(T2).state is StepState.UNKNOWN
    record = site.desk.facts.open_start
    assert record is not None
    assert record.outcome is StartOutcome.UNKNOWN


def replace_capability(site: Site) -> s.Capabilities:
    return site.scanner.capabilities.model_copy(update={"start_log": False})


def test_a_patient_turned_round_is_positioned_anew() -> None:
    site = prepared_site()
    said = site.tablet.do(
        t.RecordPatientData, exam_id=site.tablet.exam_id, weight_kg=70.0, height_cm=170.0,
        position=PatientPosition.FFS,
    )  # fmt: skip
    assert said.accepted
    assert Reason.PATIENT_READY_MISSING in site.open_reasons()


def test_nothing_is_confirmed_while_nobody_is_checked_in() -> None:
    site = prepared_site()
    exam_id = site.tablet.exam_id
    for person in tuple(site.desk.facts.roster):
        assert site.tablet.do(t.CheckOut, staff_id=person).accepted
    for refused in (
        site.tablet.do(t.ConfirmFullStop, exam_id=exam_id),
        site.tablet.do(t.SetLandmark, exam_id=exam_id, landmark=Landmark.CHIN),
        site.tablet.do(t.ConfirmPatientReady, exam_id=exam_id, held_ms=1200),
        site.tablet.do(t.AllowFirstLevel, exam_id=exam_id, up_to_w_per_kg=3.0),
        site.tablet.do(t.CloseExam, exam_id=exam_id),
    ):
        assert refused.reasons == {Reason.ROSTER_BELOW_POLICY}
    assert site.tablet.revoke().accepted
    assert site.tablet.stop().accepted


def test_an_exam_is_not_opened_by_nobody() -> None:
    site = Site()
    site.connect_scanner()
    assert site.tablet.take_patient() == {Reason.ROSTER_BELOW_POLICY}
    site.tablet.check_in(ANNA)
    assert site.tablet.take_patient() == set()


def test_the_words_of_a_note_go_before_its_record_and_are_not_in_it() -> None:
    site = prepared_site()
    command = c.SendNote(command_id="n", scanner="mr-a", text="Please check the left arm")
    console_command(site.desk, command, site.console.holder, None, site.moment)
    effects = site.desk.take_effects()
    kinds = [type(f).__name__ for f in effects]
    assert kinds.index("Note") < kinds.index("Record")
    assert [f.text for f in effects if isinstance(f, Note)] == ["Please check the left arm"]
    assert "left arm" not in "".join(str(f.event) for f in effects if isinstance(f, Record))


def test_no_more_scanners_are_controlled_than_the_policy_allows() -> None:
    site = prepared_site()
    site.console.do(c.ReleaseControl)
    site.desk.read(controlled_elsewhere=3)
    _, said = site.console.ask(*ALL)
    assert said.reasons == {Reason.CONNECTED_LIMIT}
    _, watching = site.console.ask(Privilege.VIEW, action=LinkLossAction.STOP_NOW)
    assert watching.accepted


def test_a_door_that_moves_is_a_sign_of_the_local_operator() -> None:
    site = prepared_site()
    site.pass_time(601.0)
    assert Reason.PRESENCE_LAPSED in site.open_reasons()
    site.scanner.open_door()
    assert Reason.PRESENCE_LAPSED not in site.open_reasons()


def test_images_of_a_closed_exam_are_not_shown_with_the_next_patient() -> None:
    site = prepared_site()
    assert site.console.start(T2).start is StartOutcome.ACCEPTED
    acquisition = site.desk.facts.running
    assert acquisition is not None
    site.scanner.end(images=False)
    site.tablet.close_exam()
    site.tablet.take_patient("exam-2")
    site.tablet.record_data()
    site.tablet.position()
    site.console.take_control()
    assert site.console.do(c.OpenProtocol, protocol_id="brain").accepted
    step_id = site.step(T2).step_id
    site.scanner.event(
        s.ImagesReady, acquisition_id=acquisition.acquisition_id, command_id=acquisition.command_id,
        step_id=step_id, series_id="2.25.9", series_number=1, description="late", instance_count=3,
        complete=True,
    )  # fmt: skip
    exam = site.desk.facts.exam
    assert exam is not None
    assert exam.exam_id == "exam-2"
    assert exam.series == ()


def test_a_step_of_the_next_exam_does_not_show_the_outcome_of_the_one_before() -> None:
    from local_agent.core.showing import exam_view

    site = prepared_site()
    assert site.console.start(T2).start is StartOutcome.ACCEPTED
    site.scanner.end()
    site.tablet.close_exam()
    site.tablet.take_patient("exam-2")
    site.tablet.record_data()
    site.tablet.position()
    site.console.take_control()
    assert site.console.do(c.OpenProtocol, protocol_id="brain").accepted
    shown = exam_view(site.desk, site.at_s, view=True)
    assert shown is None or {step.outcome for step in shown.steps} == {None}
    assert {step.outcome for step in site.desk.facts.exam.steps} == {None}  # type: ignore[union-attr]
