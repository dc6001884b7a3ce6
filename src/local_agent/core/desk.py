"""One scanner's state and the few primitives every decision uses.

A desk is handled by one turn at a time: an input comes in, functions of this package change the desk
through `record` and `ask`, and the effects are taken out at the end. Nothing here does IO.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from local_agent.core.alarms import AlarmBook
from local_agent.core.answered import AnsweredCommands
from local_agent.core.asking import NO_NOTES, Asks
from local_agent.core.control_state import ControlState, Holder
from local_agent.core.effects import Answer, Effect, Record, RecordIntent, ToScanner
from local_agent.core.events import JournalEvent, StartIntended
from local_agent.core.facts import Facts, fold
from local_agent.core.gate import Permit
from local_agent.core.intercom_state import PatientHears
from local_agent.core.interlocks import judge
from local_agent.core.numbering import NumberedStanding, renumber
from local_agent.core.policy import Policy
from local_agent.core.readings import Readings, ScannerReading
from local_agent.core.refusals import RefusalBook
from local_agent.core.repeated_lines import Repeatable, RepeatedLines
from local_agent.core.situation import Situation
from mr_contract.console_messages import Outcome
from mr_contract.exam import ExamView, WorklistItem
from mr_contract.findings import Finding
from mr_contract.parameters import Changes, Conflicts, ParameterSpecs
from mr_contract.scanner_messages import ScannerRequest
from mr_contract.views import LastCommand
from mr_contract.vocabulary import StartOutcome


@dataclass(frozen=True, slots=True)
class Moment:
    """When: boot seconds decide, wall time is for display."""

    at_s: float
    wall: datetime


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why something was asked of the scanner, so that its reply finds its way."""

    what: Literal[
        "hello", "snapshot", "log", "register", "protocols", "load", "set", "recheck", "try", "undo",
        "table", "landmark", "prepare", "start", "stop", "close", "bulb", "ping",
    ]  # fmt: skip
    asked_at_s: float
    link: str = ""
    command_id: str = ""
    step_id: str = ""
    by: str = ""
    asked: tuple[tuple[str, Any], ...] = ()


@dataclass(slots=True)
class Flight:
    """A start on its way: preparing → journalling → sent."""

    command_id: str
    content: str
    permit: Permit
    phase: Literal["preparing", "journalling", "sent"]
    since_s: float
    token: str = ""


@dataclass(frozen=True, slots=True)
class UnwrittenIntent:
    """An intent on its way to the disk, and the facts if it never arrives there."""

    event: StartIntended
    facts_without: Facts


@dataclass(frozen=True, slots=True)
class StepSheet:
    """What the scanner last said of a step besides its values; lives only as long as the agent."""

    specs: ParameterSpecs
    setting: int
    changes: Changes = ()
    conflicts: Conflicts = ()
    wait_ends_at_s: float | None = None
    """When the SAR average that the step waits for lets it start; None: it waits for none."""
    estimate: str = ""


@dataclass(slots=True)
class Desk:
    """Everything known of one scanner."""

    scanner: str
    boot: str
    policy: Policy
    phone: str = ""
    facts: Facts = field(default_factory=Facts)
    control: ControlState = field(default_factory=ControlState)
    readings: Readings = field(default_factory=Readings)
    alarms: AlarmBook = field(default_factory=AlarmBook)
    item: WorklistItem | None = None
    """Identity of the open exam; outside the facts, since it is outside the journal."""
    items: dict[str, WorklistItem] = field(default_factory=dict)
    """Identities of exams in quarantine, of their corrections, and of exams closed lately, by id; outside
    the facts likewise."""
    consoles: dict[str, Holder] = field(default_factory=dict)
    answered: AnsweredCommands = field(default_factory=AnsweredCommands)
    refusals: RefusalBook = field(default_factory=RefusalBook)
    repeated: RepeatedLines = field(default_factory=RepeatedLines)
    opened: dict[str, set[str]] = field(default_factory=dict)
    """Steps whose details each link follows."""
    exam_views: dict[bool, tuple[tuple[object, ...], ExamView | None]] = field(default_factory=dict)
    """The exam as last shown, with and without `view`, and what it was made of."""
    flight: Flight | None = None
    sheets: dict[str, StepSheet] = field(default_factory=dict)
    editing: set[str] = field(default_factory=set)
    intercom: PatientHears | None = None
    """What the patient hears; live as control is, and gone with the agent."""
    last: LastCommand | None = None
    notes: Asks = NO_NOTES
    """What each console sent lately."""
    welcome: ScannerReading | None = None
    """What the scanner's hello said; readings follow with the first snapshot."""
    timed_out: str = ""
    """The start that got no answer in time though the scanner was heard."""
    scanner_seen: bool = False
    """Whether a snapshot was reconciled since the scanner connected."""
    last_heard_s: float = 0.0
    unwritten: UnwrittenIntent | None = None
    numbered: NumberedStanding | None = None
    _asked: dict[int, Purpose] = field(default_factory=dict)
    _request_id: int = 0
    _effects: list[Effect] = field(default_factory=list)

    # ------------------------------------------------------------ primitives

    def record(self, event: JournalEvent) -> None:
        """Fold an event and have it journalled: with the exam that it names, or the open one."""
        before = self.facts.exam
        self.facts = fold(self.facts, event)
        exam = self.facts.exam or before
        about = getattr(event, "exam_id", None) or (exam.exam_id if exam else None)
        self._effects.append(Record(event, about))
        if self.unwritten is not None:
            without = fold(self.unwritten.facts_without, event)
            self.unwritten = replace(self.unwritten, facts_without=without)

    def record_bounded(self, key: Hashable, event: Repeatable, at_s: float) -> None:
        """Record what anybody can cause without end: now, or counted with what shares its key."""
        line = self.repeated.take(key, event, at_s)
        if line is not None:
            self.record(line)

    def record_counted(self, key: Hashable) -> None:
        """Record now what was only counted: something is about to rest on it."""
        for line in self.repeated.flush(key):
            self.record(line)

    def intend(self, intent: StartIntended) -> None:
        """Fold an intent and have it journalled durably; `intent_arrived` says what became of it."""
        self.unwritten = UnwrittenIntent(intent, self.facts)
        self.facts = fold(self.facts, intent)
        exam = self.facts.exam
        self._effects.append(RecordIntent(intent, exam.exam_id if exam else None, intent.command_id))

    def intent_arrived(self, command_id: str, *, written: bool) -> StartIntended | None:
        """The intent of this command, once. One that was not written never was: facts are without it."""
        unwritten = self.unwritten
        if unwritten is None or unwritten.event.command_id != command_id:
            return None
        self.unwritten = None
        if not written:
            self.facts = unwritten.facts_without
        return unwritten.event

    def emit(self, effect: Effect) -> None:
        """Ask something of the world."""
        self._effects.append(effect)

    def answer(
        self,
        link: str,
        command_id: str,
        findings: tuple[Finding, ...] = (),
        start: StartOutcome | None = None,
        *,
        at_once: bool = False,
    ) -> None:
        """Answer a command: accepted when nothing was found against it, else refused and recorded so."""
        if link:  # what the agent asked by itself has nobody to answer
            recordable = not self.readings.journal_fault
            refused = self.refusals.answered(link, command_id, findings, recordable=recordable)
            if refused is not None:
                self.record(refused)
            outcome = Outcome(command_id=command_id, accepted=not findings, findings=findings, start=start)
            self.answered.answered(outcome)
            self._effects.append(Answer(link, outcome, at_once=at_once))

    def ask(self, kind: type[Any], purpose: Purpose, **fields: Any) -> int:
        """Send a request to the scanner; its reply comes back with this purpose."""
        self._request_id += 1
        request: ScannerRequest = kind(request_id=self._request_id, **fields)
        self._asked[self._request_id] = purpose
        self._effects.append(ToScanner(request))
        return self._request_id

    def replied(self, reply_to: int) -> Purpose | None:
        """The purpose of the request this replies to, once."""
        return self._asked.pop(reply_to, None)

    def awaits(self, *kinds: str, step_id: str | None = None) -> bool:
        """Whether an answer to such a request, for this step if one is named, is still to come."""
        return any(p.what in kinds and step_id in (None, p.step_id) for p in self._asked.values())

    def forget_requests(self) -> tuple[Purpose, ...]:
        """The scanner is gone: nothing asked will be answered."""
        purposes = tuple(self._asked.values())
        self._asked.clear()
        return purposes

    def overdue(self, at_s: float, limits_s: dict[str, float], default_s: float) -> tuple[Purpose, ...]:
        """Requests whose reply is overdue, taken out."""
        late = {
            number: p
            for number, p in self._asked.items()
            if at_s - p.asked_at_s >= limits_s.get(p.what, default_s)
        }
        for number in late:
            del self._asked[number]
        return tuple(late.values())

    def take_effects(self) -> tuple[Effect, ...]:
        """What this turn asks of the world, in order; afterwards there is nothing left."""
        effects = tuple(self._effects)
        self._effects.clear()
        return effects

    # ------------------------------------------------------------ judged

    def situation(self, at_s: float) -> Situation:
        """All that is known at this moment."""
        flight = self.flight
        on_its_way = (flight.command_id, flight.permit.step.step_id) if flight else None
        if on_its_way is None and self.unwritten is not None:
            on_its_way = (self.unwritten.event.command_id, self.unwritten.event.step_id)
        return Situation(self.scanner, self.facts, self.control, self.readings, self.policy, at_s, on_its_way)

    def standing(self, at_s: float) -> NumberedStanding:
        """The standing now; its number counts on if anything of substance changed."""
        self.numbered = renumber(self.numbered, judge(self.situation(at_s)), self.boot)
        return self.numbered

    def read(self, **changes: Any) -> None:
        """Take new readings; most say what was known already."""
        if any(getattr(self.readings, name) != value for name, value in changes.items()):
            self.readings = replace(self.readings, **changes)

    def note_command(self, moment: Moment, command_id: str, words: str, by: str, outcome: str) -> None:
        """Read-back: what was asked last, and what became of it."""
        self.last = LastCommand(
            command_id=command_id, words=words[:160], by=by, at=moment.wall, outcome=outcome[:160]
        )

    def note_outcome(self, command_id: str, outcome: str, findings: tuple[Finding, ...] = ()) -> None:
        """Update the read-back if it is still about this command."""
        if self.last is not None and self.last.command_id == command_id:
            update = {"outcome": outcome[:160], "findings": findings}
            self.last = self.last.model_copy(update=update)
