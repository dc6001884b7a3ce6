"""The scanner's asyncio shell: feeds the state machine, carries its events out, plays acquisitions.

No decision is made here. Arithmetic runs in worker threads, so that a stop never waits for it; the
faults to practise with (`hang`, `delay_start`, `accept_late`) act here too.
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from mr_contract.scanner_messages import (
    SCANNER_PROTOCOL,
    AcquisitionEnded,
    AcquisitionProgressed,
    AcquisitionStarted,
    Capabilities,
    CheckStep,
    ListScannerProtocols,
    LoadProtocol,
    Prepare,
    ProtocolLoaded,
    RegisterPatient,
    Rejected,
    ScannerEvent,
    ScannerProtocolsListed,
    ScannerReply,
    ScannerWelcome,
    SetStep,
    Start,
    Stop,
    StopTaken,
)
from mr_contract.vocabulary import ScannerMode
from scanner_kit import ModelRequest, Outlet
from simulated_mri.patient.triggers import present_cycles
from simulated_mri.scanner.conditions import conditions
from simulated_mri.scanner.imaging import Imaging, Impossible, Placed
from simulated_mri.scanner.inputs import FaultAppeared, Input, PrepareAsked, StartAsked, StepSet, Tick
from simulated_mri.scanner.machine import advance
from simulated_mri.scanner.player import Player, Theatre
from simulated_mri.scanner.running import started_reply
from simulated_mri.scanner.state import Accepting, Acquiring, Committed, Moment, Outcome, State
from simulated_mri.scanner.vitals import read_vitals

TICK_S = 0.2
VITALS_EVERY_S = 1.0
_LOGGER = logging.getLogger(__name__)
_T = TypeVar("_T")
Clock = Callable[[], float]
"""Seconds that only grow."""


@dataclass(frozen=True, slots=True)
class Nameplate:
    """What the scanner says of itself."""

    name: str
    serial: str
    field_t: float


class SimulatedScanner:
    """A `ScannerModel`. Everything but `_in_thread` runs on the event loop."""

    def __init__(
        self, plate: Nameplate, imaging: Imaging, state: State, *, clock_s: Clock = time.monotonic
    ) -> None:
        self._clock_s = clock_s
        self._plate = plate
        self._imaging = imaging
        self._state = state
        self._outlet: Outlet | None = None
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="prescription")
        self._reconstruction = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reconstruction")
        self._players: set[asyncio.Task[None]] = set()
        self._player: Player | None = None
        self._withheld: list[ScannerEvent] = []
        self._listeners: list[Callable[[ScannerEvent], None]] = []
        self._hanging_until_s = 0.0
        self._vitals_read_s = -math.inf
        self._answering = asyncio.Event()
        self._answering.set()
        self._delay_start_s = 0.0
        self._accept_late_s = 0.0
        self._late: tuple[int, asyncio.Future[ScannerReply]] | None = None

    # ------------------------------------------------------------ ScannerModel

    def attach(self, outlet: Outlet) -> None:
        self._outlet = outlet

    async def welcome(self, reply_to: int) -> ScannerWelcome:
        await self._while_hanging()
        return ScannerWelcome(
            reply_to=reply_to,
            protocol=SCANNER_PROTOCOL,
            program="simulated-mri",
            model=f"Simulated MRI {self._plate.field_t:g} T",
            serial=self._plate.serial,
            mode=ScannerMode.DEMO,
            field_t=self._plate.field_t,
            boot=self._state.boot,
            capabilities=Capabilities(
                stop=True, preview=True, move_table=True, room_sensors=True, start_log=True, vitals=True
            ),
            speed=self._state.speed,
        )

    async def stop(self, request: Stop) -> StopTaken:
        await self._while_hanging()
        reply = self.apply(request).reply
        if not isinstance(reply, StopTaken):
            raise TypeError("a stop is always taken")
        return reply

    async def answer(self, request: ModelRequest) -> ScannerReply:
        await self._while_hanging()
        reply = await self._answer(request)
        await self._while_hanging()
        return reply

    async def _answer(self, request: ModelRequest) -> ScannerReply:
        match request:
            case ListScannerProtocols(request_id=request_id):
                return ScannerProtocolsListed(reply_to=request_id, protocols=self._imaging.offers())
            case LoadProtocol() | CheckStep() | SetStep():
                return await self._prescribe(request)
            case Prepare():
                return _due(self.apply(PrepareAsked(request, secrets.token_hex(16))))
            case Start():
                return await self._start(request)
            case RegisterPatient() if (no := self._imaging.unsuitable(request)) is not None:
                return _rejected(request.request_id, no)
            case _:
                return _due(self.apply(request))

    # ------------------------------------------------------------ the state machine

    def listen(self, listener: Callable[[ScannerEvent], None]) -> None:
        """Every event, as it happens, also while the wire hangs. A listener must not feed inputs itself."""
        self._listeners.append(listener)

    def scan_s(self) -> float:
        """Scan time now."""
        return self._clock_s() * self._state.speed

    @property
    def state(self) -> State:
        return self._state

    def apply(self, happening: Input) -> Outcome:
        """Feed one input now; events leave before this returns."""
        moment = Moment(self._clock_s(), datetime.now(UTC))
        outcome = advance(self._state, happening, moment)
        self._state = outcome.state
        if self._player is not None:
            self._player.follow(self._state, self._state.scan_s(moment))
        for event in outcome.events:
            self._carry_out(event)
        self._come_back()
        if self._late is not None and not isinstance(self._state.phase, Accepting):
            request_id, reply = self._late
            self._late = None
            if not reply.done():  # its connection may be gone
                reply.set_result(started_reply(self._state, request_id))
        return outcome

    def _carry_out(self, event: ScannerEvent) -> None:
        if not isinstance(event, AcquisitionProgressed):
            _LOGGER.info("event %d: %s", event.number, event.kind)
        for listener in self._listeners:
            listener(event)
        self._withheld.append(event)
        self._tell_withheld()
        match event, self._state.phase:
            case AcquisitionStarted(), Acquiring() as run if self._outlet is not None:
                theatre = Theatre(
                    self._state.speed, self._clock_s, self._imaging, self._outlet, self._reconstruction
                )
                began_s = run.began_s * self._state.speed
                self._player = Player(run, conditions(self._state, run, began_s), theatre)
                task = asyncio.create_task(self._player.play(self.apply))
                self._players.add(task)
                task.add_done_callback(self._played)
            case AcquisitionEnded(lines_acquired=lines, complete=complete), _ if self._player is not None:
                self._player.end(lines, complete=complete)
                self._player = None
            case _:
                pass

    def _played(self, task: asyncio.Task[None]) -> None:
        """A reconstruction that broke is a fault of the scanner, never a silence."""
        self._players.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOGGER.error("reconstruction failed: %s", type(error).__name__)
            self.apply(FaultAppeared("image reconstruction failed"))

    async def run(self) -> None:
        """Let time pass, until cancelled."""
        try:
            while True:
                self.apply(Tick())
                self._read_vitals()
                await asyncio.sleep(TICK_S)
        finally:
            for task in tuple(self._players):
                task.cancel()
            await asyncio.gather(*self._players, return_exceptions=True)
            for pool in (self._worker, self._reconstruction):
                pool.shutdown(wait=False, cancel_futures=True)

    def _read_vitals(self) -> None:
        """Once a second, as long as somebody lies there and the wire does not hang."""
        now_s = self._clock_s()
        if self._outlet is None or self._hanging() or now_s - self._vitals_read_s < VITALS_EVERY_S:
            return
        read = read_vitals(self._state, Moment(now_s, datetime.now(UTC)))
        if read is not None:
            self._vitals_read_s = now_s
            self._outlet.vitals(read)

    # ------------------------------------------------------------ requests that take arithmetic

    async def _prescribe(self, request: LoadProtocol | CheckStep | SetStep) -> ScannerReply:
        state = self._state
        if state.patient is None:
            no = Impossible("no patient is registered", "Register the patient: exposure depends on the body")
            return _rejected(request.request_id, no)
        placed = Placed(state.patient, state.coil, state.landmark, present_cycles(state.body, self.scan_s()))
        if isinstance(request, LoadProtocol):
            return await self._load(request, placed)
        achieved = await self._in_thread(lambda: self._imaging.achieve(request, placed))
        if isinstance(achieved, Impossible):
            return _rejected(request.request_id, achieved)
        if isinstance(request, CheckStep) or achieved.conflicts:
            return achieved
        plan = await self._in_thread(lambda: self._imaging.plan(achieved))
        step = Committed(request.step_id, achieved, plan, state.registration, state.coil, state.landmark)
        return _due(self.apply(StepSet(request.request_id, step)))

    async def _load(self, request: LoadProtocol, placed: Placed) -> ScannerReply:
        offer = next((o for o in self._imaging.offers() if o.protocol_id == request.protocol_id), None)
        if offer is None:
            no = Impossible("there is no such protocol", "List the protocols and choose one")
            return _rejected(request.request_id, no)
        steps = await self._in_thread(
            lambda: self._imaging.load(offer.protocol_id, placed, reply_to=request.request_id)
        )
        if isinstance(steps, Impossible):
            return _rejected(request.request_id, steps)
        return ProtocolLoaded(reply_to=request.request_id, offer=offer, steps=steps)

    async def _start(self, request: Start) -> ScannerReply:
        late_s, self._accept_late_s = self._accept_late_s, 0.0
        delay_s, self._delay_start_s = self._delay_start_s, 0.0
        outcome = self.apply(StartAsked(request, late_s))
        reply = outcome.reply
        if reply is None:
            waiting: asyncio.Future[ScannerReply] = asyncio.get_running_loop().create_future()
            self._late = (request.request_id, waiting)
            reply = await waiting
        await asyncio.sleep(delay_s)
        return reply

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    # ------------------------------------------------------------ faults to practise with

    def hang(self, seconds: float) -> None:
        """Answer nothing and tell nothing for a while; the scan goes on."""
        self._hanging_until_s = self._clock_s() + seconds
        self._answering.clear()
        asyncio.get_running_loop().call_later(seconds + 0.001, self._come_back)

    def delay_start(self, seconds: float) -> None:
        """The next accepted start is answered only so much later."""
        self._delay_start_s = seconds

    def accept_late(self, seconds: float) -> None:
        """The next start is carried out only so much later, though its token is long dead by then."""
        self._accept_late_s = seconds

    def _come_back(self) -> None:
        if not self._hanging():
            self._answering.set()
            self._tell_withheld()

    def _hanging(self) -> bool:
        return self._clock_s() < self._hanging_until_s

    async def _while_hanging(self) -> None:
        await self._answering.wait()

    def _tell_withheld(self) -> None:
        if self._hanging() or self._outlet is None:
            return
        withheld, self._withheld = self._withheld, []
        for event in withheld:
            self._outlet.event(event)


def _due(outcome: Outcome) -> ScannerReply:
    if outcome.reply is None:
        raise TypeError("the state machine owes a reply")
    return outcome.reply


def _rejected(request_id: int, no: Impossible) -> Rejected:
    return Rejected(reply_to=request_id, why=no.why[:160], remedy=no.remedy[:160])
