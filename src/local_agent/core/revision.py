"""The revision of a protocol step: what a start is bound to.

A SHA-256 over canonical JSON of everything that decides what the scanner would do to this patient:
achieved values (quantised, so that a float's last bit changes nothing), slices, coil, operating mode,
exam, weight, height, age, position. Change any of them and a start prepared before is refused.
"""

from __future__ import annotations

import hashlib
import json

from local_agent.core.exam_state import Exam, Step
from local_agent.core.facts import Facts
from mr_contract.model import ParameterValue


def step_revision(facts: Facts, exam: Exam, step: Step) -> str:
    """The revision of this step under the facts as they are."""
    plan = step.plan
    content = {
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
        "coil": facts.coil,
        "mode": plan.prediction.mode.value,
        "exam": exam.exam_id,
        "weight_kg": exam.weight_kg,
        "height_cm": exam.height_cm,
        "age_years": exam.age_years,
        "position": exam.position.value if exam.position else None,
        "landmark": exam.landmark.value if exam.landmark else None,
    }
    return content_digest(content)


def content_digest(content: object) -> str:
    """SHA-256 of canonical JSON (sorted keys, no spaces)."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _quantised(value: ParameterValue) -> str | float:
    """Six decimals: finer than any parameter's step. A choice is never the same as a number."""
    return value if isinstance(value, str) else _rounded(value, 6)


def _rounded(value: float, decimals: int) -> float:
    """Rounded, and zero without a sign: dust around zero is zero."""
    return round(float(value), decimals) + 0.0
