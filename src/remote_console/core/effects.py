"""What an edit costs and gives: always "of" what is left or of the approved value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mr_contract.exam import StepDetail
from mr_contract.model import ParameterValue
from remote_console.core.phrases import Phrase, clock_words, p, verbatim


@dataclass(frozen=True, slots=True)
class EffectBar:
    """`fraction` of the bar is filled; `tick` marks the approved value, where there is one."""

    title: Phrase
    value: Phrase
    fraction: float
    tick: float | None = None


def effect_bars(detail: StepDetail, left_s: float) -> tuple[EffectBar, ...]:
    """Time, SNR, voxel; exposure has a table of its own (`exposure_table`)."""
    return _time(detail, left_s), _snr(detail), _voxel(detail)


def _time(detail: StepDetail, left_s: float) -> EffectBar:
    whole = max(left_s, detail.duration_s, 1.0)
    time, limit = clock_words(detail.duration_s), clock_words(whole)
    if detail.estimate:
        title, words = (
            p("Time, {estimate}", estimate=detail.estimate),
            p("about {value} of {limit}", value=time, limit=limit),
        )
    else:
        title, words = p("Time, of all that is left"), p("{value} of {limit}", value=time, limit=limit)
    return EffectBar(title, words, detail.duration_s / whole)


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
