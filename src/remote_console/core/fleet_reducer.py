"""How the fleet changes with each event. Total: an event about an unknown scanner changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from mr_contract import console_messages as cm
from mr_contract.exam import ExamView
from mr_contract.media_messages import SourcesChanged, TalkChanged
from mr_contract.reasons import Findings
from mr_contract.standing import Standing
from mr_contract.views import LastCommand, ScannerCard, TimelineEntry
from mr_contract.vocabulary import ControlPhase, LinkGrade, ScannerActivity, StartOutcome
from remote_console.core.fleet import (
    COLOURS,
    LETTERS,
    STOP_ANSWER_WITHIN_S,
    TIMELINE_KEPT,
    AgentSaid,
    Answer,
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
    SentCommand,
    SiteState,
    StepSelected,
    StopNoticePutAway,
    TextNotRead,
    Ticked,
    ValuesQueued,
)
from remote_console.core.pace import paced
from remote_console.core.unwritten import Unwritten, after_command, after_standing, joined

K = TypeVar("K")
V = TypeVar("V")


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
            return _change(state, key, selected_step=step_id, tried=None, conflicts=(), unread=())
        case TextNotRead(key, parameter):
            return _text_not_read(state, key, parameter)
        case ValuesQueued(key, parameters):
            return _change(state, key, queued=parameters)
        case FieldSettled(key, parameter):
            return _settled(state, key, parameter)
        case CommandSent(key, command, at_s):
            return _sent(state, key, command, at_s)
        case AwayRead(key):
            return _change(state, key, away=())
        case StopNoticePutAway(key):
            return _change(state, key, stop_not_delivered=False)
        case AnswerRead(key):
            return _change(state, key, answer=None)
        case Ticked(at_s):
            return _tick(state, at_s)


def _put(values: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    return MappingProxyType({**values, key: value})


def _change(state: FleetState, key: ScannerKey, **fields: object) -> FleetState:
    scanner = state.scanners.get(key)
    if scanner is None:
        return state
    changed = replace(scanner, **fields)  # type: ignore[arg-type]
    return replace(state, scanners=_put(state.scanners, key, changed))


def _heard(state: FleetState, site: str, at_s: float) -> FleetState:
    before = state.sites.get(site, SiteState(site))
    after = replace(before, connected=True, heard_at_s=at_s, lost_at_s=None)
    return replace(state, sites=_put(state.sites, site, after), now_s=max(state.now_s, at_s))


def _lost(state: FleetState, site: str, at_s: float) -> FleetState:
    """Nothing queued is sent later, so what was in flight has no answer any more."""
    before = state.sites.get(site, SiteState(site))
    lost = replace(before, connected=False, beat=None, lost_at_s=_first(before.lost_at_s, at_s))
    kept = tuple(c for c in state.pending if c.key.site != site or c.kind == "stop_scan")
    return replace(state, sites=_put(state.sites, site, lost), pending=kept, now_s=max(state.now_s, at_s))


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
            return _outcome(state, message, said)
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
        ):
            return _scanner_said(state, ScannerKey(site, scanner), message, said.at_s)
        case _:
            return state


def _change_site(state: FleetState, site: str, **fields: object) -> FleetState:
    changed = replace(state.sites[site], **fields)  # type: ignore[arg-type]
    return replace(state, sites=_put(state.sites, site, changed))


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
            unwritten=known.unwritten,
        )  # fmt: skip
    letters = _put(state.letters, key, letter)
    return replace(state, letters=letters, scanners=_put(state.scanners, key, fresh))


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
            state = _change(state, key, status=status, pace=pace)
            return _change(state, key, stop_not_delivered=False) if status.stop_latched else state
        case cm.ControlChanged():
            return _control(state, key, message)
        case cm.StandingChanged(standing=standing):
            return _standing(state, key, standing)
        case cm.ExamChanged(exam=exam):
            return _exam(state, key, exam)
        case cm.StepChanged(step=step):
            scanner = state.scanners.get(key)
            details = scanner.details if scanner else {}
            return _change(state, key, details=_put(details, step.step_id, step), tried=None)
        case cm.AlarmsChanged(alarms=alarms):
            return _change(state, key, alarms=alarms)
        case cm.LastCommandChanged(last=last):
            return _last(state, key, last)
        case cm.ProtocolsListed(protocols=protocols):
            return _change(state, key, protocols=protocols)
        case cm.EditTried():
            return _tried(state, key, message)
        case cm.VitalsChanged(vitals=vitals):
            return _change(state, key, vitals=vitals)
        case cm.IntercomChanged(intercom=intercom):
            return _change(state, key, intercom=intercom)
        case SourcesChanged(sources=sources):
            return _change(state, key, sources=sources)
        case TalkChanged(site_listens=site_listens):
            return _change(state, key, site_listens=site_listens)
        case _:
            return state


def _standing(state: FleetState, key: ScannerKey, standing: Standing) -> FleetState:
    scanner = state.scanners.get(key)
    if scanner is None:
        return state
    unwritten = after_standing(scanner.unwritten, scanner.standing, standing)
    return _change(state, key, standing=standing, unwritten=unwritten)


def _last(state: FleetState, key: ScannerKey, last: LastCommand | None) -> FleetState:
    scanner = state.scanners.get(key)
    if scanner is None:
        return state
    return _change(state, key, last=last, unwritten=after_command(scanner.unwritten, scanner.last, last))


def _control(state: FleetState, key: ScannerKey, message: cm.ControlChanged) -> FleetState:
    """A grant answers what was refused before; a no stays shown until this desk asks again."""
    before, phase = state.scanners.get(key), message.control.phase
    state = _change(state, key, control=message.control)
    if before is None:
        return state
    if phase is ControlPhase.REMOTE:
        return _change(state, key, answer=None, request=RequestFate.NONE)
    refused = before.control.phase is ControlPhase.CONSENT_PENDING and phase is ControlPhase.LOCAL
    if refused and before.request is RequestFate.ASKED:
        return _change(state, key, request=RequestFate.DENIED)
    return state


def _exam(state: FleetState, key: ScannerKey, exam: ExamView | None) -> FleetState:
    scanner = state.scanners.get(key)
    if scanner is None:
        return state
    before = scanner.exam.exam_id if scanner.exam else None
    if exam is None or exam.exam_id != before:
        return _change(
            state, key, exam=exam, details=MappingProxyType({}), tried=None, conflicts=(), unread=(),
            selected_step=None, answer=None, revision_due=False,
        )  # fmt: skip
    state = _change(state, key, exam=exam, revision_due=False)
    known = {s.step_id for s in scanner.exam.steps} if scanner.exam else set()
    added = [s.step_id for s in exam.steps if s.step_id not in known]
    if scanner.repeating and added:
        return _change(
            state, key, selected_step=added[0], repeating=False, tried=None, conflicts=(), unread=()
        )
    return state


def _tried(state: FleetState, key: ScannerKey, answer: cm.EditTried) -> FleetState:
    """What cannot be had joins what is told already; the parameters that were tried are judged anew."""
    scanner = state.scanners.get(key)
    sent = next((c for c in state.pending if c.command_id == answer.command_id), None)
    if scanner is None or sent is None:
        return state
    rest = tuple(c for c in state.pending if c is not sent)
    found = answer.step.conflicts
    anew = {*sent.keys, *(c.key for c in found)}
    told = tuple(c for c in scanner.conflicts if c.key not in anew)
    here = scanner.step is not None and scanner.step.step_id == answer.step.step_id
    conflicts = (*told, *found) if here and sent.keys else told  # of a drag they are told while it lasts
    return _change(replace(state, pending=rest), key, tried=answer, conflicts=conflicts)


def _text_not_read(state: FleetState, key: ScannerKey, parameter: str) -> FleetState:
    scanner = state.scanners.get(key)
    if scanner is None or parameter in scanner.unread:
        return state
    return _change(state, key, unread=(*scanner.unread, parameter))


def _settled(state: FleetState, key: ScannerKey, parameter: str) -> FleetState:
    scanner = state.scanners.get(key)
    if scanner is None:
        return state
    conflicts = tuple(c for c in scanner.conflicts if c.key != parameter)
    unread = tuple(x for x in scanner.unread if x != parameter)
    return _change(state, key, conflicts=conflicts, unread=unread, tried=None)


def _outcome(state: FleetState, outcome: cm.Outcome, said: AgentSaid) -> FleetState:
    sent = next((c for c in state.pending if c.command_id == outcome.command_id), None)
    if sent is None or outcome.start is StartOutcome.PENDING:
        return state  # a start in flight is answered once more when its outcome is recorded
    rest = tuple(c for c in state.pending if c is not sent)
    answer = Answer(sent.kind, outcome.accepted, outcome.findings, outcome.start, said.at_s)
    due = sent.edits and outcome.accepted and _revision_differs(state, sent.key)
    state = _change(replace(state, pending=rest), sent.key, answer=answer)
    if due:
        state = _change(state, sent.key, revision_due=True)
    if outcome.accepted and outcome.findings:
        state = _not_written(state, sent, outcome.findings, said.wall)
    if sent.kind == "repeat_step" and not outcome.accepted:
        state = _change(state, sent.key, repeating=False)
    if sent.kind == "stop_scan" and outcome.accepted:
        state = _change(state, sent.key, stop_not_delivered=False)
    return state


def _not_written(state: FleetState, sent: SentCommand, findings: Findings, wall: datetime) -> FleetState:
    scanner = state.scanners.get(sent.key)
    if scanner is None:
        return state
    one = Unwritten(sent.command_id, sent.kind, findings, wall, _newest(scanner))
    return _change(state, sent.key, unwritten=joined(scanner.unwritten, one))


def _revision_differs(state: FleetState, key: ScannerKey) -> bool:
    """Whether the details that are drawn are ahead of what the exam says of the step in hand."""
    scanner = state.scanners.get(key)
    if scanner is None or scanner.step is None or scanner.detail is None:
        return False
    return scanner.detail.revision != scanner.step.revision


def _timeline(state: FleetState, site: str, entries: tuple[TimelineEntry, ...]) -> FleetState:
    for key, scanner in state.scanners.items():
        if key.site != site:
            continue
        known = {e.seq for e in scanner.timeline}
        new = [e for e in entries if e.scanner in {key.scanner, None} and e.seq not in known]
        if new:
            merged = tuple(sorted((*scanner.timeline, *new), key=lambda e: e.seq))[-TIMELINE_KEPT:]
            state = _change(state, key, timeline=merged)
    return state


def _focus(state: FleetState, key: ScannerKey) -> FleetState:
    scanner = state.scanners.get(key)
    if scanner is None or state.focus == key:
        return state
    left = state.focused
    if left is not None:
        state = _change(state, left.key, seen_seq=_newest(left), away=(), conflicts=(), unread=(), tried=None)
    seen = scanner.seen_seq
    away = tuple(e for e in scanner.timeline if seen is not None and e.seq > seen)
    return replace(_change(state, key, away=away), focus=key)


def _newest(scanner: ScannerState) -> int:
    return scanner.timeline[-1].seq if scanner.timeline else 0


def _sent(state: FleetState, key: ScannerKey, command: cm.ConsoleCommand, at_s: float) -> FleetState:
    keys = tuple(command.changes) if isinstance(command, cm.TryEdit | cm.EditStep) else ()
    edits = bool(keys) if isinstance(command, cm.TryEdit) else isinstance(command, cm.EditStep | cm.UndoEdit)
    sent = SentCommand(key, command.command_id, command.kind, at_s, keys, edits)
    state = replace(state, pending=(*state.pending, sent))
    match command:
        case cm.StartStep():
            scanner = state.scanners.get(key)
            exam = {scanner.exam.exam_id} if scanner and scanner.exam else set()
            return replace(state, started_exams=state.started_exams | exam, last_started=key)
        case cm.TryEdit(changes=changes):
            return _edit_sent(state, key, (), tuple(changes))
        case cm.EditStep(changes=changes):
            return _edit_sent(state, key, tuple(changes), tuple(changes))
        case cm.RepeatStep():
            return _change(state, key, repeating=True)
        case cm.RequestControl():
            return _change(state, key, answer=None, request=RequestFate.ASKED)
        case cm.WithdrawRequest():
            return _change(state, key, request=RequestFate.WITHDRAWN)
        case _:
            return state


def _edit_sent(
    state: FleetState, key: ScannerKey, settled: tuple[str, ...], read: tuple[str, ...]
) -> FleetState:
    """What is told of a value is told until the new answer; a text that was read is no problem any more."""
    scanner = state.scanners.get(key)
    if scanner is None:
        return state
    conflicts = tuple(c for c in scanner.conflicts if c.key not in settled)
    unread = tuple(x for x in scanner.unread if x not in read)
    return _change(state, key, answer=None, conflicts=conflicts, unread=unread)


def _tick(state: FleetState, at_s: float) -> FleetState:
    overdue = [c for c in state.pending if c.kind == "stop_scan" and at_s - c.at_s > STOP_ANSWER_WITHIN_S]
    rest = tuple(c for c in state.pending if c not in overdue)
    state = replace(state, now_s=at_s, pending=rest)
    for sent in overdue:
        state = _change(state, sent.key, stop_not_delivered=not _stop_latched(state, sent.key))
    for site in state.sites.values():
        if site.connected and site.silent(at_s):
            quiet = replace(site, link=site.link.model_copy(update={"grade": LinkGrade.UNKNOWN}))
            state = replace(state, sites=_put(state.sites, site.site, quiet))
    return state


def _stop_latched(state: FleetState, key: ScannerKey) -> bool:
    scanner = state.scanners.get(key)
    return scanner is not None and scanner.status is not None and scanner.status.stop_latched


def is_running(scanner: ScannerState) -> bool:
    """Whether the scanner says it acquires or prepares."""
    status = scanner.status
    return status is not None and status.activity in {ScannerActivity.ACQUIRING, ScannerActivity.PREPARING}
