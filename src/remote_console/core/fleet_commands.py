"""How commands of this desk change the fleet: sent, answered, tried, or without an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mr_contract import console_messages as cm
from mr_contract.findings import Findings
from mr_contract.reasons import Reason
from mr_contract.vocabulary import LinkGrade, StartOutcome
from remote_console.core.fleet import (
    STOP_ANSWER_WITHIN_S,
    STOPS,
    AgentSaid,
    Answer,
    FleetState,
    RequestFate,
    ScannerKey,
    SentCommand,
)
from remote_console.core.fleet_changes import change, newest, put
from remote_console.core.unwritten import Unwritten, joined

_NOT_TAKEN = frozenset({Reason.SCANNER_NOT_HEARD, Reason.SCANNER_REFUSED})
"""Why a stop that reached the agent did not reach, or did not move, the scanner."""


def edit_tried(state: FleetState, key: ScannerKey, answer: cm.EditTried) -> FleetState:
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
    return change(replace(state, pending=rest), key, tried=answer, conflicts=conflicts)


def text_not_read(state: FleetState, key: ScannerKey, parameter: str) -> FleetState:
    """What was typed is not a value of the parameter."""
    scanner = state.scanners.get(key)
    if scanner is None or parameter in scanner.unread:
        return state
    return change(state, key, unread=(*scanner.unread, parameter))


def field_settled(state: FleetState, key: ScannerKey, parameter: str) -> FleetState:
    """The field shows the scanner's value again: nothing is told of it any more."""
    scanner = state.scanners.get(key)
    if scanner is None:
        return state
    conflicts = tuple(c for c in scanner.conflicts if c.key != parameter)
    unread = tuple(x for x in scanner.unread if x != parameter)
    return change(state, key, conflicts=conflicts, unread=unread, tried=None)


def outcome_told(state: FleetState, outcome: cm.Outcome, said: AgentSaid) -> FleetState:
    """An answer to a command of this desk; any other changes nothing."""
    sent = next((c for c in state.pending if c.command_id == outcome.command_id), None)
    if sent is None or outcome.start is StartOutcome.PENDING:
        return state  # a start in flight is answered once more when its outcome is recorded
    rest = tuple(c for c in state.pending if c is not sent)
    answer = Answer(sent.kind, outcome.accepted, outcome.findings, outcome.start, said.at_s)
    due = sent.edits and outcome.accepted and _revision_differs(state, sent.key)
    state = change(replace(state, pending=rest), sent.key, answer=answer)
    if due:
        state = change(state, sent.key, revision_due=True)
    if outcome.accepted and outcome.findings:
        state = _not_written(state, sent, outcome.findings, said.wall)
    if sent.kind == "repeat_step" and not outcome.accepted:
        state = change(state, sent.key, repeating=False)
    if sent.kind in STOPS and outcome.accepted:
        state = change(state, sent.key, stop_not_delivered=False, stop_not_taken=False)
    elif sent.kind in STOPS and any(found.reason in _NOT_TAKEN for found in outcome.findings):
        state = change(state, sent.key, stop_not_delivered=True, stop_not_taken=True)
    return state


def _not_written(state: FleetState, sent: SentCommand, findings: Findings, wall: datetime) -> FleetState:
    scanner = state.scanners.get(sent.key)
    if scanner is None:
        return state
    one = Unwritten(sent.command_id, sent.kind, findings, wall, newest(scanner))
    return change(state, sent.key, unwritten=joined(scanner.unwritten, one))


def _revision_differs(state: FleetState, key: ScannerKey) -> bool:
    """Whether the details that are drawn are ahead of what the exam says of the step in hand."""
    scanner = state.scanners.get(key)
    if scanner is None or scanner.step is None or scanner.detail is None:
        return False
    return scanner.detail.revision != scanner.step.revision


def sent_command(state: FleetState, key: ScannerKey, command: cm.ConsoleCommand, at_s: float) -> FleetState:
    """A command of this desk went out; what is shown of it until it is answered."""
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
            return change(state, key, repeating=True)
        case cm.RequestControl():
            asked = {"request": RequestFate.ASKED, "request_id": command.command_id}
            return change(state, key, answer=None, **asked)
        case cm.WithdrawRequest():
            return change(state, key, request=RequestFate.WITHDRAWN)
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
    return change(state, key, answer=None, conflicts=conflicts, unread=unread)


def ticked(state: FleetState, at_s: float) -> FleetState:
    """Time passed: a stop without an answer was not delivered, a silent link has no grade."""
    overdue = [c for c in state.pending if c.kind in STOPS and at_s - c.at_s > STOP_ANSWER_WITHIN_S]
    rest = tuple(c for c in state.pending if c not in overdue)
    state = replace(state, now_s=at_s, pending=rest)
    for sent in overdue:
        known = state.scanners.get(sent.key)
        taken = _stop_latched(state, sent.key) and known is not None and not known.stop_not_taken
        state = change(state, sent.key, stop_not_delivered=not taken)
    for site in state.sites.values():
        if site.connected and site.silent(at_s):
            quiet = replace(site, link=site.link.model_copy(update={"grade": LinkGrade.UNKNOWN}))
            state = replace(state, sites=put(state.sites, site.site, quiet))
    return state


def _stop_latched(state: FleetState, key: ScannerKey) -> bool:
    scanner = state.scanners.get(key)
    return scanner is not None and scanner.status is not None and scanner.status.stop_latched
