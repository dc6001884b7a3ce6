"""How the parameters of a sequence depend on each other, rule by rule, in the order of a physicist's hand.

Every rule either lets an unasked parameter follow (and says why) or blocks the asked one (and
names what would do). Values arrive valid by themselves: on their steps, in their ranges.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from simulated_mri import timing
from simulated_mri.hardware import Hardware
from simulated_mri.sequences import NumberRange, SequenceType, Value, Values, count, number, parameters


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
class _Sheet:
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


def resolve(sequence: SequenceType, values: Values, asked: frozenset[str], hardware: Hardware) -> Outcome:
    """Runs the rules of `sequence`; stops at the first that blocks, since later ones would judge a wrong set."""
    sheet = _Sheet(sequence, dict(values), asked, hardware)
    for rule in _RULES[sequence]:
        rule(sheet)
        if sheet.blocked:
            break
    return Outcome(sheet.values, sheet.followed, tuple(sheet.blocked))


def _field_of_view(sheet: _Sheet) -> None:
    key, values = "fov_read_mm", sheet.values
    smallest = timing.fov_read_min_mm(values, sheet.hardware)
    if number(values, key) >= smallest:
        return
    low = sheet.range_of(key).at_least(smallest)
    scale = number(values, key) / smallest
    if sheet.may_follow(key, smallest):
        sheet.follow(key, low, "the readout gradient allows no smaller field of view at this bandwidth and matrix")
        return
    culprit = next(name for name in (key, "bandwidth_hz_per_px", "acquisition_matrix_read") if name in sheet.asked)
    sheet.blocked.append(
        Blocked(
            culprit,
            f"{sheet.show(key, number(values, key))} field of view needs a stronger readout gradient than there is "
            f"at {sheet.show('bandwidth_hz_per_px', number(values, 'bandwidth_hz_per_px'))} and a matrix of "
            f"{count(values, 'acquisition_matrix_read')}: at least {sheet.show(key, float(low))}",
            low=float(low) if culprit == key else None,
            high=None if culprit == key else number(values, culprit) * scale,
            alternatives=(
                {key: low},
                *_scaled(sheet, "bandwidth_hz_per_px", scale),
                *_scaled(sheet, "acquisition_matrix_read", scale),
            ),
        )
    )


def _scaled(sheet: _Sheet, key: str, scale: float) -> tuple[Values, ...]:
    wanted = number(sheet.values, key) * scale
    limits = sheet.range_of(key)
    return ({key: limits.at_most(wanted)},) if wanted >= limits.low else ()


def _thickness(sheet: _Sheet) -> None:
    key = "slice_thickness_mm"
    smallest = sheet.hardware.thickness_min_mm
    if number(sheet.values, key) >= smallest:
        return
    low = sheet.range_of(key).at_least(smallest)
    if key not in sheet.asked:
        sheet.follow(key, low, "the slice gradient selects no thinner slice")
        return
    sheet.blocked.append(
        Blocked(
            key,
            f"{sheet.show(key, number(sheet.values, key))} is thinner than the slice gradient can select: "
            f"at least {sheet.show(key, float(low))}",
            low=float(low),
            alternatives=({key: low},),
        )
    )


def _spacing(sheet: _Sheet) -> None:
    """Slices of a 2D sequence do not overlap; the partitions of a 3D one touch."""
    key, thickness = "slice_spacing_mm", number(sheet.values, "slice_thickness_mm")
    spacing = number(sheet.values, key)
    volume = sheet.sequence == "gre_3d_t1"
    if spacing == thickness or (spacing > thickness and not volume):
        return
    why = "the partitions of a 3D sequence touch" if volume else "slices must not overlap"
    if key not in sheet.asked:
        sheet.follow(key, thickness, f"{why}: spacing follows thickness")
    elif "slice_thickness_mm" not in sheet.asked and spacing >= sheet.range_of("slice_thickness_mm").low:
        sheet.follow("slice_thickness_mm", spacing, f"{why}: thickness follows spacing")
        _thickness(sheet)
    else:
        sheet.blocked.append(
            Blocked(
                key,
                f"{sheet.show(key, spacing)} spacing does not suit {sheet.show(key, thickness)} thickness: {why}",
                low=thickness,
                high=thickness if volume else None,
                alternatives=({key: thickness}, {"slice_thickness_mm": spacing}),
            )
        )


def _concatenations(sheet: _Sheet) -> None:
    """Slices are shared out among concatenations: there are not more of these than slices."""
    key, slices = "concatenations", count(sheet.values, "slice_count")
    if count(sheet.values, key) <= slices:
        return
    if key not in sheet.asked:
        sheet.follow(key, slices, f"there are only {slices} slices to share out")
        return
    sheet.blocked.append(
        Blocked(
            key,
            f"{count(sheet.values, key)} concatenations are more than the {slices} slices to share out",
            high=slices,
            alternatives=({key: slices},),
        )
    )


def _train_length(sheet: _Sheet) -> None:
    """A train is not longer than the matrix has lines."""
    key, lines = "echo_train_length", count(sheet.values, "acquisition_matrix_phase")
    if count(sheet.values, key) <= lines:
        return
    if sheet.may_follow(key, lines):
        sheet.follow(key, lines, f"there are only {lines} lines to encode")
        return
    sheet.blocked.append(
        Blocked(
            key,
            f"turbo factor {count(sheet.values, key)} is more than the {lines} lines of the matrix",
            high=lines,
            alternatives=({key: lines},),
        )
    )


def _echo_in_train(sheet: _Sheet) -> None:
    """Echoes come at multiples of the echo spacing, as many as the train has."""
    key, te_ms = "te_ms", number(sheet.values, "te_ms")
    spacing = timing.echo_spacing_ms(sheet.sequence, sheet.values, sheet.hardware)
    last = min(count(sheet.values, "echo_train_length"), math.floor(sheet.range_of(key).high / spacing))
    position = te_ms / spacing
    if abs(position - round(position)) < 1e-6 and 1 <= round(position) <= last:
        return
    around = sorted({min(max(n, 1), last) for n in (math.floor(position), math.ceil(position))})
    choices = tuple(sheet.range_of(key).nearest(n * spacing) for n in around)
    nearest = sheet.range_of(key).nearest(min(max(round(position), 1), last) * spacing)
    if key not in sheet.asked:
        sheet.follow(key, nearest, f"echo times are multiples of the echo spacing, now {spacing:g} ms")
        return
    offered = " or ".join(f"{float(choice):g}" for choice in choices)
    longer = math.ceil(position - 1e-6)
    limits = sheet.range_of("echo_train_length")
    lengthen = ({"echo_train_length": longer},) if last < longer <= limits.high else ()
    sheet.blocked.append(
        Blocked(
            key,
            f"{te_ms:g} ms is not available: {offered} ms (echo spacing {spacing:g} ms, {last} echoes)",
            low=spacing,
            high=last * spacing,
            choices=choices,
            alternatives=(*({key: choice} for choice in choices), *lengthen),
        )
    )


def _shortest_echo(sheet: _Sheet) -> None:
    key, te_ms = "te_ms", number(sheet.values, "te_ms")
    smallest = timing.te_min_ms(sheet.sequence, sheet.values, sheet.hardware)
    if te_ms >= smallest:
        return
    low = sheet.range_of(key).at_least(smallest)
    if sheet.may_follow(key, smallest):
        sheet.follow(key, low, "pulse, gradients and half the readout need this long at this bandwidth")
        return
    sheet.blocked.append(
        Blocked(
            key if key in sheet.asked else "bandwidth_hz_per_px",
            f"{te_ms:g} ms is too short for pulse, gradients and half the readout: at least {float(low):g} ms",
            low=float(low),
            alternatives=({key: low}, *_faster_readout(sheet, te_ms)),
        )
    )


def _faster_readout(sheet: _Sheet, te_ms: float) -> tuple[Values, ...]:
    """The smallest higher bandwidth at which `te_ms` is long enough, if there is one."""
    key = "bandwidth_hz_per_px"
    limits = sheet.range_of(key)
    steps = int((limits.high - number(sheet.values, key)) / limits.step)
    for index in range(1, steps + 1):
        bandwidth = limits.nearest(number(sheet.values, key) + index * limits.step)
        trial = {**sheet.values, key: bandwidth}
        if timing.te_min_ms(sheet.sequence, trial, sheet.hardware) <= te_ms:
            return ({key: bandwidth},)
    return ()


def _inversion(sheet: _Sheet) -> None:
    """TI must hold what happens before the first readout; concatenations share that out."""
    key, ti_ms = "ti_ms", number(sheet.values, "ti_ms")
    volume = sheet.sequence == "gre_3d_t1"
    first = 1 if volume else count(sheet.values, "concatenations")
    most = 1 if volume else min(int(sheet.range_of("concatenations").high), count(sheet.values, "slice_count"))
    last = first if "concatenations" in sheet.asked else most
    for concatenations in range(first, max(first, last) + 1):
        smallest = timing.ti_min_ms(sheet.sequence, sheet.values, sheet.hardware, concatenations=concatenations)
        if smallest <= ti_ms:
            if concatenations != first:
                why = f"TI {ti_ms:g} ms holds the trains of fewer slices at a time"
                sheet.follow("concatenations", concatenations, why)
            return
    smallest = timing.ti_min_ms(sheet.sequence, sheet.values, sheet.hardware, concatenations=first)
    low = sheet.range_of(key).at_least(smallest)
    if sheet.may_follow(key, smallest):
        sheet.follow(key, low, "everything before the first readout needs this long")
        return
    sheet.blocked.append(
        Blocked(
            key if key in sheet.asked else "concatenations" if not volume else "acquisition_matrix_phase",
            f"inversion time {ti_ms:g} ms is shorter than what must happen before the readout: {smallest:.0f} ms",
            low=float(low),
            alternatives=({key: low}, {"concatenations": int(first) + 1}) if not volume else ({key: low},),
        )
    )


def _repetition(sheet: _Sheet) -> None:
    """All slices of a concatenation fit into TR: more concatenations, or else a longer TR."""
    tr_ms = number(sheet.values, "tr_ms")
    has_concatenations = "concatenations" in sheet.values
    first = count(sheet.values, "concatenations") if has_concatenations else 1

    def smallest(concatenations: int) -> float:
        return timing.tr_min_ms(sheet.sequence, sheet.values, sheet.hardware, concatenations=concatenations)

    if smallest(first) <= tr_ms:
        return
    most = min(int(sheet.range_of("concatenations").high), count(sheet.values, "slice_count")) if has_concatenations else 1
    enough = next((n for n in range(first + 1, most + 1) if smallest(n) <= tr_ms), None)
    if enough is not None and "concatenations" not in sheet.asked:
        why = f"{count(sheet.values, 'slice_count')} slices do not fit into TR {tr_ms:g} ms at once"
        sheet.follow("concatenations", enough, f"{why} (that needs {smallest(first):g} ms)")
        return
    low = sheet.range_of("tr_ms").at_least(smallest(first))
    if sheet.may_follow("tr_ms", smallest(first)):
        sheet.follow("tr_ms", low, "all that one repetition holds needs this long")
        return
    sheet.blocked.append(
        Blocked(
            "tr_ms" if "tr_ms" in sheet.asked else _busiest(sheet),
            f"TR {tr_ms:g} ms is shorter than what one repetition holds: at least {smallest(first):g} ms",
            low=float(low) if "tr_ms" in sheet.asked else None,
            alternatives=_repetition_alternatives(sheet, smallest(first), enough),
        )
    )


def _busiest(sheet: _Sheet) -> str:
    order = ("slice_count", "echo_train_length", "te_ms", "acquisition_matrix_phase", "ti_ms")
    return next((key for key in order if key in sheet.asked and key in sheet.values), "tr_ms")


def _repetition_alternatives(sheet: _Sheet, smallest_ms: float, enough: int | None) -> tuple[Values, ...]:
    alternatives: list[Values] = []
    if smallest_ms <= sheet.range_of("tr_ms").high:
        alternatives.append({"tr_ms": sheet.range_of("tr_ms").at_least(smallest_ms)})
    if enough is not None:
        alternatives.append({"concatenations": enough})
    if "ti_ms" in sheet.values:
        spare = number(sheet.values, "ti_ms") - (smallest_ms - number(sheet.values, "tr_ms"))
        if spare >= sheet.range_of("ti_ms").low:
            alternatives.append({"ti_ms": sheet.range_of("ti_ms").at_most(spare)})
    elif "concatenations" in sheet.values:
        share = number(sheet.values, "tr_ms") / smallest_ms
        fewer = math.floor(count(sheet.values, "slice_count") * share)
        if fewer >= 1:
            alternatives.append({"slice_count": fewer})
    return tuple(alternatives)


_Rule = Callable[[_Sheet], None]
_SHAPE: tuple[_Rule, ...] = (_field_of_view, _thickness, _spacing, _concatenations)
_RULES: dict[SequenceType, tuple[_Rule, ...]] = {
    "localizer": (*_SHAPE, _shortest_echo, _repetition),
    "gre_t2star": (*_SHAPE, _shortest_echo, _repetition),
    "se": (*_SHAPE, _shortest_echo, _repetition),
    "tse": (*_SHAPE, _train_length, _echo_in_train, _repetition),
    "flair": (*_SHAPE, _train_length, _echo_in_train, _inversion, _repetition),
    "gre_3d_t1": (_field_of_view, _spacing, _shortest_echo, _inversion, _repetition),
}
