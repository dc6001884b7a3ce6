"""The scanner's connection, and its replies to what was asked.

Rules upheld here:
- A scanner that is not heard is unknown: no start, and a start that was sent has an unknown outcome.
- Upon connecting, the scanner is asked what is true before anything is believed; nothing is sent again.
- A reply settles only what it can be an answer to; one that does not fit is a violation.
"""

from __future__ import annotations

from local_agent.core import alarming, editing, starting
from local_agent.core import events as e
from local_agent.core.desk import Desk, Moment, Purpose
from local_agent.core.following import after_log, follow_log, follow_snapshot
from local_agent.core.positioning import scanner_did
from local_agent.core.readings import ScannerReading
from mr_contract import scanner_messages as s
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import AlarmKind, ScannerActivity

_TO_LINK = {"load", "set", "undo", "try", "protocols", "table", "landmark"}
_ANSWERS: dict[str, type[s.Reply]] = {
    "hello": s.ScannerWelcome,
    "snapshot": s.Snapshot,
    "log": s.LogListed,
    "register": s.Done,
    "protocols": s.ScannerProtocolsListed,
    "load": s.ProtocolLoaded,
    "set": s.StepAchieved,
    "recheck": s.StepAchieved,
    "try": s.StepAchieved,
    "undo": s.StepAchieved,
    "table": s.Done,
    "landmark": s.Done,
    "prepare": s.Prepared,
    "start": s.Started,
    "stop": s.StopTaken,
    "close": s.Done,
    "bulb": s.Done,
    "ping": s.Pong,
}


def connected(desk: Desk, welcome: s.ScannerWelcome, moment: Moment) -> None:
    """The hello was accepted: ask what is true before believing anything."""
    desk.last_heard_s = moment.at_s
    desk.scanner_seen = False
    reading = ScannerReading(
        activity=ScannerActivity.PREPARING,
        mode=welcome.mode,
        capabilities=welcome.capabilities,
        boot=welcome.boot,
        moved_number=-1,
        number=0,
    )
    desk.welcome = reading
    desk.ask(s.GetSnapshot, Purpose("snapshot", moment.at_s))


def lost(desk: Desk, moment: Moment) -> None:
    """The connection is gone, or nothing was heard for too long."""
    was_heard = desk.readings.scanner is not None
    desk.read(scanner=None, vitals=None, checked_steps=frozenset(), registration_refused="")
    desk.welcome = None
    desk.scanner_seen = False
    desk.editing.clear()
    for purpose in desk.forget_requests():
        unanswered(desk, purpose, moment, "the connection to the scanner was lost")
    if was_heard:
        desk.record(e.ScannerLost(by=desk.scanner))
        alarming.raise_alarm(desk, AlarmKind.SCANNER_NOT_HEARD, moment)


def unanswered(desk: Desk, purpose: Purpose, moment: Moment, why: str) -> None:
    """A request that gets no reply any more."""
    match purpose.what:
        case "prepare" | "start":
            starting.no_answer(desk, purpose, moment, why)
        case "stop":
            starting.stop_unanswered(desk, purpose)
        case "log":
            after_log(desk, moment)
        case what:
            _unedited(desk, purpose, moment)
            if what in _TO_LINK:
                desk.answer(purpose.link, purpose.command_id, (finding(Reason.SCANNER_NOT_HEARD),))


def reply(desk: Desk, message: s.ScannerReply, moment: Moment) -> None:
    """One reply; an unasked one is ignored but counts as a sign of life."""
    desk.last_heard_s = moment.at_s
    purpose = desk.replied(message.reply_to)
    if isinstance(message, s.Started) and (purpose is None or purpose.what != "start"):
        starting.started(desk, message.command_id, message.acquisition_id, moment)
        return
    if purpose is None:
        return
    if not _fits(message, purpose):
        seen = e.ViolationSeen(by=desk.scanner, why=f"{message.kind} does not answer {purpose.what}")
        desk.record_bounded(("violation", desk.scanner, "reply"), seen, moment.at_s)
        unanswered(desk, purpose, moment, "the scanner's answer does not fit")
        return
    match message:
        case s.Snapshot():
            follow_snapshot(desk, message, moment)
        case s.LogListed():
            follow_log(desk, message, moment)
        case s.StepAchieved():
            editing.step_achieved(desk, message, purpose, moment)
        case s.ProtocolLoaded():
            editing.protocol_loaded(desk, message, purpose, moment)
        case s.ScannerProtocolsListed():
            editing.protocols_listed(desk, message, purpose)
        case s.Prepared():
            starting.prepared(desk, message, moment)
        case s.Started():
            starting.started(desk, message.command_id, message.acquisition_id, moment)
        case s.StopTaken():
            starting.stop_taken(desk, purpose)
        case s.Rejected(why=why, remedy=remedy):
            _rejected(desk, purpose, f"{why}. {remedy}".strip(". ") if remedy else why, moment)
        case s.Done():
            scanner_did(desk, purpose, moment)
            if purpose.what in {"register", "landmark"}:  # exposure depends on what lies in the coil
                editing.recheck_steps(desk, moment)
        case s.Pong() | s.ScannerWelcome():
            pass


def _fits(message: s.ScannerReply, purpose: Purpose) -> bool:
    """Whether this can be the answer to what was asked. A misfit settles nothing."""
    if isinstance(message, s.Rejected):
        return True
    if isinstance(message, s.Prepared | s.Started) and message.command_id != purpose.command_id:
        return False
    return isinstance(message, _ANSWERS[purpose.what])


def _unedited(desk: Desk, purpose: Purpose, moment: Moment) -> None:
    """An edit came to nothing: the plan of before is committed again, unless the scanner is gone."""
    desk.editing.discard(purpose.step_id)
    if purpose.what in {"set", "undo"}:
        editing.check_unchecked(desk, moment)


def _rejected(desk: Desk, purpose: Purpose, why: str, moment: Moment) -> None:
    match purpose.what:
        case "prepare" | "start":
            starting.rejected(desk, purpose, why)
        case "stop":
            starting.stop_refused(desk, purpose, why)
        case "log":
            after_log(desk, moment)
        case "register":
            desk.read(registration_refused=why)
        case _:
            _unedited(desk, purpose, moment)
            desk.answer(purpose.link, purpose.command_id, (finding(Reason.SCANNER_REFUSED, why=why[:160]),))
