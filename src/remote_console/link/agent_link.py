"""The link to one site's agent, kept up: connection, beats, lease, what is heard.

- It trusts that site's authority and no other, and proves this device's certificate.
- What is asked is sent once, now or never: without a link it raises, and nothing waits for the next one.
- Beats are answered at once; the lease is renewed only while the window is alive.
- A lost link is made again by itself, with growing, random pauses; what was true on the old one is
  forgotten, except the past.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Self, TypeVar

from pydantic import BaseModel
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from mr_contract.console_messages import (
    CONSOLE_PROTOCOL,
    FROM_AGENT,
    AgentHello,
    Beat,
    BeatEcho,
    ConsoleHello,
    Farewell,
    FromAgent,
    JournalHeadSigned,
    Outcome,
    Resume,
    ScannerStatusChanged,
)
from mr_contract.reasons import Reason
from mr_contract.vocabulary import ScannerMode
from mr_contract.wire import AGENT_FRAME_LIMIT_BYTES, Violation, decode, encode
from remote_console.link.boot_clock import boot_s
from remote_console.link.certificate_renewal import keep_renewed
from remote_console.link.connecting import close_websocket, open_websocket
from remote_console.link.enrolment import request_for
from remote_console.link.errors import (
    LinkError,
    NoAnswer,
    NotConnected,
    UnprotectedKey,
)
from remote_console.link.event_hub import EventHub, Events
from remote_console.link.identity_store import EnrolledSite, IdentityStore
from remote_console.link.journal_memory import JournalMemory
from remote_console.link.kept_tasks import end, keep
from remote_console.link.link_events import (
    Happening,
    JournalRolledBack,
    LeaseLapsed,
    LinkState,
    Listener,
    Tuning,
)
from remote_console.link.outstanding import Outstanding
from remote_console.link.reasons_in_words import why_not_connected
from remote_console.link.site_view import SiteView, hear

RENEWAL_DUE = timedelta(days=30)
_NO_HURRY = {Reason.REVOKED, Reason.INCOMPATIBLE_PROTOCOL, Reason.TOO_MANY}

_Answer = TypeVar("_Answer", bound=BaseModel)


class _Dismissed(LinkError):
    """The agent said farewell."""

    def __init__(self, farewell: Farewell) -> None:
        super().__init__(
            "; ".join(f"{f.text}. {f.remedy}." for f in farewell.findings) or "The agent closed."
        )
        self.no_hurry = any(f.reason in _NO_HURRY for f in farewell.findings)


class AgentLink:
    """One site; all of it runs on the loop it was entered on."""

    def __init__(
        self,
        site: EnrolledSite,
        store: IdentityStore,
        *,
        window_alive: Callable[[], bool] = lambda: True,
        tuning: Tuning | None = None,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        program: str = "remote-console",
    ) -> None:
        self._site = site
        self._store = store
        self._window_alive = window_alive
        self._tuning = tuning or Tuning()
        self._wall = wall
        self._program = program
        self._view = SiteView()
        self._link = LinkState(connected=False, since=wall(), reason="Not connected yet.")
        self._rolled_back: JournalRolledBack | None = None
        self._connection: ClientConnection | None = None
        self._connected = asyncio.Event()
        self._outstanding = Outstanding()
        self._hub = EventHub(site.name)
        self._memory = JournalMemory(store, site)
        self._renewed_at_s: float | None = None
        self._lapse: asyncio.TimerHandle | None = None
        self._keeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to connect; does not wait for the link."""
        self._keeping = keep(self._keep_connected(), self._fail)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the link. Control is not released by this: the agent acts as was agreed."""
        await end(self._keeping)
        if self._lapse is not None:
            self._lapse.cancel()

    # ------------------------------------------------------------ what is known

    @property
    def tuning(self) -> Tuning:
        """The times in use."""
        return self._tuning

    @property
    def site(self) -> EnrolledSite:
        """The site, with the certificate in use."""
        return self._site

    @property
    def view(self) -> SiteView:
        """The latest of everything; old while `link.connected` is false."""
        return self._view

    @property
    def link(self) -> LinkState:
        """Whether there is a link."""
        return self._link

    @property
    def round_trip_ms(self) -> float | None:
        """The control round trip as the agent measures it; None while unknown."""
        link = self._view.link
        return link.round_trip_ms if link is not None and self._link.connected else None

    @property
    def lease_live(self) -> bool:
        """Whether this console may still think it holds a lease, if it was given one."""
        renewed_at_s = self._renewed_at_s
        return (
            self._link.connected
            and renewed_at_s is not None
            and boot_s() - renewed_at_s < self._tuning.lease_s
        )

    @property
    def rolled_back(self) -> JournalRolledBack | None:
        """Set when the site's journal ended earlier than remembered."""
        return self._rolled_back

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` on the loop for every event until the returned function is called."""
        return self._hub.subscribe(listener)

    def events(self) -> Events:
        """Every event from this call on, also those that come before the first is read.

        Call it before a command whose effects are to be seen: they may come together with its outcome. A
        reader that is far behind misses the oldest: `view` has the values.
        """
        return self._hub.events()

    def emit(self, scanner: str | None, what: Happening) -> None:
        """Tell the listeners."""
        self._hub.emit(scanner, what)

    def renewal_due(self) -> bool:
        """Whether less than 30 days of the certificate are left."""
        return self._site.certificate.not_valid_after_utc - self._wall() < RENEWAL_DUE

    def request_certificate(self) -> str:
        """A request (PEM) for this device's key. Blocking. Raises StoreLocked."""
        return request_for(self._store.device_key())

    def keep_certificate(self, certificate_pem: str) -> None:
        """Use this certificate from the next connection on. Blocking. Raises StoreConflict, OSError."""
        renewed = self._site.model_copy(update={"certificate_pem": certificate_pem})
        self._store.add(renewed)
        self._site = renewed

    async def wait_connected(self) -> AgentHello:
        """The hello of the link, once there is one; put a time-out around it."""
        while True:
            await self._connected.wait()
            if self._view.hello is not None:
                return self._view.hello

    def client_context(self) -> ssl.SSLContext:
        """TLS to this site, for a second connection. Blocking. Raises StoreLocked."""
        return self._store.client_context(self._site)

    # ------------------------------------------------------------ asking

    async def send_plain(self, message: BaseModel) -> bool:
        """Send a message that has no answer; False when there is no link to send it on."""
        if self._connection is None:
            return False
        try:
            await self._connection.send(encode(message))
        except ConnectionClosed:
            return False
        return True

    async def ask(
        self, message: BaseModel, command_id: str, kind: type[_Answer], limit_s: float
    ) -> _Answer | Outcome:
        """Send, and wait for the answer of this kind or the outcome that refuses it.

        Raises:
            NotConnected: there is no link; it was not sent.
            NoAnswer: it was sent, and what became of it is not known.
        """
        if (connection := self._connection) is None:
            raise NotConnected(f"There is no link to {self._site.name}: {self._link.reason}")
        with self._outstanding.expect(command_id, kind) as expectation:
            try:
                async with asyncio.timeout(limit_s):
                    await connection.send(encode(message))
                    answer = await expectation.answer
            except TimeoutError:
                why = f"{self._site.name} said nothing within {limit_s:g} s."
                raise NoAnswer(command_id, why, pending=expectation.pending) from None
            except ConnectionClosed:
                raise NoAnswer(command_id, "the link was lost.", pending=expectation.pending) from None
        if isinstance(answer, kind | Outcome):
            return answer
        raise TypeError(f"{type(answer).__name__} is no answer to {type(message).__name__}")

    # ------------------------------------------------------------ the link

    async def _keep_connected(self) -> None:
        failures = 0
        while True:
            began_s = boot_s()
            reason, no_hurry = await self._connect_once()
            if self._link.connected or self._link.reason != reason:
                self._link = LinkState(connected=False, since=self._wall(), reason=reason)
                self.emit(None, self._link)
            self._memory.write(self._view.last_seq)
            failures = 0 if boot_s() - began_s > self._tuning.longest_pause_s else failures + 1
            await asyncio.sleep(self._pause_s(failures, no_hurry=no_hurry))

    def _fail(self) -> None:
        """A fault of this program: never look connected."""
        self._link = LinkState(
            connected=False, since=self._wall(), reason="A fault in this program; start it anew."
        )

    def _pause_s(self, failures: int, *, no_hurry: bool) -> float:
        if no_hurry:
            return self._tuning.refused_pause_s
        longest = min(self._tuning.longest_pause_s, self._tuning.first_pause_s * 2.0 ** min(failures, 16))
        return random.uniform(longest / 2, longest)  # noqa: S311 - spreads reconnecting consoles

    async def _connect_once(self) -> tuple[str, bool]:
        """Be connected for as long as it lasts; why it ended, and whether to take time."""
        host, port = self._site.host, self._site.control_port
        try:
            context = await asyncio.to_thread(self.client_context)
            connection = await open_websocket(
                self._site,
                "/control",
                context,
                frame_limit_bytes=AGENT_FRAME_LIMIT_BYTES,
                limit_s=self._tuning.connect_s,
            )
            try:
                await self._converse(connection)
            finally:
                await close_websocket(connection)
        except _Dismissed as error:
            return str(error), error.no_hurry
        except LinkError as error:
            return str(error), True
        except Violation as violation:
            return f"The agent's message is not valid: {violation.why}", False
        except (OSError, TimeoutError, WebSocketException) as error:
            return why_not_connected(error, host, port), False
        return "The link ended.", False

    async def _converse(self, connection: ClientConnection) -> None:
        async with asyncio.timeout(self._tuning.hello_s):
            await connection.send(encode(await asyncio.to_thread(self._hello)))
            first = await _receive(connection)
        if not isinstance(first, AgentHello):
            raise Violation("the agent's first message was not agent_hello")
        if first.site != self._site.name:
            raise Violation(f"the agent calls itself “{first.site}”, not “{self._site.name}”")
        self._welcome(connection, first)
        renewing = keep(keep_renewed(self), connection.transport.abort)
        try:
            async with asyncio.timeout(self._tuning.silence_s) as silence:
                while True:
                    message = await _receive(connection)
                    silence.reschedule(asyncio.get_running_loop().time() + self._tuning.silence_s)
                    await self._hear(connection, message)
        finally:
            self._connection = None
            self._connected.clear()
            self._outstanding.abandon("the link was lost.")
            await end(renewing)

    def _hello(self) -> ConsoleHello:
        seq = self._view.last_seq
        return ConsoleHello(
            protocol=CONSOLE_PROTOCOL,
            program=self._program,
            sites=tuple(site.name for site in self._store.sites())[:32],
            resume=Resume(site=self._site.name, seq=seq) if seq else None,
        )

    def _welcome(self, connection: ClientConnection, hello: AgentHello) -> None:
        rolled_back = self._memory.judge(hello.seq, self._view.last_seq)
        if rolled_back is None:
            self._memory.write(hello.seq, hello.signed_head)
        else:
            self._rolled_back = rolled_back
            self.emit(None, rolled_back)
        self._view = hear(self._view, hello)
        self._connection = connection
        self._link = LinkState(connected=True, since=self._wall())
        self._connected.set()
        self.emit(None, self._link)
        self.emit(None, hello)

    async def _hear(self, connection: ClientConnection, message: FromAgent) -> None:
        if isinstance(message, Beat):
            renew = self._window_alive()
            await connection.send(encode(BeatEcho(beat=message.beat, renew=renew)))
            if renew:
                self._renewed()
        if self._store.is_unprotected:
            _refuse_real_scanner(message)
        self._view = hear(self._view, message)
        self._outstanding.deliver(message)
        if isinstance(message, JournalHeadSigned):
            self._memory.write(message.seq, message.signed_head)
        self._memory.note(self._view.last_seq)
        self.emit(getattr(message, "scanner", None), message)

    def _renewed(self) -> None:
        self._renewed_at_s = boot_s()
        if self._lapse is not None:
            self._lapse.cancel()
        loop = asyncio.get_running_loop()
        self._lapse = loop.call_later(self._tuning.lease_s, self.emit, None, LeaseLapsed())


def _refuse_real_scanner(message: FromAgent) -> None:
    """A key without protection stays away from every scanner that is not a DEMO one."""
    if isinstance(message, ScannerStatusChanged) and message.status.mode not in {None, ScannerMode.DEMO}:
        raise UnprotectedKey(message.scanner)


async def _receive(connection: ClientConnection) -> FromAgent:
    frame = await connection.recv()
    if isinstance(frame, bytes):
        raise Violation("control frames are text")
    message = decode(FROM_AGENT, frame)
    if isinstance(message, Farewell):
        raise _Dismissed(message)
    return message
