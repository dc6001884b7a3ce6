"""Readiness: everything in the way, who clears it, and when a press is a hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from console_scenes import (
    NOON,
    NORTH,
    A,
    beat,
    detail,
    exam,
    excepted,
    granted,
    hello,
    ready,
    status,
    step_view,
)

from mr_contract import console_messages as cm
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Interlock, OperatingMode, Privilege, StepState
from remote_console.core import fleet as f
from remote_console.core.fleet_changes import change
from remote_console.core.fleet_reducer import reduce
from remote_console.core.readiness import FirstLevelOffer, Press, ReadinessState, RowState, readiness
from remote_console.texts import say


def desk(*more: cm.FromAgent) -> f.FleetState:
    state = f.FleetState()
    base = (hello(NORTH), beat(7), status(A), exam(), granted(), ready(A))
    for message in (
        *base,
        *(cm.StepChanged(scanner=A.scanner, step=detail(s)) for s in ("t2", "flair")),
        *more,
    ):
        state = reduce(state, f.AgentSaid(NORTH, message, 100.0, NOON))
    return reduce(state, f.Ticked(100.1))


def of(state: f.FleetState) -> ReadinessState:
    return readiness(state, state.scanners[A])


def test_with_everything_closed_the_start_names_step_scanner_and_patient() -> None:
    shown = of(desk())
    assert shown.may_press
    assert shown.press is Press.START
    assert say(shown.start_caption) == "Start T2 TSE ax"
    assert say(shown.start_target) == "A · North · MR 1 · DEMO Patient-1"
    assert shown.offer is not None
    assert shown.offer.standing.count == 4


@pytest.mark.parametrize("interlock", list(Interlock))
def test_each_open_interlock_blocks_and_is_shown(interlock: Interlock) -> None:
    shown = of(desk(ready(A, opened={interlock: (finding(Reason.DOOR_OPEN),)})))
    assert not shown.may_press
    row = shown.rows[0]
    assert (row.state, say(row.text), say(row.remedy), say(row.who)) == (
        RowState.OPEN,
        "The door is open",
        "Close the door",
        "local operator",
    )


@pytest.mark.parametrize(
    ("note", "below"),
    [("implants not known", "Implants are not known: normal mode only"), ("1 implant", "1 implant")],
)
def test_an_emergency_exception_has_a_line_of_its_own_and_blocks_nothing(note: str, below: str) -> None:
    shown = of(desk(excepted(note)))
    assert shown.may_press
    row = shown.rows[0]
    assert (row.state, say(row.title), say(row.text), say(row.remedy)) == (
        RowState.EXCEPTED,
        "Screening",
        "emergency exception signed by Dr. Vera Roth",
        below,
    )
    assert [say(r.title) for r in shown.rows].count("Screening") == 1
    assert "Identity" in {say(r.title) for r in shown.rows}


@pytest.mark.parametrize("interlock", list(Interlock))
def test_each_unknown_interlock_blocks(interlock: Interlock) -> None:
    shown = of(desk(ready(A, opened={interlock: ()})))
    assert not shown.may_press
    assert shown.to_clear == 1


def test_an_interlock_that_the_agent_left_out_is_unknown() -> None:
    full = ready(A).standing
    short = full.model_copy(update={"interlocks": full.interlocks[:-1]})
    assert not of(desk(cm.StandingChanged(scanner=A.scanner, standing=short))).may_press


def test_all_findings_of_all_interlocks_are_listed() -> None:
    opened = {
        Interlock.PATIENT_READY: (finding(Reason.DOOR_OPEN), finding(Reason.DOOR_WAS_OPENED)),
        Interlock.PRESENCE: (finding(Reason.PRESENCE_LAPSED, minutes=10),),
    }
    shown = of(desk(ready(A, opened=opened)))
    assert say(shown.summary) == "3 to clear"
    assert {say(r.text) for r in shown.rows if r.state is RowState.OPEN} == {
        "The door is open",
        "The door was opened",
        "No sign of the local operator for 10 minutes",
    }


def test_a_step_in_conflict_blocks_only_itself() -> None:
    conflict = finding(Reason.STEP_IN_CONFLICT, step="T2 TSE ax", why="TE too short")
    steps = (step_view("t2", findings=(conflict,)), step_view("flair"))
    assert not of(desk(exam(*steps))).may_press
    assert of(reduce(desk(exam(*steps)), f.StepSelected(A, "flair"))).may_press


def test_without_the_start_privilege_nothing_is_called_ready() -> None:
    shown = of(desk(granted((Privilege.VIEW, Privilege.EDIT))))
    assert not shown.may_press
    assert say(shown.title) == "Not ready for T2 TSE ax"


def test_what_only_time_clears_is_waiting_and_may_be_armed() -> None:
    busy = ready(
        A, opened={Interlock.SCANNER: (finding(Reason.SCANNER_BUSY, activity="T2 TSE ax is running"),)}
    )
    steps = (step_view("t2", StepState.ACQUIRING), step_view("flair"))
    shown = of(reduce(desk(exam(*steps), busy), f.StepSelected(A, "flair")))
    assert (shown.press, shown.may_press) == (Press.ARM, True)
    assert say(shown.start_caption) == "Arm FLAIR ax as next"
    assert say(shown.summary) == "waiting"


def test_a_step_is_not_armed_while_somebody_must_act() -> None:
    opened = {Interlock.PATIENT_READY: (finding(Reason.DOOR_OPEN),)}
    steps = (step_view("t2", StepState.ACQUIRING), step_view("flair"))
    shown = of(reduce(desk(exam(*steps), ready(A, opened=opened)), f.StepSelected(A, "flair")))
    assert not shown.may_press


def test_a_silent_site_leaves_nothing_to_press() -> None:
    shown = of(reduce(desk(), f.Ticked(104.0)))
    assert not shown.may_press
    assert [say(r.text) for r in shown.rows] == ["The site is not heard: nothing is known now"]


def started(state: f.FleetState) -> f.FleetState:
    offer = of(state).offer
    assert offer is not None
    command = cm.StartStep(
        command_id="s", scanner=A.scanner, step_id=offer.step_id, revision=offer.revision,
        standing=offer.standing, beat=7,
    )  # fmt: skip
    return reduce(state, f.CommandSent(A, command, 100.2))


def test_the_first_start_of_an_exam_is_held_the_next_is_one_press() -> None:
    state = desk()
    assert of(state).hold_s == 0.6
    assert of(started(state)).hold_s == 0.0


def test_a_start_after_changing_scanner_is_held() -> None:
    state = started(desk())
    assert of(replace(state, last_started=f.ScannerKey("South", "south-mr1"))).hold_s == 0.6


def test_a_start_whose_exposure_is_not_known_is_held() -> None:
    assert of(change(started(desk()), A, details={})).hold_s == 0.6


def test_a_start_above_normal_mode_is_held() -> None:
    high = detail("t2").prediction.model_copy(update={"rf_mode": OperatingMode.FIRST_LEVEL})
    step = detail("t2", prediction=high)
    state = reduce(
        started(desk()), f.AgentSaid(NORTH, cm.StepChanged(scanner=A.scanner, step=step), 100.3, NOON)
    )
    assert of(state).hold_s == 0.6


def test_first_level_is_offered_up_to_a_value_that_covers_the_prediction() -> None:
    heating = finding(Reason.FIRST_LEVEL_UNDECIDED, step="T2", value="2.3 W/kg whole body", w_per_kg=2.32)
    stimulation = finding(Reason.FIRST_LEVEL_UNDECIDED, step="T2", value="PNS 91 %", pns_percent=92.0)
    for undecided, offer in (
        (heating, FirstLevelOffer(w_per_kg=2.4)),
        (stimulation, FirstLevelOffer(pns_percent=92.0)),
    ):
        assert of(desk(exam(step_view("t2", findings=(undecided,))))).first_level == offer
