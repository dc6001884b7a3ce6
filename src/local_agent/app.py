"""The composition root: nothing else builds objects, and only here is an unexpected fault caught.

One process, one loop for decisions; the tablet's server and the journal's writer have threads of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from local_agent.authority import site_directory
from local_agent.authority.boot_time import read_boot_instant
from local_agent.authority.devices import Devices
from local_agent.authority.enrolment import Enrolment
from local_agent.authority.expiry import server_expiries
from local_agent.authority.invitations import Invitations
from local_agent.authority.pairing import Tablets
from local_agent.authority.staff import Staff
from local_agent.clock import MachineClock
from local_agent.config import ConfigError, LoadedConfig, ScannerConfig
from local_agent.console_door import ConsoleDesk
from local_agent.console_pins import ConsolePins
from local_agent.core.desk import Desk
from local_agent.dicom.archive import Archive
from local_agent.dicom.worklist import FileWorklist
from local_agent.door_book import DoorBook
from local_agent.history import read_history, timeline_after
from local_agent.journal.identities import Identities, IdentityDamaged, IdentityErased, IdentityUnknown
from local_agent.journal.store import Journal
from local_agent.link.console_server import ConsoleServer
from local_agent.link.enrolment_server import EnrolmentOffice, EnrolmentServer
from local_agent.link.tickets import TicketOffice
from local_agent.link.tls import Admission, ServerCredentials, control_context, enrolment_context
from local_agent.media.config import MediaSetting
from local_agent.media.turn import TurnServer
from local_agent.media_door import MediaDesk
from local_agent.ports import Clock
from local_agent.quarantine_door import QuarantineDesk
from local_agent.scanner.client import ScannerAddress, ScannerClient
from local_agent.scanner.supervisor import Supervisor
from local_agent.scanner_door import ScannerDesk
from local_agent.service import Service
from local_agent.tablet.config import TabletServerConfig
from local_agent.tablet.server import TabletServer
from local_agent.tablet.site_pairing import SitePairing
from local_agent.tablet_door import TabletDesk
from mr_contract.exam import WorklistItem
from mr_contract.views import ScannerCard

LOG = logging.getLogger("local_agent")
BEAT_S = 0.25
PROGRAM = f"local-agent {version('remote-scanning-console')}"


@dataclass(frozen=True, slots=True)
class RunningPorts:
    """Where the agent listens; written to `--ready-file`."""

    control: int
    tablet: int
    enrolment: int


class Agent:
    """Everything of one site, built from its directory."""

    def __init__(self, directory: Path, config: LoadedConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._site = site_directory.load(directory, self._clock.wall())
        boot = f"boot-{secrets.token_hex(4)}"
        self._devices, self._staff = Devices(directory), Staff(directory)
        self._invitations, self._tablets = Invitations(directory), Tablets(directory)
        self._identities = Identities(directory / "identities")
        self._journal = Journal.open(
            directory / "journal.sqlite", self._site.journal_key, site=self._site.name, boot_id=boot
        )
        scanners = config.site.scanners
        desks = {s.id: Desk(s.id, boot, config.policy, phone=config.site.phone) for s in scanners}
        self._service = Service(self._site.name, boot, self._clock, self._journal, desks)
        self._door_book = DoorBook(self._service)
        cards = tuple(self._card(s) for s in scanners)
        enrolment = Enrolment(self._site.authority, self._invitations, self._devices)
        self._media = MediaDesk(self._service, media_setting(directory, config))
        self._consoles = ConsoleDesk(
            service=self._service,
            cards=cards,
            statement_key=self._site.statement_key,
            enrolment=enrolment,
            timeline=lambda seq, limit: timeline_after(self._journal, seq, limit),
            program=PROGRAM,
            tickets=TicketOffice(self._clock),
            media=self._media,
            turned_away=self._door_book.turned_away,
        )
        self._pins = ConsolePins(self._service, self._staff)
        archive = Archive(directory / "archive")
        self._scanners = ScannerDesk(self._service, self._consoles, archive)
        self._quarantine = QuarantineDesk(self._service, archive, self._identities, PROGRAM)
        self._pages = TabletDesk(
            self._service,
            {c.scanner: c for c in cards},
            self._staff,
            FileWorklist(directory / config.site.worklist),
            self._identities,
            self._media,
        )
        self._console_server = ConsoleServer(
            self._consoles,
            self._scanners,
            Admission(self._site.authority.certificate, self._devices, self._clock.wall),
            turned_away=self._door_book.turned_away,
        )
        self._office = EnrolmentOffice(
            enrolment,
            self._invitations,
            self._site.authority.certificate,
            self._site.name,
            read_boot_instant,
            self._clock.wall,
        )
        self._supervisors = tuple(Supervisor(s.id, s.command, s.url) for s in scanners if s.command)
        self._directory = directory

    def _card(self, scanner: ScannerConfig) -> ScannerCard:
        return ScannerCard(
            scanner=scanner.id,
            site=self._site.name,
            name=scanner.name,
            letter=scanner.letter,
            colour=scanner.colour,
            field_t=scanner.field_t,
            site_phone=self._config.site.phone,
        )

    async def run(self, ready_file: Path | None) -> None:
        """Serve until SIGTERM or SIGINT."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        self._service.begin(read_history(self._journal))
        self._recall_patients()
        self._quarantine.begin()
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._service.faults.close)
            ports = await self._open(stack, loop)
            if ready_file is not None:
                _write_ready(ready_file, ports)
            LOG.info("agent of %s: consoles %d, tablets %d", self._site.name, ports.control, ports.tablet)
            self._warn_of_what_ends()
            await self._work_until(stopping)
        self._door_book.end()
        self._service.end()

    async def _work_until(self, stopping: asyncio.Event) -> None:
        """Beat and hear scanners until told to end. A failed task ends the agent: half of one is worse."""
        told = asyncio.create_task(stopping.wait(), name="told to end")
        beat = asyncio.create_task(self._beat(), name="beat")
        faults = asyncio.create_task(self._service.faults.first(), name="faults")
        scanners = [t for client in self._service.scanners.values() for t in client.tasks]
        try:
            await asyncio.wait((told, beat, faults, *scanners), return_when=asyncio.FIRST_COMPLETED)
            for task in (beat, faults, *scanners):
                if task.done():
                    task.result()
        finally:
            told.cancel()
            beat.cancel()
            faults.cancel()
            await asyncio.wait((told, beat, faults))

    async def _open(self, stack: contextlib.AsyncExitStack, loop: asyncio.AbstractEventLoop) -> RunningPorts:
        for supervisor in self._supervisors:
            supervisor.start()
            stack.push_async_callback(supervisor.close)
        self._service.faults.later(self._media.keeper.keep(), "media process")
        for scanner in self._config.site.scanners:
            address = ScannerAddress(scanner.id, scanner.url, self._directory / scanner.secret_file)
            client = ScannerClient(address, self._scanners, PROGRAM)
            self._service.scanners[scanner.id] = client
            client.start()
            stack.push_async_callback(client.close)
        credentials = ServerCredentials(
            self._site.agent.certificate_file, self._site.agent.key_file, self._site.authority.certificate
        )
        doors, heard = self._config.site.consoles, self._door_book.turned_away
        stack.push_async_callback(self._console_server.close)
        await self._console_server.start(doors.host, doors.port, control_context(credentials, heard))
        enrolment = EnrolmentServer(self._office, self._console_server.port, heard)
        stack.push_async_callback(enrolment.close)
        await enrolment.start(doors.host, doors.enrolment_port, enrolment_context(credentials, heard))
        tablet = TabletServer(
            tablet_config(self._directory, self._site, self._config),
            door=self._pages,
            agent_loop=loop,
            pairing=SitePairing(self._tablets),
            turned_away=heard,
        )
        stack.push_async_callback(asyncio.to_thread, tablet.stop)  # also if we are cancelled while it opens
        await asyncio.to_thread(tablet.start)
        return RunningPorts(self._console_server.port, tablet.port, doors.enrolment_port)

    async def _beat(self) -> None:
        """Four times a second, whatever else happens; late beats are not made up for."""
        loop = asyncio.get_running_loop()
        next_s = loop.time()
        while True:
            self._media.tick(self._consoles.crowded_line)
            self._scanners.tick()
            self._consoles.beat()
            self._pages.beat()
            self._door_book.beat()
            self._service.probe_journal()
            next_s = max(next_s + BEAT_S, loop.time())
            await asyncio.sleep(next_s - loop.time())

    def _warn_of_what_ends(self) -> None:
        own = self._config.site.tablet.certificate
        for expiry in server_expiries(self._site, self._directory / own if own else None):
            warning = expiry.warning(self._clock.wall())
            if warning is not None:
                LOG.warning("%s", warning)

    def _recall_patients(self) -> None:
        """Identities of exams that were open when the agent ended."""
        for desk in self._service.desks.values():
            exam = desk.facts.exam
            if exam is None:
                continue
            try:
                identity = self._identities.read(exam.exam_id)
            except (IdentityUnknown, IdentityErased, IdentityDamaged) as error:
                LOG.warning("%s", error)
                continue
            desk.item = WorklistItem.model_validate_json(json.dumps(identity))

    def close(self) -> None:
        """Let go of every file."""
        self._journal.close()
        for register in (self._identities, self._devices, self._staff, self._invitations, self._tablets):
            register.close()


def serve(directory: Path, config: LoadedConfig, ready_file: Path | None) -> None:
    """Run the agent of a site directory until it is told to end."""
    run(Agent(directory, config, MachineClock()), ready_file)


def run(agent: Agent, ready_file: Path | None) -> None:
    """Run an agent until it is told to end, and let go of its files."""
    try:
        asyncio.run(agent.run(ready_file))
    finally:
        agent.close()


def _write_ready(path: Path, ports: RunningPorts) -> None:
    """Say that the doors are open; the file appears whole."""
    words = {
        "control": ports.control,
        "tablet": ports.tablet,
        "enrolment": ports.enrolment,
        "pid": os.getpid(),
    }
    part = path.with_suffix(".part")
    part.write_text(json.dumps(words), encoding="utf-8")
    part.replace(path)


def media_setting(directory: Path, config: LoadedConfig) -> MediaSetting:
    """What the site declared of pictures and sound, its secrets read.

    Raises:
        ConfigError: the secret of a TURN server cannot be read.
    """
    media = config.site.media
    return MediaSetting(
        directory=str(directory),
        sources={scanner.id: scanner.sources for scanner in config.site.scanners},
        intercoms={s.id: s.intercom for s in config.site.scanners if s.intercom is not None},
        udp_ports=media.udp_ports,
        addresses=media.addresses,
        relay_only=media.path == "relay",
        turn=tuple(
            TurnServer(turn.urls, _secret(directory / turn.secret_file) if turn.secret_file else b"")
            for turn in media.turn
        ),
    )


def _secret(path: Path) -> bytes:
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}). It holds the secret of a TURN server that "
            "site.toml names: put it there, or remove secret_file."
        ) from None
    if not secret:
        raise ConfigError(f"{path} is empty. It holds the secret of a TURN server that site.toml names.")
    return secret


def tablet_config(directory: Path, site: site_directory.Site, config: LoadedConfig) -> TabletServerConfig:
    """The tablet's door; a hospital's own certificate is looked for from the site directory."""
    door = config.site.tablet
    return TabletServerConfig(
        host=door.host,
        port=door.port,
        names=door.names,
        certificate=directory / door.certificate if door.certificate else site.tablet.certificate_file,
        key=directory / door.key if door.key else site.tablet.key_file,
    )
