"""The confirmation budget of a routine brain exam, counted."""

from __future__ import annotations

from typing import Any

from core_scanner import STEPS
from core_site import ANNA, BEN, Site, prepared_site, run

from local_agent.core import events as e
from mr_contract import console_messages as c
from mr_contract.tablet_messages import ConfirmFullStop, MoveTable, RecordScreening, SignScreening

MOST_LOCAL_HOLDS = 5


def test_a_routine_brain_exam_takes_at_most_five_local_holds_and_one_press_for_each_sequence() -> None:
    site = prepared_site()
    at_the_tablet = site.tablet.commands
    presses = 0
    for name in STEPS:
        assert site.console.edit(name, te_ms=90.0).accepted
        run(site, name)
        presses += 1
    assert site.tablet.commands == at_the_tablet, "nobody walks for an edit or for the next sequence"
    assert site.tablet.do(MoveTable, to="out").accepted
    assert site.tablet.close_exam().accepted
    ready, allowed = "confirm_patient_ready", "answer_request"
    assert site.tablet.holds == ["move_table", ready, allowed, "move_table", "close_exam"]
    assert len(site.tablet.holds) <= MOST_LOCAL_HOLDS
    assert presses == len(STEPS)
    assert site.events(e.StartRefused) == [], "zero false refusals"
    assert len(site.scanner.acquisitions) == len(STEPS)


def test_a_signature_by_video_takes_no_hold_more() -> None:
    site = Site()
    site.connect_scanner()
    site.tablet.check_in(ANNA, BEN)
    assert site.tablet.take_patient() == set()
    assert site.tablet.confirm_identity().accepted
    site.console.take_control()
    site.console.sees()
    exam: dict[str, Any] = {"exam_id": site.tablet.exam_id}
    site.tablet.do(RecordScreening, questions_answered=True, implants=(), implant_free=True, **exam)
    assert site.tablet.do(SignScreening, signer=BEN, **exam).accepted
    assert site.console.sign_screening().accepted
    assert site.tablet.do(ConfirmFullStop, **exam).accepted
    site.tablet.position()
    assert site.tablet.ready().accepted
    assert site.console.do(c.OpenProtocol, protocol_id="brain").accepted
    run(site, "T2 TSE ax")
    assert site.tablet.do(MoveTable, to="out").accepted
    assert site.tablet.close_exam().accepted
    assert len(site.tablet.holds) <= MOST_LOCAL_HOLDS
    assert sorted(site.tablet.holds) == sorted(
        ["answer_request", "move_table", "confirm_patient_ready", "move_table", "close_exam"]
    )


def test_the_next_step_armed_while_one_runs_needs_no_further_press() -> None:
    site = prepared_site()
    assert site.console.start("Localizer").accepted
    assert site.console.arm("T2 TSE ax").accepted
    site.scanner.end()
    assert site.scanner.running is not None
    assert site.scanner.running.step_id == site.step("T2 TSE ax").step_id
    assert site.events(e.StartRefused) == []


def test_editing_every_parameter_twice_leaves_every_confirmation_as_it_was() -> None:
    site = prepared_site()
    number = site.number()
    for value in (91.0, 92.0):
        for name in STEPS:
            assert site.console.edit(name, te_ms=value).accepted
    assert site.number() == number
    assert site.console.start("T2 TSE ax").accepted


def test_looking_trying_and_listing_change_no_number() -> None:
    site = prepared_site()
    number = site.number()
    step = site.step("T2 TSE ax").step_id
    assert site.console.do(c.ListProtocols).accepted
    assert site.console.do(c.OpenStep, step_id=step).accepted
    tried = site.console.do(c.TryEdit, step_id=step, revision=site.revision(step), changes={"te_ms": 99.0})
    assert tried.accepted
    assert site.number() == number
    assert site.step("T2 TSE ax").plan.values["te_ms"] != 99.0
