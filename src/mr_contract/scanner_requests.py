"""What an agent asks of an adapter (docs/protocol.md, part 2). Every request carries a `request_id`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mr_contract.exam import HeightCm, PatientIdentity, WeightKg
from mr_contract.geometry import SliceGroups
from mr_contract.model import Digest, Identifier, Model, ParameterValues, ShortText
from mr_contract.scanner_events import EventNumber
from mr_contract.vocabulary import Landmark, OperatingMode, PatientPosition, Side

RequestId = Annotated[int, Field(ge=1)]


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
