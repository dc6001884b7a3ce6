"""The agent's one loop: an input changes a desk, effects are carried out, both ends are shown the result.

Rules upheld here:
- Everything runs on one asyncio loop; nothing here waits. The disk is another thread's business.
- Effects are carried out in the turn that made them, what is sent before what is journalled.
- The journal unwritable means no new start, and says so; it never holds up a stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

from local_agent.core import starting
from local_agent.core.desk import Desk, Moment
from local_agent.core.effects import Answer, Dismiss, Effect, Note, Record, RecordIntent, ToScanner
from local_agent.core.events import EVENT_VERSION, AgentStarted, JournalEvent, NoteSent
from local_agent.core.facts import fold
from local_agent.faults import Faults
from local_agent.journal.database import JournalUnwritable
from local_agent.journal.record import NewRecord, iso_utc
from local_agent.journal.record import Record as Written
from local_agent.journal.store import Journal
from local_agent.ports import Clock
from local_agent.scanner.client import ScannerClient
from local_agent.timeline import NOT_SHOWN, entry_of
from mr_contract.model import Model
from mr_contract.reasons import Finding
from mr_contract.views import TimelineEntry

LOG = logging.getLogger("local_agent")
PROBE_S = 2.0

Watcher = Callable[[Desk], None]


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
    on_changed: list[Watcher] = field(default_factory=list)
    on_timeline: list[Callable[[TimelineEntry], None]] = field(default_factory=list)
    on_written: list[Callable[[JournalEvent], None]] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    _dirty: set[str] = field(default_factory=set)
    _flush_due: bool = False
    _loop: asyncio.AbstractEventLoop | None = None
    _probe_at_s: float = 0.0
    _notes: dict[str, deque[str]] = field(default_factory=dict)
    """Words of notes whose records are being written, by scanner, oldest first."""

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
            effects = desk.take_effects()
            for effect in sorted(effects, key=lambda one: isinstance(one, Record | RecordIntent)):
                self._carry_out(desk, effect, moment)
            desk.standing(moment.at_s)  # what opens and closes again before anybody is shown counts too
            self.changed(desk)

    def _carry_out(self, desk: Desk, effect: Effect, moment: Moment) -> None:
        match effect:
            case ToScanner(request):
                client = self.scanners.get(desk.scanner)
                if client is not None:
                    client.send(request)
            case Record(event, exam_id):
                self._append(desk, event, exam_id, moment, durable=False)
            case RecordIntent(event, exam_id, command_id):
                written = self._append(desk, event, exam_id, moment, durable=True)
                written.add_done_callback(lambda done: self._soon(self._intent, desk, command_id, done))
            case Answer(link, message):
                send = self.answers.get(link)
                if send is not None:
                    send(message)
            case Note(text):
                self._notes.setdefault(desk.scanner, deque()).append(text)
            case Dismiss(link, why):
                dismiss = self.dismissals.get(link)
                if dismiss is not None:
                    dismiss(why)

    # ------------------------------------------------------------ journal

    def _append(
        self, desk: Desk, event: JournalEvent, exam_id: str | None, moment: Moment, *, durable: bool
    ) -> Future[tuple[Written, ...]]:
        record = NewRecord(
            at_wall=iso_utc(moment.wall),
            scanner=desk.scanner,
            exam_id=exam_id,
            kind=event.kind,
            version=EVENT_VERSION,
            body=event.model_dump(mode="json", exclude={"kind"}),
        )
        written = self.journal.append([record], durable=durable)
        names = {s.step_id: s.plan.name for s in desk.facts.exam.steps} if desk.facts.exam else {}
        written.add_done_callback(lambda done: self._soon(self._written, desk, event, moment, names, done))
        return written

    def _soon(self, function: Callable[..., None], *arguments: object) -> None:
        """Onto the loop, from the writer's thread; not at all once the loop has ended."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._heard, function, *arguments)

    def _heard(self, function: Callable[..., None], *arguments: object) -> None:
        with self.faults.heard():
            function(*arguments)

    def _written(
        self,
        desk: Desk,
        event: JournalEvent,
        moment: Moment,
        step_names: dict[str, str],
        done: Future[tuple[Written, ...]],
    ) -> None:
        waiting = self._notes.get(desk.scanner)
        words = waiting.popleft() if waiting and isinstance(event, NoteSent) else ""
        error = done.exception()
        if isinstance(error, JournalUnwritable):
            self._journal_failed(str(error)[:120])
            return
        if error is not None:
            raise error
        for hook in self.on_written:
            hook(event)
        if event.kind in NOT_SHOWN:
            return
        seq = done.result()[0].seq
        entry = entry_of(event, seq, moment.wall, desk.scanner, step_names=step_names)
        if words:
            entry = entry.model_copy(update={"figures": {**entry.figures, "text": words[:160]}})
        for show in self.on_timeline:
            show(entry)

    def _intent(self, desk: Desk, command_id: str, done: Future[tuple[Written, ...]]) -> None:
        error = done.exception()
        with self.turn(desk) as moment:
            if error is None:
                starting.intent_written(desk, command_id, moment)
            else:
                starting.intent_not_written(desk, command_id, str(error))

    def _journal_failed(self, why: str) -> None:
        LOG.error("the journal cannot be written: %s", why)
        for desk in self.desks.values():
            if desk.readings.journal_fault != why:
                desk.read(journal_fault=why)
                self.changed(desk)

    def probe_journal(self) -> None:
        """While the journal cannot be written, try it again every two seconds."""
        now = self.clock.boot_s()
        if not any(d.readings.journal_fault for d in self.desks.values()) or now < self._probe_at_s:
            return
        self._probe_at_s = now + PROBE_S
        self.journal.probe().add_done_callback(lambda done: self._soon(self._probed, done))

    def _probed(self, done: Future[bool]) -> None:
        if done.exception() is None and done.result():
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
                starting.restarted(desk)

    def end(self) -> None:
        """No more callbacks onto the loop."""
        self._loop = None
