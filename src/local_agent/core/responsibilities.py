"""The division of responsibilities at the open exam.

Rules upheld here:
- Every item lies at exactly one end; moving one lays it at the other, and leaves nothing unassigned.
- What takes hands beside the patient is never remote.
- The list has a digest of exam and content. An acknowledgement names it: one of another list is refused.
- A change of the list voids the acknowledgements of both ends.
- The acknowledgement from afar is of one person (a certificate): whoever controls next gives their own.
- The one at the site is of the people checked in when it was given; it holds while one of them is there.
- A start needs both.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from local_agent.core.digests import content_digest
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.responsibilities import AT_THE_SITE, End, Responsibility

Items = tuple[Responsibility, ...]
MOST_REMOTE = 8
"""People who may have acknowledged one list from afar; of more, the newest count."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who took on their part. `people`: staff ids at the site, or the one device from afar."""

    name: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Division:
    """Who answers for what at one exam, and who acknowledged it."""

    digest: str
    items: Items
    count: int
    """The event by which it last changed."""
    local: Acknowledgement | None = None
    remote: tuple[Acknowledgement, ...] = ()

    def acknowledged(self, end: End, by: Acknowledgement, count: int) -> Division:
        """With this acknowledgement; the same person's takes the place of their earlier one."""
        if end is End.LOCAL:
            return replace(self, local=by, count=count)
        others = tuple(a for a in self.remote if a.people != by.people)
        return replace(self, remote=(*others, by)[-MOST_REMOTE:], count=count)

    def has_acknowledged(self, end: End, people: tuple[str, ...]) -> bool:
        """Whether exactly these people did already: once more changes nothing."""
        given = (self.local,) if end is End.LOCAL else self.remote
        return any(a is not None and a.people == people for a in given)

    def holds_here(self, roster: Collection[str]) -> bool:
        """Whether somebody in whose name it was acknowledged at the site is still there."""
        return self.local is not None and any(staff_id in roster for staff_id in self.local.people)

    def holds_for(self, device: str) -> bool:
        """Whether the person of this certificate acknowledged it."""
        return any(device in a.people for a in self.remote)


def list_digest(exam_id: str, items: Items) -> str:
    """SHA-256 of the exam and the list: what an acknowledgement is bound to."""
    return content_digest({"exam": exam_id, "items": [[r.item, r.end.value] for r in items]})


def moved(items: Items, item: str) -> Items | Finding:
    """The list with one item laid at the other end, or why that cannot be."""
    found = next((r for r in items if r.item == item), None)
    if found is None:
        return finding(Reason.RESPONSIBILITIES_CHANGED)
    if found.end is End.LOCAL and item in AT_THE_SITE:
        return finding(Reason.RESPONSIBILITY_AT_SITE)
    return tuple(r.model_copy(update={"end": r.end.other}) if r is found else r for r in items)


def moved_from(default: Items, items: Items) -> tuple[str, ...]:
    """Items that lie elsewhere than the site's policy has them; an item it does not know counts as moved."""
    ends = {r.item: r.end for r in default}
    return tuple(r.item for r in items if ends.get(r.item) is not r.end)


def unread(division: Division | None, digest: str) -> tuple[Finding, ...]:
    """Why this digest is not of the list that holds: it was drawn before a change, or for another exam."""
    if division is None or division.digest != digest:
        return (finding(Reason.RESPONSIBILITIES_CHANGED),)
    return ()


def unacknowledged(
    division: Division | None, roster: Collection[str], device: str, name: str
) -> tuple[Finding, ...]:
    """What the division lacks for a start by this person; everything, when there is no list."""
    found: list[Finding] = []
    if division is None or not division.holds_here(roster):
        found.append(finding(Reason.RESPONSIBILITIES_UNREAD_LOCAL))
    if division is None or not division.holds_for(device):
        found.append(finding(Reason.RESPONSIBILITIES_UNREAD_REMOTE, name=name))
    return tuple(found)
