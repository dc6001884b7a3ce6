"""The agent's own doors in memory: real keys, real TLS, real `ConsoleDesk` and `ScannerDesk`; no scanner."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from link_site import QUICK, HandClock, card, plain_store, until

from local_agent.authority.certificates import Person, issue_device_certificate, read_device_certificate
from local_agent.authority.certificates import read_request as read_csr
from local_agent.authority.devices import Devices
from local_agent.authority.enrolment import Enrolment
from local_agent.authority.invitations import Invitations
from local_agent.authority.site_directory import Site, init
from local_agent.console_door import ConsoleDesk
from local_agent.core import events as e
from local_agent.core.control_inputs import Allowed, Asked, Revoked
from local_agent.core.control_state import Holder, Request
from local_agent.core.controlling import apply_control
from local_agent.core.desk import Desk
from local_agent.core.policy import Policy
from local_agent.dicom.archive import Archive
from local_agent.history import timeline_after
from local_agent.journal.store import Journal
from local_agent.link.console_server import ConsoleServer, LinkLimits
from local_agent.link.tickets import TicketOffice
from local_agent.link.tls import Admission, ServerCredentials, control_context
from local_agent.media.config import MediaSetting
from local_agent.media_door import MediaDesk
from local_agent.scanner_door import ScannerDesk
from local_agent.service import Service
from mr_contract.scanner_messages import ScannerInstance
from mr_contract.vocabulary import LinkLossAction, Privilege, Role, Side
from remote_console.link import AgentClient, EnrolledSite, IdentityStore
from remote_console.link.enrolment import request_for

SCANNER = "mri-a"


@dataclass
class AgentSite:
    """One agent without a scanner, and the people's consoles connected to it."""

    folder: Path
    site: Site
    clock: HandClock
    devices: Devices
    service: Service
    consoles: ConsoleDesk
    scanners: ScannerDesk
    server: ConsoleServer
    clients: list[AgentClient] = field(default_factory=list)
    stores: dict[str, IdentityStore] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        return self.service.desks[SCANNER]

    def store(self, person: str) -> IdentityStore:
        return self.stores.setdefault(person, plain_store(self.folder / f"console-{person}"))

    def enrolled(self, person: str, *, days_ago: int = 0) -> EnrolledSite:
        """This person's console, certified so many days ago."""
        store, at = self.store(person), self.clock.wall() - timedelta(days=days_ago)
        key = read_csr(request_for(store.device_key()).encode())
        who = Person(person, Role.REMOTE_OPERATOR)
        certificate = issue_device_certificate(self.site.authority, key, who, at)
        root = self.site.authority.certificate
        self.devices.record(read_device_certificate(certificate.public_bytes(Encoding.DER), root, at), at)
        enrolled = EnrolledSite(
            name=self.site.name,
            host="127.0.0.1",
            control_port=self.server.port,
            certificate_pem=certificate.public_bytes(Encoding.PEM).decode(),
            authority_pem=root.public_bytes(Encoding.PEM).decode(),
        )
        store.add(enrolled)
        return enrolled

    async def connect(self, person: str, *, days_ago: int = 0) -> AgentClient:
        site = self.enrolled(person, days_ago=days_ago)
        client = await AgentClient(site, self.store(person), tuning=QUICK).__aenter__()
        self.clients.append(client)
        async with asyncio.timeout(5):
            await client.wait_connected()
        return client

    def holder(self, person: str) -> Holder:
        """Of this person's newest link."""
        return [h for h in self.desk.consoles.values() if h.name == person][-1]

    async def beat(self, person: str, round_trip_s: float) -> None:
        """A beat whose echo took so long, by the agent's clock."""
        session = self.consoles._links[self.holder(person).link].session
        self.consoles.beat()
        self.clock.at_s += round_trip_s
        number = session._next_beat - 1
        await until(lambda: session._echoed == number)

    async def store_series(self, series_id: str, payload: bytes) -> None:
        """An exam with one series of one file, stored as a scanner's would be."""
        self.record(
            e.ExamOpened(
                exam_id="exam-1", procedure="MRI brain", side=Side.NONE, age_years=68,
                contrast_planned=False, identity_digest="ab" * 32,
            ),
            e.SeriesAnnounced(
                step_id="s1", series_id=series_id, number=1, description="T2", instance_count=1, complete=True
            ),
        )  # fmt: skip
        digest = hashlib.sha256(payload).hexdigest()
        header = ScannerInstance(series_id=series_id, exam_id="exam-1", index=0, count=1, sha256=digest)
        assert await self.scanners.scanner_instance(SCANNER, header, payload)

    def record(self, *events: e.JournalEvent) -> None:
        with self.service.turn(self.desk):
            for event in events:
                self.desk.record(event)

    def grant(self, person: str, *privileges: Privilege) -> None:
        """The local operator allows this much."""
        wanted, at_s = frozenset(privileges), self.clock.boot_s()
        request = Request(f"r-{person}", self.holder(person), wanted, LinkLossAction.FINISH_SEQUENCE, at_s)
        with self.service.turn(self.desk) as moment:
            apply_control(self.desk, Asked(request), moment)
            apply_control(self.desk, Allowed(request.request_id, wanted, at_s), moment)

    def revoke(self) -> None:
        """The local operator takes it back."""
        with self.service.turn(self.desk) as moment:
            apply_control(self.desk, Revoked(self.clock.boot_s()), moment)


@asynccontextmanager
async def agent_site(folder: Path) -> AsyncIterator[AgentSite]:
    """Everything is closed at the end, consoles first."""
    clock = HandClock()
    site = init(folder / "north", "North", ("127.0.0.1",), clock.wall())
    devices, invitations = Devices(folder / "north"), Invitations(folder / "north")
    journal = Journal.open(
        folder / "north" / "journal.sqlite", site.journal_key, site=site.name, boot_id="b1"
    )
    desk = Desk(SCANNER, "b1", Policy(picture="waived"))
    service = Service(site.name, "b1", clock, journal, {SCANNER: desk})
    consoles = ConsoleDesk(
        service=service,
        cards=(card(site.name),),
        statement_key=site.statement_key,
        enrolment=Enrolment(site.authority, invitations, devices),
        timeline=lambda seq, limit: timeline_after(journal, seq, limit),
        program="test",
        tickets=TicketOffice(clock),
        media=MediaDesk(service, MediaSetting("", {})),
    )
    scanners = ScannerDesk(service, consoles, Archive(folder / "archive"))
    service.begin({})
    admission = Admission(site.authority.certificate, devices, clock.wall)
    server = ConsoleServer(consoles, scanners, admission, LinkLimits(handshake_s=1.0))
    credentials = ServerCredentials(
        site.agent.certificate_file, site.agent.key_file, site.authority.certificate
    )
    await server.start("127.0.0.1", 0, control_context(credentials))
    made = AgentSite(folder, site, clock, devices, service, consoles, scanners, server)
    try:
        yield made
    finally:
        for client in made.clients:
            await client.__aexit__()
        await server.close()
        await service.faults.close()
        service.end()
        journal.close()
        devices.close()
        invitations.close()
