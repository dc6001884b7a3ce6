"""Who operates a scanner.

Rules upheld here:
- Only the local operator opens and ends remote control, per person and per privilege; silence means no.
- An answer names the request it answers; an answer to another request changes nothing. What could not be
  allowed, since another holds control, stays asked until it is answered, withdrawn, or silence is a no.
- One request to operate stands at a time. Requests to watch wait behind it and never hold it up; a link's own
  request to operate takes the place of its request to watch.
- At most one holder, being one certificate *and* one link: a second window of a person is an observer.
- A lease is renewed by its holder's own link only, from the time of the beat it echoes; 3 s without
  one and it lapses. The consent stays suspended for 60 s: same person, one touch at the tablet.
- A reconnecting console never inherits a lease.
- A device that asks again and again waits between its requests (`asking`).
- The local operator may take control back at any time, in any state; or only that the patient is spoken to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import assert_never

from local_agent.core.control_inputs import (
    Allowed,
    Asked,
    AskLocalOperator,
    Consequence,
    ControlInput,
    Denied,
    Ended,
    ExamVoided,
    Granted,
    Lapsed,
    LeaseRenewed,
    LinkGone,
    PatientCut,
    PatientWithdrawn,
    Refused,
    Released,
    Resumed,
    ResumeTouched,
    Revoked,
    Ticked,
    Withdrawn,
)
from local_agent.core.control_state import (
    ANSWER_S,
    LEASE_S,
    MOST_ASKING,
    OPERATING,
    ROLE_PRIVILEGES,
    SUSPENDED_S,
    WATCHING,
    ControlState,
    Holder,
    LocalControl,
    RemoteControl,
    Request,
    SuspendedControl,
    Watcher,
)
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Privilege


@dataclass(frozen=True, slots=True)
class Decision:
    """The next state, what must follow, and why not, if not."""

    state: ControlState
    follows: tuple[Consequence, ...] = ()
    refusal: tuple[Finding, ...] = ()


def decide(state: ControlState, event: ControlInput) -> Decision:
    """Who operates next. Total over every state and input."""
    at_s = event.request.asked_at_s if isinstance(event, Asked) else event.at_s
    state, lapsed = expire(state, at_s)
    match event:
        case Asked(request):
            return _ask(state, lapsed, request)
        case Withdrawn(link):
            return _withdraw(state, lapsed, link)
        case Allowed(request_id, privileges):
            return _allow(state, lapsed, request_id, privileges, at_s)
        case Denied(request_id):
            return _deny(state, lapsed, request_id)
        case LeaseRenewed():
            return _renew(state, lapsed, event)
        case Released(link):
            return _release(state, lapsed, link)
        case Revoked():
            return _revoke(state, lapsed)
        case PatientCut():
            return _cut(state, lapsed)
        case ResumeTouched(candidates):
            return _resume(state, lapsed, candidates, at_s)
        case LinkGone(link):
            return _link_gone(state, lapsed, link)
        case ExamVoided():
            return _void(state, lapsed)
        case Ticked():
            return Decision(state, lapsed)
        case _:
            assert_never(event)


def expire(state: ControlState, at_s: float) -> tuple[ControlState, tuple[Consequence, ...]]:
    """Let time pass: leases lapse, suspensions end, silence becomes a no."""
    follows: list[Consequence] = []
    for request in state.requests:
        if at_s - request.asked_at_s >= ANSWER_S:
            follows.append(Refused(request, by_silence=True))
            state = _answered(state, request)
    operator = state.operator
    if isinstance(operator, RemoteControl) and at_s - operator.renewed_at_s >= LEASE_S:
        follows.append(Lapsed(operator))
        operator = SuspendedControl(operator, since_s=operator.renewed_at_s + LEASE_S)
        state = replace(state, operator=operator)
    if isinstance(operator, SuspendedControl) and at_s - operator.since_s >= SUSPENDED_S:
        follows.append(Ended(operator.was.holder.name, "not_resumed"))
        state = replace(state, operator=LocalControl())
    return state, tuple(follows)


def _no(state: ControlState, lapsed: tuple[Consequence, ...], *reasons: Reason) -> Decision:
    return Decision(state, lapsed, tuple(finding(r) for r in reasons))


def _ask(state: ControlState, lapsed: tuple[Consequence, ...], request: Request) -> Decision:
    role = request.holder.role
    allowed = ROLE_PRIVILEGES.get(role, frozenset())
    if not request.privileges or not request.privileges <= allowed:
        return Decision(state, lapsed, (finding(Reason.ROLE_FORBIDS, role=role.value),))
    operator = state.operator
    if request.operates and isinstance(operator, RemoteControl) and operator.holder != request.holder:
        return Decision(state, lapsed, (finding(Reason.NOT_HOLDER, holder=operator.holder.name),))
    if _has_to_wait(state, request):
        return _no(state, lapsed, Reason.CONSENT_PENDING)
    device, at_s = request.holder.device, request.asked_at_s
    if (wait_s := state.asks.wait_s(device, at_s)) > 0:
        return Decision(state, lapsed, (finding(Reason.ASKED_TOO_OFTEN, wait_s=math.ceil(wait_s)),))
    follows, own = lapsed, state.request_of(request.holder.link)
    if own is not None:
        follows = (*lapsed, Ended(own.holder.name, "withdrawn"))
        state = _answered(state, own)
    asking = sorted((*state.requests, request), key=lambda one: not one.operates)
    state = replace(state, requests=tuple(asking), asks=state.asks.asked(device, at_s))
    return Decision(state, (*follows, AskLocalOperator(request)))


def _has_to_wait(state: ControlState, request: Request) -> bool:
    """Whether a request that stands is in the way. One that asks to watch never is of one to operate."""
    if request.operates:
        return any(one.operates for one in state.requests)
    own = state.request_of(request.holder.link)
    return own is not None or len(state.requests) >= MOST_ASKING


def _answered(state: ControlState, request: Request) -> ControlState:
    """The request is no longer open."""
    return replace(state, requests=tuple(one for one in state.requests if one is not request))


def _request(state: ControlState, request_id: str) -> Request | None:
    return next((one for one in state.requests if one.request_id == request_id), None)


def _withdraw(state: ControlState, lapsed: tuple[Consequence, ...], link: str) -> Decision:
    own = state.request_of(link)
    if own is None:
        return _no(state, lapsed, Reason.REQUEST_GONE)
    return Decision(_answered(state, own), (*lapsed, Ended(own.holder.name, "withdrawn")))


def _allow(
    state: ControlState,
    lapsed: tuple[Consequence, ...],
    request_id: str,
    privileges: frozenset[Privilege],
    at_s: float,
) -> Decision:
    request = _request(state, request_id)
    if request is None:
        return _no(state, lapsed, Reason.REQUEST_GONE)
    granted, operator = privileges & request.privileges, state.operator
    if granted & OPERATING and isinstance(operator, RemoteControl) and operator.holder != request.holder:
        return Decision(state, lapsed, (finding(Reason.NOT_HOLDER, holder=operator.holder.name),))
    state = _answered(state, request)
    if not granted:
        return Decision(state, (*lapsed, Refused(request, by_silence=False)))
    others = tuple(w for w in state.watchers if w.holder.link != request.holder.link)
    follows = (*lapsed, Granted(request, granted))
    if not granted & OPERATING:
        if isinstance(operator, RemoteControl) and operator.holder == request.holder:
            # Who asks to watch only gives control back.
            follows = (*lapsed, Ended(operator.holder.name, "released"), Granted(request, granted))
            state = replace(state, operator=LocalControl())
        watchers = (*others, Watcher(request.holder, granted, request_id))
        return Decision(replace(state, watchers=watchers), follows)
    if isinstance(operator, SuspendedControl):
        ended = Ended(operator.was.holder.name, "not_resumed")
        follows = (*lapsed, ended, Granted(request, granted))
    remote = RemoteControl(request.holder, request_id, granted, request.link_loss_action, renewed_at_s=at_s)
    return Decision(replace(state, operator=remote, watchers=others), follows)


def _deny(state: ControlState, lapsed: tuple[Consequence, ...], request_id: str) -> Decision:
    """A no wins at any time: to the request that stands, and to one that another tablet allowed before."""
    request = _request(state, request_id)
    if request is not None:
        return Decision(_answered(state, request), (*lapsed, Refused(request, by_silence=False)))
    match state.operator:
        case RemoteControl(holder, allowed) | SuspendedControl(was=RemoteControl(holder, allowed)) if (
            allowed == request_id
        ):
            ended = Ended(holder.name, "revoked")
            return Decision(replace(state, operator=LocalControl()), (*lapsed, ended))
    watcher = next((w for w in state.watchers if w.request_id == request_id), None)
    if watcher is not None:
        others, name = tuple(w for w in state.watchers if w is not watcher), watcher.holder.name
        return Decision(replace(state, watchers=others), (*lapsed, Ended(name, "watching_revoked")))
    return _no(state, lapsed, Reason.REQUEST_GONE)


def _renew(state: ControlState, lapsed: tuple[Consequence, ...], event: LeaseRenewed) -> Decision:
    match state.operator:
        case RemoteControl(holder, renewed_at_s=renewed) as operator if (
            holder.link == event.link and holder.device == event.device
        ):
            if not renewed < event.beat_at_s <= event.at_s:
                return Decision(state, lapsed)  # an older beat extends nothing
            return Decision(replace(state, operator=replace(operator, renewed_at_s=event.beat_at_s)), lapsed)
        case _:
            return _no(state, lapsed, Reason.NO_CONTROL)


def _release(state: ControlState, lapsed: tuple[Consequence, ...], link: str) -> Decision:
    if isinstance(state.operator, RemoteControl) and state.operator.holder.link == link:
        ended = Ended(state.operator.holder.name, "released")
        holder, watching = state.operator.holder, state.operator.privileges & WATCHING
        watcher = Watcher(holder, watching, state.operator.request_id)
        watchers = (*state.watchers, watcher) if watcher.privileges else state.watchers
        return Decision(replace(state, operator=LocalControl(), watchers=watchers), (*lapsed, ended))
    return _no(state, lapsed, Reason.NO_CONTROL)


def _revoke(state: ControlState, lapsed: tuple[Consequence, ...]) -> Decision:
    """Everything remote ends: control, request and watching. Harmless when there is none."""
    follows = list(lapsed)
    match state.operator:
        case RemoteControl(holder) | SuspendedControl(was=RemoteControl(holder)):
            follows.append(Ended(holder.name, "revoked"))
        case LocalControl():
            pass
    follows.extend(Refused(request, by_silence=False) for request in state.requests)
    follows.extend(Ended(w.holder.name, "watching_revoked") for w in state.watchers)
    return Decision(ControlState(asks=state.asks), tuple(follows))


def _cut(state: ControlState, lapsed: tuple[Consequence, ...]) -> Decision:
    """Also while control is suspended: what is resumed is without it. Harmless when nobody was granted it."""
    operator = state.operator
    was = operator.was if isinstance(operator, SuspendedControl) else operator
    if not isinstance(was, RemoteControl) or Privilege.PATIENT not in was.privileges:
        return Decision(state, lapsed)
    less = replace(was, privileges=was.privileges - {Privilege.PATIENT})
    cut = replace(operator, was=less) if isinstance(operator, SuspendedControl) else less
    return Decision(replace(state, operator=cut), (*lapsed, PatientWithdrawn(was.holder)))


def _resume(
    state: ControlState, lapsed: tuple[Consequence, ...], candidates: tuple[Holder, ...], at_s: float
) -> Decision:
    if not isinstance(state.operator, SuspendedControl):
        return _no(state, lapsed, Reason.NOT_NOW)
    was = state.operator.was
    again = next((c for c in candidates if c.device == was.holder.device and c.role == was.holder.role), None)
    if again is None:
        return _no(state, lapsed, Reason.CONTROL_SUSPENDED)
    resumed = replace(was, holder=again, renewed_at_s=at_s)
    watchers = tuple(w for w in state.watchers if w.holder.link != again.link)
    return Decision(replace(state, operator=resumed, watchers=watchers), (*lapsed, Resumed(again)))


def _link_gone(state: ControlState, lapsed: tuple[Consequence, ...], link: str) -> Decision:
    """A pending request and watching go with the link; a lease lapses by time, on one path."""
    watchers = tuple(w for w in state.watchers if w.holder.link != link)
    state = replace(state, watchers=watchers)
    own = state.request_of(link)
    if own is None:
        return Decision(state, lapsed)
    return Decision(_answered(state, own), (*lapsed, Ended(own.holder.name, "link_closed")))


def _void(state: ControlState, lapsed: tuple[Consequence, ...]) -> Decision:
    follows = list(lapsed)
    match state.operator:
        case RemoteControl(holder) | SuspendedControl(was=RemoteControl(holder)):
            follows.append(Ended(holder.name, "exam_closed"))
        case LocalControl():
            pass
    follows.extend(Ended(request.holder.name, "exam_closed") for request in state.requests)
    return Decision(ControlState(asks=state.asks), tuple(follows))
