"""Consoles at the service: sessions and commands. What each link is shown: `console_showing`.

Rules upheld here:
- Stop, and the word that patient or side is wrong, are carried out before the frame's handling returns,
  whatever state the session is in after hello.
- A violation closes this link with words and one journal line; no other link notices.
- A device that connects, or breaks the rules, again and again is counted; who was granted something is not.
- The journal is read beside the loop: a console that connects holds up no beat and no stop.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local_agent.authority.enrolment import Enrolment
from local_agent.authority.register_file import RegisterUnusable
from local_agent.console_showing import (
    ENTRIES_KEPT,
    Attendance,
    may_view,
    replayed,
    show_desk,
    show_entries,
)
from local_agent.console_workload import Workload
from local_agent.core.control_inputs import LeaseRenewed, LinkGone
from local_agent.core.control_state import Holder, RemoteControl
from local_agent.core.controlling import apply_control
from local_agent.core.desk import Desk
from local_agent.core.events import LinkClosed, LinkOpened, ViolationSeen
from local_agent.core.knocks import Door, Knock, OnKnock, TurnedAway, unheard
from local_agent.core.on_console import console_command
from local_agent.core.session import LinkSession, Phase
from local_agent.journal.database import JournalUnreadable
from local_agent.journal_heads import JournalHeads
from local_agent.link.renew import renew
from local_agent.link.tickets import TicketOffice
from local_agent.media_door import MediaDesk
from local_agent.ports import ConsoleLink
from local_agent.service import Service
from local_agent.unrecorded import refused_unrecorded
from mr_contract.console_messages import (
    CONSOLE_PROTOCOL,
    FROM_CONSOLE,
    AgentHello,
    AttestWorkload,
    Beat,
    BeatEcho,
    BulkTicket,
    CertificateRenewed,
    ConsoleCommand,
    ConsoleHello,
    FromConsole,
    OpenBulk,
    Outcome,
    PresentWorkload,
    RenewCertificate,
    ReportWrong,
    RequestControl,
    StartStep,
    StopScan,
    WorkloadAttested,
)
from mr_contract.findings import Finding, finding
from mr_contract.media_messages import (
    AskTime,
    CloseMedia,
    MediaAnswer,
    OpenMedia,
    TimeTold,
    WantPictures,
)
from mr_contract.reasons import Reason
from mr_contract.views import LinkView, ScannerCard, TimelineEntry
from mr_contract.wire import Violation, decode

LOG = logging.getLogger("local_agent")
NONCE_S = 1.0
REPLAY_LIMIT = ENTRIES_KEPT
"""Records told after a hello: as many as may wait for `view`."""


def _coming(holder: Holder) -> tuple[str, str]:
    """Comings and goings of one device are one thing."""
    return "link", holder.device


@dataclass(slots=True)
class ConsoleDesk:
    """Implements `ConsoleDoor` on the service."""

    service: Service
    cards: tuple[ScannerCard, ...]
    statement_key: Ed25519PrivateKey
    enrolment: Enrolment
    timeline: Callable[[int, int], tuple[TimelineEntry, ...]]
    """Entries after a sequence number, of at most so many records: read from the journal, in a thread."""
    program: str
    tickets: TicketOffice
    media: MediaDesk
    turned_away: OnKnock = unheard
    _links: dict[str, Attendance] = field(default_factory=dict)
    _heads: JournalHeads = field(init=False)
    _workload: Workload = field(init=False)
    _nonces: deque[tuple[str, float]] = field(default_factory=lambda: deque(maxlen=8))
    _told_seq: int = 0
    """The record told last: later ones reach every link as they are written, these by replay only."""

    def __post_init__(self) -> None:
        self._told_seq = self.service.journal.head.seq
        self._heads = JournalHeads(self.service.journal, self.service.clock)
        self._workload = Workload(self.service, self.cards, self.statement_key)
        self.service.on_changed.append(self._show)
        self.service.on_timeline.append(self._show_entry)

    # ------------------------------------------------------------ ConsoleDoor

    def console_opened(self, link: ConsoleLink) -> None:
        """TLS is done; wait for the hello."""
        peer = link.peer
        holder = Holder(peer.link, peer.device, peer.name, peer.role)
        self._links[peer.link] = Attendance(link, LinkSession(self.service.clock.boot_s()), holder)
        self.service.answers[peer.link] = link.send
        self.service.dismissals[peer.link] = lambda why: link.close((why,))

    def console_frame(self, link: ConsoleLink, frame: str | bytes) -> None:
        """One frame."""
        there = self._links.get(link.peer.link)
        if there is None:
            return
        try:
            message = decode(FROM_CONSOLE, frame)
        except Violation as violation:
            self._violated(there, (finding(Reason.MALFORMED, why=violation.why),))
            return
        with self.service.faults.heard():
            self._received(there, message)

    def _received(self, there: Attendance, message: FromConsole) -> None:
        if isinstance(message, StopScan | ReportWrong) and there.session.phase is not Phase.CLOSED:
            self._command(there, message)
            return
        found = self._admit(there, message)
        if found:
            self._violated(there, found)

    def console_violated(self, link: ConsoleLink, why: Finding) -> None:
        """A frame of the wrong form: one journal line, and this link ends."""
        there = self._links.get(link.peer.link)
        if there is not None:
            self._violated(there, (why,))

    def console_closed(self, link: ConsoleLink) -> None:
        """The link is gone; a lease it held lapses by time."""
        there = self._links.pop(link.peer.link, None)
        self.service.answers.pop(link.peer.link, None)
        self.service.dismissals.pop(link.peer.link, None)
        self.tickets.forget_link(link.peer.link)
        self.media.connections.link_closed(link.peer.link)
        if there is None:
            return
        opened = there.session.hello is not None
        there.session.close()
        for desk in self.service.desks.values():
            desk.opened.pop(there.holder.link, None)
            if desk.consoles.pop(there.holder.link, None) is None:
                continue
            with self.service.turn(desk) as moment:
                if opened:
                    self._record_closed(desk, there.holder, moment.at_s)
                apply_control(desk, LinkGone(there.holder.link, moment.at_s), moment)

    @staticmethod
    def _record_closed(desk: Desk, holder: Holder, at_s: float) -> None:
        """Counted, unless this link was granted or asked for something: then it is written when it goes."""
        gone = LinkClosed(by=holder.name, link=holder.link)
        if not desk.control.privileges_of(holder.link) and desk.control.request_of(holder.link) is None:
            desk.record_bounded(_coming(holder), gone, at_s)
            return
        desk.record_counted(_coming(holder))
        desk.record(gone)

    # ------------------------------------------------------------ messages

    def _admit(self, there: Attendance, message: FromConsole) -> tuple[Finding, ...]:
        at_s = self.service.clock.boot_s()
        if isinstance(message, ConsoleHello):
            found = there.session.greet(message, at_s)
            if not found:
                self._welcome(there, message)
            return found
        found = there.session.heard(at_s)
        if found:
            return found
        match message:
            case BeatEcho():
                return self._echo(there, message, at_s)
            case AskTime(number=number):
                there.link.send(TimeTold(number=number, boot_s=at_s))
            case OpenMedia() | MediaAnswer() | WantPictures() | CloseMedia():
                self.media.connections.requested(there.holder.link, message)
            case AttestWorkload(nonce=nonce):
                there.link.send(
                    WorkloadAttested(statement=self._workload.statement(there.holder.device, nonce))
                )
            case PresentWorkload():
                self._workload.presented(there, message, dict(self._nonces))
                for desk in self.service.desks.values():
                    self.refresh_holder(desk)
                    self.service.changed(desk)
            case OpenBulk(command_id=command_id):
                ticket = self.tickets.issue(there.holder.link, there.holder.device)
                there.link.send(BulkTicket(command_id=command_id, ticket=ticket))
            case RenewCertificate():
                self._renew(there, message)
            case _:
                self._command(there, message)
        return ()

    def _welcome(self, there: Attendance, hello: ConsoleHello) -> None:
        peer, service = there.link.peer, self.service
        head = service.journal.signed_head(service.clock.wall().strftime("%Y-%m-%dT%H:%M:%SZ"))
        there.link.send(
            AgentHello(
                protocol=CONSOLE_PROTOCOL,
                program=self.program,
                site=service.site,
                boot=service.boot,
                you=peer.name,
                role=peer.role,
                device=peer.device,
                certificate_until=peer.certificate_until,
                scanners=self.cards,
                seq=service.journal.head.seq,
                signed_head=head.to_json(),
                max_running=next(iter(service.desks.values())).policy.max_running if service.desks else 1,
            )
        )
        there.behind = []
        self.service.faults.later(self._replay(there, hello, self._told_seq), "replay")
        for desk in service.desks.values():
            desk.consoles[peer.link] = there.holder
            with service.turn(desk) as moment:
                came = LinkOpened(by=peer.name, link=peer.link, role=peer.role)
                desk.record_bounded(_coming(there.holder), came, moment.at_s)
            show_desk((there,), desk, service.moment())

    async def _replay(self, there: Attendance, hello: ConsoleHello, upto: int) -> None:
        """What happened before this hello; without it, if the journal cannot be read now."""
        after = max(0, upto - REPLAY_LIMIT)
        if hello.resume is not None and hello.resume.site == self.service.site:
            after = max(after, hello.resume.seq)
        entries: tuple[TimelineEntry, ...] = ()
        try:
            if after < upto:
                entries = await asyncio.to_thread(self.timeline, after, upto - after)
        except JournalUnreadable as error:
            LOG.warning("a console was not told what happened before: %s", error)
        if there.session.phase is Phase.OPEN:
            replayed(there, self.service.desks, entries)

    def _echo(self, there: Attendance, message: BeatEcho, at_s: float) -> tuple[Finding, ...]:
        found = there.session.echo(message, at_s)
        beat_at_s = there.session.beat_sent_at(message.beat)
        if found or not message.renew or beat_at_s is None:
            return found
        for desk in self.service.desks.values():
            operator = desk.control.operator
            if isinstance(operator, RemoteControl) and operator.holder == there.holder:
                renewal = LeaseRenewed(there.holder.link, there.holder.device, beat_at_s, at_s)
                with self.service.turn(desk) as moment:
                    apply_control(desk, renewal, moment)
        return ()

    def _command(self, there: Attendance, command: ConsoleCommand) -> None:
        desk = self.service.desks.get(command.scanner)
        if desk is None:
            unknown = (finding(Reason.UNKNOWN_SCANNER),)
            there.link.send(Outcome(command_id=command.command_id, accepted=False, findings=unknown))
            by = there.holder.name
            self.turned_away(Knock(Door.CONSOLES, TurnedAway.UNKNOWN_SCANNER, by=by))
            return
        refused = refused_unrecorded(command, desk.readings.journal_fault)
        if refused:
            there.link.send(Outcome(command_id=command.command_id, accepted=False, findings=refused))
            return
        if isinstance(command, StartStep):
            self.refresh_holder(desk)
        elif isinstance(command, RequestControl):
            desk.read(controlled_elsewhere=self._workload.controlled(there.holder.device, but=desk.scanner))
        beat_at_s = there.session.beat_sent_at(command.beat) if isinstance(command, StartStep) else None
        with self.service.turn(desk) as moment:
            if isinstance(command, RequestControl):
                desk.record_counted(_coming(there.holder))  # who asks is written to be here
            console_command(desk, command, there.holder, beat_at_s, moment)

    def _violated(self, there: Attendance, found: tuple[Finding, ...]) -> None:
        there.session.close()
        why = "; ".join(f.text for f in found)[:160]
        desk = next(iter(self.service.desks.values()), None)
        if desk is not None:
            key = ("violation", there.holder.device, frozenset(f.reason for f in found))
            with self.service.turn(desk) as moment:
                desk.record_bounded(key, ViolationSeen(by=there.holder.name, why=why), moment.at_s)
        there.link.close(found)

    def _renew(self, there: Attendance, message: RenewCertificate) -> None:
        async def work() -> None:
            wall = self.service.clock.wall()
            try:
                answer = await asyncio.to_thread(renew, self.enrolment, there.link.peer, message, wall)
            except RegisterUnusable as error:
                LOG.warning("a certificate was not renewed: %s", error)
                answer = finding(Reason.REGISTER_UNUSABLE)
            if isinstance(answer, CertificateRenewed):
                there.link.send(answer)
            else:
                refused = Outcome(command_id=message.command_id, accepted=False, findings=(answer,))
                there.link.send(refused)
                if answer.reason is not Reason.REGISTER_UNUSABLE:
                    by = there.holder.name
                    self.turned_away(Knock(Door.CONSOLES, TurnedAway.RENEWAL_REFUSED, by=by))

        self.service.faults.later(work(), "renew a certificate")

    def refresh_holder(self, desk: Desk) -> None:
        """Readings that depend on who holds control."""
        self._workload.refresh_holder(desk, self._links)

    def holder_link(self, desk: Desk) -> LinkView:
        """The link of who holds control, as measured now."""
        self.refresh_holder(desk)
        return desk.readings.holder_link

    # ------------------------------------------------------------ time

    def beat(self) -> None:
        """Called four times a second: beats out, silent links closed."""
        at_s = self.service.clock.boot_s()
        if not self._nonces or at_s - self._nonces[-1][1] >= NONCE_S:
            self._nonces.append((secrets.token_hex(16), at_s))
        nonce = self._nonces[-1][0]
        head = self._heads.beat() if self._links else None
        for there in tuple(self._links.values()):
            found = there.session.tick(at_s)
            if found:
                self._violated(there, found)
            elif there.session.phase is Phase.OPEN:
                number = there.session.next_beat(at_s)
                view = there.session.quality.view(at_s)
                there.link.send(Beat(beat=number, nonce=nonce, link=view))
                if head is not None:
                    there.link.send(head)

    # ------------------------------------------------------------ showing

    def may_view(self, link: str, scanner: str) -> bool:
        """Whether this link was granted `view` of the scanner."""
        return may_view(self.service.desks, link, scanner)

    def busy_line(self, link: str) -> bool:
        """Whether bulk should yield to control on this link's line."""
        there = self._links.get(link)
        return there is not None and there.session.quality.bulk_should_yield(self.service.clock.boot_s())

    def crowded_line(self, link: str) -> float | None:
        """What the round trip in s of this link's line is when free, while control waits there; else None."""
        there = self._links.get(link)
        if there is None or not self.busy_line(link) or there.session.quality.least_ms is None:
            return None
        return there.session.quality.least_ms / 1000.0

    def _show(self, desk: Desk) -> None:
        there = tuple(t for t in self._links.values() if t.session.phase is Phase.OPEN)
        show_desk(there, desk, self.service.moment())

    def _show_entry(self, entry: TimelineEntry) -> None:
        self._told_seq = max(self._told_seq, entry.seq)
        for there in tuple(self._links.values()):
            if there.session.phase is Phase.OPEN:
                show_entries(there, self.service.desks, (entry,))
