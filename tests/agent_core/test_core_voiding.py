"""What voids what: one test a row, against the table of docs/explanations/voiding.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from core_site import Site, prepared_site, run

from local_agent.core import events as e
from local_agent.core.step_findings import judge_step
from mr_contract import console_messages as c
from mr_contract import scanner_messages as s
from mr_contract import tablet_messages as t
from mr_contract.exposure import ImplantLimits
from mr_contract.reasons import Reason
from mr_contract.vocabulary import (
    AlarmKind,
    AlarmPriority,
    Interlock,
    InterlockState,
    OperatingMode,
    TablePosition,
)

T2 = "T2 TSE ax"
EVERY = set(Interlock)


def opened(site: Site) -> set[Interlock]:
    views = site.desk.standing(site.at_s).standing.interlocks
    return {v.interlock for v in views if v.state is not InterlockState.CLOSED}


@dataclass(frozen=True)
class Row:
    """What happens, which interlocks it opens, and what alone closes them again."""

    happens: Callable[[Site], object]
    opens: set[Interlock]
    cleared_by: Callable[[Site], object] | None = None


def hold(site: Site) -> object:
    said = site.tablet.ready()
    assert said.accepted
    return said


def back_in_and_hold(site: Site) -> object:
    site.tablet.do(t.MoveTable, to="isocentre")
    return hold(site)


def ask_and_allow(site: Site) -> None:
    site.console.take_control()


I = Interlock  # noqa: E741
ROWS = {
    "the table is moved by hand": Row(
        lambda site: site.scanner.move_table(TablePosition.ELSEWHERE), {I.PATIENT_READY}, back_in_and_hold
    ),
    "the table is moved out at the tablet": Row(
        lambda site: site.tablet.do(t.MoveTable, to="out"), {I.PATIENT_READY}, back_in_and_hold
    ),
    "the table is moved by an accepted step": Row(
        lambda site: site.scanner.move_table(TablePosition.ISOCENTRE, by_step=True), set()
    ),
    "the table is left elsewhere by an accepted step": Row(
        lambda site: site.scanner.move_table(TablePosition.ELSEWHERE, by_step=True), set()
    ),
    "the door is opened and closed": Row(
        lambda site: (site.scanner.open_door(), site.scanner.close_door()), {I.PATIENT_READY}, hold
    ),
    "the coil is changed": Row(lambda site: site.scanner.change_coil("body 18"), {I.PATIENT_READY}, hold),
    "the weight is changed": Row(lambda site: site.tablet.record_data(71.0), set()),
    "an edit": Row(lambda site: site.console.edit(T2, te_ms=95.0), set()),
    "a stop": Row(lambda site: site.tablet.stop(), set()),
    "a stop of a running scan": Row(
        lambda site: (site.console.start("Localizer"), site.console.stop()), set()
    ),
    "takeover by the site": Row(
        lambda site: site.tablet.revoke(), {I.CONTROL, I.CONSENT, I.LINK, I.WORKLOAD}, ask_and_allow
    ),
    "the screening is recorded anew": Row(
        lambda site: site.tablet.do(
            t.RecordScreening, exam_id="exam-1", questions_answered=True, implant_free=True
        ),
        {I.SCREENING},
        lambda site: site.tablet.screen(),
    ),
    "the scanner loses its connection and nothing moved": Row(
        lambda site: (site.lose_scanner(), site.connect_scanner()), set()
    ),
    "the scanner loses its connection and the door was opened": Row(
        lambda site: (
            site.lose_scanner(),
            site.scanner.open_door(),
            site.scanner.close_door(),
            site.connect_scanner(),
        ),
        {I.PATIENT_READY},
        hold,
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_it_voids_exactly_that_and_is_cleared_by_that(row: str) -> None:
    site, what = prepared_site(), ROWS[row]
    what.happens(site)
    assert opened(site) == what.opens
    if what.cleared_by is not None:
        what.cleared_by(site)
    assert opened(site) == set()
    assert site.console.start(T2).accepted


def test_a_table_moved_by_an_accepted_step_asks_for_no_hold_after_a_silence() -> None:
    site = prepared_site()
    site.scanner.move_table(TablePosition.ELSEWHERE, by_step=True)
    site.lose_scanner()
    site.connect_scanner()
    assert opened(site) == set()
    site.lose_scanner()
    site.scanner.move_table(TablePosition.OUT, by_step=True)  # nobody heard by what
    site.connect_scanner()
    assert I.PATIENT_READY in opened(site)


def test_closing_the_exam_voids_everything_of_the_patient_and_control() -> None:
    site = prepared_site()
    assert site.tablet.close_exam().accepted
    patient = {I.IDENTITY, I.SCREENING, I.PATIENT_READY, I.PRESCRIPTION, I.EXPOSURE}
    assert opened(site) == patient | {I.CONTROL, I.CONSENT, I.LINK, I.WORKLOAD}
    assert site.tablet.take_patient("exam-2") == set()
    assert patient <= opened(site), "nothing of the patient before is left"


def test_the_next_patient_is_not_taken_before_the_exam_is_closed() -> None:
    site = prepared_site()
    assert site.tablet.take_patient("exam-2") == {Reason.EXAM_OPEN}


def test_a_confirmation_drawn_for_another_exam_is_refused() -> None:
    site = prepared_site()
    assert site.tablet.do(t.ConfirmPatientReady, exam_id="exam-0", held_ms=1000).reasons == {
        Reason.REQUEST_GONE
    }
    assert site.tablet.do(t.CloseExam, exam_id="exam-0").reasons == {Reason.REQUEST_GONE}


def test_a_door_opened_during_a_scan_alarms_and_leaves_the_scan_running() -> None:
    site = prepared_site()
    site.console.start(T2)
    site.scanner.open_door()
    (alarm,) = site.desk.alarms.shown()
    assert (alarm.kind, alarm.priority) == (AlarmKind.DOOR_OPENED_DURING_SCAN, AlarmPriority.MEDIUM)
    assert site.scanner.running is not None
    assert site.requests(s.Stop) == []
    site.scanner.end()
    site.scanner.close_door()
    assert opened(site) == {I.PATIENT_READY}
    hold(site)
    assert opened(site) == set()


def test_a_changed_weight_voids_the_decision_for_first_level_and_leaves_positioning() -> None:
    site = prepared_site()
    assert site.console.edit(T2, flip_angle_deg=160.0).accepted
    assert site.console.do(c.DecideFirstLevel, up_to_w_per_kg=3.0).accepted
    assert site.tablet.do(t.AllowFirstLevel, exam_id="exam-1", up_to_w_per_kg=3.0).accepted
    run(site, T2)
    assert site.console.repeat(T2).accepted
    assert site.tablet.record_data(72.0).accepted
    assert site.console.start(T2).reasons == {Reason.FIRST_LEVEL_UNDECIDED}
    assert opened(site) == set()


def test_an_implant_found_later_voids_decision_and_signatures_and_leaves_positioning() -> None:
    site = prepared_site()
    site.console.do(c.DecideFirstLevel, up_to_w_per_kg=3.0)
    site.tablet.do(t.AllowFirstLevel, exam_id="exam-1", up_to_w_per_kg=3.0)
    site.tablet.screen(ImplantLimits(device="clip", b1_rms_ut=1.0))
    assert site.desk.facts.exam is not None
    assert not site.desk.facts.exam.first_level.decided
    assert opened(site) == set()
    assert site.console.start(T2).reasons == {Reason.IMPLANT_LIMIT}


def test_the_first_level_decision_is_made_once_by_both_and_the_lower_value_holds() -> None:
    site = prepared_site()
    site.console.edit(T2, flip_angle_deg=160.0)
    sar = site.step(T2).plan.prediction.whole_body_sar_w_per_kg
    assert site.console.start(T2).reasons == {Reason.FIRST_LEVEL_UNDECIDED}
    site.console.do(c.DecideFirstLevel, up_to_w_per_kg=4.0)
    assert site.console.start(T2).reasons == {Reason.FIRST_LEVEL_UNDECIDED}
    site.tablet.do(t.AllowFirstLevel, exam_id="exam-1", up_to_w_per_kg=sar - 0.1)
    assert site.console.start(T2).reasons == {Reason.FIRST_LEVEL_UNDECIDED}
    site.tablet.do(t.AllowFirstLevel, exam_id="exam-1", up_to_w_per_kg=sar + 0.1)
    run(site, T2)
    site.console.edit("FLAIR ax", flip_angle_deg=160.0)
    assert site.console.start("FLAIR ax").accepted, "decided once per exam"


def test_a_squeezed_bulb_blocks_the_next_start_until_it_is_answered_and_voids_nothing() -> None:
    site = prepared_site()
    site.scanner.squeeze()
    assert opened(site) == {I.SCANNER}
    (alarm,) = site.desk.alarms.shown()
    assert site.console.do(c.AcknowledgeAlarm, alarm_id=alarm.alarm_id).accepted
    assert opened(site) == set()
    assert site.requests(s.AcknowledgeBulb)
    assert site.events(e.AlarmCleared), "on the record"


def undecided(site: Site, *, sar: float = 1.0, pns: float = 40.0) -> dict[str, str] | None:
    """The figures of what a step of this exposure still needs decided; None when it needs nothing."""
    first, normal = OperatingMode.FIRST_LEVEL, OperatingMode.NORMAL
    step = site.step(T2)
    predicted = step.plan.prediction.model_copy(
        update={
            "whole_body_sar_w_per_kg": sar,
            "pns_percent": pns,
            "rf_mode": first if sar > 2.0 else normal,
            "gradient_mode": first if pns > 80.0 else normal,
        }
    )
    step = replace(step, plan=step.plan.model_copy(update={"prediction": predicted}))
    found = judge_step(site.desk.situation(site.at_s), step)
    assert {f.reason for f in found} <= {Reason.FIRST_LEVEL_UNDECIDED}
    return found[0].figures if found else None


def both_decide(site: Site, **values: Any) -> None:
    assert site.console.do(c.DecideFirstLevel, **values).accepted
    assert site.tablet.do(t.AllowFirstLevel, exam_id="exam-1", **values).accepted


def test_first_level_names_the_quantity_that_needs_it_and_the_least_value_that_covers_it() -> None:
    site = prepared_site()
    heating = undecided(site, sar=2.311)
    assert heating == {"step": T2, "value": "2.3 W/kg whole body", "w_per_kg": "2.32"}
    stimulation = undecided(site, pns=91.2)
    assert stimulation == {"step": T2, "value": "PNS 91 %", "pns_percent": "92"}
    both = undecided(site, sar=2.311, pns=91.2)
    assert both is not None
    assert both["value"] == "2.3 W/kg whole body, PNS 91 %"


def test_a_decision_for_one_quantity_is_none_for_the_other_and_is_asked_again_above_its_value() -> None:
    site = prepared_site()
    both_decide(site, up_to_w_per_kg=4.0)
    assert undecided(site, sar=3.9) is None
    assert undecided(site, pns=91.0) is not None, "heating was decided, stimulation was not"
    both_decide(site, up_to_pns_percent=92.0)
    assert undecided(site, sar=3.9, pns=92.0) is None
    assert undecided(site, pns=92.5) == {"step": T2, "value": "PNS 92 %", "pns_percent": "93"}
    assert site.console.do(c.DecideFirstLevel, up_to_pns_percent=100.0).accepted
    assert undecided(site, pns=92.5) is not None, "by both"


def test_a_decision_without_a_value_is_no_decision() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        c.DecideFirstLevel(command_id="c1", scanner="mr-a")


def test_patient_ready_is_not_confirmed_by_a_short_touch_or_with_the_door_open() -> None:
    site = prepared_site()
    site.scanner.open_door()
    assert site.tablet.ready().reasons == {Reason.DOOR_OPEN}
    site.scanner.close_door()
    assert site.tablet.ready(held_ms=999).reasons == {Reason.PATIENT_READY_MISSING}
    assert opened(site) == {I.PATIENT_READY}


MEANWHILE: dict[str, Callable[[Site], object]] = {
    "door moved": lambda site: (site.scanner.open_door(), site.scanner.close_door(), hold(site)),
    "table was moved": lambda site: (site.scanner.move_table(TablePosition.OUT), back_in_and_hold(site)),
    "patient data recorded": lambda site: site.tablet.record_data(75.0),
    "screening recorded": lambda site: site.tablet.screen(),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_a_suspended_consent_is_not_resumed_once_something_was_voided_and_says_what(what: str) -> None:
    site = prepared_site()
    site.pass_time(3.25, beats=False)
    MEANWHILE[what](site)
    (refused,) = site.tablet.resume().outcomes
    (found,) = refused.findings
    assert (found.reason, found.figures) == (Reason.VOIDED_MEANWHILE, {"what": what})
    ask_and_allow(site)
    assert opened(site) == set()


def test_a_suspended_consent_is_resumed_by_one_touch_if_nothing_was_voided() -> None:
    site = prepared_site()
    site.pass_time(3.25, beats=False)
    assert opened(site) >= {I.CONTROL, I.CONSENT}
    assert site.tablet.resume().accepted
    site.pass_time(0.25)
    assert opened(site) == set()
