"""The magnet's own readings, as a technologist sees them on the scanner."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mr_contract.model import Model

Share = Annotated[float, Field(ge=0.0, le=100.0)]


class MagnetReading(Model):
    """Null: the scanner does not say. Below `helium_low_percent` the scanner asks for its service."""

    helium_percent: Share | None = None
    helium_low_percent: Share | None = None
    cooling_working: bool | None = None

    @property
    def helium_low(self) -> bool:
        """False as long as the level or its limit is not known."""
        level, low = self.helium_percent, self.helium_low_percent
        return level is not None and low is not None and level < low
