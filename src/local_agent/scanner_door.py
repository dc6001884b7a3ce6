"""Scanners at the service: replies and events in, previews and images out."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from local_agent.console_door import ConsoleDesk
from local_agent.core import on_scanner, on_scanner_event
from local_agent.core.desk import Desk, Purpose
from local_agent.core.events import ViolationSeen
from local_agent.core.ticking import tick
from local_agent.dicom.archive import Archive, ArchiveError
from local_agent.ports import PreviewSink
from local_agent.scanner.client import ImageNotKept
from local_agent.service import Service
from mr_contract.bulk_messages import PreviewHeader
from mr_contract.scanner_messages import (
    GetSnapshot,
    Ping,
    ScannerEvent,
    ScannerInstance,
    ScannerReply,
    ScannerWelcome,
    VitalsRead,
)
from mr_contract.vocabulary import ScannerActivity

LOG = logging.getLogger("local_agent.scanner")
PING_S = 1.0


@dataclass(slots=True)
class ScannerDesk:
    """Implements `ScannerDoor` and `BulkDoor` on the service."""

    service: Service
    consoles: ConsoleDesk
    archive: Archive
    _sinks: list[PreviewSink] = field(default_factory=list)
    _pinged_at_s: float = 0.0
    _whole: deque[str] = field(default_factory=lambda: deque(maxlen=256))
    """The series that were stored last, also of closed exams: of the open one the core knows its own."""

    # ------------------------------------------------------------ ScannerDoor

    def scanner_connected(self, scanner: str, welcome: ScannerWelcome) -> None:
        """The hello was accepted."""
        desk = self.service.desks[scanner]
        with self.service.turn(desk) as moment:
            on_scanner.connected(desk, welcome, moment)

    def scanner_reply(self, scanner: str, reply: ScannerReply) -> None:
        """One reply."""
        desk = self.service.desks[scanner]
        with self.service.turn(desk) as moment:
            on_scanner.reply(desk, reply, moment)

    def scanner_event(self, scanner: str, event: ScannerEvent) -> None:
        """One event."""
        desk = self.service.desks[scanner]
        self.consoles.refresh_holder(desk)
        with self.service.turn(desk) as moment:
            on_scanner_event.scanner_event(desk, event, moment)

    def scanner_vitals(self, scanner: str, read: VitalsRead) -> None:
        """What the patient's sensors show; the curves are not passed on."""
        desk = self.service.desks[scanner]
        with self.service.turn(desk) as moment:
            desk.read(vitals=read.vitals, vitals_at_s=moment.at_s)

    def scanner_lost(self, scanner: str, why: str) -> None:
        """The connection is gone."""
        desk = self.service.desks[scanner]
        LOG.warning("scanner %s is not heard: %s", scanner, why)
        with self.service.turn(desk) as moment:
            on_scanner.lost(desk, moment)

    def scanner_violated(self, scanner: str, why: str) -> None:
        """The adapter sent what the protocol does not allow; that connection is closed."""
        desk = self.service.desks[scanner]
        with self.service.turn(desk) as moment:
            desk.record_bounded(("violation", scanner), ViolationSeen(by=scanner, why=why), moment.at_s)

    def scanner_preview(self, scanner: str, header: PreviewHeader, payload: bytes) -> None:
        """A preview; the scanner's own name for itself is replaced by the site's."""
        named = header.model_copy(update={"scanner": scanner})
        exam = self.service.desks[scanner].facts.exam
        if exam is not None and exam.exam_id in self.service.desks[scanner].facts.quarantines:
            return  # lines that were still on their way when the mistake was found out
        for sink in tuple(self._sinks):
            sink(named, payload)

    async def scanner_instance(self, scanner: str, header: ScannerInstance, payload: bytes) -> bool:
        """Keep one file; a series that is whole is journalled as stored."""
        try:
            complete = await asyncio.to_thread(self.archive.store, header, payload)
        except ArchiveError as error:
            raise ImageNotKept(str(error)) from error
        if complete:
            self._stored(self.service.desks[scanner], header)
        return complete

    def _stored(self, desk: Desk, header: ScannerInstance) -> None:
        """Once: of a series that is sent again every file finds it whole."""
        if header.series_id in self._whole:
            return
        self._whole.append(header.series_id)
        with self.service.turn(desk):
            on_scanner_event.series_stored(desk, header.exam_id, header.series_id, header.count)

    # ------------------------------------------------------------ BulkDoor

    def redeem_ticket(self, ticket: str, device: str) -> str | None:
        """The control link this ticket was given to, once."""
        return self.consoles.tickets.redeem(ticket, device)

    def may_view(self, link: str, scanner: str) -> bool:
        """Whether this control link was granted `view`."""
        return self.consoles.may_view(link, scanner)

    def stored_series(self, scanner: str, series_id: str) -> tuple[Path, ...] | None:
        """The files of a stored series of this scanner's open exam."""
        desk = self.service.desks.get(scanner)
        exam = desk.facts.exam if desk else None
        if exam is None or not any(s.series_id == series_id and s.stored for s in exam.series):
            return None
        if self.quarantined(scanner, series_id):
            return None
        return self.archive.files(series_id) or None

    def quarantined(self, scanner: str, series_id: str) -> bool:
        """Whether this series belongs to the open exam, and that is in quarantine."""
        desk = self.service.desks.get(scanner)
        exam = desk.facts.exam if desk else None
        if desk is None or exam is None or exam.exam_id not in desk.facts.quarantines:
            return False
        return any(s.series_id == series_id for s in exam.series)

    def watch_previews(self, sink: PreviewSink) -> Callable[[], None]:
        """Call `sink` for every preview until the returned function is called."""
        self._sinks.append(sink)
        return lambda: self._sinks.remove(sink) if sink in self._sinks else None

    def busy_line(self, link: str) -> bool:
        """Whether bulk should yield on this link's line."""
        return self.consoles.busy_line(link)

    # ------------------------------------------------------------ time

    def tick(self) -> None:
        """Called four times a second: time passes at every desk, and scanners are asked for a sign."""
        at_s = self.service.clock.boot_s()
        ask = at_s - self._pinged_at_s >= PING_S
        if ask:
            self._pinged_at_s = at_s
        for desk in self.service.desks.values():
            link = self.consoles.holder_link(desk)
            connected = desk.welcome is not None
            with self.service.turn(desk) as moment:
                tick(desk, moment, link)
                if connected and desk.welcome is None:
                    self._connect_anew(desk)
                if ask and desk.welcome is not None:
                    if desk.scanner_seen and not _passing(desk):
                        desk.ask(Ping, Purpose("ping", moment.at_s))
                    else:
                        desk.ask(GetSnapshot, Purpose("snapshot", moment.at_s))

    def _connect_anew(self, desk: Desk) -> None:
        """A scanner that fell silent is asked what is true on a new connection: this one may be dead."""
        client = self.service.scanners.get(desk.scanner)
        LOG.warning("scanner %s is not heard: it fell silent", desk.scanner)
        if client is not None:
            client.drop()


def _passing(desk: Desk) -> bool:
    """Whether the scanner is in a state that may end without an event: a token dies in silence."""
    reading = desk.readings.scanner
    return reading is not None and reading.activity in {ScannerActivity.PREPARING, ScannerActivity.STOPPING}
