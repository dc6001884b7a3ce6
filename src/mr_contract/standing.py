"""The standing of a scanner: every interlock, and the number that changes with them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mr_contract.findings import Findings
from mr_contract.model import Identifier, Model, ShortText
from mr_contract.vocabulary import Interlock, InterlockState


class StandingNumber(Model):
    """Boot id of the agent and a counter: a standing of an earlier boot is never current."""

    boot: Identifier
    count: Annotated[int, Field(ge=0)]


class InterlockView(Model):
    """One interlock: its state, all findings that keep it from being closed, a short note when closed."""

    interlock: Interlock
    state: InterlockState
    findings: Findings = ()
    note: Annotated[str, Field(max_length=160)] = ""
    exception_by: ShortText = ""
    """Who signed the emergency exception by which it may be closed; empty as a rule."""


class Standing(Model):
    """All interlocks, in the order of `Interlock`.

    `prescription` and `exposure` here are those of the scanner as a whole (a protocol is open); those
    of a step are judged under its revision and shown with the step.
    """

    number: StandingNumber
    interlocks: Annotated[tuple[InterlockView, ...], Field(max_length=16)]

    @property
    def all_closed(self) -> bool:
        """Whether nothing is open or unknown; an incomplete list is not closed."""
        closed = {v.interlock for v in self.interlocks if v.state is InterlockState.CLOSED}
        return closed == set(Interlock)
