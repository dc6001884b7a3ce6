"""Tablet pages at the service.

Rules upheld here:
- A stop is carried out as its frame is read; only PINs, which are slow on purpose, wait in a thread.
- A tablet sees and touches only the scanner it was paired with.
- An identity is kept outside the journal before the exam that names it is opened.
- Lists of people and procedures are those read last (`site_lists`): showing waits for no disk.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass, field
from datetime import date

from local_agent.authority.register_file import RegisterUnusable
from local_agent.core.audio_check import audio_check_view
from local_agent.core.desk import Desk
from local_agent.core.events import ExamOpened, ViolationSeen
from local_agent.core.intercom import intercom_view
from local_agent.core.on_tablet import answer_command, local_names, tablet_command, take_patient, touched
from local_agent.core.people import StaffMember
from local_agent.core.quarantining import proposal_of, propose
from local_agent.core.showing import (
    checklist,
    control_view,
    exam_view,
    link_loss_in_s,
    sources_view,
    status_view,
)
from local_agent.core.showing_quarantine import closed_exams, undecided
from local_agent.journal.identities import Identities, IdentitiesUnusable
from local_agent.media_door import MediaDesk
from local_agent.ports import Roster, TabletLink, Worklist
from local_agent.service import Service
from local_agent.site_lists import SiteLists
from local_agent.unrecorded import refused_unrecorded
from mr_contract.exam import WorklistItem
from mr_contract.findings import Finding, finding
from mr_contract.model import Model
from mr_contract.reasons import Reason
from mr_contract.tablet_messages import (
    FROM_TABLET,
    TABLET_PROTOCOL,
    AnswerTalk,
    AnyTabletCommand,
    CheckIn,
    CloseTalk,
    FromTablet,
    OpenTalk,
    ProposeCorrection,
    SettleUnknown,
    SignCorrection,
    SignEmergencyException,
    SignScreening,
    StaffView,
    TabletBeat,
    TabletBeatEcho,
    TabletHello,
    TabletReportWrong,
    TabletStop,
    TabletView,
    TabletWelcome,
    TakePatient,
    TalkRequest,
)
from mr_contract.views import ScannerCard, TimelineEntry
from mr_contract.vocabulary import Verdict
from mr_contract.wire import Violation, decode

LOG = logging.getLogger("local_agent.tablet")
SHOWN_ENTRIES = 12
SHOWN_NOTES = 3
SHOWN_PEOPLE = 100

Signed = CheckIn | SignScreening | SignEmergencyException | SettleUnknown | SignCorrection
"""Commands that a person of the roster signs with a PIN."""


@dataclass(slots=True)
class Page:
    """One tablet page."""

    link: TabletLink
    greeted: bool = False
    beat: int = 0
    shown: Model | None = None


@dataclass(slots=True)
class TabletDesk:
    """Implements `TabletDoor` on the service."""

    service: Service
    cards: dict[str, ScannerCard]
    roster: Roster
    worklist: Worklist
    identities: Identities
    media: MediaDesk
    _pages: dict[str, Page] = field(default_factory=dict)
    _recent: dict[str, list[TimelineEntry]] = field(default_factory=dict)
    _lists: SiteLists = field(init=False)

    def __post_init__(self) -> None:
        self._lists = SiteLists(self.roster, self.worklist, tuple(self.service.desks))
        self.service.on_changed.append(self._show)
        self.service.on_timeline.append(self._remember)

    # ------------------------------------------------------------ TabletDoor

    def tablet_opened(self, link: TabletLink) -> None:
        """A paired page connected."""
        if link.peer.scanner not in self.service.desks:
            link.close((finding(Reason.NOT_PAIRED),))
            return
        self._pages[link.peer.link] = Page(link)

    def tablet_frame(self, link: TabletLink, frame: str | bytes) -> None:
        """One frame."""
        page = self._pages.get(link.peer.link)
        if page is None:
            return
        desk = self.service.desks[link.peer.scanner]
        try:
            message = decode(FROM_TABLET, frame)
        except Violation as violation:
            self._violated(page, desk, finding(Reason.MALFORMED, why=violation.why))
            return
        with self.service.faults.heard():
            self._received(page, desk, message)

    def _received(self, page: Page, desk: Desk, message: FromTablet) -> None:
        match message:
            case TabletHello():
                self._hello(page, desk, message)
            case _ if not page.greeted:
                self._violated(page, desk, finding(Reason.OUT_OF_ORDER))
            case TabletBeatEcho(touched=True):
                with self.service.turn(desk) as moment:
                    touched(desk, moment)
            case TabletBeatEcho():
                pass
            case OpenTalk() | AnswerTalk() | CloseTalk():
                self._reply(
                    page, desk, message, self.media.connections.tablet_requested(page.link.peer, message)
                )
            case TabletStop() | TabletReportWrong():
                self._carry_out(page, desk, message, None)
            case _ if refused := refused_unrecorded(message, desk.readings.journal_fault):
                self._reply(page, desk, message, refused)
            case TakePatient():
                self.service.faults.later(self._take(page, desk, message), "take a patient")
            case ProposeCorrection():
                self.service.faults.later(self._propose(page, desk, message), "propose a correction")
            case CheckIn() | SignScreening() | SignEmergencyException() | SettleUnknown() | SignCorrection():
                self.service.faults.later(self._with_pin(page, desk, message), "check a PIN")
            case _:
                self._carry_out(page, desk, message, None)

    def tablet_violated(self, link: TabletLink, why: Finding) -> None:
        """A frame of the wrong form: one journal line, and this page ends."""
        page = self._pages.get(link.peer.link)
        if page is not None:
            self._violated(page, self.service.desks[link.peer.scanner], why)

    def tablet_closed(self, link: TabletLink) -> None:
        """The page is gone. Control stays as it is: the local operator is a person, not a page."""
        self._pages.pop(link.peer.link, None)
        self.service.answers.pop(link.peer.link, None)
        self.media.connections.link_closed(link.peer.link)

    # ------------------------------------------------------------ messages

    def _hello(self, page: Page, desk: Desk, message: TabletHello) -> None:
        if page.greeted:
            self._violated(page, desk, finding(Reason.OUT_OF_ORDER))
            return
        if message.protocol != TABLET_PROTOCOL:
            why = finding(Reason.INCOMPATIBLE_PROTOCOL, ours=TABLET_PROTOCOL, theirs=message.protocol)
            self._violated(page, desk, why)
            return
        page.greeted = True
        self.service.answers[page.link.peer.link] = page.link.send
        card = self.cards[desk.scanner]
        page.link.send(TabletWelcome(protocol=TABLET_PROTOCOL, card=card, boot=self.service.boot))
        page.link.send(self._lists.staff)
        self._show_page(page, desk)

    def _carry_out(
        self, page: Page, desk: Desk, message: AnyTabletCommand, signer: StaffMember | None
    ) -> None:
        with self.service.turn(desk) as moment:
            tablet_command(desk, message, page.link.peer.link, signer, moment)

    def _violated(self, page: Page, desk: Desk, why: Finding) -> None:
        key = ("violation", page.link.peer.tablet, why.reason)
        with self.service.turn(desk) as moment:
            desk.record_bounded(key, ViolationSeen(by="tablet", why=why.text[:160]), moment.at_s)
        page.link.close((why,))
        self.tablet_closed(page.link)

    def _reply(
        self,
        page: Page,
        desk: Desk,
        message: AnyTabletCommand | TalkRequest,
        found: tuple[Finding, ...],
        *,
        claimed: str = "",
    ) -> None:
        with self.service.turn(desk) as moment:
            answer_command(desk, message, page.link.peer.link, found, moment, claimed=claimed)

    async def _with_pin(self, page: Page, desk: Desk, message: Signed) -> None:
        signer = await self._proved(page, desk, message)
        if signer is not None:
            self._carry_out(page, desk, message, signer)

    async def _proved(
        self, page: Page, desk: Desk, message: Signed | ProposeCorrection
    ) -> StaffMember | None:
        """Who signs, proved by PIN; None if that was refused, and answered so."""
        at_s = self.service.clock.boot_s()
        try:
            answer = await asyncio.to_thread(self.roster.verify_pin, message.staff_id, message.pin, at_s)
        except RegisterUnusable as error:
            LOG.warning("a PIN could not be checked: %s", error)
            self._reply(page, desk, message, (finding(Reason.REGISTER_UNUSABLE),))
            return None
        if answer.member is None:
            locked = answer.wait_s > 0
            why = finding(Reason.PIN_LOCKED, wait_s=answer.wait_s) if locked else finding(Reason.WRONG_PIN)
            known = message.staff_id in {person.staff_id for person in self._lists.staff.people}
            self._reply(page, desk, message, (why,), claimed=message.staff_id if known else "")
        return answer.member

    async def _propose(self, page: Page, desk: Desk, message: ProposeCorrection) -> None:
        """The right worklist entry is kept outside the journal before the proposal that names it."""
        signer = await self._proved(page, desk, message)
        if signer is None:
            return
        correction_id, item, digest = f"correction-{secrets.token_hex(6)}", None, None
        if message.verdict is Verdict.CORRECT and message.item_id is not None:
            scheduled = await asyncio.to_thread(self.worklist.items, desk.scanner)
            item = next((i for i in scheduled if i.item_id == message.item_id), None)
            if item is None:
                self._reply(page, desk, message, (finding(Reason.CORRECTION_UNCLEAR),))
                return
            kept = item.model_dump(mode="json")
            try:
                digest = await asyncio.to_thread(self.identities.keep, correction_id, kept)
            except IdentitiesUnusable as error:
                LOG.warning("no correction was proposed: %s", error)
                self._reply(page, desk, message, (finding(Reason.REGISTER_UNUSABLE),))
                return
        with self.service.turn(desk) as moment:
            proposal = proposal_of(
                desk, message, item, correction_id=correction_id, digest=digest, by=signer.name
            )
            found = propose(desk, proposal, item, signer)
            answer_command(desk, message, page.link.peer.link, found, moment)
        if found and item is not None:
            await self._erase(correction_id)

    async def _take(self, page: Page, desk: Desk, message: TakePatient) -> None:
        scheduled = await asyncio.to_thread(self.worklist.items, desk.scanner)
        item = next((i for i in scheduled if i.item_id == message.item_id), None)
        if item is None:
            self._reply(page, desk, message, (finding(Reason.REQUEST_GONE),))
            return
        exam_id = f"exam-{secrets.token_hex(6)}"
        try:
            digest = await asyncio.to_thread(self.identities.keep, exam_id, item.model_dump(mode="json"))
        except IdentitiesUnusable as error:
            LOG.warning("no exam was opened: %s", error)
            self._reply(page, desk, message, (finding(Reason.REGISTER_UNUSABLE),))
            return
        if desk.facts.exam is None:
            desk.item = item
        with self.service.turn(desk) as moment:
            opened = ExamOpened(
                by=local_names(desk),
                exam_id=exam_id,
                procedure=item.procedure,
                side=item.side,
                age_years=age_on(item.patient.birth_date, moment.wall.date()),
                contrast_planned=item.contrast_planned,
                identity_digest=digest,
            )
            found = take_patient(desk, opened, moment)
            if found and desk.facts.exam is None:
                desk.item = None
            answer_command(desk, message, page.link.peer.link, found, moment)
        if found:
            await self._erase(exam_id)

    async def _erase(self, exam_id: str) -> None:
        """The identity of an exam that was never opened is kept for nobody."""
        try:
            await asyncio.to_thread(self.identities.erase, exam_id)
        except IdentitiesUnusable as error:
            LOG.warning("the identity of %s, which was not opened, is still stored: %s", exam_id, error)

    # ------------------------------------------------------------ time and showing

    def beat(self) -> None:
        """Called four times a second."""
        wall, at_s = self.service.clock.wall(), self.service.clock.boot_s()
        if self._lists.due(at_s):
            self.service.faults.later(self._read_lists(at_s), "read people and procedures")
        for page in tuple(self._pages.values()):
            if page.greeted:
                page.beat += 1
                page.link.send(TabletBeat(beat=page.beat, at=wall))

    async def _read_lists(self, at_s: float) -> None:
        people_changed, items_changed = await self._lists.read(at_s)
        if people_changed:
            for page in tuple(self._pages.values()):
                if page.greeted:
                    page.link.send(self._lists.staff)
        if items_changed:
            for desk in self.service.desks.values():
                self._show(desk)

    def _remember(self, entry: TimelineEntry) -> None:
        """The newest entries; of notes, which other entries must not push out, the newest of this exam."""
        if entry.scanner is None:
            return
        kept = [*self._recent.get(entry.scanner, ()), entry]
        notes = [e for e in kept if e.kind == "note_sent"]
        others = [e for e in kept if e.kind != "note_sent"]
        if entry.kind in {"exam_opened", "exam_closed"}:
            notes.clear()
        kept = notes[-SHOWN_NOTES:] + others[-SHOWN_ENTRIES:]
        self._recent[entry.scanner] = sorted(kept, key=lambda e: e.seq)
        self.service.changed(self.service.desks[entry.scanner])

    def _show(self, desk: Desk) -> None:
        for page in tuple(self._pages.values()):
            if page.greeted and page.link.peer.scanner == desk.scanner:
                self._show_page(page, desk)

    def _show_page(self, page: Page, desk: Desk) -> None:
        moment = self.service.moment()
        view = TabletView(
            status=status_view(desk, moment, asks_for_you=False),
            control=control_view(desk, "", moment.at_s),
            standing=desk.standing(moment.at_s).standing,
            exam=exam_view(desk, moment.at_s, view=True),
            checklist=checklist(desk),
            staff=_present(desk),
            quarantines=undecided(desk),
            closed_exams=closed_exams(desk, view=desk.facts.exam is None),
            worklist=self._worklist(desk),
            alarms=desk.alarms.shown(),
            sources=sources_view(desk),
            talkers=desk.readings.talkers,
            audio_check=audio_check_view(desk, ""),
            intercom=intercom_view(desk, ""),
            last=desk.last,
            holder_link=desk.readings.holder_link,
            link_loss_in_s=link_loss_in_s(desk, moment.at_s),
            timeline=tuple(self._recent.get(desk.scanner, ())),
        )
        if view != page.shown:
            page.shown = view
            page.link.send(view)

    def _worklist(self, desk: Desk) -> tuple[WorklistItem, ...]:
        """Shown while no exam is open, or the right entry is looked for: else it is nobody's need."""
        exam = desk.facts.exam
        needed = exam is None or exam.exam_id in desk.facts.quarantines
        return self._lists.items(desk.scanner) if needed else ()


def _present(desk: Desk) -> tuple[StaffView, ...]:
    """Who is checked in, in the order in which they came."""
    here = tuple(desk.facts.roster.values())[:SHOWN_PEOPLE]
    return tuple(
        StaffView(staff_id=p.staff_id, name=p.name, mr_level=p.mr_level, qualification=p.qualification)
        for p in here
    )


def age_on(birth_date: str, day: date) -> int:
    """Completed years."""
    born = date.fromisoformat(birth_date)
    return max(0, day.year - born.year - ((day.month, day.day) < (born.month, born.day)))
