"""Whether a wanted value can be looked at at all: known key, right kind, finite, in range, on a step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulated_mri.sequences import Choice, NumberRange, Parameter, Value


@dataclass(frozen=True, slots=True)
class Unusable:
    """A value that is not one, and what could stand instead (nearest first)."""

    words: str
    instead: tuple[Value, ...] = ()


def shown(value: object) -> str:
    """A wanted value in words, never longer than a line."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else text[:37] + "…"


def as_value(parameter: Parameter, wanted: object) -> Value | Unusable:
    """`wanted` on the parameter's nearest step, or why it cannot be used. Total: any object is judged."""
    match parameter:
        case Choice():
            return _as_choice(parameter, wanted)
        case NumberRange():
            return _as_number(parameter, wanted)


def _as_choice(parameter: Choice, wanted: object) -> Value | Unusable:
    if isinstance(wanted, str) and wanted in parameter.choices:
        return wanted
    words = f"{parameter.label} {shown(wanted)} is not available: choose {' or '.join(parameter.choices)}"
    return Unusable(words, parameter.choices)


def _as_number(parameter: NumberRange, wanted: object) -> Value | Unusable:
    span = f"{parameter.show(parameter.low)} to {parameter.show(parameter.high)}"
    if isinstance(wanted, bool) or not isinstance(wanted, int | float):
        return Unusable(f"{parameter.label} must be a number from {span}, not {shown(wanted)}")
    if isinstance(wanted, float) and not math.isfinite(wanted):
        return Unusable(f"{parameter.label} {shown(wanted)} is not a finite number: allowed is {span}")
    edge = parameter.low if wanted < parameter.low else parameter.high if wanted > parameter.high else None
    if edge is None:
        return parameter.nearest(wanted)
    nearest = parameter.at_least(edge) if edge == parameter.low else parameter.at_most(edge)
    unit = f" {parameter.unit}" if parameter.unit else ""
    return Unusable(f"{parameter.label} {shown(wanted)}{unit} is outside {span}", (nearest,))
