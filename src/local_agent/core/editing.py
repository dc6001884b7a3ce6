"""Protocols and their steps: open, edit, undo, repeat, arm.

Rules upheld here:
- The scanner is the authority on what is achieved; an edit with a conflict changes nothing.
- An edit names the revision that was looked at; another edit meanwhile makes it stale.
- One edit of a step at a time. A step that is starting or has run is not edited but repeated.
- When patient, coil or scanner change, every planned step is achieved anew before it may start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from local_agent.core import events as e
from local_agent.core.control_state import Holder
from local_agent.core.desk import Desk, Moment, Purpose, StepSheet
from local_agent.core.effects import Answer
from local_agent.core.events import StepPlan
from local_agent.core.exam_state import Step
from local_agent.core.revision import step_revision
from local_agent.core.showing import step_detail
from mr_contract.console_messages import (
    ArmStep,
    EditStep,
    EditTried,
    OpenProtocol,
    ProtocolOffer,
    ProtocolsListed,
    RepeatStep,
    StepChanged,
    TryEdit,
    UndoEdit,
)
from mr_contract.findings import Finding, finding
from mr_contract.model import ParameterValue
from mr_contract.reasons import Reason
from mr_contract.scanner_messages import (
    CheckStep,
    LoadProtocol,
    ProtocolLoaded,
    ScannerProtocolsListed,
    SetStep,
    StepAchieved,
)
from mr_contract.vocabulary import Privilege, StepState

STEPS_SHOWN = 64
"""Most steps an exam may have: as many as `ExamView` shows."""


def open_protocol(desk: Desk, command: OpenProtocol, sender: Holder, moment: Moment) -> None:
    """Ask the scanner for an approved protocol, achieved for this patient."""
    exam = desk.facts.exam
    found: list[Finding] = []
    if exam is None:
        found.append(finding(Reason.NO_EXAM))
    elif exam.data_count is None:
        found.append(finding(Reason.PATIENT_DATA_MISSING, missing="weight, height, position"))
    elif desk.flight is not None or any(s.state is not StepState.PLANNED for s in exam.steps):
        found.append(finding(Reason.NOT_NOW))
    approved = desk.policy.approved_protocols
    if approved and command.protocol_id not in approved:
        found.append(finding(Reason.PROTOCOL_NOT_APPROVED))
    if desk.readings.scanner is None:
        found.append(finding(Reason.SCANNER_NOT_HEARD))
    if found:
        desk.answer(sender.link, command.command_id, tuple(found))
        return
    purpose = Purpose("load", moment.at_s, sender.link, command.command_id, by=sender.name)
    desk.ask(LoadProtocol, purpose, protocol_id=command.protocol_id)


def protocol_loaded(desk: Desk, reply: ProtocolLoaded, purpose: Purpose, moment: Moment) -> None:
    """The steps as this scanner achieves them; each is then committed under its own id."""
    exam = desk.facts.exam
    if not reply.offer.approved and not desk.policy.approved_protocols:
        desk.answer(purpose.link, purpose.command_id, (finding(Reason.PROTOCOL_NOT_APPROVED),))
        return
    running = exam is not None and any(s.state is not StepState.PLANNED for s in exam.steps)
    if exam is None or running or desk.flight is not None:
        desk.answer(purpose.link, purpose.command_id, (finding(Reason.NOT_NOW),))
        return
    plans = tuple(plan_of(f"s{n}", step.name, step) for n, step in enumerate(reply.steps, 1))
    desk.sheets.clear()
    desk.opened.clear()
    desk.record(
        e.ProtocolOpened(
            by=purpose.by,
            protocol_id=reply.offer.protocol_id,
            name=reply.offer.name,
            version=reply.offer.version,
            steps=plans,
        )
    )
    for plan, step in zip(plans, reply.steps, strict=True):
        desk.sheets[plan.step_id] = StepSheet(step.specs, setting=0, estimate=step.estimate)
    recheck_steps(desk, moment)
    desk.answer(purpose.link, purpose.command_id)


def protocols_listed(desk: Desk, reply: ScannerProtocolsListed, purpose: Purpose) -> None:
    """What the scanner offers, with the site's approval over the scanner's own."""
    approved = desk.policy.approved_protocols
    offers = tuple(
        ProtocolOffer(
            protocol_id=p.protocol_id,
            name=p.name,
            version=p.version,
            approved=p.protocol_id in approved if approved else p.approved,
        )
        for p in reply.protocols
    )
    desk.emit(Answer(purpose.link, ProtocolsListed(scanner=desk.scanner, protocols=offers)))
    desk.answer(purpose.link, purpose.command_id)


def plan_of(step_id: str, name: str, achieved: StepAchieved) -> StepPlan:
    """What is kept of an achieved step."""
    return StepPlan(
        step_id=step_id,
        name=name,
        sequence=achieved.sequence,
        values=achieved.values,
        slices=achieved.slices,
        prediction=achieved.prediction,
        duration_s=achieved.duration_s,
        relative_snr=achieved.relative_snr,
    )


def recheck_steps(desk: Desk, moment: Moment) -> None:
    """Have every planned step achieved anew; until then none of them may start."""
    exam = desk.facts.exam
    desk.read(checked_steps=frozenset())
    if exam is None or desk.readings.scanner is None:
        return
    for step in exam.steps:
        if step.state is StepState.PLANNED and step.step_id not in desk.editing:  # once its edit is answered
            _commit(desk, step, step.plan, {}, Purpose("recheck", moment.at_s, step_id=step.step_id))


def check_unchecked(desk: Desk, moment: Moment) -> None:
    """Have those planned steps checked that nobody is checking: planned again, or an edit failed."""
    exam = desk.facts.exam
    if exam is None or desk.readings.scanner is None or desk.awaits("register"):
        return
    for step in exam.steps:
        awaited = desk.awaits("set", "undo", "recheck", step_id=step.step_id)
        checked = step.step_id in desk.readings.checked_steps
        if step.state is StepState.PLANNED and not checked and not awaited:
            _commit(desk, step, step.plan, {}, Purpose("recheck", moment.at_s, step_id=step.step_id))


def check_waited(desk: Desk, moment: Moment) -> None:
    """Ask again for steps whose wait for the SAR average is over: the scanner says whether they may start."""
    exam = desk.facts.exam
    if exam is None or desk.readings.scanner is None:
        return
    for step in exam.steps:
        sheet = desk.sheets.get(step.step_id)
        over = sheet and sheet.wait_ends_at_s is not None and moment.at_s >= sheet.wait_ends_at_s
        checked = step.step_id in desk.readings.checked_steps
        if over and checked and step.state is StepState.PLANNED and step.step_id not in desk.editing:
            _commit(desk, step, step.plan, {}, Purpose("recheck", moment.at_s, step_id=step.step_id))


def edit(desk: Desk, command: EditStep | TryEdit, sender: Holder, moment: Moment) -> None:
    """Ask the scanner what it achieves; kept only for `EditStep`, and only without conflict."""
    step, found = _editable(desk, command.step_id, command.revision)
    if found or step is None:
        desk.answer(sender.link, command.command_id, found)
        return
    plan = step.plan
    if command.slices is not None:
        plan = plan.model_copy(update={"slices": command.slices})
    purpose = Purpose(
        "set" if isinstance(command, EditStep) else "try",
        moment.at_s,
        sender.link,
        command.command_id,
        step.step_id,
        sender.name,
        tuple(command.changes.items()),
    )
    if isinstance(command, EditStep):
        desk.editing.add(step.step_id)
        _commit(desk, step, plan, command.changes, purpose)
    else:
        desk.ask(
            CheckStep,
            purpose,
            sequence=plan.sequence,
            values=plan.values,
            changes=command.changes,
            slices=plan.slices,
        )


def undo(desk: Desk, command: UndoEdit, sender: Holder, moment: Moment) -> None:
    """Go back to the plan before the last edit."""
    step, found = _editable(desk, command.step_id, command.revision)
    if step is not None and not found and not step.history:
        found = (finding(Reason.NOT_NOW),)
    if found or step is None:
        desk.answer(sender.link, command.command_id, found)
        return
    desk.editing.add(step.step_id)
    purpose = Purpose("undo", moment.at_s, sender.link, command.command_id, step.step_id, sender.name)
    _commit(desk, step, step.history[-1], {}, purpose)


def _editable(desk: Desk, step_id: str, revision: str) -> tuple[Step | None, tuple[Finding, ...]]:
    exam = desk.facts.exam
    step = exam.step(step_id) if exam else None
    if exam is None or step is None:
        return None, (finding(Reason.STEP_UNKNOWN),)
    found: list[Finding] = []
    if step.state is not StepState.PLANNED:
        found.append(finding(Reason.STEP_NOT_PLANNED, step=step.plan.name))
    if step.step_id in desk.editing or (desk.flight and desk.flight.permit.step.step_id == step_id):
        found.append(finding(Reason.NOT_NOW))
    if step_revision(desk.facts, exam, step) != revision:
        found.append(finding(Reason.STALE_REVISION, step=step.plan.name))
    if desk.readings.scanner is None:
        found.append(finding(Reason.SCANNER_NOT_HEARD))
    return step, tuple(found)


def _commit(
    desk: Desk, step: Step, plan: StepPlan, changes: Mapping[str, ParameterValue], purpose: Purpose
) -> None:
    desk.read(checked_steps=desk.readings.checked_steps - {step.step_id})
    desk.ask(
        SetStep,
        purpose,
        step_id=step.step_id,
        sequence=plan.sequence,
        name=plan.name,
        values=plan.values,
        changes=dict(changes),
        slices=plan.slices,
    )


def step_achieved(desk: Desk, reply: StepAchieved, purpose: Purpose, moment: Moment) -> None:
    """The scanner's answer to set, undo, recheck or try."""
    exam = desk.facts.exam
    step = exam.step(purpose.step_id) if exam else None
    if exam is None or step is None:
        desk.answer(purpose.link, purpose.command_id, (finding(Reason.STEP_UNKNOWN),))
        return
    if purpose.what == "try":
        _answer_try(desk, step, reply, purpose)
        return
    desk.editing.discard(step.step_id)
    if reply.conflicts:
        _conflict(desk, step, reply, purpose, moment)
        return
    plan = plan_of(step.step_id, step.plan.name, reply)
    waited_s = reply.prediction.wait_s
    wait_ends_at_s = moment.at_s + waited_s if waited_s > 0 else None
    desk.sheets[step.step_id] = StepSheet(
        reply.specs,
        reply.setting,
        reply.changes,
        wait_ends_at_s=wait_ends_at_s,
        estimate=reply.estimate,
    )
    newer = desk.awaits("register") or desk.awaits("set", "undo", "recheck", step_id=step.step_id)
    if not newer and reply.coil == desk.facts.coil:
        desk.read(checked_steps=desk.readings.checked_steps | {step.step_id})
    if purpose.what == "recheck":
        if plan != step.plan:
            desk.record(e.StepReachieved(by=desk.scanner, plan=plan))
        _show_step(desk, step.step_id, "")
        return
    desk.record(
        e.StepSet(
            by=purpose.by,
            plan=plan,
            changes=reply.changes,
            asked=dict(purpose.asked),
            undo=purpose.what == "undo",
        )
    )
    _show_step(desk, step.step_id, purpose.link)
    desk.answer(purpose.link, purpose.command_id)
    check_unchecked(desk, moment)


def _conflict(desk: Desk, step: Step, reply: StepAchieved, purpose: Purpose, moment: Moment) -> None:
    """Nothing was committed: show why and what can be had, and have the old plan committed again."""
    sheet = desk.sheets.get(step.step_id)
    setting, estimate = (sheet.setting, sheet.estimate) if sheet else (0, "")
    desk.sheets[step.step_id] = StepSheet(reply.specs, setting, conflicts=reply.conflicts, estimate=estimate)
    first = reply.conflicts[0]
    found = (finding(Reason.STEP_IN_CONFLICT, step=step.plan.name, why=first.why),)
    if purpose.what == "recheck":
        return  # it stays unchecked, and says so
    _show_step(desk, step.step_id, purpose.link)
    desk.answer(purpose.link, purpose.command_id, found)
    _commit(desk, step, step.plan, {}, Purpose("recheck", moment.at_s, step_id=step.step_id))


def _answer_try(desk: Desk, step: Step, reply: StepAchieved, purpose: Purpose) -> None:
    exam = desk.facts.exam
    if exam is None:
        return
    would_be = replace(step, plan=plan_of(step.step_id, step.plan.name, reply))
    sheet = StepSheet(reply.specs, 0, reply.changes, reply.conflicts, estimate=reply.estimate)
    detail = step_detail(desk.facts, exam, would_be, sheet)
    tried = EditTried(command_id=purpose.command_id, scanner=desk.scanner, step=detail)
    desk.emit(Answer(purpose.link, tried))
    desk.answer(purpose.link, purpose.command_id)


def _show_step(desk: Desk, step_id: str, link: str) -> None:
    """Send a step's details to the link that asked, and to every other that follows them."""
    exam = desk.facts.exam
    step = exam.step(step_id) if exam else None
    sheet = desk.sheets.get(step_id)
    if exam is None or step is None or sheet is None:
        return
    changed = StepChanged(scanner=desk.scanner, step=step_detail(desk.facts, exam, step, sheet))
    following = [one for one, steps in desk.opened.items() if step_id in steps and one != link]
    for one in ([link] if link else []) + following:
        if Privilege.VIEW in desk.control.privileges_of(one):
            desk.emit(Answer(one, changed))


def open_step(desk: Desk, step_id: str, command_id: str, link: str) -> None:
    """Send the details of a step, now and whenever they change."""
    exam = desk.facts.exam
    step = exam.step(step_id) if exam else None
    if step is None:
        desk.answer(link, command_id, (finding(Reason.STEP_UNKNOWN),))
        return
    desk.opened.setdefault(link, set()).add(step_id)
    if step_id not in desk.sheets:  # after a restart: they come when the scanner has achieved it anew
        desk.answer(link, command_id, (finding(Reason.STEP_UNCHECKED, step=step.plan.name),))
        return
    _show_step(desk, step_id, link)
    desk.answer(link, command_id)


def repeat_step(desk: Desk, command: RepeatStep, sender: Holder, moment: Moment) -> None:
    """Queue the step once more, right after it, with a reason."""
    exam = desk.facts.exam
    step = exam.step(command.step_id) if exam else None
    if exam is None or step is None:
        desk.answer(sender.link, command.command_id, (finding(Reason.STEP_UNKNOWN),))
        return
    if not command.reason.strip():
        desk.answer(sender.link, command.command_id, (finding(Reason.REASON_NEEDED),))
        return
    if len(exam.steps) >= STEPS_SHOWN:
        desk.answer(sender.link, command.command_id, (finding(Reason.NOT_NOW),))
        return
    base = step.step_id.partition("r")[0]
    count = sum(1 for s in exam.steps if s.step_id.partition("r")[0] == base)
    new_id = f"{base}r{count}"
    desk.record(
        e.StepRepeated(by=sender.name, step_id=step.step_id, new_step_id=new_id, reason=command.reason)
    )
    sheet = desk.sheets.get(step.step_id)
    if sheet is not None:
        desk.sheets[new_id] = StepSheet(sheet.specs, setting=0, estimate=sheet.estimate)
    new = desk.facts.exam.step(new_id) if desk.facts.exam else None
    if new is not None and desk.readings.scanner is not None:
        _commit(desk, new, new.plan, {}, Purpose("recheck", moment.at_s, step_id=new_id))
    desk.answer(sender.link, command.command_id)


def arm_step(desk: Desk, command: ArmStep, sender: Holder) -> None:
    """Arm a planned step to follow the running one."""
    exam = desk.facts.exam
    step = exam.step(command.step_id) if exam else None
    if exam is None or step is None:
        desk.answer(sender.link, command.command_id, (finding(Reason.STEP_UNKNOWN),))
        return
    found: list[Finding] = []
    if step.state is not StepState.PLANNED:
        found.append(finding(Reason.STEP_NOT_PLANNED, step=step.plan.name))
    if step_revision(desk.facts, exam, step) != command.revision:
        found.append(finding(Reason.STALE_REVISION, step=step.plan.name))
    if desk.facts.running is None or desk.facts.stop_latched or desk.facts.bulb_squeezed:
        found.append(finding(Reason.NOT_NOW))
    if command.command_id in desk.facts.starts:
        found.append(finding(Reason.COMMAND_REUSED))
    if not found:
        desk.record(
            e.StepArmed(
                by=sender.name,
                command_id=command.command_id,
                step_id=command.step_id,
                revision=command.revision,
            )
        )
    desk.answer(sender.link, command.command_id, tuple(found))
