"""The client side of the scanner wire protocol: two connections, kept alive.

- A request is written to the socket in the turn that sends it; stop waits for nothing.
- Nothing is queued for a scanner that is not connected, and nothing is sent again.
- The image connection is another socket with its own reader, so images never delay a reply.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.connection import broadcast
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.frames import CloseCode

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.scanner_messages import (
    FROM_SCANNER,
    SCANNER_IMAGE_HEADER,
    SCANNER_PROTOCOL,
    Rejected,
    Reply,
    ScannerEvent,
    ScannerHello,
    ScannerInstance,
    ScannerReply,
    ScannerRequest,
    ScannerWelcome,
    SeriesStored,
    VitalsRead,
)
from mr_contract.wire import (
    AGENT_FRAME_LIMIT_BYTES,
    IMAGE_FRAME_LIMIT_BYTES,
    Violation,
    decode,
    decode_image,
    encode,
)

LOG = logging.getLogger("local_agent.scanner")
FIRST_RETRY_S = 0.2
LAST_RETRY_S = 2.0
WELCOME_WITHIN_S = 3.0
SAME_VIOLATION_S = 60.0
"""An adapter that breaks the protocol alike at every connection is told once in this time."""
MOST_REASON_BYTES = 123
"""So many fit into a close frame (RFC 6455, 5.5)."""
HELLO_ID = 1_000_000_000
"""Request id of the hello, outside the desk's own numbers."""


class ImageNotKept(Exception):
    """An image could not be stored; the adapter sends its series again after a new connection."""


class SecretUnusable(Exception):
    """The file of the shared secret holds none; it is read again with each attempt."""


_TRIED_AGAIN = (OSError, SecretUnusable, ImageNotKept, InvalidHandshake, InvalidURI, TimeoutError)


class ScannerDoor(Protocol):
    """What the client tells of its scanner; called on the agent's loop."""

    def scanner_connected(self, scanner: str, welcome: ScannerWelcome) -> None: ...

    def scanner_reply(self, scanner: str, reply: ScannerReply) -> None: ...

    def scanner_event(self, scanner: str, event: ScannerEvent) -> None: ...

    def scanner_vitals(self, scanner: str, read: VitalsRead) -> None: ...

    def scanner_lost(self, scanner: str, why: str) -> None: ...

    def scanner_violated(self, scanner: str, why: str) -> None: ...

    def scanner_preview(self, scanner: str, header: PreviewHeader, payload: bytes) -> None: ...

    async def scanner_instance(self, scanner: str, header: ScannerInstance, payload: bytes) -> bool:
        """Store one file; True when its series is complete on disk. Raises ImageNotKept."""
        ...


@dataclass(frozen=True, slots=True)
class ScannerAddress:
    """Where an adapter listens, and the file that holds the shared secret."""

    scanner: str
    url: str
    secret_file: Path


class ScannerClient:
    """Connects to one adapter and connects again, for as long as the agent runs."""

    def __init__(self, address: ScannerAddress, door: ScannerDoor, agent: str) -> None:
        self._address = address
        self._door = door
        self._agent = agent
        self._control: ClientConnection | None = None
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._said = ""
        self._violated_at_s: dict[str, float] = {}

    def start(self) -> None:
        """Begin connecting."""
        name = self._address.scanner
        self._tasks = (
            asyncio.create_task(self._keep(self._run_control), name=f"scanner-control-{name}"),
            asyncio.create_task(self._keep(self._run_images), name=f"scanner-images-{name}"),
        )

    async def close(self) -> None:
        """End both connections."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def tasks(self) -> tuple[asyncio.Task[None], ...]:
        """They end only when they are cancelled, or by a programming error."""
        return self._tasks

    def send(self, request: ScannerRequest) -> bool:
        """Write a request now. False when the scanner is not connected: it is not sent, ever."""
        if self._control is None:
            return False
        broadcast([self._control], encode(request))  # synchronous: into the socket before this returns
        return True

    def drop(self) -> None:
        """Cut a connection on which nothing is heard; a new one is made."""
        if self._control is not None:
            self._control.transport.abort()

    async def _keep(self, run: Callable[[], Awaitable[None]]) -> None:
        wait_s = FIRST_RETRY_S
        while True:
            began_s = asyncio.get_running_loop().time()
            try:
                await run()
                why = "the adapter closed the connection"
            except ConnectionClosed as error:
                why = str(error)
                if error.sent is not None and error.sent.code == CloseCode.MESSAGE_TOO_BIG:
                    why = self._violated("a frame beyond the limit")
            except _TRIED_AGAIN as error:
                why = str(error) or type(error).__name__
            except Violation as violation:
                why = self._violated(violation.why)
            self._say(why)
            if asyncio.get_running_loop().time() - began_s > 5.0:
                wait_s = FIRST_RETRY_S
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LAST_RETRY_S)

    def _violated(self, why: str) -> str:
        """Tell that the adapter broke the protocol, unless the same was told lately; in words for the log."""
        at_s = asyncio.get_running_loop().time()
        lately = {w: told_s for w, told_s in self._violated_at_s.items() if at_s - told_s < SAME_VIOLATION_S}
        if why not in lately:
            lately[why] = at_s
            self._door.scanner_violated(self._address.scanner, why)
        self._violated_at_s = lately
        return f"the adapter broke the protocol: {why}"

    def _say(self, why: str) -> None:
        """Log each reason once, not at each attempt."""
        if why != self._said:
            LOG.warning("scanner %s: %s", self._address.scanner, why)
            self._said = why

    @asynccontextmanager
    async def _connection(self, path: str, limit_bytes: int) -> AsyncIterator[ClientConnection]:
        """One connection; an adapter that breaks the protocol is told why it ends."""
        secret = _secret_in(self._address.secret_file)
        async with connect(
            self._address.url.rstrip("/") + path,
            additional_headers={"Authorization": f"Bearer {secret}"},
            compression=None,
            max_size=limit_bytes,
            open_timeout=WELCOME_WITHIN_S,
            close_timeout=0.5,
            ping_interval=None,
            proxy=None,
        ) as connection:
            try:
                yield connection
            except Violation as violation:
                words = violation.why.encode()[:MOST_REASON_BYTES].decode(errors="ignore")
                await connection.close(CloseCode.POLICY_VIOLATION, words)
                raise

    async def _run_control(self) -> None:
        name = self._address.scanner
        async with self._connection("/control", AGENT_FRAME_LIMIT_BYTES) as connection:
            hello = ScannerHello(request_id=HELLO_ID, protocol=SCANNER_PROTOCOL, agent=self._agent)
            await connection.send(encode(hello))
            async with asyncio.timeout(WELCOME_WITHIN_S):
                welcome = decode(FROM_SCANNER, await connection.recv())
            if isinstance(welcome, Rejected):
                raise Violation(welcome.why)
            if not isinstance(welcome, ScannerWelcome):
                raise Violation("the first answer is not a welcome")
            self._said = ""
            self._control = connection
            try:
                self._door.scanner_connected(name, welcome)
                async for frame in connection:
                    self._deliver(name, frame)
            finally:
                self._control = None
                self._door.scanner_lost(name, "the connection to the scanner ended")

    def _deliver(self, name: str, frame: str | bytes) -> None:
        message = decode(FROM_SCANNER, frame)
        if isinstance(message, Reply):
            self._door.scanner_reply(name, message)
        elif isinstance(message, VitalsRead):
            self._door.scanner_vitals(name, message)
        else:
            self._door.scanner_event(name, message)

    async def _run_images(self) -> None:
        name = self._address.scanner
        async with self._connection("/images", IMAGE_FRAME_LIMIT_BYTES) as connection:
            async for frame in connection:
                if isinstance(frame, str):
                    raise Violation("a text frame on the images connection")
                header, payload = decode_image(SCANNER_IMAGE_HEADER, frame)
                if isinstance(header, PreviewHeader):
                    self._door.scanner_preview(name, header, bytes(payload))
                elif await self._door.scanner_instance(name, header, bytes(payload)):
                    await connection.send(encode(SeriesStored(series_id=header.series_id)))


def _secret_in(file: Path) -> str:
    """Fit to stand in a header. Raises SecretUnusable, OSError."""
    secret = file.read_bytes().decode("ascii", errors="replace").strip()
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise SecretUnusable(
            f"{file} holds no secret: one line of ASCII letters and digits is needed. "
            "Copy the adapter's file anew."
        )
    return secret
