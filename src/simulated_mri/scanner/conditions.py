"""What the patient's doings mean for a running acquisition: motion, and where the contrast agent is.

Times are seconds from the beginning of the acquisition. What was true at a moment stays true of it: later
happenings only add to the course.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulated_mri.frames import Frame
from simulated_mri.motion import Course, Motion, still
from simulated_mri.patient.body import Body
from simulated_mri.patient.triggers import cycle_s
from simulated_mri.plan import AcquisitionPlan
from simulated_mri.scanner.state import Acquiring, State

BOLUS_S = 10.0
"""How long an injection takes: a needle that slips within it wastes it."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """`bodies`: who was it from which moment on."""

    bodies: tuple[tuple[float, Body], ...] = ()
    motion: Motion = still
    agent_given_s: float | None = None
    extravasated_s: float | None = None
    starts: tuple[float, ...] = ()
    """When the triggered repetitions so far really began."""
    cycle_s: float | None = None
    """How long the trigger's cycle was when it began; None without a trigger, or a sensor that shows it."""


def conditions(state: State, run: Acquiring, now_s: float, before: Conditions | None = None) -> Conditions:
    """As the state has them; `now_s`: scan time; `before`: what was known of this acquisition so far."""
    began_s = run.began_s * state.speed
    bodies = before.bodies if before is not None else ()
    if not bodies or bodies[-1][1] is not state.body:
        bodies = (*bodies, (now_s - began_s if bodies else 0.0, state.body))
    pace = run.step.plan.pace
    shown_s = cycle_s(state.body, pace.source, now_s) if pace is not None and before is None else None
    return Conditions(
        cycle_s=shown_s if before is None else before.cycle_s,
        starts=starts_of(state, run),
        bodies=bodies,
        motion=Course(tuple((from_s, body.motion_from(began_s)) for from_s, body in bodies)),
        agent_given_s=None if state.agent_given_s is None else state.agent_given_s - began_s,
        extravasated_s=None if state.extravasated_s is None else state.extravasated_s - began_s,
    )


def starts_of(state: State, run: Acquiring) -> tuple[float, ...]:
    """When the repetitions of an acquisition began: of the running one, or of the one that just ended."""
    if isinstance(state.phase, Acquiring) and state.phase.acquisition_id == run.acquisition_id:
        return state.phase.starts
    ended, starts = state.ended_starts
    return starts if ended == run.acquisition_id else run.starts


def frame_in(frame: Frame, now: Conditions, plan: AcquisitionPlan) -> Frame:
    """The frame as the patient's veins have it, whatever the protocol says was given."""
    middle_s = plan.lead_in_s + (frame.dynamic + 0.5) * plan.pass_s
    after_s = frame.after_injection_s
    if after_s is None and now.agent_given_s is not None and now.agent_given_s < middle_s:
        after_s = middle_s - now.agent_given_s
    if after_s is None or now.extravasated_s is None:
        return replace(frame, after_injection_s=after_s)
    injected_s = middle_s - after_s
    lost = now.extravasated_s <= injected_s + BOLUS_S
    return replace(frame, after_injection_s=None if lost else after_s)
