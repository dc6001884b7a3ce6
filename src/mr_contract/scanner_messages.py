"""The scanner wire protocol between an agent and an adapter (docs/protocol.md, part 2).

Two WebSocket connections: `/control` with JSON text frames, and `/images`, which only the adapter
sends on. Every request carries a `request_id`; its reply names it in `reply_to`. Events come unasked,
numbered without gaps.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.exam import HeightCm, PatientIdentity, WeightKg
from mr_contract.exposure import ExposurePrediction, SarAverages
from mr_contract.geometry import SliceGroups
from mr_contract.model import Digest, Identifier, Model, ParameterValues, ShortText
from mr_contract.parameters import Changes, Conflicts, ParameterSpecs
from mr_contract.vitals import Vitals
from mr_contract.vocabulary import (
    Landmark,
    OperatingMode,
    PatientPosition,
    PrescanStep,
    ScannerActivity,
    ScannerMode,
    Side,
    TablePosition,
)

SCANNER_PROTOCOL = 1

RequestId = Annotated[int, Field(ge=1)]
EventNumber = Annotated[int, Field(ge=0)]
Percent = Annotated[int, Field(ge=0, le=100)]

# ---------------------------------------------------------------- agent → adapter


class ScannerHello(Model):
    """First frame of the control connection; the secret travelled as bearer token of the upgrade."""

    kind: Literal["scanner_hello"] = "scanner_hello"
    request_id: RequestId
    protocol: int
    agent: ShortText
    observer: bool = False
    """An observer hears, reads and may stop; it never takes the command from an agent."""


class GetSnapshot(Model):
    kind: Literal["get_snapshot"] = "get_snapshot"
    request_id: RequestId


class GetLog(Model):
    """Events after `after`, oldest first, at most 500."""

    kind: Literal["get_log"] = "get_log"
    request_id: RequestId
    after: EventNumber


class RegisterPatient(Model):
    """Who lies on the table, for exposure and for the images. Replaces the one before."""

    kind: Literal["register_patient"] = "register_patient"
    request_id: RequestId
    exam_id: Identifier
    identity: PatientIdentity
    accession: ShortText
    procedure: ShortText
    side: Side
    age_years: Annotated[int, Field(ge=0, le=130)]
    weight_kg: WeightKg
    height_cm: HeightCm
    position: PatientPosition
    landmark: Landmark | None = None


class CloseScannerExam(Model):
    kind: Literal["close_scanner_exam"] = "close_scanner_exam"
    request_id: RequestId


class ListScannerProtocols(Model):
    kind: Literal["list_scanner_protocols"] = "list_scanner_protocols"
    request_id: RequestId


class LoadProtocol(Model):
    """Ask for the steps of a protocol, with the values the scanner achieves for this patient."""

    kind: Literal["load_protocol"] = "load_protocol"
    request_id: RequestId
    protocol_id: Identifier


class CheckStep(Model):
    """What would these changes do? Nothing is kept."""

    kind: Literal["check_step"] = "check_step"
    request_id: RequestId
    sequence: Identifier
    values: ParameterValues
    changes: ParameterValues = Field(default_factory=dict)
    slices: SliceGroups


class SetStep(Model):
    """Commit a step under its id; with a conflict nothing is committed."""

    kind: Literal["set_step"] = "set_step"
    request_id: RequestId
    step_id: Identifier
    sequence: Identifier
    name: ShortText
    values: ParameterValues
    changes: ParameterValues = Field(default_factory=dict)
    slices: SliceGroups


class MoveScannerTable(Model):
    kind: Literal["move_scanner_table"] = "move_scanner_table"
    request_id: RequestId
    to: Literal["isocentre", "out"]


class SetScannerLandmark(Model):
    kind: Literal["set_scanner_landmark"] = "set_scanner_landmark"
    request_id: RequestId
    landmark: Landmark


class Prepare(Model):
    """Make ready to run the committed step once; answered by `Prepared` with the scanner's own token."""

    kind: Literal["prepare"] = "prepare"
    request_id: RequestId
    command_id: Identifier
    step_id: Identifier
    revision: Digest
    setting: EventNumber
    """`StepAchieved.setting` of the commit this revision was computed from."""
    mode: OperatingMode
    """The highest operating mode decided for this exam; above it the scanner refuses."""


class Start(Model):
    """Run the prepared step. Refused after 2 s, after any stop, or if anything moved."""

    kind: Literal["start"] = "start"
    request_id: RequestId
    token: Identifier


class Stop(Model):
    """Stop whatever runs or is prepared. Always answered, always allowed."""

    kind: Literal["stop"] = "stop"
    request_id: RequestId
    by: ShortText


class AcknowledgeBulb(Model):
    """The squeeze bulb has been answered."""

    kind: Literal["acknowledge_bulb"] = "acknowledge_bulb"
    request_id: RequestId


class Ping(Model):
    kind: Literal["ping"] = "ping"
    request_id: RequestId


ScannerRequest = Annotated[
    ScannerHello
    | GetSnapshot
    | GetLog
    | RegisterPatient
    | CloseScannerExam
    | ListScannerProtocols
    | LoadProtocol
    | CheckStep
    | SetStep
    | MoveScannerTable
    | SetScannerLandmark
    | Prepare
    | Start
    | Stop
    | AcknowledgeBulb
    | Ping,
    Field(discriminator="kind"),
]

# ---------------------------------------------------------------- adapter → agent, replies


class Reply(Model):
    reply_to: RequestId


class Capabilities(Model):
    """What this scanner can do; what is not said cannot be relied on."""

    stop: bool
    preview: bool
    move_table: bool
    room_sensors: bool
    start_log: bool
    """Whether the log names command ids, so that an unknown start can be settled by asking."""
    vitals: bool = False
    """Whether it reads sensors on the patient."""


class ScannerWelcome(Reply):
    kind: Literal["scanner_welcome"] = "scanner_welcome"
    protocol: int
    program: ShortText
    model: ShortText
    serial: ShortText
    mode: ScannerMode
    field_t: float
    boot: Identifier
    """New at each start of the adapter: event numbers of different boots are not comparable."""
    capabilities: Capabilities
    speed: float = 1.0
    """How much faster than life time runs; 1 on anything real."""


class RunningAcquisition(Model):
    """What runs now."""

    acquisition_id: Identifier
    command_id: Identifier
    step_id: Identifier
    fraction: Annotated[float, Field(ge=0.0, le=1.0)]
    remaining_s: Annotated[float, Field(ge=0.0)]
    lines_acquired: Annotated[int, Field(ge=0)]
    lines_total: Annotated[int, Field(ge=0)]
    prescan: PrescanStep | None = None
    """What is being adjusted; None once lines are acquired."""
    averages: SarAverages | None = None


class Snapshot(Reply):
    """All that is true now, as of event `number`."""

    kind: Literal["snapshot"] = "snapshot"
    number: EventNumber
    activity: ScannerActivity
    fault: ShortText = ""
    door_closed: bool
    table: TablePosition
    table_mm: float
    """Distance of the landmark from the isocentre along the bore."""
    coil: ShortText | None
    landmark: Landmark | None
    exam_id: Identifier | None
    bulb_pressed: bool
    moved_number: EventNumber
    """Number of the last event that moved door, table or coil: equal means nothing moved."""
    last_command_id: Identifier | None
    running: RunningAcquisition | None


class LogListed(Reply):
    kind: Literal["log_listed"] = "log_listed"
    events: Annotated[tuple[ScannerEvent, ...], Field(max_length=500)]
    complete: bool
    """False when older events than asked for have been dropped."""


class Done(Reply):
    """The request was carried out (as of event `number`)."""

    kind: Literal["done"] = "done"
    number: EventNumber


class Rejected(Reply):
    """A normal "no" of the scanner, in words, with what to do."""

    kind: Literal["rejected"] = "rejected"
    why: ShortText
    remedy: ShortText = ""


class ScannerProtocolOffer(Model):
    protocol_id: Identifier
    name: ShortText
    version: int
    approved: bool


class ScannerProtocolsListed(Reply):
    kind: Literal["scanner_protocols_listed"] = "scanner_protocols_listed"
    protocols: Annotated[tuple[ScannerProtocolOffer, ...], Field(max_length=100)]


class StepAchieved(Reply):
    """A step as the scanner would run it: achieved values, side effects, conflicts with remedies."""

    kind: Literal["step_achieved"] = "step_achieved"
    sequence: Identifier
    name: ShortText = ""
    values: ParameterValues
    slices: SliceGroups
    specs: ParameterSpecs
    changes: Changes = ()
    conflicts: Conflicts = ()
    prediction: ExposurePrediction
    duration_s: Annotated[float, Field(ge=0.0)]
    relative_snr: Annotated[float, Field(ge=0.0)]
    """In arbitrary units of this scanner; compare two settings of one step only."""
    coil: ShortText | None
    setting: EventNumber = 0
    """Number of the commit (0: only checked, or in conflict)."""


class ProtocolLoaded(Reply):
    kind: Literal["protocol_loaded"] = "protocol_loaded"
    offer: ScannerProtocolOffer
    steps: Annotated[tuple[StepAchieved, ...], Field(max_length=64)]


class Prepared(Reply):
    kind: Literal["prepared"] = "prepared"
    token: Identifier
    command_id: Identifier
    revision: Digest
    number: EventNumber
    valid_for_s: float


class Started(Reply):
    kind: Literal["started"] = "started"
    command_id: Identifier
    acquisition_id: Identifier


class StopTaken(Reply):
    """The stop was taken: nothing prepared remains, and what ran is ending."""

    kind: Literal["stop_taken"] = "stop_taken"
    number: EventNumber
    was_running: Identifier | None = None


class Pong(Reply):
    kind: Literal["pong"] = "pong"
    number: EventNumber


# ---------------------------------------------------------------- adapter → agent, events


class Event(Model):
    number: EventNumber
    at: AwareDatetime


class DoorOpened(Event):
    kind: Literal["door_opened"] = "door_opened"


class DoorClosed(Event):
    kind: Literal["door_closed"] = "door_closed"


class TableMoved(Event):
    """`by_step`: moved by an accepted step, which voids nothing."""

    kind: Literal["table_moved"] = "table_moved"
    table: TablePosition
    table_mm: float
    by_step: bool = False


class CoilChanged(Event):
    kind: Literal["coil_changed"] = "coil_changed"
    coil: ShortText | None


class LandmarkSet(Event):
    kind: Literal["landmark_set"] = "landmark_set"
    landmark: Landmark


class PatientRegistered(Event):
    kind: Literal["patient_registered"] = "patient_registered"
    exam_id: Identifier


class BulbPressed(Event):
    kind: Literal["bulb_pressed"] = "bulb_pressed"


class BulbReleased(Event):
    kind: Literal["bulb_released"] = "bulb_released"


class FaultRaised(Event):
    kind: Literal["fault_raised"] = "fault_raised"
    fault: ShortText


class FaultCleared(Event):
    kind: Literal["fault_cleared"] = "fault_cleared"


class StopReceived(Event):
    """A stop, from whom: the scanner's own record that it arrived."""

    kind: Literal["stop_received"] = "stop_received"
    by: ShortText


class AcquisitionStarted(Event):
    kind: Literal["acquisition_started"] = "acquisition_started"
    command_id: Identifier
    acquisition_id: Identifier
    step_id: Identifier
    revision: Digest


class AcquisitionProgressed(Event):
    kind: Literal["acquisition_progressed"] = "acquisition_progressed"
    acquisition_id: Identifier
    command_id: Identifier
    step_id: Identifier
    fraction: Annotated[float, Field(ge=0.0, le=1.0)]
    remaining_s: Annotated[float, Field(ge=0.0)]
    lines_acquired: Annotated[int, Field(ge=0)]
    lines_total: Annotated[int, Field(ge=0)]
    prescan: PrescanStep | None = None
    """What is being adjusted; told at the beginning of each step, however fast it passes."""
    averages: SarAverages | None = None


class AcquisitionEnded(Event):
    """`complete`: every line was acquired. Otherwise stopped, or ended by a fault."""

    kind: Literal["acquisition_ended"] = "acquisition_ended"
    acquisition_id: Identifier
    command_id: Identifier
    step_id: Identifier
    complete: bool
    why: ShortText = ""
    lines_acquired: Annotated[int, Field(ge=0)]
    lines_total: Annotated[int, Field(ge=0)]


class ImagesReady(Event):
    """Reconstruction finished: this many instances come on the images connection."""

    kind: Literal["images_ready"] = "images_ready"
    acquisition_id: Identifier
    command_id: Identifier
    step_id: Identifier
    series_id: Identifier
    series_number: int
    description: ShortText
    instance_count: Annotated[int, Field(ge=0)]
    complete: bool


class BecameIdle(Event):
    kind: Literal["became_idle"] = "became_idle"


class VitalsRead(Model):
    """What the patient's sensors show now: a reading, neither a reply nor an event.

    It has no number and is in no log; only the newest matters. At most twice a second, and only while a
    patient is registered. The curves are of the last second; empty where no such sensor is attached.
    """

    kind: Literal["vitals_read"] = "vitals_read"
    at: AwareDatetime
    vitals: Vitals
    ecg_uv: Annotated[tuple[Annotated[int, Field(ge=-20_000, le=20_000)], ...], Field(max_length=256)] = ()
    pulse_percent: Annotated[tuple[Percent, ...], Field(max_length=64)] = ()
    respiration_percent: Annotated[tuple[Percent, ...], Field(max_length=64)] = ()
    """From 0 (out) to 100 (in)."""


ScannerEvent = Annotated[
    DoorOpened
    | DoorClosed
    | TableMoved
    | CoilChanged
    | LandmarkSet
    | PatientRegistered
    | BulbPressed
    | BulbReleased
    | FaultRaised
    | FaultCleared
    | StopReceived
    | AcquisitionStarted
    | AcquisitionProgressed
    | AcquisitionEnded
    | ImagesReady
    | BecameIdle,
    Field(discriminator="kind"),
]
ScannerReply = Annotated[
    ScannerWelcome
    | Snapshot
    | LogListed
    | Done
    | Rejected
    | ScannerProtocolsListed
    | StepAchieved
    | ProtocolLoaded
    | Prepared
    | Started
    | StopTaken
    | Pong,
    Field(discriminator="kind"),
]
FromScanner = Annotated[ScannerReply | ScannerEvent | VitalsRead, Field(discriminator="kind")]

# ---------------------------------------------------------------- the images connection, adapter → agent


class ScannerInstance(Model):
    """One DICOM file of a series; payload: the file. Sent until the agent acknowledged the series."""

    kind: Literal["scanner_instance"] = "scanner_instance"
    series_id: Identifier
    exam_id: Identifier
    index: Annotated[int, Field(ge=0)]
    count: Annotated[int, Field(ge=1)]
    sha256: Digest


ScannerImageHeader = Annotated[PreviewHeader | ScannerInstance, Field(discriminator="kind")]


class SeriesStored(Model):
    """Agent → adapter on the images connection, text frame: all instances are safely on disk."""

    kind: Literal["series_stored"] = "series_stored"
    series_id: Identifier


LogListed.model_rebuild()

SCANNER_REQUEST: TypeAdapter[ScannerRequest] = TypeAdapter(ScannerRequest)
FROM_SCANNER: TypeAdapter[FromScanner] = TypeAdapter(FromScanner)
SCANNER_IMAGE_HEADER: TypeAdapter[ScannerImageHeader] = TypeAdapter(ScannerImageHeader)
