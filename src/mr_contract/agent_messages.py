"""What an agent tells its consoles: answers, and what changed at the site, unasked, as whole values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from mr_contract.beats import BeatNumber, Nonce
from mr_contract.exam import ClosedExams, ExamView, Quarantines, StepDetail
from mr_contract.findings import Findings
from mr_contract.intercom import IntercomView
from mr_contract.media_messages import (
    MediaClosed,
    MediaOffered,
    PicturesGiven,
    SourcesChanged,
    TalkChanged,
    TimeTold,
)
from mr_contract.model import Digest, Identifier, LongText, Model, ShortText
from mr_contract.standing import Standing
from mr_contract.views import (
    AlarmView,
    ControlView,
    LastCommand,
    LinkView,
    ScannerCard,
    ScannerStatus,
    TimelineEntry,
)
from mr_contract.vitals import Vitals
from mr_contract.vocabulary import Role, StartOutcome
from mr_contract.workload import WorkloadStatement


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


class IntercomChanged(Model):
    """The patient's intercom, and whom they hear; null: the site declared none for this scanner."""

    kind: Literal["intercom_changed"] = "intercom_changed"
    scanner: Identifier
    intercom: IntercomView | None


class ClosedExamsChanged(Model):
    """Exams of a scanner closed lately that may still be reported wrong, newest first; never whose.

    `quarantined`: the exams no longer open about which two people have yet to decide, oldest first.
    """

    kind: Literal["closed_exams_changed"] = "closed_exams_changed"
    scanner: Identifier
    exams: ClosedExams
    quarantined: Quarantines = ()


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
    | IntercomChanged
    | ClosedExamsChanged
    | MediaOffered
    | PicturesGiven
    | MediaClosed
    | TimeTold
    | Outcome
    | Farewell,
    Field(discriminator="kind"),
]


FROM_AGENT: TypeAdapter[FromAgent] = TypeAdapter(FromAgent)
