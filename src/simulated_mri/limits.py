"""What the scanner makes of wanted values: achieved ones, what else changed and why, what cannot be.

Rules:
- Either every wanted change holds (rounded to its step), or nothing changes and the conflicts are told.
- A parameter that was not asked for may follow (TE, TR, TI, concatenations, spacing); an asked one may not.
- A remedy replaces the whole request; each one offered has been tried and leads to no conflict.
- An achieved set is stable: achieving it again changes nothing.
- Nothing that is asked raises an exception.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from simulated_mri.dependencies import resolve
from simulated_mri.hardware import Hardware
from simulated_mri.sequences import (
    NumberRange,
    Parameter,
    SequenceType,
    Value,
    Values,
    parameters,
)
from simulated_mri.sheet import Blocked, Outcome
from simulated_mri.validity import Unusable, as_value, shown


@dataclass(frozen=True, slots=True)
class Changed:
    """A value that is not what it was, or not exactly what was asked for, and why."""

    key: str
    before: Value
    after: Value
    why: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """A request to send *instead of* the refused one; it has been tried and is achievable."""

    changes: Values
    words: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why `key` cannot be `wanted` (a word where it was no value), its possible range, and remedies."""

    key: str
    wanted: Value
    reason: str
    low: float | None = None
    high: float | None = None
    choices: tuple[Value, ...] = ()
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True, slots=True)
class Achieved:
    """`values` are the new ones if there is no conflict, and the old ones untouched if there is."""

    values: Values
    changed: tuple[Changed, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class _Attempt:
    values: Values
    changed: tuple[Changed, ...]
    conflicts: tuple[Conflict, ...]
    alternatives: Mapping[str, tuple[Values, ...]] = field(default_factory=dict)


_DEFAULT_HARDWARE = Hardware()


def achieve(
    sequence: SequenceType,
    values: Values,
    changes: Mapping[str, object],
    hardware: Hardware = _DEFAULT_HARDWARE,
) -> Achieved:
    """Applies `changes` to the achieved set `values` of `sequence`, as the rules on top say."""
    attempt = _attempt(sequence, values, changes, hardware)
    if not attempt.conflicts:
        return Achieved(attempt.values, attempt.changed)
    conflicts = tuple(
        replace(conflict, remedies=_remedies(sequence, values, changes, attempt, conflict, hardware))
        for conflict in attempt.conflicts
    )
    return Achieved(values, (), conflicts)


def _attempt(
    sequence: SequenceType, values: Values, changes: Mapping[str, object], hardware: Hardware
) -> _Attempt:
    known = parameters(sequence)
    conflicts = [_unknown(sequence, key, wanted) for key, wanted in changes.items() if key not in known]
    merged: dict[str, Value] = {}
    changed: list[Changed] = []
    alternatives: dict[str, tuple[Values, ...]] = {}
    for key, parameter in known.items():
        wanted = changes.get(key, values.get(key))
        match as_value(parameter, wanted):
            case Unusable(words, instead):
                conflicts.append(_unusable(parameter, wanted, words))
                alternatives[key] = tuple({key: value} for value in instead)
            case value:
                merged[key] = value
                if key in changes and value != wanted:
                    changed.append(Changed(key, _word(wanted), value, _rounding_words(parameter)))
    if conflicts:
        return _Attempt(values, (), tuple(conflicts), alternatives)
    outcome = resolve(sequence, merged, frozenset(changes), hardware)
    blocked = tuple(_blocked(known[item.key], merged[item.key], item) for item in outcome.blocked)
    alternatives = {item.key: item.alternatives for item in outcome.blocked}
    return _Attempt(
        MappingProxyType(dict(outcome.values)),
        (*changed, *_followers(merged, outcome)),
        blocked,
        alternatives,
    )


def _followers(merged: Values, outcome: Outcome) -> Iterable[Changed]:
    for key, why in outcome.followed.items():
        if outcome.values[key] != merged[key]:
            yield Changed(key, merged[key], outcome.values[key], why)


def _word(wanted: object) -> Value:
    return wanted if isinstance(wanted, float | int | str) else shown(wanted)


def _rounding_words(parameter: Parameter) -> str:
    step = f"{parameter.step:g} {parameter.unit}".strip() if isinstance(parameter, NumberRange) else ""
    return f"{parameter.label} goes in steps of {step}"


def _unknown(sequence: SequenceType, key: str, wanted: object) -> Conflict:
    return Conflict(
        shown(key),
        _finite_word(wanted),
        f"the sequence {sequence} has no parameter {shown(key)}: leave it out",
    )


def _unusable(parameter: Parameter, wanted: object, words: str) -> Conflict:
    if isinstance(parameter, NumberRange):
        return Conflict(parameter.key, _finite_word(wanted), words, parameter.low, parameter.high)
    return Conflict(parameter.key, _finite_word(wanted), words, choices=parameter.choices)


def _finite_word(wanted: object) -> Value:
    """NaN and infinities as words: they have no place in JSON, and NaN is not equal to itself."""
    if isinstance(wanted, float) and not abs(wanted) < 1e300:
        return shown(wanted)
    if isinstance(wanted, int) and abs(wanted) > 10**15:
        return f"{shown(str(wanted) if abs(wanted) < 10**300 else 'a huge number')}"
    return shown(wanted) if isinstance(wanted, str) else _word(wanted)


def _blocked(parameter: Parameter, wanted: Value, blocked: Blocked) -> Conflict:
    return Conflict(parameter.key, wanted, blocked.reason, blocked.low, blocked.high, blocked.choices)


def _remedies(
    sequence: SequenceType,
    values: Values,
    changes: Mapping[str, object],
    attempt: _Attempt,
    conflict: Conflict,
    hardware: Hardware,
) -> tuple[Remedy, ...]:
    """Alternatives that were tried and work; else the request without what conflicts; else none of it."""
    known = parameters(sequence)
    in_conflict = {item.key for item in attempt.conflicts}
    usable = {key: value for key, value in changes.items() if key in known}
    kept = {key: value for key, value in usable.items() if key not in in_conflict and key != conflict.key}
    alternatives = attempt.alternatives.get(conflict.key, ())
    offers = [({**usable, **alternative}, {**kept, **alternative}) for alternative in alternatives]
    found: dict[tuple[tuple[str, Value], ...], Remedy] = {}
    for candidates in offers:
        for clean in _working(sequence, values, candidates, hardware):
            found[tuple(clean.items())] = Remedy(clean, _remedy_words(known, values, changes, clean))
    if not found:
        for clean in _working(sequence, values, (kept, {}), hardware):
            found[()] = Remedy(clean, _remedy_words(known, values, changes, clean))
    return tuple(found.values())


def _working(
    sequence: SequenceType, values: Values, candidates: Iterable[Mapping[str, object]], hardware: Hardware
) -> Iterable[Values]:
    """The first of `candidates` that leads to no conflict, on its steps; nothing if none does."""
    for candidate in candidates:
        tried = _attempt(sequence, values, candidate, hardware)
        if not tried.conflicts:
            yield MappingProxyType({key: tried.values[key] for key in candidate})
            return


def _remedy_words(
    known: Mapping[str, Parameter], values: Values, changes: Mapping[str, object], clean: Values
) -> str:
    parts = [
        f"set {known[key].label} to {_show(known[key], value)}"
        for key, value in clean.items()
        if changes.get(key) != value
    ]
    parts += [
        f"keep {known[key].label} at {_show(known[key], values[key])}"
        if key in known
        else f"leave out {shown(key)}"
        for key in changes
        if key not in clean
    ]
    return ", ".join(parts) or "keep everything as it was"


def _show(parameter: Parameter, value: Value) -> str:
    return (
        parameter.show(float(value))
        if isinstance(parameter, NumberRange) and not isinstance(value, str)
        else str(value)
    )
