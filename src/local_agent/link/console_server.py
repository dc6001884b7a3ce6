"""The door for consoles: one TLS listener, `/control` and `/bulk`.

- Nobody without a certificate of this site's authority gets past TLS; a revoked or unknown one gets a
  farewell that says so, and its frames reach nobody.
- The devices register is asked again several times a second: a revoked device's live links close within 1 s.
- The number of connections is bounded, in total and for each device; unfinished ones are bounded apart.
- Whatever one link does, the others do not notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import logging
import secrets
import socket
import ssl
from collections import Counter
from dataclasses import dataclass, replace

from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.http11 import Request, Response

from local_agent.authority.certificates import CertificateRefused
from local_agent.authority.devices import Standing
from local_agent.authority.register_file import RegisterUnusable
from local_agent.core.knocks import Door, Knock, OnKnock, TurnedAway, unheard
from local_agent.link.bulk_server import BulkConnection
from local_agent.link.console_link import FrameEncoder, WebSocketConsoleLink, close_with, log_violation
from local_agent.link.handshakes import telling_connection
from local_agent.link.listener import MOST_PENDING, GuardedListener, address_of, open_listener
from local_agent.link.quiet_log import websockets_log
from local_agent.link.tls import Admission, NotInRegister
from local_agent.ports import BulkDoor, ConsoleDoor, ConsolePeer
from mr_contract.console_messages import Farewell
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.wire import CONTROL_FRAME_LIMIT_BYTES, encode

LOG = logging.getLogger("local_agent.link")
REGISTER_PERIOD_S = 0.25
CLOSE_TIMEOUT_S = 0.5
WRITE_LIMIT_BYTES = 64 * 1024
LIBRARY_LIMIT_BYTES = 4 * CONTROL_FRAME_LIMIT_BYTES
"""Beyond this the connection is failed while reading; up to this a farewell names the reason."""
SEND_BUFFER_BYTES = 256 * 1024
"""A console that does not read is noticed when so much waits for it."""


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """How many connections the agent bears."""

    connections: int = 64
    per_device: int = 4
    """Control connections of one certificate; bulk connections are counted apart."""
    pending: int = MOST_PENDING
    handshake_s: float = 5.0


class ConsoleServer:
    """Listens for consoles, from `start` to `close`, on the agent's loop."""

    def __init__(
        self,
        console_door: ConsoleDoor,
        bulk_door: BulkDoor,
        admission: Admission,
        limits: LinkLimits | None = None,
        turned_away: OnKnock = unheard,
    ) -> None:
        self._turned_away = turned_away
        self._console_door = console_door
        self._bulk_door = bulk_door
        self._admission = admission
        self._limits = limits or LinkLimits()
        self._encoder = FrameEncoder()
        self._control: dict[str, WebSocketConsoleLink] = {}
        self._bulk: dict[str, BulkConnection] = {}
        self._listener: GuardedListener | None = None
        self._server: Server | None = None
        self._watch: asyncio.Task[None] | None = None
        self._said = ""

    async def start(self, host: str, port: int, context: ssl.SSLContext) -> None:
        """Listen.

        Raises:
            CannotListen: the address or port cannot be used; says which.
        """
        self._listener = open_listener(host, port, self._limits.pending, self._crowded_out)
        self._server = await serve(
            self._serve,
            sock=self._listener,
            ssl=context,
            ssl_handshake_timeout=self._limits.handshake_s,
            open_timeout=self._limits.handshake_s,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=None,
            compression=None,
            max_size=LIBRARY_LIMIT_BYTES,
            write_limit=WRITE_LIMIT_BYTES,
            origins=[None],
            process_request=_route,
            server_header=None,
            logger=websockets_log(),
            create_connection=telling_connection(Door.CONSOLES, self._turned_away),
        )
        self._watch = asyncio.create_task(self._watch_links())

    @property
    def port(self) -> int:
        """The port listened on."""
        if self._listener is None:
            raise RuntimeError("the console server was not started")
        return int(self._listener.getsockname()[1])

    def check_register(self) -> None:
        """Close the links of devices that were revoked, now; `revoke` need not wait for the poll."""
        try:
            gone = [link for link in self._links() if not self._admission.still_good(link.peer)]
        except RegisterUnusable as error:
            # A link that is cut may end a scan: what cannot be read now is no reason to cut all of them.
            self._say_once(str(error))
            return
        self._said = ""
        for link in gone:
            log_violation(link.peer, "the certificate was revoked or has expired")
            link.close((finding(Reason.REVOKED),))

    async def close(self) -> None:
        """Say farewell to everyone and stop listening."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait({self._watch})
        for link in self._links():
            link.close((finding(Reason.CLOSING),))
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _crowded_out(self, where: str) -> None:
        self._turned_away(Knock(Door.CONSOLES, TurnedAway.TOO_MANY, where))

    def _links(self) -> tuple[WebSocketConsoleLink | BulkConnection, ...]:
        return (*self._control.values(), *self._bulk.values())

    async def _watch_links(self) -> None:
        while True:
            await asyncio.sleep(REGISTER_PERIOD_S)
            for link in self._links():
                link.cut_if_deaf()
            self.check_register()

    async def _serve(self, connection: ServerConnection) -> None:
        transport = connection.transport
        raw: socket.socket = transport.get_extra_info("socket")
        if self._listener is not None:
            self._listener.admitted(raw.fileno())
        tls = transport.get_extra_info("ssl_object")
        try:
            peer = self._admission.read_peer(tls.getpeercert(binary_form=True), secrets.token_hex(8))
        except CertificateRefused as error:
            LOG.warning("a console was refused: %s", error)
            self._turned_away(_knock_of(error, address_of(raw)))
            await _turn_away(connection, finding(Reason.REVOKED))
            return
        except RegisterUnusable as error:
            self._say_once(str(error))
            await _turn_away(connection, finding(Reason.CLOSING))
            return
        is_bulk = connection.request is not None and connection.request.path == "/bulk"
        if (refusal := self._refuse(peer, is_bulk=is_bulk)) is not None:
            log_violation(peer, refusal.text)
            door = Door.BULK if is_bulk else Door.CONSOLES
            self._turned_away(Knock(door, TurnedAway.TOO_MANY, address_of(raw), peer.name))
            await _turn_away(connection, refusal)
        elif is_bulk:
            await self._serve_bulk(connection, peer)
        else:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            await self._serve_control(connection, peer)

    def _refuse(self, peer: ConsolePeer, *, is_bulk: bool) -> Finding | None:
        others = self._bulk if is_bulk else self._control
        of_device = Counter(link.peer.device for link in others.values())[peer.device]
        total = len(self._control) + len(self._bulk)
        if of_device >= self._limits.per_device or total >= self._limits.connections:
            return finding(Reason.TOO_MANY)
        return None

    def _say_once(self, words: str) -> None:
        if words != self._said:
            LOG.error("the devices register cannot be read, no new console is admitted: %s", words)
        self._said = words

    async def _serve_control(self, connection: ServerConnection, peer: ConsolePeer) -> None:
        link = WebSocketConsoleLink(connection, peer, self._encoder)
        self._control[peer.link] = link
        try:
            await link.run(self._console_door)
        finally:
            del self._control[peer.link]
            for bulk in tuple(self._bulk.values()):
                if bulk.control_link == peer.link:
                    bulk.close((finding(Reason.CLOSING),))

    async def _serve_bulk(self, connection: ServerConnection, peer: ConsolePeer) -> None:
        where = address_of(connection.transport.get_extra_info("socket"))
        bulk = BulkConnection(
            connection,
            replace(peer, link=f"bulk-{peer.link}"),
            self._bulk_door,
            lambda why: self._turned_away(Knock(Door.BULK, why, where, peer.name)),
        )
        self._bulk[peer.link] = bulk
        try:
            await bulk.run()
        finally:
            del self._bulk[peer.link]


def _knock_of(error: CertificateRefused, where: str) -> Knock:
    if not isinstance(error, NotInRegister):
        return Knock(Door.CONSOLES, TurnedAway.CERTIFICATE_UNFIT, where)
    revoked = error.standing is Standing.REVOKED
    why = TurnedAway.CERTIFICATE_REVOKED if revoked else TurnedAway.CERTIFICATE_UNKNOWN
    return Knock(Door.CONSOLES, why, where, error.name)


def _route(connection: ServerConnection, request: Request) -> Response | None:
    if request.path in {"/control", "/bulk"}:
        return None
    return connection.respond(http.HTTPStatus.NOT_FOUND, "There is /control and /bulk.\n")


async def _turn_away(connection: ServerConnection, refusal: Finding) -> None:
    with contextlib.suppress(OSError):
        broadcast((connection,), encode(Farewell(findings=(refusal,))))
        await close_with(connection, (refusal,))
