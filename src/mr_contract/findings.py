"""What stands against something: a reason with the figures that belong to it, and its words.

A refusal is a normal value; it carries findings.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mr_contract.explanations import EXPLANATIONS
from mr_contract.model import Model, ShortText
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Party


class Finding(Model):
    """One reason with its figures, ready to be put in words in any language."""

    reason: Reason
    figures: Annotated[dict[str, ShortText], Field(max_length=8)] = Field(default_factory=dict)

    @property
    def cleared_by(self) -> Party:
        """Who can clear it."""
        return EXPLANATIONS[self.reason].cleared_by

    @property
    def text(self) -> str:
        """What is the matter, in English."""
        return fill(EXPLANATIONS[self.reason].text, self.figures)

    @property
    def remedy(self) -> str:
        """What to do, in English."""
        return fill(EXPLANATIONS[self.reason].remedy, self.figures)


Findings = Annotated[tuple[Finding, ...], Field(max_length=40)]


def finding(reason: Reason, **figures: str | float) -> Finding:
    """A finding with its figures as text; a number keeps at most three decimals."""
    words = {k: v if isinstance(v, str) else f"{v:.3f}".rstrip("0").rstrip(".") for k, v in figures.items()}
    return Finding(reason=reason, figures={k: v[:160] for k, v in words.items()})


def fill(sentence: str, figures: dict[str, str]) -> str:
    """Put figures into a sentence; one that is missing shows as a dash, never as an error."""
    for name, value in figures.items():
        sentence = sentence.replace("{" + name + "}", value)
    while (start := sentence.find("{")) >= 0 and (end := sentence.find("}", start)) >= 0:
        sentence = sentence[:start] + "–" + sentence[end + 1 :]
    return sentence
