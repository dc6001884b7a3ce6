"""One site with one or two scanners, a tablet each, a console, and a proxy on every wire between them.

`startable` brings a stage from whatever a test left behind to a step that may be started, so tests of one
module share it. Scans run `SPEED` times faster than in life; nothing else is changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from process_observing import eventually, read_journal, reasons, together
from process_room import Room, drop
from rig import preparing
from rig.proxies import LineProxy, WireProxy
from rig.scanner import RigScanner
from rig.scanner_watch import ScannerWatch
from rig.site import RigSite
from rig.tablet import TabletHand

from mr_contract.console_messages import StartStep
from mr_contract.reasons import Reason
from mr_contract.vocabulary import (
    ControlPhase,
    Interlock,
    InterlockState,
    LinkLossAction,
    Privilege,
    ScannerActivity,
    StepState,
)
from remote_console.link import (
    AgentClient,
    IdentityStore,
    Protection,
    ScannerCommands,
    ScannerView,
    Tuning,
    enrol,
    new_command_id,
)

SPEED = 12.0
PASSPHRASE = "for a test only"
EVERYTHING = (Privilege.VIEW, Privilege.TALK, Privilege.EDIT, Privilege.START)
QUICK = Tuning(first_pause_s=0.05, longest_pause_s=0.2, refused_pause_s=0.2)
LOCALIZER, T2_TSE, FLAIR, T1_3D = "s1", "s2", "s3", "s5"
"""Last 1.7 s, 6.6 s, 18 s and 22 s on a stage."""


@dataclass
class Stage:
    """Use with `async with stage_of(...)`."""

    folder: Path
    site: RigSite
    rooms: dict[str, Room]
    line: LineProxy
    store: IdentityStore
    client: AgentClient | None = None
    person: str = "Maria"
    policy: str = ""
    """Replaces the site's `policy.toml`, if given."""

    # ------------------------------------------------------------ parts

    @property
    def room(self) -> Room:
        """The first scanner's."""
        return next(iter(self.rooms.values()))

    @property
    def tablet(self) -> TabletHand:
        return self.room.hand

    @property
    def console(self) -> AgentClient:
        assert self.client is not None
        return self.client

    def commands(self, room: Room | None = None) -> ScannerCommands:
        return ScannerCommands(self.console, (room or self.room).name)

    def view(self, room: Room | None = None) -> ScannerView | None:
        """What the console knows of a scanner; None while it knows nothing."""
        name = (room or self.room).name
        return self.console.view.scanners.get(name) if self.console.link.connected else None

    def interlock(self, which: Interlock, room: Room | None = None) -> tuple[InterlockState, set[Reason]]:
        view = self.view(room)
        assert view is not None
        assert view.standing is not None
        judged = next(i for i in view.standing.interlocks if i.interlock is which)
        return judged.state, {f.reason for f in judged.findings}

    async def records(self, *kinds: str, command_id: str | None = None) -> list[dict[str, Any]]:
        """The journal's records, read from its file beside the agent."""
        return [
            r
            for r in await asyncio.to_thread(read_journal, self.site.journal)
            if (not kinds or r["kind"] in kinds) and command_id in {None, r["body"].get("command_id")}
        ]

    async def true_journal(self) -> None:
        """The journal verifies, and nothing went wrong that left a traceback."""
        assert "is whole" in await asyncio.to_thread(self.site.verify, self.site.journal)
        assert "Traceback" not in self.agent_log()

    def agent_log(self) -> str:
        return (self.site.folder / "agent.log").read_text(errors="replace")

    # ------------------------------------------------------------ coming and going

    async def open(self) -> None:
        """Scanners and site side by side, then the people. A site made already is left as it is."""
        scanners = [room.start() for room in self.rooms.values()]
        await together(asyncio.to_thread(self.make), *scanners)
        await asyncio.to_thread(self.site.start)
        tablets = (self._pair(room) for room in self.rooms.values())
        await together(self.enrol(self.store, self.person), *tablets)
        await self.join()

    async def _pair(self, room: Room) -> None:
        room.tablet = await asyncio.to_thread(self.site.tablet, room.scanner)
        await room.hand.__aenter__()

    def make(self) -> None:
        """Authority, keys and people are made once a session, and copied."""
        if self.site.folder.exists():
            return
        template = self.folder.parent / f"template-{self.site.name.lower()}"
        if template.exists():
            shutil.copytree(template, self.site.folder)
            self.site.configure()
        else:
            self.site.make()
            shutil.copytree(self.site.folder, template)
        if self.policy:
            (self.site.folder / "policy.toml").write_text(self.policy, encoding="utf-8")

    async def enrol(self, store: IdentityStore, person: str, role: str = "remote_operator") -> None:
        """A console of this person, whose line to the agent is the proxy."""
        code = await asyncio.to_thread(self.site.invite, person, role)
        site = await enrol(self.site.enrolment_url, code, store)
        store.add(site.model_copy(update={"control_port": self.line.port}))

    async def join(self) -> None:
        """The console connects, and goes on connecting."""
        if self.client is None:
            site = await asyncio.to_thread(self.store.site, self.site.name)
            self.client = await AgentClient(site, self.store, tuning=QUICK).__aenter__()
        await self.heard()

    async def leave(self) -> None:
        """The console is closed."""
        if self.client is not None:
            client, self.client = self.client, None
            await client.__aexit__()

    async def heard(self) -> None:
        """Until the console is connected and was shown every scanner."""
        await eventually(
            lambda: (
                self.console.view.beat is not None
                and all(
                    (v := self.view(r)) is not None and v.standing is not None for r in self.rooms.values()
                )
            ),
            "the console shown every scanner",
        )

    async def kill_agent(self) -> None:
        self.site.kill()
        await eventually(lambda: not self.console.link.connected, "the console noticing")

    async def restart_agent(self) -> None:
        """Start the agent (again), reconnect tablets and console, wait for its scanners."""
        await asyncio.to_thread(self.site.start)
        for room in self.rooms.values():
            await self.take_tablet(room)
        await self.heard()
        await eventually(self._scanners_heard, "the agent hearing its scanners")

    def _scanners_heard(self) -> bool:
        views = [self.view(room) for room in self.rooms.values()]
        return all(v is not None and v.status is not None and v.status.activity is not None for v in views)

    async def take_tablet(self, room: Room) -> None:
        """The same tablet, its page opened anew."""
        old = room.hand
        await drop(old)
        room.tablet = TabletHand(old.url, old.pin, old.authority, cookie=old.cookie)
        await room.hand.__aenter__()

    async def close(self) -> None:
        """Everything ends, whatever state it is in."""
        for room in self.rooms.values():
            await room.watch.end()
            if room.tablet is not None:
                await drop(room.tablet)
        await self.leave()
        ends = (self.site.end, *(room.scanner.end for room in self.rooms.values()))
        await asyncio.gather(*(asyncio.to_thread(end) for end in ends))

    # ------------------------------------------------------------ to a start

    async def prepared(self, room: Room | None = None) -> None:
        """The tablet's side: a patient on the table, everything confirmed."""
        room = room or self.room
        tablet = room.hand
        await tablet.must("confirm_presence")
        if tablet.view["exam"] is None:
            await preparing.check_in(tablet)
            await preparing.take_patient(tablet, "item-1" if room is self.room else "item-2")
        state = tablet.view["status"]["room"]
        if state["coil"] is None or state["table"] != "isocentre":
            await preparing.position(tablet, room.scanner)
        elif not state["door_closed"]:
            await room.scanner.inject("door", open=False)
            await tablet.until(lambda v: v["status"]["room"]["door_closed"] is True, "the door closed")
        if not tablet.view["checklist"]["patient_ready"]:
            await preparing.hold_ready(tablet)

    async def control(
        self,
        room: Room | None = None,
        action: LinkLossAction = LinkLossAction.FINISH_SEQUENCE,
    ) -> None:
        """The console holds control, under this agreement."""
        room = room or self.room
        view = self.view(room)
        assert view is not None
        assert view.control is not None
        if view.control.yours and view.control.link_loss_action is action:
            return
        await room.hand.do("revoke_control")
        await eventually(
            lambda: (v := self.view(room)) is not None and v.exam is not None, "the exam at the console"
        )
        asked = await self.commands(room).request_control(EVERYTHING, action, acknowledging=True)
        assert asked.accepted, asked
        await preparing.allow(room.hand)
        await eventually(
            lambda: (v := self.view(room)) is not None and v.control is not None and v.control.yours,
            "control at the console",
        )

    async def startable(
        self,
        base: str = LOCALIZER,
        room: Room | None = None,
        action: LinkLossAction = LinkLossAction.FINISH_SEQUENCE,
    ) -> str:
        """Id of a step that may be started now: of this base, queued once more if it ran already."""
        room = room or self.room
        await self.prepared(room)
        await self.control(room, action)
        commands = self.commands(room)
        if not self._steps(room):
            opened = await commands.open_protocol("brain_routine")
            assert opened.accepted, opened
        await eventually(lambda: bool(self._steps(room)), "the protocol's steps")
        step_id = self._planned(room, base)
        if step_id is None:
            repeated = await commands.repeat_step(base, "once more, for the test")
            assert repeated.accepted, repeated
            await eventually(lambda: self._planned(room, base) is not None, "the step queued once more")
            step_id = self._planned(room, base)
        assert step_id is not None
        return await self.unblocked(step_id, room)

    async def unblocked(self, step_id: str, room: Room | None = None) -> str:
        """The step, once nothing stands against its start."""
        try:
            await eventually(lambda: not self.blockers(step_id, room), "a startable step")
        except AssertionError:
            raise AssertionError(f"{step_id} is blocked by {self.blockers(step_id, room)}") from None
        return step_id

    def _planned(self, room: Room, base: str) -> str | None:
        planned = (s["step_id"] for s in self._steps(room) if s["state"] == "planned")
        return next((i for i in planned if i.split("r")[0] == base), None)

    def blockers(self, step_id: str, room: Room | None = None) -> list[str]:
        """Everything that keeps the step from being started, as the console is shown it."""
        view = self.view(room)
        if view is None or view.standing is None or view.exam is None or self.console.view.beat is None:
            return ["nothing heard"]
        found = [
            f"{i.interlock.value} {f.reason.value}"
            for i in view.standing.interlocks
            if i.state is not InterlockState.CLOSED
            for f in i.findings
        ]
        step = next((s for s in view.exam.steps if s.step_id == step_id), None)
        return [*found, *(f.reason.value for f in step.findings)] if step else [*found, "no such step"]

    async def start(self, step_id: str, room: Room | None = None) -> StartStep:
        """Press, and be accepted."""
        commands = self.commands(room)
        prepared = commands.prepare_start(step_id)
        outcome = await commands.start(prepared)
        assert outcome.accepted, outcome
        return prepared

    async def pressed_blind(self, step_id: str = LOCALIZER, room: Room | None = None) -> set[Reason]:
        """Press start with the standing of now and a revision nobody has: every reason against it."""
        view, beat = self.view(room), self.console.view.beat
        assert view is not None
        assert view.standing is not None
        assert beat is not None
        command = StartStep(
            command_id=new_command_id(),
            scanner=(room or self.room).name,
            step_id=step_id,
            revision="0" * 64,
            standing=view.standing.number,
            beat=beat.beat,
        )
        refused = await self.console.command(command)
        assert not refused.accepted
        return reasons(refused)

    async def running(self, room: Room | None = None) -> None:
        await eventually(lambda: self.activity(room) is ScannerActivity.ACQUIRING, "the scan running")

    async def idle(self, room: Room | None = None) -> None:
        """Nothing runs; a scan of a test before is stopped at the tablet."""
        room = room or self.room
        if self.activity(room) is not ScannerActivity.IDLE:
            await room.hand.do("tablet_stop")
        await eventually(lambda: self.activity(room) is ScannerActivity.IDLE, "the scanner idle")

    def activity(self, room: Room | None = None) -> ScannerActivity | None:
        view = self.view(room)
        return view.status.activity if view is not None and view.status is not None else None

    def phase(self, room: Room | None = None) -> ControlPhase | None:
        view = self.view(room)
        return view.control.phase if view is not None and view.control is not None else None

    def step_state(self, step_id: str, room: Room | None = None) -> StepState | None:
        """As the tablet shows it: a console sees steps only while it was granted `view`."""
        steps = self._steps(room or self.room)
        return next((StepState(s["state"]) for s in steps if s["step_id"] == step_id), None)

    def _steps(self, room: Room) -> list[dict[str, Any]]:
        exam = room.hand.view["exam"]
        return [] if exam is None else exam["steps"]


def protected_store(folder: Path) -> IdentityStore:
    return IdentityStore(folder, Protection(ask_passphrase=lambda: PASSPHRASE))


SCANNERS = ((1, "A", "#6ea8fe"), (2, "B", "#f2a65a"))


@contextlib.asynccontextmanager
async def stage_of(
    folder: Path,
    *,
    scanners: int = 1,
    name: str = "North",
    policy: str = "",
    sources: tuple[tuple[str, str, str], ...] = (),
    media: str = "",
    intercom: str = "",
    opened: bool = True,
) -> AsyncIterator[Stage]:
    """A stage with everybody in place; every process ends with it."""
    async with contextlib.AsyncExitStack() as stack:
        rooms: dict[str, Room] = {}
        for number, letter, colour in SCANNERS[:scanners]:
            scanner_id = f"{name.lower()}-{number}"
            scanner = RigScanner(scanner_id, f"{name} · MR {number}", letter, colour, folder, SPEED)
            scanner.sources, scanner.intercom = sources, intercom
            wire = await stack.enter_async_context(WireProxy(scanner.url))
            scanner.agent_url = wire.url
            rooms[scanner_id] = Room(scanner, wire, ScannerWatch(scanner))
        site = RigSite(name, folder / name.lower(), tuple(r.scanner for r in rooms.values()))
        site.media = media or site.media
        line = await stack.enter_async_context(LineProxy(site.control_port))
        stage = Stage(
            folder, site, rooms, line, protected_store(folder / f"{name.lower()}-console"), policy=policy
        )
        stack.push_async_callback(stage.close)
        if opened:
            await stage.open()
        yield stage
