"""A scanner without a clock, a socket or physics: what the tests of the state machine stand on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mr_contract.exam import PatientIdentity
from mr_contract.exposure import ExposurePrediction
from mr_contract.geometry import SliceGroup
from mr_contract.scanner_messages import (
    MoveScannerTable,
    Prepare,
    RegisterPatient,
    ScannerEvent,
    ScannerReply,
    Start,
    StepAchieved,
    Stop,
)
from mr_contract.vocabulary import Landmark, OperatingMode, PatientPosition, Sex, Side
from simulated_mri.scanner.inputs import FaultAppeared, Input, PrepareAsked, StartAsked, StepSet, Tick
from simulated_mri.scanner.machine import advance
from simulated_mri.scanner.state import Committed, Moment, State
from simulated_mri.trigger_pace import Pace

BEGIN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
COIL = "Head 20"
REVISION = "ab" * 32
SLICES = (SliceGroup(name="axial", centre_mm=(0.0, 0.0, 0.0), row=(1.0, 0.0, 0.0), column=(0.0, 1.0, 0.0)),)


@dataclass(frozen=True, slots=True)
class EvenPlan:
    """Lines come one by one at an even pace."""

    duration_s: float = 10.0
    lines_total: int = 100
    breath_holds: tuple[tuple[float, float], ...] = ()
    pace: Pace | None = None
    prescan_s: float = 0.0
    rf_repetition_s: float | None = None

    def lines_at(self, elapsed_s: float) -> int:
        return min(max(int(elapsed_s / self.duration_s * self.lines_total), 0), self.lines_total)


def prediction(mode: OperatingMode = OperatingMode.NORMAL) -> ExposurePrediction:
    return ExposurePrediction(
        whole_body_sar_w_per_kg=1.0,
        partial_body_sar_w_per_kg=1.0,
        head_sar_w_per_kg=1.0,
        whole_body_limit_w_per_kg=2.0,
        partial_body_limit_w_per_kg=6.0,
        head_limit_w_per_kg=3.2,
        b1_rms_ut=1.0,
        pns_percent=10.0,
        pns_limit_percent=80.0,
        rf_mode=mode,
        gradient_mode=OperatingMode.NORMAL,
    )


def achieved(mode: OperatingMode = OperatingMode.NORMAL) -> StepAchieved:
    return StepAchieved(
        reply_to=1,
        sequence="tse",
        name="T2",
        values={"te_ms": 100.0},
        slices=SLICES,
        specs=(),
        prediction=prediction(mode),
        duration_s=10.0,
        relative_snr=1.0,
        coil=COIL,
    )


def patient(exam_id: str = "exam-1", landmark: Landmark | None = Landmark.NASION) -> RegisterPatient:
    return RegisterPatient(
        request_id=1,
        exam_id=exam_id,
        identity=PatientIdentity(patient_id="P1", name="Doe^Jo", birth_date="1980-01-01", sex=Sex.OTHER),
        accession="A1",
        procedure="Brain",
        side=Side.NONE,
        age_years=46,
        weight_kg=75.0,
        height_cm=175.0,
        position=PatientPosition.HFS,
        landmark=landmark,
    )


@dataclass(slots=True)
class World:
    """Feeds inputs to the machine and remembers everything that came out."""

    state: State = field(default_factory=lambda: State(boot="boot", coil=COIL))
    now_s: float = 1000.0
    events: list[ScannerEvent] = field(default_factory=list)
    tokens: int = 0

    def do(self, happening: Input, *, after_s: float = 0.0) -> ScannerReply | None:
        """Feed one input, some time later; its reply."""
        self.now_s += after_s
        moment = Moment(self.now_s, BEGIN + timedelta(seconds=self.now_s))
        outcome = advance(self.state, happening, moment)
        self.state = outcome.state
        self.events.extend(outcome.events)
        return outcome.reply

    def wait(self, seconds: float) -> None:
        self.do(Tick(), after_s=seconds)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def receive_patient(self) -> None:
        """Registered, marked, at the isocentre."""
        self.do(patient())
        self.do(MoveScannerTable(request_id=1, to="isocentre"))
        self.wait(20.0)

    def set_step(
        self, step_id: str = "step", *, mode: OperatingMode = OperatingMode.NORMAL
    ) -> ScannerReply | None:
        step = Committed(step_id, achieved(mode), EvenPlan(), self.state.registration, self.state.coil)
        return self.do(StepSet(1, step))

    def prepare(
        self, command_id: str = "command", *, mode: OperatingMode = OperatingMode.NORMAL, step: str = "step"
    ) -> ScannerReply | None:
        self.tokens += 1
        request = Prepare(
            request_id=1,
            command_id=command_id,
            step_id=step,
            revision=REVISION,
            setting=self.state.last_setting,
            mode=mode,
        )
        return self.do(PrepareAsked(request, f"token-{self.tokens}"))

    def start(
        self, token: str | None = None, *, late_s: float = 0.0, after_s: float = 0.0
    ) -> ScannerReply | None:
        """The newest token, unless another is named."""
        request = Start(request_id=1, token=token or f"token-{self.tokens}")
        return self.do(StartAsked(request, late_s), after_s=after_s)

    def stop(self, *, after_s: float = 0.0) -> ScannerReply | None:
        return self.do(Stop(request_id=1, by="a test"), after_s=after_s)


def ready() -> World:
    """Patient at the isocentre, one step set."""
    world = World()
    world.receive_patient()
    world.set_step()
    return world


def prepared() -> World:
    world = ready()
    world.prepare()
    return world


def accepting() -> World:
    world = prepared()
    world.start(late_s=5.0)
    return world


def acquiring() -> World:
    world = prepared()
    world.start()
    return world


def faulty() -> World:
    world = ready()
    world.do(FaultAppeared("gradient amplifier"))
    return world
