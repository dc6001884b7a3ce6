"""Every state the tablet page must show, as the views an agent would send."""

from __future__ import annotations

import datetime as dt
from typing import Any

from mr_contract.audio_check import AudioCheckView
from mr_contract.device_reasons import DeviceReason, device
from mr_contract.exam import (
    ClosedExam,
    CorrectionView,
    Deviation,
    ExamView,
    PatientBand,
    PatientIdentity,
    QuarantineView,
    SeriesView,
    StepView,
    WorklistItem,
)
from mr_contract.exposure import ImplantLimits
from mr_contract.findings import finding
from mr_contract.intercom import IntercomView
from mr_contract.magnet import MagnetReading
from mr_contract.media_messages import SourceView
from mr_contract.reasons import Reason
from mr_contract.responsibilities import DEFAULT_RESPONSIBILITIES, ResponsibilitiesView
from mr_contract.screening import ExceptionView, ScreeningView, SignatureView
from mr_contract.standing import InterlockView, Standing, StandingNumber
from mr_contract.tablet_messages import ChecklistView, StaffView, TabletView
from mr_contract.views import (
    AlarmView,
    ControlView,
    LastCommand,
    LinkView,
    ProgressView,
    RoomView,
    ScannerStatus,
    TimelineEntry,
)
from mr_contract.vocabulary import (
    AlarmKind,
    AlarmPriority,
    AudioCheckPhase,
    BreathCommand,
    ControlPhase,
    HeardAs,
    Interlock,
    InterlockState,
    Landmark,
    LinkGrade,
    LinkLossAction,
    Mistaken,
    PatientPosition,
    Privilege,
    Qualification,
    QuarantineState,
    RemoteSignature,
    Role,
    ScannerActivity,
    ScannerMode,
    Sex,
    Side,
    SourceKind,
    SourceState,
    StepState,
    TablePosition,
    Verdict,
)

ALL = tuple(Privilege)
PATIENT = PatientIdentity(
    patient_id="DEMO-0001", name="DEMO^Patient-1", birth_date="1958-03-12", sex=Sex.MALE
)
STAFF = (
    StaffView(
        staff_id="anna", name="Anna Keller", mr_level=2, qualification=Qualification.REGISTERED_TECHNOLOGIST
    ),
    StaffView(staff_id="ben", name="Ben Roth", mr_level=1, qualification=Qualification.TRAINED_AIDE),
    StaffView(staff_id="cleo", name="Cleo Martin", mr_level=1, qualification=Qualification.NURSE),
)
HERE = STAFF[:2]
FIRST_NAMES = (
    "Anna", "Ben", "Chloé", "Dario", "Élodie", "Fabian", "Giulia", "Hanna", "Ivo", "Jana",
    "Karim", "Léa", "Marco", "Nina", "Omar", "Paula", "Reto", "Sara", "Tim", "Ümit",
)  # fmt: skip
LAST_NAMES = (
    "Arnold", "Bianchi", "Caduff", "Dubois", "Egli", "Favre", "Gerber", "Huber",
    "Jost", "Keller", "Lang", "Meier", "Nguyen", "Roth", "Wyss",
)  # fmt: skip
LARGE_STAFF = tuple(
    StaffView(
        staff_id=f"{last}.{number}".lower(),
        name=f"{first} {last}",
        mr_level=1 + number % 2,
        qualification=Qualification.TECHNOLOGIST,
    )
    for last in LAST_NAMES
    for number, first in enumerate(FIRST_NAMES)
)
"""Three hundred people: a large hospital."""
AT = dt.datetime(2026, 11, 24, 12, 54, tzinfo=dt.UTC)


def item(number: int, name: str, procedure: str, side: Side, minute: int) -> WorklistItem:
    patient = PatientIdentity(
        patient_id=f"DEMO-000{number}", name=name, birth_date="1958-03-12", sex=Sex.MALE
    )
    return WorklistItem(
        item_id=f"item-{number}",
        accession=f"ACC-2026-000{number}",
        procedure=procedure,
        side=side,
        scheduled_at=AT + dt.timedelta(minutes=minute),
        patient=patient,
    )


WORKLIST = (
    item(1, "DEMO^Patient-1", "Brain, no contrast", Side.NONE, 0),
    item(2, "DEMO^Patient-2", "Knee", Side.LEFT, 45),
    item(3, "DEMO^Patient-Three-With-A-Long-Name", "Internal auditory canals, with contrast", Side.BOTH, 90),
)


def step(number: int, name: str, state: StepState, **more: Any) -> StepView:
    return StepView(
        step_id=f"step-{number}",
        name=name,
        sequence="tse",
        state=state,
        revision="0" * 64,
        duration_s=142.0,
        **more,
    )


STEPS = (
    step(1, "Localizer", StepState.STORED),
    step(
        2,
        "T2 TSE ax",
        StepState.ACQUIRING,
        deviations=(Deviation(key="te_ms", label="TE", approved="100 ms", value="90 ms"),),
    ),
    step(3, "FLAIR ax", StepState.PLANNED),
    step(4, "T2* GRE ax", StepState.PLANNED),
    step(5, "3D T1 sag", StepState.PLANNED),
)


LIST = ResponsibilitiesView(items=DEFAULT_RESPONSIBILITIES, digest="c" * 64)


def exam(**changes: Any) -> ExamView:
    base = ExamView(
        responsibilities=LIST.model_copy(update={"acknowledged_local": "Anna Keller, Ben Roth"}),
        exam_id="exam-1",
        accession="ACC-2026-0001",
        procedure="Brain, no contrast",
        side=Side.NONE,
        band=PatientBand(label="DEMO Patient-1", birth_year=1958, sex=Sex.MALE),
        patient=PATIENT,
        age_years=68,
    )
    return base.model_copy(update=changes)


POSITIONED = {
    "weight_kg": 82.0,
    "height_cm": 175.0,
    "position": PatientPosition.HFS,
    "landmark": Landmark.NASION,
}


def standing(**open_locks: tuple[Reason, dict[str, str]]) -> Standing:
    """Every interlock closed but those named."""
    locks = []
    for interlock in Interlock:
        found = open_locks.get(interlock.value)
        findings = () if found is None else (finding(found[0], **found[1]),)
        state = InterlockState.CLOSED if found is None else InterlockState.OPEN
        locks.append(InterlockView(interlock=interlock, state=state, findings=findings))
    return Standing(number=StandingNumber(boot="boot-1", count=1), interlocks=tuple(locks))


def checklist(upto: int) -> ChecklistView:
    """The facts in the order they are made; `upto` of them hold."""
    return ChecklistView(
        identity_confirmed=upto >= 1,
        screening_recorded=upto >= 2,
        screening_signed_by=("Anna Keller", "Ben Roth")[: max(0, min(2, upto - 2))],
        screening_complete=upto >= 5,
        full_stop=upto >= 5,
        patient_data=upto >= 6,
        landmark_set=upto >= 7,
        patient_ready=upto >= 8,
    )


def status(**changes: Any) -> ScannerStatus:
    base = ScannerStatus(
        activity=ScannerActivity.IDLE,
        mode=ScannerMode.DEMO,
        can_stop=True,
        room=RoomView(door_closed=True, table=TablePosition.ISOCENTRE, coil="Head 20"),
    )
    return base.model_copy(update=changes)


def view(**changes: Any) -> TabletView:
    base = TabletView(
        status=status(),
        control=ControlView(phase=ControlPhase.LOCAL),
        standing=standing(),
        exam=None,
        checklist=ChecklistView(),
        staff=HERE,
        worklist=WORKLIST,
        alarms=(),
        last=None,
        holder_link=LinkView(grade=LinkGrade.UNKNOWN),
    )
    return base.model_copy(update=changes)


def alarm(kind: AlarmKind, priority: AlarmPriority, **more: Any) -> AlarmView:
    return AlarmView(alarm_id=f"alarm-{kind.value}", kind=kind, priority=priority, since=AT, **more)


def request(**changes: Any) -> ControlView:
    base = ControlView(
        phase=ControlPhase.CONSENT_PENDING,
        request_id="request-1",
        requested=ALL,
        requested_by="Remote MERM",
        requested_role=Role.REMOTE_OPERATOR,
        requested_link_loss_action=LinkLossAction.FINISH_SEQUENCE,
    )
    return base.model_copy(update=changes)


REMOTE = ControlView(
    phase=ControlPhase.REMOTE,
    holder="Remote MERM",
    privileges=ALL,
    link_loss_action=LinkLossAction.FINISH_SEQUENCE,
)
GOOD_LINE = LinkView(grade=LinkGrade.GREEN, round_trip_ms=42.0)
LAST = LastCommand(command_id="c-1", words="start_step", by="Remote MERM", at=AT, outcome="accepted")
NOTE = TimelineEntry(
    seq=3,
    at=AT,
    scanner="north-mr1",
    kind="note_sent",
    by="Remote MERM",
    figures={"text": "I add a FLAIR after this one, 4 minutes more."},
)
TIMELINE = (
    TimelineEntry(seq=1, at=AT, scanner="north-mr1", kind="control_granted", by="Anna Keller"),
    TimelineEntry(seq=2, at=AT, scanner="north-mr1", kind="start_accepted", by="Remote MERM"),
    NOTE,
)
RUNNING = status(
    activity=ScannerActivity.ACQUIRING,
    step_name="T2 TSE ax",
    progress=ProgressView(
        step_id="step-2",
        acquisition_id="acq-1",
        fraction=0.42,
        remaining_s=95.0,
        lines_acquired=108,
        lines_total=256,
    ),
)
NO_CONTROL: dict[str, tuple[Reason, dict[str, str]]] = {
    "control": (Reason.NO_CONTROL, {}),
    "consent": (Reason.NO_CONTROL, {}),
}
OPEN_EARLY: dict[str, tuple[Reason, dict[str, str]]] = {
    "identity": (Reason.IDENTITY_NOT_CONFIRMED, {}),
    "screening": (Reason.SCREENING_MISSING, {}),
    "patient_ready": (Reason.PATIENT_READY_MISSING, {}),
}
NOT_READY: dict[str, tuple[Reason, dict[str, str]]] = {"patient_ready": (Reason.PATIENT_READY_MISSING, {})}
HELIUM_LOW = status(
    room=RoomView(
        door_closed=True,
        table=TablePosition.ISOCENTRE,
        coil="Head 20",
        magnet=MagnetReading(helium_percent=41.0, helium_low_percent=50.0, cooling_working=False),
    )
)
TABLE_OUT = status(room=RoomView(door_closed=True, table=TablePosition.OUT, coil="Head 20"))
DOOR_OPEN = status(room=RoomView(door_closed=False, table=TablePosition.ISOCENTRE, coil=None))
SCANNING: dict[str, Any] = {
    "exam": exam(**POSITIONED, protocol_name="Brain routine", steps=STEPS),
    "checklist": checklist(8),
}
SOURCES = (
    SourceView(source="patient", kind=SourceKind.PATIENT, title="Patient", state=SourceState.PAUSED),
    SourceView(source="room", kind=SourceKind.ROOM, title="Magnet room", state=SourceState.PLAYING),
    SourceView(
        source="injector",
        kind=SourceKind.INJECTOR,
        title="Injector display",
        state=SourceState.FAILING,
        why=device(DeviceReason.UNPLUGGED),
    ),
)
UNDER_WAY: dict[str, Any] = {
    "sources": SOURCES,
    **SCANNING,
    "status": RUNNING,
    "control": REMOTE,
    "holder_link": GOOD_LINE,
    "last": LAST,
    "timeline": TIMELINE,
}
ENDED = tuple(s.model_copy(update={"state": StepState.STORED}) for s in STEPS)
SERIES = (
    SeriesView(
        series_id="s-1",
        step_id="step-1",
        number=1,
        description="Localizer",
        instance_count=3,
        complete=True,
        stored=True,
    ),
    SeriesView(
        series_id="s-2",
        step_id="step-2",
        number=2,
        description="T2 TSE ax",
        instance_count=12,
        complete=False,
        stored=True,
    ),
    SeriesView(
        series_id="s-3",
        step_id="step-2",
        number=3,
        description="T2 TSE ax",
        instance_count=24,
        complete=True,
        stored=True,
    ),
)
PHYSICIAN = StaffView(
    staff_id="roth", name="Dr. Vera Roth", mr_level=2, qualification=Qualification.PHYSICIAN
)
UNSCREENED = ScreeningView(digest="d" * 64, recorded=False, exception_possible=True)
SIGNED_ONCE = ScreeningView(
    digest="d" * 64,
    recorded=True,
    signatures=(SignatureView(name="Anna Keller", mr_level=2, remote=True, by_video=True),),
    remote_signature=RemoteSignature.BY_VIDEO,
)
EXCEPTED = ScreeningView(
    digest="d" * 64,
    recorded=False,
    exception=ExceptionView(name=PHYSICIAN.name, reason="Suspected stroke: every minute counts"),
)
CLIP = ImplantLimits(device="Aneurysm clip", b1_rms_ut=2.8, whole_body_sar_w_per_kg=2.0)
WRONG_SIDE = QuarantineView(
    exam_id="exam-1",
    state=QuarantineState.REPORTED,
    mistaken=Mistaken.SIDE,
    reported_by="Remote MERM",
    procedure="Knee, no contrast",
    side=Side.LEFT,
    patient=PATIENT,
)
PROPOSED = WRONG_SIDE.model_copy(
    update={
        "state": QuarantineState.PROPOSED,
        "correction": CorrectionView(
            correction_id="correction-1",
            verdict=Verdict.CORRECT,
            mistaken=Mistaken.SIDE,
            proposed_by="Anna Keller",
            procedure_before="Knee, no contrast",
            procedure_after="Knee, no contrast",
            side_before=Side.LEFT,
            side_after=Side.RIGHT,
            patient_before=PATIENT,
            patient_after=PATIENT,
        ),
    }
)
QUARANTINED: dict[str, Any] = SCANNING | {
    "exam": exam(**POSITIONED, steps=STEPS, series=SERIES, quarantine=WRONG_SIDE),
    "standing": standing(identity=(Reason.EXAM_QUARANTINED, {})),
    "alarms": (alarm(AlarmKind.WRONG_PATIENT, AlarmPriority.HIGH),),
}


def closed(number: int, procedure: str, side: Side, minutes_ago: int, *, named: bool = True) -> ClosedExam:
    """An exam that was closed before `AT`."""
    whose = PatientIdentity(
        patient_id=f"DEMO-000{number}", name=f"DEMO^Patient-{number}", birth_date="1958-03-12", sex=Sex.MALE
    )
    return ClosedExam(
        exam_id=f"exam-{number}",
        procedure=procedure,
        side=side,
        closed_at=AT - dt.timedelta(minutes=minutes_ago),
        patient=whose if named else None,
    )


EARLIER = (
    closed(8, "Internal auditory canals, with contrast", Side.BOTH, 12),
    closed(7, "Knee", Side.LEFT, 58),
    closed(6, "Brain, no contrast", Side.NONE, 2000),
)


HEARD = IntercomView(
    speaker="Maximiliane von Hohenstein-Rothenburg",
    heard_as=HeardAs.RECORDED,
    breath=BreathCommand.HOLD,
    level=0.6,
)


def states() -> dict[str, TabletView]:
    """Name → what the page is shown."""
    return {
        "check-in": view(staff=()),
        "worklist": view(),
        "helium-low": view(status=HELIUM_LOW),
        "worklist-again": view(closed_exams=EARLIER),
        "identity": view(exam=exam(), standing=standing(**OPEN_EARLY), checklist=checklist(0)),
        "screening": view(exam=exam(), standing=standing(**OPEN_EARLY), checklist=checklist(1)),
        "signing": view(
            exam=exam(implants=(CLIP,), screening=SIGNED_ONCE),
            checklist=checklist(3),
            standing=standing(screening=(Reason.SCREENING_SECOND_SIGNATURE, {}), **NOT_READY),
        ),
        "excepted": view(
            exam=exam(screening=EXCEPTED),
            staff=(*HERE, PHYSICIAN),
            checklist=checklist(1),
            standing=standing(screening=(Reason.SCREENING_FULL_STOP, {}), **NOT_READY),
        ),
        "full-stop": view(
            exam=exam(),
            checklist=checklist(4),
            standing=standing(screening=(Reason.SCREENING_FULL_STOP, {}), **NOT_READY),
        ),
        "body": view(exam=exam(), status=TABLE_OUT, checklist=checklist(5), standing=standing(**NOT_READY)),
        "table": view(
            exam=exam(**POSITIONED),
            status=TABLE_OUT,
            checklist=checklist(7),
            standing=standing(patient_ready=(Reason.TABLE_NOT_AT_ISOCENTRE, {}), **NO_CONTROL),
        ),
        "ready-request": view(
            exam=exam(**POSITIONED),
            checklist=checklist(7),
            control=request(),
            standing=standing(**NO_CONTROL),
        ),
        "ready-door-open": view(
            exam=exam(**POSITIONED),
            checklist=checklist(7),
            status=DOOR_OPEN,
            standing=standing(
                patient_ready=(Reason.DOOR_OPEN, {}), scanner=(Reason.NO_COIL, {}), **NO_CONTROL
            ),
        ),
        "scanning": view(**UNDER_WAY),
        "audio-check": view(
            **(
                UNDER_WAY
                | {
                    "audio_check": AudioCheckView(
                        check_id="c-1", phase=AudioCheckPhase.ASKED, by="Remote MERM"
                    ),
                    "standing": standing(audio_check=(Reason.AUDIO_UNANSWERED, {})),
                    "talkers": ("Remote MERM",),
                }
            )
        ),
        "stopping": view(
            **(
                UNDER_WAY
                | {
                    "status": RUNNING.model_copy(
                        update={"activity": ScannerActivity.STOPPING, "stop_latched": True}
                    ),
                    "standing": standing(scanner=(Reason.SCANNER_STOPPING, {})),
                }
            )
        ),
        "quarantined": view(**QUARANTINED, quarantines=(WRONG_SIDE,)),
        "correction-proposed": view(
            **(QUARANTINED | {"alarms": ()}), quarantines=(PROPOSED,), control=REMOTE, holder_link=GOOD_LINE
        ),
        "scanner-not-heard": view(
            **SCANNING,
            status=status(activity=None, mode=None, room=RoomView()),
            control=REMOTE,
            holder_link=GOOD_LINE,
            standing=standing(
                scanner=(Reason.SCANNER_NOT_HEARD, {}), patient_ready=(Reason.ROOM_UNKNOWN, {})
            ),
            alarms=(alarm(AlarmKind.SCANNER_NOT_HEARD, AlarmPriority.MEDIUM),),
        ),
        "request-while-remote": view(
            **(
                UNDER_WAY
                | {
                    "control": request(
                        phase=ControlPhase.REMOTE,
                        holder="Remote MERM",
                        privileges=ALL,
                        requested=(Privilege.VIEW, Privilege.TALK),
                        requested_by="Dr. Rita Vogel-Schönenberger",
                        requested_role=Role.RADIOLOGIST,
                        link_loss_action=LinkLossAction.FINISH_SEQUENCE,
                    )
                }
            )
        ),
        "waiting": view(
            **SCANNING,
            control=REMOTE,
            holder_link=GOOD_LINE,
            standing=standing(exposure=(Reason.SAR_AVERAGE_WAIT, {"wait": "0:40"})),
        ),
        "finish": view(
            exam=exam(**POSITIONED, steps=ENDED, series=SERIES), checklist=checklist(7), status=TABLE_OUT
        ),
        "patient-hears": view(**(UNDER_WAY | {"intercom": HEARD})),
        "suspended": view(
            **(
                UNDER_WAY
                | {
                    "control": ControlView(
                        phase=ControlPhase.SUSPENDED,
                        holder="Remote MERM",
                        privileges=ALL,
                        link_loss_action=LinkLossAction.STOP_NOW,
                        suspended_for_s=48.0,
                    ),
                    "link_loss_in_s": 12.0,
                    "holder_link": LinkView(grade=LinkGrade.UNKNOWN),
                    "alarms": (alarm(AlarmKind.LINK_LOST_WHILE_SCANNING, AlarmPriority.HIGH),),
                }
            )
        ),
        "squeeze-bulb": view(
            **(UNDER_WAY | {"alarms": (alarm(AlarmKind.SQUEEZE_BULB, AlarmPriority.HIGH),)})
        ),
        "alarms": view(
            **(
                UNDER_WAY
                | {
                    "alarms": (
                        alarm(AlarmKind.DOOR_OPENED_DURING_SCAN, AlarmPriority.MEDIUM),
                        alarm(AlarmKind.LINK_DEGRADED, AlarmPriority.LOW, acknowledged_by="Anna Keller"),
                    )
                }
            )
        ),
        "first-level": view(
            **(
                SCANNING
                | {
                    "control": REMOTE,
                    "holder_link": GOOD_LINE,
                    "standing": standing(
                        exposure=(
                            Reason.FIRST_LEVEL_UNDECIDED,
                            {"step": "T2 TSE ax", "value": "2.3 W/kg whole body", "w_per_kg": "2.31"},
                        )
                    ),
                }
            )
        ),
        "unknown-start": view(
            **(
                SCANNING
                | {
                    "status": status(unknown_command="start-7"),
                    "control": REMOTE,
                    "standing": standing(scanner=(Reason.OUTCOME_UNKNOWN, {"step": "T2 TSE ax"})),
                }
            )
        ),
        "presence": view(
            **(
                UNDER_WAY
                | {
                    "status": RUNNING.model_copy(
                        update={"presence_until": dt.datetime.now(dt.UTC) + dt.timedelta(seconds=42)}
                    )
                }
            )
        ),
        "no-software-stop": view(status=status(can_stop=False, mode=ScannerMode.REAL)),
    }
