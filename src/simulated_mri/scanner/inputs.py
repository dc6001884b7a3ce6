"""Everything that can happen to the scanner: what an agent asks, what happens in the room, and time."""

from __future__ import annotations

from dataclasses import dataclass

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
from simulated_mri.scanner.state import Committed


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
    fault: str


@dataclass(frozen=True, slots=True)
class FaultGone:
    pass


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
    DoorSwung | CoilPlugged | TablePushed | TableButton | BulbSqueezed | BulbLetGo | FaultAppeared | FaultGone
)
Input = Tick | SeriesMade | AgentInput | RoomInput
