"""Sites with real keys and real doors, and consoles enrolled there; what is behind the door is fake."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import BaseModel
from websockets.asyncio.client import ClientConnection, connect

from local_agent.authority.boot_time import BootInstant
from local_agent.authority.certificates import (
    Person,
    issue_device_certificate,
    read_device_certificate,
    read_request,
)
from local_agent.authority.devices import Devices
from local_agent.authority.enrolment import Enrolment
from local_agent.authority.invitations import Invitations
from local_agent.authority.site_directory import Site, init
from local_agent.core.knocks import Knock
from local_agent.link.console_server import ConsoleServer, LinkLimits
from local_agent.link.enrolment_server import EnrolmentOffice, EnrolmentServer
from local_agent.link.renew import renew
from local_agent.link.tickets import TicketOffice
from local_agent.link.tls import Admission, ServerCredentials, control_context, enrolment_context
from local_agent.ports import ConsoleLink, PreviewSink
from mr_contract.console_messages import (
    CONSOLE_PROTOCOL,
    FROM_CONSOLE,
    AgentHello,
    AttestWorkload,
    Beat,
    BeatEcho,
    BulkTicket,
    ConsoleHello,
    FromConsole,
    OpenBulk,
    Outcome,
    PresentWorkload,
    RenewCertificate,
    StopScan,
    WorkloadAttested,
    WorkloadStatement,
)
from mr_contract.findings import Finding
from mr_contract.media_messages import AskTime, CloseMedia, MediaAnswer, WantPictures
from mr_contract.views import LinkView, ScannerCard
from mr_contract.vocabulary import LinkGrade, Role
from mr_contract.wire import Violation, decode
from remote_console.link import AgentClient, EnrolledSite, IdentityStore, Protection, Tuning
from remote_console.link.enrolment import request_for

QUICK = Tuning(first_pause_s=0.01, longest_pause_s=0.05, refused_pause_s=0.05, command_s=2.0)


class HandClock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.at_s = 1000.0
        self.now = datetime.now(UTC)

    def boot_s(self) -> float:
        return self.at_s

    def wall(self) -> datetime:
        return self.now

    def boot_instant(self) -> BootInstant:
        return BootInstant("boot", self.at_s)


def card(site: str) -> ScannerCard:
    return ScannerCard(
        scanner="mri-a", site=site, name="MRI A", letter="A", colour="#204060", field_t=3.0, site_phone="112"
    )


@dataclass
class FakeDoor:
    """Answers as a very simple agent would; remembers everything."""

    site: str
    clock: HandClock
    enrolment: Enrolment
    seq: int = 7
    opened: list[ConsoleLink] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    frames: list[FromConsole] = field(default_factory=list)
    refused_frames: list[str] = field(default_factory=list)
    silent: bool = False
    series: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    withheld: set[tuple[str, str]] = field(default_factory=set)
    """Scanner and series in quarantine."""
    viewers_allowed: bool = True
    busy: bool = False
    chunks: int = 0
    """How often bulk asked whether its line is busy: before each chunk."""
    sinks: list[PreviewSink] = field(default_factory=list)
    answer_stop: bool = True
    violations: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tickets = TicketOffice(self.clock)

    # ConsoleDoor
    def console_opened(self, link: ConsoleLink) -> None:
        self.opened.append(link)

    def console_closed(self, link: ConsoleLink) -> None:
        self.closed.append(link.peer.link)
        self.tickets.forget_link(link.peer.link)

    def console_violated(self, link: ConsoleLink, why: Finding) -> None:
        self.violations.append(why)
        link.close((why,))

    def console_frame(self, link: ConsoleLink, frame: str | bytes) -> None:
        try:
            message = decode(FROM_CONSOLE, frame)
        except Violation as violation:
            self.refused_frames.append(violation.why)
            return
        self.frames.append(message)
        if not self.silent:
            self._answer(link, message)

    def _answer(self, link: ConsoleLink, message: FromConsole) -> None:
        match message:
            case ConsoleHello():
                link.send(self.hello(link))
                link.send(self.beat(0))
            case BeatEcho():
                return
            case OpenBulk():
                ticket = self.tickets.issue(link.peer.link, link.peer.device)
                link.send(BulkTicket(command_id=message.command_id, ticket=ticket))
            case RenewCertificate():
                answer = renew(self.enrolment, link.peer, message, self.clock.wall())
                if isinstance(answer, Finding):
                    answer_message: BaseModel = Outcome(
                        command_id=message.command_id, accepted=False, findings=(answer,)
                    )
                else:
                    answer_message = answer
                link.send(answer_message)
            case AttestWorkload():
                statement = WorkloadStatement(
                    site=self.site,
                    device=link.peer.device,
                    running=1,
                    where="MRI A",
                    nonce=message.nonce,
                    signature="AAAA",
                )
                link.send(WorkloadAttested(statement=statement))
            case PresentWorkload() | AskTime() | MediaAnswer() | WantPictures() | CloseMedia():
                return
            case StopScan() if not self.answer_stop:
                return
            case _:
                link.send(Outcome(command_id=message.command_id, accepted=True))

    def hello(self, link: ConsoleLink) -> AgentHello:
        return AgentHello(
            protocol=CONSOLE_PROTOCOL,
            program="test",
            site=self.site,
            boot="b1",
            you=link.peer.name,
            role=link.peer.role,
            device=link.peer.device,
            certificate_until=link.peer.certificate_until,
            scanners=(card(self.site),),
            seq=self.seq,
            signed_head="head",
        )

    def beat(self, number: int) -> Beat:
        nonce = f"{number:016x}{abs(hash(self.site)) % 16**16:016x}"
        return Beat(beat=number, nonce=nonce, link=LinkView(grade=LinkGrade.GREEN, round_trip_ms=12.0))

    # BulkDoor
    def redeem_ticket(self, ticket: str, device: str) -> str | None:
        return self.tickets.redeem(ticket, device)

    def may_view(self, link: str, scanner: str) -> bool:
        return self.viewers_allowed and link not in self.closed and scanner == "mri-a"

    def stored_series(self, scanner: str, series_id: str) -> tuple[Path, ...] | None:
        return self.series.get(series_id) if scanner == "mri-a" else None

    def quarantined(self, scanner: str, series_id: str) -> bool:
        return (scanner, series_id) in self.withheld

    def watch_previews(self, sink: PreviewSink) -> Callable[[], None]:
        self.sinks.append(sink)
        return lambda: self.sinks.remove(sink)

    def busy_line(self, link: str) -> bool:
        self.chunks += 1
        return self.busy and link not in self.closed


@dataclass
class SiteUnderTest:
    """One site; `door` is what the agent's service would be."""

    site: Site
    clock: HandClock
    devices: Devices
    invitations: Invitations
    enrolment: Enrolment
    door: FakeDoor
    server: ConsoleServer
    enrolment_server: EnrolmentServer
    limits: LinkLimits
    knocks: list[Knock] = field(default_factory=list)
    """Who was turned away."""

    @property
    def credentials(self) -> ServerCredentials:
        agent = self.site.agent
        return ServerCredentials(agent.certificate_file, agent.key_file, self.site.authority.certificate)

    @property
    def port(self) -> int:
        return self.server.port

    async def listen(self, port: int) -> None:
        """A new console server in the place of a closed one, as after a restart."""
        admission = Admission(self.site.authority.certificate, self.devices, self.clock.wall)
        self.server = ConsoleServer(self.door, self.door, admission, self.limits)
        await self.server.start("127.0.0.1", port, control_context(self.credentials))

    def invite(self, name: str = "Anna Berg", role: Role = Role.REMOTE_OPERATOR) -> str:
        code = self.invitations.invite(Person(name, role), self.site.fingerprint, self.clock.boot_instant())
        return code.text()

    def enrolled(self, store: IdentityStore, name: str = "Anna Berg", *, days_ago: int = 0) -> EnrolledSite:
        """Certify the store's key without the enrolment door."""
        key = read_request(request_for(store.device_key()).encode())
        at = self.clock.wall() - timedelta(days=days_ago)
        certificate = issue_device_certificate(
            self.site.authority, key, Person(name, Role.REMOTE_OPERATOR), at
        )
        root = self.site.authority.certificate
        self.devices.record(read_device_certificate(certificate.public_bytes(Encoding.DER), root, at), at)
        enrolled = EnrolledSite(
            name=self.site.name,
            host="127.0.0.1",
            control_port=self.port,
            certificate_pem=certificate.public_bytes(Encoding.PEM).decode(),
            authority_pem=root.public_bytes(Encoding.PEM).decode(),
        )
        store.add(enrolled)
        return enrolled


@asynccontextmanager
async def running_site(
    directory: Path, name: str, limits: LinkLimits | None = None
) -> AsyncIterator[SiteUnderTest]:
    clock = HandClock()
    site = init(directory, name, ("127.0.0.1",), clock.wall())
    devices, invitations = Devices(directory), Invitations(directory)
    enrolment = Enrolment(site.authority, invitations, devices)
    door = FakeDoor(name, clock, enrolment)
    limits = limits or LinkLimits(handshake_s=1.0)
    admission = Admission(site.authority.certificate, devices, clock.wall)
    knocks: list[Knock] = []
    server = ConsoleServer(door, door, admission, limits, knocks.append)
    credentials = ServerCredentials(
        site.agent.certificate_file, site.agent.key_file, site.authority.certificate
    )
    await server.start("127.0.0.1", 0, control_context(credentials, knocks.append))
    office = EnrolmentOffice(
        enrolment, invitations, site.authority.certificate, name, clock.boot_instant, clock.wall
    )
    enrolment_server = EnrolmentServer(office, server.port, knocks.append)
    await enrolment_server.start("127.0.0.1", 0, enrolment_context(credentials, knocks.append))
    bench = SiteUnderTest(
        site, clock, devices, invitations, enrolment, door, server, enrolment_server, limits, knocks
    )
    try:
        yield bench
    finally:
        await enrolment_server.close()
        await bench.server.close()
        devices.close()
        invitations.close()


def plain_store(directory: Path) -> IdentityStore:
    return IdentityStore(directory, Protection(ask_passphrase=lambda: "correct horse"))


@dataclass
class LinkBench:
    """Two sites and two workstations."""

    north: SiteUnderTest
    south: SiteUnderTest
    store: IdentityStore
    other_store: IdentityStore
    stack: AsyncExitStack
    clients: list[AgentClient] = field(default_factory=list)

    async def connect(
        self, site: EnrolledSite, store: IdentityStore | None = None, tuning: Tuning = QUICK
    ) -> AgentClient:
        """A client that is connected; closed with the bench."""
        client = AgentClient(site, store or self.store, tuning=tuning)
        await self.stack.enter_async_context(client)
        self.clients.append(client)
        async with asyncio.timeout(5):
            await client.wait_connected()
        return client

    async def raw(self, context: ssl.SSLContext, port: int, path: str = "/control") -> ClientConnection:
        """A WebSocket without the client's manners."""
        return await self.stack.enter_async_context(
            connect(
                f"wss://127.0.0.1:{port}{path}",
                ssl=context,
                compression=None,
                proxy=None,
                max_size=None,
                ping_interval=None,
                close_timeout=0.2,
            )
        )


@asynccontextmanager
async def link_bench(directory: Path, limits: LinkLimits | None = None) -> AsyncIterator[LinkBench]:
    """No task outlives it."""
    before = asyncio.all_tasks()
    async with (
        running_site(directory / "north", "North", limits) as north,
        running_site(directory / "south", "South", limits) as south,
        AsyncExitStack() as stack,
    ):
        store, other = plain_store(directory / "console"), plain_store(directory / "other-console")
        yield LinkBench(north, south, store, other, stack)
    await until(lambda: not (asyncio.all_tasks() - before - {asyncio.current_task()}))


async def until(condition: Callable[[], object], limit_s: float = 5.0) -> None:
    """Wait for a condition, by looking; fails when it does not come."""
    loop = asyncio.get_running_loop()
    end = loop.time() + limit_s
    while not condition():
        assert loop.time() < end, "the condition did not come"
        await asyncio.sleep(0.005)
