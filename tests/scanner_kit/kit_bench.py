"""A kit server around a scanner whose physics take no time, in this very process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.exposure import ExposurePrediction
from mr_contract.geometry import SliceGroup
from mr_contract.scanner_messages import (
    CheckStep,
    RegisterPatient,
    ScannerProtocolOffer,
    SetStep,
    StepAchieved,
)
from mr_contract.vocabulary import OperatingMode
from scanner_kit import FinishedSeries, ScannerServer, ServerSettings
from scanner_kit.bench import Bench
from simulated_mri.scanner.conditions import Conditions
from simulated_mri.scanner.imaging import Impossible, MadeSeries, Placed
from simulated_mri.scanner.shell import Nameplate, SimulatedScanner
from simulated_mri.scanner.state import Acquiring, State
from simulated_mri.trigger_pace import Pace

SECRET = "s3cret" * 8
_OFFER = ScannerProtocolOffer(protocol_id="plain", name="Plain", version=1, approved=True)
_SLICES = (SliceGroup(name="axial", centre_mm=(0.0, 0.0, 0.0), row=(1.0, 0.0, 0.0), column=(0.0, 1.0, 0.0)),)


@dataclass(frozen=True, slots=True)
class EvenLines:
    """Lines come at an even pace."""

    duration_s: float = 600.0
    lines_total: int = 60_000
    breath_holds: tuple[tuple[float, float], ...] = ()
    pace: Pace | None = None
    prescan_s: float = 0.0
    rf_repetition_s: float | None = None

    def lines_at(self, elapsed_s: float) -> int:
        return min(max(int(elapsed_s / self.duration_s * self.lines_total), 0), self.lines_total)


class PlainMeasurement:
    """Every picture is black."""

    def __init__(self, run: Acquiring) -> None:
        self._run = run
        self._lines = 0

    def measure(self, lines: int, _: Conditions) -> bool:
        self._lines = lines
        return True

    def preview(self) -> tuple[PreviewHeader, bytes] | None:
        return preview(self._run.acquisition_id, 0) if self._lines else None

    def reconstruct(self) -> MadeSeries:
        name = f"1.2.{self._run.acquisition_id.replace('acq-', '').replace('-', '.')}"
        series = FinishedSeries(
            name, self._run.patient.exam_id, (b"\0" * 128 + b"DICM", b"\0" * 128 + b"DICM")
        )
        return MadeSeries(series, "Plain")

    def drop(self) -> None:
        pass


class PlainImaging:
    """One protocol of one step."""

    def unsuitable(self, patient: RegisterPatient) -> Impossible | None:  # noqa: ARG002
        return None

    def offers(self) -> tuple[ScannerProtocolOffer, ...]:
        return (_OFFER,)

    def load(
        self,
        protocol_id: str,  # noqa: ARG002
        placed: Placed,
        *,
        reply_to: int,
    ) -> tuple[StepAchieved, ...] | Impossible:
        return (_achieved(reply_to, placed.coil),)

    def achieve(self, asked: CheckStep | SetStep, placed: Placed) -> StepAchieved | Impossible:
        if set(asked.changes) - {"te_ms"}:
            return Impossible("there is no such parameter", "Leave it out")
        return _achieved(asked.request_id, placed.coil)

    def plan(self, achieved: StepAchieved) -> EvenLines:  # noqa: ARG002
        return EvenLines()

    def begin(self, run: Acquiring, _: Conditions) -> PlainMeasurement:
        return PlainMeasurement(run)


def preview(acquisition_id: str, slice_index: int, *, lines: int = 1) -> tuple[PreviewHeader, bytes]:
    """A black slice of 256 × 256."""
    header = PreviewHeader(
        scanner="plain",
        step_id="s",
        acquisition_id=acquisition_id,
        group=0,
        slice_index=slice_index,
        slice_count=64,
        rows=256,
        columns=256,
        row_spacing_mm=1.0,
        column_spacing_mm=1.0,
        position_mm=(0.0, 0.0, 0.0),
        row=(1.0, 0.0, 0.0),
        column=(0.0, 1.0, 0.0),
        lines_acquired=lines,
        lines_total=1_000_000,
        window_centre=1.0,
        window_width=2.0,
    )
    return header, bytes(256 * 256 * 2)


def _achieved(reply_to: int, coil: str | None) -> StepAchieved:
    return StepAchieved(
        reply_to=reply_to,
        sequence="plain",
        name="Plain",
        values={"te_ms": 10.0},
        slices=_SLICES,
        specs=(),
        prediction=ExposurePrediction(
            whole_body_sar_w_per_kg=0.1,
            partial_body_sar_w_per_kg=0.1,
            head_sar_w_per_kg=0.1,
            whole_body_limit_w_per_kg=2.0,
            partial_body_limit_w_per_kg=6.0,
            head_limit_w_per_kg=3.2,
            b1_rms_ut=1.0,
            pns_percent=10.0,
            pns_limit_percent=80.0,
            rf_mode=OperatingMode.NORMAL,
            gradient_mode=OperatingMode.NORMAL,
        ),
        duration_s=600.0,
        relative_snr=1.0,
        coil=coil,
    )


@dataclass(frozen=True, slots=True)
class Kit:
    """A running server, and how to reach it."""

    bench: Bench
    server: ScannerServer
    scanner: SimulatedScanner


def plain_scanner() -> SimulatedScanner:
    state = State(boot="b007", speed=100.0, coil="Head 20")
    return SimulatedScanner(Nameplate("Plain", "PLAIN-1", 3.0), PlainImaging(), state)


@asynccontextmanager
async def running_kit(
    scanner: SimulatedScanner | None = None, *, settings: ServerSettings | None = None
) -> AsyncIterator[Kit]:
    """Serve on a free port until the block ends."""
    scanner = scanner or plain_scanner()
    server = ScannerServer(scanner, SECRET, settings or ServerSettings())
    port = await server.start()
    clock = asyncio.create_task(scanner.run())
    try:
        yield Kit(Bench(f"ws://127.0.0.1:{port}", SECRET), server, scanner)
    finally:
        await server.close()
        clock.cancel()
        with suppress(asyncio.CancelledError):
            await clock
