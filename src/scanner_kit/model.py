"""What an adapter author implements, and what the server offers in return.

Everything here is called on the server's one asyncio loop. Whatever takes longer than a few
milliseconds belongs in a thread or another process: a stop is answered by the same loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.scanner_messages import (
    AcknowledgeBulb,
    CheckStep,
    CloseScannerExam,
    GetSnapshot,
    ListScannerProtocols,
    LoadProtocol,
    MoveScannerTable,
    Ping,
    Prepare,
    RegisterPatient,
    ScannerEvent,
    ScannerReply,
    ScannerWelcome,
    SetScannerLandmark,
    SetStep,
    Start,
    Stop,
    StopTaken,
    VitalsRead,
)

ModelRequest = (
    GetSnapshot
    | RegisterPatient
    | CloseScannerExam
    | ListScannerProtocols
    | LoadProtocol
    | CheckStep
    | SetStep
    | MoveScannerTable
    | SetScannerLandmark
    | Prepare
    | Start
    | AcknowledgeBulb
    | Ping
)
"""What reaches the model; the server itself answers the hello and the log."""


@dataclass(frozen=True, slots=True)
class FinishedSeries:
    """The DICOM files (Part 10) of one series, in instance order; at least one."""

    series_id: str
    exam_id: str
    instances: tuple[bytes, ...]


class Outlet(Protocol):
    """Where a model puts what nobody asked for. No method blocks or fails, agent or not."""

    def event(self, event: ScannerEvent) -> None:
        """Log an event and push it to every control connection. Numbers follow each other without gaps."""
        ...

    def vitals(self, read: VitalsRead) -> None:
        """Show what the patient's sensors read, at most twice a second; an agent that is slow misses some."""
        ...

    def preview(self, header: PreviewHeader, pixels: bytes) -> None:
        """Show a slice being filled; an agent that is slow sees only the latest of each slice."""
        ...

    def series(self, series: FinishedSeries) -> None:
        """Keep the files until an agent says that it stored them."""
        ...


class ScannerModel(Protocol):
    """A scanner, or the translation to one."""

    def attach(self, outlet: Outlet) -> None:
        """Called once, before the first connection."""
        ...

    async def welcome(self, reply_to: int) -> ScannerWelcome:
        """Who this is and what it can do."""
        ...

    async def stop(self, request: Stop) -> StopTaken:
        """Stop whatever runs, void every token. Called before anything that waits; must not wait itself."""
        ...

    async def answer(self, request: ModelRequest) -> ScannerReply:
        """Answer one request; a "no" is a `Rejected` reply, never an exception.

        Calls begin in order of arrival and may overlap wherever this awaits.
        """
        ...
