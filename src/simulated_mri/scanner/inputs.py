"""Everything that can happen to the scanner: what an agent asks, what happens in the room, and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mr_contract.scanner_messages import (
    AcknowledgeBulb,
    CloseScannerExam,
    GetSnapshot,
    MoveScannerTable,
    Ping,
    Prepare,
    RegisterPatient,
    SetScannerLandmark,
    Start,
    Stop,
)
from mr_contract.vocabulary import BreathCommand
from simulated_mri.motion import Motion
from simulated_mri.patient.body import Character
from simulated_mri.patient.sensors import Sensor
from simulated_mri.scanner.state import Committed, Lying


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""


@dataclass(frozen=True, slots=True)
class StepSet:
    """A `SetStep` whose values were found achievable."""

    request_id: int
    step: Committed


@dataclass(frozen=True, slots=True)
class PrepareAsked:
    """`token` is fresh and cannot be guessed."""

    request: Prepare
    token: str


@dataclass(frozen=True, slots=True)
class StartAsked:
    """`late_s` > 0: judged now, carried out only then."""

    request: Start
    late_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SeriesMade:
    """Reconstruction of an ended acquisition is done."""

    acquisition_id: str
    command_id: str
    step_id: str
    series_id: str
    series_number: int
    description: str
    instance_count: int
    complete: bool


@dataclass(frozen=True, slots=True)
class DoorSwung:
    closed: bool


@dataclass(frozen=True, slots=True)
class CoilPlugged:
    """None: unplugged."""

    coil: str | None


@dataclass(frozen=True, slots=True)
class TablePushed:
    """Unlocked and moved by hand."""

    table_mm: float


@dataclass(frozen=True, slots=True)
class TableButton:
    """The button on the gantry; it works during a scan too, and ends it."""

    inwards: bool


@dataclass(frozen=True, slots=True)
class BulbSqueezed:
    pass


@dataclass(frozen=True, slots=True)
class BulbLetGo:
    pass


@dataclass(frozen=True, slots=True)
class FaultAppeared:
    """`of`: what is faulty; a second fault of the same thing replaces its words."""

    fault: str
    of: str = "reported"


@dataclass(frozen=True, slots=True)
class FaultGone:
    of: str = "reported"


@dataclass(frozen=True, slots=True)
class HeliumRead:
    """The level gauge shows this."""

    percent: float


@dataclass(frozen=True, slots=True)
class PatientMoved:
    """`motion` counts from now."""

    motion: Motion


@dataclass(frozen=True, slots=True)
class PatientTold:
    """Over the intercom, or what else comes to the patient's ears."""

    what: Literal["hold", "breathe", "comfort", "fright"]


@dataclass(frozen=True, slots=True)
class BreathCommanded:
    """By the intercom; the patient does it if and as far as they can."""

    breath: BreathCommand
    language: str | None = None
    """ISO 639; None: not known."""


@dataclass(frozen=True, slots=True)
class SensorAttached:
    sensor: Sensor
    attached: bool


@dataclass(frozen=True, slots=True)
class PatientIs:
    """Another character on the table, as fresh as on arrival."""

    character: Character


@dataclass(frozen=True, slots=True)
class PatientLies:
    """Really, whatever the scanner was told."""

    lying: Lying


@dataclass(frozen=True, slots=True)
class ContrastHappened:
    """Given by hand; beside the vein from now on; a new needle in the vein."""

    what: Literal["given", "extravasated", "new_needle"]


@dataclass(frozen=True, slots=True)
class ImplantLabelled:
    """The limit on the implant's label in µT (B1+rms); None: no implant, or no limit."""

    b1_rms_ut: float | None


AgentInput = (
    GetSnapshot
    | Ping
    | RegisterPatient
    | CloseScannerExam
    | SetScannerLandmark
    | MoveScannerTable
    | AcknowledgeBulb
    | Stop
    | StepSet
    | PrepareAsked
    | StartAsked
)
RoomInput = (
    DoorSwung
    | CoilPlugged
    | TablePushed
    | TableButton
    | BulbSqueezed
    | BulbLetGo
    | FaultAppeared
    | FaultGone
    | HeliumRead
)
BodyInput = (
    PatientMoved
    | PatientTold
    | BreathCommanded
    | SensorAttached
    | PatientIs
    | PatientLies
    | ContrastHappened
    | ImplantLabelled
)
Input = Tick | SeriesMade | AgentInput | RoomInput | BodyInput
