"""An exam as it is shown: patient, protocol, steps, series."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from mr_contract.exposure import ExposurePrediction, ImplantLimits
from mr_contract.findings import Findings
from mr_contract.geometry import SliceGroups
from mr_contract.model import Digest, Identifier, Model, ParameterKey, ParameterValues, ShortText
from mr_contract.parameters import Changes, Conflicts, ParameterSpecs
from mr_contract.responsibilities import ResponsibilitiesView
from mr_contract.screening import ScreeningView
from mr_contract.vocabulary import (
    Landmark,
    Mistaken,
    OperatingMode,
    PatientPosition,
    QuarantineState,
    Sex,
    Side,
    StartOutcome,
    StepState,
    Verdict,
)

WeightKg = Annotated[float, Field(ge=0.5, le=400.0)]
HeightCm = Annotated[float, Field(ge=20.0, le=260.0)]


def _real_day(text: str) -> str:
    """A day of the calendar: 1990-02-30 is a mistake in the worklist, not a birth date."""
    date.fromisoformat(text)
    return text


BirthDate = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_real_day)]


class PatientIdentity(Model):
    """What identifies a patient; travels only where `view` is granted, never into logs."""

    patient_id: ShortText
    name: ShortText
    birth_date: BirthDate
    sex: Sex


class WorklistItem(Model):
    """One scheduled procedure of the site's worklist."""

    item_id: Identifier
    accession: ShortText
    procedure: ShortText
    side: Side
    scheduled_at: AwareDatetime
    patient: PatientIdentity
    contrast_planned: bool = False


class PatientBand(Model):
    """The short form shown on a fleet card: enough to tell two patients apart, not to identify one."""

    label: ShortText
    birth_year: Annotated[int, Field(ge=1880, le=2200)]
    sex: Sex


class Deviation(Model):
    """A value that differs from the approved protocol."""

    key: ParameterKey
    label: ShortText
    approved: ShortText
    value: ShortText


class StepView(Model):
    """A protocol step in the queue."""

    step_id: Identifier
    name: ShortText
    sequence: Identifier
    state: StepState
    revision: Digest
    duration_s: Annotated[float, Field(ge=0.0)]
    estimate: ShortText = ""
    """What the duration is an estimate from, as in `StepDetail`; empty where it is certain."""
    deviations: Annotated[tuple[Deviation, ...], Field(max_length=80)] = ()
    findings: Findings = ()
    """What keeps this very step from starting: prescription and exposure under its revision."""
    repeat_of: Identifier | None = None
    repeat_reason: ShortText = ""
    outcome: StartOutcome | None = None
    lines_acquired: int = 0
    lines_total: int = 0


class StepDetail(Model):
    """Everything about one step that an editor needs."""

    step_id: Identifier
    revision: Digest
    values: ParameterValues
    approved_values: ParameterValues
    specs: ParameterSpecs
    slices: SliceGroups
    approved_slices: SliceGroups
    prediction: ExposurePrediction
    duration_s: Annotated[float, Field(ge=0.0)]
    estimate: ShortText = ""
    """What the duration is an estimate from, in the scanner's words; empty where it is certain."""
    relative_snr: Annotated[float, Field(ge=0.0)]
    """Predicted, approved = 1."""
    changes: Changes = ()
    """What the last edit altered besides what was asked."""
    conflicts: Conflicts = ()
    can_undo: bool = False


class SeriesView(Model):
    """A series as stored at the site."""

    series_id: Identifier
    step_id: Identifier
    number: int
    description: ShortText
    instance_count: int
    complete: bool
    stored: bool


class CorrectionView(Model):
    """What one person proposed about a quarantined exam, before and after; waits for another's signature.

    `patient_before` and `patient_after` are filled only where `view` is granted.
    """

    correction_id: Identifier
    verdict: Verdict
    mistaken: Mistaken
    proposed_by: ShortText
    signed_by: ShortText = ""
    procedure_before: ShortText
    procedure_after: ShortText
    side_before: Side
    side_after: Side
    patient_before: PatientIdentity | None = None
    patient_after: PatientIdentity | None = None


class QuarantineView(Model):
    """An exam found to be of the wrong patient, side or procedure: none of its images is used."""

    exam_id: Identifier
    state: QuarantineState
    mistaken: Mistaken
    reported_by: ShortText
    procedure: ShortText
    side: Side
    patient: PatientIdentity | None = None
    """Under whom the exam was opened; filled only where `view` is granted."""
    correction: CorrectionView | None = None
    why: ShortText = ""
    """Why the last correction came to nothing."""


class ClosedExam(Model):
    """An exam that was closed lately: a mistake may be found out afterwards."""

    exam_id: Identifier
    procedure: ShortText
    side: Side
    closed_at: AwareDatetime | None = None
    patient: PatientIdentity | None = None
    """Filled only at the tablet, while no exam is open there."""


Quarantines = Annotated[tuple[QuarantineView, ...], Field(max_length=16)]
ClosedExams = Annotated[tuple[ClosedExam, ...], Field(max_length=16)]


class ExamView(Model):
    """The open exam of a scanner. `patient` is filled only where `view` is granted."""

    exam_id: Identifier
    accession: ShortText
    procedure: ShortText
    side: Side
    band: PatientBand
    patient: PatientIdentity | None = None
    age_years: int
    weight_kg: WeightKg | None = None
    height_cm: HeightCm | None = None
    position: PatientPosition | None = None
    landmark: Landmark | None = None
    implants: Annotated[tuple[ImplantLimits, ...], Field(max_length=16)] = ()
    screening: ScreeningView | None = None
    """Filled only where `view` is granted."""
    contrast_planned: bool = False
    mode: OperatingMode = OperatingMode.NORMAL
    first_level_up_to_w_per_kg: float | None = None
    first_level_up_to_pns_percent: float | None = None
    responsibilities: ResponsibilitiesView | None = None
    protocol_name: ShortText = ""
    steps: Annotated[tuple[StepView, ...], Field(max_length=64)] = ()
    armed_step: Identifier | None = None
    series: Annotated[tuple[SeriesView, ...], Field(max_length=128)] = ()
    quarantine: QuarantineView | None = None
    """Wrong patient or side was found out: images of this exam are neither sent nor to be used."""
