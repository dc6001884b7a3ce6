"""A start on its way, and stop.

Rules upheld here:
- Permit → `prepare` → the scanner's token → durable intent → compared once more → `start(token)`.
- Only a start waits for the disk, and nothing is sent for an intent that was not written.
- The same command again gets its recorded outcome; with other content or sender it is a violation.
- `unknown` blocks until the scanner's log or a named person settles it; nothing is ever sent again.
- A scanner that accepts after its time-out, or a start that was withdrawn, is stopped and alarmed.
- Stop goes out before it is journalled, addresses the scanner, and takes every start on its way with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from local_agent.core import alarming
from local_agent.core import events as e
from local_agent.core.control_state import Holder, RemoteControl
from local_agent.core.desk import Desk, Flight, Moment, Purpose
from local_agent.core.digests import content_digest
from local_agent.core.effects import Answer, Dismiss
from local_agent.core.gate import Permit, Refused, decide_armed, decide_start, still_permitted
from local_agent.core.start_records import StartRecord
from mr_contract.console_messages import Outcome, StartStep
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.scanner_messages import (
    GetLog,
    Prepare,
    Prepared,
    Start,
    Stop,
)
from mr_contract.vocabulary import AlarmKind, OperatingMode, ScannerActivity, StartOutcome

PREPARE_LIMIT_S = 2.0
START_LIMIT_S = 3.0
STOP_LIMIT_S = 1.0


@dataclass(frozen=True, slots=True)
class AskedStart:
    """One start, by a press or by an armed step: what it is recorded and answered as."""

    command_id: str
    content: str
    """Digest of the command: the same id for anything else is a violation."""
    step_id: str
    sender: Holder


def start_step(
    desk: Desk, command: StartStep, sender: Holder, beat_at_s: float | None, moment: Moment
) -> None:
    """A start command of a console."""
    content = content_digest(command.model_dump(mode="json"))
    if _answered_before(desk, command.command_id, content, sender, moment.at_s):
        return
    site = desk.situation(moment.at_s)
    verdict = decide_start(command, sender, site, standing=desk.standing(moment.at_s), beat_at_s=beat_at_s)
    _carry_on(desk, verdict, AskedStart(command.command_id, content, command.step_id, sender), moment)


def start_armed(desk: Desk, moment: Moment) -> None:
    """The running step ended: put the armed one through the same gate."""
    exam = desk.facts.exam
    armed = exam.armed if exam else None
    if armed is None or desk.flight is not None:
        return
    operator = desk.control.operator
    if not isinstance(operator, RemoteControl):
        return  # losing control disarms; a step cannot be armed here
    verdict = decide_armed(
        armed.step_id, armed.revision, desk.situation(moment.at_s), standing=desk.standing(moment.at_s)
    )
    if isinstance(verdict, Refused):
        words = "; ".join(f.text for f in verdict.findings)
        desk.record(e.StepDisarmed(why=words[:160]))
    content = content_digest(armed.model_dump(mode="json"))
    asked = AskedStart(armed.command_id, content, armed.step_id, operator.holder)
    _carry_on(desk, verdict, asked, moment)


def _answered_before(desk: Desk, command_id: str, content: str, sender: Holder, at_s: float) -> bool:
    """Whether this command id was seen; if so it is answered from the record."""
    flight, record = desk.flight, desk.facts.starts.get(command_id)
    if flight is not None and flight.command_id == command_id:
        record = StartRecord(
            command_id, flight.content, flight.permit.holder.device, "", StartOutcome.PENDING
        )
    if record is None:
        return False
    if record.content != content or record.device != sender.device:
        reused(desk, command_id, sender, at_s)
    elif record.outcome is None:
        desk.answer(sender.link, command_id, record.findings)
    else:
        desk.answer(sender.link, command_id, record.findings, start=record.outcome)
    return True


def reused(desk: Desk, command_id: str, sender: Holder, at_s: float) -> None:
    """The same number for different things, or by another device: a violation, and the link ends."""
    why = finding(Reason.COMMAND_REUSED)
    seen = e.ViolationSeen(by=sender.name, why=f"{why.text} ({command_id})"[:160])
    desk.record_bounded(("violation", sender.device, why.reason), seen, at_s)
    outcome = Outcome(command_id=command_id, accepted=False, findings=(why,))
    desk.emit(Answer(sender.link, outcome))
    desk.emit(Dismiss(sender.link, why))


def _carry_on(desk: Desk, verdict: Permit | Refused, asked: AskedStart, moment: Moment) -> None:
    exam = desk.facts.exam
    step = exam.step(asked.step_id) if exam else None
    name = step.plan.name if step else asked.step_id
    desk.note_command(moment, asked.command_id, f"start {name}", asked.sender.name, "…")
    if isinstance(verdict, Refused):
        _refuse(desk, asked, verdict.findings)
        return
    desk.flight = Flight(asked.command_id, asked.content, verdict, "preparing", moment.at_s)
    by = asked.sender
    desk.ask(
        Prepare,
        Purpose("prepare", moment.at_s, by.link, asked.command_id, asked.step_id, by.name),
        command_id=asked.command_id,
        step_id=asked.step_id,
        revision=verdict.revision,
        setting=desk.sheets[asked.step_id].setting,
        mode=OperatingMode.FIRST_LEVEL if exam and exam.first_level.decided else OperatingMode.NORMAL,
    )
    desk.answer(by.link, asked.command_id, start=StartOutcome.PENDING)


def _refuse(desk: Desk, asked: AskedStart, findings: tuple[Finding, ...]) -> None:
    desk.record(
        e.StartRefused(
            by=asked.sender.name,
            command_id=asked.command_id,
            content=asked.content,
            device=asked.sender.device,
            step_id=asked.step_id,
            findings=findings,
        )
    )
    desk.note_outcome(asked.command_id, "refused", findings)
    desk.answer(asked.sender.link, asked.command_id, findings)


def prepared(desk: Desk, reply: Prepared, moment: Moment) -> None:
    """The scanner is ready to run the step: write the intent before anything is sent."""
    flight = desk.flight
    if flight is None or flight.phase != "preparing" or flight.command_id != reply.command_id:
        return  # withdrawn meanwhile: the token dies unused
    permit = flight.permit
    if reply.revision != permit.revision:
        _give_up(desk, flight, (finding(Reason.STALE_REVISION, step=permit.step.plan.name),))
        return
    flight.phase, flight.token, flight.since_s = "journalling", reply.token, moment.at_s
    intent = e.StartIntended(
        by=permit.holder.name,
        command_id=flight.command_id,
        content=flight.content,
        device=permit.holder.device,
        step_id=permit.step.step_id,
        revision=permit.revision,
        token=reply.token,
        scanner_number=reply.number,
        standing=f"{permit.standing.boot}:{permit.standing.count}",
        round_trip_ms=desk.readings.holder_link.round_trip_ms,
    )
    desk.intend(intent)


def intent_written(desk: Desk, command_id: str, moment: Moment) -> None:
    """The intent is on the disk: compare once more, and send in this very turn."""
    desk.intent_arrived(command_id, written=True)
    flight = desk.flight
    if flight is None or flight.command_id != command_id or flight.phase != "journalling":
        return
    changed = still_permitted(
        flight.permit,
        desk.situation(moment.at_s),
        desk.standing(moment.at_s),
        own_command=command_id,
    )
    if changed:
        withdraw(desk, changed)
        return
    flight.phase, flight.since_s = "sent", moment.at_s
    holder = flight.permit.holder
    desk.ask(
        Start,
        Purpose("start", moment.at_s, holder.link, command_id, flight.permit.step.step_id, holder.name),
        token=flight.token,
    )


def intent_not_written(desk: Desk, command_id: str, why: str) -> None:
    """No intent, no start: a refusal, also of one that was withdrawn meanwhile."""
    intent = desk.intent_arrived(command_id, written=False)
    if intent is None:
        return
    flight, found = desk.flight, (finding(Reason.JOURNAL_UNWRITABLE, why=why),)
    if flight is not None and flight.command_id == command_id:
        _give_up(desk, flight, found)
        return
    desk.record(
        e.StartRefused(
            by=intent.by,
            command_id=command_id,
            content=intent.content,
            device=intent.device,
            step_id=intent.step_id,
            findings=found,
        )
    )


def withdraw(desk: Desk, findings: tuple[Finding, ...]) -> None:
    """Take back a start that was not sent; its token dies unused at the scanner."""
    flight = desk.flight
    if flight is None or flight.phase == "sent":
        return
    if flight.phase == "preparing":
        _give_up(desk, flight, findings)
        return
    desk.flight = None
    desk.record(e.StartWithdrawn(command_id=flight.command_id, findings=findings))
    desk.note_outcome(flight.command_id, "withdrawn", findings)
    desk.answer(flight.permit.holder.link, flight.command_id, findings, StartOutcome.WITHDRAWN)


def _give_up(desk: Desk, flight: Flight, findings: tuple[Finding, ...]) -> None:
    """Not even an intent was written: a refusal."""
    desk.flight = None
    permit = flight.permit
    asked = AskedStart(flight.command_id, flight.content, permit.step.step_id, permit.holder)
    _refuse(desk, asked, findings)


def started(desk: Desk, command_id: str, acquisition_id: str, moment: Moment) -> None:
    """The scanner accepted."""
    flight = desk.flight
    if flight is None or flight.command_id != command_id or flight.phase != "sent":
        late(desk, command_id, moment)
        return
    desk.flight = None
    holder = flight.permit.holder
    desk.record(e.StartAccepted(by=holder.name, command_id=command_id, acquisition_id=acquisition_id))
    desk.note_outcome(command_id, "accepted")
    desk.answer(holder.link, command_id, start=StartOutcome.ACCEPTED)


def late(desk: Desk, command_id: str, moment: Moment) -> None:
    """Accepted after its time-out, though it was withdrawn, or never sent: stopped and alarmed."""
    record = desk.facts.starts.get(command_id)
    if record is not None and record.outcome is StartOutcome.ACCEPTED:
        return
    stop_late(desk, moment)


def stop_late(desk: Desk, moment: Moment) -> None:
    """Stop what was accepted too late, and say so."""
    alarming.raise_alarm(desk, AlarmKind.LATE_ACCEPTANCE_STOPPED, moment)
    stop(desk, "agent", moment, why="accepted too late")


def rejected(desk: Desk, purpose: Purpose, why: str) -> None:
    """The scanner said no, to `prepare` or to `start`."""
    flight = desk.flight
    if flight is None or flight.command_id != purpose.command_id:
        return
    found = (finding(Reason.SCANNER_REFUSED, why=why[:160]),)
    if flight.phase != "sent":
        withdraw(desk, found)
        return
    desk.flight = None
    desk.record(e.StartFailed(command_id=flight.command_id, why=why[:160]))
    desk.note_outcome(flight.command_id, "failed", found)
    desk.answer(flight.permit.holder.link, flight.command_id, found, StartOutcome.FAILED)


def no_answer(desk: Desk, purpose: Purpose, moment: Moment, why: str) -> None:
    """`prepare` or `start` got no reply in time, or the scanner is gone."""
    flight = desk.flight
    if flight is None or flight.command_id != purpose.command_id:
        return
    if flight.phase != "sent":
        withdraw(desk, (finding(Reason.SCANNER_NOT_HEARD),))
        return
    desk.flight = None
    step = flight.permit.step.plan.name
    desk.record(e.StartBecameUnknown(command_id=flight.command_id, why=why))
    found = (finding(Reason.OUTCOME_UNKNOWN, step=step),)
    desk.note_outcome(flight.command_id, "unknown", found)
    desk.answer(flight.permit.holder.link, flight.command_id, found, StartOutcome.UNKNOWN)
    if desk.readings.scanner is not None:
        desk.timed_out = flight.command_id
        ask_log(desk, moment)


def ask_log(desk: Desk, moment: Moment) -> None:
    """Ask the scanner what became of the last intended start."""
    desk.ask(GetLog, Purpose("log", moment.at_s), after=desk.facts.log_from)


# ------------------------------------------------------------------ stop


def stop(desk: Desk, by: str, moment: Moment, *, link: str = "", command_id: str = "", why: str = "") -> None:
    """Stop the scanner: sent first, journalled after, answered when the scanner took it."""
    command_id = command_id or f"stop-{desk.boot}-{desk.facts.count}"
    heard = desk.welcome is not None  # connected; its first snapshot is not waited for
    if heard:
        purpose = Purpose("stop", moment.at_s, link, command_id, by=by)
        desk.ask(Stop, purpose, by=by[:160])
    words = f"{by} ({why})" if why else by
    desk.record(e.StopGiven(by=words[:160], command_id=command_id))
    desk.note_command(moment, command_id, "stop", by, "sent" if heard else "not delivered")
    withdraw(desk, (finding(Reason.SCANNER_STOPPING),))
    if not heard:
        desk.answer(link, command_id, (finding(Reason.SCANNER_NOT_HEARD),))


def stop_taken(desk: Desk, purpose: Purpose) -> None:
    """The scanner took the stop; if it was idle already, nothing is left to wait for."""
    reading = desk.readings.scanner
    if desk.facts.running is None and reading is not None and reading.activity is ScannerActivity.IDLE:
        desk.record(e.ScannerIdled(by=desk.scanner))
    desk.note_outcome(purpose.command_id, "carried out")
    desk.answer(purpose.link, purpose.command_id, at_once=True)


def stop_refused(desk: Desk, purpose: Purpose, why: str) -> None:
    """The scanner heard the stop and does not carry it out: in its own words."""
    found = (finding(Reason.SCANNER_REFUSED, why=why[:160]),)
    desk.note_outcome(purpose.command_id, "refused", found)
    desk.answer(purpose.link, purpose.command_id, found)


def stop_unanswered(desk: Desk, purpose: Purpose) -> None:
    """The scanner did not say within 1 s that it took the stop: say so, and do not try again."""
    found = (finding(Reason.SCANNER_NOT_HEARD),)
    desk.note_outcome(purpose.command_id, "not confirmed by the scanner", found)
    desk.answer(purpose.link, purpose.command_id, found)
