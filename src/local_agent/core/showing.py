"""Desk → what is shown at both ends. Views are derived anew each time and hold no state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from local_agent.core.control_state import (
    LEASE_S,
    SUSPENDED_S,
    LocalControl,
    RemoteControl,
    SuspendedControl,
)
from local_agent.core.desk import Desk, Moment, StepSheet
from local_agent.core.exam_state import Exam, Step
from local_agent.core.facts import Facts
from local_agent.core.responsibilities import moved_from
from local_agent.core.revision import step_revision
from local_agent.core.screening import (
    exception_possible,
    remote_signature,
    screening_digest,
    screening_findings,
    signature_findings,
)
from local_agent.core.showing_quarantine import quarantine_view
from local_agent.core.step_findings import judge_step
from mr_contract.exam import Deviation, ExamView, PatientBand, StepDetail, StepView
from mr_contract.findings import Findings
from mr_contract.media_messages import SourceView
from mr_contract.model import ParameterValue
from mr_contract.responsibilities import ResponsibilitiesView
from mr_contract.screening import MOST_SIGNATURES, ExceptionView, ScreeningView, SignatureView
from mr_contract.tablet_messages import ChecklistView
from mr_contract.views import ControlView, RoomView, ScannerStatus
from mr_contract.vitals import Vitals
from mr_contract.vocabulary import (
    ControlPhase,
    OperatingMode,
    Privilege,
    SourceState,
    StartOutcome,
    StepState,
)

SERIES_SHOWN = 128
HIGHEST_SNR = 1000.0
VITALS_FRESH_S = 5.0


def control_view(desk: Desk, link: str, at_s: float) -> ControlView:
    """Who operates, as seen from one link ("" for the tablet)."""
    control = desk.control
    pending = control.request_of(link) or control.pending
    own = _ordered(control.privileges_of(link))
    phase = ControlPhase.CONSENT_PENDING if pending else ControlPhase.LOCAL
    view = ControlView(
        phase=phase,
        privileges=own,
        request_id=pending.request_id if pending else None,
        requested=_ordered(pending.privileges) if pending else (),
        requested_by=pending.holder.name if pending else "",
        requested_role=pending.holder.role if pending else None,
        requested_link_loss_action=pending.link_loss_action if pending else None,
        responsibilities_acknowledged=_acknowledged(desk, link),
    )
    match control.operator:
        case RemoteControl(holder, _, privileges, action):
            update = {
                "phase": ControlPhase.REMOTE,
                "holder": holder.name,
                "yours": holder.link == link,
                "privileges": own if link else _ordered(privileges),
                "link_loss_action": action,
            }
            return view.model_copy(update=update)
        case SuspendedControl(was, since_s):
            update = {
                "phase": ControlPhase.SUSPENDED,
                "holder": was.holder.name,
                "link_loss_action": was.link_loss_action,
                "suspended_for_s": float(max(0, round(SUSPENDED_S - (at_s - since_s)))),
            }
            return view.model_copy(update=update)
        case LocalControl():
            return view


def _acknowledged(desk: Desk, link: str) -> bool:
    """Whether who sits at this link acknowledged who does what; at the tablet who holds, or else asks."""
    exam, control = desk.facts.exam, desk.control
    who = desk.consoles.get(link) or control.person
    division = exam.division if exam else None
    return division is not None and who is not None and division.holds_for(who.device)


def link_loss_in_s(desk: Desk, at_s: float) -> float | None:
    """Seconds until the holder's lease lapses, once it is late; None while all is well."""
    operator = desk.control.operator
    if not isinstance(operator, RemoteControl) or at_s - operator.renewed_at_s < 1.0:
        return None
    return round(max(0.0, LEASE_S - (at_s - operator.renewed_at_s)), 1)


def sources_view(desk: Desk) -> tuple[SourceView, ...]:
    """Cameras and screens; what the local operator paused is paused, whatever else is said of it."""
    paused = {"state": SourceState.PAUSED, "why": None, "retry_at": None}
    return tuple(
        view.model_copy(update=paused) if view.source in desk.facts.paused_sources else view
        for view in desk.readings.sources
    )


def vitals_view(desk: Desk, at_s: float, *, view: bool) -> Vitals | None:
    """What the scanner's sensors show, while it is fresh; of a patient, so only with `view`."""
    readings = desk.readings
    fresh = at_s - readings.vitals_at_s <= VITALS_FRESH_S
    return readings.vitals if view and fresh and desk.facts.exam is not None else None


def status_view(desk: Desk, moment: Moment, *, asks_for_you: bool) -> ScannerStatus:
    """State of the scanner for its card and band; nothing here identifies the patient."""
    reading, facts = desk.readings.scanner, desk.facts
    start = facts.open_start
    unknown = start.command_id if start and start.outcome is StartOutcome.UNKNOWN else None
    running = facts.exam.step(facts.running.step_id) if facts.exam and facts.running else None
    until = None
    if desk.readings.presence_at_s is not None:
        left_s = desk.readings.presence_at_s + desk.policy.presence_minutes * 60.0 - moment.at_s
        until = (moment.wall + timedelta(seconds=left_s)).replace(microsecond=0)
    return ScannerStatus(
        activity=reading.activity if reading else None,
        mode=reading.mode if reading else None,
        can_stop=bool(reading and reading.capabilities.stop),
        fault=facts.fault,
        stop_latched=facts.stop_latched,
        asks_for_you=asks_for_you,
        band=band(desk),
        step_name=running.plan.name if running else "",
        progress=reading.progress if reading and facts.running else None,
        room=RoomView(
            door_closed=facts.door_closed, table=facts.table, coil=facts.coil, magnet=reading.magnet
        )
        if reading
        else RoomView(),
        unknown_command=unknown,
        presence_until=until,
    )


def band(desk: Desk) -> PatientBand | None:
    """The short form of the patient: enough to tell two apart."""
    exam, item = desk.facts.exam, desk.item
    if exam is None or item is None:
        return None
    demo = item.patient.name.upper().startswith("DEMO")
    initials = "".join(part[0] for part in item.patient.name.replace("^", " ").split() if part)
    label = f"{'DEMO ' if demo else ''}P-{item.patient.patient_id[-3:]}" if demo else initials
    return PatientBand(label=label, birth_year=int(item.patient.birth_date[:4]), sex=item.patient.sex)


def exam_view(desk: Desk, at_s: float, *, view: bool) -> ExamView | None:
    """The open exam; who it is and what is planned only where `view` is granted.

    Made anew only when something it is made of is another object: facts are never changed in place.
    """
    facts = desk.facts
    made_of = (
        facts.exam,
        facts.coil,
        facts.roster,
        desk.item,
        desk.readings.checked_steps,
        facts.quarantines,
    )
    kept = desk.exam_views.get(view)
    if kept is not None and all(a is b for a, b in zip(kept[0], made_of, strict=True)):
        return kept[1]
    fresh = _exam_view(desk, at_s, view=view)
    desk.exam_views[view] = (made_of, fresh)
    return fresh


def _exam_view(desk: Desk, at_s: float, *, view: bool) -> ExamView | None:
    exam, item, short = desk.facts.exam, desk.item, band(desk)
    if exam is None or item is None or short is None:
        return None
    site = desk.situation(at_s)
    steps = tuple(_step_view(desk, exam, step, judge_step(site, step)) for step in exam.steps)
    return ExamView(
        exam_id=exam.exam_id,
        accession=item.accession if view else "",
        procedure=exam.procedure,
        side=exam.side,
        band=short,
        patient=item.patient if view else None,
        age_years=exam.age_years,
        weight_kg=exam.weight_kg if view else None,
        height_cm=exam.height_cm if view else None,
        position=exam.position,
        landmark=exam.landmark,
        implants=exam.implants if view else (),
        screening=screening_view(desk, exam) if view else None,
        contrast_planned=exam.contrast_planned,
        mode=OperatingMode.FIRST_LEVEL if exam.first_level.decided else OperatingMode.NORMAL,
        first_level_up_to_w_per_kg=exam.first_level.w_per_kg,
        first_level_up_to_pns_percent=exam.first_level.pns_percent,
        responsibilities=responsibilities_view(desk, exam),
        protocol_name=exam.protocol_name,
        steps=steps if view else (),
        armed_step=exam.armed.step_id if exam.armed else None,
        series=exam.series[-SERIES_SHOWN:] if view else (),
        quarantine=quarantine_view(desk, exam.exam_id, view=view),
    )


def screening_view(desk: Desk, exam: Exam) -> ScreeningView:
    """The screening, who signed it, and a physician's exception to it."""
    signatures = tuple(
        SignatureView(name=s.name or s.staff_id, mr_level=s.mr_level, remote=s.remote, by_video=s.by_video)
        for s in exam.signatures
    )
    exception = exam.exception
    return ScreeningView(
        digest=screening_digest(exam),
        recorded=exam.screening_count is not None,
        implant_free=exam.implant_free,
        signatures=signatures[:MOST_SIGNATURES],
        signed=not signature_findings(exam),
        full_stop=exam.full_stop_count is not None,
        remote_signature=remote_signature(desk.policy, desk.readings.sources),
        exception=ExceptionView(name=exception.name, reason=exception.reason) if exception else None,
        exception_possible=exception_possible(exam, desk.policy),
    )


def responsibilities_view(desk: Desk, exam: Exam) -> ResponsibilitiesView | None:
    """The list, what differs from the site's policy, and who acknowledged it."""
    division = exam.division
    if division is None:
        return None
    here = division.local.name if division.local and division.holds_here(desk.facts.roster) else ""
    return ResponsibilitiesView(
        items=division.items,
        digest=division.digest,
        moved=moved_from(desk.policy.responsibilities, division.items),
        acknowledged_local=here,
        acknowledged_remote=tuple(a.name for a in division.remote),
    )


def _step_view(desk: Desk, exam: Exam, step: Step, findings: Findings) -> StepView:
    facts, sheet = desk.facts, desk.sheets.get(step.step_id)
    labels = {spec.key: spec.label for spec in sheet.specs} if sheet else {}
    return StepView(
        step_id=step.step_id,
        name=step.plan.name,
        sequence=step.plan.sequence,
        state=StepState.ARMED
        if exam.armed and exam.armed.step_id == step.step_id and step.state is StepState.PLANNED
        else step.state,
        revision=step_revision(facts, exam, step),
        duration_s=step.plan.duration_s,
        estimate=sheet.estimate if sheet else "",
        deviations=_deviations(step, labels),
        findings=findings,
        repeat_of=step.repeat_of,
        repeat_reason=step.repeat_reason,
        outcome=step.outcome,
        lines_acquired=step.lines_acquired,
        lines_total=step.lines_total,
    )


def _deviations(step: Step, labels: Mapping[str, str]) -> tuple[Deviation, ...]:
    approved, values = step.approved.values, step.plan.values
    found = [
        Deviation(key=key, label=labels.get(key, key), approved=_words(approved[key]), value=_words(value))
        for key, value in values.items()
        if key in approved and value != approved[key]
    ]
    if step.plan.slices != step.approved.slices:
        found.append(Deviation(key="slices", label="slices", approved="approved", value="moved"))
    return tuple(found)


def _words(value: ParameterValue) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def step_detail(facts: Facts, exam: Exam, step: Step, sheet: StepSheet) -> StepDetail:
    """Everything an editor needs of one step."""
    snr = step.plan.relative_snr / step.approved.relative_snr if step.approved.relative_snr else 0.0
    snr = min(snr, HIGHEST_SNR)  # two finite figures may divide to infinity
    return StepDetail(
        step_id=step.step_id,
        revision=step_revision(facts, exam, step),
        values=step.plan.values,
        approved_values=step.approved.values,
        specs=sheet.specs,
        slices=step.plan.slices,
        approved_slices=step.approved.slices,
        prediction=step.plan.prediction,
        duration_s=step.plan.duration_s,
        estimate=sheet.estimate,
        relative_snr=snr,
        changes=sheet.changes,
        conflicts=sheet.conflicts,
        can_undo=bool(step.history),
    )


def checklist(desk: Desk) -> ChecklistView:
    """How far preparation has come."""
    exam = desk.facts.exam
    if exam is None:
        return ChecklistView()
    signers = tuple(signature.name or signature.staff_id for signature in exam.signatures)
    return ChecklistView(
        identity_confirmed=exam.identity_count is not None,
        screening_recorded=exam.screening_count is not None,
        screening_signed_by=signers[:4],
        screening_complete=not screening_findings(exam),
        full_stop=exam.full_stop_count is not None,
        patient_data=exam.data_count is not None,
        landmark_set=exam.landmark is not None,
        patient_ready=exam.ready is not None,
    )


def _ordered(privileges: frozenset[Privilege]) -> tuple[Privilege, ...]:
    return tuple(p for p in Privilege if p in privileges)
