"""Who only watches sees what was granted, and every request of this desk has one true answer."""

from __future__ import annotations

import pytest
from console_scenes import NORTH, A, exam, granted, local, outcome, pending, ready, status
from test_console_fleet import both, stop, told

from mr_contract import console_messages as cm
from mr_contract.reasons import Reason
from mr_contract.vocabulary import LinkLossAction, Mistaken, Privilege
from remote_console.core import fleet as f
from remote_console.core.control_card import CardKind, control_card
from remote_console.core.fleet_reducer import reduce
from remote_console.core.middle import middle_message
from remote_console.core.notices import stop_notice
from remote_console.core.phrases import NOTHING
from remote_console.core.readiness import readiness
from remote_console.texts import say

WATCHING = (Privilege.VIEW, Privilege.TALK)
LOOKS = (Privilege.VIEW,)


def asking(state: f.FleetState, privileges: tuple[Privilege, ...] = LOOKS) -> f.FleetState:
    request = cm.RequestControl(
        command_id="r", scanner=A.scanner, privileges=privileges, link_loss_action=LinkLossAction.STOP_NOW
    )
    return reduce(state, f.CommandSent(A, request, 100.0))


def open_beside(control: cm.ControlChanged) -> cm.ControlChanged:
    """The same, with this desk's request before the local operator."""
    asked = {"request_id": "r", "requested": LOOKS, "requested_by": "Rosa"}
    return control.model_copy(update={"control": control.control.model_copy(update=asked)})


def title(state: f.FleetState) -> str:
    return say(control_card(state, state.scanners[A]).title)


@pytest.mark.parametrize("alone", [True, False], ids=["nobody controls", "another controls"])
def test_who_was_allowed_to_watch_sees_the_patient_and_is_not_called_denied(alone: bool) -> None:
    before = local() if alone else granted((), yours=False)
    after = local(WATCHING) if alone else granted(WATCHING, yours=False)
    state = asking(told((NORTH, before), state=both()))
    state = told((NORTH, pending("r") if alone else open_beside(before)), state=state)
    state = told((NORTH, after), (NORTH, exam()), state=state)
    assert state.scanners[A].may(Privilege.VIEW)
    assert not state.scanners[A].may(Privilege.START)
    assert middle_message(state) == (NOTHING, NOTHING)
    assert title(state) != "Denied"
    assert not readiness(told((NORTH, ready(A)), state=state), state.scanners[A]).may_press


def test_a_request_to_watch_beside_another_operator_waits_and_its_no_is_told() -> None:
    other = granted((), yours=False)
    state = told((NORTH, open_beside(other)), state=asking(told((NORTH, other), state=both())))
    assert control_card(state, state.scanners[A]).kind is CardKind.WAITING
    assert title(told((NORTH, other), state=state)) == "Denied"


def test_a_no_to_more_than_is_held_covers_no_image() -> None:
    holds = granted((*WATCHING, Privilege.EDIT))
    state = told((NORTH, holds), (NORTH, exam()), state=both())
    state = asking(state, (*WATCHING, Privilege.EDIT, Privilege.START))
    asked = holds.control.model_copy(update={"request_id": "r", "requested": tuple(Privilege)})
    state = told((NORTH, holds.model_copy(update={"control": asked})), (NORTH, holds), state=state)
    assert state.scanners[A].request is f.RequestFate.DENIED
    assert middle_message(state) == (NOTHING, NOTHING)


def test_a_request_of_somebody_else_is_not_taken_for_this_desks_own() -> None:
    state = asking(told((NORTH, pending("other")), state=both()))
    assert control_card(state, state.scanners[A]).kind is not CardKind.WAITING
    state = told((NORTH, pending("r")), state=state)
    assert control_card(state, state.scanners[A]).kind is CardKind.WAITING


@pytest.mark.parametrize("reason", [Reason.SCANNER_NOT_HEARD, Reason.SCANNER_REFUSED])
def test_a_stop_that_the_scanner_did_not_take_is_not_delivered_though_the_agent_gave_it(
    reason: Reason,
) -> None:
    given = status(A, stop_latched=True)
    state = told((NORTH, given), state=reduce(both(), stop()), at_s=100.1)
    refused = outcome(
        "stop-1", reason, **({"why": "it has none"} if reason is Reason.SCANNER_REFUSED else {})
    )
    state = told((NORTH, refused), (NORTH, given), state=state, at_s=101.0)
    assert stop_notice(reduce(state, f.Ticked(101.5))) is not None
    again = told((NORTH, outcome("stop-2")), state=reduce(state, stop("stop-2")), at_s=102.0)
    assert stop_notice(reduce(again, f.Ticked(110.0))) is None


def test_a_report_that_came_too_late_is_no_stop_that_was_not_delivered() -> None:
    report = cm.ReportWrong(command_id="w", scanner=A.scanner, exam_id="exam-0", mistaken=Mistaken.PATIENT)
    state = reduce(both(), f.CommandSent(A, report, 100.0))
    state = told((NORTH, outcome("w", Reason.REQUEST_GONE)), state=state)
    assert stop_notice(reduce(state, f.Ticked(110.0))) is None


def test_a_request_that_ended_with_its_exam_is_not_called_denied() -> None:
    state = asking(told((NORTH, local()), (NORTH, exam(view=False)), state=both()))
    state = told((NORTH, pending("r")), state=state)
    state = told((NORTH, local()), (NORTH, cm.ExamChanged(scanner=A.scanner, exam=None)), state=state)
    assert title(state) == "Local control"
