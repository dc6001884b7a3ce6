"""What the bench measures: one site, its agent, three simulated scanners, a tablet at each used one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rig import preparing
from rig.processes import RigError
from rig.scanner import RigScanner
from rig.site import RigSite
from rig.tablet import TabletHand

from mr_contract.vocabulary import LinkLossAction, Privilege, StartOutcome, StepState
from remote_console.link import AgentClient, IdentityStore, Protection, ScannerCommands, enrol

WITHIN_S = 20.0
OPERATING = (Privilege.VIEW, Privilege.TALK, Privilege.EDIT, Privilege.START)
PROTOCOL = "brain_routine"


@dataclass(slots=True)
class World:
    """Processes that run, and the operator's link to the agent."""

    folder: Path
    site: RigSite
    operated: RigScanner
    """At a few times the speed of life: starts, stops, a scan that lasts."""
    fast: RigScanner
    """At a hundred times the speed of life: a whole exam, and a series to download."""
    idle: RigScanner
    """Nobody operates it; anyone may stop it."""
    store: IdentityStore
    client: AgentClient

    @property
    def scanners(self) -> tuple[RigScanner, ...]:
        return (self.operated, self.fast, self.idle)


@asynccontextmanager
async def running_world(folder: Path) -> AsyncIterator[World]:
    """Everything started and the operator connected; all of it ended afterwards."""
    scanners = (
        RigScanner("mr-1", "North · MR 1", "A", "#6ea8fe", folder, speed=3.0),
        RigScanner("mr-2", "North · MR 2", "B", "#f2b56b", folder, speed=100.0),
        RigScanner("mr-3", "North · MR 3", "C", "#7bd88f", folder, speed=1.0),
    )
    site = RigSite("North", folder / "north", scanners)
    try:
        await asyncio.gather(asyncio.to_thread(site.make), *(asyncio.to_thread(s.start) for s in scanners))
        await asyncio.to_thread(site.start)
        store = await enrolled(site, "Maria", folder / "operator")
        async with AgentClient(store.site(site.name), store) as client:
            async with asyncio.timeout(WITHIN_S):
                await client.wait_connected()
            yield World(folder, site, *scanners, store, client)
    finally:
        site.end()
        for scanner in scanners:
            scanner.end()


async def enrolled(site: RigSite, name: str, home: Path, role: str = "remote_operator") -> IdentityStore:
    """A workstation of its own, enrolled at the site. Its key is for DEMO scanners only."""
    store = IdentityStore(home, Protection(unprotected_for_demos_only=True))
    code = await asyncio.to_thread(site.invite, name, role)
    await enrol(site.enrolment_url, code, store)
    return store


@asynccontextmanager
async def prepared_exam(
    world: World, scanner: RigScanner, item_id: str
) -> AsyncIterator[tuple[TabletHand, ScannerCommands]]:
    """A patient in position, control granted to the operator, the protocol open and ready to start."""
    commands = ScannerCommands(world.client, scanner.scanner)
    hand = await asyncio.to_thread(world.site.tablet, scanner)
    async with hand as tablet:
        await preparing.check_in(tablet)
        await preparing.take_patient(tablet, item_id)
        await preparing.position(tablet, scanner)
        await preparing.hold_ready(tablet)
        heard = partial(_heard_exam, commands)
        await until(world.client, heard, f"the exam at {scanner.scanner}")
        await commands.request_control(OPERATING, LinkLossAction.FINISH_SEQUENCE, acknowledging=True)
        await preparing.allow(tablet)
        await commands.open_protocol(PROTOCOL)
        await until(world.client, partial(may_start, commands, "s1"), f"{scanner.scanner} ready to start")
        yield tablet, commands


def _heard_exam(commands: ScannerCommands) -> bool:
    view = commands.client.view.scanners.get(commands.scanner)
    return view is not None and view.exam is not None


async def until(
    client: AgentClient, holds: Callable[[], bool], what: str, within_s: float = WITHIN_S
) -> None:
    """Wait until the console was told something."""
    async with AsyncExitStack() as stack:
        changed = asyncio.Event()
        stack.callback(client.subscribe(lambda _: changed.set()))
        try:
            async with asyncio.timeout(within_s):
                while not holds():
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            raise RigError(f"not observed at the console within {within_s:g} s: {what}") from None


async def scanner_known(client: AgentClient, scanner: str) -> None:
    """Wait until the console heard of the scanner's state: the agent reaches it, and it is a DEMO one."""

    def holds() -> bool:
        view = client.view.scanners.get(scanner)
        return view is not None and view.status is not None

    await until(client, holds, f"the state of {scanner}")


def may_start(commands: ScannerCommands, step_id: str) -> bool:
    """Whether the console would offer the start of this step."""
    view = commands.view
    if view.standing is None or view.exam is None or not view.standing.all_closed:
        return False
    return any(
        s.step_id == step_id and s.state is StepState.PLANNED and not s.findings for s in view.exam.steps
    )


async def start_accepted(commands: ScannerCommands, step_id: str) -> None:
    """Start a step; raises RigError when the scanner did not accept it."""
    outcome = await commands.start(commands.prepare_start(step_id))
    if outcome.start is not StartOutcome.ACCEPTED:
        raise RigError(f"the start of {step_id} was not accepted: {[f.text for f in outcome.findings]}")


def step_state(commands: ScannerCommands, step_id: str) -> StepState | None:
    """The state of a step as the console was told."""
    exam = commands.view.exam
    return next((s.state for s in exam.steps if s.step_id == step_id), None) if exam else None


async def run_whole_protocol(commands: ScannerCommands) -> None:
    """Every step; done when the last series is stored."""
    exam = commands.view.exam
    steps = [step.step_id for step in exam.steps] if exam else []
    for step_id in steps:
        await until(commands.client, partial(may_start, commands, step_id), f"{step_id} ready to start")
        await start_accepted(commands, step_id)
        await until(commands.client, partial(_acquired, commands, step_id), f"{step_id} acquired", 60.0)
    for step_id in steps:
        await until(commands.client, partial(_stored, commands, step_id), f"{step_id} stored", 60.0)


def _acquired(commands: ScannerCommands, step_id: str) -> bool:
    return step_state(commands, step_id) in {StepState.ACQUIRED, StepState.IMAGES_READY, StepState.STORED}


def _stored(commands: ScannerCommands, step_id: str) -> bool:
    return step_state(commands, step_id) is StepState.STORED
