"""Rules between parameters of time: echo time, echo spacing, inversion time, repetition time."""

from __future__ import annotations

import math

from simulated_mri import timing
from simulated_mri.phase_lines import train_echoes
from simulated_mri.pulses import duty_percent, tr_for_duty_ms
from simulated_mri.sequences import Value, Values, count, number, traits
from simulated_mri.sheet import Blocked, Sheet


def echo_in_train(sheet: Sheet) -> None:
    """Echoes come at multiples of the echo spacing, as many as the train has."""
    key, te_ms = "te_ms", number(sheet.values, "te_ms")
    spacing = timing.echo_spacing_ms(sheet.sequence, sheet.values, sheet.hardware)
    read = train_echoes(sheet.sequence, sheet.values)
    last = min(read, math.floor(sheet.range_of(key).high / spacing))
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
    lengthen: tuple[Values, ...] = ()
    if "echo_train_length" in sheet.values and last < longer <= sheet.range_of("echo_train_length").high:
        lengthen = ({"echo_train_length": longer},)
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
            key if key in sheet.asked else _lengthening(sheet),
            f"{te_ms:g} ms is too short for pulse, gradients and half the readout: "
            f"at least {float(low):g} ms",
            low=float(low),
            alternatives=({key: low}, *_weaker_diffusion(sheet, te_ms), *_faster_readout(sheet, te_ms)),
        )
    )


def _lengthening(sheet: Sheet) -> str:
    """Which asked parameter needs the long echo time."""
    order = ("b_value_s_per_mm2", "acquisition_matrix_phase", "partial_fourier_percent")
    return next((key for key in order if key in sheet.asked), "bandwidth_hz_per_px")


def _weaker_diffusion(sheet: Sheet, te_ms: float) -> tuple[Values, ...]:
    """The largest b value whose lobes fit into `te_ms`, if the sequence has one."""
    key = "b_value_s_per_mm2"
    if key not in sheet.values:
        return ()
    limits = sheet.range_of(key)
    steps = int((number(sheet.values, key) - limits.low) / limits.step)
    for index in range(1, steps + 1):
        weaker = limits.nearest(number(sheet.values, key) - index * limits.step)
        if timing.te_min_ms(sheet.sequence, {**sheet.values, key: weaker}, sheet.hardware) <= te_ms:
            return ({key: weaker},)
    return ()


def second_echo(sheet: Sheet) -> None:
    """The second echo's readout begins after the first's has ended and the gradient came back."""
    key = "echo_difference_ms"
    smallest = timing.sampling_ms(sheet.values) + timing.REWIND_MS
    if number(sheet.values, key) >= smallest:
        return
    low = sheet.range_of(key).at_least(smallest)
    if sheet.may_follow(key, smallest):
        sheet.follow(key, low, "the first readout and the rewinding gradient need this long")
        return
    sheet.blocked.append(
        Blocked(
            key if key in sheet.asked else "bandwidth_hz_per_px",
            f"{number(sheet.values, key):g} ms between the echoes is too short for the first readout: "
            f"at least {float(low):g} ms",
            low=float(low) if key in sheet.asked else None,
            alternatives=({key: low},),
        )
    )


def dixon_echoes(sheet: Sheet) -> None:
    """Fat is opposed to water at the first echo and in phase at the second, half a turn later."""
    half_turn_ms = 500.0 / sheet.hardware.fat_shift_hz
    shortest_te = timing.te_min_ms(sheet.sequence, sheet.values, sheet.hardware)
    shortest_gap = timing.sampling_ms(sheet.values) + timing.REWIND_MS
    for key, shortest, words in (
        ("te_ms", shortest_te, "fat is opposed to water"),
        ("echo_difference_ms", shortest_gap, "fat turns by half a turn more"),
    ):
        limits = sheet.range_of(key)
        turns = [half_turn_ms * (2 * n + 1) for n in range(int(limits.high / half_turn_ms / 2) + 1)]
        allowed = [limits.nearest(time) for time in turns if shortest <= time <= limits.high]
        wanted = number(sheet.values, key)
        if not allowed or wanted in allowed:
            continue
        nearest = _nearest(allowed, wanted)
        if key not in sheet.asked:
            sheet.follow(key, nearest[0], f"at this time {words}")
            continue
        offered = " or ".join(f"{float(time):g}" for time in sorted(nearest, key=float))
        sheet.blocked.append(
            Blocked(
                key,
                f"{wanted:g} ms is not available: {offered} ms, when {words}",
                choices=tuple(nearest),
                alternatives=tuple({key: time} for time in nearest),
            )
        )
        return


def _nearest(allowed: list[Value], wanted: float) -> list[Value]:
    """The two allowed times around or beside `wanted`, the nearest first."""
    return sorted(allowed, key=lambda time: abs(float(time) - wanted))[:2]


def balanced_echo(sheet: Sheet) -> None:
    """The echo comes at half of TR: everything is rewound."""
    key, half = "te_ms", sheet.range_of("te_ms").nearest(number(sheet.values, "tr_ms") / 2)
    wanted = number(sheet.values, key)
    if wanted == half:
        return
    if key not in sheet.asked and sheet.may_follow(key, float(half)):
        sheet.follow(key, half, "the echo of a balanced sequence comes at half of TR")
        return
    twice = sheet.range_of("tr_ms").nearest(2 * wanted)
    sheet.blocked.append(
        Blocked(
            key if key in sheet.asked else "tr_ms",
            f"{wanted:g} ms is not half of TR ({2 * float(half):g} ms), where a balanced echo comes",
            alternatives=({key: half}, {key: float(twice) / 2, "tr_ms": twice}),
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
    volume = traits(sheet.sequence).volume
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
    """All slices of a concatenation fit into TR, and into the amplifier's duty: more concatenations, or else
    a longer TR.
    """
    tr_ms = number(sheet.values, "tr_ms")
    has_concatenations = "concatenations" in sheet.values
    first = timing.packets(sheet.sequence, sheet.values)

    def smallest(concatenations: int) -> float:
        return max(
            rule(sheet.sequence, sheet.values, sheet.hardware, concatenations=concatenations)
            for rule in (timing.tr_min_ms, tr_for_duty_ms)
        )

    if smallest(first) <= tr_ms:
        return
    most = (
        min(int(sheet.range_of("concatenations").high), count(sheet.values, "slice_count"))
        if has_concatenations
        else first
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
            _too_short(sheet, first, smallest(first)),
            low=float(low) if "tr_ms" in sheet.asked else None,
            alternatives=_repetition_alternatives(sheet, smallest(first), enough),
        )
    )


def _too_short(sheet: Sheet, concatenations: int, least: float) -> str:
    tr_ms = number(sheet.values, "tr_ms")
    if timing.tr_min_ms(sheet.sequence, sheet.values, sheet.hardware, concatenations=concatenations) > tr_ms:
        return f"TR {tr_ms:g} ms is shorter than what one repetition holds: at least {least:g} ms"
    duty, most = duty_percent(sheet.sequence, sheet.values, sheet.hardware), sheet.hardware.rf_duty_percent
    return (
        f"TR {tr_ms:g} ms is too short for the RF amplifier, on for {duty:.0f} % of it "
        f"({most:g} % are allowed): at least {least:g} ms"
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
