"""The server side of the scanner wire protocol (docs/protocol.md, part 2).

- It listens on a loopback address, unless TLS is given.
- No connection without the secret, compared in constant time during the HTTP upgrade.
- Every message is bounded, every queue is bounded, nothing is compressed.
- Only the newest control connection commands; the others read and may stop.
- Control never waits for images: two connections, and a stop is carried out as its frame is read.
"""

from __future__ import annotations

import ipaddress
import logging
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.scanner_messages import (
    CheckStep,
    GetSnapshot,
    ListScannerProtocols,
    Ping,
    Prepare,
    Rejected,
    ScannerEvent,
    ScannerRequest,
    VitalsRead,
)
from mr_contract.wire import AGENT_FRAME_LIMIT_BYTES
from scanner_kit.control import ControlConnection
from scanner_kit.event_log import EventLog
from scanner_kit.image_store import ImageStore
from scanner_kit.images import ImagesConnection
from scanner_kit.model import FinishedSeries, ScannerModel
from scanner_kit.secret import bearer_matches

_LOGGER = logging.getLogger(__name__)
CONTROL_PATH = "/control"
IMAGES_PATH = "/images"
_READING = (GetSnapshot, ListScannerProtocols, CheckStep, Ping)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where to listen (port 0: any free one), and where unsent series are kept across restarts."""

    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    spool: Path | None = None
    most_connections: int = 8
    """On each path."""
    most_unread: int = 5_000
    """Messages that a control connection may leave unread before it is cut off."""
    most_waiting_series: int = 64
    """With so many series not yet stored by an agent, nothing more is prepared."""


class ScannerServer:
    """Serves one model. It is the model's `Outlet`."""

    def __init__(self, model: ScannerModel, secret: str, settings: ServerSettings) -> None:
        """Raises ValueError where a network address is to be served without TLS."""
        require_loopback_or_tls(settings.host, settings.tls)
        self._model = model
        self._secret = secret
        self._settings = settings
        self._log = EventLog()
        self._store = ImageStore(settings.spool)
        self._controls: list[ControlConnection] = []
        self._images: list[ImagesConnection] = []
        self._open = {CONTROL_PATH: 0, IMAGES_PATH: 0}
        self._server: Server | None = None
        model.attach(self)

    async def start(self) -> int:
        """Listen; the port. Raises OSError when the address is in use."""
        self._server = await serve(
            self._serve,
            self._settings.host,
            self._settings.port,
            process_request=self._admit,
            compression=None,
            max_size=AGENT_FRAME_LIMIT_BYTES,
            ssl=self._settings.tls,
            open_timeout=5,
            close_timeout=1,
            logger=quiet_logger(),
            server_header=None,
        )
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    async def close(self) -> None:
        """Close every connection and stop listening."""
        if self._server is not None:
            self._server.close(reason="the adapter is closing")
            await self._server.wait_closed()
        await self._store.settle()

    # ------------------------------------------------------------ what the model puts out

    def event(self, event: ScannerEvent) -> None:
        self._log.append(event)
        for connection in tuple(self._controls):
            connection.push(event)

    def vitals(self, read: VitalsRead) -> None:
        for connection in tuple(self._controls):
            connection.show(read)

    def preview(self, header: PreviewHeader, pixels: bytes) -> None:
        for connection in self._images:
            connection.show(header, pixels)

    def series(self, series: FinishedSeries) -> None:
        self._store.add(series)
        for connection in self._images:
            connection.wake()

    # ------------------------------------------------------------ connections

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        path = request.path
        if not authorised(request, self._secret):
            _LOGGER.warning("connection without the secret refused")
            return connection.respond(HTTPStatus.UNAUTHORIZED, "The secret is missing or wrong.\n")
        if path not in self._open:
            return connection.respond(HTTPStatus.NOT_FOUND, f"Use {CONTROL_PATH} or {IMAGES_PATH}.\n")
        if self._open[path] >= self._settings.most_connections:
            _LOGGER.warning("too many connections on %s", path)
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections.\n")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        path = CONTROL_PATH if socket.request is None else socket.request.path
        self._open[path] += 1
        try:
            if path == CONTROL_PATH:
                await self._serve_control(socket)
            else:
                await self._serve_images(socket)
        finally:
            self._open[path] -= 1

    async def _serve_control(self, socket: ServerConnection) -> None:
        connection = ControlConnection(
            socket,
            self._model,
            self._log,
            objection=self._objection,
            joined=self._joined,
            most_unread=self._settings.most_unread,
        )
        try:
            await connection.serve()
        finally:
            if connection in self._controls:
                self._controls.remove(connection)
                _LOGGER.info("agent disconnected (%d connected)", len(self._controls))

    async def _serve_images(self, socket: ServerConnection) -> None:
        connection = ImagesConnection(socket, self._store, stored=self._stored)
        self._images.append(connection)
        try:
            await connection.serve()
        finally:
            self._images.remove(connection)

    def _joined(self, connection: ControlConnection) -> None:
        self._controls.append(connection)
        _LOGGER.info("agent connected (%d connected)", len(self._controls))

    def _objection(self, connection: ControlConnection, request: ScannerRequest) -> Rejected | None:
        """Why a request does not even reach the model."""
        if isinstance(request, _READING):
            return None
        if connection.is_observer:
            why = "an observer may read and stop, and no more"
            return Rejected(reply_to=request.request_id, why=why, remedy="Connect as an agent to command")
        if connection is not next(c for c in reversed(self._controls) if not c.is_observer):
            why = "a newer agent connection commands this scanner; this one may read and stop"
            return Rejected(reply_to=request.request_id, why=why, remedy="Connect again to command")
        waiting = len(self._store.waiting)
        if isinstance(request, Prepare) and waiting >= self._settings.most_waiting_series:
            why = f"{waiting} series wait to be stored by an agent"
            return Rejected(reply_to=request.request_id, why=why, remedy="Fetch and store them first")
        return None

    def _stored(self, series_id: str) -> None:
        if self._store.remove(series_id):
            _LOGGER.info("series %s stored by the agent", series_id)


def require_loopback_or_tls(host: str, tls: ssl.SSLContext | None) -> None:
    """Raises ValueError for a network address without TLS."""
    if tls is None and not _is_loopback(host):
        raise ValueError(
            f"{host} is not a loopback address and there is no TLS: use 127.0.0.1, or give a certificate"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def authorised(request: Request, secret: str) -> bool:
    """Whether the upgrade carries the secret, once."""
    sent = request.headers.get_all("Authorization")
    return len(sent) == 1 and bearer_matches(sent[0], secret)


class _WithoutTraceback(logging.Filter):
    """Strangers' broken handshakes are one line, never a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            record.msg = f"{record.getMessage()} ({type(record.exc_info[1]).__name__})"
            record.args = ()
        record.exc_info = None
        return True


def quiet_logger() -> logging.Logger:
    """The library's own logger: warnings and errors only, each one line."""
    logger = logging.getLogger("scanner_kit.websockets")
    if not logger.filters:
        logger.addFilter(_WithoutTraceback())
        logger.setLevel(logging.WARNING)
    return logger
