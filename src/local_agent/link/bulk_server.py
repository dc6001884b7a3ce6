"""One bulk connection: previews and stored series, sent so that control never waits behind them.

- Opens with a ticket of a live control link of the same certificate; ends with that link.
- What is sent is asked for again at the moment of sending: `view` may have been withdrawn meanwhile, or the
  exam found to be of the wrong patient.
- One image frame travels as fragments, paced by `Pacer`; while the line is busy it only trickles.
- Previews: the latest of each slice only, and before the next file of a series.
- The agent's text frames here are farewells; everything else it sends is binary.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path

from pydantic import BaseModel
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed

from local_agent.core.knocks import TurnedAway
from local_agent.link.console_link import TOO_BIG, close_with, cut_if_deaf, log_violation
from local_agent.link.pacing import Pacer
from local_agent.ports import BulkDoor, ConsolePeer
from mr_contract.bulk_messages import (
    FROM_CONSOLE_BULK,
    BulkHello,
    FetchSeries,
    InstanceHeader,
    PreviewHeader,
    SeriesRefused,
    WatchPreviews,
)
from mr_contract.console_messages import CONSOLE_PROTOCOL, Farewell
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.wire import (
    CONTROL_FRAME_LIMIT_BYTES,
    HEADER_LIMIT_BYTES,
    IMAGE_FRAME_LIMIT_BYTES,
    Violation,
    decode,
    encode,
    encode_image,
)

HELLO_TIMEOUT_S = 5.0
MOST_WAITING_FETCHES = 16
MOST_WAITING_PREVIEWS = 512
YIELD_PAUSE_S = 0.05
YIELD_LIMIT_S = 0.5
"""While the line is busy one smallest chunk goes out this often, so that a download still ends."""
WAIT_LIMIT_S = 30.0
"""A console that acknowledges nothing for so long is gone."""

_Slice = tuple[str, int, int]


class _TicketRefused(Violation):
    """Told apart from a frame of the wrong form: somebody may try tickets."""


class BulkConnection:
    """From the first frame to the last; used on the agent's loop only."""

    def __init__(
        self,
        connection: ServerConnection,
        peer: ConsolePeer,
        door: BulkDoor,
        turned_away: Callable[[TurnedAway], None],
    ) -> None:
        self.peer = peer
        self._turned_away = turned_away
        self.control_link: str | None = None
        """The control link its ticket came from, once it was redeemed."""
        self._connection = connection
        self._door = door
        self._pacer = Pacer()
        self._acknowledged = asyncio.Event()
        self._wake = asyncio.Event()
        self._watched: frozenset[str] = frozenset()
        self._previews: dict[_Slice, tuple[PreviewHeader, bytes]] = {}
        self._fetches: deque[FetchSeries] = deque()
        self._closing: asyncio.Task[None] | None = None

    def close(self, findings: Sequence[Finding]) -> None:
        """Say why, and close. Idempotent."""
        if self._closing is None:
            broadcast((self._connection,), encode(Farewell(findings=tuple(findings))))
            self._closing = asyncio.create_task(close_with(self._connection, findings))

    def cut_if_deaf(self) -> None:
        """Asked from time to time by the server."""
        cut_if_deaf(self._connection, self.peer)

    async def run(self) -> None:
        """Serve until the connection is gone."""
        sender: asyncio.Task[None] | None = None
        unwatch = None
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                await self._welcome()
            unwatch = self._door.watch_previews(self._offer_preview)
            sender = asyncio.create_task(self._send_all())
            while True:
                self._take(decode(FROM_CONSOLE_BULK, await self._receive_text()))
        except _TicketRefused as refused:
            self._refuse(finding(Reason.MALFORMED, why=refused.why), TurnedAway.TICKET_REFUSED)
        except Violation as violation:
            self._refuse(finding(Reason.MALFORMED, why=violation.why), TurnedAway.MALFORMED)
        except TimeoutError:
            self._refuse(finding(Reason.OUT_OF_ORDER), TurnedAway.OUT_OF_ORDER)
        except ConnectionClosed as closed:
            if closed.sent is not None and closed.sent.code == TOO_BIG and not closed.rcvd_then_sent:
                self._turned_away(TurnedAway.TOO_LARGE)
        finally:
            if unwatch is not None:
                unwatch()
            if sender is not None:
                sender.cancel()
                await asyncio.wait({sender})
            if self._closing is not None:
                await self._closing

    async def _welcome(self) -> None:
        hello = decode(FROM_CONSOLE_BULK, await self._receive_text())
        if not isinstance(hello, BulkHello):
            raise Violation("the first frame must be bulk_hello")
        if hello.protocol != CONSOLE_PROTOCOL:
            raise Violation(f"this agent speaks version {CONSOLE_PROTOCOL}, not {hello.protocol}")
        self.control_link = self._door.redeem_ticket(hello.ticket, self.peer.device)
        if self.control_link is None:
            raise _TicketRefused(
                "this ticket is not good: it was used, is older than 10 s, or another device's"
            )
        base = asyncio.ensure_future(
            await self._connection.ping()
        )  # the empty line, before anything fills it
        base.add_done_callback(partial(self._on_pong, 0))

    async def _receive_text(self) -> str:
        frame = await self._connection.recv()
        if isinstance(frame, bytes):
            raise Violation("requests are text frames")
        if len(frame) > CONTROL_FRAME_LIMIT_BYTES:
            raise Violation("the request is too large")
        return frame

    def _take(self, request: BulkHello | FetchSeries | WatchPreviews) -> None:
        match request:
            case WatchPreviews(scanners=scanners):
                self._watched = frozenset(scanners)
            case FetchSeries() if len(self._fetches) < MOST_WAITING_FETCHES:
                self._fetches.append(request)
                self._wake.set()
            case FetchSeries():
                raise Violation(f"more than {MOST_WAITING_FETCHES} series are waiting")
            case BulkHello():
                raise Violation("bulk_hello comes once")

    def _refuse(self, reason: Finding, why: TurnedAway) -> None:
        log_violation(self.peer, reason.text)
        self._turned_away(why)
        self.close((reason,))

    def _may_view(self, scanner: str) -> bool:
        return self.control_link is not None and self._door.may_view(self.control_link, scanner)

    def _offer_preview(self, header: PreviewHeader, payload: bytes) -> None:
        """Keep the latest of each slice; the newest slices stay when there are too many."""
        if header.scanner not in self._watched or not self._may_view(header.scanner):
            return
        key = (header.scanner, header.group, header.slice_index)
        self._previews.pop(key, None)
        self._previews[key] = (header, payload)
        while len(self._previews) > MOST_WAITING_PREVIEWS:
            del self._previews[next(iter(self._previews))]
        self._wake.set()

    async def _send_all(self) -> None:
        try:
            while True:
                await self._send_previews()
                if self._fetches:
                    await self._send_series(self._fetches.popleft())
                elif not self._previews:
                    self._wake.clear()
                    await self._wake.wait()
        except ConnectionClosed:
            return
        except TimeoutError:
            log_violation(self.peer, f"acknowledged nothing for {WAIT_LIMIT_S:.0f} s")
            self._connection.transport.abort()

    async def _send_previews(self) -> None:
        while self._previews:
            header, payload = self._previews.pop(next(iter(self._previews)))
            if self._may_view(header.scanner):
                await self._send_frame(header, payload)

    async def _send_series(self, request: FetchSeries) -> None:
        """Every file in its own frame; a refusal instead of a file ends the series."""
        refusal: Finding | None = None
        paths: tuple[Path, ...] | None = None
        if not self._may_view(request.scanner):
            refusal = finding(Reason.VIEW_NOT_GRANTED)
        elif self._door.quarantined(request.scanner, request.series_id):
            refusal = finding(Reason.EXAM_QUARANTINED)
        elif not (paths := self._door.stored_series(request.scanner, request.series_id)):
            refusal = finding(Reason.SERIES_UNKNOWN)
        for index, path in enumerate(paths or ()):
            await self._send_previews()
            frame = await asyncio.to_thread(_instance_frame, request, (index, len(paths or ())), path)
            if isinstance(frame, Finding):
                refusal = frame
            elif not self._may_view(request.scanner):
                refusal = finding(Reason.VIEW_NOT_GRANTED)
            if self._door.quarantined(request.scanner, request.series_id):
                refusal = finding(Reason.EXAM_QUARANTINED)
            if refusal is not None or isinstance(frame, Finding):
                break
            await self._connection.send(self._fragments(frame))
        if refusal is not None:
            refused = SeriesRefused(scanner=request.scanner, series_id=request.series_id, findings=(refusal,))
            await self._send_frame(refused, b"")

    async def _send_frame(self, header: BaseModel, payload: bytes) -> None:
        await self._connection.send(self._fragments(encode_image(header, payload)))

    async def _fragments(self, frame: bytes) -> AsyncIterator[memoryview]:
        """The frame in chunks, each sent when the pacer has room for it."""
        rest = memoryview(frame)
        while rest:
            await self._yield_to_control()
            await asyncio.sleep(0)  # whoever waits for the loop comes first
            size = min(self._pacer.chunk_bytes(), len(rest))
            async with asyncio.timeout(WAIT_LIMIT_S):
                while not self._pacer.may_send(size):
                    self._acknowledged.clear()
                    await self._acknowledged.wait()
            self._pacer.sent(size)
            yield rest[:size]
            rest = rest[size:]
            pong = asyncio.ensure_future(await self._connection.ping())
            pong.add_done_callback(partial(self._on_pong, size))

    async def _yield_to_control(self) -> None:
        """Pause while the control round trip is raised."""
        waited_s = 0.0
        while (
            waited_s < YIELD_LIMIT_S
            and self.control_link is not None
            and self._door.busy_line(self.control_link)
        ):
            self._pacer.yield_line()
            await asyncio.sleep(YIELD_PAUSE_S)
            waited_s += YIELD_PAUSE_S

    def _on_pong(self, size_bytes: int, pong: asyncio.Future[float]) -> None:
        if not pong.cancelled() and pong.exception() is None:
            at_s = asyncio.get_running_loop().time()
            self._pacer.acknowledged(size_bytes, pong.result(), at_s)
        self._acknowledged.set()


def _instance_frame(request: FetchSeries, place: tuple[int, int], path: Path) -> bytes | Finding:
    """The frame of a DICOM file; reading, hashing and copying it takes a thread, not the loop."""
    try:
        payload = path.read_bytes()
    except OSError:
        return finding(Reason.SERIES_UNKNOWN)
    if len(payload) > IMAGE_FRAME_LIMIT_BYTES - HEADER_LIMIT_BYTES - 4:
        return finding(Reason.TOO_LARGE)
    header = InstanceHeader(
        scanner=request.scanner,
        series_id=request.series_id,
        index=place[0],
        count=place[1],
        sha256=hashlib.sha256(payload).hexdigest(),
    )
    return encode_image(header, payload)
