"""What the scanner's shell asks of the physics. Every method is called in a worker thread, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.scanner_messages import (
    CheckStep,
    RegisterPatient,
    ScannerProtocolOffer,
    SetStep,
    StepAchieved,
)
from mr_contract.vocabulary import Landmark
from scanner_kit import FinishedSeries
from simulated_mri.scanner.conditions import Conditions
from simulated_mri.scanner.state import Acquiring, Plan
from simulated_mri.trigger_pace import TriggerSource


@dataclass(frozen=True, slots=True)
class Placed:
    """Who lies there, in which coil, and which mark will be at the isocentre, if one is set."""

    patient: RegisterPatient
    coil: str | None
    landmark: Landmark | None = None
    cycles_s: Mapping[TriggerSource, float] = field(default_factory=dict)
    """How long the patient's cycles are at present, as far as their sensors show it."""


@dataclass(frozen=True, slots=True)
class Impossible:
    """What was asked cannot be answered at all: in words, with what to do."""

    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class MadeSeries:
    """A reconstructed series and what is told about it."""

    series: FinishedSeries
    description: str


class Measurement(Protocol):
    """One acquisition's k-space."""

    def measure(self, lines: int, now: Conditions, /) -> bool:
        """Go some way towards this many lines, for at most some milliseconds; whether they all exist now.

        `now`: the patient's course up to the last of these lines.
        """
        ...

    def preview(self) -> tuple[PreviewHeader, bytes] | None:
        """The slice that was filled last, from the lines that exist; None before the first."""
        ...

    def reconstruct(self) -> MadeSeries:
        """All slices from exactly the lines that exist; at least one line does."""
        ...

    def drop(self) -> None:
        """Nothing more is wanted of it: its memory is free."""
        ...


class Imaging(Protocol):
    """Protocols, achieved values and pictures."""

    def unsuitable(self, patient: RegisterPatient) -> Impossible | None:
        """Why this patient cannot be scanned here."""
        ...

    def offers(self) -> tuple[ScannerProtocolOffer, ...]: ...

    def load(
        self, protocol_id: str, placed: Placed, *, reply_to: int
    ) -> tuple[StepAchieved, ...] | Impossible:
        """The steps of a protocol as they would run for this patient."""
        ...

    def achieve(self, asked: CheckStep | SetStep, placed: Placed) -> StepAchieved | Impossible:
        """What the scanner makes of the wanted values; setting 0."""
        ...

    def plan(self, achieved: StepAchieved) -> Plan:
        """Of a step without conflicts."""
        ...

    def begin(self, run: Acquiring, now: Conditions, /) -> Measurement:
        """Make ready to measure; may take seconds."""
        ...
