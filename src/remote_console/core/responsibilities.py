"""Who does what at the open exam, as this desk shows it and may change it."""

from __future__ import annotations

from dataclasses import dataclass

from mr_contract.responsibilities import AT_THE_SITE, End, ResponsibilitiesView
from mr_contract.vocabulary import ControlPhase, Privilege, Role
from remote_console.core.fleet import FleetState, RequestFate, ScannerState
from remote_console.core.phrases import NOTHING, Words, p
from remote_console.core.responsibility_words import item_words

OPERATING_ROLES = frozenset({Role.REMOTE_OPERATOR, Role.TRAINER})
"""Who may have a part in an exam at all."""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of the list."""

    item: str
    words: Words
    end: End
    moved: bool
    """Whether it lies elsewhere than the site's policy has it."""
    may_move: bool


@dataclass(frozen=True, slots=True)
class ListState:
    """The list of the exam, and what is missing until it counts."""

    digest: str
    rows: tuple[ItemRow, ...]
    yours: bool
    """Whether the person at this desk acknowledged it."""
    local: str
    """In whose name it was acknowledged at the site; empty: not."""
    may_acknowledge: bool
    missing: Words = NOTHING
    """What this desk says is missing, while it has control."""

    def of(self, end: End) -> tuple[Words, ...]:
        """The items that lie at this end."""
        return tuple(row.words for row in self.rows if row.end is end)


def responsibilities(fleet: FleetState, scanner: ScannerState) -> ListState | None:
    """The list as this desk shows it; None: there is none, or this desk has no part in it."""
    site, exam = fleet.site_of(scanner), scanner.exam
    view = exam.responsibilities if exam else None
    if view is None or site.hello is None or site.hello.role not in OPERATING_ROLES:
        return None
    heard = not site.silent(fleet.now_s)
    return _state(view, scanner, heard=heard)


def _state(view: ResponsibilitiesView, scanner: ScannerState, *, heard: bool) -> ListState:
    control = scanner.control
    holds = control.phase is ControlPhase.REMOTE and control.yours
    asks = control.phase is ControlPhase.CONSENT_PENDING and scanner.request is RequestFate.ASKED
    may_change = heard and (holds or asks or control.phase is ControlPhase.LOCAL)
    yours = control.responsibilities_acknowledged
    rows = tuple(
        ItemRow(
            r.item,
            item_words(r.item),
            r.end,
            moved=r.item in view.moved,
            may_move=may_change and not (r.end is End.LOCAL and r.item in AT_THE_SITE),
        )
        for r in view.items
    )
    missing: Words = NOTHING
    if holds and Privilege.START in control.privileges:
        if not yours:
            missing = p("You have not acknowledged who does what")
        elif not view.acknowledged_local:
            missing = p("The site has not acknowledged who does what")
    may_acknowledge = heard and (holds or asks) and not yours
    return ListState(view.digest, rows, yours, view.acknowledged_local, may_acknowledge, missing)
