"""Exposure as a table: predicted for the step in hand, and what this patient was exposed to so far.

- Every value stands with its unit, and with the limit that holds for it, where there is one. The limits are
  the scanner's own, of the operating mode that the step needs (IEC 60601-2-33); any 10 s may have twice what
  any 6 minutes may.
- dB/dt and B1+rms have no limit of an operating mode: stimulation is limited as PNS, and B1+rms only by the
  label of an implant. What a label says is judged apart, line by line; the last 10 s by the strictest.
- Nothing is decided here: the site's exposure interlock does, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from mr_contract.exposure import ExposurePrediction, ImplantLimits, SarAverages, SarValues
from mr_contract.vocabulary import OperatingMode
from remote_console.core.phrases import Phrase, Words, number_words, p, verbatim

TEN_SECONDS_TIMES = 2.0
MODE_WORDS = {
    OperatingMode.NORMAL: p("normal mode"),
    OperatingMode.FIRST_LEVEL: p("first level"),
    OperatingMode.SECOND_LEVEL: p("second level"),
}
SAR_UNIT, B1_UNIT = "W/kg", "µT"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of its limit; an empty one is not told. `share` of the limit: None where there is none."""

    words: str = ""
    share: float | None = None

    @property
    def over(self) -> bool:
        """Above its limit."""
        return self.share is not None and self.share > 1.0


@dataclass(frozen=True, slots=True)
class Quantity:
    """A column. `raised`: it is what takes the step out of normal mode."""

    title: Phrase
    unit: Phrase
    raised: bool = False
    note: Phrase | None = None


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """A cell for each quantity."""

    title: Phrase
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class LabelLine:
    """What an implant's label allows, beside what is predicted."""

    words: Words
    over: bool


@dataclass(frozen=True, slots=True)
class ExposureTable:
    """The first row is the prediction; averages follow while a scan runs."""

    mode: Phrase
    raised: bool
    quantities: tuple[Quantity, ...]
    rows: tuple[ExposureRow, ...]
    labels: tuple[LabelLine, ...]


@dataclass(frozen=True, slots=True)
class SoFar:
    """Running averages, and the prediction of the step that runs: its limits are theirs."""

    averages: SarAverages
    running: ExposurePrediction


def exposure_table(
    prediction: ExposurePrediction, implants: Iterable[ImplantLimits], so_far: SoFar | None
) -> ExposureTable:
    """Of the step in hand; `so_far` None: no scan runs, or its scanner tells no averages."""
    implants = tuple(implants)
    rows = [ExposureRow(p("Predicted"), _predicted(prediction))]
    if so_far is not None:
        six, ten = so_far.averages.six_minutes, so_far.averages.ten_seconds
        rows.append(ExposureRow(p("Last 6 min"), (*_average(six, so_far.running, 1.0), *(Cell(),) * 3)))
        heated = _average(ten, so_far.running, TEN_SECONDS_TIMES)
        field = _field(so_far.averages.b1_rms_ut, implants)
        rows.append(ExposureRow(p("Last 10 s"), (*heated, Cell(), Cell(), field)))
    normal = prediction.mode is OperatingMode.NORMAL
    labels = tuple(_label(implant, prediction) for implant in implants)
    return ExposureTable(
        MODE_WORDS[prediction.mode], not normal, _quantities(prediction), tuple(rows), labels
    )


def _quantities(prediction: ExposurePrediction) -> tuple[Quantity, ...]:
    heated = prediction.rf_mode is not OperatingMode.NORMAL
    stimulated = prediction.gradient_mode is not OperatingMode.NORMAL
    return (
        Quantity(p("Whole body"), p("SAR W/kg"), heated, p("SAR, average of 6 minutes")),
        Quantity(p("Partial body"), p("SAR W/kg"), heated, p("SAR, average of 6 minutes")),
        Quantity(p("Head"), p("SAR W/kg"), heated, p("SAR, average of 6 minutes")),
        Quantity(p("PNS"), verbatim("%"), stimulated, p("Share of the mean stimulation threshold")),
        Quantity(p("dB/dt"), verbatim("T/s"), note=p("No limit of its own: stimulation is limited as PNS")),
        Quantity(
            p("B1+rms"), verbatim(B1_UNIT),
            note=p("No limit of an operating mode: only the label of an implant has one"),
        ),
    )  # fmt: skip


def _predicted(x: ExposurePrediction) -> tuple[Cell, ...]:
    slew = "–" if x.db_dt_t_per_s is None else _plain(x.db_dt_t_per_s)
    return (
        _of(x.whole_body_sar_w_per_kg, x.whole_body_limit_w_per_kg),
        _of(x.partial_body_sar_w_per_kg, x.partial_body_limit_w_per_kg),
        _of(x.head_sar_w_per_kg, x.head_limit_w_per_kg),
        _of(x.pns_percent, x.pns_limit_percent, decimals=0),
        Cell(slew),
        Cell(f"{x.b1_rms_ut:.2f}"),
    )


def _average(values: SarValues, limits: ExposurePrediction, times: float) -> tuple[Cell, ...]:
    return (
        _of(values.whole_body_w_per_kg, times * limits.whole_body_limit_w_per_kg),
        _of(values.partial_body_w_per_kg, times * limits.partial_body_limit_w_per_kg),
        _of(values.head_w_per_kg, times * limits.head_limit_w_per_kg),
    )


def _field(b1_rms_ut: float | None, implants: tuple[ImplantLimits, ...]) -> Cell:
    """B1+rms so far: its share is that of the strictest label."""
    labelled = [implant.b1_rms_ut for implant in implants if implant.b1_rms_ut is not None]
    if b1_rms_ut is None:
        return Cell()
    limit = min(labelled, default=math.inf)
    share = None if not labelled else b1_rms_ut / limit if limit > 0.0 else math.inf
    return Cell(f"{b1_rms_ut:.2f}", share)


def _of(value: float, limit: float, *, decimals: int = 2) -> Cell:
    words = f"{value:.{decimals}f} / {_limit(limit)}"
    return Cell(words, value / limit if limit > 0.0 else math.inf)


def _limit(value: float) -> str:
    """One decimal, or as many as it takes not to make it a higher one."""
    return number_words(value, 0) if value >= 10.0 else f"{value:.{1 if round(value, 1) <= value else 2}f}"


def _plain(value: float) -> str:
    return f"{value:.1f}" if value < 10.0 else f"{value:.0f}"


def _label(implant: ImplantLimits, x: ExposurePrediction) -> LabelLine:
    figures = tuple(
        (name, value, limit, unit)
        for name, value, limit, unit in (
            (verbatim("B1+rms"), x.b1_rms_ut, implant.b1_rms_ut, B1_UNIT),
            (p("SAR whole body"), x.whole_body_sar_w_per_kg, implant.whole_body_sar_w_per_kg, SAR_UNIT),
            (p("SAR head"), x.head_sar_w_per_kg, implant.head_sar_w_per_kg, SAR_UNIT),
        )
        if limit is not None
    )
    device = verbatim(implant.device)
    if not figures:
        return LabelLine(p("{device}: no limit on its label", device=device), over=False)
    said = tuple(
        p("{name} {value} of {limit} {unit}", name=name, value=f"{value:.2f}",
          limit=number_words(limit, 2), unit=unit)
        for name, value, limit, unit in figures
    )  # fmt: skip
    over = any(value > limit for _, value, limit, _ in figures)
    return LabelLine(p("Label of {device}: {figures}", device=device, figures=said), over)
