"""What the scanner's own sensors show of the patient: for triggering and as a hint, never for monitoring."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mr_contract.model import Model

PerMinute = Annotated[int, Field(ge=0, le=300)]


class Vitals(Model):
    """Null: no sensor is attached for it, or it shows nothing."""

    heart_rate_per_min: PerMinute | None = None
    respiration_per_min: PerMinute | None = None
    """0 while the breath is held."""
    spo2_percent: Annotated[int, Field(ge=0, le=100)] | None = None
