"""An exam of the wrong patient, side or procedure: its life in quarantine, as values.

Rules upheld here:
- From the report on, no start and no image of this exam is used; an agent that starts anew knows it still.
- The original images never leave quarantine. What two people agree on is a corrected copy, or none at all.
- A verdict takes two different named people. The first signs at the site, by PIN; the second signs there
  too, or is the remote operator. Another proposal voids the signature under the one before.
- A second report after a verdict opens the quarantine anew, and takes the corrected copy back as well.
- What could not be written is no correction: both people are asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from local_agent.core.events.quarantine import (
    CorrectionFailed,
    CorrectionProposed,
    CorrectionSigned,
    CorrectionWritten,
    WrongReported,
)
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Mistaken, QuarantineState, Side, Verdict

QuarantineEvent = WrongReported | CorrectionProposed | CorrectionSigned | CorrectionWritten | CorrectionFailed
S = QuarantineState
DECIDED = frozenset({S.CORRECTED, S.REJECTED})
UNDECIDED = frozenset({S.REPORTED, S.PROPOSED})


@dataclass(frozen=True, slots=True)
class Registered:
    """Under what an exam was opened; who the patient is lies outside the facts."""

    exam_id: str
    procedure: str
    side: Side
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quarantine:
    """One exam in quarantine."""

    exam: Registered
    mistaken: Mistaken
    reported_by: str
    state: QuarantineState = S.REPORTED
    correction: CorrectionProposed | None = None
    signed_by: str = ""
    copies: tuple[str, ...] = ()
    """Ids of all corrections that were written, oldest first."""
    why: str = ""
    """Why the last correction came to nothing."""

    @property
    def withheld(self) -> tuple[str, ...]:
        """Folders of images that nobody may use: the originals, and every copy but the one in force."""
        in_force = self.copies[-1:] if self.state is S.CORRECTED else ()
        return (self.exam.exam_id, *(c for c in self.copies if c not in in_force))


Quarantines = Mapping[str, Quarantine]
NONE: Quarantines = MappingProxyType({})


def fold_quarantines(known: Quarantines, event: QuarantineEvent, exam: Registered) -> Quarantines:
    """All quarantines after one event. Total: an event that does not fit changes nothing."""
    before = known.get(event.exam_id)
    after = _after(before, event, exam)
    return known if after is before or after is None else MappingProxyType({**known, event.exam_id: after})


def _after(before: Quarantine | None, event: QuarantineEvent, exam: Registered) -> Quarantine | None:
    if before is None:
        return Quarantine(exam, event.mistaken, event.by) if isinstance(event, WrongReported) else None
    match event:
        case WrongReported() if before.state in DECIDED:
            return Quarantine(before.exam, event.mistaken, event.by, copies=before.copies)
        case CorrectionProposed() if before.state in UNDECIDED:
            return replace(before, state=S.PROPOSED, correction=event, why="")
        case CorrectionSigned() if before.state is S.PROPOSED and _names(event, before):
            correct = before.correction is not None and before.correction.verdict is Verdict.CORRECT
            return replace(before, state=S.CORRECTING if correct else S.REJECTED, signed_by=event.by)
        case CorrectionWritten(correction_id=copy) if before.state is S.CORRECTING and _names(event, before):
            return replace(before, state=S.CORRECTED, copies=(*before.copies, copy))
        case CorrectionFailed(why=why) if before.state is S.CORRECTING and _names(event, before):
            return replace(before, state=S.REPORTED, correction=None, signed_by="", why=why)
        case _:
            return before


def _names(event: CorrectionSigned | CorrectionWritten | CorrectionFailed, before: Quarantine) -> bool:
    return before.correction is not None and before.correction.correction_id == event.correction_id


def against_proposal(known: Quarantines, proposal: CorrectionProposed) -> tuple[Finding, ...]:
    """Why this cannot be proposed: nothing is open for it, or it does not say what is right."""
    quarantine = known.get(proposal.exam_id)
    if quarantine is None or quarantine.state not in UNDECIDED:
        return (finding(Reason.REQUEST_GONE),)
    if proposal.verdict is Verdict.REJECT:
        return ()
    if proposal.mistaken is Mistaken.SIDE:
        clear = proposal.side_after is not proposal.side_before and proposal.identity_digest is None
    else:
        clear = proposal.identity_digest is not None
    return () if clear else (finding(Reason.CORRECTION_UNCLEAR),)


def against_signature(
    known: Quarantines, exam_id: str, correction_id: str, *, name: str, staff_id: str | None
) -> tuple[Finding, ...]:
    """Why this person cannot sign it; `staff_id` is None for the remote operator.

    The two rosters, of the site and of certificates, have nothing in common but names: the same name is
    taken for the same person.
    """
    quarantine = known.get(exam_id)
    correction = quarantine.correction if quarantine else None
    if quarantine is None or correction is None or quarantine.state is not S.PROPOSED:
        return (finding(Reason.REQUEST_GONE),)
    if correction.correction_id != correction_id:
        return (finding(Reason.REQUEST_GONE),)
    if staff_id == correction.staff_id or _plain(name) == _plain(correction.by):
        return (finding(Reason.SCREENING_SAME_SIGNER, name=name),)
    return ()


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
