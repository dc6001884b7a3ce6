"""The number of a standing.

It changes when an interlock's state, its reasons or its subject change, open → closed too; never for
a figure that moves, a note, or a lease that is renewed.
"""

from __future__ import annotations

from dataclasses import dataclass

from local_agent.core.interlocks import Judgement
from mr_contract.standing import Standing, StandingNumber

Signature = tuple[tuple[str, str, tuple[str, ...], str], ...]


@dataclass(frozen=True, slots=True)
class NumberedStanding:
    """A standing with the signature its number stands for."""

    standing: Standing
    signature: Signature

    @property
    def number(self) -> StandingNumber:
        return self.standing.number


def renumber(previous: NumberedStanding | None, judged: tuple[Judgement, ...], boot: str) -> NumberedStanding:
    """The standing of these judgements, counted on only if its signature changed."""
    signature: Signature = tuple(
        (j.interlock.value, j.state.value, tuple(f.reason.value for f in j.findings), j.subject)
        for j in judged
    )
    count = 0
    if previous is not None:
        count = previous.number.count + (1 if signature != previous.signature else 0)
    number = StandingNumber(boot=boot, count=count)
    views = tuple(j.view() for j in judged)
    return NumberedStanding(Standing(number=number, interlocks=views), signature)
