"""What agents would say, as contract messages: sites, an exam, a brain protocol, and every state of them."""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QSettings

from mr_contract import console_messages as cm
from mr_contract.bulk_messages import PreviewHeader
from mr_contract.exam import (
    ClosedExam,
    CorrectionView,
    Deviation,
    ExamView,
    PatientBand,
    PatientIdentity,
    QuarantineView,
    SeriesView,
    StepDetail,
    StepView,
)
from mr_contract.exposure import ExposurePrediction, ImplantLimits, SarAverages, SarValues
from mr_contract.findings import Finding, finding
from mr_contract.geometry import SliceGroup
from mr_contract.media_messages import SourcesChanged, SourceView
from mr_contract.parameters import ParameterGroup, ParameterSpec
from mr_contract.reasons import Reason
from mr_contract.responsibilities import DEFAULT_RESPONSIBILITIES, ResponsibilitiesView
from mr_contract.screening import ExceptionView, ScreeningView, SignatureView
from mr_contract.standing import InterlockView, Standing, StandingNumber
from mr_contract.views import (
    AlarmView,
    ControlView,
    LinkView,
    ProgressView,
    RoomView,
    ScannerCard,
    ScannerStatus,
    TimelineEntry,
)
from mr_contract.vocabulary import (
    AlarmKind,
    AlarmPriority,
    ControlPhase,
    Interlock,
    InterlockState,
    Landmark,
    LinkGrade,
    LinkLossAction,
    Mistaken,
    OperatingMode,
    PatientPosition,
    Privilege,
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
from remote_console.core.fleet import ScannerKey
from remote_console.core.images import SliceImage, from_preview
from remote_console.core.picture_tiles import MediaLink, MediaPhase, Wish
from remote_console.core.sound import SoundWish
from remote_console.media.frames import Box, Frame, NewestFrames
from remote_console.ui.conductor import Conductor
from remote_console.ui.desk import DeskSignals
from remote_console.ui.main_window import MainWindow
from remote_console.ui.settings import Settings

NORTH, SOUTH = "North", "South"
A = ScannerKey(NORTH, "north-mr1")
B = ScannerKey(SOUTH, "south-mr1")
C = ScannerKey(SOUTH, "south-mr2")
NOON = datetime(2026, 11, 24, 14, 7, 0, tzinfo=UTC)
C_ = TypeVar("C_")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class NotingDesk:
    """Notes what the window asked of the network."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, cm.ConsoleCommand]] = []
        self.stops: list[tuple[str, str, str]] = []
        self.fetched: list[tuple[str, str, str]] = []
        self.watched: dict[str, tuple[str, ...]] = {}
        self.ticks = 0
        self.looks: list[tuple[str, str, tuple[Wish, ...] | None]] = []
        self.frames = NewestFrames()
        self.sound = SoundWish()
        self.levels = (0.0, 0.0)
        self.tones = 0

    def send(self, site: str, command: cm.ConsoleCommand) -> None:
        self.sent.append((site, command))

    def stop(self, site: str, scanner: str, command_id: str) -> None:
        self.stops.append((site, scanner, command_id))

    def fetch_series(self, site: str, scanner: str, series_id: str) -> None:
        self.fetched.append((site, scanner, series_id))

    def watch_previews(self, site: str, scanners: tuple[str, ...]) -> None:
        self.watched[site] = scanners

    def look(self, site: str, scanner: str, wishes: tuple[Wish, ...] | None) -> None:
        self.looks.append((site, scanner, wishes))

    def fit(self, site: str, scanner: str, source: str, box: Box) -> None:
        self.frames.fit((site, scanner, source), box)

    def take_picture(self, site: str, scanner: str, source: str) -> Frame | None:
        return self.frames.take((site, scanner, source))

    def listen(self, wish: SoundWish) -> None:
        self.sound = wish

    def play_tone(self) -> None:
        self.tones += 1

    def sound_levels(self) -> tuple[float, float]:
        return self.levels

    def window_alive(self) -> None:
        self.ticks += 1

    def of(self, kind: type[C_]) -> list[C_]:
        """Commands of this kind, in the order in which they were sent."""
        return [c for _, c in self.sent if isinstance(c, kind)]


@dataclass
class Play:
    """The window and both ends of its seam."""

    window: MainWindow
    desk: NotingDesk
    signals: DeskSignals
    now_s: float = 100.0
    conductor: Conductor = field(init=False)

    def clock(self) -> float:
        return self.now_s

    def say(self, key: ScannerKey | str, *messages: cm.FromAgent) -> None:
        """Let an agent speak, and show it."""
        site = key if isinstance(key, str) else key.site
        for message in messages:
            self.signals.said.emit(site, message)
        self.conductor.show()

    def wait(self, seconds: float) -> None:
        """Let time pass in one step and tick."""
        self.now_s += seconds
        self.conductor.tick()
        self.conductor.show()

    def beat(self, number: int = 7) -> None:
        for site in (NORTH, SOUTH):
            self.signals.said.emit(site, beat(number))
        self.conductor.show()

    def beat_of(self, site: str) -> None:
        """One site goes on being heard."""
        self.say(site, beat(7))

    def opening(self) -> None:
        """Two sites with three scanners."""
        self.say(NORTH, hello(NORTH), beat(), status(A), ready(A))
        self.say(SOUTH, hello(SOUTH), beat(), status(B, asks=True), status(C))

    def in_control(self) -> None:
        """Scanner A: an exam with the brain protocol, control granted in full, every interlock closed."""
        self.opening()
        self.say(A, exam(), granted(), status(A), ready(A), *timeline())
        for step in STEPS:
            self.say(A, cm.StepChanged(scanner=A.scanner, step=detail(step)))


@contextlib.contextmanager
def opened_play(
    folder: Path,
    *,
    zone: tzinfo,
    desk: NotingDesk | None = None,
    signals: DeskSignals | None = None,
    boot_clock: Callable[[], float] | None = None,
) -> Iterator[Play]:
    """A window with its conductor, a noting desk, and a clock that stands still until it is moved."""
    store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(Settings(store))
    signals = signals or DeskSignals()
    made = Play(window, desk or NotingDesk(), signals)
    made.conductor = Conductor(
        window, made.desk, signals, clock=made.clock, boot_clock=boot_clock or made.clock, zone=zone
    )
    window.resize(1920, 1080)
    window.show()
    yield made
    window.close()
    made.conductor.rest()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def hello(site: str) -> cm.AgentHello:
    keys = [k for k in (A, B, C) if k.site == site]
    names = {A: "MR 1", B: "MR 1", C: "MR 2"}
    cards = tuple(
        ScannerCard(
            scanner=k.scanner, site=site, name=names[k], letter="A", colour="#ffffff",
            field_t=1.5 if k == C else 3.0, site_phone="+41 44 555 01 23",
        )
        for k in keys
    )  # fmt: skip
    return cm.AgentHello(
        protocol=1, program="local-agent 0.1", site=site, boot=f"boot-{site.lower()}", you="Remote MERM",
        role=Role.REMOTE_OPERATOR, device=digest("device"), certificate_until=NOON + timedelta(days=80),
        scanners=cards, seq=5,
    )  # fmt: skip


def beat(number: int = 1, ms: float = 38.0, grade: LinkGrade = LinkGrade.GREEN) -> cm.Beat:
    return cm.Beat(beat=number, nonce=f"{number:032x}", link=LinkView(grade=grade, round_trip_ms=ms))


BANDS = {
    A: PatientBand(label="DEMO P-1", birth_year=1958, sex=Sex.MALE),
    B: PatientBand(label="DEMO P-2", birth_year=1971, sex=Sex.FEMALE),
    C: None,
}
STEPS = ("localizer", "dwi", "t2", "flair", "t2star", "mprage")
NAMES = ("Localizer 3-plane", "DWI b0/1000", "T2 TSE ax", "FLAIR ax", "T2* GRE ax", "3D T1 MPRAGE sag")
SECONDS = (18.0, 88.0, 190.0, 134.0, 160.0, 250.0)


def status(
    key: ScannerKey,
    activity: ScannerActivity | None = ScannerActivity.IDLE,
    *,
    asks: bool = False,
    progress: ProgressView | None = None,
    step_name: str = "",
    door_closed: bool = True,
    stop_latched: bool = False,
    can_stop: bool = True,
    fault: str = "",
) -> cm.ScannerStatusChanged:
    return cm.ScannerStatusChanged(
        scanner=key.scanner,
        status=ScannerStatus(
            activity=activity, mode=ScannerMode.DEMO, can_stop=can_stop, asks_for_you=asks, band=BANDS[key],
            step_name=step_name, progress=progress, stop_latched=stop_latched, fault=fault,
            room=RoomView(door_closed=door_closed, table=TablePosition.ISOCENTRE, coil="Head 20"),
        ),
    )  # fmt: skip


AVERAGES = SarAverages(
    six_minutes=SarValues(whole_body_w_per_kg=0.2, partial_body_w_per_kg=0.6, head_w_per_kg=0.9),
    ten_seconds=SarValues(whole_body_w_per_kg=0.4, partial_body_w_per_kg=1.2, head_w_per_kg=1.9),
    b1_rms_ut=2.1,
)


def running(key: ScannerKey = A, step: str = "t2", fraction: float = 0.62) -> cm.ScannerStatusChanged:
    seconds = SECONDS[STEPS.index(step)]
    progress = ProgressView(
        step_id=step, acquisition_id=f"acq-{step}", fraction=fraction, remaining_s=seconds * (1 - fraction),
        lines_acquired=round(256 * fraction), lines_total=256, averages=AVERAGES,
    )  # fmt: skip
    name = NAMES[STEPS.index(step)]
    return status(key, ScannerActivity.ACQUIRING, progress=progress, step_name=name)


def granted(
    privileges: tuple[Privilege, ...] = tuple(Privilege), *, yours: bool = True, holder: str = "Remote MERM"
) -> cm.ControlChanged:
    return cm.ControlChanged(
        scanner=A.scanner,
        control=ControlView(
            phase=ControlPhase.REMOTE, holder=holder, yours=yours, privileges=privileges,
            link_loss_action=LinkLossAction.FINISH_SEQUENCE,
        ),
    )  # fmt: skip


def local(privileges: tuple[Privilege, ...] = ()) -> cm.ControlChanged:
    """`privileges`: of this desk, which only watches."""
    control = ControlView(phase=ControlPhase.LOCAL, privileges=privileges)
    return cm.ControlChanged(scanner=A.scanner, control=control)


CAMERAS = (
    ("room", SourceKind.ROOM, "Magnet room"), ("patient", SourceKind.PATIENT, "Patient in the bore"),
    ("tablet", SourceKind.TABLET, "Tablet of the local operator"),
)  # fmt: skip


def cameras(key: ScannerKey = A, **changed: Mapping[str, object]) -> SourcesChanged:
    """Three cameras that play, but for what is changed of each."""
    playing = (
        SourceView(source=name, kind=kind, title=title, state=SourceState.PLAYING)
        for name, kind, title in CAMERAS
    )
    views = tuple(view.model_copy(update=changed.get(view.source)) for view in playing)
    return SourcesChanged(scanner=key.scanner, sources=views)


def camera_frame(captured_s: float | None, *, width: int = 320, height: int = 180, shade: int = 90) -> Frame:
    """A bore, as far as a test needs one."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = np.hypot(x - width / 2, y - height * 0.55) / height
    grey = np.where(radius < 0.3, 20, np.where(radius < 0.4, 150, shade)).astype(np.uint8)
    pixels = np.dstack([grey, grey, grey, np.full_like(grey, 255)]).tobytes()
    return Frame(memoryview(pixels), width, height, 4 * width, captured_s, 0.004)


def show_camera(play: Play, source: str = "room", *, key: ScannerKey = A, age_s: float = 0.038) -> None:
    """One picture arrives, so old."""
    captured_s = play.now_s - age_s
    play.desk.frames.put((key.site, key.scanner, source), camera_frame(captured_s))
    play.signals.picture_came.emit(key.site, key.scanner, source)
    play.conductor.looking.look()


def looking(play: Play, key: ScannerKey = A) -> None:
    """The connection for pictures is up, and every camera was seen."""
    play.say(key, cameras(key))
    play.signals.media_changed.emit(key.site, key.scanner, MediaLink(MediaPhase.UP))
    for source, _, _ in CAMERAS:
        show_camera(play, source, key=key)


def pending(request_id: str = "r1") -> cm.ControlChanged:
    return cm.ControlChanged(
        scanner=A.scanner,
        control=ControlView(
            phase=ControlPhase.CONSENT_PENDING, request_id=request_id, requested=tuple(Privilege),
            requested_by="Remote MERM", requested_role=Role.REMOTE_OPERATOR,
        ),
    )  # fmt: skip


def suspended(left_s: float) -> cm.ControlChanged:
    return cm.ControlChanged(
        scanner=A.scanner,
        control=ControlView(phase=ControlPhase.SUSPENDED, holder="Remote MERM", suspended_for_s=left_s),
    )


NOTES = {
    Interlock.CONTROL: "Remote MERM", Interlock.CONSENT: "view talk edit start",
    Interlock.PRESENCE: "2 checked in", Interlock.SCREENING: "no implant",
    Interlock.PRESCRIPTION: "Brain routine v4", Interlock.EXPOSURE: "normal mode",
    Interlock.LINK: "38 ms", Interlock.PICTURE: "waived by the site's policy",
    Interlock.AUDIO_CHECK: "waived by the site's policy",
    Interlock.WORKLOAD: "0 of 1 running",
}  # fmt: skip


def ready(
    key: ScannerKey, *, count: int = 4, opened: Mapping[Interlock, tuple[Finding, ...]] | None = None
) -> cm.StandingChanged:
    """All closed but these; no finding: unknown."""
    opened = opened or {}
    views = []
    for interlock in Interlock:
        if interlock in opened:
            state = InterlockState.OPEN if opened[interlock] else InterlockState.UNKNOWN
            views.append(InterlockView(interlock=interlock, state=state, findings=opened[interlock]))
        else:
            note = NOTES.get(interlock, "")
            views.append(InterlockView(interlock=interlock, state=InterlockState.CLOSED, note=note))
    number = StandingNumber(boot="boot-1", count=count)
    return cm.StandingChanged(scanner=key.scanner, standing=Standing(number=number, interlocks=tuple(views)))


def step_view(step: str, state: StepState = StepState.PLANNED, **more: object) -> StepView:
    place = STEPS.index(step)
    values: dict[str, object] = {
        "step_id": step, "name": NAMES[place], "sequence": "localizer" if step == "localizer" else "tse",
        "state": state, "revision": digest(step), "duration_s": SECONDS[place],
    }  # fmt: skip
    return StepView.model_validate({**values, **more})


TE_DEVIATION = Deviation(key="te_ms", label="TE", approved="100", value="90")


SCREENING = ScreeningView(
    digest="d" * 64, recorded=True, signatures=(SignatureView(name="Ben Ott", mr_level=1),),
    remote_signature=RemoteSignature.BY_VIDEO,
)  # fmt: skip
"""Recorded, and signed once."""
EXCEPTED = ScreeningView(
    digest="d" * 64, recorded=False, exception=ExceptionView(name="Dr. Vera Roth", reason="stroke")
)
CLIP = ImplantLimits(device="Aneurysm clip", b1_rms_ut=2.8, whole_body_sar_w_per_kg=2.0)
PACEMAKER = ImplantLimits(device="Pacemaker", b1_rms_ut=3.5)


def screened(screening: ScreeningView | None = SCREENING, *implants: ImplantLimits) -> cm.ExamChanged:
    """The exam with its screening; without implants named: free of them."""
    said = exam()
    assert said.exam is not None
    if screening is not None and not implants:
        screening = screening.model_copy(update={"implant_free": True})
    changed = said.exam.model_copy(update={"screening": screening, "implants": implants})
    return said.model_copy(update={"exam": changed})


def excepted(note: str = "implants not known") -> cm.StandingChanged:
    """All closed, the screening by an emergency exception."""
    said = ready(A)
    views = tuple(
        v.model_copy(update={"note": note, "exception_by": "Dr. Vera Roth"})
        if v.interlock is Interlock.SCREENING
        else v
        for v in said.standing.interlocks
    )
    return said.model_copy(update={"standing": said.standing.model_copy(update={"interlocks": views})})


WHO_DOES_WHAT = ResponsibilitiesView(
    items=DEFAULT_RESPONSIBILITIES, digest="c" * 64, acknowledged_local="Anna Keller"
)


def exam(
    *steps: StepView, view: bool = True, mode: OperatingMode = OperatingMode.NORMAL, exam_id: str = "exam-1"
) -> cm.ExamChanged:
    """Without steps: localizer and DWI stored, the rest planned."""
    chosen = steps or (
        step_view("localizer", StepState.STORED), step_view("dwi", StepState.STORED),
        step_view("t2", deviations=(TE_DEVIATION,)), *(step_view(s) for s in STEPS[3:]),
    )  # fmt: skip
    identity = PatientIdentity(
        patient_id="DEMO-0001", name="DEMO Patient-1", birth_date="1958-03-12", sex=Sex.MALE
    )
    series = tuple(
        SeriesView(
            series_id=f"series-{s.step_id}", step_id=s.step_id, number=n + 1, description=s.name,
            instance_count=24, complete=s.state is not StepState.STOPPED, stored=True,
        )
        for n, s in enumerate(chosen) if s.state in {StepState.STORED, StepState.STOPPED}
    )  # fmt: skip
    return cm.ExamChanged(
        scanner=A.scanner,
        exam=ExamView(
            exam_id=exam_id, accession="ACC-1", procedure="MR brain", side=Side.NONE, band=BANDS[A] or BAND,
            patient=identity if view else None, age_years=68, weight_kg=82.0, height_cm=175.0,
            position=PatientPosition.HFS, landmark=Landmark.NASION,
            protocol_name="Brain routine v4, approved",
            responsibilities=WHO_DOES_WHAT,
            steps=chosen, series=series, mode=mode,
        ),
    )  # fmt: skip


BAND = PatientBand(label="DEMO P-1", birth_year=1958, sex=Sex.MALE)

NUMBERS: tuple[ParameterSpec, ...] = tuple(
    ParameterSpec(
        key=key,
        label=name,
        group=ParameterGroup(group),
        unit=unit,
        low=low,
        high=high,
        step=step,
        decimals=decimals,
    )
    for key, name, group, unit, low, high, step, decimals in (
        ("tr_ms", "Repetition time", "contrast", "ms", 3.0, 15000.0, 1.0, 0),
        ("te_ms", "Echo time", "contrast", "ms", 1.0, 400.0, 0.1, 1),
        ("ti_ms", "Inversion time", "contrast", "ms", 500.0, 4000.0, 1.0, 0),
        ("echo_train_length", "Turbo factor", "speed", "", 2.0, 40.0, 1.0, 0),
        ("bandwidth_hz_per_px", "Bandwidth", "contrast", "Hz/px", 60.0, 1000.0, 10.0, 0),
        ("averages", "Averages", "speed", "", 1.0, 8.0, 1.0, 0),
        ("refocusing_flip_angle_deg", "Refocusing angle", "contrast", "°", 90.0, 180.0, 1.0, 0),
        ("concatenations", "Concatenations", "contrast", "", 1.0, 12.0, 1.0, 0),
        ("acquisition_matrix_read", "Matrix, readout", "resolution", "", 64.0, 512.0, 2.0, 0),
        ("acquisition_matrix_phase", "Matrix, phase", "resolution", "", 64.0, 512.0, 2.0, 0),
        ("fov_read_mm", "Field of view, readout", "geometry", "mm", 80.0, 500.0, 1.0, 0),
        ("phase_fov_percent", "Field of view, phase", "geometry", "%", 50.0, 100.0, 0.5, 1),
        ("slice_thickness_mm", "Slice thickness", "geometry", "mm", 1.0, 20.0, 0.1, 1),
        ("slice_spacing_mm", "Slice spacing", "geometry", "mm", 1.0, 60.0, 0.1, 1),
        ("slice_count", "Slices", "geometry", "", 1.0, 60.0, 1.0, 0),
    )
)
SPECS = (
    *NUMBERS,
    ParameterSpec(key="fat_saturation", label="Fat saturation", group=ParameterGroup.CONTRAST,
                  choices=("off", "SPAIR", "SPIR")),
    *(
        ParameterSpec(key=key, label=name, group=ParameterGroup.GEOMETRY, low=1.0, high=500.0, decimals=1,
                      unit=unit)
        for key, name, unit in (
            ("partition_thickness_mm", "Partition thickness", "mm"),
            ("partition_spacing_mm", "Partition spacing", "mm"),
            ("partition_count", "Partitions", ""), ("flip_angle_deg", "Flip angle", "°"),
            ("acceleration", "Acceleration", ""), ("partial_fourier_percent", "Partial Fourier", "%"),
            ("phase_oversampling_percent", "Phase oversampling", "%"),
            ("b_value_s_per_mm2", "b value", "s/mm²"), ("diffusion_directions", "Diffusion directions", ""),
            ("dynamics", "Dynamics", ""), ("dynamic_interval_s", "Interval of dynamics", "s"),
            ("second_echo_ms", "Second echo after", "ms"),
        )
    ),
    ParameterSpec(key="phase_encoding", label="Phase encoding", group=ParameterGroup.GEOMETRY,
        choices=("ROW", "COL")),
    ParameterSpec(key="normal_mode", label="Operating mode", group=ParameterGroup.SAFETY,
        choices=("normal", "first level")),
)  # fmt: skip
VALUES: dict[str, float | str] = {
    "tr_ms": 9000.0, "te_ms": 90.0, "ti_ms": 2500.0, "echo_train_length": 18.0, "bandwidth_hz_per_px": 220.0,
    "averages": 1.0, "refocusing_flip_angle_deg": 150.0, "concatenations": 2.0, "fat_saturation": "SPAIR",
    "acquisition_matrix_read": 256.0, "acquisition_matrix_phase": 224.0, "fov_read_mm": 230.0,
    "phase_fov_percent": 87.5, "slice_thickness_mm": 5.0, "slice_spacing_mm": 5.5, "slice_count": 24.0,
    "partition_thickness_mm": 1.0, "partition_spacing_mm": 1.0, "partition_count": 176.0,
    "flip_angle_deg": 90.0, "acceleration": 2.0, "partial_fourier_percent": 100.0,
    "phase_oversampling_percent": 0.0, "b_value_s_per_mm2": 1000.0, "diffusion_directions": 6.0,
    "dynamics": 40.0, "dynamic_interval_s": 2.5, "second_echo_ms": 100.0,
    "phase_encoding": "ROW", "normal_mode": "normal",
}  # fmt: skip
TILT = math.radians(8.0)
AXIAL = SliceGroup(
    name="axial", centre_mm=(0.0, 1.0, 14.0), row=(1.0, 0.0, 0.0),
    column=(0.0, round(math.cos(TILT), 9), -round(math.sin(TILT), 9)),
)  # fmt: skip


def detail(step: str, **more: object) -> StepDetail:
    place = STEPS.index(step)
    prediction = ExposurePrediction(
        whole_body_sar_w_per_kg=0.6, partial_body_sar_w_per_kg=1.2, head_sar_w_per_kg=1.9,
        whole_body_limit_w_per_kg=2.0, partial_body_limit_w_per_kg=6.0, head_limit_w_per_kg=3.2,
        b1_rms_ut=2.1,
        pns_percent=42.0, pns_limit_percent=80.0, rf_mode=OperatingMode.NORMAL,
        gradient_mode=OperatingMode.NORMAL, db_dt_t_per_s=28.4,
    )  # fmt: skip
    values: dict[str, object] = {
        "step_id": step, "revision": digest(step), "values": VALUES, "approved_values": VALUES,
        "specs": SPECS,
        "slices": (AXIAL,), "approved_slices": (AXIAL,), "prediction": prediction,
        "duration_s": SECONDS[place],
        "relative_snr": 0.94,
    }  # fmt: skip
    return StepDetail.model_validate({**values, **more})


def timeline() -> tuple[cm.TimelineAdded, ...]:
    said = (
        ("control_granted", "Jo Local", {"name": "Remote MERM", "privileges": "view talk edit start",
                                        "link_loss_action": "finish_sequence"}),
        ("series_was_stored", "", {"description": "DWI b0/1000", "instance_count": "72"}),
        ("note_sent", "Jo Local", {"text": "patient comfortable, go ahead"}),
        ("step_set", "Remote MERM", {"step": "T2 TSE ax", "changes": "TE 100 → 90 ms, scanner kept TR 4500"}),
        ("start_accepted", "Remote MERM", {"step": "T2 TSE ax", "ms": "52"}),
    )  # fmt: skip
    entries = tuple(
        TimelineEntry(
            seq=n + 1,
            at=NOON + timedelta(seconds=40 * n - 400),
            scanner=A.scanner,
            kind=kind,
            figures=figures,
            by=by,
        )
        for n, (kind, by, figures) in enumerate(said)
    )
    return (cm.TimelineAdded(entries=entries),)


def alarm(
    kind: AlarmKind = AlarmKind.DOOR_OPENED_DURING_SCAN, priority: AlarmPriority = AlarmPriority.MEDIUM,
    *, acknowledged_by: str = "", active: bool = True,
) -> AlarmView:  # fmt: skip
    return AlarmView(
        alarm_id=f"alarm-{kind.value}", kind=kind, priority=priority, since=NOON,
        acknowledged_by=acknowledged_by, active=active,
    )  # fmt: skip


def outcome(command_id: str, *reasons: Reason, **figures: str) -> cm.Outcome:
    findings = tuple(finding(r, **figures) for r in reasons)
    return cm.Outcome(command_id=command_id, accepted=not reasons, findings=findings)


def preview(
    step: str,
    index: int,
    *,
    group: int = 0,
    plane: str = "axial",
    lines: int = 256,
    acquisition: str = "acq-1",
) -> tuple[PreviewHeader, bytes]:
    """A shaded disc, placed in the patient; lower part missing as long as lines are missing."""
    size, spacing = 128, 2.0
    y, x = np.mgrid[0:size, 0:size].astype(np.float64)
    radius = np.hypot(x - size / 2, y - size / 2)
    pixels = np.where(radius < 45, 600 + 4 * x + 8 * index, 0).astype("<u2")
    row, column, normal = {
        "axial": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
        "coronal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0)),
        "sagittal": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (-1.0, 0.0, 0.0)),
    }[plane]  # fmt: skip
    half = (size - 1) / 2 * spacing
    offset = (index - 1) * 20.0
    place = tuple(-half * (r + c) + offset * n for r, c, n in zip(row, column, normal, strict=True))
    header = PreviewHeader(
        scanner=A.scanner, step_id=step, acquisition_id=acquisition, group=group, slice_index=index,
        slice_count=3, rows=size, columns=size, row_spacing_mm=spacing, column_spacing_mm=spacing,
        position_mm=(place[0], place[1], place[2]), row=row, column=column, lines_acquired=lines,
        lines_total=256, window_centre=500.0, window_width=1000.0,
    )  # fmt: skip
    return header, pixels.tobytes()


def slice_of(step: str, index: int, **more: Any) -> tuple[PreviewHeader, SliceImage]:
    """A preview as the desk hands it to the window: decoded."""
    header, payload = preview(step, index, **more)
    return header, from_preview(header, payload)


def quarantined(*, proposed: bool = False, verdict: Verdict = Verdict.CORRECT) -> cm.ExamChanged:
    """The exam of `exam()`, found to be of the wrong side; `proposed` by somebody at the site."""
    found = exam()
    assert found.exam is not None
    who = found.exam.patient
    correction = CorrectionView(
        correction_id="correction-1", verdict=verdict, mistaken=Mistaken.SIDE, proposed_by="Jo Local",
        procedure_before="MR knee", procedure_after="MR knee", side_before=Side.LEFT, side_after=Side.RIGHT,
        patient_before=who, patient_after=who,
    )  # fmt: skip
    view = QuarantineView(
        exam_id="exam-1", state=QuarantineState.PROPOSED if proposed else QuarantineState.REPORTED,
        mistaken=Mistaken.SIDE, reported_by="Jo Local", procedure="MR knee", side=Side.LEFT, patient=who,
        correction=correction if proposed else None,
    )  # fmt: skip
    changes = {"quarantine": view, "side": Side.LEFT, "procedure": "MR knee"}
    return found.model_copy(update={"exam": found.exam.model_copy(update=changes)})


def earlier() -> tuple[cm.ExamChanged, cm.ClosedExamsChanged]:
    """No exam is open; two were closed lately."""
    closed = (
        ClosedExam(exam_id="exam-8", procedure="MR knee", side=Side.LEFT, closed_at=NOON),
        ClosedExam(exam_id="exam-7", procedure="MR brain", side=Side.NONE),
    )
    return (
        cm.ExamChanged(scanner=A.scanner, exam=None),
        cm.ClosedExamsChanged(scanner=A.scanner, exams=closed),
    )


def earlier_quarantined(*, proposed: bool = False) -> cm.ClosedExamsChanged:
    """An exam that was closed is in quarantine; never whose it was."""
    found = quarantined(proposed=proposed).exam
    assert found is not None
    assert found.quarantine is not None
    correction = found.quarantine.correction
    if correction is not None:
        correction = correction.model_copy(update={"patient_before": None, "patient_after": None})
    hidden = {"patient": None, "exam_id": "exam-7", "correction": correction}
    told = found.quarantine.model_copy(update=hidden)
    return cm.ClosedExamsChanged(scanner=A.scanner, exams=(), quarantined=(told,))


def show_localizer(play: Play) -> None:
    for group, plane in enumerate(("sagittal", "coronal", "axial")):
        for index in range(3):
            play.signals.frame.emit(NORTH, *slice_of("localizer", index, group=group, plane=plane))
    play.conductor.show()
