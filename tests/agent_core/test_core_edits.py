"""Edits, undo, repeats and protocols: nothing is lost, nothing is silently something else."""

from __future__ import annotations

import pytest
from core_scanner import AXIAL
from core_site import Site, prepared_site, run

from local_agent.core import events as e
from local_agent.core import on_scanner
from local_agent.core.policy import Policy
from local_agent.core.showing import exam_view
from mr_contract import console_messages as c
from mr_contract import scanner_messages as s
from mr_contract.reasons import Reason
from mr_contract.vocabulary import StepState

T2 = "T2 TSE ax"


def te(site: Site, name: str = T2) -> object:
    return site.step(name).plan.values["te_ms"]


def test_an_edit_in_conflict_changes_nothing_and_shows_a_remedy() -> None:
    site = prepared_site()
    revision, before = site.revision(T2), te(site)
    assert site.console.edit(T2, te_ms=400.0).reasons == {Reason.STEP_IN_CONFLICT}
    assert (site.revision(T2), te(site)) == (revision, before)
    shown = next(m for _, m in reversed(site.answers) if isinstance(m, c.StepChanged))
    assert shown.step.conflicts[0].remedies[0].changes == {"te_ms": 300.0}
    assert site.console.start(T2).accepted, "the plan of before still runs"


def test_an_edit_of_a_revision_that_was_not_looked_at_is_stale() -> None:
    site = prepared_site()
    old = site.revision(T2)
    site.console.edit(T2, te_ms=90.0)
    said = site.console.do(c.EditStep, step_id="s2", revision=old, changes={"te_ms": 70.0})
    assert said.reasons == {Reason.STALE_REVISION}
    assert te(site) == 90.0


def test_one_edit_of_a_step_at_a_time() -> None:
    site = prepared_site()
    site.scanner.hold = {"set_step"}
    site.console.edit(T2, te_ms=90.0)
    assert site.console.edit(T2, te_ms=70.0).reasons == {Reason.NOT_NOW}
    site.scanner.release()
    assert te(site) == 90.0


def test_a_step_that_is_starting_is_not_edited() -> None:
    site = prepared_site()
    site.scanner.hold = {"prepare"}
    site.console.start(T2)
    assert Reason.NOT_NOW in site.console.edit(T2, te_ms=90.0).reasons


def test_a_coil_changed_while_an_edit_is_under_way_does_not_undo_the_edit() -> None:
    site = prepared_site()
    site.scanner.hold = {"set_step"}
    site.console.edit(T2, te_ms=90.0)
    site.scanner.change_coil("body 18")
    site.scanner.release()
    assert te(site) == 90.0
    assert site.tablet.ready().accepted
    assert site.open_reasons() == set()
    assert site.console.start(T2).accepted
    (sent,) = site.requests(s.Prepare)
    assert site.scanner.commits["s2"][0] == sent.setting


def test_an_edit_the_scanner_rejects_leaves_the_step_startable_as_it_was() -> None:
    site = prepared_site()
    site.scanner.hold = {"set_step"}
    site.console.edit(T2, te_ms=90.0)
    (request,) = site.scanner.held
    site.scanner.held, site.scanner.hold = [], set()
    site.turn(on_scanner.reply, s.Rejected(reply_to=request.request_id, why="busy"), site.moment)
    assert te(site) == 89.0
    assert site.console.start(T2).accepted


def test_an_edit_that_is_never_answered_is_said_and_leaves_the_step_startable() -> None:
    site = prepared_site()
    site.scanner.hold = {"set_step"}
    site.console.edit(T2, te_ms=90.0)
    site.scanner.held, site.scanner.hold = [], set()
    site.pass_time(10.25)
    assert te(site) == 89.0
    assert site.console.start(T2).accepted


def test_undo_goes_back_one_edit_at_a_time_and_not_further() -> None:
    site = prepared_site()
    for value in (90.0, 91.0):
        site.console.edit(T2, te_ms=value)
    assert site.console.undo(T2).accepted
    assert te(site) == 90.0
    assert site.console.undo(T2).accepted
    assert te(site) == 89.0
    assert site.console.undo(T2).reasons == {Reason.NOT_NOW}


def test_slices_moved_and_moved_back_by_undo() -> None:
    site = prepared_site()
    moved = AXIAL.model_copy(update={"centre_mm": (0.0, 0.0, 12.5)})
    step = site.step(T2)
    said = site.console.do(
        c.EditStep, step_id=step.step_id, revision=site.revision(T2), changes={}, slices=(moved,)
    )
    assert said.accepted
    assert site.step(T2).plan.slices == (moved,)
    assert site.console.undo(T2).accepted
    assert site.step(T2).plan.slices == (AXIAL,)


def test_a_step_repeated_again_and_again_has_an_id_of_its_own_each_time() -> None:
    site = prepared_site()
    for _ in range(6):
        run(site, T2)
        assert site.console.repeat(T2).accepted
    assert site.desk.facts.exam is not None
    ids = [step.step_id for step in site.desk.facts.exam.steps]
    assert len(ids) == len(set(ids)) == 9
    assert site.scanner.acquisitions == list(dict.fromkeys(site.scanner.acquisitions))


def test_a_repeat_needs_a_reason() -> None:
    site = prepared_site()
    run(site, T2)
    assert site.console.repeat(T2, reason="  ").reasons == {Reason.REASON_NEEDED}


def test_more_repeats_than_an_exam_can_show_are_refused_in_words() -> None:
    site = prepared_site()
    said = [site.console.repeat("Localizer") for _ in range(70)]
    assert not said[-1].accepted
    shown = exam_view(site.desk, site.at_s, view=True)
    assert shown is not None
    assert len(shown.steps) <= 64


def test_a_step_that_ran_is_repeated_and_not_started_again() -> None:
    site = prepared_site()
    run(site, T2)
    assert Reason.STEP_NOT_PLANNED in site.console.start(T2).reasons
    assert site.console.repeat(T2).accepted
    assert site.step(T2).repeat_of == "s2"
    assert site.step(T2).state is StepState.PLANNED
    assert site.console.start(T2).accepted


def test_a_protocol_that_the_site_did_not_approve_is_not_opened() -> None:
    site = prepared_site(Policy(picture="waived", approved_protocols=("brain",)))
    said = site.console.do(c.OpenProtocol, protocol_id="knee")
    assert said.reasons == {Reason.PROTOCOL_NOT_APPROVED}


def test_a_protocol_is_not_replaced_once_a_step_has_run() -> None:
    site = prepared_site()
    run(site, "Localizer")
    assert site.console.do(c.OpenProtocol, protocol_id="brain").reasons == {Reason.NOT_NOW}


def test_a_protocol_is_not_replaced_while_a_start_is_on_its_way() -> None:
    site = prepared_site()
    site.scanner.hold = {"prepare"}
    site.console.start(T2)
    assert site.console.do(c.OpenProtocol, protocol_id="brain").reasons == {Reason.NOT_NOW}


@pytest.mark.parametrize("kind", [c.TryEdit, c.EditStep])
def test_an_edit_of_an_unknown_step_is_refused(kind: type[c.Command]) -> None:
    site = prepared_site()
    said = site.console.do(kind, step_id="s99", revision="0" * 64, changes={"te_ms": 1.0})
    assert said.reasons == {Reason.STEP_UNKNOWN}


def test_a_recheck_under_a_new_weight_that_gives_another_exposure_changes_the_revision() -> None:
    site = prepared_site()
    site.console.edit(T2, flip_angle_deg=149.0)
    old = site.step(T2).plan.prediction.whole_body_sar_w_per_kg
    site.tablet.record_data(35.0)
    assert site.step(T2).plan.prediction.whole_body_sar_w_per_kg == pytest.approx(2 * old)
    assert site.events(e.StepReachieved)


def test_a_check_whose_answer_is_lost_is_asked_for_again() -> None:
    site = prepared_site()
    site.scanner.mute = {"set_step"}
    site.tablet.record_data(60.0)
    site.scanner.mute = set()
    assert Reason.STEP_UNCHECKED in site.console.start(T2).reasons
    site.pass_time(10.5)
    assert site.console.start(T2).accepted, "“is being checked, wait” was waited for"


def test_a_check_whose_answer_is_lost_does_not_hide_a_later_one() -> None:
    site = prepared_site()
    site.scanner.mute = {"set_step"}
    site.tablet.record_data(60.0)
    site.scanner.mute = set()
    site.tablet.record_data(61.0)
    site.pass_time(10.5)
    assert site.console.start(T2).accepted


def test_the_queue_says_which_durations_are_estimates() -> None:
    site = prepared_site()
    for estimate in ("", "from the present heart rate of 60/min"):
        site.scanner.estimate = estimate
        site.scanner.change_coil(f"coil {estimate[:4]}")
        shown = exam_view(site.desk, site.at_s, view=True)
        assert shown is not None
        assert {step.estimate for step in shown.steps} == {estimate}
