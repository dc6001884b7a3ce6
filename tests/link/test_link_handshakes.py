"""What fails before a connection is one, over real sockets: each is told, with why, and harms nobody."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio
from link_site import LinkBench, link_bench, until
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from local_agent.core.knocks import Door, Knock, TurnedAway
from local_agent.link.console_server import LinkLimits
from remote_console.link import AgentClient
from remote_console.link.identity_store import pinned_context

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLAIN_ALERT = bytes((21, 3, 3, 0, 2, 2))
"""A fatal alert not yet encrypted (RFC 8446, 6); its description follows."""
CERTIFICATE_UNKNOWN, UNKNOWN_AUTHORITY = 46, 48
HERE = "127.0.0.1"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LinkBench]:
    folder = tmp_path_factory.mktemp("doors")
    async with link_bench(folder, LinkLimits(handshake_s=0.3, pending=16)) as bench:
        bench.north.enrolled(bench.store)
        bench.north.invite()
        await bench.north.enrolment_server.look()
        await bench.connect(bench.store.site("North"))
        yield bench


@pytest.fixture
def bench(site: LinkBench) -> LinkBench:
    """Both doors open, one console connected, nobody turned away yet."""
    site.north.knocks.clear()
    return site


def port_of(bench: LinkBench, door: Door) -> int:
    return bench.north.port if door is Door.CONSOLES else bench.north.enrolment_server.port


def context_of(bench: LinkBench, door: Door) -> ssl.SSLContext:
    """Of a peer that the door's TLS lets in."""
    site = bench.store.site("North")
    return bench.store.client_context(site) if door is Door.CONSOLES else pinned_context(site.authority_pem)


async def told(bench: LinkBench, door: Door, why: TurnedAway, where: str = HERE) -> None:
    """Exactly once; and nobody else notices."""
    await until(lambda: bench.north.knocks)
    assert (await the_console(bench).stop("mri-a")).accepted
    assert bench.north.knocks == [Knock(door, why, where)]
    assert len(bench.north.door.opened) == 1


def the_console(bench: LinkBench) -> AgentClient:
    """The one that was connected all along."""
    return bench.clients[0]


async def sends(bench: LinkBench, door: Door, *words: bytes, context: ssl.SSLContext | None = None) -> bytes:
    """A peer that speaks no WebSocket, with TLS or without: what it is told until it is cut."""
    port = port_of(bench, door)
    reader, writer = await asyncio.open_connection(HERE, port, ssl=context)
    for word in words:
        writer.write(word)
    answer = b""
    with suppress(OSError):
        async with asyncio.timeout(5):
            answer = await reader.read()
    writer.close()
    return answer


def client_hello(context: ssl.SSLContext) -> bytes:
    """The first flight of a TLS client."""
    sent = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname=HERE)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return sent.read()


def untrusting() -> ssl.SSLContext:
    """Trusts no authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    return context


DOORS = pytest.mark.parametrize("door", [Door.CONSOLES, Door.ENROLMENT])


@DOORS
@pytest.mark.parametrize(
    "words",
    [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\x00" * 400, b"\xff" * 400],
    ids=["plain HTTP", "a hello that is none", "garbage"],
)
async def test_what_is_no_tls_is_told_as_a_handshake_that_failed(
    bench: LinkBench, door: Door, words: bytes
) -> None:
    await sends(bench, door, words)
    await told(bench, door, TurnedAway.HANDSHAKE_FAILED, where="")


@DOORS
async def test_tls_1_2_is_told_as_a_handshake_that_failed(bench: LinkBench, door: Door) -> None:
    context = context_of(bench, door)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await sends(bench, door, context=context)
    await told(bench, door, TurnedAway.HANDSHAKE_FAILED, where="")


@DOORS
async def test_a_console_that_does_not_trust_the_site_is_told_as_that(bench: LinkBench, door: Door) -> None:
    def connect_and_refuse() -> None:  # asyncio's own TLS goes without the alert
        plain = socket.create_connection((HERE, port_of(bench, door)))
        with plain, pytest.raises(ssl.SSLCertVerificationError):
            untrusting().wrap_socket(plain)

    await asyncio.to_thread(connect_and_refuse)
    await told(bench, door, TurnedAway.SITE_NOT_TRUSTED, where="")


@DOORS
@pytest.mark.parametrize("alert", [CERTIFICATE_UNKNOWN, UNKNOWN_AUTHORITY])
async def test_the_alert_certificate_unknown_is_told_as_a_site_that_is_not_trusted(
    bench: LinkBench, door: Door, alert: int
) -> None:
    await sends(bench, door, client_hello(untrusting()), PLAIN_ALERT + bytes([alert]))
    await told(bench, door, TurnedAway.SITE_NOT_TRUSTED, where="")


@DOORS
@pytest.mark.parametrize(
    ("path", "origin", "status", "why"),
    [
        ("/admin", None, 404, TurnedAway.OTHER_PATH),
        ("", "https://evil.example", 403, TurnedAway.OTHER_ORIGIN),
    ],
)
async def test_a_wrong_path_or_a_foreign_page_is_refused_and_told(
    bench: LinkBench, door: Door, path: str, origin: str | None, status: int, why: TurnedAway
) -> None:
    path = path or ("/control" if door is Door.CONSOLES else "/enrol")
    url = f"wss://{HERE}:{port_of(bench, door)}{path}"
    with pytest.raises(InvalidStatus, match=str(status)):
        await connect(url, ssl=context_of(bench, door), origin=origin, proxy=None)  # type: ignore[arg-type]
    await told(bench, door, why)


@DOORS
@pytest.mark.parametrize(
    ("request_text", "why"),
    [
        (b"GET /control HTTP/1.1\r\nHost: x\r\n\r\n", TurnedAway.MALFORMED),
        (b"\x00\x01\x02\r\n\r\n", TurnedAway.MALFORMED),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", TurnedAway.TOO_LARGE),
        (b"GET /control HTTP/1.1\r\n" + b"A: b\r\n" * 300 + b"\r\n", TurnedAway.TOO_LARGE),
    ],
    ids=["no upgrade", "garbage", "a long line", "many headers"],
)
async def test_a_request_that_opens_no_websocket_is_refused_and_told(
    bench: LinkBench, door: Door, request_text: bytes, why: TurnedAway
) -> None:
    if door is Door.ENROLMENT:
        request_text = request_text.replace(b"/control", b"/enrol")
    await sends(bench, door, request_text, context=context_of(bench, door))
    await told(bench, door, why)


async def test_a_request_that_drips_is_cut_in_time_and_told(bench: LinkBench) -> None:
    context = context_of(bench, Door.CONSOLES)
    await sends(bench, Door.CONSOLES, b"GET /control HTTP/1.1\r\nHost: x\r\n", context=context)
    await told(bench, Door.CONSOLES, TurnedAway.TOO_SLOW)


@DOORS
async def test_unfinished_connections_that_crowd_out_others_are_told(bench: LinkBench, door: Door) -> None:
    opened = [await asyncio.open_connection(HERE, port_of(bench, door)) for _ in range(17)]
    await until(lambda: bench.north.knocks)
    assert bench.north.knocks == [Knock(door, TurnedAway.TOO_MANY, HERE)]
    for _, writer in opened:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


@DOORS
async def test_who_only_connects_and_leaves_is_no_line(bench: LinkBench, door: Door) -> None:
    for context in (None, context_of(bench, door)):
        _, writer = await asyncio.open_connection(HERE, port_of(bench, door), ssl=context)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    assert (await the_console(bench).stop("mri-a")).accepted
    assert bench.north.knocks == []
