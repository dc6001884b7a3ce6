"""Running averages of SAR and B1+rms, and how long those of the SAR ask to wait (IEC 60601-2-33).

Rules:
- What counts is what the patient was exposed to, over all acquisitions: predicted, from the beginning of
  the prescan to the end, and of what was stopped early as much as ran.
- The average of any 6 minutes is at most the limit of the mode that was decided, that of any 10 s twice it.
- B1+rms is the root of the mean square of B1+ over 10 s. No mode limits it, only the label of an implant.
- A step waits until neither average can be above at any moment of it. Times are seconds of scan time.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from mr_contract.exposure import ExposurePrediction, SarAverages, SarValues
from mr_contract.scanner_messages import RegisterPatient
from mr_contract.vocabulary import Landmark, OperatingMode
from simulated_mri.body_parts import MARKS
from simulated_mri.exposure import Patient, limits_of

SIX_MINUTES_S, TEN_SECONDS_S = 360.0, 10.0
TEN_SECONDS_TIMES = 2.0
TOGETHER_S = 20.0
_EXACT_S = 0.05
ROUNDING = 1 + 1e-9


class Sar(NamedTuple):
    """W/kg: whole body, partial body, head."""

    whole_body: float
    partial_body: float
    head: float


@dataclass(frozen=True, slots=True)
class Spell:
    """A time of constant exposure."""

    from_s: float
    until_s: float
    sar: Sar
    b1_rms_ut: float = 0.0


def spell_of(from_s: float, until_s: float, prediction: ExposurePrediction) -> Spell:
    """As predicted, all the time."""
    return Spell(from_s, until_s, sar_of(prediction), prediction.b1_rms_ut)


def paced_spells(
    starts: tuple[float, ...], until_s: float, interval_s: float, prediction: ExposurePrediction
) -> tuple[Spell, ...]:
    """Of triggered repetitions, each with the pulses that `prediction` spreads over `interval_s`.

    Sooner repeated, they come closer; while a trigger is waited for there are none. Repetitions are taken
    together to `TOGETHER_S`, so that a long scan stays a few spells.
    """
    spells: list[Spell] = []
    first = 0
    while first < len(starts):
        behind = max(bisect_left(starts, starts[first] + TOGETHER_S, first), first + 1)
        next_s = starts[behind] if behind < len(starts) else until_s
        last_s = min(starts[behind - 1] + interval_s, next_s)
        played = float(behind - first)
        if behind == len(starts):  # what is not over has played its share
            played += min((until_s - starts[-1]) / interval_s, 1.0) - 1.0
        if last_s > starts[first]:
            share = played * interval_s / (last_s - starts[first])
            sar = Sar(*(value * share for value in sar_of(prediction)))
            spells.append(Spell(starts[first], last_s, sar, prediction.b1_rms_ut * math.sqrt(share)))
        first = behind
    return tuple(spells)


def sar_of(prediction: ExposurePrediction) -> Sar:
    return Sar(
        prediction.whole_body_sar_w_per_kg,
        prediction.partial_body_sar_w_per_kg,
        prediction.head_sar_w_per_kg,
    )


def limits(mode: OperatingMode, patient: RegisterPatient, landmark: Landmark | None = None) -> Sar:
    """6-minute limits of a decided mode for this patient; while no landmark is set, the strictest."""
    marks = MARKS if landmark is None else (landmark.value,)
    age_years = float(patient.age_years)
    share = max(
        Patient(patient.weight_kg, patient.height_cm, age_years, mark).exposed_share for mark in marks
    )
    found = limits_of("normal" if mode is OperatingMode.NORMAL else "first_level", share)
    return Sar(found.whole_body_w_per_kg, found.partial_body_w_per_kg, found.head_w_per_kg)


def kept(spells: Iterable[Spell], now_s: float) -> tuple[Spell, ...]:
    """Those that still count."""
    return tuple(spell for spell in spells if spell.until_s > now_s - SIX_MINUTES_S)


def average(spells: Iterable[Spell], now_s: float, window_s: float) -> Sar:
    """Over the window that ends now."""
    total = [0.0, 0.0, 0.0]
    for spell in spells:
        share = _share_of_window(spell, now_s, window_s)
        for number, value in enumerate(spell.sar):
            total[number] += share * value
    return Sar(*total)


def b1_rms_ut(spells: Iterable[Spell], now_s: float) -> float:
    """Root mean square of B1+ over the 10 s that end now, µT."""
    return math.sqrt(sum(_share_of_window(it, now_s, TEN_SECONDS_S) * it.b1_rms_ut**2 for it in spells))


def _share_of_window(spell: Spell, now_s: float, window_s: float) -> float:
    return max(min(spell.until_s, now_s) - max(spell.from_s, now_s - window_s), 0.0) / window_s


def told(spells: Iterable[Spell], now_s: float) -> SarAverages:
    """All averages for the wire."""
    exposed = tuple(spells)

    def values(window_s: float) -> SarValues:
        whole_body, partial_body, head = average(exposed, now_s, window_s)
        return SarValues(
            whole_body_w_per_kg=whole_body, partial_body_w_per_kg=partial_body, head_w_per_kg=head
        )

    return SarAverages(
        six_minutes=values(SIX_MINUTES_S),
        ten_seconds=values(TEN_SECONDS_S),
        b1_rms_ut=b1_rms_ut(exposed, now_s),
    )


def wait_s(spells: tuple[Spell, ...], step: Spell, limit: Sar) -> float:
    """How much later than planned `step` may begin; infinite if never. The more it waits the less is left."""
    if _fits(spells, step, limit):
        return 0.0
    low_s, high_s = 0.0, SIX_MINUTES_S
    if not _fits(spells, _later(step, high_s), limit):
        return float("inf")
    while high_s - low_s > _EXACT_S:
        middle_s = (low_s + high_s) / 2
        low_s, high_s = (
            (low_s, middle_s) if _fits(spells, _later(step, middle_s), limit) else (middle_s, high_s)
        )
    return high_s


def _later(step: Spell, by_s: float) -> Spell:
    return replace(step, from_s=step.from_s + by_s, until_s=step.until_s + by_s)


def _fits(spells: tuple[Spell, ...], step: Spell, limit: Sar) -> bool:
    """Averages are straight between the edges of spells, so the highest lies at one of them."""
    whole = (*spells, step)
    for window_s, times in ((SIX_MINUTES_S, 1.0), (TEN_SECONDS_S, TEN_SECONDS_TIMES)):
        begun = {edge_s for spell in whole for edge_s in (spell.from_s, spell.until_s)}
        edges = begun | {edge_s + window_s for edge_s in begun}
        for edge_s in edges:
            if step.from_s <= edge_s <= step.until_s:
                found = average(whole, edge_s, window_s)
                if any(value > times * most * ROUNDING for value, most in zip(found, limit, strict=True)):
                    return False
    return True
