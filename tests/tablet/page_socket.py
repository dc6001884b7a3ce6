"""A page's socket, for tests that wait in the ordinary way.

One thread owns the connection. OpenSSL allows a TLS connection to one thread at a time, and the library's
blocking client reads in one while it writes in another: a session ticket that came while the first request
was written left both sides waiting for ever.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

WITHIN_S = 10.0
CLOSED_WITHIN_S = 1.0
_T = TypeVar("_T")


class PageSocket:
    """What the page does, from any thread; each call waits until it is done."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: ClientConnection) -> None:
        self._loop = loop
        self._connection = connection

    def send(self, frame: str | bytes) -> None:
        """Raises ConnectionClosed."""
        _on(self._loop, self._connection.send(frame))

    def recv(self, timeout: float = WITHIN_S) -> str | bytes:
        """The next frame. Raises TimeoutError, ConnectionClosed."""
        return _on(self._loop, self._next(timeout))

    async def _next(self, within_s: float) -> str | bytes:
        async with asyncio.timeout(within_s):
            return await self._connection.recv()


@contextmanager
def page_socket(url: str, trust: ssl.SSLContext, *, origin: str, cookie: str) -> Iterator[PageSocket]:
    """A page from its handshake to its close. Raises InvalidStatus, if it is refused."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="page")
    thread.start()
    try:
        connection = _on(loop, _connected(url, trust, origin, cookie))
        try:
            yield PageSocket(loop, connection)
        finally:
            _on(loop, connection.close())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _connected(url: str, trust: ssl.SSLContext, origin: str, cookie: str) -> ClientConnection:
    return await connect(
        url,
        ssl=trust,
        origin=Origin(origin),
        additional_headers={"Cookie": cookie},
        compression=None,
        proxy=None,
        max_size=2**21,
        open_timeout=WITHIN_S,
        close_timeout=CLOSED_WITHIN_S,
    )


def _on(loop: asyncio.AbstractEventLoop, what: Coroutine[Any, Any, _T]) -> _T:
    return asyncio.run_coroutine_threadsafe(what, loop).result(2 * WITHIN_S)
