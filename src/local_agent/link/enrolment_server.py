"""The door through which a console becomes known; open only while an invitation is outstanding.

- One request to a connection, within 10 s; few connections at once; the port is closed otherwise.
- Who connects and asks for nothing keeps nobody out: when all places are taken, who waited longest is cut.
- Everything about the person comes from the invitation, the key from the request.
- The register counts wrong codes, across connections and restarts; this door only counts connections.
"""

from __future__ import annotations

import asyncio
import http
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import TypeAdapter
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from local_agent.authority.boot_time import BootInstant
from local_agent.authority.certificates import RequestUnusable
from local_agent.authority.devices import KeyRevoked
from local_agent.authority.enrolment import Enrolment
from local_agent.authority.invitations import CodeRefusal, CodeRefused, Invitations
from local_agent.authority.register_file import RegisterUnusable
from local_agent.core.knocks import OF_REASON, Door, Knock, OnKnock, TurnedAway, unheard
from local_agent.link.console_link import TOO_BIG
from local_agent.link.handshakes import telling_connection
from local_agent.link.listener import GuardedListener, address_of, open_listener
from local_agent.link.quiet_log import websockets_log
from mr_contract.enrolment_messages import ENROLMENT_PROTOCOL, Enrolled, EnrolRefused, EnrolRequest
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.wire import Violation, decode, encode

LOG = logging.getLogger("local_agent.link")
LOOK_PERIOD_S = 0.5
REQUEST_TIMEOUT_S = 10.0
HANDSHAKE_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 1.0
MOST_PENDING = 16
MOST_AT_ONCE = 8
FRAME_LIMIT_BYTES = 8 * 1024

_REQUEST = TypeAdapter(EnrolRequest)
_REASONS = {
    CodeRefusal.WRONG: Reason.CODE_REFUSED,
    CodeRefusal.EXPIRED: Reason.CODE_REFUSED,
    CodeRefusal.USED: Reason.CODE_REFUSED,
    CodeRefusal.WITHDRAWN: Reason.CODE_REFUSED,
    CodeRefusal.SPENT: Reason.CODE_REFUSED,
    CodeRefusal.DOOR_CLOSED: Reason.TOO_MANY,
}


@dataclass(frozen=True, slots=True)
class EnrolmentOffice:
    """What enrolment needs of the site."""

    enrolment: Enrolment
    invitations: Invitations
    root: x509.Certificate
    site: str
    boot_instant: Callable[[], BootInstant]
    wall: Callable[[], datetime]


class EnrolmentServer:
    """Opens and closes its listener as invitations come and go, between `start` and `close`."""

    def __init__(self, office: EnrolmentOffice, control_port: int, turned_away: OnKnock = unheard) -> None:
        self._turned_away = turned_away
        self._office = office
        self._control_port = control_port
        self._address = ("127.0.0.1", 0)
        self._context: ssl.SSLContext | None = None
        self._listener: GuardedListener | None = None
        self._server: Server | None = None
        self._watch: asyncio.Task[None] | None = None
        self._serving = 0
        self._silent: dict[ServerConnection, None] = {}
        """Connections that have made no request yet, the oldest first."""

    async def start(self, host: str, port: int, context: ssl.SSLContext) -> None:
        """Begin to look for invitations; port 0 takes one free port and keeps to it.

        Raises:
            CannotListen: the address or port cannot be used; says which.
        """
        probe = open_listener(host, port)
        self._address = (host, int(probe.getsockname()[1]))
        probe.close()
        self._context = context
        await self.look()
        self._watch = asyncio.create_task(self._look_again())

    @property
    def port(self) -> int:
        """The port that is listened on while an invitation is outstanding."""
        return self._address[1]

    async def look(self) -> None:
        """Open or close the listener, as the invitations are now."""
        try:
            wanted = self._office.invitations.outstanding(self._office.boot_instant()) > 0
        except RegisterUnusable as error:
            LOG.error("enrolment stays closed: %s", error)  # noqa: TRY400 - the words are all there is
            wanted = False
        if wanted and self._server is None:
            await self._open()
        elif not wanted and self._server is not None and self._serving == 0:
            await self._shut()

    async def close(self) -> None:
        """Stop listening for good."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait({self._watch})
        await self._shut()

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_PERIOD_S)
            try:
                await self.look()
            except OSError as error:
                LOG.error("enrolment: %s", error)  # noqa: TRY400 - the words are all there is

    async def _open(self) -> None:
        self._listener = open_listener(*self._address, MOST_PENDING, self._crowded_out)
        self._server = await serve(
            self._serve,
            sock=self._listener,
            ssl=self._context,
            ssl_handshake_timeout=HANDSHAKE_TIMEOUT_S,
            open_timeout=HANDSHAKE_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=None,
            compression=None,
            max_size=FRAME_LIMIT_BYTES,
            origins=[None],
            process_request=_route,
            server_header=None,
            logger=websockets_log(),
            create_connection=telling_connection(Door.ENROLMENT, self._turned_away),
        )

    def _crowded_out(self, where: str) -> None:
        self._turned_away(Knock(Door.ENROLMENT, TurnedAway.TOO_MANY, where))

    async def _shut(self) -> None:
        if (server := self._server) is not None:
            self._server = None
            server.close()
            await server.wait_closed()

    async def _serve(self, connection: ServerConnection) -> None:
        raw: socket.socket = connection.transport.get_extra_info("socket")
        if self._listener is not None:
            self._listener.admitted(raw.fileno())
        where = address_of(raw)
        self._serving += 1
        try:
            if self._serving > MOST_AT_ONCE and not self._cut_one_that_is_silent():
                self._turned_away(Knock(Door.ENROLMENT, TurnedAway.TOO_MANY, where))
                await connection.send(encode(EnrolRefused(findings=(finding(Reason.TOO_MANY),))))
            else:
                self._silent[connection] = None
                async with asyncio.timeout(REQUEST_TIMEOUT_S):
                    frame = await connection.recv()
                self._silent.pop(connection, None)
                answer = await self._answer(frame)
                if isinstance(answer, EnrolRefused):
                    self._noted(answer, where)
                await connection.send(encode(answer))
        except (ConnectionClosed, TimeoutError) as error:
            if isinstance(error, ConnectionClosed) and error.sent is not None and error.sent.code == TOO_BIG:
                self._turned_away(Knock(Door.ENROLMENT, TurnedAway.TOO_LARGE, where))
            elif isinstance(error, TimeoutError):
                self._turned_away(Knock(Door.ENROLMENT, TurnedAway.TOO_SLOW, where))
            LOG.warning("enrolment: a connection made no request")
        finally:
            self._silent.pop(connection, None)
            self._serving -= 1

    def _cut_one_that_is_silent(self) -> bool:
        """Make room for who comes now; False where everyone there has asked for something."""
        if not self._silent:
            return False
        oldest = next(iter(self._silent))
        del self._silent[oldest]
        self._crowded_out(address_of(oldest.transport.get_extra_info("socket")))
        oldest.transport.abort()
        return True

    def _noted(self, answer: EnrolRefused, where: str) -> None:
        for why in (OF_REASON.get(f.reason) for f in answer.findings):
            if why is not None:
                self._turned_away(Knock(Door.ENROLMENT, why, where))

    async def _answer(self, frame: str | bytes) -> Enrolled | EnrolRefused:
        try:
            request = decode(_REQUEST, frame)
        except Violation as violation:
            return _refused(finding(Reason.MALFORMED, why=violation.why))
        if request.protocol != ENROLMENT_PROTOCOL:
            versions = {"ours": str(ENROLMENT_PROTOCOL), "theirs": str(request.protocol)}
            return _refused(Finding(reason=Reason.INCOMPATIBLE_PROTOCOL, figures=versions))
        return await asyncio.to_thread(self._enrol, request)

    def _enrol(self, request: EnrolRequest) -> Enrolled | EnrolRefused:
        office = self._office
        try:
            answer = office.enrolment.enrol(
                request.secret, request.csr_pem.encode(), office.boot_instant(), office.wall()
            )
        except RequestUnusable as error:
            return _refused(finding(Reason.MALFORMED, why=str(error)))
        except KeyRevoked as error:
            return _refused(finding(Reason.REVOKED, why=str(error)))
        except RegisterUnusable as error:
            LOG.error("enrolment failed: %s", error)  # noqa: TRY400 - the words are all there is
            return _refused(finding(Reason.CLOSING))
        if isinstance(answer, CodeRefused):
            return _refused(finding(_REASONS[answer.refusal], why=answer.refusal.value))
        return Enrolled(
            site=office.site,
            certificate_pem=answer.public_bytes(Encoding.PEM).decode(),
            authority_pem=office.root.public_bytes(Encoding.PEM).decode(),
            control_port=self._control_port,
        )


def _refused(reason: Finding) -> EnrolRefused:
    LOG.warning("enrolment refused: %s", reason.figures.get("why", reason.text))
    return EnrolRefused(findings=(reason,))


def _route(connection: ServerConnection, request: Request) -> Response | None:
    if request.path == "/enrol":
        return None
    return connection.respond(http.HTTPStatus.NOT_FOUND, "There is /enrol.\n")
