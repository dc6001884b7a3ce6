"""The parameter editor as rows: what the scanner said of each parameter, and what a typed text means."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mr_contract.exam import StepDetail
from mr_contract.model import ParameterValue, ParameterValues
from mr_contract.parameters import Conflict, ParameterGroup, ParameterSpec, Remedy
from remote_console.core.known_words import known
from remote_console.core.phrases import NOTHING, Phrase, Words, number_words, p, verbatim
from remote_console.core.vocabulary_words import choice_words


@dataclass(frozen=True, slots=True)
class NotAValue:
    """A text that is no value of the parameter, in words; `nearest` is one that would be."""

    words: Phrase
    nearest: ParameterValue | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A remedy: the edit that it is, in words of this desk."""

    changes: ParameterValues
    words: Phrase


@dataclass(frozen=True, slots=True)
class EditorRow:
    """One field."""

    key: str
    label: str
    group: ParameterGroup
    unit: str
    text: str
    """The value as it is typed; of a choice, its word in the contract."""
    choices: tuple[str, ...]
    approved: Words
    deviates: bool
    unavailable: str
    range_words: Phrase
    conflict: Phrase
    remedies: tuple[Offer, ...]
    unanswered: bool = False
    """A typed value has no answer yet: it stays in the field."""
    unread: bool = False
    """The field holds a text that is no value: it stays until it is typed over or given up."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Parameters whose fields hold something that the scanner did not say."""

    unanswered: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EditorState:
    """Everything the editor shows of one step."""

    step_id: str
    revision: str
    title: str
    rows: tuple[EditorRow, ...]
    also_changed: tuple[Phrase, ...]
    may_edit: bool
    can_undo: bool


def editor(
    detail: StepDetail,
    title: str,
    *,
    conflicts: Iterable[Conflict],
    may_edit: bool,
    typed: Typed = Typed(),
) -> EditorState:
    """Rows in the scanner's own order. `conflicts` are of the step, or of an edit that was only tried."""
    by_key = {c.key: c for c in conflicts}
    specs = {s.key: s for s in detail.specs}
    rows = tuple(
        replace(
            _row(s, detail, by_key.get(s.key), specs),
            unanswered=s.key in typed.unanswered,
            unread=s.key in typed.unread,
        )
        for s in detail.specs
        if s.key in detail.values
    )
    return EditorState(
        detail.step_id, detail.revision, title, rows, _also_changed(detail, specs), may_edit, detail.can_undo
    )


def _row(
    spec: ParameterSpec, detail: StepDetail, conflict: Conflict | None, specs: dict[str, ParameterSpec]
) -> EditorRow:
    value, approved = detail.values[spec.key], detail.approved_values.get(spec.key)
    shown = show(spec, value)
    return EditorRow(
        key=spec.key,
        label=spec.label,
        group=spec.group,
        unit=spec.unit,
        text=show(spec, conflict.wanted) if conflict and not spec.choices else shown,
        choices=spec.choices,
        approved=with_unit(spec, approved) if approved is not None else NOTHING,
        deviates=approved is not None and shown != show(spec, approved),
        unavailable=spec.unavailable_because,
        range_words=range_words(spec),
        conflict=conflict_words(spec, conflict) if conflict else NOTHING,
        remedies=tuple(_offer(r, specs) for r in conflict.remedies) if conflict else (),
    )


def _also_changed(detail: StepDetail, specs: dict[str, ParameterSpec]) -> tuple[Phrase, ...]:
    phrases = []
    for change in detail.changes:
        spec = specs.get(change.key)
        if spec is not None:
            phrases.append(p(
                "{label} {before} → {after}: {why}",
                label=p(spec.label), before=_without_unit(spec, change.before),
                after=with_unit(spec, change.after),
                why=known(change.why),
            ))  # fmt: skip
    return tuple(phrases)


def conflict_words(spec: ParameterSpec, conflict: Conflict) -> Phrase:
    """Which value cannot be had and why."""
    value = with_unit(spec, conflict.wanted)
    why = known(conflict.why)
    names_it = isinstance(why, Phrase) and ("value", value) in why.figures
    if names_it or conflict.why.startswith(_typed(spec, conflict.wanted)):
        return p("{why}", why=why)
    return p("{value} is not available: {why}", value=value, why=why)


def _offer(remedy: Remedy, specs: dict[str, ParameterSpec]) -> Offer:
    """Said from what it changes; the scanner's own words only where a parameter is not known here."""
    if not remedy.changes or not set(remedy.changes) <= set(specs):
        return Offer(remedy.changes, p("{words}", words=remedy.words))
    parts = tuple(
        p("{label} {value}", label=p(specs[key].label), value=with_unit(specs[key], value))
        for key, value in remedy.changes.items()
    )
    return Offer(remedy.changes, p("{names}", names=parts))


def show(spec: ParameterSpec, value: ParameterValue) -> str:
    """The value as its field shows it."""
    return value if isinstance(value, str) else number_words(value, spec.decimals)


def with_unit(spec: ParameterSpec, value: ParameterValue) -> Words:
    """The value and its unit, in words where it is one of a few."""
    return choice_words(value) if isinstance(value, str) else verbatim(_typed(spec, value))


def _without_unit(spec: ParameterSpec, value: ParameterValue) -> Words:
    return choice_words(value) if isinstance(value, str) else verbatim(show(spec, value))


def _typed(spec: ParameterSpec, value: ParameterValue) -> str:
    return f"{show(spec, value)} {spec.unit}".strip()


def range_words(spec: ParameterSpec) -> Phrase:
    """What may be typed."""
    if spec.choices or spec.low is None or spec.high is None:
        return p("{names}", names=tuple(choice_words(choice) for choice in spec.choices))
    low, high = with_unit(spec, spec.low), with_unit(spec, spec.high)
    if spec.step:
        return p("{low} to {high}, in steps of {step}", low=low, high=high, step=with_unit(spec, spec.step))
    return p("{low} to {high}", low=low, high=high)


def parse(spec: ParameterSpec, text: str) -> ParameterValue | NotAValue:
    """The value a person typed. Comma and point are both decimal signs; a unit behind it is allowed."""
    if spec.unavailable_because:
        return NotAValue(
            p("{label} cannot be changed: {why}", label=p(spec.label), why=spec.unavailable_because)
        )
    if spec.choices:
        return _choice(spec, text)
    cleaned = text.strip().removesuffix(spec.unit).strip().replace(",", ".")
    try:
        value = float(cleaned)
    except ValueError:
        return NotAValue(
            p("“{text}” is not a number; {range}", text=text.strip()[:20], range=range_words(spec))
        )
    if not math.isfinite(value):
        return NotAValue(
            p("“{text}” is not a number; {range}", text=text.strip()[:20], range=range_words(spec))
        )
    return _in_range(spec, value)


def _choice(spec: ParameterSpec, text: str) -> ParameterValue | NotAValue:
    if text in spec.choices:
        return text
    return NotAValue(
        p("“{text}” is none of: {range}", text=text[:20], range=range_words(spec)), spec.choices[0]
    )


def _in_range(spec: ParameterSpec, value: float) -> ParameterValue | NotAValue:
    nearest = nearest_allowed(spec, value)
    beyond = (spec.low is not None and value < spec.low) or (spec.high is not None and value > spec.high)
    if beyond:
        words = p(
            "{label} {value} is outside {range}",
            label=p(spec.label), value=with_unit(spec, value), range=range_words(spec),
        )  # fmt: skip
        return NotAValue(words, nearest)
    if abs(nearest - value) > 1e-9 * max(1.0, abs(value)):
        words = p(
            "{value} lies between two steps of {step}; nearest {nearest}",
            value=f"{value:g}", step=with_unit(spec, spec.step), nearest=with_unit(spec, nearest),
        )  # fmt: skip
        return NotAValue(words, nearest)
    return nearest


def nearest_allowed(spec: ParameterSpec, value: float) -> float:
    """The allowed value nearest to `value`: in range, on a step counted from `low`."""
    low = spec.low if spec.low is not None else -1e9
    high = spec.high if spec.high is not None else 1e9
    value = min(max(value, low), high)
    if spec.step:
        base = spec.low or 0.0
        value = base + round((value - base) / spec.step) * spec.step
        if value > high + 1e-9:
            value -= spec.step
    return round(value, 6)
