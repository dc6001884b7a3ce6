"""Every sentence of the desk exists in every language, with the same placeholders."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import remote_console
from mr_contract.device_reasons import DEVICE_WORDS, DeviceReason, device
from mr_contract.explanations import EXPLANATIONS
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import AlarmKind, Interlock, ScannerActivity, StepState
from remote_console import texts
from remote_console.core.device_words import device_words
from remote_console.core.phrases import ReasonWords, p
from remote_console.core.vocabulary_words import ACTIVITY_WORDS, ALARM_WORDS, INTERLOCK_WORDS, STEP_WORDS

SOURCE = Path(remote_console.__file__).parent
PLACEHOLDER = re.compile(r"{\w+}")
MARKS = {"PREVIEW", "SIMULATED", "INCOMPLETE", "DERIVED"}


def sentences() -> set[str]:
    """First arguments of every `p("…")` and `tr("…")` of the core and the window that hold a word."""
    found = set(MARKS)
    for path in (*(SOURCE / "core").glob("*.py"), *(SOURCE / "ui").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                continue
            first = node.args[0]
            if node.func.id in {"p", "tr"} and isinstance(first, ast.Constant):
                found.add(str(first.value))
    return {s for s in found if any(c.isalpha() for c in PLACEHOLDER.sub("", s))}


@pytest.mark.parametrize("language", ["fr", "de"])
def test_no_sentence_lacks_a_translation(language: str) -> None:
    known = texts.catalogue(language)["sentences"]
    # Sentences of signs and figures alone are the same in every language.
    assert {s for s in sentences() - set(known) if re.search(r"[A-Za-z]{2}", PLACEHOLDER.sub("", s))} == set()


@pytest.mark.parametrize("language", ["fr", "de"])
def test_translations_fill_the_same_placeholders(language: str) -> None:
    wrong = [
        english
        for english, translated in texts.catalogue(language)["sentences"].items()
        if sorted(PLACEHOLDER.findall(english)) != sorted(PLACEHOLDER.findall(str(translated)))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", ["fr", "de"])
def test_every_reason_is_told_with_its_figures_and_its_remedy(language: str) -> None:
    reasons = texts.catalogue(language)["reasons"]
    assert set(reasons) == {r.value for r in Reason}
    for reason, explanation in EXPLANATIONS.items():
        said = reasons[reason.value]
        assert isinstance(said, dict)
        for english, translated in ((explanation.text, said["text"]), (explanation.remedy, said["remedy"])):
            assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(translated)), reason


@pytest.mark.parametrize("language", ["fr", "de"])
def test_what_a_device_lacks_has_a_sentence(language: str) -> None:
    known = texts.catalogue(language)["sentences"]
    assert [r for r in DeviceReason if known.get(DEVICE_WORDS[r], DEVICE_WORDS[r]) == DEVICE_WORDS[r]] == []


def test_a_refusal_by_a_failing_intercom_is_said_in_the_language_in_use() -> None:
    lacks = device(DeviceReason.DEVICE_NOT_THERE, name="Ceiling", others="Monitor, USB")
    texts.use("de")
    refused = texts.say(ReasonWords(finding(Reason.INTERCOM_FAILS, why=lacks.text), "text"))
    assert "Ceiling ist nicht angeschlossen; vorhanden: Monitor, USB" in refused
    assert texts.say(device_words(lacks)) in refused


def test_every_word_of_the_contract_has_a_sentence() -> None:
    assert set(INTERLOCK_WORDS) == set(Interlock)
    assert set(STEP_WORDS) == set(StepState)
    assert set(ALARM_WORDS) == set(AlarmKind)
    assert set(ACTIVITY_WORDS) == set(ScannerActivity)


def test_figures_are_filled_in_the_language_in_use() -> None:
    texts.use("de")
    assert texts.say(p("{time} left", time="1:12")) == "noch 1:12"
    words = ReasonWords(finding(Reason.LINK_RED, round_trip_ms=612.0), "text")
    assert texts.say(words) == "Der Umlauf der Steuerung dauert 612 ms"


def test_no_line_of_a_french_sentence_can_begin_with_a_mark() -> None:
    texts.use("fr")
    catalogue = texts.catalogue("fr")
    shown = [texts.say(p(english)) for english in catalogue["sentences"]]
    shown += [
        texts.say(ReasonWords(finding(reason), part)) for reason in Reason for part in ("text", "remedy")
    ]
    assert [s for s in shown if re.search(r" [?!;:»%]|« ", s)] == []


def test_the_space_before_a_mark_is_narrow_and_what_a_person_wrote_is_left_alone() -> None:
    texts.use("fr")
    assert texts.say(p("“{text}”", text="a : b ?")) == "«\u00a0a : b ?\u00a0»"
    exposure = finding(Reason.EXPOSURE_UNKNOWN)
    assert "taille\u202f; ouvrez" in texts.say(ReasonWords(exposure, "remedy"))


def test_an_unknown_language_speaks_english_and_a_missing_figure_is_a_dash() -> None:
    texts.use("tlh")
    assert texts.say(p("{time} left")) == "– left"
