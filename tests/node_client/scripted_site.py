"""A real door for consoles with real certificates; behind it, an agent that plays one exam by script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import BaseModel

from local_agent.authority.devices import Devices
from local_agent.authority.site_directory import Site, init
from local_agent.clock import MachineClock
from local_agent.link.console_server import ConsoleServer
from local_agent.link.tickets import TicketOffice
from local_agent.link.tls import Admission, ServerCredentials, control_context
from local_agent.ports import ConsoleLink, PreviewSink
from mr_contract.console_messages import (
    CONSOLE_PROTOCOL,
    FROM_CONSOLE,
    AgentHello,
    Beat,
    BeatEcho,
    BulkTicket,
    ConsoleHello,
    ControlChanged,
    ExamChanged,
    FromConsole,
    OpenBulk,
    Outcome,
    RequestControl,
    ScannerStatusChanged,
    TimelineAdded,
)
from mr_contract.exam import ExamView, PatientBand, PatientIdentity, SeriesView, StepView
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.views import ControlView, LinkView, ScannerCard, ScannerStatus, TimelineEntry
from mr_contract.vocabulary import (
    ControlPhase,
    LinkGrade,
    Privilege,
    ScannerActivity,
    ScannerMode,
    Sex,
    Side,
    StepState,
)
from mr_contract.wire import decode

SCANNER = "mri-a"
REVISION = "ab" * 32
SERIES = "ser-1"


@dataclass
class ScriptedAgent:
    """Implements `ConsoleDoor` and `BulkDoor`; says yes to whoever asks to view."""

    site: str
    heard: list[FromConsole] = field(default_factory=list)
    links: list[ConsoleLink] = field(default_factory=list)
    viewers: set[str] = field(default_factory=set)
    files: tuple[Path, ...] = ()
    tickets: TicketOffice = field(default_factory=lambda: TicketOffice(MachineClock()))
    history: tuple[TimelineEntry, ...] = ()
    step: StepState = StepState.PLANNED
    stored: bool = False
    sinks: list[PreviewSink] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)
    answering: Callable[[], AbstractContextManager[None]] = nullcontext
    """Around everything that is sent to whoever is allowed to view."""

    # ConsoleDoor
    def console_opened(self, link: ConsoleLink) -> None:
        self.links.append(link)

    def console_closed(self, link: ConsoleLink) -> None:
        self.links.remove(link)
        self.tickets.forget_link(link.peer.link)

    def console_frame(self, link: ConsoleLink, frame: str | bytes) -> None:
        message = decode(FROM_CONSOLE, frame)
        self.heard.append(message)
        match message:
            case ConsoleHello():
                self._welcome(link, message)
            case RequestControl(command_id=command_id):
                self.viewers.add(link.peer.link)
                with self.answering():
                    link.send(Outcome(command_id=command_id, accepted=True))
                    self._show(link)
            case OpenBulk(command_id=command_id):
                ticket = self.tickets.issue(link.peer.link, link.peer.device)
                link.send(BulkTicket(command_id=command_id, ticket=ticket))
            case BeatEcho():
                pass
            case other:
                link.close((finding(Reason.MALFORMED, why=f"{other.kind} is not in the script"),))

    def console_violated(self, link: ConsoleLink, why: Finding) -> None:
        link.close((why,))

    # BulkDoor
    def redeem_ticket(self, ticket: str, device: str) -> str | None:
        return self.tickets.redeem(ticket, device)

    def may_view(self, link: str, scanner: str) -> bool:
        return scanner == SCANNER and link in self.viewers

    def stored_series(self, scanner: str, series_id: str) -> tuple[Path, ...] | None:
        return self.files or None if (scanner, series_id) == (SCANNER, SERIES) else None

    def quarantined(self, scanner: str, series_id: str) -> bool:  # noqa: ARG002 - nothing ever is, here
        return False

    def watch_previews(self, sink: PreviewSink) -> Callable[[], None]:
        self.sinks.append(sink)
        return lambda: self.sinks.remove(sink)

    def busy_line(self, link: str) -> bool:
        return link in self.busy

    # the script
    def beat(self, number: int) -> None:
        link_view = LinkView(grade=LinkGrade.GREEN, round_trip_ms=2.0)
        self.tell(Beat(beat=number, nonce=f"{number:032x}", link=link_view))

    def becomes(self, step: StepState, *, stored: bool = False) -> None:
        """The step goes on; everyone is shown."""
        self.step, self.stored = step, stored
        for link in self.links:
            self._show(link)

    def tell(self, message: BaseModel) -> None:
        for link in self.links:
            link.send(message)

    def echoes(self) -> list[BeatEcho]:
        return [message for message in self.heard if isinstance(message, BeatEcho)]

    def _welcome(self, link: ConsoleLink, hello: ConsoleHello) -> None:
        peer = link.peer
        card = ScannerCard(
            scanner=SCANNER,
            site=self.site,
            name="MRI A",
            letter="A",
            colour="#204060",
            field_t=3.0,
            site_phone="112",
        )
        link.send(
            AgentHello(
                protocol=CONSOLE_PROTOCOL,
                program="scripted",
                site=self.site,
                boot="b1",
                you=peer.name,
                role=peer.role,
                device=peer.device,
                certificate_until=peer.certificate_until,
                scanners=(card,),
                seq=len(self.history),
            )
        )
        after = hello.resume.seq if hello.resume else 0
        link.send(TimelineAdded(entries=tuple(e for e in self.history if e.seq > after)))
        self._show(link)

    def _show(self, link: ConsoleLink) -> None:
        view = link.peer.link in self.viewers
        status = ScannerStatus(activity=ScannerActivity.IDLE, mode=ScannerMode.DEMO, can_stop=True)
        privileges = (Privilege.VIEW,) if view else ()
        control = ControlView(phase=ControlPhase.LOCAL, privileges=privileges)
        link.send(ScannerStatusChanged(scanner=SCANNER, status=status))
        link.send(ControlChanged(scanner=SCANNER, control=control))
        link.send(ExamChanged(scanner=SCANNER, exam=self._exam(view=view)))

    def _exam(self, *, view: bool) -> ExamView:
        born = date(1958, 3, 12)
        patient = PatientIdentity(
            patient_id="DEMO-1", name="DEMO One", birth_date=born.isoformat(), sex=Sex.MALE
        )
        step = StepView(
            step_id="s1",
            name="Localizer",
            sequence="gre",
            state=self.step,
            revision=REVISION,
            duration_s=20.0,
        )
        series = SeriesView(
            series_id=SERIES,
            step_id="s1",
            number=1,
            description="Localizer",
            instance_count=len(self.files),
            complete=True,
            stored=self.stored,
        )
        return ExamView(
            exam_id="exam-1",
            accession="N-1" if view else "",
            procedure="MRI brain",
            side=Side.NONE,
            band=PatientBand(label="DEMO P-1", birth_year=born.year, sex=Sex.MALE),
            patient=patient if view else None,
            age_years=67,
            steps=(step,) if view else (),
            series=(series,) if view and self.stored else (),
        )


def past(seq: int) -> TimelineEntry:
    """An entry of the history."""
    return TimelineEntry(
        seq=seq, at=datetime(2026, 3, 5, 9, 0, seq, tzinfo=UTC), scanner=SCANNER, kind="note"
    )


@dataclass(frozen=True, slots=True)
class RunningSite:
    """A site whose door is open."""

    site: Site
    devices: Devices
    agent: ScriptedAgent
    server: ConsoleServer


@asynccontextmanager
async def scripted_site(directory: Path, name: str) -> AsyncIterator[RunningSite]:
    """From `init` to a closed door."""
    clock = MachineClock()
    site = init(directory, name, ("127.0.0.1",), clock.wall())
    devices, agent = Devices(directory), ScriptedAgent(name)
    server = ConsoleServer(agent, agent, Admission(site.authority.certificate, devices, clock.wall))
    credentials = ServerCredentials(
        site.agent.certificate_file, site.agent.key_file, site.authority.certificate
    )
    await server.start("127.0.0.1", 0, control_context(credentials))
    try:
        yield RunningSite(site, devices, agent, server)
    finally:
        await server.close()
        devices.close()
