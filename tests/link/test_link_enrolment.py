"""Enrolment over real sockets: the honest way, and the attacks on it."""

from __future__ import annotations

import asyncio
import io
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from link_site import LinkBench, link_bench, until
from websockets.exceptions import ConnectionClosed

from local_agent.core.knocks import Door, Knock, TurnedAway
from local_agent.link.enrolment_server import FRAME_LIMIT_BYTES, MOST_AT_ONCE
from mr_contract.enrolment_messages import EnrolRefused, EnrolRequest
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Role
from mr_contract.wire import encode
from remote_console.link import (
    AgentClient,
    BadCode,
    EnrolmentFailed,
    IdentityStore,
    Protection,
    StoreConflict,
    WrongAuthority,
    enrol,
)
from remote_console.link.enrol_cli import enrol_command, forget_command, sites_command
from remote_console.link.enrolment import parse_address, request_for
from remote_console.link.identity_store import device_fingerprint, pinned_context
from remote_console.link.invitation_code import parse_code


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[LinkBench]:
    async with link_bench(tmp_path) as bench:
        yield bench


@asynccontextmanager
async def listening(bench: LinkBench) -> AsyncIterator[str]:
    """An invitation is outstanding, so the door is open; its address."""
    await bench.north.enrolment_server.look()
    yield f"127.0.0.1:{bench.north.enrolment_server.port}"


class Eavesdropper(asyncio.Protocol):
    """A TLS server that remembers what was sent to it."""

    def __init__(self, heard: list[bytes], connected: list[bool]) -> None:
        self._heard, self._connected = heard, connected

    def connection_made(self, _transport: asyncio.BaseTransport) -> None:
        self._connected.append(True)

    def data_received(self, data: bytes) -> None:
        self._heard.append(data)


@asynccontextmanager
async def man_in_the_middle(
    chain_pem: bytes, key_pem: bytes, folder: Path
) -> AsyncIterator[tuple[str, list[bytes], list[bool]]]:
    certificate, key = folder / "mitm.crt", folder / "mitm.key"
    certificate.write_bytes(chain_pem)
    key.write_bytes(key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    heard: list[bytes] = []
    connected: list[bool] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Eavesdropper(heard, connected), "127.0.0.1", 0, ssl=context)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", heard, connected
    finally:
        server.close()
        await server.wait_closed()


async def test_an_invited_console_enrols_and_then_connects_as_who_the_site_said(bench: LinkBench) -> None:
    code = bench.north.invite("Anna Berg", Role.TRAINER)
    async with listening(bench) as url:
        site = await enrol(url, code.lower().replace("-", " "), bench.store)
    assert site.name == "North"
    assert bench.store.sites() == (site,)
    async with AgentClient(site, bench.store) as client, asyncio.timeout(5):
        hello = await client.wait_connected()
    assert (hello.you, hello.role) == ("Anna Berg", Role.TRAINER)
    assert hello.device == device_fingerprint(bench.store.device_key().public_key())


async def test_one_device_key_serves_all_sites(bench: LinkBench) -> None:
    await bench.north.enrolment_server.look()
    for side in (bench.north, bench.south):
        code = side.invite()
        await side.enrolment_server.look()
        await enrol(f"https://127.0.0.1:{side.enrolment_server.port}", code, bench.store)
    north, south = bench.store.sites()
    assert (north.name, south.name) == ("North", "South")
    assert north.certificate.public_key() == south.certificate.public_key()


async def test_the_door_is_open_only_while_an_invitation_is_outstanding(bench: LinkBench) -> None:
    door = bench.north.enrolment_server

    def listens() -> bool:
        with socket.socket() as knocking:
            return knocking.connect_ex(("127.0.0.1", door.port)) == 0

    assert not listens()
    bench.north.invite()
    await until(listens)  # noticed without being told
    bench.north.clock.at_s += 601
    await until(lambda: not listens())


async def test_a_code_stolen_and_used_a_second_time_gets_nothing(bench: LinkBench) -> None:
    code = bench.north.invite()
    bench.north.invite("Ben Ode")  # keeps the door open
    async with listening(bench) as url:
        await enrol(url, code, bench.store)
        with pytest.raises(EnrolmentFailed, match="has been used"):
            await enrol(url, code, bench.other_store)
    assert not bench.other_store.sites()
    assert len(bench.north.devices.list()) == 1


async def test_a_code_older_than_ten_minutes_gets_nothing(bench: LinkBench) -> None:
    code = bench.north.invite()
    bench.north.clock.at_s += 599
    bench.north.invite("Ben Ode")
    bench.north.clock.at_s += 2
    async with listening(bench) as url:
        with pytest.raises(EnrolmentFailed, match="older than ten minutes"):
            await enrol(url, code, bench.store)


async def test_a_man_in_the_middle_with_an_authority_of_his_own_hears_nothing(
    bench: LinkBench, tmp_path: Path
) -> None:
    code = bench.north.invite()
    theirs = bench.south.site
    chain = theirs.agent.certificate_file.read_bytes() + theirs.authority_file.read_bytes()
    async with man_in_the_middle(chain, theirs.agent.key_file.read_bytes(), tmp_path) as (url, heard, met):
        with pytest.raises(WrongAuthority, match="Nothing was sent"):
            await enrol(url, code, bench.store)
        await until(lambda: met)
    assert heard == []
    assert not bench.store.sites()


async def test_a_man_in_the_middle_who_shows_the_true_authority_without_its_signature_hears_nothing(
    bench: LinkBench, tmp_path: Path
) -> None:
    code = bench.north.invite()
    theirs = bench.south.site
    chain = theirs.agent.certificate_file.read_bytes() + bench.north.site.authority_file.read_bytes()
    async with man_in_the_middle(chain, theirs.agent.key_file.read_bytes(), tmp_path) as (url, heard, met):
        with pytest.raises(EnrolmentFailed, match="does not prove to be this site"):
            await enrol(url, code, bench.store)
        await until(lambda: met)
    assert heard == []


async def test_an_enrolled_console_cannot_pose_as_the_agent_to_the_next_one(
    bench: LinkBench, tmp_path: Path
) -> None:
    thief = bench.north.enrolled(bench.other_store, "Ben Ode")
    key = bench.other_store.device_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = (thief.certificate_pem + thief.authority_pem).encode()
    code = bench.north.invite()
    async with man_in_the_middle(chain, key, tmp_path) as (url, heard, met):
        with pytest.raises(EnrolmentFailed, match="does not prove to be this site"):
            await enrol(url, code, bench.store)
        await until(lambda: met)
    assert heard == []


async def test_a_code_of_another_site_is_not_shown_to_this_one(bench: LinkBench) -> None:
    bench.north.invite()
    code = bench.south.invite()
    async with listening(bench) as url:
        with pytest.raises(WrongAuthority):
            await enrol(url, code, bench.store)


async def test_guessing_codes_closes_the_door_for_a_while(bench: LinkBench) -> None:
    right = bench.north.invite()
    async with listening(bench):
        root = bench.north.site.authority_file.read_text()
        answers = [await ask(bench, root, secret="0" * 20) for _ in range(21)]
        assert answers[0].findings[0].reason is Reason.CODE_REFUSED
        assert answers[-1].findings[0].reason is Reason.TOO_MANY
        told = Counter(knock.why for knock in bench.north.knocks)
        assert told == {TurnedAway.CODE_REFUSED: 20, TurnedAway.TOO_MANY: 1}
        with pytest.raises(EnrolmentFailed, match="too many wrong attempts"):
            await enrol(f"127.0.0.1:{bench.north.enrolment_server.port}", right, bench.store)


async def ask(bench: LinkBench, root_pem: str, *, secret: str) -> EnrolRefused:
    connection = await bench.raw(pinned_context(root_pem), bench.north.enrolment_server.port, "/enrol")
    csr = request_for(bench.store.device_key())
    await connection.send(encode(EnrolRequest(protocol=1, secret=secret, csr_pem=csr)))
    answer = EnrolRefused.model_validate_json(await connection.recv())
    await connection.close()
    return answer


@pytest.mark.parametrize("frame", ["{}", b"\x00\xff", '{"kind":"enrol_request","protocol":9}'])
async def test_a_malformed_request_is_refused_in_words(bench: LinkBench, frame: str | bytes) -> None:
    bench.north.invite()
    async with listening(bench):
        context = pinned_context(bench.north.site.authority_file.read_text())
        connection = await bench.raw(context, bench.north.enrolment_server.port, "/enrol")
        await connection.send(frame)
        answer = EnrolRefused.model_validate_json(await connection.recv())
        assert answer.findings[0].reason is Reason.MALFORMED
        assert bench.north.knocks == [Knock(Door.ENROLMENT, TurnedAway.MALFORMED, "127.0.0.1")]


async def test_an_oversized_request_is_cut_off(bench: LinkBench) -> None:
    bench.north.invite()
    async with listening(bench):
        context = pinned_context(bench.north.site.authority_file.read_text())
        connection = await bench.raw(context, bench.north.enrolment_server.port, "/enrol")
        await connection.send("x" * (FRAME_LIMIT_BYTES + 1))
        with pytest.raises(ConnectionClosed):
            await connection.recv()
        assert connection.close_code == 1009
        await until(lambda: bench.north.knocks == [Knock(Door.ENROLMENT, TurnedAway.TOO_LARGE, "127.0.0.1")])


async def test_who_takes_every_place_and_asks_for_nothing_keeps_no_console_out(bench: LinkBench) -> None:
    code = bench.north.invite()
    async with listening(bench) as url:
        context = pinned_context(bench.north.site.authority_file.read_text())
        port = bench.north.enrolment_server.port
        for _ in range(MOST_AT_ONCE):
            await bench.raw(context, port, "/enrol")
        assert (await enrol(url, code, bench.store)).name == "North"
    assert bench.north.knocks == [Knock(Door.ENROLMENT, TurnedAway.TOO_MANY, "127.0.0.1")]


async def test_a_faulty_request_does_not_spend_the_code(bench: LinkBench) -> None:
    code = bench.north.invite()
    async with listening(bench) as url:
        context = pinned_context(bench.north.site.authority_file.read_text())
        connection = await bench.raw(context, bench.north.enrolment_server.port, "/enrol")
        ticket = parse_code(code).ticket
        await connection.send(encode(EnrolRequest(protocol=1, secret=ticket, csr_pem="nonsense")))
        assert EnrolRefused.model_validate_json(await connection.recv()).findings
        assert (await enrol(url, code, bench.store)).name == "North"


async def test_another_authority_under_a_known_name_is_not_taken_over_silently(
    bench: LinkBench, tmp_path: Path
) -> None:
    bench.north.enrolled(bench.store)
    async with link_bench(tmp_path / "impostor") as other:
        code = other.north.invite()
        await other.north.enrolment_server.look()
        with pytest.raises(StoreConflict, match="Another authority"):
            await enrol(f"127.0.0.1:{other.north.enrolment_server.port}", code, bench.store)
    assert len(bench.store.sites()) == 1


async def test_a_revoked_key_is_not_certified_again_and_forgetting_all_sites_makes_a_new_one(
    bench: LinkBench,
) -> None:
    bench.north.enrolled(bench.store)
    bench.north.devices.revoke("Anna Berg", bench.north.clock.wall())
    code = bench.north.invite()
    async with listening(bench) as url:
        with pytest.raises(EnrolmentFailed, match="Forget all sites"):
            await enrol(url, code, bench.store)
        bench.store.forget("North")
        site = await enrol(url, code, bench.store)  # the refusal did not spend the code
    async with AgentClient(site, bench.store) as client, asyncio.timeout(5):
        await client.wait_connected()


async def test_where_nobody_answers_it_is_said(bench: LinkBench) -> None:
    code = bench.north.invite()
    port = bench.south.enrolment_server.port  # closed: no invitation there
    with pytest.raises(EnrolmentFailed, match=f"Nobody answers at 127.0.0.1:{port}"):
        await enrol(f"127.0.0.1:{port}", code, bench.store)


@pytest.mark.parametrize("typed", ["", "ABC", "U" * 50, "0" * 50, "0" * 49 + "é"])
async def test_what_cannot_be_a_code_connects_to_nothing(bench: LinkBench, typed: str) -> None:
    with pytest.raises(BadCode):
        await enrol("127.0.0.1:1", typed, bench.store)


@pytest.mark.parametrize("url", ["http://a:1", "ftp://a", "", "wss://", "a:b", "wss://a:99999999"])
def test_what_cannot_be_an_address_is_said_so(url: str) -> None:
    with pytest.raises(EnrolmentFailed, match="host:port"):
        parse_address(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [("a.b:12", ("a.b", 12)), ("wss://a", ("a", 8444)), ("https://[::1]:9/x", ("::1", 9))],
)
def test_addresses_are_read_in_the_ways_people_write_them(url: str, expected: tuple[str, int]) -> None:
    assert parse_address(url) == expected


async def test_the_command_line_enrols_lists_and_forgets(bench: LinkBench, tmp_path: Path) -> None:
    store = IdentityStore(tmp_path / "cli", Protection(unprotected_for_demos_only=True))
    code = bench.north.invite()
    async with listening(bench) as url:
        out, err = io.StringIO(), io.StringIO()
        assert await asyncio.to_thread(enrol_command, url, code, store, out, err) == 0
        assert await asyncio.to_thread(enrol_command, url, code, store, out, err) == 1
    assert "Enrolled at North" in out.getvalue()
    assert "NOT PROTECTED" in out.getvalue()
    assert "has been used" in err.getvalue() or "Nobody answers" in err.getvalue()
    listed = io.StringIO()
    assert sites_command(store, listed) == 0
    assert "North" in listed.getvalue()
    assert forget_command("North", store, listed) == 0
    assert forget_command("North", store, listed) == 1
    empty = io.StringIO()
    assert sites_command(store, empty) == 0
    assert "enrolled nowhere" in empty.getvalue()
