"""Messages between a console and an agent on the control connection (docs/protocol.md, part 1).

Commands are imperative and carry a `command_id` made by the console; every command is answered by
exactly one `Outcome` naming it. What changes at the site arrives unasked, as whole values.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from mr_contract.exam import ExamView, StepDetail
from mr_contract.exposure import FirstLevelDecision
from mr_contract.geometry import SliceGroups
from mr_contract.media_messages import (
    AskTime,
    MediaClosed,
    MediaOffered,
    MediaRequest,
    PicturesGiven,
    SourcesChanged,
    TalkChanged,
    TimeTold,
)
from mr_contract.model import Digest, Identifier, LongText, Model, ParameterValues, ShortText
from mr_contract.reasons import Findings
from mr_contract.standing import Standing, StandingNumber
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
from mr_contract.vitals import Vitals
from mr_contract.vocabulary import LinkLossAction, Role, StartOutcome

CONSOLE_PROTOCOL = 1
"""Version in the hello; the agent refuses any other with both numbers in words."""

BeatNumber = Annotated[int, Field(ge=0)]
Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Base64 = Annotated[str, Field(max_length=8192, pattern=r"^[A-Za-z0-9+/=]*$")]


class Resume(Model):
    """Where the console stopped hearing: timeline entries after `seq` are sent again."""

    site: ShortText
    seq: Annotated[int, Field(ge=0)]


class WorkloadStatement(Model):
    """An agent's signed word on how many scans a device key runs at its site.

    `signature` is Ed25519 over the canonical JSON of the other fields. `nonce` was given by the agent
    that asks, so freshness needs no common clock.
    """

    site: ShortText
    device: Digest
    running: Annotated[int, Field(ge=0, le=64)]
    where: ShortText
    nonce: Nonce
    signature: Base64


# ---------------------------------------------------------------- console → agent


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


class Command(Model):
    """Common to all commands."""

    command_id: Identifier
    scanner: Identifier


class RequestControl(Command):
    kind: Literal["request_control"] = "request_control"
    privileges: Privileges
    link_loss_action: LinkLossAction


class WithdrawRequest(Command):
    kind: Literal["withdraw_request"] = "withdraw_request"


class ReleaseControl(Command):
    kind: Literal["release_control"] = "release_control"


class OpenProtocol(Command):
    kind: Literal["open_protocol"] = "open_protocol"
    protocol_id: Identifier


class ListProtocols(Command):
    kind: Literal["list_protocols"] = "list_protocols"


class OpenStep(Command):
    """Ask for the details of a step; answered by `StepChanged`, then the outcome."""

    kind: Literal["open_step"] = "open_step"
    step_id: Identifier


class TryEdit(Command):
    """What would an edit do? Nothing is kept."""

    kind: Literal["try_edit"] = "try_edit"
    step_id: Identifier
    revision: Digest
    changes: ParameterValues = Field(default_factory=dict)
    slices: SliceGroups | None = None


class EditStep(Command):
    """Apply an edit to the revision that was looked at."""

    kind: Literal["edit_step"] = "edit_step"
    step_id: Identifier
    revision: Digest
    changes: ParameterValues = Field(default_factory=dict)
    slices: SliceGroups | None = None


class UndoEdit(Command):
    kind: Literal["undo_edit"] = "undo_edit"
    step_id: Identifier
    revision: Digest


class StartStep(Command):
    """Start what was drawn when the press began: revision and standing; `beat` is the newest one heard."""

    kind: Literal["start_step"] = "start_step"
    step_id: Identifier
    revision: Digest
    standing: StandingNumber
    beat: BeatNumber


class ArmStep(Command):
    """Let the agent put this step through the same gate when the running one ends."""

    kind: Literal["arm_step"] = "arm_step"
    step_id: Identifier
    revision: Digest


class DisarmStep(Command):
    kind: Literal["disarm_step"] = "disarm_step"


class RepeatStep(Command):
    """Queue the step once more, after it, with a reason."""

    kind: Literal["repeat_step"] = "repeat_step"
    step_id: Identifier
    reason: ShortText


class StopScan(Command):
    """Needs no permission, lease or lock; repeating it is harmless."""

    kind: Literal["stop_scan"] = "stop_scan"


class DecideFirstLevel(Command, FirstLevelDecision):
    """The remote half of the decision for first level controlled mode, up to a stated value."""

    kind: Literal["decide_first_level"] = "decide_first_level"


class AcknowledgeAlarm(Command):
    kind: Literal["acknowledge_alarm"] = "acknowledge_alarm"
    alarm_id: Identifier


class SendNote(Command):
    """A written line for the other end; needs `talk`."""

    kind: Literal["send_note"] = "send_note"
    text: Annotated[str, Field(min_length=1, max_length=400)]


class OpenBulk(Model):
    """Ask for a single-use ticket for the bulk connection."""

    kind: Literal["open_bulk"] = "open_bulk"
    command_id: Identifier


class RenewCertificate(Model):
    """Ask for a new certificate for the same key; `csr_pem` proves possession of it."""

    kind: Literal["renew_certificate"] = "renew_certificate"
    command_id: Identifier
    csr_pem: Annotated[str, Field(max_length=4096)]


ConsoleCommand = (
    RequestControl
    | WithdrawRequest
    | ReleaseControl
    | ListProtocols
    | OpenProtocol
    | OpenStep
    | TryEdit
    | EditStep
    | UndoEdit
    | StartStep
    | ArmStep
    | DisarmStep
    | RepeatStep
    | StopScan
    | DecideFirstLevel
    | AcknowledgeAlarm
    | SendNote
)
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

# ---------------------------------------------------------------- agent → console


class AgentHello(Model):
    """Answer to a hello that was accepted."""

    kind: Literal["agent_hello"] = "agent_hello"
    protocol: int
    program: ShortText
    site: ShortText
    boot: Identifier
    you: ShortText
    role: Role
    device: Digest
    certificate_until: AwareDatetime
    scanners: Annotated[tuple[ScannerCard, ...], Field(max_length=16)]
    seq: Annotated[int, Field(ge=0)]
    """The newest timeline entry; a smaller one than remembered means a rolled-back journal."""
    signed_head: LongText = ""
    """A signed head of the journal, for consoles to keep."""
    max_running: Annotated[int, Field(ge=0)] = 1


class JournalHeadSigned(Model):
    """How far the journal reaches now, signed by the site: keep the newest."""

    kind: Literal["journal_head_signed"] = "journal_head_signed"
    seq: Annotated[int, Field(ge=0)]
    signed_head: LongText


class Beat(Model):
    """Sent four times a second. A start must echo one no older than 1 s."""

    kind: Literal["beat"] = "beat"
    beat: BeatNumber
    nonce: Nonce
    link: LinkView


class ScannerStatusChanged(Model):
    kind: Literal["scanner_status_changed"] = "scanner_status_changed"
    scanner: Identifier
    status: ScannerStatus


class ControlChanged(Model):
    kind: Literal["control_changed"] = "control_changed"
    scanner: Identifier
    control: ControlView


class StandingChanged(Model):
    kind: Literal["standing_changed"] = "standing_changed"
    scanner: Identifier
    standing: Standing


class ExamChanged(Model):
    kind: Literal["exam_changed"] = "exam_changed"
    scanner: Identifier
    exam: ExamView | None


class StepChanged(Model):
    """Details of an open step; sent to links that opened it, with `view` granted."""

    kind: Literal["step_changed"] = "step_changed"
    scanner: Identifier
    step: StepDetail


class AlarmsChanged(Model):
    kind: Literal["alarms_changed"] = "alarms_changed"
    scanner: Identifier
    alarms: Annotated[tuple[AlarmView, ...], Field(max_length=32)]


class LastCommandChanged(Model):
    kind: Literal["last_command_changed"] = "last_command_changed"
    scanner: Identifier
    last: LastCommand


class TimelineAdded(Model):
    kind: Literal["timeline_added"] = "timeline_added"
    entries: Annotated[tuple[TimelineEntry, ...], Field(max_length=500)]


class ProtocolOffer(Model):
    """A protocol the scanner holds."""

    protocol_id: Identifier
    name: ShortText
    version: int
    approved: bool


class ProtocolsListed(Model):
    kind: Literal["protocols_listed"] = "protocols_listed"
    scanner: Identifier
    protocols: Annotated[tuple[ProtocolOffer, ...], Field(max_length=100)]


class EditTried(Model):
    """Answer to `TryEdit`: the step as it would be."""

    kind: Literal["edit_tried"] = "edit_tried"
    command_id: Identifier
    scanner: Identifier
    step: StepDetail


class WorkloadAttested(Model):
    kind: Literal["workload_attested"] = "workload_attested"
    statement: WorkloadStatement


class BulkTicket(Model):
    """Good once, for 10 s, for the same certificate."""

    kind: Literal["bulk_ticket"] = "bulk_ticket"
    command_id: Identifier
    ticket: Nonce


class CertificateRenewed(Model):
    kind: Literal["certificate_renewed"] = "certificate_renewed"
    command_id: Identifier
    certificate_pem: Annotated[str, Field(max_length=8192)]


class Outcome(Model):
    """The answer to a command: accepted, or all reasons why not.

    An acceptance with `journal_unwritable` says that it was done and is not written down yet: only what
    makes the site safer is accepted so, and the command by which the fault was found.

    `start` is filled for a start: `pending` while it is in flight, then the recorded outcome. The same
    command sent again gets the recorded answer and is never carried out twice.
    """

    kind: Literal["outcome"] = "outcome"
    command_id: Identifier
    accepted: bool
    findings: Findings = ()
    start: StartOutcome | None = None


class VitalsChanged(Model):
    """What the scanner's sensors show of the patient; null: nothing, or not for you without `view`."""

    kind: Literal["vitals_changed"] = "vitals_changed"
    scanner: Identifier
    vitals: Vitals | None


class Farewell(Model):
    """Last frame before the agent closes the connection, with the reason in words."""

    kind: Literal["farewell"] = "farewell"
    findings: Findings


FromAgent = Annotated[
    AgentHello
    | JournalHeadSigned
    | Beat
    | ScannerStatusChanged
    | ControlChanged
    | StandingChanged
    | ExamChanged
    | StepChanged
    | AlarmsChanged
    | LastCommandChanged
    | TimelineAdded
    | ProtocolsListed
    | EditTried
    | WorkloadAttested
    | BulkTicket
    | CertificateRenewed
    | VitalsChanged
    | SourcesChanged
    | TalkChanged
    | MediaOffered
    | PicturesGiven
    | MediaClosed
    | TimeTold
    | Outcome
    | Farewell,
    Field(discriminator="kind"),
]

FROM_CONSOLE: TypeAdapter[FromConsole] = TypeAdapter(FromConsole)
FROM_AGENT: TypeAdapter[FromAgent] = TypeAdapter(FromAgent)
