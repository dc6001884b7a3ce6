"""One scanner of a stage: its process, the wire to its agent, its own word, and the tablet at its door."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

from rig.proxies import WireProxy
from rig.scanner import RigScanner
from rig.scanner_watch import ScannerWatch
from rig.tablet import TabletHand
from websockets.exceptions import ConnectionClosed


@dataclass
class Room:
    """One scanner of the stage, with its tablet and the wire to its agent."""

    scanner: RigScanner
    wire: WireProxy
    watch: ScannerWatch
    tablet: TabletHand | None = None

    @property
    def name(self) -> str:
        return self.scanner.scanner

    @property
    def hand(self) -> TabletHand:
        assert self.tablet is not None
        return self.tablet

    def acquisitions(self, command_id: str) -> list[dict[str, Any]]:
        """Scans that began for a command, by the scanner's own word."""
        return self.watch.seen("acquisition_started", command_id=command_id)

    async def start(self) -> None:
        """Start the scanner; it is watched before its agent hears of it."""
        self.wire.shut = True
        await asyncio.to_thread(self.scanner.start)
        await self.watch.begin()
        self.wire.shut = False


async def drop(tablet: TabletHand) -> None:
    """The page is closed, or was cut off already."""
    with contextlib.suppress(ConnectionClosed):
        await tablet.__aexit__()
