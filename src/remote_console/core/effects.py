"""What an edit costs and gives, and what ran already: always "of" a limit or of the approved value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mr_contract.exam import StepDetail
from mr_contract.exposure import ExposurePrediction, SarAverages, SarValues
from mr_contract.model import ParameterValue
from remote_console.core.phrases import NOTHING, Phrase, Words, clock_words, p, verbatim

TEN_SECONDS_TIMES = 2.0
"""Any 10 s may have twice what any 6 minutes may (IEC 60601-2-33)."""


@dataclass(frozen=True, slots=True)
class EffectBar:
    """`fraction` of the bar is filled; `tick` marks the approved value, where there is one."""

    title: Phrase
    value: Phrase
    fraction: float
    tick: float | None = None
    over: bool = False


def effect_bars(detail: StepDetail, left_s: float) -> tuple[EffectBar, ...]:
    """Time, SNR, voxel, SAR nearest to its limit, PNS."""
    return (
        _time(detail, left_s), _snr(detail), _voxel(detail), _sar(detail), _pns(detail),
    )  # fmt: skip


def _time(detail: StepDetail, left_s: float) -> EffectBar:
    whole = max(left_s, detail.duration_s, 1.0)
    words = p("{value} of {limit}", value=clock_words(detail.duration_s), limit=clock_words(whole))
    return EffectBar(p("Time, of all that is left"), words, detail.duration_s / whole)


def _snr(detail: StepDetail) -> EffectBar:
    value = verbatim(f"{detail.relative_snr:.2f}")
    return EffectBar(p("SNR, approved = 1.00"), value, min(1.0, detail.relative_snr / 2), 0.5)


def _voxel(detail: StepDetail) -> EffectBar:
    now, approved = voxel_mm(detail.values), voxel_mm(detail.approved_values)
    if now is None:
        return EffectBar(p("Voxel, mm"), verbatim("–"), 0.0)
    share = _volume(now) / _volume(approved) if approved else 1.0
    return EffectBar(p("Voxel, mm"), verbatim(" × ".join(f"{x:.1f}" for x in now)), min(1.0, share / 2), 0.5)


def _volume(size: tuple[float, float, float]) -> float:
    return size[0] * size[1] * size[2]


def voxel_mm(values: Mapping[str, ParameterValue]) -> tuple[float, float, float] | None:
    """Acquired voxel: readout × phase × slice, in mm; None where the step has no such parameters."""
    keys = (
        "fov_read_mm", "acquisition_matrix_read", "phase_fov_percent", "acquisition_matrix_phase",
        "slice_thickness_mm",
    )  # fmt: skip
    found = [v for v in (values.get(k) for k in keys) if isinstance(v, (int, float))]
    if len(found) != len(keys) or found[1] <= 0 or found[3] <= 0 or min(found) <= 0:
        return None
    fov, read, percent, phase, thickness = found
    return fov / read, fov * percent / 100 / phase, thickness


def _sar(detail: StepDetail) -> EffectBar:
    x = detail.prediction
    figures = (
        (p("SAR head, predicted"), x.head_sar_w_per_kg, x.head_limit_w_per_kg),
        (p("SAR whole body, predicted"), x.whole_body_sar_w_per_kg, x.whole_body_limit_w_per_kg),
        (p("SAR partial body, predicted"), x.partial_body_sar_w_per_kg, x.partial_body_limit_w_per_kg),
    )
    title, value, limit = max(figures, key=lambda f: f[1] / f[2] if f[2] else 0.0)
    words = p("{value} of {limit} W/kg", value=f"{value:.1f}", limit=f"{limit:.1f}")
    return EffectBar(title, words, min(1.0, value / limit) if limit else 1.0, over=value > limit)


def averages_words(prediction: ExposurePrediction, averages: SarAverages | None) -> Words:
    """What this patient was exposed to so far, of each average the SAR that is nearest to its limit."""
    if averages is None:
        return NOTHING
    return p(
        "SAR so far, predicted. Last 6 minutes: {six}. Last 10 s: {ten}.",
        six=_nearest(prediction, averages.six_minutes, 1.0),
        ten=_nearest(prediction, averages.ten_seconds, TEN_SECONDS_TIMES),
    )


def _nearest(prediction: ExposurePrediction, values: SarValues, times: float) -> Phrase:
    head, whole, partial = (
        times * limit
        for limit in (
            prediction.head_limit_w_per_kg,
            prediction.whole_body_limit_w_per_kg,
            prediction.partial_body_limit_w_per_kg,
        )
    )
    figures = (
        (p("head"), values.head_w_per_kg, head),
        (p("whole body"), values.whole_body_w_per_kg, whole),
        (p("partial body"), values.partial_body_w_per_kg, partial),
    )
    part, value, limit = max(figures, key=lambda f: f[1] / f[2] if f[2] else 0.0)
    return p("{part} {value} of {limit} W/kg", part=part, value=f"{value:.1f}", limit=f"{limit:.1f}")


def _pns(detail: StepDetail) -> EffectBar:
    x = detail.prediction
    words = p("{value} of {limit} %", value=f"{x.pns_percent:.0f}", limit=f"{x.pns_limit_percent:.0f}")
    share = x.pns_percent / x.pns_limit_percent if x.pns_limit_percent else 1.0
    return EffectBar(p("PNS, predicted"), words, min(1.0, share), over=x.pns_percent > x.pns_limit_percent)
