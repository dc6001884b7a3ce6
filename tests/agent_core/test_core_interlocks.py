"""Every interlock opened, or unknown, at its source: the start is refused with that reason; all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from core_scanner import CAPABLE
from core_site import ANNA, BEN, Site, prepared_site

from local_agent.core.policy import Policy
from local_agent.core.readings import SiteStatement
from mr_contract import console_messages as c
from mr_contract import tablet_messages as t
from mr_contract.exposure import ImplantLimits
from mr_contract.reasons import Reason
from mr_contract.views import LinkView
from mr_contract.vocabulary import IdentifierKind, Interlock, InterlockState, LinkGrade, Privilege, StepState

T2 = "T2 TSE ax"
R, I = Reason, Interlock  # noqa: E741
OPEN, UNKNOWN = InterlockState.OPEN, InterlockState.UNKNOWN


def link(grade: LinkGrade, round_trip_ms: float | None = None) -> Callable[[Site], None]:
    return lambda site: site.desk.read(holder_link=LinkView(grade=grade, round_trip_ms=round_trip_ms))


def without_stop(site: Site) -> None:
    site.lose_scanner()
    site.scanner.capabilities = CAPABLE.model_copy(update={"stop": False})
    site.connect_scanner()


def elsewhere(running: int, *, age_s: float = 1.0) -> Callable[[Site], None]:
    def read(site: Site) -> None:
        statement = SiteStatement(running, "MR 2", site.at_s - age_s)
        site.desk.read(expected_sites=("Other",), statements={"Other": statement})

    return read


OPENED: dict[str, tuple[Callable[[Site], object], Interlock, InterlockState, set[Reason]]] = {
    "the roster falls below policy": (
        lambda site: site.tablet.do(t.CheckOut, staff_id="anna"),
        I.PRESENCE,
        OPEN,
        {R.ROSTER_BELOW_POLICY},
    ),
    "nobody was seen for ten minutes": (
        lambda site: site.desk.read(presence_at_s=site.at_s - 600.1),
        I.PRESENCE,
        OPEN,
        {R.PRESENCE_LAPSED},
    ),
    "presence was never read": (
        lambda site: site.desk.read(presence_at_s=None),
        I.PRESENCE,
        UNKNOWN,
        {R.PRESENCE_LAPSED},
    ),
    "the link is red": (link(LinkGrade.RED, 900.0), I.LINK, OPEN, {R.LINK_RED}),
    "the link is unknown": (link(LinkGrade.UNKNOWN), I.LINK, UNKNOWN, {R.LINK_UNKNOWN}),
    "the door is open": (
        lambda site: site.scanner.open_door(),
        I.PATIENT_READY,
        OPEN,
        {R.DOOR_OPEN, R.DOOR_WAS_OPENED},
    ),
    "no coil is connected": (
        lambda site: site.scanner.change_coil(None),
        I.PATIENT_READY,
        OPEN,
        {R.NO_COIL, R.COIL_CHANGED, R.STALE_REVISION},
    ),
    "the patient squeezes the bulb": (lambda site: site.scanner.squeeze(), I.SCANNER, OPEN, {R.SQUEEZE_BULB}),
    "the scanner has a fault": (lambda site: site.scanner.fail("RF"), I.SCANNER, OPEN, {R.SCANNER_FAULT}),
    "the journal cannot be written": (
        lambda site: site.desk.read(journal_fault="no space left"),
        I.SCANNER,
        OPEN,
        {R.JOURNAL_UNWRITABLE},
    ),
    "the scanner is not heard": (
        lambda site: site.lose_scanner(),
        I.SCANNER,
        UNKNOWN,
        {R.SCANNER_NOT_HEARD, R.ROOM_UNKNOWN, R.STEP_UNCHECKED},
    ),
    "the scanner cannot stop": (without_stop, I.SCANNER, OPEN, {R.SCANNER_WITHOUT_STOP}),
    "one scan runs already": (
        lambda site: site.console.start("Localizer"),
        I.SCANNER,
        OPEN,
        {R.SCANNER_BUSY},
    ),
    "the scanner scans by itself": (
        lambda site: site.scanner.begin("local-1", "x1"),
        I.SCANNER,
        OPEN,
        {R.SCANNER_BUSY},
    ),
    "another site says nothing": (
        lambda site: site.desk.read(expected_sites=("Other",)),
        I.WORKLOAD,
        UNKNOWN,
        {R.WORKLOAD_UNKNOWN},
    ),
    "another site's word is old": (elsewhere(0, age_s=5.1), I.WORKLOAD, UNKNOWN, {R.WORKLOAD_UNKNOWN}),
    "she runs one elsewhere": (elsewhere(1), I.WORKLOAD, OPEN, {R.RUNNING_ELSEWHERE}),
    "she runs one next door": (
        lambda site: site.desk.read(running_here=("MR B",)),
        I.WORKLOAD,
        OPEN,
        {R.RUNNING_ELSEWHERE},
    ),
    "what she runs was never told": (
        lambda site: site.desk.read(expected_sites=None),
        I.WORKLOAD,
        UNKNOWN,
        {R.WORKLOAD_UNKNOWN},
    ),
}


def state_of(site: Site, interlock: Interlock) -> InterlockState:
    views = site.desk.standing(site.at_s).standing.interlocks
    return next(v.state for v in views if v.interlock is interlock)


@pytest.mark.parametrize("what", OPENED)
def test_opened_at_its_source_a_start_is_refused_with_that_reason_and_no_other(what: str) -> None:
    act, interlock, state, reasons = OPENED[what]
    site = prepared_site()
    revision, beat = site.revision(T2), site.console.last_beat
    act(site)
    assert state_of(site, interlock) is state
    start = c.StartStep(
        command_id="x",
        scanner="mr-a",
        step_id="s2",
        revision=revision,
        standing=site.number(),
        beat=beat,
    )
    said = site.console.send(start)
    assert said.reasons == reasons
    assert all(f.text and f.remedy for o in said.outcomes for f in o.findings)
    assert len(site.scanner.acquisitions) == (
        what in {"one scan runs already", "the scanner scans by itself"}
    )


def test_who_runs_a_scan_here_is_told_so_and_nothing_is_against_it() -> None:
    site = prepared_site()
    assert site.console.start("T2 TSE ax").accepted
    views = site.desk.standing(site.at_s).standing.interlocks
    workload = next(v for v in views if v.interlock is I.WORKLOAD)
    assert (workload.note, workload.findings) == ("1 of 1 running", ())


def test_a_fresh_word_that_nothing_runs_elsewhere_closes_workload() -> None:
    site = prepared_site()
    elsewhere(0, age_s=4.9)(site)
    assert site.console.start(T2).accepted


@pytest.mark.parametrize("age_s", [None, 1.1])
def test_a_picture_that_is_frozen_or_never_came_blocks_unless_policy_waives_it(age_s: float | None) -> None:
    site = prepared_site()
    site.desk.policy = Policy(picture="required")
    site.desk.read(picture_age_s=age_s)
    assert site.console.start(T2).reasons == {R.PICTURE_UNKNOWN if age_s is None else R.PICTURE_FROZEN}
    site.desk.read(picture_age_s=0.2)
    assert site.console.start(T2).accepted


def test_a_scanner_without_stop_may_run_only_where_policy_names_it() -> None:
    site = prepared_site(Policy(picture="waived", scanners_without_stop=("mr-a",)))
    without_stop(site)
    assert site.console.start(T2).accepted


def test_a_scanner_silent_for_three_seconds_is_not_heard() -> None:
    site = prepared_site()
    site.scanner.mute = {"ping"}
    site.desk.last_heard_s = site.at_s
    site.pass_time(3.0)
    assert R.SCANNER_NOT_HEARD not in site.open_reasons()
    site.pass_time(0.25)
    assert R.SCANNER_NOT_HEARD in site.open_reasons()


def test_an_answer_worked_out_for_another_coil_than_is_known_does_not_count_as_checked() -> None:
    site = prepared_site()
    site.scanner.coil = "body 18"  # plugged; its event is still on the way
    site.console.edit(T2, te_ms=90.0)
    assert R.STEP_UNCHECKED in site.console.start(T2).reasons


def test_edit_alone_does_not_close_consent() -> None:
    site = prepared_site()
    site.console.do(c.ReleaseControl)
    site.console.take_control(Privilege.VIEW, Privilege.EDIT)
    assert site.console.start(T2).reasons == {R.START_NOT_GRANTED}


def test_after_a_scan_at_first_level_the_steps_that_are_left_are_asked_how_long_they_wait() -> None:
    site = prepared_site()
    site.console.do(c.DecideFirstLevel, up_to_w_per_kg=4.0)
    site.tablet.do(t.AllowFirstLevel, exam_id="exam-1", up_to_w_per_kg=4.0)
    site.console.edit(T2, flip_angle_deg=160.0)
    assert site.console.start(T2).reasons == set()
    site.scanner.wait_s = 40.0  # what the average now asks for
    site.scanner.end()
    assert site.step("FLAIR ax").plan.prediction.wait_s == 40.0


def test_second_level_is_refused_outright_whatever_was_decided() -> None:
    site = prepared_site()
    site.console.do(c.DecideFirstLevel, up_to_w_per_kg=4.0)
    site.tablet.do(t.AllowFirstLevel, exam_id="exam-1", up_to_w_per_kg=4.0)
    site.console.edit(T2, flip_angle_deg=175.0)
    assert site.console.start(T2).reasons == {R.SECOND_LEVEL}


def test_the_six_minute_average_is_waited_for() -> None:
    site = prepared_site()
    site.scanner.wait_s = 40.0
    site.console.edit(T2, te_ms=91.0)
    said = site.console.start(T2)
    assert said.reasons == {R.SAR_AVERAGE_WAIT}
    assert "0:40" in said.outcomes[0].findings[0].text


def test_when_the_wait_is_over_the_scanner_is_asked_again_and_the_step_may_start() -> None:
    site = prepared_site()
    site.scanner.wait_s = 40.0
    site.console.edit(T2, te_ms=91.0)
    site.scanner.wait_s = 0.0  # what it will say when it is asked again
    site.pass_time(39.0)
    assert site.step(T2).plan.prediction.wait_s == 40.0
    site.pass_time(2.0)
    assert site.step(T2).plan.prediction.wait_s == 0.0
    assert site.console.start(T2).reasons == set()


@pytest.mark.parametrize(
    ("limits", "stopped"),
    [
        ({"b1_rms_ut": 1.9}, True),
        ({"b1_rms_ut": 2.0}, False),
        ({"whole_body_sar_w_per_kg": 1.4}, True),
        ({"head_sar_w_per_kg": 0.9}, True),
        ({"head_sar_w_per_kg": 1.0}, False),
        ({}, False),
    ],
)
def test_an_implants_label_is_checked_by_itself(limits: dict[str, float], *, stopped: bool) -> None:
    site = prepared_site(implants=(ImplantLimits(device="clip", **limits),))
    said = site.console.start(T2)
    assert said.reasons == ({R.IMPLANT_LIMIT} if stopped else set())


def test_from_the_first_minute_on_everything_that_is_missing_is_named_at_once() -> None:
    site = Site()
    assert site.open_reasons() == {
        R.NO_CONTROL,
        R.START_NOT_GRANTED,
        R.ROSTER_BELOW_POLICY,
        R.PRESENCE_LAPSED,
        R.NO_EXAM,
        R.LINK_UNKNOWN,
        R.SCANNER_NOT_HEARD,
        R.WORKLOAD_UNKNOWN,
    }
    start = c.StartStep(
        command_id="x", scanner="mr-a", step_id="s1", revision="0" * 64, standing=site.number(), beat=0
    )
    assert site.console.send(start).reasons == site.open_reasons() | {R.STEP_UNKNOWN}


def test_with_a_patient_half_prepared_everything_that_is_missing_is_named_at_once() -> None:
    site = Site()
    site.connect_scanner()
    site.tablet.check_in(ANNA)
    site.tablet.take_patient()
    site.scanner.open_door()
    missing = site.open_reasons()
    assert missing >= {
        R.IDENTITY_NOT_CONFIRMED,
        R.SCREENING_MISSING,
        R.DOOR_OPEN,
        R.TABLE_NOT_AT_ISOCENTRE,
        R.LANDMARK_MISSING,
        R.PATIENT_READY_MISSING,
        R.NO_STEP,
        R.PATIENT_DATA_MISSING,
    }


def test_screening_needs_a_record_two_people_a_level_two_and_the_full_stop() -> None:
    site = Site()
    site.connect_scanner()
    site.tablet.check_in(ANNA)
    site.tablet.take_patient()
    exam: dict[str, Any] = {"exam_id": "exam-1"}
    assert site.tablet.do(t.ConfirmFullStop, **exam).reasons == {R.SCREENING_MISSING}
    site.tablet.do(t.RecordScreening, questions_answered=True, implant_free=True, **exam)
    assert {R.SCREENING_SECOND_SIGNATURE, R.SCREENING_LEVEL_2, R.SCREENING_FULL_STOP} <= site.open_reasons()
    site.tablet.do(t.SignScreening, signer=ANNA, **exam)
    assert R.SCREENING_LEVEL_2 not in site.open_reasons()
    assert R.SCREENING_SECOND_SIGNATURE in site.open_reasons(), "one person is not two"
    assert site.tablet.do(t.SignScreening, signer=ANNA, **exam).reasons == {R.SCREENING_SAME_SIGNER}
    assert site.tablet.do(t.SignScreening, signer=BEN, **exam).reasons == {R.NOT_CHECKED_IN}
    site.tablet.check_in(BEN)
    site.tablet.do(t.SignScreening, signer=BEN, **exam)
    site.tablet.do(t.ConfirmFullStop, **exam)
    assert state_of(site, I.SCREENING) is InterlockState.CLOSED


def test_a_screening_that_contradicts_itself_is_not_recorded() -> None:
    site = Site()
    site.connect_scanner()
    site.tablet.check_in(ANNA)
    site.tablet.take_patient()
    clip = ImplantLimits(device="clip")
    for answered, free, implants in ((False, True, ()), (True, True, (clip,)), (True, False, ())):
        said = site.tablet.do(
            t.RecordScreening,
            exam_id="exam-1",
            questions_answered=answered,
            implant_free=free,
            implants=implants,
        )
        assert said.reasons == {R.SCREENING_MISSING}


def test_one_identifier_twice_is_not_two() -> None:
    site = Site()
    site.connect_scanner()
    site.tablet.check_in(ANNA)
    site.tablet.take_patient()
    name = IdentifierKind.SPOKEN_NAME
    said = site.tablet.do(t.ConfirmIdentity, exam_id="exam-1", identifiers=(name, name), staff_id="anna")
    assert said.reasons == {R.IDENTIFIERS_TOO_FEW}


def test_nobody_checked_in_takes_no_patient_and_allows_no_control() -> None:
    site = Site()
    site.connect_scanner()
    assert site.tablet.take_patient() == {R.ROSTER_BELOW_POLICY}
    request_id, _ = site.console.ask(Privilege.VIEW)
    assert site.tablet.allow(request_id, Privilege.VIEW).reasons == {R.ROSTER_BELOW_POLICY}


def test_a_yes_by_a_short_touch_is_no_yes() -> None:
    site = prepared_site()
    site.tablet.revoke()
    request_id, _ = site.console.ask()
    assert site.tablet.allow(request_id, Privilege.VIEW, held_ms=999).reasons == {R.NOT_NOW}
    assert site.desk.control.privileges_of(site.console.holder.link) == frozenset()


def test_a_consent_to_another_request_grants_nothing() -> None:
    site = prepared_site()
    site.tablet.revoke()
    old, _ = site.console.ask(Privilege.VIEW)
    site.console.do(c.WithdrawRequest)
    site.console.ask(*Privilege)
    assert site.tablet.allow(old, *Privilege).reasons == {R.REQUEST_GONE}
    assert site.console.start(T2).reasons >= {R.CONSENT_PENDING, R.START_NOT_GRANTED}
    assert site.step(T2).state is StepState.PLANNED


def test_a_consent_after_the_time_out_grants_nothing() -> None:
    site = prepared_site()
    site.tablet.revoke()
    request_id, _ = site.console.ask()
    site.at_s += 120.0
    assert site.tablet.allow(request_id, *Privilege).reasons == {R.REQUEST_GONE}


UNTOLD: dict[str, tuple[Callable[[Site], object], str]] = {
    "control was released": (
        lambda site: site.console.do(c.ReleaseControl),
        "no console has control",
    ),
    "nothing was told yet": (
        lambda site: site.desk.read(expected_sites=None),
        "the console has not said it yet",
    ),
    "another site is silent": (
        lambda site: site.desk.read(expected_sites=("South",)),
        "no fresh word from South",
    ),
}


@pytest.mark.parametrize("what", UNTOLD)
def test_why_it_is_not_known_what_else_she_runs_is_said_and_what_to_do(what: str) -> None:
    act, why = UNTOLD[what]
    site = prepared_site()
    act(site)
    views = site.desk.standing(site.at_s).standing.interlocks
    (found,) = next(v for v in views if v.interlock is I.WORKLOAD).findings
    assert (found.reason, found.text) == (
        R.WORKLOAD_UNKNOWN,
        f"It is not known which other scans you run: {why}",
    )
    assert found.remedy == "Take control, and stay connected to all your sites"
