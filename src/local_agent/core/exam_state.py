"""The open exam and its steps, as the journal's events leave them: values."""

from __future__ import annotations

from dataclasses import dataclass, field

from local_agent.core import events as e
from local_agent.core.digests import plan_digest
from local_agent.core.events import StepPlan
from local_agent.core.responsibilities import Division
from mr_contract.exam import SeriesView
from mr_contract.exposure import ImplantLimits
from mr_contract.vocabulary import Landmark, PatientPosition, Side, StartOutcome, StepState


@dataclass(frozen=True, slots=True)
class Step:
    """A protocol step of the open exam."""

    plan: StepPlan
    approved: StepPlan
    state: StepState = StepState.PLANNED
    history: tuple[StepPlan, ...] = ()
    """Earlier plans, newest last: what undo goes back to."""
    repeat_of: str | None = None
    repeat_reason: str = ""
    lines_acquired: int = 0
    lines_total: int = 0
    outcome: StartOutcome | None = None
    """Of its last start."""
    acquisitions: tuple[str, ...] = ()
    """Those that ran this very step: ids of steps are the same in every exam."""
    plan_digest: str = field(init=False, default="")
    """Made with the plan, which is looked at far more often than it changes."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "plan_digest", plan_digest(self.plan))

    @property
    def step_id(self) -> str:
        return self.plan.step_id


@dataclass(frozen=True, slots=True)
class ReadyConfirmation:
    """What `patient ready` was bound to when it was held."""

    count: int
    scanner_boot: str
    moved_number: int
    coil: str


@dataclass(frozen=True, slots=True)
class FirstLevel:
    """Up to what first level controlled mode was decided; a quantity that is None was not."""

    w_per_kg: float | None = None
    """Whole-body SAR."""
    pns_percent: float | None = None

    @property
    def decided(self) -> bool:
        return self != NOT_DECIDED

    def after(self, event: e.FirstLevelDecided) -> FirstLevel:
        """A later decision replaces what it names, and leaves the other quantity."""
        sar, pns = event.up_to_w_per_kg, event.up_to_pns_percent
        return FirstLevel(self.w_per_kg if sar is None else sar, self.pns_percent if pns is None else pns)


NOT_DECIDED = FirstLevel()


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed the screening, and where they were."""

    staff_id: str
    mr_level: int
    name: str = ""
    remote: bool = False
    by_video: bool = False


@dataclass(frozen=True, slots=True)
class SignedException:
    """A physician's emergency exception to an incomplete screening."""

    count: int
    staff_id: str
    name: str
    reason: str


def _lower(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else min(one, other)


@dataclass(frozen=True, slots=True)
class Exam:
    """The open exam."""

    exam_id: str
    procedure: str
    side: Side
    age_years: int
    contrast_planned: bool
    opened_count: int
    identity_count: int | None = None
    screening_count: int | None = None
    implants: tuple[ImplantLimits, ...] = ()
    implant_free: bool = False
    signatures: tuple[Signature, ...] = ()
    """Under the screening, as it was last recorded."""
    exception: SignedException | None = None
    full_stop_count: int | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    position: PatientPosition | None = None
    data_count: int | None = None
    landmark: Landmark | None = None
    ready: ReadyConfirmation | None = None
    ready_void: str = ""
    """Why the last confirmation no longer holds: a reason's value, or empty."""
    division: Division | None = None
    """Who answers for what; None only between the opening of the exam and its list."""
    first_level_remote: FirstLevel = NOT_DECIDED
    first_level_local: FirstLevel = NOT_DECIDED
    protocol_name: str = ""
    steps: tuple[Step, ...] = ()
    armed: e.StepArmed | None = None
    series: tuple[SeriesView, ...] = ()
    stored_early: frozenset[str] = frozenset()
    """Series that were stored before the scanner was heard to announce them."""

    def is_stored(self, series_id: str) -> bool:
        """Whether this series is known to be on the site's disk."""
        announced = any(s.series_id == series_id and s.stored for s in self.series)
        return announced or series_id in self.stored_early

    def step(self, step_id: str) -> Step | None:
        """The step of this id, or None."""
        return next((s for s in self.steps if s.step_id == step_id), None)

    @property
    def first_level(self) -> FirstLevel:
        """What both sides decided: of each quantity the lower of both values."""
        remote, local = self.first_level_remote, self.first_level_local
        return FirstLevel(
            _lower(remote.w_per_kg, local.w_per_kg), _lower(remote.pns_percent, local.pns_percent)
        )
