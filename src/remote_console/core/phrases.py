"""Sentences as values: an English sentence and its figures, put in words by `remote_console.texts`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mr_contract.findings import Finding


@dataclass(frozen=True, slots=True)
class Phrase:
    """An English sentence, which is also its key in the catalogues, and what fills it."""

    text: str
    figures: tuple[tuple[str, Figure], ...] = ()


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """What is the matter, or what to do, of a finding."""

    finding: Finding
    part: Literal["text", "remedy"]


Words = Phrase | ReasonWords
Figure = str | Words | tuple[Words, ...]

NOTHING = Phrase("")


def p(text: str, /, **figures: Figure) -> Phrase:
    """A sentence with its figures."""
    return Phrase(text, tuple(figures.items()))


def verbatim(words: str) -> Phrase:
    """Words of a person or a scanner: shown as they are."""
    return Phrase("{words}", (("words", words),))


def clock_words(seconds: float) -> str:
    """Minutes and seconds, rounded up: 0:40 never means "now"."""
    whole = max(0, int(-(-seconds // 1)))
    return f"{whole // 60}:{whole % 60:02d}"


def number_words(value: float, decimals: int) -> str:
    """A number as shown in a field: fixed decimals, no exponent, trailing zeros cut."""
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
