"""The agent's one loop: an input changes a desk, effects are carried out, both ends are shown the result.

Rules upheld here:
- Everything runs on one asyncio loop; nothing here waits. The disk is another thread's business.
- Effects are carried out in the turn that made them, what is sent before what is journalled.
- The journal unwritable means no new start, and says so; it never holds up a stop.
- Nothing is accepted as though it were recorded: an acceptance follows the writing, or says that it failed.
- What happened while the journal could not be written is written first, in its order, when it can be again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from local_agent.core import dividing, settling, starting
from local_agent.core.desk import Desk, Moment
from local_agent.core.effects import (
    Answer,
    CheckPin,
    Correct,
    Dismiss,
    Effect,
    Note,
    Record,
    RecordIntent,
    ToScanner,
    Withhold,
)
from local_agent.core.events import EVENT_VERSION, AgentStarted, JournalEvent, NoteSent, StartIntended
from local_agent.core.facts import fold
from local_agent.faults import Faults
from local_agent.journal.database import JournalUnwritable
from local_agent.journal.record import NewRecord, iso_utc
from local_agent.journal.record import Record as Written
from local_agent.journal.store import Journal
from local_agent.ports import Clock
from local_agent.scanner.client import ScannerClient
from local_agent.timeline import NOT_SHOWN, entry_of
from mr_contract.console_messages import Outcome
from mr_contract.findings import Finding, finding
from mr_contract.model import Model
from mr_contract.reasons import Reason
from mr_contract.views import TimelineEntry

LOG = logging.getLogger("local_agent")
PROBE_S = 2.0

Watcher = Callable[[Desk], None]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event on its way into the journal, and what its line in the timeline needs."""

    record: NewRecord
    event: JournalEvent
    scanner: str
    wall: datetime
    step_names: dict[str, str]
    words: str


def _record(event: JournalEvent, scanner: str, exam_id: str | None, moment: Moment) -> NewRecord:
    return NewRecord(
        at_wall=iso_utc(moment.wall),
        scanner=scanner,
        exam_id=exam_id,
        kind=event.kind,
        version=EVENT_VERSION,
        body=event.model_dump(mode="json", exclude={"kind"}),
    )


def _follows_records(answer: Answer) -> bool:
    """Whether this acceptance waits for what its turn recorded. Starts have a durable record of their own."""
    message = answer.message
    accepted = isinstance(message, Outcome) and message.accepted and message.start is None
    return accepted and not answer.at_once


def _unrecorded(desk: Desk, message: Model, why: str) -> Model:
    """An acceptance that says why what was done is not written down; unchanged where there is no reason."""
    if not why or not isinstance(message, Outcome) or not message.accepted:
        return message
    said = message.model_copy(update={"findings": (finding(Reason.JOURNAL_UNWRITABLE, why=why),)})
    desk.answered.answered(said)
    return said


@dataclass(slots=True)
class Service:
    """Desks, journal and clock, and what happens between them."""

    site: str
    boot: str
    clock: Clock
    journal: Journal
    desks: dict[str, Desk]
    scanners: dict[str, ScannerClient] = field(default_factory=dict)
    answers: dict[str, Callable[[Model], None]] = field(default_factory=dict)
    """How to reach each link, console or tablet."""
    dismissals: dict[str, Callable[[Finding], None]] = field(default_factory=dict)
    """How to end each console's link."""
    check_pin: Callable[[Desk, CheckPin], None] | None = None
    """How a console's person is checked; `ConsolePins` sets it."""
    on_changed: list[Watcher] = field(default_factory=list)
    on_timeline: list[Callable[[TimelineEntry], None]] = field(default_factory=list)
    on_written: list[Callable[[JournalEvent], None]] = field(default_factory=list)
    on_images: Callable[[Desk, Withhold | Correct], None] | None = None
    """Carries out what is decided about images in quarantine."""
    faults: Faults = field(default_factory=Faults)
    _dirty: set[str] = field(default_factory=set)
    _flush_due: bool = False
    _loop: asyncio.AbstractEventLoop | None = None
    _probe_at_s: float = 0.0
    _probing: bool = False
    """From asking the disk until what waits is written, or is not: nothing may come in between."""
    _words: str = ""
    """Words of the note that is recorded next in this turn."""
    _newest: Future[tuple[Written, ...]] | None = None
    """The record asked for last."""
    _unwritten: list[_Entry] = field(default_factory=list)
    """What happened and could not be written yet, oldest first."""

    # ------------------------------------------------------------ turns

    def moment(self) -> Moment:
        """Now."""
        return Moment(self.clock.boot_s(), self.clock.wall())

    @contextlib.contextmanager
    def turn(self, desk: Desk) -> Iterator[Moment]:
        """One input of one desk; what it asks of the world is carried out at the end."""
        moment = self.moment()
        with self.faults.heard():
            yield moment
            self._carry_out_all(desk, desk.take_effects(), moment)
            desk.standing(moment.at_s)  # what opens and closes again before anybody is shown counts too
            self.changed(desk)

    def _carry_out_all(self, desk: Desk, effects: tuple[Effect, ...], moment: Moment) -> None:
        """Send, then journal; the acceptance of what is journalled follows when it is written."""
        records = any(isinstance(effect, Record) for effect in effects)
        later = [e for e in effects if records and isinstance(e, Answer) and _follows_records(e)]
        for effect in sorted(effects, key=lambda one: isinstance(one, Record | RecordIntent)):
            if effect not in later:
                self._carry_out(desk, effect, moment)
        if later and self._newest is not None:
            self._newest.add_done_callback(lambda done: self._soon(self._answer, desk, later, done))

    def _carry_out(self, desk: Desk, effect: Effect, moment: Moment) -> None:
        match effect:
            case ToScanner(request):
                client = self.scanners.get(desk.scanner)
                if client is not None:
                    client.send(request)
            case Record(event, exam_id):
                self._newest = self._append(desk, event, exam_id, moment, durable=False)
            case RecordIntent(event, exam_id, command_id):
                written = self._append(desk, event, exam_id, moment, durable=True)
                written.add_done_callback(lambda done: self._soon(self._intent, desk, command_id, done))
            case Answer(link, message, at_once):
                why = desk.readings.journal_fault if at_once else ""
                self._send(link, _unrecorded(desk, message, why))
            case Note(text):
                self._words = text
            case Withhold() | Correct():
                if self.on_images is not None:
                    self.on_images(desk, effect)
            case CheckPin():
                if self.check_pin is not None:
                    self.check_pin(desk, effect)
            case Dismiss(link, why):
                dismiss = self.dismissals.get(link)
                if dismiss is not None:
                    dismiss(why)

    def _send(self, link: str, message: Model) -> None:
        send = self.answers.get(link)
        if send is not None:
            send(message)

    def _answer(self, desk: Desk, answers: list[Answer], done: Future[tuple[Written, ...]]) -> None:
        """What was recorded is written; if not, the acceptance says so."""
        error = done.exception()
        for answer in answers:
            self._send(answer.link, _unrecorded(desk, answer.message, str(error) if error else ""))

    # ------------------------------------------------------------ journal

    def _append(
        self, desk: Desk, event: JournalEvent, exam_id: str | None, moment: Moment, *, durable: bool
    ) -> Future[tuple[Written, ...]]:
        names = {s.step_id: s.plan.name for s in desk.facts.exam.steps} if desk.facts.exam else {}
        words, self._words = (self._words, "") if isinstance(event, NoteSent) else ("", self._words)
        record = _record(event, desk.scanner, exam_id, moment)
        entry = _Entry(record, event, desk.scanner, moment.wall, names, words)
        return self._write(entry, desk.readings.journal_fault, durable=durable)

    def record_of_site(self, event: JournalEvent) -> None:
        """Journal what concerns the site and no scanner."""
        moment = self.moment()
        entry = _Entry(_record(event, "", None, moment), event, "", moment.wall, {}, "")
        faults = (desk.readings.journal_fault for desk in self.desks.values())
        self._write(entry, next(filter(None, faults), ""), durable=False)

    def _write(self, entry: _Entry, fault: str, *, durable: bool) -> Future[tuple[Written, ...]]:
        kept = not isinstance(entry.event, StartIntended)  # an intent that was not written never was
        if self._unwritten:  # nothing is written before what waits
            if kept:
                self._unwritten.append(entry)
            refused: Future[tuple[Written, ...]] = Future()
            refused.set_exception(JournalUnwritable(fault))
            return refused
        written = self.journal.append([entry.record], durable=durable)
        written.add_done_callback(lambda done: self._soon(self._written, entry, done, kept=kept))
        return written

    def _soon(self, function: Callable[..., None], *arguments: object, **named: object) -> None:
        """Onto the loop, from the writer's thread; not at all once the loop has ended."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(partial(self._heard, function, *arguments, **named))

    def _heard(self, function: Callable[..., None], *arguments: object, **named: object) -> None:
        with self.faults.heard():
            function(*arguments, **named)

    def _written(self, entry: _Entry, done: Future[tuple[Written, ...]], *, kept: bool) -> None:
        error = done.exception()
        if isinstance(error, JournalUnwritable):
            if kept:
                self._unwritten.append(entry)
            self._journal_failed(str(error)[:120])
            return
        if error is not None:
            raise error
        self._tell(entry, done.result()[0].seq)

    def _tell(self, entry: _Entry, seq: int) -> None:
        """An event is in the journal."""
        for hook in self.on_written:
            hook(entry.event)
        if entry.event.kind in NOT_SHOWN:
            return
        shown = entry_of(entry.event, seq, entry.wall, entry.scanner, step_names=entry.step_names)
        if entry.words:
            shown = shown.model_copy(update={"figures": {**shown.figures, "text": entry.words[:160]}})
        for show in self.on_timeline:
            show(shown)

    def _intent(self, desk: Desk, command_id: str, done: Future[tuple[Written, ...]]) -> None:
        error = done.exception()
        with self.turn(desk) as moment:
            if error is None:
                starting.intent_written(desk, command_id, moment)
            else:
                starting.intent_not_written(desk, command_id, str(error))

    def _journal_failed(self, why: str) -> None:
        unaware = [desk for desk in self.desks.values() if desk.readings.journal_fault != why]
        if unaware:
            LOG.error("the journal cannot be written: %s", why)
        for desk in unaware:
            desk.read(journal_fault=why)
            self.changed(desk)

    def probe_journal(self) -> None:
        """While the journal cannot be written, try it again every two seconds."""
        now = self.clock.boot_s()
        if not any(d.readings.journal_fault for d in self.desks.values()) or now < self._probe_at_s:
            return
        if self._probing:
            return
        self._probe_at_s, self._probing = now + PROBE_S, True
        self.journal.probe().add_done_callback(lambda done: self._soon(self._probed, done))

    def _probed(self, done: Future[bool]) -> None:
        """The disk takes writes again: first what waits, in its order, then everything else."""
        if done.exception() is not None or not done.result():
            self._probing = False
            return
        waiting, self._unwritten = self._unwritten, []
        if waiting:
            written = self.journal.append([entry.record for entry in waiting], durable=True)
            written.add_done_callback(lambda made: self._soon(self._caught_up, waiting, made))
        else:
            self._probing = False
            self._journal_recovered()

    def _caught_up(self, waiting: list[_Entry], done: Future[tuple[Written, ...]]) -> None:
        self._probing = False
        error = done.exception()
        if isinstance(error, JournalUnwritable):
            self._unwritten[:0] = waiting
            self._journal_failed(str(error)[:120])
            return
        if error is not None:
            raise error
        for entry, record in zip(waiting, done.result(), strict=True):
            self._tell(entry, record.seq)
        self._journal_recovered()

    def _journal_recovered(self) -> None:
        LOG.info("the journal can be written again")
        for desk in self.desks.values():
            desk.read(journal_fault="")
            self.changed(desk)

    # ------------------------------------------------------------ showing

    def changed(self, desk: Desk) -> None:
        """Show the desk to everyone, once, at the end of this loop turn."""
        self._dirty.add(desk.scanner)
        if not self._flush_due and self._loop is not None:
            self._flush_due = True
            self._loop.call_soon(self._heard, self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        dirty, self._dirty = self._dirty, set()
        for name in dirty:
            desk = self.desks[name]
            desk.standing(self.clock.boot_s())
            for show in self.on_changed:
                show(desk)

    # ------------------------------------------------------------ beginning

    def begin(self, history: dict[str, list[JournalEvent]]) -> None:
        """Fold what the journal holds, and begin: control, consent and presence start anew."""
        self._loop = asyncio.get_running_loop()
        for name, desk in self.desks.items():
            for event in history.get(name, []):
                desk.facts = fold(desk.facts, event)
            with self.turn(desk):
                desk.record(AgentStarted(by="agent", boot=self.boot))
                settling.restarted(desk)
                dividing.lay_out(desk, "site's policy")

    def end(self) -> None:
        """Write what waits and what was only counted so far; then no more callbacks onto the loop."""
        waiting, self._unwritten = self._unwritten, []
        if waiting:
            self.journal.probe()
            self.journal.append([entry.record for entry in waiting], durable=True)
        for desk in self.desks.values():
            counted = (*desk.refusals.all(), *desk.repeated.all())
            if counted:
                with self.turn(desk):
                    for line in counted:
                        desk.record(line)
        self._loop = None
