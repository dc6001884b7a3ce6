"""The scanner as one pure function: state × input × moment → state, events, reply.

Whatever is not listed here cannot happen. Time passes first: what was due by `moment` has happened
before the input is looked at.
"""

from __future__ import annotations

from mr_contract.scanner_messages import (
    AcknowledgeBulb,
    CloseScannerExam,
    GetSnapshot,
    ImagesReady,
    MoveScannerTable,
    Ping,
    Pong,
    RegisterPatient,
    RunningAcquisition,
    SetScannerLandmark,
    Snapshot,
    Stop,
)
from mr_contract.vocabulary import ScannerActivity
from simulated_mri.scanner import bedside, exam, passing, room, running
from simulated_mri.scanner.inputs import (
    BreathCommanded,
    ContrastHappened,
    ImplantLabelled,
    Input,
    PatientIs,
    PatientLies,
    PatientMoved,
    PatientTold,
    PrepareAsked,
    SensorAttached,
    SeriesMade,
    StartAsked,
    StepSet,
    Tick,
)
from simulated_mri.scanner.state import Accepting, Acquiring, Idle, Moment, Outcome, Prepared, State


def advance(state: State, happening: Input, moment: Moment) -> Outcome:
    """What follows from an input at a moment."""
    now = passing.let_time_pass(state, moment)
    match happening:
        case Tick():
            return passing.progress(now, moment)
        case Stop():
            return running.stop(now, happening, moment)
        case StepSet():
            return running.commit(now, happening, moment)
        case PrepareAsked():
            return running.prepare(now, happening, moment)
        case StartAsked():
            return running.start(now, happening, moment)
        case GetSnapshot(request_id=request_id):
            return now.answered(snapshot(now.state, moment, reply_to=request_id))
        case Ping(request_id=request_id):
            return now.answered(Pong(reply_to=request_id, number=now.state.number))
        case SeriesMade():
            return _images_ready(now, happening, moment)
        case (
            RegisterPatient()
            | CloseScannerExam()
            | SetScannerLandmark()
            | MoveScannerTable()
            | AcknowledgeBulb()
        ):
            return exam.carry_out(now, happening, moment)
        case (
            PatientMoved()
            | PatientTold()
            | BreathCommanded()
            | SensorAttached()
            | PatientIs()
            | PatientLies()
            | ContrastHappened()
            | ImplantLabelled()
        ):
            return bedside.happen(now, happening, moment)
        case _:
            return room.happen(now, happening, moment)


def activity(state: State) -> ScannerActivity:
    """What the scanner says it is doing."""
    if state.fault:
        return ScannerActivity.FAULT
    match state.phase:
        case Idle():
            return ScannerActivity.IDLE
        case Prepared() | Accepting():
            return ScannerActivity.PREPARING
        case Acquiring():
            return ScannerActivity.ACQUIRING


def snapshot(state: State, moment: Moment, *, reply_to: int) -> Snapshot:
    """All that an agent may know, as of the last event."""
    return Snapshot(
        reply_to=reply_to,
        number=state.number,
        activity=activity(state),
        fault=state.fault,
        door_closed=state.door_closed,
        table=state.table,
        table_mm=passing.table_now_mm(state, moment),
        coil=state.coil,
        landmark=state.landmark,
        exam_id=None if state.patient is None else state.patient.exam_id,
        bulb_pressed=state.bulb_calling,
        moved_number=state.moved_number,
        last_command_id=state.last_command_id,
        magnet=room.magnet(state),
        running=_running(state, moment),
    )


def _running(state: State, moment: Moment) -> RunningAcquisition | None:
    run = state.phase
    if not isinstance(run, Acquiring):
        return None
    remaining_s = passing.remaining_s(run, state, moment)
    return RunningAcquisition(
        acquisition_id=run.acquisition_id,
        command_id=run.request.command_id,
        step_id=run.request.step_id,
        fraction=min(passing.planned_s(run, state, moment) / run.step.plan.duration_s, 1.0),
        remaining_s=remaining_s,
        lines_acquired=passing.lines_acquired(run, state, moment),
        lines_total=run.step.plan.lines_total,
        averages=passing.averages_now(run, state, moment),
        waiting=passing.waiting_for(run, state, moment),
        prescan=passing.prescan_now(run, passing.scan_elapsed_s(run, state, moment)),
    )


def _images_ready(now: Outcome, made: SeriesMade, moment: Moment) -> Outcome:
    return now.logged(
        ImagesReady,
        moment,
        acquisition_id=made.acquisition_id,
        command_id=made.command_id,
        step_id=made.step_id,
        series_id=made.series_id,
        series_number=made.series_number,
        description=made.description,
        instance_count=made.instance_count,
        complete=made.complete,
    )
