"""Every language says the same things, and English is word for word the contract's."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from local_agent.tablet.pages import load_pages
from mr_contract.device_reasons import DEVICE_WORDS, DeviceReason
from mr_contract.explanations import EXPLANATIONS
from mr_contract.vocabulary import (
    AlarmKind,
    AlarmPriority,
    BreathCommand,
    ControlPhase,
    IdentifierKind,
    Interlock,
    Landmark,
    LinkGrade,
    LinkLossAction,
    Party,
    PatientPosition,
    Privilege,
    Qualification,
    Role,
    ScannerActivity,
    Sex,
    SourceKind,
    SourceState,
    StepState,
    TablePosition,
)

LISTS = {
    "alarm": AlarmKind, "alarm_do": AlarmKind, "priority": AlarmPriority, "phase": ControlPhase,
    "identifier": IdentifierKind, "interlock": Interlock, "landmark": Landmark, "link": LinkGrade,
    "loss": LinkLossAction, "party": Party, "position": PatientPosition, "privilege": Privilege,
    "qualification": Qualification, "role": Role, "activity": ScannerActivity, "sex": Sex,
    "breath": BreathCommand,
    "step_state": StepState, "table": TablePosition, "source": SourceKind, "source_state": SourceState,
}  # fmt: skip
PAGES = load_pages()


def texts(language: str) -> dict[str, Any]:
    return dict(json.loads(PAGES[f"/texts/{language}.json"].content))


def placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


def test_the_english_reasons_are_those_of_the_contract() -> None:
    said = {reason: (e["text"], e["remedy"]) for reason, e in texts("en")["reasons"].items()}
    assert said == {reason.value: (e.text, e.remedy) for reason, e in EXPLANATIONS.items()}


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_every_reason_says_who_can_clear_it(language: str) -> None:
    said = {reason: e["cleared_by"] for reason, e in texts(language)["reasons"].items()}
    assert said == {reason.value: e.cleared_by.value for reason, e in EXPLANATIONS.items()}


def test_what_a_device_lacks_is_said_in_the_words_of_the_contract() -> None:
    words, prefix = texts("en")["words"], "device_lacks."
    said = {key.removeprefix(prefix): value for key, value in words.items() if key.startswith(prefix)}
    assert said == {reason.value: words for reason, words in DEVICE_WORDS.items()}
    assert set(DEVICE_WORDS) == set(DeviceReason)


@pytest.mark.parametrize("language", ["fr", "de"])
def test_what_a_device_lacks_is_translated(language: str) -> None:
    words = texts(language)["words"]
    assert [r for r in DeviceReason if words[f"device_lacks.{r}"] == DEVICE_WORDS[r]] == []


@pytest.mark.parametrize("language", ["fr", "de"])
def test_every_language_has_the_same_keys_and_placeholders(language: str) -> None:
    english, other = texts("en"), texts(language)
    assert other["words"].keys() == english["words"].keys()
    assert other["reasons"].keys() == english["reasons"].keys()
    for key, sentence in english["words"].items():
        assert placeholders(other["words"][key]) == placeholders(sentence), key
        assert other["words"][key].strip(), key
    for reason, entry in english["reasons"].items():
        for part in ("text", "remedy"):
            assert placeholders(other["reasons"][reason][part]) == placeholders(entry[part]), reason


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_word_of_the_vocabulary_has_its_text(name: str) -> None:
    words = texts("en")["words"]
    assert [v.value for v in LISTS[name] if f"{name}.{v.value}" not in words] == []


def test_every_text_the_page_asks_for_exists() -> None:
    words = texts("en")["words"]
    asked: set[str] = set()
    for path, file in PAGES.items():
        if path.endswith(".js"):
            asked |= set(re.findall(r'\bt\("([^"]+)"', file.content.decode()))
    assert len(asked) > 100
    assert asked - words.keys() == set()


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ground", ["#ffffff", "amber-soft"])
@pytest.mark.parametrize("ink", ["amber-ink", "dim", "text"])
def test_words_stand_out_from_their_ground(ink: str, ground: str) -> None:
    css = PAGES["/app.css"].content.decode()
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", css))
    lighter, darker = luminance(colours.get(ground, ground)), luminance(colours[ink])
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
    assert not re.search(r"(?<![-\w])color: var\(--amber\)", css), (
        "amber is for edges; words are in amber-ink"
    )
