"""What becomes of a start whose outcome nobody heard: the scanner's own record, or a restart of the agent.

Rules upheld here:
- `unknown` is settled by the scanner's log only if it reaches back far enough to tell.
- A scan that began though its start was withdrawn, failed, refused or given up is stopped and alarmed.
"""

from __future__ import annotations

from dataclasses import replace

from local_agent.core import events as e
from local_agent.core import starting
from local_agent.core.desk import Desk, Moment
from mr_contract.scanner_messages import AcquisitionStarted
from mr_contract.vocabulary import StartOutcome


def settle_from_log(
    desk: Desk, seen: tuple[AcquisitionStarted, ...], *, complete: bool, moment: Moment
) -> None:
    """Settle an unknown start by the scanner's own log, if it reaches back far enough."""
    record = desk.facts.open_start
    if record is None or record.outcome is not StartOutcome.UNKNOWN:
        return
    found = next((s for s in seen if s.command_id == record.command_id), None)
    if found is not None:
        desk.record(
            e.StartAccepted(
                by="scanner's log",
                command_id=record.command_id,
                acquisition_id=found.acquisition_id,
                settled_by_log=True,
            )
        )
        desk.note_outcome(record.command_id, "accepted")
        if desk.timed_out == record.command_id:
            starting.stop_late(desk, moment)
    elif complete:
        desk.record(
            e.StartFailed(
                by="scanner's log", command_id=record.command_id, why="the scanner's log does not show it"
            )
        )
        desk.note_outcome(record.command_id, "failed")


def acquisition_started(desk: Desk, event: AcquisitionStarted, moment: Moment) -> None:
    """The scanner's own record that a scan began, whoever started it."""
    if desk.facts.running is not None and desk.facts.running.acquisition_id == event.acquisition_id:
        return
    exam = desk.facts.exam
    step = exam.step(event.step_id) if exam else None
    record = desk.facts.starts.get(event.command_id)
    desk.record(
        e.AcquisitionBegan(
            by=desk.scanner,
            command_id=event.command_id,
            acquisition_id=event.acquisition_id,
            step_id=event.step_id,
            prediction=step.plan.prediction if step else None,
        )
    )
    dead = {StartOutcome.WITHDRAWN, StartOutcome.FAILED, StartOutcome.UNKNOWN}
    if record is not None and (record.outcome in dead or record.outcome is None):
        starting.late(desk, event.command_id, moment)


def restarted(desk: Desk) -> None:
    """The agent starts anew: a start it left in flight has an unknown outcome."""
    record = desk.facts.open_start
    if record is not None and record.outcome is StartOutcome.PENDING:
        desk.record(e.StartBecameUnknown(command_id=record.command_id, why="the agent restarted"))
    desk.readings = replace(desk.readings, checked_steps=frozenset())
