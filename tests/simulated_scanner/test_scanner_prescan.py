"""The prescan: visible step by step, part of the start, and stopped like anything else."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from scanner_world import COIL, EvenPlan, World, achieved, ready

from mr_contract.scanner_messages import (
    AcquisitionEnded,
    AcquisitionProgressed,
    AcquisitionStarted,
    GetSnapshot,
    Snapshot,
)
from mr_contract.vocabulary import PrescanStep
from simulated_mri.scanner.inject_messages import InjectRfAmplifier
from simulated_mri.scanner.injecting import as_input
from simulated_mri.scanner.inputs import StepSet
from simulated_mri.scanner.state import Committed

STEPS = tuple(PrescanStep)
EACH_S = 0.6


@dataclass(frozen=True, slots=True)
class LateLines(EvenPlan):
    """Three seconds of adjustments, then lines at an even pace."""

    def lines_at(self, elapsed_s: float) -> int:
        share = max(elapsed_s - self.prescan_s, 0.0) / (self.duration_s - self.prescan_s)
        return min(int(share * self.lines_total), self.lines_total)


def prescanning() -> World:
    """Just started."""
    world = ready()
    plan = replace(LateLines(), prescan_s=3.0)
    world.do(StepSet(1, Committed("step", achieved(), plan, world.state.registration, COIL)))
    world.prepare()
    world.start()
    return world


def told(world: World) -> list[PrescanStep | None]:
    found: list[PrescanStep | None] = []
    for event in world.events:
        if isinstance(event, AcquisitionProgressed) and (not found or found[-1] != event.prescan):
            found.append(event.prescan)
    return found


def test_every_step_is_told_in_order_and_then_lines_come() -> None:
    world = prescanning()
    assert told(world) == [PrescanStep.FREQUENCY]
    for _ in range(20):
        world.wait(0.2)
    assert told(world) == [*STEPS, None]
    first_lines = next(e for e in world.events if isinstance(e, AcquisitionProgressed) and e.lines_acquired)
    assert first_lines.prescan is None


def test_the_start_is_told_before_the_first_step() -> None:
    kinds = [type(event) for event in prescanning().events]
    assert kinds.index(AcquisitionStarted) < kinds.index(AcquisitionProgressed)


def test_no_step_is_swallowed_however_fast_time_runs() -> None:
    world = prescanning()
    world.wait(1000.0)
    assert told(world) == list(STEPS)
    assert isinstance(world.events[-2], AcquisitionEnded)
    assert world.events[-2].complete


@pytest.mark.parametrize("step", STEPS)
def test_a_stop_works_in_each_step_and_says_in_which(step: PrescanStep) -> None:
    world = prescanning()
    world.wait((STEPS.index(step) + 0.5) * EACH_S)
    snapshot = world.do(GetSnapshot(request_id=1))
    assert isinstance(snapshot, Snapshot)
    assert snapshot.running is not None
    assert snapshot.running.prescan is step
    world.stop()
    ended = next(event for event in world.events if isinstance(event, AcquisitionEnded))
    assert (ended.lines_acquired, ended.complete) == (0, False)
    assert step.value.replace("_", " ") in ended.why
    world.wait(10.0)
    assert told(world) == list(STEPS[: STEPS.index(step) + 1])


def test_an_rf_amplifier_that_fails_ends_the_adjustment_of_the_transmit_gain() -> None:
    world = prescanning()
    world.wait(1.5 * EACH_S)
    world.do(as_input(InjectRfAmplifier(working=False)))
    ended = world.events[-1]
    assert isinstance(ended, AcquisitionEnded)
    assert "RF amplifier" in ended.why
    assert "transmit gain" in ended.why
