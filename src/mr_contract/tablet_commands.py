"""What a tablet commands. It is bound to one scanner when it is paired, so a command names none.

A confirmation names the exam it was drawn for; an answer names the request it answers.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mr_contract.exam import HeightCm, WeightKg
from mr_contract.exposure import FirstLevelDecision, ImplantLimits
from mr_contract.model import Digest, Identifier, Model, Pin
from mr_contract.responsibilities import ItemName
from mr_contract.views import Privileges
from mr_contract.vocabulary import (
    IdentifierKind,
    Landmark,
    Mistaken,
    PatientPosition,
    Side,
    Verdict,
)


class TabletCommand(Model):
    command_id: Identifier


class CheckIn(TabletCommand):
    kind: Literal["check_in"] = "check_in"
    staff_id: Identifier
    pin: Pin


class CheckOut(TabletCommand):
    kind: Literal["check_out"] = "check_out"
    staff_id: Identifier


class TakePatient(TabletCommand):
    kind: Literal["take_patient"] = "take_patient"
    item_id: Identifier


class ConfirmIdentity(TabletCommand):
    kind: Literal["confirm_identity"] = "confirm_identity"
    exam_id: Identifier
    identifiers: Annotated[tuple[IdentifierKind, ...], Field(max_length=5)]
    staff_id: Identifier


class RecordScreening(TabletCommand):
    """What was asked and found; implants with their label's limits. Voids earlier signatures."""

    kind: Literal["record_screening"] = "record_screening"
    exam_id: Identifier
    questions_answered: bool
    implants: Annotated[tuple[ImplantLimits, ...], Field(max_length=16)] = ()
    implant_free: bool


class SignScreening(TabletCommand):
    kind: Literal["sign_screening"] = "sign_screening"
    exam_id: Identifier
    staff_id: Identifier
    pin: Pin


class SignEmergencyException(TabletCommand):
    """A physician's word that the scan must go on although the screening is not complete."""

    kind: Literal["sign_emergency_exception"] = "sign_emergency_exception"
    exam_id: Identifier
    staff_id: Identifier
    pin: Pin
    reason: Annotated[str, Field(min_length=1, max_length=160)]


class ConfirmFullStop(TabletCommand):
    """The last check before the magnet room: pockets, metal, right patient."""

    kind: Literal["confirm_full_stop"] = "confirm_full_stop"
    exam_id: Identifier


class RecordPatientData(TabletCommand):
    kind: Literal["record_patient_data"] = "record_patient_data"
    exam_id: Identifier
    weight_kg: WeightKg
    height_cm: HeightCm
    position: PatientPosition


class SetLandmark(TabletCommand):
    kind: Literal["set_landmark"] = "set_landmark"
    exam_id: Identifier
    landmark: Landmark


class MoveTable(TabletCommand):
    kind: Literal["move_table"] = "move_table"
    to: Literal["isocentre", "out"]


class ConfirmPatientReady(TabletCommand):
    """Positioning and room in one hold, after leaving the room and closing the door."""

    kind: Literal["confirm_patient_ready"] = "confirm_patient_ready"
    exam_id: Identifier
    held_ms: Annotated[int, Field(ge=0, le=60_000)]


class AnswerRequest(TabletCommand):
    """Yes to some privileges, or to none: a no."""

    kind: Literal["answer_request"] = "answer_request"
    request_id: Identifier
    granted: Privileges
    held_ms: Annotated[int, Field(ge=0, le=60_000)] = 0
    responsibilities: Digest | None = None
    """Of the list that was shown with the request: a yes acknowledges it."""


class TabletMoveResponsibility(TabletCommand):
    """Lay one item of this list at the other end; both ends acknowledge anew."""

    kind: Literal["move_responsibility"] = "move_responsibility"
    digest: Digest
    item: ItemName


class TabletAcknowledgeResponsibilities(TabletCommand):
    """Take on the local part of this list."""

    kind: Literal["acknowledge_responsibilities"] = "acknowledge_responsibilities"
    digest: Digest


class RevokeControl(TabletCommand):
    kind: Literal["revoke_control"] = "revoke_control"


class ResumeControl(TabletCommand):
    kind: Literal["resume_control"] = "resume_control"


class TabletStop(TabletCommand):
    """One touch, no confirmation, idempotent."""

    kind: Literal["tablet_stop"] = "tablet_stop"


class TabletReportWrong(TabletCommand):
    """Wrong patient or side: stops, and quarantines the exam's images. By anybody, like stop."""

    kind: Literal["tablet_report_wrong"] = "tablet_report_wrong"
    exam_id: Identifier
    mistaken: Mistaken


class ProposeCorrection(TabletCommand):
    """The first of two signatures: what was wrong with a quarantined exam, and what is right.

    `item_id` names the right worklist entry (wrong patient or procedure), `side` the right side (wrong side).
    """

    kind: Literal["propose_correction"] = "propose_correction"
    exam_id: Identifier
    verdict: Verdict
    mistaken: Mistaken
    item_id: Identifier | None = None
    side: Side | None = None
    staff_id: Identifier
    pin: Pin


class SignCorrection(TabletCommand):
    """The second signature, by another person who is checked in."""

    kind: Literal["sign_correction"] = "sign_correction"
    exam_id: Identifier
    correction_id: Identifier
    staff_id: Identifier
    pin: Pin


class ConfirmPresence(TabletCommand):
    kind: Literal["confirm_presence"] = "confirm_presence"


class AllowFirstLevel(TabletCommand, FirstLevelDecision):
    """The local half of the first-level decision."""

    kind: Literal["allow_first_level"] = "allow_first_level"
    exam_id: Identifier


class SettleUnknown(TabletCommand):
    """A named person looked at the scanner and says whether the start ran."""

    kind: Literal["settle_unknown"] = "settle_unknown"
    unknown_command: Identifier
    ran: bool
    staff_id: Identifier
    pin: Pin


class PauseSource(TabletCommand):
    """The privacy switch of a camera or screen: nobody sees it until it is resumed here."""

    kind: Literal["pause_source"] = "pause_source"
    source: Identifier
    paused: bool


class AnswerAudioCheck(TabletCommand):
    """Whether one hears who asked “can you hear me?”; by this tablet, whose sound is on."""

    kind: Literal["answer_audio_check"] = "answer_audio_check"
    check_id: Identifier
    hears: bool


class VoidTabletAudioCheck(TabletCommand):
    """Another microphone or loudspeaker is in use here: a check that was made proves nothing any more."""

    kind: Literal["void_audio_check"] = "void_audio_check"


class CutIntercom(TabletCommand):
    """The patient hears nobody remote any more, and nobody may speak to them until it is granted anew."""

    kind: Literal["cut_intercom"] = "cut_intercom"


class CloseExam(TabletCommand):
    kind: Literal["close_exam"] = "close_exam"
    exam_id: Identifier


class TabletAcknowledge(TabletCommand):
    kind: Literal["tablet_acknowledge"] = "tablet_acknowledge"
    alarm_id: Identifier


class TabletNote(TabletCommand):
    kind: Literal["tablet_note"] = "tablet_note"
    text: Annotated[str, Field(min_length=1, max_length=400)]


AnyTabletCommand = (
    CheckIn
    | CheckOut
    | TakePatient
    | ConfirmIdentity
    | RecordScreening
    | SignScreening
    | SignEmergencyException
    | ConfirmFullStop
    | RecordPatientData
    | SetLandmark
    | MoveTable
    | ConfirmPatientReady
    | AnswerRequest
    | TabletMoveResponsibility
    | TabletAcknowledgeResponsibilities
    | RevokeControl
    | ResumeControl
    | TabletStop
    | TabletReportWrong
    | ProposeCorrection
    | SignCorrection
    | ConfirmPresence
    | AllowFirstLevel
    | SettleUnknown
    | PauseSource
    | AnswerAudioCheck
    | VoidTabletAudioCheck
    | CutIntercom
    | CloseExam
    | TabletAcknowledge
    | TabletNote
)
