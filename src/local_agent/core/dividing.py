"""The list of responsibilities on its way through an exam: laid out, changed, acknowledged.

Rules upheld here:
- The list is laid out as the exam is opened, from the site's policy, and journalled whole.
- Both ends may change it and acknowledge it; whoever does names the list that they read.
- From afar only who controls has a say, or while nobody does, who may be granted control and stands in
  nobody's way.
- The same person's acknowledgement of the same list twice is one.
"""

from __future__ import annotations

from local_agent.core import events as e
from local_agent.core.control_state import (
    OPERATING,
    ROLE_PRIVILEGES,
    Holder,
    LocalControl,
    RemoteControl,
    SuspendedControl,
)
from local_agent.core.desk import Desk
from local_agent.core.responsibilities import Division, Items, list_digest, moved, unread
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.responsibilities import End

Found = tuple[Finding, ...]
MOST_HERE = 100
"""People in whose name one list is acknowledged at the site."""


def lay_out(desk: Desk, by: str) -> None:
    """The policy's list for the open exam, where it has none yet."""
    exam = desk.facts.exam
    if exam is not None and exam.division is None:
        items = desk.policy.responsibilities
        digest = list_digest(exam.exam_id, items)
        desk.record(e.ResponsibilitiesDivided(by=by, digest=digest, items=items))


def division(desk: Desk) -> Division | None:
    """The list of the open exam."""
    return desk.facts.exam.division if desk.facts.exam else None


def move(desk: Desk, digest: str, item: str, by: str) -> Found:
    """Lay one item at the other end; both ends acknowledge anew."""
    exam, now = desk.facts.exam, division(desk)
    found = unread(now, digest)
    if found or exam is None or now is None:
        return found
    items = moved(now.items, item)
    if isinstance(items, Finding):
        return (items,)
    to = next(r.end for r in items if r.item == item)
    desk.record(_divided(exam.exam_id, items, item, to, by))
    return ()


def _divided(exam_id: str, items: Items, item: str, to: End, by: str) -> e.ResponsibilitiesDivided:
    digest = list_digest(exam_id, items)
    return e.ResponsibilitiesDivided(by=by, digest=digest, items=items, moved=item, to=to)


def acknowledge_here(desk: Desk, digest: str, by: str) -> Found:
    """Whoever is checked in takes on the local part of the list they were shown."""
    return _acknowledge(desk, digest, End.LOCAL, by, tuple(desk.facts.roster)[:MOST_HERE])


def acknowledge_from_afar(desk: Desk, digest: str, sender: Holder) -> Found:
    """The person of this certificate takes on the remote part of the list they were shown."""
    return _acknowledge(desk, digest, End.REMOTE, sender.name, (sender.device,))


def _acknowledge(desk: Desk, digest: str, end: End, by: str, people: tuple[str, ...]) -> Found:
    now = division(desk)
    found = unread(now, digest)
    if found or now is None:
        return found
    if not now.has_acknowledged(end, people):
        desk.record(
            e.ResponsibilitiesAcknowledged(by=by, end=end, people=people, digest=digest, items=now.items)
        )
    return ()


def has_a_say(desk: Desk, sender: Holder) -> Found:
    """Why this person from afar may neither change nor acknowledge the list; empty when they may."""
    if not OPERATING & ROLE_PRIVILEGES.get(sender.role, frozenset()):
        return (finding(Reason.ROLE_FORBIDS, role=sender.role.value),)
    match desk.control.operator:
        case RemoteControl(holder) if holder != sender:
            return (finding(Reason.NOT_HOLDER, holder=holder.name),)
        case SuspendedControl(was) if was.holder.device != sender.device:
            return (finding(Reason.CONTROL_SUSPENDED),)
        case LocalControl() if any(r.operates and r.holder != sender for r in desk.control.requests):
            return (finding(Reason.CONSENT_PENDING),)
        case _:
            return ()
