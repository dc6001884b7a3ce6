"""The arithmetic of a report, and the command's manners. Nothing here measures time."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from benches.hundred_exams import exam_records
from benches.media_soak import Minute, rows_of
from benches.report import Row, as_json, as_table, machine, not_measured, parse_goal
from benches.samples import percentile, wall_s

BENCH = Path(__file__).parents[2] / "scripts" / "bench"


def test_a_percentile_is_a_value_that_was_measured() -> None:
    samples = [float(n) for n in range(100, 0, -1)]
    assert percentile(samples, 50) == 50.0
    assert percentile(samples, 99) == 99.0
    assert percentile(samples, 100) == 100.0
    assert percentile([7.0], 99) == 7.0


@pytest.mark.parametrize(("samples", "percent"), [([], 50), ([1.0], 0), ([1.0], 101)])
def test_there_is_no_percentile_of_nothing_or_outside_the_range(samples: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(samples, percent)


def test_a_goal_of_the_ratio_is_judged_by_the_ratio() -> None:
    assert Row("a", "ms", 3.0, 1.0, "ratio <= 3").met is True
    assert Row("a", "ms", 3.1, 1.0, "ratio <= 3").met is False


def test_a_goal_of_our_figure_is_judged_by_our_figure() -> None:
    assert Row("a", "ms", 20.0, goal="<= 20 ms").met is True
    assert Row("a", "ms", 20.1, 1000.0, "<= 20 ms").met is False
    assert Row("a", "Mbit/s", 1.9, goal=">= 2 Mbit/s").met is False


def test_a_row_without_figure_or_goal_is_neither_met_nor_missed() -> None:
    assert Row("a", "ms", 1.0).met is None
    assert not_measured("a", "MB", "it did not start", "<= 150 MB").met is None
    assert Row("a", "ms", 1.0, None, "ratio <= 3").met is None


def test_a_row_that_was_not_measured_says_why() -> None:
    assert not_measured("a", "MB", "it did not start").name == "a (not measured: it did not start)"


def test_there_is_no_ratio_to_a_peer_of_zero() -> None:
    assert Row("a", "ms", 1.0, 0.0).ratio is None


@pytest.mark.parametrize("words", ["<= 20 s", "< 20 ms", "ratio", "<= ms", "ratio <= three"])
def test_a_goal_that_cannot_be_judged_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="goal"):
        parse_goal(words, "ms")


def test_the_json_report_has_exactly_the_agreed_fields() -> None:
    report = as_json("control", machine(), [Row("a", "ms", 1.23456, 0.5, "ratio <= 3")])
    assert list(report) == ["bench", "machine", "rows"]
    assert report["rows"] == [
        {
            "name": "a",
            "unit": "ms",
            "ours": 1.235,
            "peer": 0.5,
            "ratio": 2.469,
            "goal": "ratio <= 3",
            "met": True,
        }
    ]
    assert json.loads(json.dumps(report)) == report


def test_the_table_names_a_missed_goal() -> None:
    table = as_table([Row("stop", "ms", 25.0, goal="<= 20 ms"), Row("other", "s", None)])
    assert "NOT MET" in table.splitlines()[1]
    assert "–" in table.splitlines()[2]


def test_a_time_of_the_scanner_log_is_read_to_the_microsecond() -> None:
    assert wall_s({"at": "2026-11-24T03:00:00.000250Z"}) == pytest.approx(1795489200.00025, abs=1e-6)


def test_an_exam_is_taken_from_the_journal_up_to_its_end() -> None:
    kinds = ["exam_opened", "start_refused", "exam_closed", "exam_opened"]
    records = [{"scanner": "mr-2", "kind": kind} for kind in kinds]
    others = [{"scanner": "mr-1", "kind": "exam_closed"}]
    assert [r["kind"] for r in exam_records(others + records, "mr-2")] == kinds[:3]


def _bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BENCH, *words], capture_output=True, text=True, timeout=60)


def test_the_help_lists_the_benches() -> None:
    done = _bench("--help")
    assert done.returncode == 0
    assert "control" in done.stdout


def test_a_soak_names_what_grew_from_its_second_quarter_to_its_last() -> None:
    minutes = [Minute(100.0 + n, 60.0, 9, 7, 40.0, 30.0) for n in range(8)]
    rows = {row.name: row for row in rows_of(minutes)}
    grown = rows["memory of the site, growth"]
    assert (grown.ours, grown.met) == (4.0, False)
    assert rows["memory of the site, quarter 1 of 8 min"].ours == 100.5
    assert rows["threads of the desk, growth"].met


def test_a_soak_is_for_media_only() -> None:
    done = _bench("simulator", "--soak")
    assert done.returncode == 2
    assert "--soak is for media only" in done.stderr


def test_an_unknown_bench_is_answered_with_those_there_are() -> None:
    done = _bench("telepathy")
    assert done.returncode == 2
    assert "there is no bench 'telepathy'; there are: control" in done.stderr
    assert "Traceback" not in done.stderr
