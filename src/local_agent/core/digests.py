"""SHA-256 of canonical JSON: of a plan's achieved values and slices, and of a command's content."""

from __future__ import annotations

import hashlib
import json

from local_agent.core.events import StepPlan
from mr_contract.model import ParameterValue


def content_digest(content: object) -> str:
    """SHA-256 of canonical JSON (sorted keys, no spaces)."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def plan_digest(plan: StepPlan) -> str:
    """Of all that a plan says of the scan, quantised so that a float's last bit changes nothing."""
    return content_digest(
        {
            "step": plan.step_id,
            "sequence": plan.sequence,
            "values": {key: _quantised(value) for key, value in plan.values.items()},
            "slices": [
                {
                    "centre": [_rounded(x, 3) for x in group.centre_mm],
                    "row": [_rounded(x, 6) for x in group.row],
                    "column": [_rounded(x, 6) for x in group.column],
                }
                for group in plan.slices
            ],
            "mode": plan.prediction.mode.value,
        }
    )


def _quantised(value: ParameterValue) -> str | float:
    """Six decimals: finer than any parameter's step. A choice is never the same as a number."""
    return value if isinstance(value, str) else _rounded(value, 6)


def _rounded(value: float, decimals: int) -> float:
    """Rounded, and zero without a sign: dust around zero is zero."""
    return round(float(value), decimals) + 0.0
