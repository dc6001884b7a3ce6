"""A set of values being worked on by the rules of `dependencies`: what follows, what is blocked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulated_mri.hardware import Hardware
from simulated_mri.sequences import NumberRange, SequenceType, Value, Values, parameters


@dataclass(frozen=True, slots=True)
class Blocked:
    """A parameter that cannot be as wanted; `alternatives` are changes that may do, to be tried."""

    key: str
    reason: str
    low: float | None = None
    high: float | None = None
    choices: tuple[Value, ...] = ()
    alternatives: tuple[Values, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    values: Values
    followed: Mapping[str, str]  # key → why
    blocked: tuple[Blocked, ...]


@dataclass(slots=True)
class Sheet:
    """Values being worked on by the rules."""

    sequence: SequenceType
    values: dict[str, Value]
    asked: frozenset[str]
    hardware: Hardware
    followed: dict[str, str] = field(default_factory=dict)
    blocked: list[Blocked] = field(default_factory=list)

    def range_of(self, key: str) -> NumberRange:
        parameter = parameters(self.sequence)[key]
        if not isinstance(parameter, NumberRange):
            raise TypeError(f"{key} is not numeric")
        return parameter

    def follow(self, key: str, value: Value, why: str) -> None:
        self.values[key] = value
        self.followed[key] = why

    def show(self, key: str, value: float) -> str:
        return self.range_of(key).show(value)

    def may_follow(self, key: str, value: float) -> bool:
        limits = self.range_of(key)
        return key not in self.asked and limits.low <= value <= limits.high
