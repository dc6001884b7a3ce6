"""The scanner wire protocol between an agent and an adapter (docs/protocol.md, part 2).

Two WebSocket connections: `/control` with JSON text frames, and `/images`, which only the adapter
sends on. Every request carries a `request_id`; its reply names it in `reply_to`. Events come unasked,
numbered without gaps.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from mr_contract.scanner_events import (
    AcquisitionEnded,
    AcquisitionProgressed,
    AcquisitionStarted,
    BecameIdle,
    BulbPressed,
    BulbReleased,
    CoilChanged,
    DoorClosed,
    DoorOpened,
    Event,
    EventNumber,
    FaultCleared,
    FaultRaised,
    ImagesReady,
    LandmarkSet,
    MagnetRead,
    PatientRegistered,
    Percent,
    ScannerEvent,
    StopReceived,
    TableMoved,
    VitalsRead,
)
from mr_contract.scanner_images import ScannerImageHeader, ScannerInstance, SeriesStored
from mr_contract.scanner_replies import (
    Capabilities,
    Done,
    LogListed,
    Pong,
    Prepared,
    ProtocolLoaded,
    Rejected,
    Reply,
    RunningAcquisition,
    ScannerProtocolOffer,
    ScannerProtocolsListed,
    ScannerReply,
    ScannerWelcome,
    Snapshot,
    Started,
    StepAchieved,
    StopTaken,
)
from mr_contract.scanner_requests import (
    AcknowledgeBulb,
    CheckStep,
    CloseScannerExam,
    GetLog,
    GetSnapshot,
    ListScannerProtocols,
    LoadProtocol,
    MoveScannerTable,
    Ping,
    Prepare,
    RegisterPatient,
    RequestId,
    ScannerHello,
    ScannerRequest,
    SetScannerLandmark,
    SetStep,
    Start,
    Stop,
)

__all__ = [
    "FROM_SCANNER",
    "SCANNER_IMAGE_HEADER",
    "SCANNER_PROTOCOL",
    "SCANNER_REQUEST",
    "AcknowledgeBulb",
    "AcquisitionEnded",
    "AcquisitionProgressed",
    "AcquisitionStarted",
    "BecameIdle",
    "BulbPressed",
    "BulbReleased",
    "Capabilities",
    "CheckStep",
    "CloseScannerExam",
    "CoilChanged",
    "Done",
    "DoorClosed",
    "DoorOpened",
    "Event",
    "EventNumber",
    "FaultCleared",
    "FaultRaised",
    "FromScanner",
    "GetLog",
    "GetSnapshot",
    "ImagesReady",
    "LandmarkSet",
    "ListScannerProtocols",
    "LoadProtocol",
    "LogListed",
    "MagnetRead",
    "MoveScannerTable",
    "PatientRegistered",
    "Percent",
    "Ping",
    "Pong",
    "Prepare",
    "Prepared",
    "ProtocolLoaded",
    "RegisterPatient",
    "Rejected",
    "Reply",
    "RequestId",
    "RunningAcquisition",
    "ScannerEvent",
    "ScannerHello",
    "ScannerImageHeader",
    "ScannerInstance",
    "ScannerProtocolOffer",
    "ScannerProtocolsListed",
    "ScannerReply",
    "ScannerRequest",
    "ScannerWelcome",
    "SeriesStored",
    "SetScannerLandmark",
    "SetStep",
    "Snapshot",
    "Start",
    "Started",
    "StepAchieved",
    "Stop",
    "StopReceived",
    "StopTaken",
    "TableMoved",
    "VitalsRead",
]

SCANNER_PROTOCOL = 1


FromScanner = Annotated[ScannerReply | ScannerEvent | VitalsRead, Field(discriminator="kind")]


SCANNER_REQUEST: TypeAdapter[ScannerRequest] = TypeAdapter(ScannerRequest)


FROM_SCANNER: TypeAdapter[FromScanner] = TypeAdapter(FromScanner)


SCANNER_IMAGE_HEADER: TypeAdapter[ScannerImageHeader] = TypeAdapter(ScannerImageHeader)
