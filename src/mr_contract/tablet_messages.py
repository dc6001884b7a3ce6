"""All that goes between the tablet page and its agent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from mr_contract.console_messages import Farewell, Outcome
from mr_contract.model import Identifier, Model
from mr_contract.tablet_commands import (
    AllowFirstLevel,
    AnswerAudioCheck,
    AnswerRequest,
    AnyTabletCommand,
    CheckIn,
    CheckOut,
    CloseExam,
    ConfirmFullStop,
    ConfirmIdentity,
    ConfirmPatientReady,
    ConfirmPresence,
    CutIntercom,
    MoveTable,
    PauseSource,
    ProposeCorrection,
    RecordPatientData,
    RecordScreening,
    ResumeControl,
    RevokeControl,
    SetLandmark,
    SettleUnknown,
    SignCorrection,
    SignEmergencyException,
    SignScreening,
    TabletAcknowledge,
    TabletAcknowledgeResponsibilities,
    TabletCommand,
    TabletMoveResponsibility,
    TabletNote,
    TabletReportWrong,
    TabletStop,
    TakePatient,
    VoidTabletAudioCheck,
)
from mr_contract.tablet_views import ChecklistView, StaffView, TabletView
from mr_contract.talk_messages import AnswerTalk, CloseTalk, OpenTalk, TalkClosed, TalkOffered, TalkRequest
from mr_contract.views import ScannerCard

__all__ = [
    "FROM_TABLET",
    "MOST_STAFF",
    "TABLET_PROTOCOL",
    "TO_TABLET",
    "AllowFirstLevel",
    "AnswerAudioCheck",
    "AnswerRequest",
    "AnswerTalk",
    "AnyTabletCommand",
    "CheckIn",
    "CheckOut",
    "ChecklistView",
    "CloseExam",
    "CloseTalk",
    "ConfirmFullStop",
    "ConfirmIdentity",
    "ConfirmPatientReady",
    "ConfirmPresence",
    "CutIntercom",
    "FromTablet",
    "MoveTable",
    "OpenTalk",
    "PauseSource",
    "ProposeCorrection",
    "RecordPatientData",
    "RecordScreening",
    "ResumeControl",
    "RevokeControl",
    "SetLandmark",
    "SettleUnknown",
    "SignCorrection",
    "SignEmergencyException",
    "SignScreening",
    "StaffView",
    "TabletAcknowledge",
    "TabletAcknowledgeResponsibilities",
    "TabletBeat",
    "TabletBeatEcho",
    "TabletCommand",
    "TabletHello",
    "TabletMoveResponsibility",
    "TabletNote",
    "TabletReportWrong",
    "TabletStaff",
    "TabletStop",
    "TabletView",
    "TabletWelcome",
    "TakePatient",
    "TalkClosed",
    "TalkOffered",
    "TalkRequest",
    "ToTablet",
    "VoidTabletAudioCheck",
]

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


FromTablet = Annotated[
    TabletHello | TabletBeatEcho | TalkRequest | AnyTabletCommand, Field(discriminator="kind")
]
ToTablet = Annotated[
    TabletWelcome | TabletStaff | TabletBeat | TabletView | TalkOffered | TalkClosed | Outcome | Farewell,
    Field(discriminator="kind"),
]

FROM_TABLET: TypeAdapter[FromTablet] = TypeAdapter(FromTablet)
TO_TABLET: TypeAdapter[ToTablet] = TypeAdapter(ToTablet)
