"""The real scanner with its real physics in one process, by a clock that tests turn: minutes cost nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pydicom
from scanner_world import patient

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.model import ParameterValue
from mr_contract.scanner_messages import (
    Done,
    Event,
    LoadProtocol,
    MoveScannerTable,
    Prepare,
    Prepared,
    ProtocolLoaded,
    ScannerEvent,
    ScannerReply,
    SetStep,
    Start,
    Started,
    StepAchieved,
    Stop,
    VitalsRead,
)
from mr_contract.vocabulary import Landmark, OperatingMode, Side
from scanner_kit import FinishedSeries
from simulated_mri.hardware import Hardware
from simulated_mri.scanner.inject import ask_room, inject
from simulated_mri.scanner.inject_server import InjectServer
from simulated_mri.scanner.inputs import Tick
from simulated_mri.scanner.shell import Nameplate, SimulatedScanner
from simulated_mri.scanner.state import State
from simulated_mri.scanner.subject_imaging import SubjectImaging
from simulated_mri.scenarios.driver import ScenarioDriver
from simulated_mri.scenarios.files import read_scenario, scenario_file
from simulated_mri.scenarios.model import PlayScenario, ReportScenario, Scenario, ScenarioReported
from simulated_mri.subjects.names import SubjectName

SECRET = "room-secret-of-the-tests-0123456789abcdef"
STEP_S = 0.5
PATIENCE_S = 100.0
Picture = npt.NDArray[np.float64]
_E = TypeVar("_E", bound=Event)


@dataclass(slots=True)
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass(slots=True)
class Outside:
    """What comes out of the scanner. Its `Outlet`."""

    events: list[ScannerEvent] = field(default_factory=list)
    newest_vitals: VitalsRead | None = None
    made: asyncio.Queue[FinishedSeries] = field(default_factory=asyncio.Queue)

    def event(self, event: ScannerEvent) -> None:
        self.events.append(event)

    def preview(self, header: PreviewHeader, pixels: bytes) -> None:
        pass

    def vitals(self, read: VitalsRead) -> None:
        self.newest_vitals = read

    def series(self, series: FinishedSeries) -> None:
        self.made.put_nowait(series)


@dataclass(slots=True)
class Stage:
    """Trainee, local operator and trainer in one hand."""

    clock: Clock
    scanner: SimulatedScanner
    driver: ScenarioDriver
    outside: Outside
    room_url: str
    commands: int = 0

    async def play(self, name: str) -> Scenario:
        """A shipped scenario, over the authenticated socket."""
        scenario = read_scenario(scenario_file(name))
        await inject(self.room_url, SECRET, PlayScenario(scenario=scenario))
        return scenario

    async def report(self) -> tuple[str, ...]:
        reply = await ask_room(self.room_url, SECRET, ReportScenario())
        assert isinstance(reply, ScenarioReported)
        return reply.lines

    async def wait(self, seconds: float) -> None:
        """Let scan time pass; whatever is due happens, in steps of half a second."""
        until_s = self.clock.now_s + seconds
        while self.clock.now_s < until_s:
            self.clock.now_s = min(self.clock.now_s + STEP_S, until_s)
            self.scanner.apply(Tick())
            self.driver.step()
        await asyncio.sleep(0)

    async def receive(self, *, side: Side = Side.NONE) -> None:
        """Registered, marked, at the isocentre."""
        asked = patient(landmark=self._mark()).model_copy(update={"side": side})
        assert isinstance(await self.scanner.answer(asked), Done)
        self.driver.step()
        assert isinstance(await self.scanner.answer(MoveScannerTable(request_id=1, to="isocentre")), Done)
        await self.wait(20.0)

    def _mark(self) -> Landmark:
        return Landmark.STERNUM if self.scanner.state.automatic_voice else Landmark.NASION

    async def set_step(
        self, protocol_id: str, sequence: str, changes: Mapping[str, ParameterValue]
    ) -> StepAchieved:
        loaded = await self.scanner.answer(LoadProtocol(request_id=1, protocol_id=protocol_id))
        assert isinstance(loaded, ProtocolLoaded)
        step = next(step for step in loaded.steps if step.sequence == sequence)
        achieved = await self.scanner.answer(
            SetStep(
                request_id=1, step_id=sequence, sequence=sequence, name=step.name, values=step.values,
                changes=dict(changes), slices=step.slices,
            )
        )  # fmt: skip
        assert isinstance(achieved, StepAchieved)
        assert achieved.conflicts == ()
        return achieved

    async def prepare(self, step: StepAchieved) -> ScannerReply:
        self.commands += 1
        return await self.scanner.answer(
            Prepare(
                request_id=1, command_id=f"c{self.commands}", step_id=step.sequence, revision="ab" * 32,
                setting=step.setting, mode=OperatingMode.FIRST_LEVEL,
            )
        )  # fmt: skip

    async def start(
        self, protocol_id: str, sequence: str, changes: Mapping[str, ParameterValue]
    ) -> StepAchieved:
        """Set, prepared and started."""
        step = await self.set_step(protocol_id, sequence, changes)
        prepared = await self.prepare(step)
        assert isinstance(prepared, Prepared)
        assert isinstance(await self.scanner.answer(Start(request_id=1, token=prepared.token)), Started)
        self.driver.step()
        return step

    async def stop(self) -> None:
        await self.scanner.stop(Stop(request_id=1, by="the trainee"))

    async def series(self) -> list[pydicom.Dataset]:
        """The next series that is made."""
        async with asyncio.timeout(PATIENCE_S):
            made = await self.outside.made.get()
        return [pydicom.dcmread(BytesIO(instance)) for instance in made.instances]

    async def scanned(
        self, protocol_id: str, sequence: str, changes: Mapping[str, ParameterValue]
    ) -> list[pydicom.Dataset]:
        """The series of a step that runs to its end."""
        step = await self.start(protocol_id, sequence, changes)
        await self.wait(step.duration_s + 1)
        return await self.series()

    def events(self, kind: type[_E]) -> list[_E]:
        return [event for event in self.outside.events if isinstance(event, kind)]


@asynccontextmanager
async def stage(subject: SubjectName = "head", coil: str = "Head 20") -> AsyncIterator[Stage]:
    """A scanner at life speed, whose time the test turns, and its injection socket."""
    clock, outside = Clock(), Outside()
    imaging = SubjectImaging("SIM-1", "SIM-1", Hardware(), 7, subject)
    state = State(boot="boot", coil=coil, automatic_voice=subject == "abdomen")
    scanner = SimulatedScanner(Nameplate("Stage", "SIM-1", 3.0), imaging, state, clock_s=clock)
    scanner.attach(outside)
    driver = ScenarioDriver(scanner, subject)
    room = InjectServer(scanner, driver, SECRET)
    port = await room.start("127.0.0.1", 0)
    ticking = asyncio.create_task(scanner.run())
    try:
        yield Stage(clock, scanner, driver, outside, f"ws://127.0.0.1:{port}")
    finally:
        await room.close()
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking


def pixels(series: list[pydicom.Dataset]) -> Picture:
    """All images of a series, (instance, row, column)."""
    return np.stack([image.pixel_array.astype(np.float64) for image in series])


def unlike(one: Picture, other: Picture) -> float:
    """Root mean square difference as a share of the signal."""
    return float(np.sqrt(np.mean((one - other) ** 2) / np.mean(other**2)))
