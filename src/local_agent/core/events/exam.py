"""The exam: patient, positioning, decisions. None carries what identifies a patient."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from local_agent.core.events.event import Event
from mr_contract.exam import HeightCm, WeightKg
from mr_contract.model import Digest, Identifier, ShortText
from mr_contract.vocabulary import IdentifierKind, Landmark, PatientPosition, Side


class ExamOpened(Event):
    kind: Literal["exam_opened"] = "exam_opened"
    exam_id: Identifier
    procedure: ShortText
    side: Side
    age_years: int
    contrast_planned: bool
    identity_digest: Digest


class IdentityConfirmed(Event):
    kind: Literal["identity_confirmed"] = "identity_confirmed"
    identifiers: tuple[IdentifierKind, ...]


class PatientDataRecorded(Event):
    kind: Literal["patient_data_recorded"] = "patient_data_recorded"
    weight_kg: WeightKg
    height_cm: HeightCm
    position: PatientPosition


class LandmarkChosen(Event):
    kind: Literal["landmark_chosen"] = "landmark_chosen"
    landmark: Landmark


class PatientReadyConfirmed(Event):
    """Bound to patient, scanner, table, coil and room; `moved_number` is the scanner's own attestation."""

    kind: Literal["patient_ready_confirmed"] = "patient_ready_confirmed"
    scanner_boot: Identifier
    moved_number: int
    coil: ShortText


class FirstLevelDecided(Event):
    """One side's half of the decision for first level controlled mode; what is None is not decided by it."""

    kind: Literal["first_level_decided"] = "first_level_decided"
    side: Literal["remote", "local"]
    up_to_w_per_kg: float | None = None
    """Whole-body SAR."""
    up_to_pns_percent: float | None = None
    """Share of the mean stimulation threshold."""


class ExamClosed(Event):
    kind: Literal["exam_closed"] = "exam_closed"
    closed_at: AwareDatetime | None = None
    """By the wall; None in records of before this was kept."""
