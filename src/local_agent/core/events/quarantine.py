"""Wrong patient or side: what was found out, and what two named people decided. Named by the exam's id."""

from __future__ import annotations

from typing import Literal

from local_agent.core.events.event import Event
from mr_contract.model import Digest, Identifier, ShortText
from mr_contract.vocabulary import Mistaken, Side, Verdict


class WrongReported(Event):
    """From now on every image of this exam is in quarantine, also one that comes later."""

    kind: Literal["wrong_reported"] = "wrong_reported"
    exam_id: Identifier
    mistaken: Mistaken


class CorrectionProposed(Event):
    """The first signature, by PIN at the site: what was wrong, and what is right. Replaces a proposal."""

    kind: Literal["correction_proposed"] = "correction_proposed"
    exam_id: Identifier
    correction_id: Identifier
    verdict: Verdict
    mistaken: Mistaken
    staff_id: Identifier
    procedure_before: ShortText
    procedure_after: ShortText
    side_before: Side
    side_after: Side
    identity_digest: Digest | None = None
    """Of the right worklist entry, kept outside the chain under the correction's id; None: unchanged."""


class CorrectionSigned(Event):
    """The second signature; the verdict holds from now on."""

    kind: Literal["correction_signed"] = "correction_signed"
    exam_id: Identifier
    correction_id: Identifier
    staff_id: Identifier | None = None
    """None: a remote operator, named by their certificate."""


class CorrectionWritten(Event):
    """The corrected copies are on the disk; the originals stay in quarantine."""

    kind: Literal["correction_written"] = "correction_written"
    exam_id: Identifier
    correction_id: Identifier
    series_count: int
    instance_count: int


class CorrectionFailed(Event):
    """No copy was made: both people are asked again."""

    kind: Literal["correction_failed"] = "correction_failed"
    exam_id: Identifier
    correction_id: Identifier
    why: ShortText
