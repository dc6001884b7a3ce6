"""What the conformance checks stand on: connections, and a scanner brought to where it could start."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection

from mr_contract.exam import PatientIdentity
from mr_contract.scanner_messages import (
    AcquisitionStarted,
    BecameIdle,
    Done,
    GetSnapshot,
    ListScannerProtocols,
    LoadProtocol,
    MoveScannerTable,
    Prepare,
    Prepared,
    ProtocolLoaded,
    RegisterPatient,
    ScannerProtocolsListed,
    SetStep,
    Snapshot,
    Start,
    Started,
    StepAchieved,
    Stop,
    StopTaken,
    TableMoved,
)
from mr_contract.vocabulary import Landmark, OperatingMode, PatientPosition, Sex, Side, TablePosition
from scanner_kit.client import ControlClient, ImagesClient, open_socket

REVISION = "5ca1ab1e" * 8
STEP = "conformance-step"
EXAM = "conformance-exam"
_PATIENT = PatientIdentity(
    patient_id="CONFORMANCE", name="Check^Conformance", birth_date="1970-01-01", sex=Sex.OTHER
)


class CheckFailed(Exception):
    """What the adapter did instead."""


def expect(held: bool, words: str) -> None:
    """Raises CheckFailed with `words` unless it held."""
    if not held:
        raise CheckFailed(words)


@dataclass(frozen=True, slots=True)
class Bench:
    """The adapter under test."""

    url: str
    secret: str

    def control(self) -> AbstractAsyncContextManager[ControlClient]:
        return ControlClient.connected(self.url, self.secret, agent="conformance")

    def images(self) -> AbstractAsyncContextManager[ImagesClient]:
        return ImagesClient.connected(self.url, self.secret)

    def bare(self, path: str = "/control") -> AbstractAsyncContextManager[ClientConnection]:
        return open_socket(self.url, path, self.secret)

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[ReadyScanner]:
        """A control connection to a scanner that could start; stopped afterwards, whatever happened."""
        async with self.control() as client:
            ready = ReadyScanner(client)
            await ready.bring_about()
            try:
                yield ready
            finally:
                await client.ask(Stop, StopTaken, by="conformance")


class ReadyScanner:
    """Steps of a start, each insisting on success."""

    def __init__(self, client: ControlClient) -> None:
        self.client = client

    async def snapshot(self) -> Snapshot:
        return await self.client.ask(GetSnapshot, Snapshot)

    async def bring_about(self) -> None:
        """Patient, landmark, table. Door and coil need hands, so they must be right beforehand."""
        now = await self.snapshot()
        expect(now.door_closed, "close the door first")
        expect(now.coil is not None, "connect a coil first")
        if now.landmark is None or now.exam_id is None:
            await self.move("out", TablePosition.OUT)
            await self.register()
        await self.move("isocentre", TablePosition.ISOCENTRE)

    async def register(self) -> None:
        await self.client.ask(
            RegisterPatient,
            Done,
            exam_id=EXAM,
            identity=_PATIENT,
            accession="CONFORMANCE",
            procedure="Conformance checks",
            side=Side.NONE,
            age_years=50,
            weight_kg=75.0,
            height_cm=175.0,
            position=PatientPosition.HFS,
            landmark=Landmark.NASION,
        )

    async def move(self, to: str, where: TablePosition) -> None:
        """Move the table, and wait until it is there."""
        before = await self.snapshot()
        if before.table is where:
            return
        await self.client.ask(MoveScannerTable, Done, to=to)
        await self.client.event(TableMoved, after=before.number, such_that=lambda e: e.table is where)

    async def loaded(self) -> ProtocolLoaded:
        """The first protocol offered."""
        listed = await self.client.ask(ListScannerProtocols, ScannerProtocolsListed)
        expect(bool(listed.protocols), "no protocol is offered")
        first = listed.protocols[0].protocol_id
        return await self.client.ask(LoadProtocol, ProtocolLoaded, protocol_id=first)

    async def set_step(self) -> StepAchieved:
        """Commit the first step of the first protocol."""
        step = (await self.loaded()).steps[0]
        achieved = await self.client.ask(
            SetStep,
            StepAchieved,
            step_id=STEP,
            sequence=step.sequence,
            name=step.name,
            values=step.values,
            slices=step.slices,
        )
        expect(achieved.setting > 0, "a committed step has no setting number")
        return achieved

    async def prepare(self, *, setting: int, command_id: str | None = None) -> Prepared:
        """A token for the committed step."""
        return await self.client.ask(
            Prepare,
            Prepared,
            command_id=command_id or new_command(),
            step_id=STEP,
            revision=REVISION,
            setting=setting,
            mode=OperatingMode.FIRST_LEVEL,
        )

    async def prepared(self) -> Prepared:
        """Set and prepared."""
        return await self.prepare(setting=(await self.set_step()).setting)

    async def started(self) -> tuple[Started, AcquisitionStarted]:
        """Set, prepared and started: the reply and the event."""
        token = await self.prepared()
        reply = await self.client.ask(Start, Started, token=token.token)
        event = await self.client.event(
            AcquisitionStarted, such_that=lambda e: e.acquisition_id == reply.acquisition_id
        )
        return reply, event

    async def stopped(self) -> StopTaken:
        """A stop, and idle afterwards."""
        before = (await self.snapshot()).number
        taken = await self.client.ask(Stop, StopTaken, by="conformance")
        await self.client.event(BecameIdle, after=before)
        return taken


def new_command() -> str:
    return f"conformance-{secrets.token_hex(6)}"


Check = Callable[[Bench], Awaitable[None]]
