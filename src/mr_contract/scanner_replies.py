"""How an adapter answers its agent; `reply_to` names the request."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mr_contract.exposure import ExposurePrediction, SarAverages
from mr_contract.geometry import SliceGroups
from mr_contract.magnet import MagnetReading
from mr_contract.model import Digest, Identifier, Model, ParameterValues, ShortText
from mr_contract.parameters import Changes, Conflicts, ParameterSpecs
from mr_contract.scanner_events import EventNumber, ScannerEvent
from mr_contract.scanner_requests import RequestId
from mr_contract.vocabulary import Landmark, PrescanStep, ScannerActivity, ScannerMode, TablePosition


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
    waiting: ShortText = ""
    """In words, why a triggered acquisition has been waiting for long; empty while triggers come."""
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
    magnet: MagnetReading | None = None
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
    estimate: ShortText = ""
    """What `duration_s` is an estimate from, in words; empty where the scanner alone decides."""
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
