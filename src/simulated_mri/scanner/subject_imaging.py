"""Images of whatever lies in the scanner: the `Imaging` that `simulated-mri serve` uses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mr_contract.scanner_messages import (
    CheckStep,
    RegisterPatient,
    ScannerProtocolOffer,
    SetStep,
    StepAchieved,
)
from simulated_mri.hardware import Hardware
from simulated_mri.scanner import physics
from simulated_mri.scanner.conditions import Conditions
from simulated_mri.scanner.imaging import Impossible, Measurement, Placed
from simulated_mri.scanner.physics import ShotTimeline
from simulated_mri.scanner.state import Acquiring
from simulated_mri.subjects.names import SubjectName


@dataclass(frozen=True, slots=True)
class SubjectImaging:
    """`scanner` names this scanner in preview headers; `seed` makes noise repeatable.

    `raw`: where raw data go, if they are wanted; slices are then measured with every element. `enhanced`:
    images are Enhanced MR, not classic ones.
    """

    scanner: str
    serial: str
    hardware: Hardware
    seed: int
    subject: SubjectName = "head"
    raw: Path | None = None
    enhanced: bool = False

    def unsuitable(self, patient: RegisterPatient) -> Impossible | None:
        return physics.unsuitable(patient)

    def offers(self) -> tuple[ScannerProtocolOffer, ...]:
        return physics.offers()

    def load(
        self, protocol_id: str, placed: Placed, *, reply_to: int
    ) -> tuple[StepAchieved, ...] | Impossible:
        return physics.load(protocol_id, placed, self.hardware, reply_to=reply_to)

    def achieve(self, asked: CheckStep | SetStep, placed: Placed) -> StepAchieved | Impossible:
        return physics.achieve(asked, placed, self.hardware)

    def plan(self, achieved: StepAchieved) -> ShotTimeline:
        return physics.timeline(achieved, self.hardware)

    def begin(self, run: Acquiring, now: Conditions) -> Measurement:
        from simulated_mri.scanner.measuring import begin  # 30 MB that only the measuring process needs

        return begin(self, run, now)
