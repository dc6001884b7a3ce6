"""What every agent said, reduced to one value.

- A scanner is its site *and* its name at that site; its letter and colour are this desk's, unique, kept.
- The keyboard belongs to exactly one scanner: the focus. It moves only when the operator moves it.
- What was not heard is unknown: a lost link clears the beat, so nothing can be started.
- An edit of one's own is unanswered until the exam says the revision that it left: what is drawn is about to
  change. A value that cannot be had stays told until its parameter is settled.
- A stop without an answer within 1 s, or that the scanner did not take, is NOT DELIVERED and stays so until
  one is taken or it is put away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from types import MappingProxyType

from mr_contract import console_messages as cm
from mr_contract.audio_check import AudioCheckView
from mr_contract.exam import ClosedExam, ExamView, QuarantineView, StepDetail, StepView
from mr_contract.findings import Findings
from mr_contract.intercom import IntercomView
from mr_contract.media_messages import SourceView
from mr_contract.parameters import Conflict
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
from mr_contract.vocabulary import ControlPhase, LinkGrade, Privilege, StartOutcome, StepState
from remote_console.core.pace import Pace
from remote_console.core.unwritten import Unwritten

COLOURS = ("#6ea8fe", "#b794f6", "#f19ac0", "#a3c178")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TIMELINE_KEPT = 500
STOP_ANSWER_WITHIN_S = 1.0
STOPS = frozenset({"stop_scan", "report_wrong"})
"""Commands that stop the scanner: unanswered, they are NOT DELIVERED."""
SILENT_AFTER_S = 2.5
RUNNING = frozenset({StepState.STARTING, StepState.ACCEPTED, StepState.ACQUIRING})


@dataclass(frozen=True, slots=True, order=True)
class ScannerKey:
    """A scanner across all sites."""

    site: str
    scanner: str


@unique
class RequestFate(StrEnum):
    """What became of this desk's own request for control."""

    NONE = "none"
    ASKED = "asked"
    WITHDRAWN = "withdrawn"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Answer:
    """The newest outcome of a command of this desk at one scanner."""

    command_kind: str
    accepted: bool
    findings: Findings
    start: StartOutcome | None
    at_s: float


@dataclass(frozen=True, slots=True)
class SentCommand:
    """A command without an answer yet."""

    key: ScannerKey
    command_id: str
    kind: str
    at_s: float
    keys: tuple[str, ...] = ()
    """Parameters that it wants to change."""
    edits: bool = False
    """Whether what is drawn of a step may change with its answer."""


@dataclass(frozen=True, slots=True)
class SiteState:
    """One agent and the link to it."""

    site: str
    hello: cm.AgentHello | None = None
    connected: bool = False
    beat: int | None = None
    link: LinkView = field(default_factory=lambda: LinkView(grade=LinkGrade.UNKNOWN))
    heard_at_s: float | None = None
    lost_at_s: float | None = None
    farewell: Findings = ()

    def silent(self, at_s: float) -> bool:
        """Whether what is shown of this site may no longer be true."""
        return not self.connected or self.heard_at_s is None or at_s - self.heard_at_s > SILENT_AFTER_S


@dataclass(frozen=True, slots=True)
class ScannerState:
    """Everything this desk knows of one scanner."""

    key: ScannerKey
    card: ScannerCard
    letter: str
    colour: str
    status: ScannerStatus | None = None
    control: ControlView = field(default_factory=lambda: ControlView(phase=ControlPhase.LOCAL))
    standing: Standing | None = None
    exam: ExamView | None = None
    details: Mapping[str, StepDetail] = field(default_factory=lambda: MappingProxyType({}))
    tried: cm.EditTried | None = None
    conflicts: tuple[Conflict, ...] = ()
    """Values of the step in hand that cannot be had; told until their parameter is settled."""
    queued: tuple[str, ...] = ()
    """Parameters whose typed value waits for the answer to the one before."""
    unread: tuple[str, ...] = ()
    """Parameters whose field holds a text that is no value."""
    repeating: bool = False
    """A repeat was asked for: the step that it adds is taken in hand."""
    revision_due: bool = False
    """An edit was accepted and the exam has not said the new revision yet."""
    alarms: tuple[AlarmView, ...] = ()
    last: LastCommand | None = None
    protocols: tuple[cm.ProtocolOffer, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    selected_step: str | None = None
    answer: Answer | None = None
    unwritten: tuple[Unwritten, ...] = ()
    """What was done at a command of this desk and not written down, oldest first."""
    request: RequestFate = RequestFate.NONE
    request_id: str = ""
    """Of this desk's newest request for control: its command's id."""
    stop_not_delivered: bool = False
    stop_not_taken: bool = False
    """The agent said that the scanner did not take the stop: that the agent gave it is no comfort."""
    seen_seq: int | None = None
    away: tuple[TimelineEntry, ...] = ()
    pace: Pace | None = None
    sources: tuple[SourceView, ...] | None = None
    vitals: Vitals | None = None
    """Its cameras; None until the agent has said."""
    intercom: IntercomView | None = None
    """The patient's intercom; None: the site has none, or the agent has not said yet."""
    closed_exams: tuple[ClosedExam, ...] = ()
    """Closed lately, newest first: they may still be reported wrong."""
    quarantined: tuple[QuarantineView, ...] = ()
    """Closed, and in quarantine until two people at the site have decided; oldest first."""
    audio_check: AudioCheckView | None = None
    """“Can you hear me?”, as far as it has come; None: nobody asked, or it counts no more."""
    site_listens: bool | None = None
    """Whether somebody at the site hears who talks; None until the agent has said."""

    def may(self, privilege: Privilege) -> bool:
        """Whether the site granted this to this very link: as who holds control, or only to watch."""
        return privilege in self.control.privileges

    @property
    def asks(self) -> bool:
        """Whether this very desk's request for control is before the local operator."""
        open_id = self.control.request_id
        return self.request is RequestFate.ASKED and open_id is not None and open_id == self.request_id

    @property
    def step(self) -> StepView | None:
        """The step in hand: the selected one, else the first that can still run."""
        if self.exam is None:
            return None
        for step in self.exam.steps:
            if step.step_id == self.selected_step:
                return step
        return next((s for s in self.exam.steps if s.state in {StepState.PLANNED, StepState.ARMED}), None)

    @property
    def detail(self) -> StepDetail | None:
        """Details of the step in hand, once they were sent."""
        return self.details.get(self.step.step_id) if self.step else None

    @property
    def running_step(self) -> StepView | None:
        """The step which the scanner carries out now."""
        steps = self.exam.steps if self.exam else ()
        return next((s for s in steps if s.state in RUNNING), None)


@dataclass(frozen=True, slots=True)
class FleetState:
    """All sites and scanners in the order of their letters."""

    sites: Mapping[str, SiteState] = field(default_factory=lambda: MappingProxyType({}))
    scanners: Mapping[ScannerKey, ScannerState] = field(default_factory=lambda: MappingProxyType({}))
    letters: Mapping[ScannerKey, str] = field(default_factory=lambda: MappingProxyType({}))
    """Who has which letter; remembered between runs so that A stays A."""
    focus: ScannerKey | None = None
    pending: tuple[SentCommand, ...] = ()
    started_exams: frozenset[str] = frozenset()
    last_started: ScannerKey | None = None
    now_s: float = 0.0

    @property
    def focused(self) -> ScannerState | None:
        """The scanner that the keyboard belongs to."""
        return self.scanners.get(self.focus) if self.focus else None

    @property
    def in_order(self) -> tuple[ScannerState, ...]:
        """Scanners by letter."""
        known = sorted(self.scanners.items(), key=lambda item: self.letters.get(item[0], "~"))
        return tuple(scanner for _, scanner in known)

    def edit_unanswered(self, scanner: ScannerState) -> bool:
        """Whether an edit of this desk is still with the scanner, so that what is drawn may change."""
        sent = any(c.edits and c.key == scanner.key for c in self.pending)
        return sent or scanner.revision_due or bool(scanner.queued)

    def unanswered_keys(self, scanner: ScannerState) -> frozenset[str]:
        """Parameters whose typed value has no answer yet."""
        sent = (key for c in self.pending if c.edits and c.key == scanner.key for key in c.keys)
        return frozenset((*sent, *scanner.queued))

    def site_of(self, scanner: ScannerState) -> SiteState:
        """The site of a scanner; one that was never heard is not connected."""
        return self.sites.get(scanner.key.site, SiteState(scanner.key.site))


@dataclass(frozen=True, slots=True)
class AgentSaid:
    site: str
    message: cm.FromAgent
    at_s: float
    wall: datetime


@dataclass(frozen=True, slots=True)
class LinkLost:
    site: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Focused:
    key: ScannerKey


@dataclass(frozen=True, slots=True)
class StepSelected:
    key: ScannerKey
    step_id: str


@dataclass(frozen=True, slots=True)
class TextNotRead:
    """A text that is no value stands in the field of this parameter."""

    key: ScannerKey
    parameter: str


@dataclass(frozen=True, slots=True)
class ValuesQueued:
    """Values of these parameters wait for the answer to the one before."""

    key: ScannerKey
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldSettled:
    """A field went back to what the scanner said, or a remedy was taken: nothing is wrong with it."""

    key: ScannerKey
    parameter: str


@dataclass(frozen=True, slots=True)
class CommandSent:
    key: ScannerKey
    command: cm.ConsoleCommand
    at_s: float


@dataclass(frozen=True, slots=True)
class AwayRead:
    key: ScannerKey


@dataclass(frozen=True, slots=True)
class StopNoticePutAway:
    key: ScannerKey


@dataclass(frozen=True, slots=True)
class AnswerRead:
    key: ScannerKey


@dataclass(frozen=True, slots=True)
class Ticked:
    at_s: float


FleetEvent = (
    AgentSaid
    | LinkLost
    | Focused
    | StepSelected
    | TextNotRead
    | ValuesQueued
    | FieldSettled
    | CommandSent
    | AwayRead
    | StopNoticePutAway
    | AnswerRead
    | Ticked
)
