"""The table of exposure: units, limits of the operating mode, averages, and what implants' labels say."""

from __future__ import annotations

import pytest
from console_scenes import AVERAGES, CLIP, PACEMAKER, detail

from mr_contract.exposure import ExposurePrediction, ImplantLimits, SarValues
from mr_contract.vocabulary import OperatingMode
from remote_console.core.exposure_table import ExposureTable, SoFar, exposure_table
from remote_console.texts import say

NORMAL, FIRST = OperatingMode.NORMAL, OperatingMode.FIRST_LEVEL


def predicted(**more: object) -> ExposurePrediction:
    return detail("t2").prediction.model_copy(update=more)


def words(table: ExposureTable) -> list[list[str]]:
    return [[cell.words for cell in row.cells] for row in table.rows]


def test_before_a_start_every_quantity_stands_with_its_unit_and_the_limit_that_holds() -> None:
    table = exposure_table(predicted(), (), None)
    assert [(say(q.title), say(q.unit)) for q in table.quantities] == [
        ("Whole body", "SAR W/kg"), ("Partial body", "SAR W/kg"), ("Head", "SAR W/kg"),
        ("PNS", "%"), ("dB/dt", "T/s"), ("B1+rms", "µT"),
    ]  # fmt: skip
    assert words(table) == [["0.60 / 2.0", "1.20 / 6.0", "1.90 / 3.2", "42 / 80", "28", "2.10"]]
    assert (say(table.mode), table.raised) == ("normal mode", False)


def test_a_scanner_that_does_not_tell_db_dt_shows_a_dash() -> None:
    assert exposure_table(predicted(db_dt_t_per_s=None), (), None).rows[0].cells[4].words == "–"


@pytest.mark.parametrize(
    ("rf", "gradient", "raised"),
    [
        (NORMAL, NORMAL, ()),
        (FIRST, NORMAL, ("Whole body", "Partial body", "Head")),
        (NORMAL, FIRST, ("PNS",)),
        (FIRST, FIRST, ("Whole body", "Partial body", "Head", "PNS")),
    ],
)
def test_first_level_is_marked_at_what_needs_it(
    rf: OperatingMode, gradient: OperatingMode, raised: tuple[str, ...]
) -> None:
    table = exposure_table(predicted(rf_mode=rf, gradient_mode=gradient), (), None)
    assert tuple(say(q.title) for q in table.quantities if q.raised) == raised
    assert (say(table.mode), table.raised) == (("first level", True) if raised else ("normal mode", False))


def test_ten_seconds_may_have_twice_what_six_minutes_may() -> None:
    averages = AVERAGES.model_copy(
        update={"ten_seconds": SarValues(whole_body_w_per_kg=4.01, partial_body_w_per_kg=3, head_w_per_kg=1)}
    )
    table = exposure_table(predicted(), (), SoFar(averages, predicted()))
    assert [row[:3] for row in words(table)[1:]] == [
        ["0.20 / 2.0", "0.60 / 6.0", "0.90 / 3.2"], ["4.01 / 4.0", "3.00 / 12", "1.00 / 6.4"],
    ]  # fmt: skip
    assert [cell.over for cell in table.rows[2].cells] == [True, False, False, False, False, False]


def test_b1_rms_of_the_last_ten_seconds_is_shown_and_marked_above_the_strictest_label() -> None:
    so_far = SoFar(AVERAGES.model_copy(update={"b1_rms_ut": 3.1}), predicted())
    free = exposure_table(predicted(), (), so_far).rows[2].cells[5]
    assert (free.words, free.share) == ("3.10", None)
    assert exposure_table(predicted(), (CLIP, PACEMAKER), so_far).rows[2].cells[5].over
    assert not exposure_table(predicted(), (PACEMAKER,), so_far).rows[2].cells[5].over
    silent = SoFar(AVERAGES.model_copy(update={"b1_rms_ut": None}), predicted())
    assert exposure_table(predicted(), (CLIP,), silent).rows[2].cells[5].words == ""


def test_a_limit_is_never_rounded_up() -> None:
    limited = exposure_table(predicted(partial_body_limit_w_per_kg=6.37), (), None)
    assert limited.rows[0].cells[1].words == "1.20 / 6.37"


def test_b1_rms_has_a_limit_only_from_a_label_and_each_label_is_judged_apart() -> None:
    unlabelled = ImplantLimits(device="Stent")
    table = exposure_table(predicted(b1_rms_ut=3.4), (CLIP, PACEMAKER, unlabelled), None)
    assert (table.rows[0].cells[5].words, table.rows[0].cells[5].share) == ("3.40", None)
    assert not any(cell.over for cell in table.rows[0].cells)
    assert [(say(line.words), line.over) for line in table.labels] == [
        ("Label of Aneurysm clip: B1+rms 3.40 of 2.8 µT, SAR whole body 0.60 of 2 W/kg", True),
        ("Label of Pacemaker: B1+rms 3.40 of 3.5 µT", False),
        ("Stent: no limit on its label", False),
    ]
