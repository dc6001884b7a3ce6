"""Rules between parameters of time: echo time, echo spacing, inversion time, repetition time."""

from __future__ import annotations

import math

from simulated_mri import timing
from simulated_mri.sequences import Values, count, number
from simulated_mri.sheet import Blocked, Sheet


def echo_in_train(sheet: Sheet) -> None:
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


def shortest_echo(sheet: Sheet) -> None:
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
            f"{te_ms:g} ms is too short for pulse, gradients and half the readout: "
            f"at least {float(low):g} ms",
            low=float(low),
            alternatives=({key: low}, *_faster_readout(sheet, te_ms)),
        )
    )


def _faster_readout(sheet: Sheet, te_ms: float) -> tuple[Values, ...]:
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


def inversion(sheet: Sheet) -> None:
    """TI must hold what happens before the first readout; concatenations share that out."""
    key, ti_ms = "ti_ms", number(sheet.values, "ti_ms")
    volume = sheet.sequence == "gre_3d_t1"
    first = 1 if volume else count(sheet.values, "concatenations")
    most = (
        1 if volume else min(int(sheet.range_of("concatenations").high), count(sheet.values, "slice_count"))
    )
    last = first if "concatenations" in sheet.asked else most
    for concatenations in range(first, max(first, last) + 1):
        smallest = timing.ti_min_ms(
            sheet.sequence, sheet.values, sheet.hardware, concatenations=concatenations
        )
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
            f"inversion time {ti_ms:g} ms is shorter than what must happen before the readout: "
            f"{smallest:.0f} ms",
            low=float(low),
            alternatives=({key: low}, {"concatenations": int(first) + 1}) if not volume else ({key: low},),
        )
    )


def repetition(sheet: Sheet) -> None:
    """All slices of a concatenation fit into TR: more concatenations, or else a longer TR."""
    tr_ms = number(sheet.values, "tr_ms")
    has_concatenations = "concatenations" in sheet.values
    first = count(sheet.values, "concatenations") if has_concatenations else 1

    def smallest(concatenations: int) -> float:
        return timing.tr_min_ms(sheet.sequence, sheet.values, sheet.hardware, concatenations=concatenations)

    if smallest(first) <= tr_ms:
        return
    most = (
        min(int(sheet.range_of("concatenations").high), count(sheet.values, "slice_count"))
        if has_concatenations
        else 1
    )
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


def _busiest(sheet: Sheet) -> str:
    order = ("slice_count", "echo_train_length", "te_ms", "acquisition_matrix_phase", "ti_ms")
    return next((key for key in order if key in sheet.asked and key in sheet.values), "tr_ms")


def _repetition_alternatives(sheet: Sheet, smallest_ms: float, enough: int | None) -> tuple[Values, ...]:
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
