"""What a scenario file says."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from mr_contract.model import Model
from simulated_mri.scanner.inject_messages import (
    Injection,
    InjectionReply,
    InjectPatient,
)
from simulated_mri.sequences import SequenceType
from simulated_mri.subjects.names import SubjectName

Line = Annotated[str, StringConstraints(min_length=1, max_length=300)]
ShortLine = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Seconds = Annotated[float, Field(ge=0.0, le=7200.0)]
ScannerEventKind = Literal[
    "door_opened",
    "door_closed",
    "table_moved",
    "coil_changed",
    "landmark_set",
    "patient_registered",
    "bulb_pressed",
    "bulb_released",
    "fault_raised",
    "fault_cleared",
    "stop_received",
    "acquisition_started",
    "acquisition_ended",
    "images_ready",
]
OF_A_SEQUENCE: tuple[ScannerEventKind, ...] = ("acquisition_started", "acquisition_ended", "images_ready")
_LISTED = " or ".join(OF_A_SEQUENCE)


class Happening(Model):
    """At `at_s` from the beginning, or `after_s` after the first `on` (of a `sequence`, and that follows a
    `since`): `words` for the trainer, and what is injected, if anything. Seconds of scan time.
    """

    words: Line
    at_s: Seconds | None = None
    on: ScannerEventKind | None = None
    since: ScannerEventKind | None = None
    after_s: Seconds = 0.0
    sequence: SequenceType | None = None
    inject: Injection | None = None

    @model_validator(mode="after")
    def _has_one_moment(self) -> Self:
        if (self.at_s is None) == (self.on is None):
            raise ValueError("expected either at_s or on, one of them")
        if self.on is None and (self.after_s or self.sequence or self.since):
            raise ValueError("after_s, sequence and since are expected only together with on")
        if self.sequence is not None and self.on not in OF_A_SEQUENCE:
            raise ValueError(f"sequence is expected only with {_LISTED}")
        return self


class Expected(Model):
    """What somebody should do; `event` says by what it is seen, `within_s` of the first `after`.

    Or what nobody should do: no `absent` is to be seen for `within_s` of the first `after`. `sequence`: that
    `after` belongs to.
    """

    words: Line
    event: ScannerEventKind | None = None
    absent: ScannerEventKind | None = None
    after: ScannerEventKind | None = None
    sequence: SequenceType | None = None
    within_s: Seconds | None = None

    @model_validator(mode="after")
    def _can_be_judged(self) -> Self:
        if self.event is not None and self.absent is not None:
            raise ValueError("expected either event or absent, one of them")
        if self.absent is not None and (self.after is None or self.within_s is None):
            raise ValueError("absent is expected only together with after and within_s")
        if (
            self.event is None
            and self.absent is None
            and (self.after is not None or self.within_s is not None)
        ):
            raise ValueError("after and within_s are expected only together with event or absent")
        if self.within_s is not None and self.after is None:
            raise ValueError("within_s is expected only together with after")
        if self.sequence is not None and self.after not in OF_A_SEQUENCE:
            raise ValueError(f"sequence is expected only with {_LISTED} as after")
        return self


class Scenario(Model):
    """A training case. The same seed, the same patient."""

    title: ShortLine
    about: Line
    seed: Annotated[int, Field(ge=0, le=2**31)] = 1
    subject: SubjectName = "head"
    coil: ShortLine | None = "Head 20"
    protocol: ShortLine
    """Which protocol the trainee is to run, in words or by its id."""
    objectives: Annotated[tuple[Line, ...], Field(min_length=1, max_length=20)]
    patient: InjectPatient = InjectPatient()
    happens: Annotated[tuple[Happening, ...], Field(max_length=200)] = ()
    expected: Annotated[tuple[Expected, ...], Field(min_length=1, max_length=50)]


class PlayScenario(Model):
    """Begin a scenario now; one that was going on is over."""

    kind: Literal["play_scenario"] = "play_scenario"
    scenario: Scenario


class ReportScenario(Model):
    """How it stands: what happened, and which expected actions were seen."""

    kind: Literal["report_scenario"] = "report_scenario"


class ScenarioReported(Model):
    kind: Literal["scenario_reported"] = "scenario_reported"
    lines: Annotated[tuple[Annotated[str, StringConstraints(max_length=400)], ...], Field(max_length=400)]


FromTheRoom = Annotated[Injection | PlayScenario | ReportScenario, Field(discriminator="kind")]
ToTheRoom = Annotated[InjectionReply | ScenarioReported, Field(discriminator="kind")]
FROM_THE_ROOM: TypeAdapter[FromTheRoom] = TypeAdapter(FromTheRoom)
TO_THE_ROOM: TypeAdapter[ToTheRoom] = TypeAdapter(ToTheRoom)
