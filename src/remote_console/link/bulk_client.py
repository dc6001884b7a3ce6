"""Images of one site, over a connection of their own.

It follows its `AgentClient`: opened with a ticket of the control link, again after each loss, never
without one. A series is whole and unaltered (SHA-256 of every file), or an error.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Self

from pydantic import TypeAdapter
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from mr_contract.bulk_messages import (
    BULK_HEADER,
    BulkHello,
    FetchSeries,
    InstanceHeader,
    PreviewHeader,
    SeriesRefused,
    WatchPreviews,
)
from mr_contract.console_messages import CONSOLE_PROTOCOL, Farewell
from mr_contract.wire import IMAGE_FRAME_LIMIT_BYTES, Violation, decode, decode_image, encode
from remote_console.link.agent_client import AgentClient
from remote_console.link.connecting import close_websocket, open_websocket
from remote_console.link.errors import BulkFailed, LinkError, Refused
from remote_console.link.kept_tasks import end, keep

RETRY_PAUSE_S = 1.0
OPEN_TIMEOUT_S = 10.0

_FAREWELL = TypeAdapter(Farewell)

PreviewListener = Callable[[PreviewHeader, memoryview], None]


@dataclass(slots=True)
class _Fetch:
    done: asyncio.Future[list[bytes]]
    files: list[bytes] = field(default_factory=list)


class BulkClient:
    """Previews and stored series; runs on the loop of its `AgentClient`."""

    def __init__(self, client: AgentClient) -> None:
        self._client = client
        self._connection: ClientConnection | None = None
        self._open = asyncio.Event()
        self._watched: tuple[str, ...] = ()
        self._listener: PreviewListener | None = None
        self._fetches: dict[tuple[str, str], _Fetch] = {}
        self._keeping: asyncio.Task[None] | None = None
        self._last_failure = "not connected yet"

    async def __aenter__(self) -> Self:
        """Begin to connect; does not wait for it."""
        self._keeping = keep(self._keep_connected(), lambda: self._abandon("a fault in this program"))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close; what is being fetched fails."""
        await end(self._keeping)
        self._abandon("the connection was closed")

    async def watch_previews(self, scanners: Iterable[str], listener: PreviewListener) -> None:
        """From now on call `listener` for previews of these scanners, also after a new connection.

        The payload is rows × columns uint16, little-endian; copy it to keep it.
        """
        self._watched, self._listener = tuple(scanners), listener
        if self._connection is not None:
            await self._connection.send(encode(WatchPreviews(scanners=self._watched)))

    async def fetch_series(self, scanner: str, series_id: str, *, timeout_s: float = 300.0) -> list[bytes]:
        """All DICOM files of a stored series, in order.

        Raises:
            Refused: the agent does not send it, with its reasons.
            BulkFailed: no connection, lost half-way, damaged, or not whole within the time.
        """
        key = (scanner, series_id)
        if key in self._fetches:
            raise BulkFailed(f"Series {series_id} is already being fetched.")
        fetch = _Fetch(asyncio.get_running_loop().create_future())
        self._fetches[key] = fetch
        try:
            async with asyncio.timeout(timeout_s):
                await self._open.wait()
                if self._connection is None:
                    raise BulkFailed(f"No connection for images: {self._last_failure}.")
                await self._connection.send(encode(FetchSeries(scanner=scanner, series_id=series_id)))
                return await fetch.done
        except TimeoutError:
            raise BulkFailed(
                f"Series {series_id} did not arrive within {timeout_s:g} s ({self._last_failure})."
            ) from None
        except ConnectionClosed:
            raise BulkFailed("The connection for images was lost.") from None
        finally:
            self._fetches.pop(key, None)

    async def _keep_connected(self) -> None:
        while True:
            await self._client.wait_connected()
            try:
                await self._connect_once()
            except (LinkError, Violation, OSError, TimeoutError, WebSocketException) as error:
                self._last_failure = str(error) or type(error).__name__
            self._connection = None
            self._open.clear()
            self._abandon("the connection for images was lost")
            await asyncio.sleep(RETRY_PAUSE_S)

    async def _connect_once(self) -> None:
        context = await asyncio.to_thread(self._client.client_context)
        connection = await open_websocket(
            self._client.site,
            "/bulk",
            context,
            frame_limit_bytes=IMAGE_FRAME_LIMIT_BYTES,
            limit_s=OPEN_TIMEOUT_S,
        )
        try:
            await self._converse(connection)
        finally:
            await close_websocket(connection)

    async def _converse(self, connection: ClientConnection) -> None:
        ticket = await self._client.bulk_ticket()
        await connection.send(encode(BulkHello(protocol=CONSOLE_PROTOCOL, ticket=ticket)))
        if self._watched:
            await connection.send(encode(WatchPreviews(scanners=self._watched)))
        self._connection = connection
        self._open.set()
        while True:
            frame = await connection.recv()
            if isinstance(frame, str):
                raise Violation(_farewell_words(frame))
            await self._take(*decode_image(BULK_HEADER, frame))

    async def _take(
        self, header: PreviewHeader | InstanceHeader | SeriesRefused, payload: memoryview
    ) -> None:
        match header:
            case PreviewHeader():
                if len(payload) != 2 * header.rows * header.columns:
                    raise Violation("a preview's payload is not rows × columns × 2 bytes")
                if self._listener is not None:
                    self._listener(header, payload)
            case InstanceHeader():
                await self._take_file(header, payload)
            case SeriesRefused():
                fetch = self._fetches.get((header.scanner, header.series_id))
                if fetch is not None and not fetch.done.done():
                    fetch.done.set_exception(Refused(header.findings))

    async def _take_file(self, header: InstanceHeader, payload: memoryview) -> None:
        fetch = self._fetches.get((header.scanner, header.series_id))
        if fetch is None or fetch.done.done():
            return
        content, digest = await asyncio.to_thread(_copy_and_hash, payload)
        if fetch.done.done():
            return
        if header.index != len(fetch.files):
            fetch.done.set_exception(BulkFailed(f"File {header.index} of the series came out of order."))
        elif digest != header.sha256:
            fetch.done.set_exception(BulkFailed(f"File {header.index} of the series was altered on its way."))
        else:
            fetch.files.append(content)
            if len(fetch.files) == header.count:
                fetch.done.set_result(fetch.files)

    def _abandon(self, why: str) -> None:
        for fetch in self._fetches.values():
            if not fetch.done.done():
                fetch.done.set_exception(BulkFailed(why[:1].upper() + why[1:] + "."))
                fetch.done.exception()  # seen, even if its waiter is cancelled


def _farewell_words(frame: str) -> str:
    """A text frame of the agent on this connection is its farewell."""
    return "; ".join(finding.text for finding in decode(_FAREWELL, frame).findings) or "the agent closed"


def _copy_and_hash(payload: memoryview) -> tuple[bytes, str]:
    """In a thread: a large file would hold up the beats of every site."""
    return bytes(payload), hashlib.sha256(payload).hexdigest()
