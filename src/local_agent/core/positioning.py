"""The patient on the table: body, landmark, table, ready.

Rules upheld here:
- Patient ready can be held only while door, table, coil and landmark are as they must be.
- What the scanner refuses did not happen: a landmark or a movement is accepted when the scanner says so.
- Nobody is ready on a scanner that refused who lies on it; it is told again once what it minded has changed.
"""

from __future__ import annotations

from local_agent.core import events as e
from local_agent.core.desk import Desk, Moment, Purpose
from local_agent.core.interlocks import room_findings
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.scanner_messages import MoveScannerTable, RegisterPatient, SetScannerLandmark
from mr_contract.tablet_messages import ConfirmPatientReady, MoveTable, RecordPatientData, SetLandmark
from mr_contract.vocabulary import Landmark

Found = tuple[Finding, ...]

HOLD_MS = 1000


def same_exam(desk: Desk, exam_id: str) -> Found:
    """Whether the command was drawn for the exam of now."""
    if desk.facts.exam is None:
        return (finding(Reason.NO_EXAM),)
    return () if desk.facts.exam.exam_id == exam_id else (finding(Reason.REQUEST_GONE),)


def ask_scanner(desk: Desk, command: SetLandmark | MoveTable, by: str, link: str, moment: Moment) -> Found:
    """Table or landmark, by the scanner's own means; what is found here is not even asked."""
    if desk.readings.scanner is None:
        return (finding(Reason.SCANNER_NOT_HEARD),)
    if isinstance(command, MoveTable):
        if desk.facts.running is not None:
            return (finding(Reason.NOT_NOW),)
        purpose = Purpose("table", moment.at_s, link=link, command_id=command.command_id, by=by)
        desk.ask(MoveScannerTable, purpose, to=command.to)
        return ()
    found = same_exam(desk, command.exam_id)
    if found:
        return found
    asked = (("exam_id", command.exam_id), ("landmark", command.landmark))
    purpose = Purpose("landmark", moment.at_s, link=link, command_id=command.command_id, by=by, asked=asked)
    desk.ask(SetScannerLandmark, purpose, landmark=command.landmark)
    return ()


def scanner_did(desk: Desk, purpose: Purpose, moment: Moment) -> None:
    """The scanner has done it: registered the patient, moved the table, set the landmark."""
    match purpose.what:
        case "register":
            desk.read(registration_refused="")
        case "table":
            desk.answer(purpose.link, purpose.command_id)
        case "landmark":
            asked = dict(purpose.asked)
            found = same_exam(desk, asked["exam_id"])
            if not found:
                landmark: Landmark = asked["landmark"]
                desk.record(e.LandmarkChosen(by=purpose.by, landmark=landmark))
                register_again(desk, moment)
            desk.answer(purpose.link, purpose.command_id, found)
        case _:
            pass


def register_again(desk: Desk, moment: Moment) -> None:
    """Something changed that the scanner may have minded when it refused the patient."""
    if desk.readings.registration_refused and not desk.awaits("register"):
        register_patient(desk, moment)


def position(desk: Desk, command: RecordPatientData | ConfirmPatientReady, by: str, moment: Moment) -> Found:
    """What is confirmed at the tablet of a body and its place."""
    found = same_exam(desk, command.exam_id)
    if found:
        return found
    if isinstance(command, ConfirmPatientReady):
        return _ready(desk, command, by, moment)
    if desk.facts.running is not None:
        return (finding(Reason.NOT_NOW),)
    desk.record(
        e.PatientDataRecorded(
            by=by,
            weight_kg=command.weight_kg,
            height_cm=command.height_cm,
            position=command.position,
        )
    )
    desk.read(checked_steps=frozenset())  # predicted for what was entered before
    register_patient(desk, moment)
    return ()


def register_patient(desk: Desk, moment: Moment) -> None:
    """Tell the scanner who lies on the table; its reply has every planned step achieved anew."""
    exam, item = desk.facts.exam, desk.item
    if exam is None or item is None or exam.data_count is None or desk.readings.scanner is None:
        return
    desk.ask(
        RegisterPatient,
        Purpose("register", moment.at_s),
        exam_id=exam.exam_id,
        identity=item.patient,
        accession=item.accession,
        procedure=exam.procedure,
        side=exam.side,
        age_years=exam.age_years,
        weight_kg=exam.weight_kg,
        height_cm=exam.height_cm,
        position=exam.position,
        landmark=exam.landmark,
    )


def _ready(desk: Desk, command: ConfirmPatientReady, by: str, moment: Moment) -> Found:
    exam, reading = desk.facts.exam, desk.readings.scanner
    found, _ = room_findings(desk.situation(moment.at_s))
    if exam is not None and exam.data_count is None:
        found.append(finding(Reason.PATIENT_DATA_MISSING, missing="weight, height, position"))
    if command.held_ms < HOLD_MS:
        found.append(finding(Reason.PATIENT_READY_MISSING))
    if found or reading is None or desk.facts.coil is None:
        return tuple(found)
    desk.record(
        e.PatientReadyConfirmed(
            by=by, scanner_boot=reading.boot, moved_number=reading.moved_number, coil=desk.facts.coil
        )
    )
    return ()
