"""What the patient hears: a value."""

from __future__ import annotations

from dataclasses import dataclass

from local_agent.core.control_state import Holder
from mr_contract.vocabulary import BreathCommand, HeardAs


@dataclass(frozen=True, slots=True)
class PatientHears:
    """What is open now."""

    number: int
    """Of this opening; no other has it."""
    speaker: Holder
    exam_id: str
    since_s: float
    breath: BreathCommand | None = None
    language: str = ""
    """Of the recording that is played; empty: the voice as it speaks."""

    @property
    def heard_as(self) -> HeardAs:
        return HeardAs.RECORDED if self.language else HeardAs.LIVE
