"""All that is true of the scanner, as one frozen value.

Times in `..._s` are seconds of a monotonic clock, handed in with every input; `speed` says how much
faster than life the table and the acquisition run on it. A token's two seconds are never scaled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from mr_contract.scanner_messages import (
    Prepare,
    RegisterPatient,
    ScannerEvent,
    ScannerReply,
    StepAchieved,
)
from mr_contract.vocabulary import Landmark, PatientPosition, TablePosition
from simulated_mri.patient.body import Body
from simulated_mri.scanner.averages import Spell
from simulated_mri.trigger_pace import Pace

TOKEN_VALID_S = 2.0
TABLE_OUT_MM = 1200.0
TABLE_MM_PER_S = 100.0


class Plan(Protocol):
    """When which lines of an acquisition exist; immutable."""

    @property
    def duration_s(self) -> float:
        """Honest scan time, prescan included."""
        ...

    @property
    def lines_total(self) -> int: ...

    @property
    def prescan_s(self) -> float:
        """How long the adjustments at its beginning take."""
        ...

    @property
    def breath_holds(self) -> tuple[tuple[float, float], ...]:
        """When the automatic voice asks a breathing patient to hold, from and for how long."""
        ...

    @property
    def pace(self) -> Pace | None:
        """How it follows the patient's triggers; None if it does not."""
        ...

    @property
    def rf_repetition_s(self) -> float | None:
        """The interval of triggered repetitions that the prediction is of; None: it holds at any moment."""
        ...

    def lines_at(self, elapsed_s: float) -> int:
        """Lines that exist after this much planned time: never falls, all of them at `duration_s`."""
        ...


@dataclass(frozen=True, slots=True)
class Moment:
    """Now: `s` decides, `wall` is only written down."""

    s: float
    wall: datetime


@dataclass(frozen=True, slots=True)
class Committed:
    """A step as it was set: for this patient registration and this coil."""

    step_id: str
    achieved: StepAchieved
    plan: Plan
    registration: int
    coil: str | None
    landmark: Landmark | None = None
    """For which its exposure was predicted; None: for the worst there is."""


@dataclass(frozen=True, slots=True)
class Lying:
    """How the patient really lies, where that is not what the scanner was told; None: as told."""

    position: PatientPosition | None = None
    landmark: Landmark | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    pass


@dataclass(frozen=True, slots=True)
class Prepared:
    """A token lives. It names command, revision and what had moved."""

    token: str
    request: Prepare
    step: Committed
    moved_number: int
    until_s: float


@dataclass(frozen=True, slots=True)
class Accepting:
    """A start was taken but is carried out late, at `due_s` (a fault to practise with)."""

    prepared: Prepared
    due_s: float


@dataclass(frozen=True, slots=True)
class Acquiring:
    acquisition_id: str
    request: Prepare
    step: Committed
    patient: RegisterPatient
    landmark: Landmark | None
    series_number: int
    began_s: float
    began_at: datetime
    exam_began_at: datetime
    lying: Lying = Lying()
    prescan_told: int = 0
    """How many steps of the prescan have been told."""
    starts: tuple[float, ...] = ()
    """When the triggered repetitions so far really began, from `began_s` on in scan time."""


Phase = Idle | Prepared | Accepting | Acquiring


@dataclass(frozen=True, slots=True)
class TableMove:
    from_mm: float
    to: TablePosition
    began_s: float

    @property
    def to_mm(self) -> float:
        return 0.0 if self.to is TablePosition.ISOCENTRE else TABLE_OUT_MM


@dataclass(frozen=True, slots=True)
class State:
    """`number` is the last event's; `moved_number` the last that moved door, table or coil."""

    boot: str
    speed: float = 1.0
    number: int = 0
    moved_number: int = 0
    door_closed: bool = True
    table: TablePosition = TablePosition.OUT
    table_mm: float = TABLE_OUT_MM
    move: TableMove | None = None
    coil: str | None = None
    landmark: Landmark | None = None
    patient: RegisterPatient | None = None
    registration: int = 0
    exam_began_at: datetime | None = None
    bulb_squeezed: bool = False
    bulb_unanswered: bool = False
    faults: Mapping[str, str] = field(default_factory=dict)
    """By what is faulty: in words."""
    helium_percent: float = 88.0
    body: Body = field(default_factory=Body)
    lying: Lying = Lying()
    automatic_voice: bool = False
    """Whether it asks for breath-holds: on where the subject's breath matters."""
    agent_given_s: float | None = None
    """Scan time at which contrast agent was last given by hand."""
    extravasated_s: float | None = None
    """Scan time since which the needle no longer lies in the vein."""
    spells: tuple[Spell, ...] = ()
    """What this patient was exposed to in the last six minutes."""
    implant_b1_limit_ut: float | None = None
    """From the label of this patient's implant, as told to the scanner."""
    phase: Phase = field(default_factory=Idle)
    commits: Mapping[str, Committed] = field(default_factory=dict)
    last_setting: int = 0
    acquisitions: int = 0
    series_of_exam: int = 0
    commands_run: frozenset[str] = frozenset()
    last_command_id: str | None = None
    ended_starts: tuple[str, tuple[float, ...]] = ("", ())
    """The acquisition that ended last, and when its triggered repetitions began."""
    dead_token: tuple[str, str] = ("", "")
    """The last token that died, and why."""

    @property
    def fault(self) -> str:
        """All faults in words; empty if there is none."""
        return "; ".join(self.faults.values())[:160]

    def scan_s(self, moment: Moment) -> float:
        """Scan time, as the patient lives it: clock time × speed."""
        return moment.s * self.speed

    @property
    def bulb_calling(self) -> bool:
        """The patient calls until the bulb is released *and* somebody answered."""
        return self.bulb_squeezed or self.bulb_unanswered


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an input led to: the next state, events to log and push, and a reply if one is due."""

    state: State
    events: tuple[ScannerEvent, ...] = ()
    reply: ScannerReply | None = None

    def having(self, **changes: Any) -> Outcome:
        """The same with other state."""
        return replace(self, state=replace(self.state, **changes))

    def answered(self, reply: ScannerReply) -> Outcome:
        return replace(self, reply=reply)

    def logged(self, kind: Callable[..., ScannerEvent], moment: Moment, **fields: Any) -> Outcome:
        """With the next event, numbered."""
        number = self.state.number + 1
        event = kind(number=number, at=moment.wall, **fields)
        return replace(self, state=replace(self.state, number=number), events=(*self.events, event))

    def moved(self) -> Outcome:
        """The event just logged moved door, table or coil: a token does not survive that."""
        return without_token(self.having(moved_number=self.state.number), "door, table or coil changed")


def without_token(outcome: Outcome, why: str) -> Outcome:
    """Nothing prepared remains; a start that comes later is told why."""
    match outcome.state.phase:
        case Prepared(token=token) | Accepting(prepared=Prepared(token=token)):
            return outcome.having(phase=Idle(), dead_token=(token, why))
        case _:
            return outcome
