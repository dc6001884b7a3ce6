"""Rules of triggering by pulse, ECG or breath: what fits into the window of a cycle, and how TR follows.

What is read after a trigger lies in the window: all slices of a packet, a partition's lines, or as many lines
of a balanced sequence as fit. A slab's train after its inversion is longer than any heart's cycle: there the
trigger only says when it begins, so that the centre of k-space always falls into the same phase.
"""

from __future__ import annotations

import math

from simulated_mri import timing
from simulated_mri.sequences import Values, count, number, traits
from simulated_mri.sheet import Blocked, Sheet


def triggered(sheet: Sheet) -> None:
    """Shots of a repetition fit into the window of one cycle; repetitions begin with triggers."""
    cycle = timing.cycle_ms(sheet.values)
    if cycle is None:
        return
    if _fits_window(sheet, cycle) and timing.segment_lines(sheet.sequence, sheet.values) is None:
        _whole_cycles(sheet, cycle)


def _fits_window(sheet: Sheet, cycle: float) -> bool:
    delay, window = number(sheet.values, "trigger_delay_ms"), timing.window_ms(sheet.values)
    busy = _busy_ms(sheet)
    packets = timing.packets(sheet.sequence, sheet.values)
    slices = 1 if traits(sheet.sequence).volume else count(sheet.values, "slice_count")
    if delay + window <= cycle + 1e-6 and math.ceil(slices / packets) * busy <= window:
        return True
    off: Values = {"trigger": "OFF"}
    if delay + window > cycle + 1e-6:
        latest = sheet.range_of("trigger_delay_ms").at_most(max(cycle - window, 0.0))
        why = f"delay {delay:g} ms and window {window:.0f} ms are longer than a cycle of {cycle:.0f} ms"
        key = next((own for own in _TRIGGER_KEYS if own in sheet.asked), "trigger")
        sheet.blocked.append(Blocked(key, why, alternatives=({"trigger_delay_ms": latest}, off)))
        return False
    each = math.floor(window / busy)
    needed = math.ceil(slices / each) if each else math.inf
    free = "concatenations" in sheet.values and "concatenations" not in sheet.asked
    if free and needed <= min(sheet.range_of("concatenations").high, slices):
        why = f"the window of {window:.0f} ms holds {each} slices at a time"
        sheet.follow("concatenations", int(needed), why)
        return True
    key = next((own for own in (*_TRIGGER_KEYS, "concatenations") if own in sheet.asked), "trigger")
    what = "a partition" if traits(sheet.sequence).volume else "one slice"
    reason = f"the acquisition window of {window:.0f} ms is too short: {what} needs {busy:.0f} ms"
    widest = {"trigger_window_percent": sheet.range_of("trigger_window_percent").high, "trigger_delay_ms": 0}
    breath: Values = {"trigger": "RESPIRATION", "trigger_rate_per_min": BREATHS_PER_MIN}
    sheet.blocked.append(Blocked(key, reason, alternatives=(widest, breath, off)))
    return False


def _busy_ms(sheet: Sheet) -> float:
    """What has to lie in the window for one slice, or one partition."""
    sequence, values = sheet.sequence, sheet.values
    busy = timing.slice_ms(sequence, values, sheet.hardware)
    match traits(sequence).inversion:
        case "slab":
            return 0.0
        case "slice":
            return number(values, "ti_ms") + busy
        case _:
            lines = timing.segment_lines(sequence, values)
            return busy if lines is None else lines * number(values, "tr_ms")


BREATHS_PER_MIN = 15
_TRIGGER_KEYS = ("trigger", "trigger_window_percent", "trigger_rate_per_min", "trigger_delay_ms")


def _whole_cycles(sheet: Sheet, cycle: float) -> None:
    """TR is a whole number of cycles, at least as many as its slices need."""
    limits, tr_ms = sheet.range_of("tr_ms"), number(sheet.values, "tr_ms")
    most = math.floor(limits.high / cycle)
    packets = timing.packets(sheet.sequence, sheet.values)
    held = timing.tr_min_ms(sheet.sequence, sheet.values, sheet.hardware, concatenations=packets)
    least = math.ceil((number(sheet.values, "trigger_delay_ms") + held) / cycle - 1e-4)
    if least > most:
        why = f"delay and shots need {least} cycles of {cycle:.0f} ms, longer than any TR"
        key = next((own for own in _TRIGGER_KEYS if own in sheet.asked), "trigger")
        sheet.blocked.append(Blocked(key, why, alternatives=({"trigger_delay_ms": 0}, {"trigger": "OFF"})))
        return
    lower = min(max(math.floor(tr_ms / cycle + 1e-4), least, 1), most)
    around = sorted({lower, min(lower + 1, most)})
    choices = [limits.nearest(cycles * cycle) for cycles in around]
    if tr_ms in choices:
        return
    if "tr_ms" not in sheet.asked:
        why = f"repetitions begin with a trigger, every {cycle:.0f} ms"
        longer = next((choice for choice in choices if float(choice) >= tr_ms), choices[-1])
        sheet.follow("tr_ms", longer, why)
        return
    offered = " or ".join(f"{float(choice):g}" for choice in choices)
    sheet.blocked.append(
        Blocked(
            "tr_ms",
            f"{tr_ms:g} ms is not available: {offered} ms, a whole number of cycles of {cycle:.0f} ms",
            choices=tuple(choices),
            alternatives=(*({"tr_ms": choice} for choice in choices), {"trigger": "OFF"}),
        )
    )
