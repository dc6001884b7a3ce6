"""How events change the open exam: identity, screening, positioning, decisions, and the queue of steps."""

from __future__ import annotations

from dataclasses import replace

from local_agent.core import events as e
from local_agent.core.events import JournalEvent, StepPlan
from local_agent.core.exam_state import (
    NOT_DECIDED,
    Exam,
    ReadyConfirmation,
    Signature,
    SignedException,
    Step,
)
from local_agent.core.responsibilities import Acknowledgement, Division
from mr_contract.exam import SeriesView
from mr_contract.vocabulary import StepState


def fold_exam(exam: Exam, event: JournalEvent, count: int) -> Exam:
    """The open exam after one event; `count` is what the event is named by. Total."""
    match event:
        case e.IdentityConfirmed():
            return replace(exam, identity_count=count)
        case e.ScreeningRecorded(implants=implants, implant_free=free):
            return replace(
                exam,
                screening_count=count,
                implants=implants,
                implant_free=free,
                signatures=(),
                exception=None,
                full_stop_count=None,
                first_level_local=NOT_DECIDED,
                first_level_remote=NOT_DECIDED,
            )
        case e.ScreeningSigned(staff_id=staff_id, mr_level=level):
            signature = Signature(staff_id, level, event.by)
            return replace(exam, signatures=(*exam.signatures, signature))
        case e.ScreeningSignedRemotely(staff_id=staff_id, mr_level=level):
            signature = Signature(staff_id, level, event.by, remote=True, by_video=event.by_video)
            return replace(exam, signatures=(*exam.signatures, signature))
        case e.EmergencyExceptionSigned(staff_id=staff_id, reason=reason):
            return replace(exam, exception=SignedException(count, staff_id, event.by, reason))
        case e.FullStopConfirmed():
            return replace(exam, full_stop_count=count)
        case e.PatientDataRecorded():
            if exam.position is not event.position:
                exam = replace(exam, ready=None, ready_void="")  # lying otherwise is positioning anew
            return replace(
                exam,
                weight_kg=event.weight_kg,
                height_cm=event.height_cm,
                position=event.position,
                data_count=count,
                first_level_local=NOT_DECIDED,
                first_level_remote=NOT_DECIDED,
            )
        case e.LandmarkChosen(landmark=landmark):
            return replace(exam, landmark=landmark, ready=None, ready_void="")
        case e.PatientReadyConfirmed():
            ready = ReadyConfirmation(count, event.scanner_boot, event.moved_number, event.coil)
            return replace(exam, ready=ready, ready_void="")
        case e.FirstLevelDecided(side="remote"):
            return replace(exam, first_level_remote=exam.first_level_remote.after(event))
        case e.FirstLevelDecided():
            return replace(exam, first_level_local=exam.first_level_local.after(event))
        case e.ResponsibilitiesDivided(digest=digest, items=items):
            return replace(exam, division=Division(digest, items, count))
        case e.ResponsibilitiesAcknowledged() if exam.division and exam.division.digest == event.digest:
            by = Acknowledgement(event.by, event.people)
            return replace(exam, division=exam.division.acknowledged(event.end, by, count))
        case e.ProtocolOpened():
            steps = tuple(Step(plan, approved=plan) for plan in event.steps)
            return replace(
                exam, protocol_name=f"{event.name[:140]} v{event.version}", steps=steps, armed=None
            )
        case _:
            return _fold_steps(exam, event)


def _fold_steps(exam: Exam, event: JournalEvent) -> Exam:
    match event:
        case e.StepSet(plan=plan, undo=undo):
            return _replan(exam, plan, keep=not undo)
        case e.StepReachieved(plan=plan):
            return _replan(exam, plan, keep=None)
        case e.StepRepeated():
            return _repeat(exam, event)
        case e.StepArmed():
            return replace(exam, armed=event)
        case e.StepDisarmed():
            return replace(exam, armed=None)
        case e.SeriesAnnounced():
            return _announce(exam, event)
        case e.SeriesWasStored(series_id=series_id, exam_id=exam_id) if exam_id in {None, exam.exam_id}:
            return _mark_stored(exam, series_id)
        case _:
            return exam


def _replan(exam: Exam, plan: StepPlan, *, keep: bool | None) -> Exam:
    """A new plan for a step: `keep` True pushes the old one for undo, False pops it, None neither."""

    def change(step: Step) -> Step:
        if step.step_id != plan.step_id:
            return step
        history = step.history
        if keep is True:
            history = (*history, step.plan)[-50:]
        elif keep is False:
            history = history[:-1]
        return replace(step, plan=plan, history=history)

    armed = exam.armed if exam.armed and exam.armed.step_id != plan.step_id else None
    return replace(exam, steps=tuple(map(change, exam.steps)), armed=armed)


def _repeat(exam: Exam, event: e.StepRepeated) -> Exam:
    """Right after the step and the repeats it already has."""
    step = exam.step(event.step_id)
    if step is None:
        return exam
    plan = step.plan.model_copy(update={"step_id": event.new_step_id})
    approved = step.approved.model_copy(update={"step_id": event.new_step_id})
    again = Step(plan, approved, repeat_of=step.step_id, repeat_reason=event.reason)
    family = {event.step_id} | {s.step_id for s in exam.steps if s.repeat_of == event.step_id}
    place = max(n for n, s in enumerate(exam.steps) if s.step_id in family) + 1
    return replace(exam, steps=(*exam.steps[:place], again, *exam.steps[place:]))


def _announce(exam: Exam, event: e.SeriesAnnounced) -> Exam:
    view = SeriesView(
        series_id=event.series_id,
        step_id=event.step_id,
        number=event.number,
        description=event.description,
        instance_count=event.instance_count,
        complete=event.complete,
        stored=False,
    )
    others = tuple(s for s in exam.series if s.series_id != event.series_id)
    announced = replace(_advance(exam, event.step_id, StepState.IMAGES_READY), series=(*others, view))
    return _mark_stored(announced, event.series_id) if event.series_id in exam.stored_early else announced


def _mark_stored(exam: Exam, series_id: str) -> Exam:
    series = tuple(
        s.model_copy(update={"stored": True}) if s.series_id == series_id else s for s in exam.series
    )
    step_id = next((s.step_id for s in exam.series if s.series_id == series_id), None)
    if step_id is None:
        return replace(exam, stored_early=exam.stored_early | {series_id})
    return replace(
        _advance(exam, step_id, StepState.STORED), series=series, stored_early=exam.stored_early - {series_id}
    )


def _advance(exam: Exam, step_id: str, state: StepState) -> Exam:
    """A complete step goes on to images ready and stored; a stopped one stays marked stopped."""
    advancing = {StepState.ACQUIRED, StepState.IMAGES_READY}
    steps = tuple(
        replace(s, state=state) if s.step_id == step_id and s.state in advancing else s for s in exam.steps
    )
    return replace(exam, steps=steps)
