"""`simulated-mri serve`: one scanner process, from its settings to its clean end."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile

from scanner_kit import ScannerServer, ServerSettings
from simulated_mri.hardware import Hardware
from simulated_mri.patient.body import Body, Character
from simulated_mri.scanner.imaging import Imaging
from simulated_mri.scanner.imaging_apart import ImagingApart, WorkshopLost
from simulated_mri.scanner.inject_server import InjectServer
from simulated_mri.scanner.shell import Nameplate, SimulatedScanner
from simulated_mri.scanner.state import State
from simulated_mri.scanner.subject_imaging import SubjectImaging
from simulated_mri.scenarios.driver import ScenarioDriver
from simulated_mri.scenarios.model import Scenario
from simulated_mri.subjects.names import SubjectName

_LOGGER = logging.getLogger(__name__)
# Threads doing arithmetic give the interpreter back this often, so that a stop is not kept waiting.
_SWITCH_S = 0.0005


class ServeError(Exception):
    """The scanner cannot be served; the words say what to do."""


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """What the command line says."""

    name: str
    host: str
    port: int
    inject_port: int
    secret: str
    inject_secret: str
    field_t: float
    speed: float
    seed: int
    coil: str | None
    spool: Path | None
    subject: SubjectName
    ready_file: Path | None
    scenario: Scenario | None = None
    raw: Path | None = None
    enhanced: bool = False
    automatic_voice: bool = True
    """Where the subject's breath matters."""


async def serve(settings: ServeSettings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        ServeError: a port is in use, an address may not be served, or a file cannot be written.
    """
    sys.setswitchinterval(_SWITCH_S)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    _check_ready_file(settings.ready_file)
    _make_raw_directory(settings.raw)
    imaging = ImagingApart(make_imaging(settings))
    scanner = make_scanner(settings, imaging)
    server = _server(scanner, settings)
    driver = ScenarioDriver(scanner, settings.subject)
    room = InjectServer(scanner, driver, settings.inject_secret)
    ending = asyncio.create_task(ended.wait())
    clock = asyncio.create_task(scanner.run())
    playing = asyncio.create_task(driver.run())
    try:
        port = await _listen(server.start(), settings.host, "--port", settings.port)
        inject_port = await _listen(
            room.start(settings.host, settings.inject_port),
            settings.host,
            "--inject-port",
            settings.inject_port,
        )
        with suppress(OSError, WorkshopLost):  # said by the first step that needs it
            await asyncio.to_thread(imaging.open)
        gc.collect()
        gc.freeze()  # what is there now stays: later collections are short, and a stop does not wait for them
        if settings.scenario is not None:
            driver.play(settings.scenario)
        _announce(settings, port, inject_port)
        await asyncio.wait((ending, clock, playing), return_when=asyncio.FIRST_COMPLETED)
        for line in driver.report():
            _LOGGER.info("scenario: %s", line)
        _LOGGER.info("ending")
    finally:
        await server.close()
        await room.close()
        ending.cancel()
        for task in (clock, playing):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(imaging.close)


def make_imaging(settings: ServeSettings) -> SubjectImaging:
    """What it images, and with what."""
    serial = _serial(settings)
    return SubjectImaging(
        scanner=serial,
        serial=serial,
        hardware=Hardware(b0_t=settings.field_t),
        seed=settings.seed,
        subject=settings.subject,
        raw=settings.raw,
        enhanced=settings.enhanced,
    )


def make_scanner(settings: ServeSettings, imaging: Imaging) -> SimulatedScanner:
    """The scanner as its settings describe it, idle, its table out, its door closed."""
    state = State(
        boot=secrets.token_hex(6),
        speed=settings.speed,
        coil=settings.coil,
        body=Body(Character(seed=settings.seed)),
        automatic_voice=settings.automatic_voice and settings.subject == "abdomen",
    )
    plate = Nameplate(settings.name, _serial(settings), settings.field_t)
    return SimulatedScanner(plate, imaging, state)


def _serial(settings: ServeSettings) -> str:
    return "SIM-" + sha256(settings.name.encode()).hexdigest()[:8].upper()


def _server(scanner: SimulatedScanner, settings: ServeSettings) -> ScannerServer:
    where = ServerSettings(host=settings.host, port=settings.port, spool=settings.spool)
    try:
        return ScannerServer(scanner, settings.secret, where)
    except ValueError as error:
        raise ServeError(f"--host {settings.host!a} cannot be served: {error}") from None
    except OSError as error:
        raise ServeError(f"--spool {settings.spool} cannot be used: {error.strerror}. {_OTHER}") from None


_OTHER = "Choose another directory, or check its owner and permissions."


def _check_ready_file(file: Path | None) -> None:
    """Said before the scanner is there, not after."""
    if file is not None and (file.is_dir() or not file.parent.is_dir()):
        raise ServeError(f"--ready-file {file} cannot be written: name a file in a directory there is")


def _make_raw_directory(directory: Path | None) -> None:
    """Said before the first scan, not after."""
    if directory is None:
        return
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise ServeError(f"--raw {directory} cannot be used: {error.strerror}. {_OTHER}") from None


async def _listen(starting: Coroutine[None, None, int], host: str, option: str, port: int) -> int:
    try:
        return await starting
    except OSError as error:
        words = "the port is in use" if error.errno == errno.EADDRINUSE else (error.strerror or str(error))
        raise ServeError(
            f"cannot listen on {host} {option} {port}: {words}; choose another, or 0 for any"
        ) from None


def _announce(settings: ServeSettings, port: int, inject_port: int) -> None:
    """One line for a person, a file for a program. The file appears whole."""
    print(f"{settings.name}: scanner on port {port}, injection on port {inject_port}", flush=True)
    if settings.ready_file is not None:
        ready = {"port": port, "inject_port": inject_port, "pid": os.getpid()}
        partial = settings.ready_file.with_name(settings.ready_file.name + ".partial")
        try:
            partial.write_text(json.dumps(ready), encoding="utf-8")
            partial.replace(settings.ready_file)
        except OSError as error:
            raise ServeError(
                f"--ready-file {settings.ready_file} cannot be written: {error.strerror}. {_OTHER}"
            ) from None
