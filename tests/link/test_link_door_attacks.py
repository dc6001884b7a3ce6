"""Attacks on the door for consoles, over real sockets and real TLS."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from link_site import QUICK, LinkBench, link_bench, until
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from local_agent.core.knocks import Door, Knock, TurnedAway
from local_agent.link.console_server import LinkLimits
from mr_contract.bulk_messages import BulkHello
from mr_contract.console_messages import (
    CONSOLE_PROTOCOL,
    FROM_AGENT,
    CertificateRenewed,
    Farewell,
    Outcome,
    RenewCertificate,
)
from mr_contract.reasons import Reason
from mr_contract.wire import decode, encode
from remote_console.link import AgentClient, EnrolledSite, ScannerCommands
from remote_console.link.enrolment import request_for
from remote_console.link.identity_store import pinned_context


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[LinkBench]:
    async with link_bench(tmp_path) as bench:
        yield bench


async def farewell_of(connection: ClientConnection) -> Farewell:
    """The last thing said before the connection closed."""
    last = None
    try:
        async with asyncio.timeout(5):
            while True:
                last = await connection.recv()
    except ConnectionClosed:
        assert isinstance(last, str), "closed without a word"
    message = decode(FROM_AGENT, last)
    assert isinstance(message, Farewell)
    return message


def refused_at(bench: LinkBench) -> list[tuple[Door, TurnedAway]]:
    return [(knock.door, knock.why) for knock in bench.north.knocks]


async def test_a_console_with_a_certificate_of_another_site_gets_nowhere(bench: LinkBench) -> None:
    north = bench.north.enrolled(bench.store)
    context = bench.store.client_context(bench.south.enrolled(bench.store))
    context.load_verify_locations(cadata=north.authority_pem)
    with pytest.raises((ssl.SSLError, InvalidMessage, ConnectionError)):
        await bench.raw(context, bench.north.port)
    assert not bench.north.door.opened
    await until(lambda: refused_at(bench) == [(Door.CONSOLES, TurnedAway.CERTIFICATE_FOREIGN)])


async def test_a_console_without_a_certificate_gets_nowhere(bench: LinkBench) -> None:
    north = bench.north.enrolled(bench.store)
    with pytest.raises((ssl.SSLError, InvalidMessage, ConnectionError)):
        await bench.raw(pinned_context(north.authority_pem), bench.north.port)
    assert not bench.north.door.opened
    await until(lambda: refused_at(bench) == [(Door.CONSOLES, TurnedAway.CERTIFICATE_MISSING)])


async def test_a_client_without_acceptable_certificate_is_told_why(bench: LinkBench) -> None:
    north, south = bench.north.enrolled(bench.store), bench.south.enrolled(bench.store)
    crossed = north.model_copy(update={"certificate_pem": south.certificate_pem})
    async with AgentClient(crossed, bench.store, tuning=QUICK) as client:
        await until(lambda: "does not accept this workstation's certificate" in client.link.reason)
    assert not bench.north.door.opened


async def test_a_tls_1_2_client_is_refused(bench: LinkBench) -> None:
    context = bench.store.client_context(bench.north.enrolled(bench.store))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await bench.raw(context, bench.north.port)
    assert not bench.north.door.opened


async def test_a_console_does_not_follow_an_agent_of_another_authority(bench: LinkBench) -> None:
    north = bench.north.enrolled(bench.store)
    lured = north.model_copy(update={"control_port": bench.south.port})
    async with AgentClient(lured, bench.store, tuning=QUICK) as client:
        await until(lambda: "does not prove to be this site" in client.link.reason)
    assert not bench.south.door.opened


async def test_a_device_revoked_while_live_is_closed_within_a_second(bench: LinkBench) -> None:
    connection = await bench.raw(
        bench.store.client_context(bench.north.enrolled(bench.store)), bench.north.port
    )
    other = await bench.connect(bench.north.enrolled(bench.other_store, "Ben Ode"), bench.other_store)
    await until(lambda: len(bench.north.door.opened) == 2)
    loop = asyncio.get_running_loop()
    began = loop.time()
    bench.north.devices.revoke("Anna Berg", bench.north.clock.wall())
    assert (await farewell_of(connection)).findings[0].reason is Reason.REVOKED
    assert loop.time() - began < 1.0
    await until(lambda: bench.north.door.closed == [bench.north.door.opened[0].peer.link])
    assert (await ScannerCommands(other, "mri-a").list_protocols()).accepted


async def test_frames_of_a_revoked_console_reach_nobody(bench: LinkBench) -> None:
    connection = await bench.raw(
        bench.store.client_context(bench.north.enrolled(bench.store)), bench.north.port
    )
    bench.north.devices.revoke("Anna Berg", bench.north.clock.wall())
    await until(lambda: bench.north.door.opened)
    bench.north.server.check_register()
    await connection.send('{"kind":"stop_scan","command_id":"c1","scanner":"mri-a"}')
    await farewell_of(connection)
    assert not bench.north.door.frames


async def test_a_revoked_or_unknown_certificate_is_turned_away_with_the_reason(bench: LinkBench) -> None:
    site = bench.north.enrolled(bench.store)
    bench.north.devices.revoke("Anna Berg", bench.north.clock.wall())
    connection = await bench.raw(bench.store.client_context(site), bench.north.port)
    assert (await farewell_of(connection)).findings[0].reason is Reason.REVOKED
    assert not bench.north.door.opened
    assert bench.north.knocks == [
        Knock(Door.CONSOLES, TurnedAway.CERTIFICATE_REVOKED, "127.0.0.1", "Anna Berg")
    ]


async def test_a_certificate_that_expired_is_told_apart_from_a_foreign_one(bench: LinkBench) -> None:
    site = bench.north.enrolled(bench.store, days_ago=120)
    with pytest.raises((ssl.SSLError, InvalidMessage, ConnectionError)):
        await bench.raw(bench.store.client_context(site), bench.north.port)
    await until(lambda: refused_at(bench) == [(Door.CONSOLES, TurnedAway.CERTIFICATE_EXPIRED)])


async def test_a_stolen_or_guessed_ticket_for_images_is_told(bench: LinkBench) -> None:
    context = bench.store.client_context(bench.north.enrolled(bench.store))
    connection = await bench.raw(context, bench.north.port, "/bulk")
    await connection.send(encode(BulkHello(protocol=CONSOLE_PROTOCOL, ticket="0" * 32)))
    await farewell_of(connection)
    assert bench.north.knocks == [Knock(Door.BULK, TurnedAway.TICKET_REFUSED, "127.0.0.1", "Anna Berg")]


async def test_what_is_no_tls_is_told_as_a_handshake_that_failed(bench: LinkBench) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", bench.north.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    await until(lambda: refused_at(bench) == [(Door.CONSOLES, TurnedAway.HANDSHAKE_FAILED)])
    writer.close()


async def test_a_live_link_does_not_outlive_its_certificate(bench: LinkBench) -> None:
    connection = await bench.raw(
        bench.store.client_context(bench.north.enrolled(bench.store)), bench.north.port
    )
    await until(lambda: bench.north.door.opened)
    bench.north.clock.now += timedelta(days=91)
    assert (await farewell_of(connection)).findings[0].reason is Reason.REVOKED


async def test_a_stolen_link_gets_no_certificate_for_another_key(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    csr_pem = request_for(ec.generate_private_key(ec.SECP256R1()))
    request = RenewCertificate(command_id="r1", csr_pem=csr_pem)
    answer = await client.ask(request, "r1", CertificateRenewed, 2.0)
    assert isinstance(answer, Outcome)
    assert not answer.accepted
    assert len(bench.north.devices.list()) == 1


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"\x00\x01", Reason.MALFORMED),
        ("x" * 70_000, Reason.TOO_LARGE),
        ("é" * 40_000, Reason.TOO_LARGE),
    ],
    ids=["binary", "oversized", "oversized in bytes only"],
)
async def test_a_frame_of_wrong_form_ends_the_link_with_a_reason_and_never_reaches_the_agent(
    bench: LinkBench, caplog: pytest.LogCaptureFixture, frame: str | bytes, reason: Reason
) -> None:
    other = await bench.connect(bench.north.enrolled(bench.other_store, "Ben Ode"), bench.other_store)
    connection = await bench.raw(
        bench.store.client_context(bench.north.enrolled(bench.store)), bench.north.port
    )
    seen = len(bench.north.door.frames)
    with caplog.at_level(logging.DEBUG, "local_agent"):
        await connection.send(frame)
        assert (await farewell_of(connection)).findings[0].reason is reason
        await until(lambda: bench.north.door.closed)
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert warnings[0].exc_info is None
    assert all(frame.kind == "beat_echo" for frame in bench.north.door.frames[seen:])
    assert (await ScannerCommands(other, "mri-a").list_protocols()).accepted


async def test_a_frame_beyond_the_library_limit_closes_the_link_with_one_log_line(
    bench: LinkBench, caplog: pytest.LogCaptureFixture
) -> None:
    connection = await bench.raw(
        bench.store.client_context(bench.north.enrolled(bench.store)), bench.north.port
    )
    with suppress(ConnectionClosed):  # it may be cut while it is still being sent
        await connection.send("x" * 1_000_000)
    with pytest.raises(ConnectionClosed):
        await connection.recv()
    await until(lambda: bench.north.door.closed)
    assert connection.close_code == 1009
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert warnings[0].exc_info is None


def masked(first: int, payload: bytes) -> bytes:
    """A frame of a client, masked with zeros."""
    return bytes((first, 0x80 | len(payload))) + bytes(4) + payload


COMPRESSED_TEXT, CLOSE = 0xC1, 0x88
FORGED = b"\x03\xf1x\n2026-11-24 09:12:44 ERROR local_agent Hans Meier"


async def test_a_compressed_frame_and_a_forged_farewell_are_one_line_that_says_nothing_of_them(
    bench: LinkBench, caplog: pytest.LogCaptureFixture
) -> None:
    """What would be unpacked, to a gigabyte perhaps, is not agreed on and ends the link."""
    writer = await _upgraded(bench, bench.north.enrolled(bench.store))
    with caplog.at_level(logging.DEBUG, "local_agent"):
        writer.write(masked(COMPRESSED_TEXT, b"\xed\xc1\x01") + masked(CLOSE, FORGED))
        await until(lambda: bench.north.door.closed)
    writer.close()
    (violation,) = bench.north.door.violations
    assert violation.reason is Reason.MALFORMED
    (line,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "reserved bits" in line.getMessage()
    assert "Meier" not in line.getMessage() + violation.text


async def test_malformed_frames_are_handed_over_as_they_are_and_leave_the_link_to_the_agent(
    bench: LinkBench,
) -> None:
    connection = await bench.raw(
        bench.store.client_context(bench.north.enrolled(bench.store)), bench.north.port
    )
    await connection.send('{"kind":"no_such_thing"}')
    await until(lambda: bench.north.door.refused_frames)
    assert not bench.north.door.frames


def was_cut(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


async def test_fifty_half_open_connections_do_not_harm_a_live_link_nor_keep_a_new_one_out(
    tmp_path: Path,
) -> None:
    limits = LinkLimits(handshake_s=30.0, pending=16)  # so that only the limit can save it
    async with link_bench(tmp_path, limits) as bench:
        client = await bench.connect(bench.north.enrolled(bench.store))
        idle = []
        try:
            for _ in range(50):
                attacker = socket.socket()
                attacker.setblocking(False)
                idle.append(attacker)
                await asyncio.get_running_loop().sock_connect(attacker, ("127.0.0.1", bench.north.port))
            assert (await client.stop("mri-a")).accepted
            listener = bench.north.server._listener
            assert listener is not None
            assert listener.pending <= 16
            await until(lambda: sum(map(was_cut, idle)) >= 50 - 16)
            late = bench.north.enrolled(bench.other_store, "Ben Ode")
            second = await bench.connect(late, bench.other_store)
            assert (await second.stop("mri-a")).accepted
        finally:
            for attacker in idle:
                attacker.close()


async def test_one_device_may_not_take_all_connections(tmp_path: Path) -> None:
    async with link_bench(tmp_path, LinkLimits(connections=8, per_device=2)) as bench:
        site = bench.north.enrolled(bench.store)
        context = bench.store.client_context(site)
        for _ in range(2):
            await bench.raw(context, bench.north.port)
        await until(lambda: len(bench.north.door.opened) == 2)
        third = await bench.raw(context, bench.north.port)
        assert (await farewell_of(third)).findings[0].reason is Reason.TOO_MANY
        other = await bench.connect(bench.north.enrolled(bench.other_store, "Ben Ode"), bench.other_store)
        assert (await other.stop("mri-a")).accepted


async def test_a_link_that_never_reads_is_cut_and_nobody_else_notices(
    bench: LinkBench, caplog: pytest.LogCaptureFixture
) -> None:
    deaf_site = bench.north.enrolled(bench.store)
    writer = await _upgrade_and_stop_reading(bench, deaf_site)
    try:
        door = bench.north.door
        await until(lambda: door.opened)
        deaf = door.opened[0]
        other = await bench.connect(bench.north.enrolled(bench.other_store, "Ben Ode"), bench.other_store)
        hello = door.hello(deaf)
        filled = hello.model_copy(update={"signed_head": "h" * 2000})
        sent = 0
        while deaf.peer.link not in door.closed:
            deaf.send(filled.model_copy())
            sent += 1
            assert sent < 20_000, "it was never cut"
            if sent % 100 == 0:
                assert (await other.stop("mri-a")).accepted
        assert [r.exc_info for r in caplog.records if r.levelno >= logging.WARNING] == [None]
        assert (await other.stop("mri-a")).accepted
    finally:
        writer.transport.abort()
        await until(writer.transport.is_closing)


async def test_a_peer_that_only_pings_and_never_reads_is_cut(bench: LinkBench) -> None:
    writer = await _upgrade_and_stop_reading(bench, bench.north.enrolled(bench.store))
    try:
        await until(lambda: bench.north.door.opened)
        ping = b"\x89\xfd" + bytes(4) + b"p" * 125  # masked with zeros
        flood = ping * 1000
        end = asyncio.get_running_loop().time() + 6
        while not bench.north.door.closed:
            assert asyncio.get_running_loop().time() < end, "it was never cut"
            if writer.transport.get_write_buffer_size() < 1_000_000 and not writer.is_closing():
                writer.write(flood)
            await asyncio.sleep(0)
    finally:
        writer.transport.abort()
        await until(writer.transport.is_closing)


async def test_a_path_that_is_not_there_is_not_found(bench: LinkBench) -> None:
    context = bench.store.client_context(bench.north.enrolled(bench.store))
    with pytest.raises(InvalidStatus, match="404"):
        await bench.raw(context, bench.north.port, "/admin")


async def test_a_browser_page_cannot_borrow_a_certificate(bench: LinkBench) -> None:
    context = bench.store.client_context(bench.north.enrolled(bench.store))
    with pytest.raises(InvalidStatus, match="403"):
        await connect(
            f"wss://127.0.0.1:{bench.north.port}/control",
            ssl=context,
            origin="https://evil.example",  # type: ignore[arg-type]
            proxy=None,
        )
    assert not bench.north.door.opened


async def test_neither_end_of_a_connection_waits_to_fill_packets(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    served = next(iter(bench.north.server._control.values()))
    for connection in (client._connection, served._connection):
        assert connection is not None
        raw = connection.transport.get_extra_info("socket")
        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def _upgrade_and_stop_reading(bench: LinkBench, site: EnrolledSite) -> asyncio.StreamWriter:
    writer = await _upgraded(bench, site)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    return writer


async def _upgraded(bench: LinkBench, site: EnrolledSite) -> asyncio.StreamWriter:
    """A WebSocket of which every byte is ours."""
    context = bench.store.client_context(site)
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.north.port, ssl=context, limit=1024)
    writer.write(
        b"GET /control HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    return writer
