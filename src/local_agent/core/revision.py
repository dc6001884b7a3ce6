"""The revision of a protocol step: what a start is bound to.

A SHA-256 over everything that decides what the scanner would do to this patient: achieved values
(quantised), slices, operating mode (`digests.plan_digest`, made once for each plan), coil, exam, weight,
height, age, position, landmark. Change any of them and a start prepared before is refused.
"""

from __future__ import annotations

from local_agent.core.digests import content_digest
from local_agent.core.exam_state import Exam, Step
from local_agent.core.facts import Facts


def step_revision(facts: Facts, exam: Exam, step: Step) -> str:
    """The revision of this step under the facts as they are."""
    return content_digest(
        {
            "plan": step.plan_digest,
            "coil": facts.coil,
            "exam": exam.exam_id,
            "weight_kg": exam.weight_kg,
            "height_cm": exam.height_cm,
            "age_years": exam.age_years,
            "position": exam.position.value if exam.position else None,
            "landmark": exam.landmark.value if exam.landmark else None,
        }
    )
