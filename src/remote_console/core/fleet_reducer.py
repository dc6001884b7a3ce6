"""How the fleet changes with each event. Total: an event about an unknown scanner changes nothing."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from mr_contract import console_messages as cm
from mr_contract.exam import ExamView
from mr_contract.media_messages import SourcesChanged, TalkChanged
from mr_contract.standing import Standing
from mr_contract.views import ControlView, LastCommand, ScannerCard, TimelineEntry
from mr_contract.vocabulary import ScannerActivity
from remote_console.core.fleet import (
    COLOURS,
    LETTERS,
    STOPS,
    TIMELINE_KEPT,
    AgentSaid,
    AnswerRead,
    AwayRead,
    CommandSent,
    FieldSettled,
    FleetEvent,
    FleetState,
    Focused,
    LinkLost,
    RequestFate,
    ScannerKey,
    ScannerState,
    SiteState,
    StepSelected,
    StopNoticePutAway,
    TextNotRead,
    Ticked,
    ValuesQueued,
)
from remote_console.core.fleet_changes import change, newest, put
from remote_console.core.fleet_commands import (
    edit_tried,
    field_settled,
    outcome_told,
    sent_command,
    text_not_read,
    ticked,
)
from remote_console.core.pace import paced
from remote_console.core.unwritten import after_command, after_standing


def reduce(state: FleetState, event: FleetEvent) -> FleetState:
    """The state after the event."""
    match event:
        case AgentSaid(site, _, at_s):
            return _said(_heard(state, site, at_s), event)
        case LinkLost(site, at_s):
            return _lost(state, site, at_s)
        case Focused(key):
            return _focus(state, key)
        case StepSelected(key, step_id):
            return change(state, key, selected_step=step_id, tried=None, conflicts=(), unread=())
        case TextNotRead(key, parameter):
            return text_not_read(state, key, parameter)
        case ValuesQueued(key, parameters):
            return change(state, key, queued=parameters)
        case FieldSettled(key, parameter):
            return field_settled(state, key, parameter)
        case CommandSent(key, command, at_s):
            return sent_command(state, key, command, at_s)
        case AwayRead(key):
            return change(state, key, away=())
        case StopNoticePutAway(key):
            return change(state, key, stop_not_delivered=False, stop_not_taken=False)
        case AnswerRead(key):
            return change(state, key, answer=None)
        case Ticked(at_s):
            return ticked(state, at_s)


def _heard(state: FleetState, site: str, at_s: float) -> FleetState:
    before = state.sites.get(site, SiteState(site))
    after = replace(before, connected=True, heard_at_s=at_s, lost_at_s=None)
    return replace(state, sites=put(state.sites, site, after), now_s=max(state.now_s, at_s))


def _lost(state: FleetState, site: str, at_s: float) -> FleetState:
    """Nothing queued is sent later, so what was in flight has no answer any more."""
    before = state.sites.get(site, SiteState(site))
    lost = replace(before, connected=False, beat=None, lost_at_s=_first(before.lost_at_s, at_s))
    kept = tuple(c for c in state.pending if c.key.site != site or c.kind in STOPS)
    return replace(state, sites=put(state.sites, site, lost), pending=kept, now_s=max(state.now_s, at_s))


def _first(value: float | None, other: float) -> float:
    return other if value is None else value


def _said(state: FleetState, said: AgentSaid) -> FleetState:
    site, message = said.site, said.message
    match message:
        case cm.AgentHello():
            return _hello(state, site, message)
        case cm.Beat(beat=beat, link=link):
            return _change_site(state, site, beat=beat, link=link)
        case cm.Farewell(findings=findings):
            return _change_site(state, site, farewell=findings)
        case cm.Outcome():
            return outcome_told(state, message, said)
        case cm.TimelineAdded(entries=entries):
            return _timeline(state, site, entries)
        case (
            cm.ScannerStatusChanged(scanner=scanner)
            | cm.ControlChanged(scanner=scanner)
            | cm.StandingChanged(scanner=scanner)
            | cm.ExamChanged(scanner=scanner)
            | cm.StepChanged(scanner=scanner)
            | cm.AlarmsChanged(scanner=scanner)
            | cm.LastCommandChanged(scanner=scanner)
            | cm.ProtocolsListed(scanner=scanner)
            | cm.EditTried(scanner=scanner)
            | SourcesChanged(scanner=scanner)
            | TalkChanged(scanner=scanner)
            | cm.VitalsChanged(scanner=scanner)
            | cm.IntercomChanged(scanner=scanner)
            | cm.ClosedExamsChanged(scanner=scanner)
        ):
            return _scanner_said(state, ScannerKey(site, scanner), message, said.at_s)
        case _:
            return state


def _change_site(state: FleetState, site: str, **fields: object) -> FleetState:
    changed = replace(state.sites[site], **fields)  # type: ignore[arg-type]
    return replace(state, sites=put(state.sites, site, changed))


def _hello(state: FleetState, site: str, hello: cm.AgentHello) -> FleetState:
    state = _change_site(state, site, hello=hello, farewell=())
    for card in hello.scanners:
        state = _add_scanner(state, ScannerKey(site, card.scanner), card)
    if state.focus not in state.scanners and state.in_order:
        state = _focus(state, state.in_order[0].key)
    return state


def _add_scanner(state: FleetState, key: ScannerKey, card: ScannerCard) -> FleetState:
    letter = state.letters.get(key) or _letter(state, card)
    known = state.scanners.get(key)
    colour = COLOURS[LETTERS.find(letter) % len(COLOURS)]
    if known is None:
        fresh = ScannerState(key, card, letter, colour)
    else:  # a new link inherits nothing: the agent says again who operates and what stands
        fresh = ScannerState(
            key, card, letter, colour, timeline=known.timeline, selected_step=known.selected_step,
            seen_seq=known.seen_seq, last=known.last, stop_not_delivered=known.stop_not_delivered,
            stop_not_taken=known.stop_not_taken, unwritten=known.unwritten,
        )  # fmt: skip
    letters = put(state.letters, key, letter)
    return replace(state, letters=letters, scanners=put(state.scanners, key, fresh))


def _letter(state: FleetState, card: ScannerCard) -> str:
    """The site's own letter where this desk has not given it away, else the first that is free."""
    taken = set(state.letters.values())
    wanted = (card.letter, *LETTERS)
    return next((x for x in wanted if x in LETTERS and x not in taken), LETTERS[-1])


def _scanner_said(state: FleetState, key: ScannerKey, message: cm.FromAgent, at_s: float) -> FleetState:
    match message:
        case cm.ScannerStatusChanged(status=status):
            known = state.scanners.get(key)
            pace = paced(known.pace if known else None, status.progress, at_s)
            state = change(state, key, status=status, pace=pace)
            taken = status.stop_latched and known is not None and not known.stop_not_taken
            return change(state, key, stop_not_delivered=False) if taken else state
        case cm.ControlChanged():
            return _control(state, key, message)
        case cm.StandingChanged(standing=standing):
            return _standing(state, key, standing)
        case cm.ExamChanged(exam=exam):
            return _exam(state, key, exam)
        case cm.StepChanged(step=step):
            scanner = state.scanners.get(key)
            details = scanner.details if scanner else {}
            return change(state, key, details=put(details, step.step_id, step), tried=None)
        case cm.AlarmsChanged(alarms=alarms):
            return change(state, key, alarms=alarms)
        case cm.LastCommandChanged(last=last):
            return _last(state, key, last)
        case cm.ProtocolsListed(protocols=protocols):
            return change(state, key, protocols=protocols)
        case cm.EditTried():
            return edit_tried(state, key, message)
        case cm.VitalsChanged(vitals=vitals):
            return change(state, key, vitals=vitals)
        case cm.ClosedExamsChanged(exams=exams, quarantined=quarantined):
            return change(state, key, closed_exams=exams, quarantined=quarantined)
        case cm.IntercomChanged(intercom=intercom):
            return change(state, key, intercom=intercom)
        case SourcesChanged(sources=sources):
            return change(state, key, sources=sources)
        case TalkChanged(site_listens=site_listens, audio_check=check):
            return change(state, key, site_listens=site_listens, audio_check=check)
        case _:
            return state


def _standing(state: FleetState, key: ScannerKey, standing: Standing) -> FleetState:
    scanner = state.scanners.get(key)
    if scanner is None:
        return state
    unwritten = after_standing(scanner.unwritten, scanner.standing, standing)
    return change(state, key, standing=standing, unwritten=unwritten)


def _last(state: FleetState, key: ScannerKey, last: LastCommand | None) -> FleetState:
    scanner = state.scanners.get(key)
    if scanner is None:
        return state
    return change(state, key, last=last, unwritten=after_command(scanner.unwritten, scanner.last, last))


def _control(state: FleetState, key: ScannerKey, message: cm.ControlChanged) -> FleetState:
    """A grant answers what was refused before; a no stays shown until this desk asks again.

    Whoever else holds control or asks: only what becomes of this desk's own request is its answer.
    """
    before, now = state.scanners.get(key), message.control
    state = change(state, key, control=now)
    if before is None:
        return state
    own = before.request_id
    if before.request is RequestFate.ASKED and before.control.request_id == own != now.request_id:
        fate = RequestFate.NONE if _granted(before.control, now) else RequestFate.DENIED
        return change(state, key, answer=None, request=fate)
    if now.yours and not before.control.yours:
        return change(state, key, answer=None, request=RequestFate.NONE)
    return state


def _granted(before: ControlView, now: ControlView) -> bool:
    """Whether a request that was open before and is no more was allowed, if only in part."""
    held, holds = set(before.privileges), set(now.privileges)
    return now.yours > before.yours or bool(holds - held) or set(before.requested) <= holds


def _exam(state: FleetState, key: ScannerKey, exam: ExamView | None) -> FleetState:
    """Another exam ends what was asked for with the one before: nobody said no to that."""
    scanner = state.scanners.get(key)
    if scanner is None:
        return state
    before = scanner.exam.exam_id if scanner.exam else None
    if exam is None or exam.exam_id != before:
        return change(
            state, key, exam=exam, details=MappingProxyType({}), tried=None, conflicts=(), unread=(),
            selected_step=None, answer=None, revision_due=False, request=RequestFate.NONE,
        )  # fmt: skip
    state = change(state, key, exam=exam, revision_due=False)
    known = {s.step_id for s in scanner.exam.steps} if scanner.exam else set()
    added = [s.step_id for s in exam.steps if s.step_id not in known]
    if scanner.repeating and added:
        return change(
            state, key, selected_step=added[0], repeating=False, tried=None, conflicts=(), unread=()
        )
    return state


def _timeline(state: FleetState, site: str, entries: tuple[TimelineEntry, ...]) -> FleetState:
    for key, scanner in state.scanners.items():
        if key.site != site:
            continue
        known = {e.seq for e in scanner.timeline}
        new = [e for e in entries if e.scanner in {key.scanner, None} and e.seq not in known]
        if new:
            merged = tuple(sorted((*scanner.timeline, *new), key=lambda e: e.seq))[-TIMELINE_KEPT:]
            state = change(state, key, timeline=merged)
    return state


def _focus(state: FleetState, key: ScannerKey) -> FleetState:
    scanner = state.scanners.get(key)
    if scanner is None or state.focus == key:
        return state
    left = state.focused
    if left is not None:
        state = change(state, left.key, seen_seq=newest(left), away=(), conflicts=(), unread=(), tried=None)
    seen = scanner.seen_seq
    away = tuple(e for e in scanner.timeline if seen is not None and e.seq > seen)
    return replace(change(state, key, away=away), focus=key)


def is_running(scanner: ScannerState) -> bool:
    """Whether the scanner says it acquires or prepares."""
    status = scanner.status
    return status is not None and status.activity in {ScannerActivity.ACQUIRING, ScannerActivity.PREPARING}
