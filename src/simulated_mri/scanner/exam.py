"""Patient, landmark, table and bulb, as an agent asks."""

from __future__ import annotations

from mr_contract.scanner_messages import (
    AcknowledgeBulb,
    CloseScannerExam,
    Done,
    LandmarkSet,
    MoveScannerTable,
    PatientRegistered,
    RegisterPatient,
    Rejected,
    SetScannerLandmark,
)
from mr_contract.vocabulary import Landmark, TablePosition
from simulated_mri.scanner.bedside import fresh_body
from simulated_mri.scanner.bulb import answer
from simulated_mri.scanner.passing import move_table
from simulated_mri.scanner.room import EMERGENCY_STOP
from simulated_mri.scanner.state import Accepting, Acquiring, Lying, Moment, Outcome, State, without_token

ExamRequest = RegisterPatient | CloseScannerExam | SetScannerLandmark | MoveScannerTable | AcknowledgeBulb


def carry_out(outcome: Outcome, request: ExamRequest, moment: Moment) -> Outcome:
    """Do it and say `done`, or say why not."""
    rejected = _obstacle(outcome.state, request)
    if rejected is not None:
        return outcome.answered(rejected)
    match request:
        case RegisterPatient():
            done = _register(outcome, request, moment)
        case CloseScannerExam():
            done = _voided(outcome, "the exam was closed").having(patient=None, landmark=None)
        case SetScannerLandmark(landmark=landmark):
            done = _mark(outcome, landmark, moment)
        case MoveScannerTable(to=to):
            done = move_table(outcome, TablePosition(to), moment)
        case AcknowledgeBulb():
            done = answer(outcome, moment)
    return done.answered(Done(reply_to=request.request_id, number=done.state.number))


def _obstacle(state: State, request: ExamRequest) -> Rejected | None:
    def no(why: str, remedy: str) -> Rejected:
        return Rejected(reply_to=request.request_id, why=why, remedy=remedy)

    if isinstance(request, AcknowledgeBulb):
        return None
    if isinstance(state.phase, Acquiring | Accepting):
        return no("an acquisition is running or starting", "Wait, or stop it")
    if isinstance(request, MoveScannerTable):
        if EMERGENCY_STOP in state.faults:
            return no("the emergency stop is pressed: the table has no power", "Pull the table by hand")
        if request.to == "isocentre" and state.fault:
            return no(f"fault: {state.fault}"[:160], "Clear it at the scanner")
        if request.to == "isocentre" and state.landmark is None:
            return no("no landmark is set", "Set the landmark")
    elif _marks_anew(state, request) and state.table is not TablePosition.OUT:
        return no("a landmark is set with the table out", "Move the table out first")
    return None


def _marks_anew(state: State, request: RegisterPatient | CloseScannerExam | SetScannerLandmark) -> bool:
    """Another exam's landmark is nobody's."""
    match request:
        case CloseScannerExam():
            return False
        case RegisterPatient() if state.patient is not None and state.patient.exam_id != request.exam_id:
            return request.landmark is not None
        case RegisterPatient() | SetScannerLandmark():
            return request.landmark not in (None, state.landmark)


def _register(outcome: Outcome, request: RegisterPatient, moment: Moment) -> Outcome:
    """A new registration voids what was worked out for the one before: exposure depends on the body."""
    before = outcome.state.patient
    fresh = _voided(outcome, "another patient was registered").having(patient=request)
    if before is None or before.exam_id != request.exam_id:
        fresh = fresh.having(series_of_exam=0, exam_began_at=moment.wall)
    if before is not None and before.exam_id != request.exam_id:
        fresh = _another_person(fresh, moment)
    registered = fresh.logged(PatientRegistered, moment, exam_id=request.exam_id)
    return registered if request.landmark is None else _mark(registered, request.landmark, moment)


def _another_person(outcome: Outcome, moment: Moment) -> Outcome:
    """Landmark, way of lying, implant and contrast agent went with the one before."""
    state = outcome.state
    return outcome.having(
        landmark=None,
        lying=Lying(),
        implant_b1_limit_ut=None,
        spells=(),
        agent_given_s=None,
        extravasated_s=None,
        body=fresh_body(state.body, state, state.scan_s(moment)),
    )


def _mark(outcome: Outcome, landmark: Landmark, moment: Moment) -> Outcome:
    if landmark == outcome.state.landmark:
        return outcome
    return outcome.having(landmark=landmark).logged(LandmarkSet, moment, landmark=landmark)


def _voided(outcome: Outcome, why: str) -> Outcome:
    """No committed step and no token outlives a change of patient."""
    return without_token(outcome, why).having(commits={}, registration=outcome.state.registration + 1)
