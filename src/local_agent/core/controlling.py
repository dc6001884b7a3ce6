"""What follows from who operates: journal, agreed link-loss action, alarms.

Rules upheld here:
- Every change of control is journalled with who and why.
- The action agreed for a lost link is carried out by the agent, at the moment the lease lapses.
- Revoking stops a start that the scanner has not yet acknowledged; a running scan goes on locally.
- Nobody speaks to the patient for longer than what that rests on holds.
- Nobody is judged by what was read of the holder before: a new holder's link begins unmeasured.
"""

from __future__ import annotations

from typing import Literal, assert_never, cast

from local_agent.core import alarming, intercom, starting
from local_agent.core import events as e
from local_agent.core.control import (
    decide,
)
from local_agent.core.control_inputs import (
    AskLocalOperator,
    Consequence,
    ControlInput,
    Ended,
    Granted,
    Lapsed,
    PatientWithdrawn,
    Refused,
    Resumed,
)
from local_agent.core.control_state import Holder, RemoteControl
from local_agent.core.desk import Desk, Moment
from local_agent.core.readings import OF_NO_HOLDER
from mr_contract.findings import Finding
from mr_contract.vocabulary import AlarmKind, LinkLossAction, Privilege

_EndWord = Literal[
    "released", "revoked", "not_resumed", "exam_closed", "withdrawn", "link_closed", "watching_revoked"
]


def apply_control(desk: Desk, event: ControlInput, moment: Moment, *, by: str = "") -> tuple[Finding, ...]:
    """Decide, keep the state, carry out what follows; returns why not, if not."""
    held_before, holder_before = isinstance(desk.control.operator, RemoteControl), _holder(desk)
    decision = decide(desk.control, event)
    desk.control = decision.state
    if _holder(desk) != holder_before:
        desk.read(**OF_NO_HOLDER)
    for consequence in decision.follows:
        _follow(desk, consequence, moment, by)
    if held_before and not isinstance(desk.control.operator, RemoteControl):
        _control_lost(desk, moment, lapsed=any(isinstance(c, Lapsed) for c in decision.follows))
    intercom.settle(desk, moment)
    return decision.refusal


def _holder(desk: Desk) -> Holder | None:
    operator = desk.control.operator
    return operator.holder if isinstance(operator, RemoteControl) else None


def _follow(desk: Desk, consequence: Consequence, moment: Moment, by: str) -> None:
    match consequence:
        case AskLocalOperator(request):
            desk.record(
                e.ControlAsked(
                    by=request.holder.name,
                    request_id=request.request_id,
                    link=request.holder.link,
                    device=request.holder.device,
                    name=request.holder.name,
                    role=request.holder.role,
                    privileges=_ordered(request.privileges),
                    link_loss_action=request.link_loss_action,
                )
            )
        case Granted(request, privileges):
            desk.record(
                e.ControlGranted(
                    by=by,
                    request_id=request.request_id,
                    name=request.holder.name,
                    privileges=_ordered(privileges),
                    link_loss_action=request.link_loss_action,
                )
            )
        case Refused(request, by_silence):
            desk.record(
                e.ControlDenied(
                    by=by, request_id=request.request_id, name=request.holder.name, by_silence=by_silence
                )
            )
        case Ended(name, why):
            desk.record(e.ControlEnded(by=by, name=name, why=cast("_EndWord", why)))
            if why not in e.ENDS_NO_CONTROL:
                alarming.clear_alarm(desk, AlarmKind.LINK_LOST_WHILE_SCANNING)
        case Lapsed(was):
            _lapse(desk, was, moment)
        case Resumed(holder):
            desk.record(e.ControlResumed(by=by, name=holder.name))
            alarming.clear_alarm(desk, AlarmKind.LINK_LOST_WHILE_SCANNING)
        case PatientWithdrawn(holder):
            desk.record(e.IntercomWithdrawn(by=by, name=holder.name))
        case _:
            assert_never(consequence)


def _lapse(desk: Desk, was: RemoteControl, moment: Moment) -> None:
    desk.record(e.ControlSuspended(name=was.holder.name))
    sent = desk.flight is not None and desk.flight.phase == "sent"
    if desk.facts.running is None and not sent:
        return
    alarming.raise_alarm(desk, AlarmKind.LINK_LOST_WHILE_SCANNING, moment)
    act_on_link_loss(desk, was.link_loss_action, moment)


def act_on_link_loss(desk: Desk, action: LinkLossAction, moment: Moment) -> None:
    """Carry out what was agreed with the grant for a scan whose console is lost."""
    desk.record(e.LinkLossActed(by="agent", action=action))
    if action is LinkLossAction.STOP_NOW:
        starting.stop(desk, "agent", moment, why="link lost, as agreed")


def _control_lost(desk: Desk, moment: Moment, *, lapsed: bool) -> None:
    """A start not yet sent is withdrawn by the comparison before sending; one sent is stopped."""
    flight = desk.flight
    if flight is not None and flight.phase == "sent" and not lapsed:
        starting.stop(desk, "agent", moment, why="control ended before the start was acknowledged")


def _ordered(privileges: frozenset[Privilege]) -> tuple[Privilege, ...]:
    return tuple(p for p in Privilege if p in privileges)
