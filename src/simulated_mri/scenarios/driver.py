"""Plays a scenario at a scanner: hears its events, and injects what is due the way the socket does."""

from __future__ import annotations

import asyncio
import logging

from mr_contract.scanner_messages import (
    AcquisitionEnded,
    AcquisitionProgressed,
    AcquisitionStarted,
    ImagesReady,
    ScannerEvent,
)
from simulated_mri.scanner.inject_messages import InjectCoil
from simulated_mri.scanner.injecting import carry_out
from simulated_mri.scanner.shell import SimulatedScanner
from simulated_mri.scenarios.model import Scenario
from simulated_mri.scenarios.playing import Playing, Seen, begin, hear, report, take_due
from simulated_mri.subjects.names import SubjectName

_LOGGER = logging.getLogger(__name__)
_LONGEST_WAIT_S = 60.0


class UnsuitableScenario(Exception):
    """It cannot be played here; the words say why and what to do."""


class ScenarioDriver:
    """One scenario at a time. `subject`: what lies in this scanner, which no scenario can change."""

    def __init__(self, scanner: SimulatedScanner, subject: SubjectName) -> None:
        self._scanner = scanner
        self._subject = subject
        self._playing: Playing | None = None
        self._woken = asyncio.Event()
        scanner.listen(self._hear)

    def play(self, scenario: Scenario) -> None:
        """Begin now. Raises UnsuitableScenario."""
        if scenario.subject != self._subject:
            raise UnsuitableScenario(
                f"the scenario needs {scenario.subject}, in this scanner lies {self._subject}: "
                f"serve with --scenario, or --subject {scenario.subject}"
            )
        _LOGGER.info("scenario: %s", scenario.title)
        carry_out(self._scanner, scenario.patient.model_copy(update={"seed": scenario.seed}))
        if scenario.coil != self._scanner.state.coil:
            carry_out(self._scanner, InjectCoil(name=scenario.coil))
        self._playing = begin(scenario, self._scanner.scan_s())
        self.step()
        self._woken.set()

    def step(self) -> None:
        """Whatever is due by now happens now."""
        while self._playing is not None:
            self._playing, due = take_due(self._playing, self._scanner.scan_s())
            if not due:
                return
            for item in due:
                _LOGGER.info("scenario: %s", item.words)
                if item.inject is not None:
                    carry_out(self._scanner, item.inject)

    def report(self) -> tuple[str, ...]:
        """How it stands, for the debriefing; empty if none was begun."""
        return () if self._playing is None else report(self._playing, self._scanner.scan_s())

    async def run(self) -> None:
        """Step whenever something is due, until cancelled."""
        while True:
            self.step()
            self._woken.clear()
            try:
                async with asyncio.timeout(self._wait_s()):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def _wait_s(self) -> float:
        if self._playing is None:
            return _LONGEST_WAIT_S
        left_s = (self._playing.next_due_s() - self._scanner.scan_s()) / self._scanner.state.speed
        return min(max(left_s, 0.0), _LONGEST_WAIT_S)

    def _hear(self, event: ScannerEvent) -> None:
        if self._playing is None or isinstance(event, AcquisitionProgressed):
            return
        self._playing = hear(self._playing, Seen(event.kind, self._scanner.scan_s(), self._sequence(event)))
        self._woken.set()

    def _sequence(self, event: ScannerEvent) -> str | None:
        if not isinstance(event, AcquisitionStarted | AcquisitionEnded | ImagesReady):
            return None
        step = self._scanner.state.commits.get(event.step_id)
        return None if step is None else step.achieved.sequence
