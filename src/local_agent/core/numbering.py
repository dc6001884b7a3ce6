"""The number of a standing.

It changes when an interlock's state, its reasons or its subject change, open → closed too; never for
a figure that moves, a note, or a lease that is renewed.
"""

from __future__ import annotations

from dataclasses import dataclass

from local_agent.core.judgement import Judgement
from mr_contract.findings import Finding
from mr_contract.reasons import Reason
from mr_contract.standing import InterlockView, Standing, StandingNumber
from mr_contract.vocabulary import Interlock, InterlockState

Signature = tuple[tuple[Interlock, InterlockState, tuple[Reason, ...], str], ...]


@dataclass(frozen=True, slots=True)
class NumberedStanding:
    """A standing with what it was judged from, and the signature its number stands for."""

    standing: Standing
    judged: tuple[Judgement, ...]
    signature: Signature

    @property
    def number(self) -> StandingNumber:
        return self.standing.number

    @property
    def against(self) -> tuple[Finding, ...]:
        """Every finding of every interlock that is not closed."""
        return tuple(f for j in self.judged for f in j.findings)


def renumber(previous: NumberedStanding | None, judged: tuple[Judgement, ...], boot: str) -> NumberedStanding:
    """The standing of these judgements, counted on only if its signature changed."""
    if previous is None:
        number = StandingNumber(boot=boot, count=0)
        views = tuple(j.view() for j in judged)
        return NumberedStanding(Standing(number=number, interlocks=views), judged, _signature(judged))
    if judged == previous.judged:
        return previous
    signature, number = _signature(judged), previous.number
    if signature != previous.signature:
        number = StandingNumber(boot=boot, count=number.count + 1)
    views = tuple(map(_view, judged, previous.judged, previous.standing.interlocks))
    return NumberedStanding(Standing(number=number, interlocks=views), judged, signature)


def _signature(judged: tuple[Judgement, ...]) -> Signature:
    return tuple((j.interlock, j.state, tuple(f.reason for f in j.findings), j.subject) for j in judged)


def _view(judgement: Judgement, before: Judgement, shown: InterlockView) -> InterlockView:
    """The view of before, where nothing is judged otherwise: what is shown is made over and over."""
    return shown if judgement == before else judgement.view()
