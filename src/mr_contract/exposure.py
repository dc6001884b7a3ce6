"""Predicted exposure of a step and what is recorded of it (IEC 60601-2-33)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from mr_contract.model import Model
from mr_contract.vocabulary import OperatingMode

NonNegative = Annotated[float, Field(ge=0.0)]


FirstLevelSar = Annotated[float, Field(gt=0.0, le=4.0)]
"""Whole-body SAR, W/kg, up to which first level controlled mode is decided: never above its limit."""
FirstLevelPns = Annotated[float, Field(gt=0.0, le=100.0)]
"""Share of the mean stimulation threshold, %, up to which it is decided."""


class FirstLevelDecision(Model):
    """Up to which stated values first level controlled mode is decided; an absent one is left as it was."""

    up_to_w_per_kg: FirstLevelSar | None = None
    up_to_pns_percent: FirstLevelPns | None = None

    @model_validator(mode="after")
    def _names_a_value(self) -> Self:
        if self.up_to_w_per_kg is None and self.up_to_pns_percent is None:
            raise ValueError("a decision names at least one value")
        return self


class ExposurePrediction(Model):
    """What the scanner predicts for one step on this patient; never "exact".

    SAR are 6-minute averages in W/kg; `pns_percent` is the share of the mean stimulation threshold;
    `db_dt_t_per_s` is the greatest change of the gradients' field at the patient, where the scanner tells it;
    `wait_s` is how long the running 6-minute average asks to wait, by the clock, before the
    step may start.
    """

    whole_body_sar_w_per_kg: NonNegative
    partial_body_sar_w_per_kg: NonNegative
    head_sar_w_per_kg: NonNegative
    whole_body_limit_w_per_kg: NonNegative
    partial_body_limit_w_per_kg: NonNegative
    head_limit_w_per_kg: NonNegative
    b1_rms_ut: NonNegative
    pns_percent: NonNegative
    pns_limit_percent: NonNegative
    rf_mode: OperatingMode
    gradient_mode: OperatingMode
    wait_s: NonNegative = 0.0
    db_dt_t_per_s: NonNegative | None = None

    @property
    def mode(self) -> OperatingMode:
        """The higher of both operating modes: all limits hold at once."""
        order = tuple(OperatingMode)
        return max(self.rf_mode, self.gradient_mode, key=order.index)


class SarValues(Model):
    """W/kg, predicted."""

    whole_body_w_per_kg: NonNegative
    partial_body_w_per_kg: NonNegative
    head_w_per_kg: NonNegative


class SarAverages(Model):
    """Running averages of what this patient has been exposed to, all acquisitions together.

    `b1_rms_ut` is B1+ as root mean square over the last 10 s, the time over which IEC 60601-2-33 (edition 3
    with its amendments) defines it; None: the scanner does not tell.
    """

    six_minutes: SarValues
    ten_seconds: SarValues
    b1_rms_ut: NonNegative | None = None


class ImplantLimits(Model):
    """Limits copied from an implant's label; none of them is an operating-mode limit."""

    device: Annotated[str, Field(max_length=160)]
    b1_rms_ut: NonNegative | None = None
    whole_body_sar_w_per_kg: NonNegative | None = None
    head_sar_w_per_kg: NonNegative | None = None
