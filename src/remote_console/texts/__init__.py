"""Texts of the desk: English sentences are keys; `fr.json` and `de.json` hold them in other languages.

A sentence without a translation is shown in English, a figure that is missing as a dash.
"""

from __future__ import annotations

import json
import re
from importlib import resources

from mr_contract.explanations import EXPLANATIONS
from remote_console.core.known_words import known
from remote_console.core.phrases import Figure, Phrase, ReasonWords, Words

LANGUAGES = {"en": "English", "fr": "Français", "de": "Deutsch"}

_PLACEHOLDER = re.compile(r"{(\w+)}")
_NARROW, _FULL = "\u202f", "\u00a0"
_sentences: dict[str, str] = {}
_reasons: dict[str, dict[str, str]] = {}


def catalogue(language: str) -> dict[str, dict[str, str | dict[str, str]]]:
    """The shipped catalogue of a language: `sentences` by English sentence, `reasons` by reason and part."""
    text = resources.files(__package__).joinpath(f"{language}.json").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str | dict[str, str]]] = json.loads(text)
    return loaded


def use(language: str) -> None:
    """Speak this language from now on; one that is not shipped means English."""
    loaded = catalogue(language) if language in LANGUAGES and language != "en" else {}
    _sentences.clear()
    set_ = _in_french if language == "fr" else str
    _sentences.update({k: set_(v) for k, v in loaded.get("sentences", {}).items() if isinstance(v, str)})
    _reasons.clear()
    for reason, parts in loaded.get("reasons", {}).items():
        if isinstance(parts, dict):
            _reasons[reason] = {part: set_(words) for part, words in parts.items()}


def _in_french(sentence: str) -> str:
    """The space before a mark belongs to the mark, so that no line begins with one; narrow before ? ! ;

    Catalogues are written with plain spaces, since nobody sees the others in an editor.
    """
    narrow = re.sub(r" (?=[?!;])", _NARROW, sentence)
    return re.sub(r" (?=[:»%](?:\W|$))|(?<=«) ", _FULL, narrow)


def say(words: Words) -> str:
    """The words in the language in use."""
    if isinstance(words, ReasonWords):
        explanation = EXPLANATIONS[words.finding.reason]
        english = explanation.text if words.part == "text" else explanation.remedy
        translated = _reasons.get(words.finding.reason.value, {}).get(words.part, english)
        return _fill(translated, {k: say(known(v)) for k, v in words.finding.figures.items()})
    return _fill(_sentences.get(words.text, words.text), {name: _figure(f) for name, f in words.figures})


def _fill(sentence: str, figures: dict[str, str]) -> str:
    """Every placeholder once; braces inside of a figure are only braces."""
    return _PLACEHOLDER.sub(lambda found: figures.get(found[1], "–"), sentence)


def tr(sentence: str, /, **figures: str) -> str:
    """A sentence of the window itself."""
    return say(Phrase(sentence, tuple(figures.items())))


def _figure(figure: Figure) -> str:
    match figure:
        case str():
            return figure
        case tuple():
            return ", ".join(say(f) for f in figure)
        case Phrase() | ReasonWords():
            return say(figure)
