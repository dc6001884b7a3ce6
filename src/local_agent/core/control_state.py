"""Who operates a scanner, who asks to, who watches: values, and what a role may be granted at all."""

from __future__ import annotations

from dataclasses import dataclass

from local_agent.core.asking import NEVER_ASKED, Asks
from mr_contract.vocabulary import LinkLossAction, Privilege, Role

LEASE_S = 3.0
SUSPENDED_S = 60.0
ANSWER_S = 120.0
"""An unanswered request is a no after this time."""
MOST_ASKING = 8
"""So many requests may wait at once."""

WATCHING = frozenset({Privilege.VIEW, Privilege.TALK})
"""Privileges that make an observer, never a holder."""
OPERATING = frozenset({Privilege.EDIT, Privilege.START, Privilege.PATIENT})
"""Only who holds control may be granted these."""

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

    @property
    def operates(self) -> bool:
        """Whether more than watching is asked for."""
        return bool(self.privileges & OPERATING)


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
    requests: tuple[Request, ...] = ()
    """Not answered yet, as the local operator is shown them: who asks to operate is first."""
    watchers: tuple[Watcher, ...] = ()
    asks: Asks = NEVER_ASKED

    @property
    def pending(self) -> Request | None:
        """The request that the local operator is shown now."""
        return self.requests[0] if self.requests else None

    @property
    def person(self) -> Holder | None:
        """Who holds control, or held it until it was suspended, or else asks."""
        match self.operator:
            case RemoteControl(holder) | SuspendedControl(RemoteControl(holder)):
                return holder
            case LocalControl():
                return self.pending.holder if self.pending else None

    def request_of(self, link: str) -> Request | None:
        """The unanswered request of this link."""
        return next((r for r in self.requests if r.holder.link == link), None)

    def privileges_of(self, link: str) -> frozenset[Privilege]:
        """What this link may do at this moment."""
        if isinstance(self.operator, RemoteControl) and self.operator.holder.link == link:
            return self.operator.privileges
        return next((w.privileges for w in self.watchers if w.holder.link == link), frozenset())
