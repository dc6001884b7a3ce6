"""What was found about one interlock."""

from __future__ import annotations

from dataclasses import dataclass

from mr_contract.findings import Finding
from mr_contract.standing import InterlockView
from mr_contract.vocabulary import Interlock, InterlockState


@dataclass(frozen=True, slots=True)
class Judgement:
    """One interlock: closed when nothing was found, unknown when only ignorance was."""

    interlock: Interlock
    findings: tuple[Finding, ...] = ()
    unknown: bool = False
    subject: str = ""
    note: str = ""
    exception_by: str = ""

    @property
    def state(self) -> InterlockState:
        if not self.findings:
            return InterlockState.CLOSED
        return InterlockState.UNKNOWN if self.unknown else InterlockState.OPEN

    def view(self) -> InterlockView:
        """As it is shown at both ends."""
        return InterlockView(
            interlock=self.interlock,
            state=self.state,
            findings=self.findings,
            note=self.note[:160],
            exception_by=self.exception_by[:160],
        )
