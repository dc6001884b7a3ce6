"""All that is known of one scanner at one moment: what its interlocks are judged from."""

from __future__ import annotations

from dataclasses import dataclass

from local_agent.core.control_state import ControlState
from local_agent.core.facts import Facts
from local_agent.core.policy import Policy
from local_agent.core.readings import Readings


@dataclass(frozen=True, slots=True)
class Situation:
    """All that is known of one scanner at one moment."""

    scanner_name: str
    facts: Facts
    control: ControlState
    readings: Readings
    policy: Policy
    at_s: float
    on_its_way: tuple[str, str] | None = None
    """Command and step of a start that has a permit but no outcome yet."""


def step_name(facts: Facts, step_id: str) -> str:
    """The name people know a step by."""
    step = facts.exam.step(step_id) if facts.exam else None
    return step.plan.name if step else step_id
