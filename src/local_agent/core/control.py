"""Who operates a scanner.

Rules upheld here:
- Only the local operator opens and ends remote control, per person and per privilege; silence means no.
- An answer names the request it answers; an answer to another request changes nothing.
- At most one holder, being one certificate *and* one link: a second window of a person is an observer.
- A lease is renewed by its holder's own link only, from the time of the beat it echoes; 3 s without
  one and it lapses. The consent stays suspended for 60 s: same person, one touch at the tablet.
- A reconnecting console never inherits a lease.
- The local operator may take control back at any time, in any state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from mr_contract.reasons import Finding, Reason, finding
from mr_contract.vocabulary import LinkLossAction, Privilege, Role

LEASE_S = 3.0
SUSPENDED_S = 60.0
ANSWER_S = 120.0
"""An unanswered request is a no after this time."""

WATCHING = frozenset({Privilege.VIEW, Privilege.TALK})
"""Privileges that make an observer, never a holder."""
OPERATING = frozenset({Privilege.EDIT, Privilege.START})

ROLE_PRIVILEGES: dict[Role, frozenset[Privilege]] = {
    Role.REMOTE_OPERATOR: WATCHING | OPERATING,
    Role.TRAINER: WATCHING | OPERATING,
    Role.TRAINEE: WATCHING,
    Role.RADIOLOGIST: WATCHING,
}
"""What a role may be granted at all; a role that is not listed may be granted nothing."""


@dataclass(frozen=True, slots=True)
class Holder:
    """One certificate on one link."""

    link: str
    device: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Request:
    """Someone asks for privileges."""

    request_id: str
    holder: Holder
    privileges: frozenset[Privilege]
    link_loss_action: LinkLossAction
    asked_at_s: float


@dataclass(frozen=True, slots=True)
class LocalControl:
    """Nobody remote operates."""


@dataclass(frozen=True, slots=True)
class RemoteControl:
    """A holder operates within what was granted."""

    holder: Holder
    request_id: str
    privileges: frozenset[Privilege]
    link_loss_action: LinkLossAction
    renewed_at_s: float


@dataclass(frozen=True, slots=True)
class SuspendedControl:
    """The lease lapsed; the same person may be resumed by one touch at the tablet."""

    was: RemoteControl
    since_s: float


Operator = LocalControl | RemoteControl | SuspendedControl


@dataclass(frozen=True, slots=True)
class Watcher:
    """An observer to whom the local operator granted view or talk."""

    holder: Holder
    privileges: frozenset[Privilege]
    request_id: str


@dataclass(frozen=True, slots=True)
class ControlState:
    """Who operates, who asks, who watches."""

    operator: Operator = LocalControl()
    pending: Request | None = None
    watchers: tuple[Watcher, ...] = ()

    def privileges_of(self, link: str) -> frozenset[Privilege]:
        """What this link may do at this moment."""
        if isinstance(self.operator, RemoteControl) and self.operator.holder.link == link:
            return self.operator.privileges
        return next((w.privileges for w in self.watchers if w.holder.link == link), frozenset())


# ------------------------------------------------------------------ inputs


@dataclass(frozen=True, slots=True)
class Asked:
    request: Request


@dataclass(frozen=True, slots=True)
class Withdrawn:
    link: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Allowed:
    request_id: str
    privileges: frozenset[Privilege]
    at_s: float


@dataclass(frozen=True, slots=True)
class Denied:
    request_id: str
    at_s: float


@dataclass(frozen=True, slots=True)
class LeaseRenewed:
    link: str
    device: str
    beat_at_s: float
    at_s: float


@dataclass(frozen=True, slots=True)
class Released:
    link: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Revoked:
    at_s: float


@dataclass(frozen=True, slots=True)
class ResumeTouched:
    """`candidates` are the live links; the one of the suspended person's device is taken."""

    candidates: tuple[Holder, ...]
    at_s: float


@dataclass(frozen=True, slots=True)
class LinkGone:
    link: str
    at_s: float


@dataclass(frozen=True, slots=True)
class ExamVoided:
    """The patient changed or the exam was closed: everything is void."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Ticked:
    at_s: float


ControlInput = (
    Asked
    | Withdrawn
    | Allowed
    | Denied
    | LeaseRenewed
    | Released
    | Revoked
    | ResumeTouched
    | LinkGone
    | ExamVoided
    | Ticked
)

# ------------------------------------------------------------------ what follows


@dataclass(frozen=True, slots=True)
class AskLocalOperator:
    request: Request


@dataclass(frozen=True, slots=True)
class Granted:
    request: Request
    privileges: frozenset[Privilege]


@dataclass(frozen=True, slots=True)
class Refused:
    request: Request
    by_silence: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """Control is local again. `why` is one of the words of `ControlEnded`."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The lease lapsed: the agreed action is due now."""

    was: RemoteControl


@dataclass(frozen=True, slots=True)
class Resumed:
    holder: Holder


Consequence = AskLocalOperator | Granted | Refused | Ended | Lapsed | Resumed


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
            if state.pending is None or state.pending.holder.link != link:
                return _no(state, lapsed, Reason.REQUEST_GONE)
            ended = Ended(state.pending.holder.name, "withdrawn")
            return Decision(replace(state, pending=None), (*lapsed, ended))
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
    pending = state.pending
    if pending is not None and at_s - pending.asked_at_s >= ANSWER_S:
        follows.append(Refused(pending, by_silence=True))
        state = replace(state, pending=None)
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
    if state.pending is not None:
        return _no(state, lapsed, Reason.CONSENT_PENDING)
    operator = state.operator
    if request.privileges & OPERATING and isinstance(operator, RemoteControl):
        same_link = operator.holder == request.holder
        if not same_link:
            return Decision(state, lapsed, (finding(Reason.NOT_HOLDER, holder=operator.holder.name),))
    return Decision(replace(state, pending=request), (*lapsed, AskLocalOperator(request)))


def _allow(
    state: ControlState,
    lapsed: tuple[Consequence, ...],
    request_id: str,
    privileges: frozenset[Privilege],
    at_s: float,
) -> Decision:
    request = state.pending
    if request is None or request.request_id != request_id:
        return _no(state, lapsed, Reason.REQUEST_GONE)
    granted = privileges & request.privileges
    if not granted:
        return Decision(replace(state, pending=None), (*lapsed, Refused(request, by_silence=False)))
    others = tuple(w for w in state.watchers if w.holder.link != request.holder.link)
    follows = (*lapsed, Granted(request, granted))
    if not granted & OPERATING:
        operator = state.operator
        if isinstance(operator, RemoteControl) and operator.holder == request.holder:
            # Who asks to watch only gives control back.
            follows = (*lapsed, Ended(operator.holder.name, "released"), Granted(request, granted))
            state = replace(state, operator=LocalControl())
        watchers = (*others, Watcher(request.holder, granted, request_id))
        return Decision(replace(state, pending=None, watchers=watchers), follows)
    if isinstance(state.operator, RemoteControl) and state.operator.holder != request.holder:
        return Decision(
            replace(state, pending=None),
            lapsed,
            (finding(Reason.NOT_HOLDER, holder=state.operator.holder.name),),
        )
    if isinstance(state.operator, SuspendedControl):
        ended = Ended(state.operator.was.holder.name, "not_resumed")
        follows = (*lapsed, ended, Granted(request, granted))
    remote = RemoteControl(request.holder, request_id, granted, request.link_loss_action, renewed_at_s=at_s)
    return Decision(ControlState(remote, None, others), follows)


def _deny(state: ControlState, lapsed: tuple[Consequence, ...], request_id: str) -> Decision:
    """A no wins at any time: to the request that stands, and to one that another tablet allowed before."""
    if state.pending is not None and state.pending.request_id == request_id:
        return Decision(replace(state, pending=None), (*lapsed, Refused(state.pending, by_silence=False)))
    match state.operator:
        case RemoteControl(holder, allowed) | SuspendedControl(was=RemoteControl(holder, allowed)) if (
            allowed == request_id
        ):
            ended = Ended(holder.name, "revoked")
            return Decision(replace(state, operator=LocalControl()), (*lapsed, ended))
    watcher = next((w for w in state.watchers if w.request_id == request_id), None)
    if watcher is not None:
        others = tuple(w for w in state.watchers if w is not watcher)
        return Decision(replace(state, watchers=others), (*lapsed, Ended(watcher.holder.name, "revoked")))
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
    if state.pending is not None:
        follows.append(Refused(state.pending, by_silence=False))
    follows.extend(Ended(w.holder.name, "revoked") for w in state.watchers)
    return Decision(ControlState(), tuple(follows))


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
    if state.pending is not None and state.pending.holder.link == link:
        ended = Ended(state.pending.holder.name, "link_closed")
        return Decision(replace(state, pending=None), (*lapsed, ended))
    return Decision(state, lapsed)


def _void(state: ControlState, lapsed: tuple[Consequence, ...]) -> Decision:
    follows = list(lapsed)
    match state.operator:
        case RemoteControl(holder) | SuspendedControl(was=RemoteControl(holder)):
            follows.append(Ended(holder.name, "exam_closed"))
        case LocalControl():
            pass
    if state.pending is not None:
        follows.append(Ended(state.pending.holder.name, "exam_closed"))
    return Decision(ControlState(), tuple(follows))
