"""Who signs the screening, and what an emergency exception replaces: every signer in every state of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from core_site import ANNA, BEN, CARL, MIA, Said, Site, prepared_site

from local_agent.core import events as e
from local_agent.core.people import StaffMember
from local_agent.core.policy import Policy
from local_agent.core.screening import screening_digest
from local_agent.core.showing import exam_view
from mr_contract import console_messages as c
from mr_contract import tablet_messages as t
from mr_contract.exposure import ImplantLimits
from mr_contract.media_messages import SourceView
from mr_contract.reasons import Reason
from mr_contract.vocabulary import (
    Interlock,
    InterlockState,
    Privilege,
    Qualification,
    RemoteSignature,
    Role,
    SourceKind,
    SourceState,
)

R = Reason
ROTH = StaffMember("roth", "Dr. Roth", 2, Qualification.PHYSICIAN)
NURSE = StaffMember("nora", "Nora Lind", 2, Qualification.NURSE)
ALLOWED = Policy(picture="waived", emergency_exception="signed_by_physician")
CLIP = ImplantLimits(device="clip", b1_rms_ut=1.9)


def site_with(*steps: Callable[[Site], object], policy: Policy = ALLOWED) -> Site:
    """An open exam of an identified patient; Anna, Ben and Dr. Roth are checked in."""
    site = Site(policy)
    site.connect_scanner()
    site.tablet.check_in(ANNA, BEN, ROTH)
    assert site.tablet.take_patient() == set()
    assert site.tablet.confirm_identity().accepted
    for step in steps:
        step(site)
    return site


def record(site: Site, *implants: ImplantLimits) -> None:
    tablet, free = site.tablet, not implants
    said = tablet.do(
        t.RecordScreening,
        exam_id=tablet.exam_id, questions_answered=True, implants=implants, implant_free=free,
    )  # fmt: skip
    assert said.accepted


def sign(site: Site, signer: StaffMember | None) -> Said:
    if signer is None:
        return site.tablet.do(t.SignScreening, exam_id=site.tablet.exam_id, staff_id="anna", pin="0000")
    return site.tablet.do(t.SignScreening, exam_id=site.tablet.exam_id, signer=signer)


def by(*signers: StaffMember) -> Callable[[Site], None]:
    def signed(site: Site) -> None:
        for signer in signers:
            assert sign(site, signer).accepted

    return signed


def except_(site: Site, signer: StaffMember | None = ROTH, reason: str = "stroke, minutes count") -> Said:
    exam_id = site.tablet.exam_id
    if signer is None:
        wrong: dict[str, Any] = {"staff_id": "roth", "pin": "0000"}
        return site.tablet.do(t.SignEmergencyException, exam_id=exam_id, reason=reason, **wrong)
    return site.tablet.do(t.SignEmergencyException, exam_id=exam_id, signer=signer, reason=reason)


def reasons(said: Said) -> set[Reason]:
    return set() if said.accepted else said.reasons


def screening(site: Site) -> tuple[InterlockState, set[Reason], str]:
    views = site.desk.standing(site.at_s).standing.interlocks
    view = next(v for v in views if v.interlock is Interlock.SCREENING)
    return view.state, {f.reason for f in view.findings}, view.exception_by


# ------------------------------------------------------------------ the table

STATES: dict[str, tuple[Callable[[Site], object], ...]] = {
    "not recorded": (),
    "recorded": (record,),
    "one of level 1 signed": (record, by(BEN)),
    "one of level 2 signed": (record, by(ANNA)),
    "two signed": (record, by(ANNA, BEN)),
    "excepted, not recorded": (except_,),
    "excepted, recorded": (record, except_),
    "recorded after the exception": (except_, record),
}
SIGNERS: dict[str, StaffMember | None] = {
    "Anna": ANNA, "Ben": BEN, "Dr. Roth": ROTH, "Carl, not checked in": CARL, "a wrong PIN": None,
}  # fmt: skip
MISSING, SAME = {R.SCREENING_MISSING}, {R.SCREENING_SAME_SIGNER}
SIGNED: dict[str, dict[str, set[Reason]]] = {
    "not recorded": {"Anna": MISSING, "Ben": MISSING, "Dr. Roth": MISSING},
    "recorded": {},
    "one of level 1 signed": {"Ben": SAME},
    "one of level 2 signed": {"Anna": SAME},
    "two signed": {"Anna": SAME, "Ben": SAME},
    "excepted, not recorded": {"Anna": MISSING, "Ben": MISSING, "Dr. Roth": MISSING},
    "excepted, recorded": {},
    "recorded after the exception": {},
}
"""Why a signature is refused; what is not here is taken."""
NEVER = {"Carl, not checked in": {R.NOT_CHECKED_IN}, "a wrong PIN": {R.WRONG_PIN}}
EXCEPTED: dict[str, set[Reason]] = {
    "two signed": {R.NOT_NOW},
    "excepted, not recorded": {R.NOT_NOW},
    "excepted, recorded": {R.NOT_NOW},
}
"""Why an exception of Dr. Roth is refused; in every other state it is taken."""
LACKS: dict[str, set[Reason]] = {
    "not recorded": MISSING,
    "recorded": {R.SCREENING_SECOND_SIGNATURE, R.SCREENING_LEVEL_2, R.SCREENING_FULL_STOP},
    "one of level 1 signed": {R.SCREENING_SECOND_SIGNATURE, R.SCREENING_LEVEL_2, R.SCREENING_FULL_STOP},
    "one of level 2 signed": {R.SCREENING_SECOND_SIGNATURE, R.SCREENING_FULL_STOP},
    "two signed": {R.SCREENING_FULL_STOP},
    "excepted, not recorded": {R.SCREENING_FULL_STOP},
    "excepted, recorded": {R.SCREENING_FULL_STOP},
    "recorded after the exception": {
        R.SCREENING_SECOND_SIGNATURE, R.SCREENING_LEVEL_2, R.SCREENING_FULL_STOP
    },
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("who", SIGNERS)
def test_a_signature_is_taken_from_whom_it_is_wanted_of(state: str, who: str) -> None:
    site = site_with(*STATES[state])
    expected = NEVER.get(who, SIGNED[state].get(who, set()))
    before = site.desk.facts.exam
    assert reasons(sign(site, SIGNERS[who])) == expected
    assert (site.desk.facts.exam == before) is bool(expected)


@pytest.mark.parametrize("state", STATES)
def test_an_exception_is_taken_only_where_something_is_missing(state: str) -> None:
    site = site_with(*STATES[state])
    assert screening(site)[1] == LACKS[state]
    assert reasons(except_(site)) == EXCEPTED.get(state, set())


@pytest.mark.parametrize(
    ("signer", "against"),
    [
        (ANNA, {R.PHYSICIAN_NEEDED}),
        (NURSE, {R.PHYSICIAN_NEEDED, R.NOT_CHECKED_IN}),
        (replace(ROTH, staff_id="sana", name="Dr. Sana"), {R.NOT_CHECKED_IN}),
        (None, {R.WRONG_PIN}),
    ],
)
def test_an_exception_of_anybody_but_a_physician_who_is_there_is_refused(
    signer: StaffMember | None, against: set[Reason]
) -> None:
    site = site_with(record)
    assert reasons(except_(site, signer)) == against
    assert site.events(e.EmergencyExceptionSigned) == []


def test_an_exception_without_a_reason_or_for_another_exam_is_refused() -> None:
    site = site_with()
    assert reasons(except_(site, reason="  ")) == {R.REASON_NEEDED}
    other = site.tablet.do(t.SignEmergencyException, exam_id="exam-7", signer=ROTH, reason="stroke")
    assert reasons(other) == {R.REQUEST_GONE}


def test_a_site_that_does_not_say_so_allows_no_exception() -> None:
    site = site_with(record, policy=Policy(picture="waived"))
    assert reasons(except_(site)) == {R.EXCEPTION_NOT_ALLOWED}


# ------------------------------------------------------------------ what it replaces, and what not


def test_an_exception_replaces_the_signatures_and_nothing_else() -> None:
    site = site_with()
    site.tablet.position()
    site.console.take_control()
    assert site.console.do(c.OpenProtocol, protocol_id="brain").accepted
    assert site.open_reasons() == {R.SCREENING_MISSING, R.PATIENT_READY_MISSING}
    assert except_(site).accepted
    assert site.open_reasons() == {R.SCREENING_FULL_STOP, R.PATIENT_READY_MISSING}
    assert site.tablet.do(t.ConfirmFullStop, exam_id=site.tablet.exam_id).accepted
    assert site.tablet.ready().accepted
    assert screening(site) == (InterlockState.CLOSED, set(), "Dr. Roth")
    assert site.console.start("T2 TSE ax").accepted


def test_an_exception_does_not_stand_in_for_an_identity() -> None:
    site = Site(ALLOWED)
    site.tablet.check_in(ROTH)
    site.tablet.take_patient()
    assert except_(site).accepted
    assert R.IDENTITY_NOT_CONFIRMED in site.open_reasons()


def test_with_implants_nobody_recorded_an_exception_leaves_normal_mode_only() -> None:
    site = prepared_excepted()
    assert site.console.edit("T2 TSE ax", flip_angle_deg=160.0).accepted
    assert site.console.do(c.DecideFirstLevel, up_to_w_per_kg=4.0, up_to_pns_percent=100.0).accepted
    allow: dict[str, Any] = {"up_to_w_per_kg": 4.0, "up_to_pns_percent": 100.0}
    assert site.tablet.do(t.AllowFirstLevel, exam_id=site.tablet.exam_id, **allow).accepted
    assert site.console.start("T2 TSE ax").reasons == {R.UNSCREENED_NORMAL_MODE}


def test_an_exception_is_over_with_its_exam_and_with_another_record_of_the_screening() -> None:
    site = prepared_excepted()
    drawn = site.console.prepare_start("T2 TSE ax")
    record(site, CLIP)
    assert screening(site)[2] == ""
    missing = {R.SCREENING_SECOND_SIGNATURE, R.SCREENING_LEVEL_2, R.SCREENING_FULL_STOP}
    assert site.console.send(drawn).reasons == {*missing, R.IMPLANT_LIMIT, R.STALE_STANDING}
    assert except_(site).accepted
    assert site.tablet.close_exam().accepted
    site.tablet.take_patient("exam-2")
    assert screening(site)[1:] == ({R.SCREENING_MISSING}, "")


def test_an_exception_changes_the_number_and_outlives_the_agent_that_took_it() -> None:
    site = site_with(record, by(ANNA, BEN))
    assert site.tablet.do(t.ConfirmFullStop, exam_id=site.tablet.exam_id).accepted
    number = site.number()
    record(site)
    except_(site)
    assert site.tablet.do(t.ConfirmFullStop, exam_id=site.tablet.exam_id).accepted
    assert site.number() != number
    site.restart_agent()
    assert screening(site) == (InterlockState.CLOSED, set(), "Dr. Roth")


def test_the_journal_says_who_why_and_of_which_screening_and_no_pin() -> None:
    site = site_with()
    except_(site, reason=" stroke, minutes count ")
    (signed,) = site.events(e.EmergencyExceptionSigned)
    assert (signed.by, signed.staff_id, signed.reason) == ("Dr. Roth", "roth", "stroke, minutes count")
    assert len(signed.screening) == 64
    assert all("pin" not in type(event).model_fields for event in site.journal)


def prepared_excepted() -> Site:
    """All is well by an exception, with nothing recorded; Mia has control of an open protocol."""
    site = site_with(except_)
    assert site.tablet.do(t.ConfirmFullStop, exam_id=site.tablet.exam_id).accepted
    site.tablet.position()
    assert site.tablet.ready().accepted
    site.console.take_control()
    assert site.console.do(c.OpenProtocol, protocol_id="brain").accepted
    assert site.open_reasons() == set()
    return site


def test_a_prepared_site_needs_no_exception() -> None:
    site = prepared_site(ALLOWED)
    site.tablet.check_in(ROTH)
    assert reasons(except_(site)) == {R.NOT_NOW}


# ------------------------------------------------------------------ from a console


def watched(*steps: Callable[[Site], object], policy: Policy = ALLOWED) -> Site:
    """Mia has control and a live picture."""
    site = site_with(*steps, policy=policy)
    site.console.take_control()
    site.console.sees()
    return site


REMOTE: dict[str, set[Reason]] = {
    "not recorded": MISSING,
    "recorded": set(),
    "one of level 1 signed": set(),
    "one of level 2 signed": set(),
    "two signed": set(),
    "excepted, not recorded": MISSING,
    "excepted, recorded": set(),
    "recorded after the exception": set(),
}


@pytest.mark.parametrize("state", STATES)
def test_a_remote_operator_signs_what_is_recorded(state: str) -> None:
    site = watched(*STATES[state])
    assert reasons(site.console.sign_screening()) == REMOTE[state]
    assert len(site.events(e.ScreeningSignedRemotely)) == (not REMOTE[state])


def test_the_second_signature_is_given_by_video_and_counts_as_any_other() -> None:
    site = watched(record, by(BEN))
    assert screening(site)[1] == LACKS["one of level 1 signed"]
    assert site.console.sign_screening().accepted
    assert screening(site)[1] == {R.SCREENING_FULL_STOP}
    (signed,) = site.events(e.ScreeningSignedRemotely)
    assert (signed.by, signed.staff_id, signed.mr_level, signed.by_video) == ("mia", "mia.k", 2, True)
    assert set(site.desk.facts.roster) == {"anna", "ben", "roth"}, "a signature from afar checks nobody in"


def test_the_remote_operator_is_one_person_wherever_she_signs() -> None:
    site = watched(record)
    site.tablet.check_in(MIA)
    assert sign(site, MIA).accepted
    assert reasons(site.console.sign_screening()) == SAME


def test_without_a_live_picture_no_signature_is_given_by_video() -> None:
    site = watched(record)
    site.console.sees(live=False)
    assert reasons(site.console.sign_screening()) == {R.SCREENING_NEEDS_VIDEO}


def test_a_picture_that_reaches_somebody_else_is_not_seen_here() -> None:
    site = watched(record)
    site.console.sees(live=False)
    site.open_console("noa").sees()
    assert reasons(site.console.sign_screening()) == {R.SCREENING_NEEDS_VIDEO}


def test_a_site_may_ask_for_no_video_and_the_journal_says_that_there_was_none() -> None:
    policy = replace(ALLOWED, remote_signature=RemoteSignature.WITHOUT_VIDEO)
    site = watched(record, policy=policy)
    site.console.sees(live=False)
    assert site.console.sign_screening().accepted
    assert [signed.by_video for signed in site.events(e.ScreeningSignedRemotely)] == [False]


def test_a_site_may_take_no_signature_from_consoles() -> None:
    site = watched(record, policy=replace(ALLOWED, remote_signature=RemoteSignature.REFUSED))
    assert reasons(site.console.sign_screening()) == {R.SIGNATURE_NOT_REMOTE}


@pytest.mark.parametrize("role", [Role.TRAINER, Role.TRAINEE, Role.RADIOLOGIST])
def test_no_other_role_signs_however_well_it_sees(role: Role) -> None:
    site = site_with(record)
    console = site.open_console("mia", role=role)
    request, _ = console.ask(Privilege.VIEW)
    site.tablet.allow(request, Privilege.VIEW)
    console.sees()
    assert reasons(console.sign_screening()) == {R.ROLE_FORBIDS}


def test_who_was_not_granted_view_does_not_sign_and_has_no_pin_checked() -> None:
    site = site_with(record)
    site.console.sees()
    assert reasons(site.console.sign_screening()) == {R.VIEW_NOT_GRANTED}
    assert site.pins_asked == 0


def test_no_pin_is_checked_for_a_signature_that_is_refused_anyway() -> None:
    site = watched(record)
    site.console.sees(live=False)
    site.console.sign_screening(pin="9999")
    site.console.sign_screening(drawn="0" * 64)
    assert site.pins_asked == 0, "nobody guesses PINs from a console that may not sign"
    site.console.sees()
    site.console.sign_screening()
    assert site.pins_asked == 1


@pytest.mark.parametrize(
    ("people", "pin", "against"),
    [
        ([MIA], "0000", {R.WRONG_PIN}),
        ([ANNA, BEN], "1234", {R.NOT_ON_ROSTER}),
        ([MIA, replace(MIA, staff_id="mia.2")], "1234", {R.NOT_ON_ROSTER}),
    ],
)
def test_a_console_signs_only_as_the_one_person_its_certificate_names(
    people: list[StaffMember], pin: str, against: set[Reason]
) -> None:
    site = watched(record)
    site.roster = people
    assert reasons(site.console.sign_screening(pin=pin)) == against


def test_a_signature_under_what_was_drawn_before_a_change_is_refused() -> None:
    site = watched(record)
    exam = site.desk.facts.exam
    assert exam is not None
    drawn = screening_digest(exam)
    record(site, CLIP)
    assert reasons(site.console.sign_screening(drawn=drawn)) == {R.SCREENING_CHANGED}
    record(site)
    assert reasons(site.console.sign_screening(drawn=drawn)) == {R.SCREENING_CHANGED}, (
        "also in the same words"
    )


@pytest.mark.parametrize(
    ("meanwhile", "against"),
    [
        (lambda site: record(site, CLIP), R.SCREENING_CHANGED),
        (lambda site: site.tablet.revoke(), R.VIEW_NOT_GRANTED),
        (lambda site: site.console.sees(live=False), R.SCREENING_NEEDS_VIDEO),
        (lambda site: site.tablet.close_exam(), R.VIEW_NOT_GRANTED),
    ],
)
def test_what_changes_while_the_pin_is_checked_counts(
    meanwhile: Callable[[Site], object], against: Reason
) -> None:
    site = watched(record)
    site.pins_checked_at_once = False
    before = len(site.answers)
    site.console.sign_screening()
    meanwhile(site)
    site.check_pins()
    said = [m for _, m in site.answers[before:] if isinstance(m, c.Outcome) and not m.accepted]
    assert [f.reason for f in said[-1].findings] == [against]
    assert site.events(e.ScreeningSignedRemotely) == []


def test_the_same_command_again_is_answered_from_memory_and_signs_once() -> None:
    site = watched(record)
    exam = site.desk.facts.exam
    assert exam is not None
    command = c.SignScreeningRemotely(
        command_id="again", scanner="mr-a", exam_id=exam.exam_id, screening=screening_digest(exam), pin="1234"
    )
    site.console.send(command)
    assert site.console.send(command).accepted
    assert len(site.events(e.ScreeningSignedRemotely)) == 1


def test_a_signature_from_afar_is_void_with_another_record_of_the_screening() -> None:
    site = watched(record, by(BEN))
    assert site.console.sign_screening().accepted
    record(site, CLIP)
    assert screening(site)[1] == LACKS["recorded"]


def test_no_pin_is_written_anywhere() -> None:
    site = watched(record)
    site.console.sign_screening(pin="98765432")
    site.console.sign_screening()
    said = "".join(event.model_dump_json() for event in site.journal)
    assert "98765432" not in said
    assert "1234" not in repr(c.SignScreeningRemotely(
        command_id="c", scanner="mr-a", exam_id="x", screening="0" * 64, pin="1234"
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("kinds", "shown"),
    [
        ((), RemoteSignature.REFUSED),
        ((SourceKind.INJECTOR, SourceKind.CONSOLE_SCREEN), RemoteSignature.REFUSED),
        ((SourceKind.INJECTOR, SourceKind.TABLET), RemoteSignature.BY_VIDEO),
    ],
)
def test_no_console_is_offered_a_signature_by_video_where_no_camera_shows_people(
    kinds: tuple[SourceKind, ...], shown: RemoteSignature
) -> None:
    site = site_with(record)
    site.desk.read(
        sources=tuple(SourceView(source=k, kind=k, title=k, state=SourceState.PLAYING) for k in kinds)
    )
    view = exam_view(site.desk, site.at_s, view=True)
    assert view is not None
    assert view.screening is not None
    assert view.screening.remote_signature is shown


def test_who_may_not_view_is_told_nothing_of_the_screening_but_that_there_is_an_exception() -> None:
    site = site_with(except_)
    view = exam_view(site.desk, site.at_s, view=False)
    assert view is not None
    assert view.screening is None
    assert screening(site)[2] == "Dr. Roth"
