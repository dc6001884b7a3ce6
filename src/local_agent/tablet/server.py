"""The tablet's HTTPS server: a thread and a loop of its own, beside the agent's.

- A slow page, a flood of requests or a slow pairing hash holds this loop, never the agent's.
- Connections that say nothing, or only load the page, are bounded: the oldest is cut, a page's socket never.
- `start` returns when the door is open, or raises with words.
- `stop` returns when nothing is left, within about a second whatever pages do: what does not close is cut. A
  loop that hangs is left to itself after a few seconds, with every page cut and a line in the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from local_agent.core.knocks import Door, Knock, OnKnock, TurnedAway, unheard
from local_agent.link.listener import GuardedListener
from local_agent.ports import TabletDoor
from local_agent.tablet.config import TabletServerConfig, TabletServerError, tls_context
from local_agent.tablet.guard import Guard, host_headers
from local_agent.tablet.pages import PageFile, load_pages
from local_agent.tablet.pairing_port import TabletPairing
from local_agent.tablet.pairing_routes import PairingRoute
from local_agent.tablet.socket_route import SocketRoute
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from mr_contract.wire import CONTROL_FRAME_LIMIT_BYTES

if TYPE_CHECKING:
    from uvicorn.server import Protocols

_PING_S = 5.0
_PONG_WITHIN_S = 30.0
"""A page that is gone frees its place after this; one that is only slow must not lose its stop. Whether a
page is *heard* is told by its beats, each second."""
MOST_PENDING = 128
"""Connections that are no paired page's socket. A browser loads the page over six at most."""
_LET_GO_S = 0.5
"""How long a page may take to end its connection after the farewell; then it is cut."""
_CUT_S = 0.5
"""How long connections that were cut may take to be let go of."""
_LOOK_S = 0.02
_START_LIMIT_S = 10.0
_STOP_LIMIT_S = 5.0

_log = logging.getLogger(__name__)


class _Listener(GuardedListener):
    """Remembers what it accepted, so that it can be cut whatever its transport has come to."""

    def __init__(self, family: int, crowded_out: Callable[[str], None]) -> None:
        super().__init__(family, MOST_PENDING, crowded_out)
        self._accepted: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._by_address: weakref.WeakValueDictionary[tuple[str, int], socket.socket] = (
            weakref.WeakValueDictionary()
        )
        self._lock = threading.Lock()

    def accept(self) -> tuple[socket.socket, Any]:
        connection, address = super().accept()
        with self._lock:
            self._accepted.add(connection)
        self._by_address[address[:2]] = connection
        return connection, address

    def keep(self, address: tuple[str, int]) -> None:
        """This connection is a paired page's socket: it makes room for nobody."""
        connection = self._by_address.get(address)
        if connection is not None:
            self.admitted(connection.fileno())

    def cut(self) -> None:
        """End every connection that is still open, from any thread."""
        with self._lock:
            accepted = tuple(self._accepted)
        for connection in accepted:
            with contextlib.suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)


class _QuietServer(uvicorn.Server):
    """Leaves the process's signals to the process, says when it listens, and waits for no page to end."""

    def __init__(self, config: uvicorn.Config, listener: _Listener, opened: threading.Event) -> None:
        super().__init__(config)
        self._listener = listener
        self._opened = opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._opened.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Not the library's own: that one asks connections that are closing already, and they raise."""
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in self._speaking():
            connection.shutdown()
        if not await self._let_go(_LET_GO_S):
            for connection in self._speaking():
                connection.transport.abort()
            self._listener.cut()
            await self._let_go(_CUT_S)

    def _speaking(self) -> tuple[Protocols, ...]:
        return tuple(c for c in self.server_state.connections if not c.transport.is_closing())

    async def _let_go(self, within_s: float) -> bool:
        """Whether every connection and request has ended within this time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                # The library tells nobody when the last one is gone.
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_S)
                return True
        return False

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class TabletServer:
    """The door for tablets: `start`, `stop`, and the address in between."""

    def __init__(
        self,
        config: TabletServerConfig,
        *,
        door: TabletDoor,
        agent_loop: asyncio.AbstractEventLoop,
        pairing: TabletPairing,
        turned_away: OnKnock = unheard,
    ) -> None:
        def hop(knock: Knock) -> None:
            with contextlib.suppress(RuntimeError):  # the agent's loop is closed: nobody is left to tell
                agent_loop.call_soon_threadsafe(turned_away, knock)

        self._config = config
        self._turned_away = hop
        self._socket_route = SocketRoute(door, agent_loop, pairing, hop, self._keep)
        self._pairing_route = PairingRoute(pairing, hop)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._listener: _Listener | None = None
        self._changing = threading.Lock()
        self._port = config.port

    @property
    def port(self) -> int:
        """The port in use; that of the configuration before `start`."""
        return self._port

    @property
    def url(self) -> str:
        """The page's address under the first of the site's names."""
        name = self._config.names[0]
        return f"https://{f'[{name}]' if ':' in name else name}:{self._port}/"

    def start(self) -> None:
        """Open the door.

        Raises:
            TabletServerError: the certificate cannot be used or the address is taken.
        """
        with self._changing:
            self._start()

    def stop(self) -> None:
        """Say farewell to every page and close the door. Idempotent."""
        with self._changing:
            self._stop()

    def _keep(self, address: tuple[str, int]) -> None:
        if self._listener is not None:
            self._listener.keep(address)

    def _crowded_out(self, where: str) -> None:
        self._turned_away(Knock(Door.TABLET, TurnedAway.TOO_MANY, where))

    def _start(self) -> None:
        context = tls_context(self._config, self._turned_away)
        listener = self._listener = _listen(self._config, self._crowded_out)
        self._port = listener.getsockname()[1]
        opened = threading.Event()
        server = self._server = _QuietServer(_uvicorn_config(self._app(), context), listener, opened)
        self._thread = threading.Thread(
            target=self._run, args=(server, listener, opened), name="tablet-server", daemon=True
        )
        self._thread.start()
        if not opened.wait(_START_LIMIT_S) or not server.started:
            self._stop()
            raise TabletServerError(
                f"the tablet's door did not open within {_START_LIMIT_S:.0f} s: start again"
            )

    def _stop(self) -> None:
        thread, self._thread = self._thread, None
        if thread is None or self._server is None or self._listener is None:
            return
        if self._loop is None:
            self._server.should_exit = True
        else:
            with contextlib.suppress(RuntimeError):  # it ended by itself
                self._loop.call_soon_threadsafe(self._end)
        thread.join(_STOP_LIMIT_S)
        if thread.is_alive():
            self._listener.cut()
            _log.error("the tablet's door hangs: every page was cut; it ends with this program")

    def _end(self) -> None:
        self._socket_route.close_all(finding(Reason.CLOSING))
        if self._server is not None:
            self._server.should_exit = True

    def _run(self, server: uvicorn.Server, listener: _Listener, opened: threading.Event) -> None:
        try:
            asyncio.run(self._serve(server, listener))
        finally:
            listener.close()
            opened.set()

    async def _serve(self, server: uvicorn.Server, listener: _Listener) -> None:
        self._loop = asyncio.get_running_loop()
        await server.serve(sockets=[listener])

    def _app(self) -> Starlette:
        pages = load_pages()
        routes: list[Route | WebSocketRoute] = [
            Route(path, _page(file), methods=["GET"]) for path, file in sorted(pages.items())
        ]
        routes.append(Route("/pair", self._pairing_route.__call__, methods=["POST"]))
        routes.append(WebSocketRoute("/socket", self._socket_route.__call__))
        hosts = host_headers(self._config.names, self._port)
        return Starlette(
            routes=routes, middleware=[Middleware(Guard, hosts=hosts, turned_away=self._turned_away)]
        )


def _page(file: PageFile) -> Callable[[Request], Response]:
    response = Response(file.content, media_type=file.media_type)

    def endpoint(_request: Request) -> Response:
        return response

    return endpoint


def _listen(config: TabletServerConfig, crowded_out: Callable[[str], None]) -> _Listener:
    listener = _Listener(socket.AF_INET6 if ":" in config.host else socket.AF_INET, crowded_out)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((config.host, config.port))
    except OSError as error:
        listener.close()
        raise TabletServerError(
            f"tablet address {config.host} port {config.port} cannot be opened ({error.strerror}): "
            "stop the program that uses it, or choose another"
        ) from None
    return listener


def _uvicorn_config(app: Starlette, context: ssl.SSLContext) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="websockets-sansio",
        ws_max_size=CONTROL_FRAME_LIMIT_BYTES,
        ws_ping_interval=_PING_S,
        ws_ping_timeout=_PONG_WITHIN_S,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=5,
        h11_max_incomplete_event_size=16 * 1024,
        ssl_context_factory=lambda _config, _default: context,
    )
