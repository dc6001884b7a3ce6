"""All that a console sends on the control connection (docs/protocol.md, part 1)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from mr_contract.agent_messages import (
    FROM_AGENT,
    AgentHello,
    AlarmsChanged,
    Beat,
    BulkTicket,
    CertificateRenewed,
    ClosedExamsChanged,
    ControlChanged,
    EditTried,
    ExamChanged,
    Farewell,
    FromAgent,
    IntercomChanged,
    JournalHeadSigned,
    LastCommandChanged,
    Outcome,
    ProtocolOffer,
    ProtocolsListed,
    ScannerStatusChanged,
    StandingChanged,
    StepChanged,
    TimelineAdded,
    VitalsChanged,
    WorkloadAttested,
)
from mr_contract.beats import BeatNumber, Nonce
from mr_contract.console_commands import (
    AcknowledgeAlarm,
    AcknowledgeResponsibilities,
    AgreeCorrection,
    ArmStep,
    AskAudioCheck,
    CloseIntercom,
    Command,
    ConfirmAudioCheck,
    ConsoleCommand,
    DecideFirstLevel,
    DisarmStep,
    EditStep,
    GiveBreathCommand,
    ListProtocols,
    MoveResponsibility,
    OpenIntercom,
    OpenProtocol,
    OpenStep,
    ReleaseControl,
    RepeatStep,
    ReportWrong,
    RequestControl,
    SendNote,
    SignScreeningRemotely,
    StartStep,
    StopScan,
    TryEdit,
    UndoEdit,
    VoidAudioCheck,
    WithdrawRequest,
)
from mr_contract.media_messages import AskTime, MediaRequest
from mr_contract.model import Identifier, Model, ShortText
from mr_contract.workload import Base64, WorkloadStatement

__all__ = [
    "CONSOLE_PROTOCOL",
    "FROM_AGENT",
    "FROM_CONSOLE",
    "AcknowledgeAlarm",
    "AcknowledgeResponsibilities",
    "AgentHello",
    "AgreeCorrection",
    "AlarmsChanged",
    "ArmStep",
    "AskAudioCheck",
    "AttestWorkload",
    "Base64",
    "Beat",
    "BeatEcho",
    "BeatNumber",
    "BulkTicket",
    "CertificateRenewed",
    "CloseIntercom",
    "ClosedExamsChanged",
    "Command",
    "ConfirmAudioCheck",
    "ConsoleCommand",
    "ConsoleHello",
    "ControlChanged",
    "DecideFirstLevel",
    "DisarmStep",
    "EditStep",
    "EditTried",
    "ExamChanged",
    "Farewell",
    "FromAgent",
    "FromConsole",
    "GiveBreathCommand",
    "IntercomChanged",
    "JournalHeadSigned",
    "LastCommandChanged",
    "ListProtocols",
    "MoveResponsibility",
    "Nonce",
    "OpenBulk",
    "OpenIntercom",
    "OpenProtocol",
    "OpenStep",
    "Outcome",
    "PresentWorkload",
    "ProtocolOffer",
    "ProtocolsListed",
    "ReleaseControl",
    "RenewCertificate",
    "RepeatStep",
    "ReportWrong",
    "RequestControl",
    "Resume",
    "ScannerStatusChanged",
    "SendNote",
    "SignScreeningRemotely",
    "StandingChanged",
    "StartStep",
    "StepChanged",
    "StopScan",
    "TimelineAdded",
    "TryEdit",
    "UndoEdit",
    "VitalsChanged",
    "VoidAudioCheck",
    "WithdrawRequest",
    "WorkloadAttested",
    "WorkloadStatement",
]

CONSOLE_PROTOCOL = 1
"""Version in the hello; the agent refuses any other with both numbers in words."""


class Resume(Model):
    """Where the console stopped hearing: timeline entries after `seq` are sent again."""

    site: ShortText
    seq: Annotated[int, Field(ge=0)]


class ConsoleHello(Model):
    """First frame of a control connection."""

    kind: Literal["console_hello"] = "console_hello"
    protocol: int
    program: ShortText
    sites: Annotated[tuple[ShortText, ...], Field(max_length=32)] = ()
    """Every site this console is enrolled at: statements of the others are expected."""
    resume: Resume | None = None


class BeatEcho(Model):
    """Echo of a beat, at once. `renew` only while the console's window ticked within 1 s."""

    kind: Literal["beat_echo"] = "beat_echo"
    beat: BeatNumber
    renew: bool


class AttestWorkload(Model):
    """Ask this agent for its statement, under a nonce of another site's agent."""

    kind: Literal["attest_workload"] = "attest_workload"
    nonce: Nonce


class PresentWorkload(Model):
    """Statements of other sites, under nonces of this agent's beats."""

    kind: Literal["present_workload"] = "present_workload"
    statements: Annotated[tuple[WorkloadStatement, ...], Field(max_length=32)]


class OpenBulk(Model):
    """Ask for a single-use ticket for the bulk connection."""

    kind: Literal["open_bulk"] = "open_bulk"
    command_id: Identifier


class RenewCertificate(Model):
    """Ask for a new certificate for the same key; `csr_pem` proves possession of it."""

    kind: Literal["renew_certificate"] = "renew_certificate"
    command_id: Identifier
    csr_pem: Annotated[str, Field(max_length=4096)]


FromConsole = Annotated[
    ConsoleHello
    | BeatEcho
    | AskTime
    | AttestWorkload
    | PresentWorkload
    | OpenBulk
    | RenewCertificate
    | MediaRequest
    | ConsoleCommand,
    Field(discriminator="kind"),
]


FROM_CONSOLE: TypeAdapter[FromConsole] = TypeAdapter(FromConsole)
