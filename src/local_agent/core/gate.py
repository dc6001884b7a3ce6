"""The one gate: every command that touches the scanner passes here, and nowhere else.

Rules upheld here:
- A command that is not listed is refused. A role may do no more than its list, whatever was granted.
- Whoever only watches sends the scanner nothing: an alarm is acknowledged by who holds control.
- Stop needs no permission, lease or lock, from anyone the site enrolled; nor does saying that the patient
  or the side is wrong.
- A start is bound to what was drawn when the press began: the standing's number and the step's revision;
  it is dated by a beat no older than 1 s. Any difference is a refusal, and *all* reasons are given.
- A start passes only if its sender holds control on this very link, and every interlock is closed now,
  and nothing is found against the step under its revision.
- What was permitted is compared once more in the turn that sends (`still_permitted`), and what opened
  meanwhile is named.
"""

from __future__ import annotations

from dataclasses import dataclass

from local_agent.core.control_state import (
    ROLE_PRIVILEGES,
    Holder,
    LocalControl,
    RemoteControl,
    SuspendedControl,
)
from local_agent.core.exam_state import Step
from local_agent.core.numbering import NumberedStanding
from local_agent.core.policy import COMMAND_PRIVILEGE, ROLES_THAT_MAY_STOP
from local_agent.core.revision import step_revision
from local_agent.core.situation import Situation, step_name
from local_agent.core.step_findings import judge_step
from mr_contract.console_messages import StartStep
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.standing import StandingNumber
from mr_contract.vocabulary import Privilege, StartOutcome, StepState

BEAT_LIMIT_S = 1.0
SEND_LIMIT_S = 2.0
"""In the turn that sends, the beat may have aged by the time `prepare` took; the scanner's own token
lives no longer."""

_MISSING = {
    Privilege.VIEW: Reason.VIEW_NOT_GRANTED,
    Privilege.TALK: Reason.TALK_NOT_GRANTED,
    Privilege.EDIT: Reason.EDIT_NOT_GRANTED,
    Privilege.START: Reason.START_NOT_GRANTED,
    Privilege.PATIENT: Reason.PATIENT_NOT_GRANTED,
}


@dataclass(frozen=True, slots=True)
class Permit:
    """A start that passed, bound to exactly what it passed under."""

    step: Step
    revision: str
    standing: StandingNumber
    holder: Holder
    beat_at_s: float


@dataclass(frozen=True, slots=True)
class Refused:
    """All reasons at once."""

    findings: tuple[Finding, ...]


def check_privilege(site: Situation, kind: str, sender: Holder) -> tuple[Finding, ...]:
    """Why this sender may not send this kind of command; empty when it may."""
    if kind in {"stop_scan", "report_wrong"}:
        if sender.role in ROLES_THAT_MAY_STOP:
            return ()
        return (finding(Reason.ROLE_FORBIDS, role=sender.role.value),)
    if kind not in COMMAND_PRIVILEGE:
        return (finding(Reason.ROLE_FORBIDS, role=sender.role.value),)
    needed = COMMAND_PRIVILEGE[kind]
    if needed is not None and needed not in ROLE_PRIVILEGES.get(sender.role, frozenset()):
        return (finding(Reason.ROLE_FORBIDS, role=sender.role.value),)
    if kind == "acknowledge_alarm":
        return _holding(site, sender)
    if needed is None or needed in site.control.privileges_of(sender.link):
        return ()
    if needed in {Privilege.VIEW, Privilege.TALK}:
        return (finding(_MISSING[needed]),)
    return (*_holding(site, sender), finding(_MISSING[needed]))


def decide_start(
    command: StartStep,
    sender: Holder,
    site: Situation,
    *,
    standing: NumberedStanding,
    beat_at_s: float | None,
) -> Permit | Refused:
    """Permit or refuse a start under `standing`, which is that of `site`.

    `beat_at_s`: when the echoed beat was sent, None if never on this link.
    """
    found: list[Finding] = list(_holding(site, sender))
    if Privilege.START not in ROLE_PRIVILEGES.get(sender.role, frozenset()):
        found.append(finding(Reason.ROLE_FORBIDS, role=sender.role.value))
    if command.standing != standing.number:
        found.append(finding(Reason.STALE_STANDING))
    if beat_at_s is None or not 0.0 <= site.at_s - beat_at_s <= BEAT_LIMIT_S:
        found.append(finding(Reason.LATE))
    found.extend(_in_flight(site, command.command_id))
    step, against = _bound_step(site, command.step_id, command.revision)
    found.extend(against)
    found.extend(standing.against)
    if found or step is None or beat_at_s is None:
        return Refused(_once(found))
    return Permit(step, command.revision, standing.number, sender, beat_at_s)


def decide_armed(
    step_id: str, revision: str, site: Situation, *, standing: NumberedStanding
) -> Permit | Refused:
    """The armed step, when the running one ended: the same gate, with the lease live at this moment."""
    operator = site.control.operator
    if not isinstance(operator, RemoteControl):
        return Refused((finding(Reason.NO_CONTROL),))
    step, found = _bound_step(site, step_id, revision)
    found = [*_in_flight(site, ""), *found, *standing.against]
    if found or step is None:
        return Refused(_once(found))
    return Permit(step, revision, standing.number, operator.holder, operator.renewed_at_s)


def still_permitted(
    permit: Permit, site: Situation, standing: NumberedStanding, *, own_command: str
) -> tuple[Finding, ...]:
    """What changed since the permit, compared in the turn that sends. `own_command` is in flight itself."""
    found: list[Finding] = list(_holding(site, permit.holder))
    if standing.number != permit.standing:
        found.append(finding(Reason.STALE_STANDING))
    if site.at_s - permit.beat_at_s > SEND_LIMIT_S:
        found.append(finding(Reason.LATE))
    exam = site.facts.exam
    step = exam.step(permit.step.step_id) if exam else None
    if exam is None or step is None or step_revision(site.facts, exam, step) != permit.revision:
        found.append(finding(Reason.STALE_REVISION, step=permit.step.plan.name))
    if step is not None:
        found.extend(judge_step(site, step, state=StepState.STARTING))
    return _once([*found, *standing.against, *_in_flight(site, own_command)])


def _holding(site: Situation, sender: Holder) -> tuple[Finding, ...]:
    match site.control.operator:
        case RemoteControl(holder=holder) if holder == sender:
            return ()
        case RemoteControl(holder=holder):
            return (finding(Reason.NOT_HOLDER, holder=holder.name),)
        case SuspendedControl():
            return (finding(Reason.CONTROL_SUSPENDED),)
        case LocalControl():
            return (finding(Reason.NO_CONTROL),)


def _in_flight(site: Situation, own_command: str) -> list[Finding]:
    """A start on its way is no interlock: it must not change the standing under its own feet."""
    start, ways = site.facts.open_start, [site.on_its_way] if site.on_its_way else []
    if start is not None and start.outcome is StartOutcome.PENDING:
        ways.append((start.command_id, start.step_id))
    return [
        finding(Reason.SCANNER_BUSY, activity=f"{step_name(site.facts, step_id)} is starting")
        for command_id, step_id in ways
        if command_id != own_command
    ]


def _bound_step(site: Situation, step_id: str, revision: str) -> tuple[Step | None, list[Finding]]:
    exam = site.facts.exam
    step = exam.step(step_id) if exam else None
    if exam is None or step is None:
        return None, [finding(Reason.STEP_UNKNOWN)]
    found = list(judge_step(site, step))
    if step_revision(site.facts, exam, step) != revision:
        found.insert(0, finding(Reason.STALE_REVISION, step=step.plan.name))
    return step, found


def _once(found: list[Finding]) -> tuple[Finding, ...]:
    """Each finding once, in order."""
    seen: list[Finding] = []
    for one in found:
        if one not in seen:
            seen.append(one)
    return tuple(seen)
