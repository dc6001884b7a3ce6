"""Scenario files: read, refused with file, line and what was expected; and what is due when."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simulated_mri.command_line import main
from simulated_mri.protocols import PROTOCOLS
from simulated_mri.scenarios.files import (
    ScenarioError,
    parse_scenario,
    read_scenario,
    scenario_file,
    shipped_names,
)
from simulated_mri.scenarios.model import Expected, Happening, Scenario
from simulated_mri.scenarios.playing import Playing, Seen, begin, hear, report, take_due, verdict
from simulated_mri.sequences import SequenceType

GOOD = """\
title = "A case"
about = "What it is about."
protocol = "brain_routine"
objectives = [
  "one",
  "two",
]

[patient]
claustrophobia = 0.5

[[happens]]
words = "The door opens."
at_s = 10
inject = { kind = "door", open = true }

[[happens]]
words = "The coil slips."
on = "acquisition_started"
sequence = "tse"
after_s = 5
inject = { kind = "coil" }

[[expected]]
words = "Close the door"
event = "door_closed"
after = "door_opened"
within_s = 30
"""


NOW_S = 1000.0


def case() -> Scenario:
    return parse_scenario(GOOD, "case.toml")


def test_the_eight_shipped_scenarios_can_be_played_with_a_protocol_that_there_is() -> None:
    assert len(shipped_names()) == 8
    for name in shipped_names():
        scenario = read_scenario(scenario_file(name))
        steps = next(p.steps for p in PROTOCOLS if p.protocol_id == scenario.protocol)
        waited_for = {item.sequence for item in scenario.happens} - {None}
        assert waited_for <= {step.sequence for step in steps}


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ('title = "A case"', 'title = "A case', 1, "expected TOML"),
        ('title = "A case"', "", 1, "title: expected here, and missing"),
        ("objectives = [", "objective = [", 4, "expected one of title, about"),
        ("claustrophobia = 0.5", "claustrophobia = 3", 10, "less than or equal to 1, not 3"),
        ("claustrophobia = 0.5", "claustrophobia = nan", 10, "claustrophobia"),
        ("claustrophobia = 0.5", 'claustrophobia = "very"', 10, "expected a valid number, not 'very'"),
        ("at_s = 10", "at_s = -1", 14, "happens 1 at_s: expected greater than or equal to 0"),
        ("at_s = 10", "", 12, "expected either at_s or on"),
        ('kind = "door"', 'kind = "dor"', 15, "expected tags: 'door', 'coil'"),
        ("open = true", 'open = "yes"', 15, "inject door open: expected a valid boolean"),
        ('on = "acquisition_started"', 'on = "acquisition_began"', 19, "'acquisition_started'"),
        ('sequence = "tse"', 'sequence = "t2"', 20, "'tse'"),
        ("after_s = 5", "after = 5", 21, "expected one of words, at_s, on, since, after_s"),
        ('after = "door_opened"', "", 24, "within_s is expected only together with after"),
        (
            'event = "door_closed"',
            'event = "door_closed"\nabsent = "bulb_pressed"',
            24,
            "either event or absent",
        ),
        ('event = "door_closed"', 'absent = "door_close"', 26, "absent: expected 'door_opened'"),
        ('event = "door_closed"', "", 24, "only together with event or absent"),
        (
            'event = "door_closed"\nafter = "door_opened"',
            'absent = "door_closed"',
            24,
            "absent is expected only together with after and within_s",
        ),
        ("within_s = 30", 'sequence = "tse"', 24, "sequence is expected only with acquisition_started"),
    ],
)
def test_an_error_is_told_with_file_line_and_what_was_expected(
    before: str, after: str, line: int, words: str
) -> None:
    assert before in GOOD
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(GOOD.replace(before, after, 1), "case.toml")
    assert any(
        told.startswith(f"case.toml:{line}: ") and words in told for told in str(refused.value).split("\n")
    ), str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[" * 5000, b"x" * 300_000, b"", b"a = 1e999"])
def test_what_is_no_scenario_at_all_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    with pytest.raises(ScenarioError, match=r"bad\.toml:\d+: "):
        read_scenario(file)


def test_the_command_checks_several_files_and_lists_what_is_shipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(GOOD)
    bad.write_text(GOOD.replace("at_s = 10", "at_s = -1"))
    assert main(["scenario", "check", str(good), "motion_in_flair"]) == 0
    assert main(["scenario", "check", str(bad), str(good), str(tmp_path / "none.toml")]) == 1
    told = capsys.readouterr()
    assert f"{bad}:14: " in told.err
    assert "none.toml: cannot be read" in told.err
    assert main(["scenario", "list"]) == 0
    assert "coil_unplugged: Coil unplugged during a scan" in capsys.readouterr().out


# ---------------------------------------------------------------- what is due when


def words(due: tuple[Happening, ...]) -> list[str]:
    return [item.words for item in due]


def test_a_happening_happens_once_at_its_time() -> None:
    playing = begin(case(), 100.0)
    playing, due = take_due(playing, 109.9)
    assert words(due) == []
    assert playing.next_due_s() == 110.0
    playing, due = take_due(playing, 110.0)
    assert words(due) == ["The door opens."]
    playing, due = take_due(playing, 500.0)
    assert words(due) == []


def started(playing: Playing, at_s: float, sequence: SequenceType) -> Playing:
    return hear(playing, Seen("acquisition_started", at_s, sequence))


def test_what_waits_for_an_event_of_a_sequence_follows_the_first_of_them_only() -> None:
    playing = started(begin(case(), 100.0), 120.0, "localizer")
    playing = started(playing, 130.0, "tse")
    playing = started(playing, 133.0, "tse")
    playing, due = take_due(playing, 134.0)
    assert words(due) == ["The door opens."]
    playing, due = take_due(playing, 135.0)
    assert words(due) == ["The coil slips."]


def test_what_counts_only_since_another_event_does_not_take_an_earlier_one() -> None:
    text = GOOD.replace('sequence = "tse"', 'since = "images_ready"')
    playing = started(begin(parse_scenario(text, "case.toml"), 100.0), 120.0, "tse")
    playing = started(hear(playing, Seen("images_ready", 150.0)), 160.0, "tse")
    playing, due = take_due(playing, 164.0)
    assert words(due) == ["The door opens."]
    playing, due = take_due(playing, 165.0)
    assert words(due) == ["The coil slips."]


def test_an_expected_action_counts_after_what_it_follows_and_in_time() -> None:
    wanted = case().expected[0]
    fresh = hear(begin(case(), 100.0), Seen("door_closed", 101.0))
    assert verdict(fresh, wanted, NOW_S) == "not seen"
    opened = hear(fresh, Seen("door_opened", 110.0))
    assert verdict(opened, wanted, NOW_S) == "not seen"
    assert verdict(hear(opened, Seen("door_closed", 130.0)), wanted, NOW_S) == "seen at 0:30"
    assert verdict(hear(opened, Seen("door_closed", 141.0)), wanted, NOW_S) == "too late at 0:41"
    assert verdict(opened, Expected(words="Speak"), NOW_S) == "for the trainer to judge"


def test_what_nobody_should_do_is_looked_for_as_long_as_its_time_lasts() -> None:
    wanted = Expected(
        words="Start nothing more", absent="acquisition_started", after="images_ready", sequence="epi_dwi",
        within_s=60,
    )  # fmt: skip
    begun = hear(begin(case(), 100.0), Seen("images_ready", 110.0, "localizer"))
    running = hear(begun, Seen("acquisition_started", 120.0, "epi_dwi"))
    assert verdict(running, wanted, 130.0) == "not come to"
    shown = hear(running, Seen("images_ready", 140.0, "epi_dwi"))
    assert verdict(shown, wanted, 199.0) == "left undone so far"
    assert verdict(shown, wanted, 201.0) == "left undone"
    assert (
        verdict(hear(shown, Seen("acquisition_started", 190.0)), wanted, 300.0) == "done nonetheless at 1:30"
    )
    assert verdict(hear(shown, Seen("acquisition_started", 210.0)), wanted, 300.0) == "left undone"


def test_the_wrong_side_is_noticed_by_nothing_more_being_started() -> None:
    scenario = read_scenario(scenario_file("wrong_side_registered"))
    absent = [wanted for wanted in scenario.expected if wanted.absent is not None]
    assert [(wanted.absent, wanted.sequence) for wanted in absent] == [("acquisition_started", "epi_dwi")]


SHIPPED_EXPECTATIONS = [
    (name, wanted)
    for name in shipped_names()
    for wanted in read_scenario(scenario_file(name)).expected
    if wanted.event is not None
]


@pytest.mark.parametrize(("name", "wanted"), SHIPPED_EXPECTATIONS, ids=lambda own: str(own)[:40])
def test_each_expected_action_of_each_shipped_scenario_is_seen_when_done_and_only_then(
    name: str, wanted: Expected
) -> None:
    before = begin(read_scenario(scenario_file(name)), 100.0)
    if wanted.after is not None:
        before = hear(before, Seen(wanted.after, 110.0))
    assert verdict(before, wanted, NOW_S) == "not seen"
    assert wanted.event is not None
    assert verdict(hear(before, Seen(wanted.event, 111.0)), wanted, NOW_S).startswith("seen")
    if wanted.within_s is not None:
        late = hear(before, Seen(wanted.event, 111.0 + wanted.within_s))
        assert verdict(late, wanted, NOW_S).startswith("too late")


def test_the_incomplete_series_of_the_unplugged_coil_is_no_repetition() -> None:
    scenario = read_scenario(scenario_file("coil_unplugged"))
    repeat = next(wanted for wanted in scenario.expected if "Repeat" in wanted.words)
    playing = begin(scenario, 0.0)
    for second, kind in enumerate(
        ("acquisition_started", "coil_changed", "acquisition_ended", "images_ready")
    ):
        playing = hear(playing, Seen(kind, float(second), "tse"))
    assert verdict(playing, repeat, NOW_S) == "not seen"
    assert verdict(hear(playing, Seen("acquisition_started", 200.0, "tse")), repeat, NOW_S).startswith("seen")


def test_the_report_tells_what_happened_and_what_was_seen() -> None:
    playing, _ = take_due(begin(case(), 100.0), 110.0)
    assert report(playing, NOW_S) == (
        "A case",
        "happened at 0:10: The door opens.",
        "happened not yet: The coil slips.",
        "not seen: Close the door",
    )


def test_a_file_without_end_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "endless.toml"
    file.touch()
    os.truncate(file, 2**40)
    with pytest.raises(ScenarioError, match="expected at most"):
        read_scenario(file)
