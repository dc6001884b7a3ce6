"""Messages between the tablet page and its agent.

The tablet is bound to one scanner when it is paired, so commands name none. A confirmation names the
exam it was drawn for; an answer names the request it answers.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from mr_contract.audio_check import AudioCheckView
from mr_contract.console_messages import Farewell, Outcome
from mr_contract.exam import ExamView, HeightCm, QuarantineView, WeightKg, WorklistItem
from mr_contract.exposure import FirstLevelDecision, ImplantLimits
from mr_contract.findings import Findings
from mr_contract.intercom import IntercomView
from mr_contract.media_messages import IceServer, Sdp, Sources
from mr_contract.model import Digest, Identifier, Model, Pin, ShortText
from mr_contract.responsibilities import ItemName
from mr_contract.standing import Standing
from mr_contract.views import (
    AlarmView,
    ControlView,
    LastCommand,
    LinkView,
    Privileges,
    ScannerCard,
    ScannerStatus,
    TimelineEntry,
)
from mr_contract.vocabulary import (
    IdentifierKind,
    Landmark,
    Mistaken,
    PatientPosition,
    Qualification,
    Side,
    Verdict,
)

TABLET_PROTOCOL = 1

MOST_STAFF = 2000
"""People a site's roster can hold: all of them are known to its tablets."""


class TabletHello(Model):
    kind: Literal["tablet_hello"] = "tablet_hello"
    protocol: int
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"


class TabletBeatEcho(Model):
    kind: Literal["tablet_beat_echo"] = "tablet_beat_echo"
    beat: Annotated[int, Field(ge=0)]
    touched: bool
    """Whether a finger touched the page since the last echo: a sign of presence."""


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


class OpenTalk(TabletCommand):
    """Ask for an offer for sound both ways; one that this page has already ends first."""

    kind: Literal["open_talk"] = "open_talk"


class AnswerTalk(TabletCommand):
    kind: Literal["answer_talk"] = "answer_talk"
    media_id: Identifier
    sdp: Sdp


class CloseTalk(TabletCommand):
    kind: Literal["close_talk"] = "close_talk"
    media_id: Identifier


TalkRequest = OpenTalk | AnswerTalk | CloseTalk


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
FromTablet = Annotated[
    TabletHello | TabletBeatEcho | TalkRequest | AnyTabletCommand, Field(discriminator="kind")
]


class StaffView(Model):
    """A person of the site's roster."""

    staff_id: Identifier
    name: ShortText
    mr_level: Annotated[int, Field(ge=1, le=2)]
    qualification: Qualification


class ChecklistView(Model):
    """How far preparation has come; every item is a fact of the journal."""

    identity_confirmed: bool = False
    screening_recorded: bool = False
    screening_signed_by: Annotated[tuple[ShortText, ...], Field(max_length=4)] = ()
    screening_complete: bool = False
    """The full stop is confirmed; two signed, one of them Level 2, or a physician signed an exception."""
    full_stop: bool = False
    patient_data: bool = False
    landmark_set: bool = False
    patient_ready: bool = False


class TabletWelcome(Model):
    kind: Literal["tablet_welcome"] = "tablet_welcome"
    protocol: int
    card: ScannerCard
    boot: Identifier


class TabletStaff(Model):
    """Who may check in: sent after the welcome, and again when the site's roster changes."""

    kind: Literal["tablet_staff"] = "tablet_staff"
    people: Annotated[tuple[StaffView, ...], Field(max_length=MOST_STAFF)]


class TabletBeat(Model):
    """Sent four times a second; a page that misses them for 1 s says STOP NOT CONNECTED."""

    kind: Literal["tablet_beat"] = "tablet_beat"
    beat: Annotated[int, Field(ge=0)]
    at: AwareDatetime


class TabletView(Model):
    """All a tablet shows, as one value."""

    kind: Literal["tablet_view"] = "tablet_view"
    status: ScannerStatus
    control: ControlView
    standing: Standing
    exam: ExamView | None
    checklist: ChecklistView
    staff: Annotated[tuple[StaffView, ...], Field(max_length=100)]
    """Who is checked in here."""
    worklist: Annotated[tuple[WorklistItem, ...], Field(max_length=100)]
    quarantines: Annotated[tuple[QuarantineView, ...], Field(max_length=16)] = ()
    """Exams in quarantine about which nothing is decided yet, oldest first."""
    alarms: Annotated[tuple[AlarmView, ...], Field(max_length=32)]
    last: LastCommand | None
    holder_link: LinkView
    sources: Sources = ()
    talkers: Annotated[tuple[ShortText, ...], Field(max_length=16)] = ()
    """Who hears this room and is heard in it, while a tablet talks."""
    audio_check: AudioCheckView | None = None
    """“Can you hear me?”, as far as it has come; None: nobody asked, or it counts no more."""
    intercom: IntercomView | None = None
    """The patient's intercom, and whom they hear; None: the site declared none."""
    link_loss_in_s: float | None = None
    timeline: Annotated[tuple[TimelineEntry, ...], Field(max_length=20)] = ()


class TalkOffered(Model):
    """The answer to `OpenTalk`, after its outcome."""

    kind: Literal["talk_offered"] = "talk_offered"
    media_id: Identifier
    sdp: Sdp
    takes_camera: bool = False
    """Whether its second section is for this tablet's own camera: the site declared it as a source."""
    ice_servers: Annotated[tuple[IceServer, ...], Field(max_length=4)] = ()
    relay_only: bool = False
    """Media go by these servers and no other way."""


class TalkClosed(Model):
    """The agent ended it, and why."""

    kind: Literal["talk_closed"] = "talk_closed"
    media_id: Identifier
    findings: Findings


ToTablet = Annotated[
    TabletWelcome | TabletStaff | TabletBeat | TabletView | TalkOffered | TalkClosed | Outcome | Farewell,
    Field(discriminator="kind"),
]

FROM_TABLET: TypeAdapter[FromTablet] = TypeAdapter(FromTablet)
TO_TABLET: TypeAdapter[ToTablet] = TypeAdapter(ToTablet)
