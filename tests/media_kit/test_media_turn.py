"""Pictures through a real relay: coturn, over UDP, TCP and TLS, with the credentials the agent makes.

`scripts/bootstrap --with-browser` installs coturn. Neither end offers an address of its own, so whatever
arrives went through the relay; its own log says how much.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiortc import RTCIceServer
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from media_pair import NOWHERE, relayed_pair, until, without

import media_kit
from local_agent.authority.certificates import issue_server_certificate, make_authority
from local_agent.media.turn import TurnServer
from media_kit.corrections import ALL, catalogue
from media_kit.corrections.catalogue import Correction
from media_kit.corrections.relays import LEAVES_WITHIN_S

pytestmark = pytest.mark.process
WITHIN_S = 30.0
SECRET = b"a secret of agent and relay"
PICTURES = 10
PICTURE_BYTES = 1000
"""Fewer than any picture of the pair has."""
READY = "DB connection success"
FLAGS = (
    *("-n", "--verbose", "--simple-log", "--no-stdout-log", "--no-cli", "--no-dtls", "--no-rfc5780"),
    *("--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--allow-loopback-peers"),
    *("--use-auth-secret", f"--static-auth-secret={SECRET.decode()}", "--realm=north.example"),
)


@dataclass(frozen=True, slots=True)
class Relay:
    """A coturn that runs: its ports, its log, the authority of its certificate."""

    port: int
    tls_port: int
    log: Path
    authority: Path
    pids: list[int] = field(default_factory=list)

    def url(self, way: str) -> str:
        """As in `[[media.turn]]`."""
        if way == "tls":
            return f"turns:127.0.0.1:{self.tls_port}?transport=tcp"
        return f"turn:127.0.0.1:{self.port}?transport={way}"

    def server(self, way: str, media_id: str, secret: bytes = SECRET) -> RTCIceServer:
        """With credentials as the agent gives them to one connection."""
        given = TurnServer((self.url(way),), secret).for_connection(media_id, time.time())
        return RTCIceServer(list(given.urls), given.username, given.credential)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """It holds its ports and says nothing, as behind a line that was cut."""
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)
        yield
        for pid in self.pids:
            os.kill(pid, signal.SIGCONT)

    def counted(self, media_id: str) -> tuple[int, int]:
        """Bytes from one end and to it, as the relay counted them when that end had left; 0 before."""
        usage = rf": usage: realm=<[^>]*>, username=<\d+:{media_id}>, rp=\d+, rb=(\d+), sp=\d+, sb=(\d+)"
        sums = [(int(came), int(went)) for came, went in re.findall(usage, self.log.read_text())]
        return sum(came for came, _ in sums), sum(went for _, went in sums)


def free_ports() -> tuple[int, int]:
    """Two, on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return int(one.getsockname()[1]), int(other.getsockname()[1])


def write_certificate(directory: Path) -> None:
    """`relay.crt`, `relay.key`, and the site's `authority.crt`."""
    now = datetime.now(UTC)
    authority, key = make_authority("North", now), ec.generate_private_key(ec.SECP256R1())
    certificate = issue_server_certificate(authority, key.public_key(), ("127.0.0.1",), now)
    (directory / "authority.crt").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    (directory / "relay.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    (directory / "relay.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """coturn on loopback, for the whole module."""
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("no TURN server: scripts/bootstrap --with-browser installs coturn")
    directory = tmp_path_factory.mktemp("relay")
    write_certificate(directory)
    port, tls_port = free_ports()
    running = Relay(port, tls_port, directory / "log", directory / "authority.crt")
    files = {"log-file": "log", "pidfile": "pid", "userdb": "users", "cert": "relay.crt", "pkey": "relay.key"}
    process = subprocess.Popen(
        [
            program,
            *FLAGS,
            f"--listening-port={port}",
            f"--tls-listening-port={tls_port}",
            *(f"--{option}={directory / name}" for option, name in files.items()),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running.pids.append(process.pid)
    try:
        wait_until_ready(running, process)
        yield running
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(WITHIN_S)


def wait_until_ready(relay: Relay, process: subprocess.Popen[bytes]) -> None:
    """Its last word before it serves."""
    until_s = time.monotonic() + WITHIN_S
    while not relay.log.exists() or READY not in relay.log.read_text():
        assert process.poll() is None, "coturn ended"
        assert time.monotonic() < until_s, "coturn does not begin"
        time.sleep(0.01)


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
async def test_pictures_move_through_the_relay_and_no_other_way(
    relay: Relay, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(relay.authority))  # what the system trusts
    ends = f"{way}-site", f"{way}-desk"
    async with relayed_pair(*(relay.server(way, end) for end in ends)) as pair:
        await until(lambda: pair.near.connectionState == pair.far.connectionState == "connected")
        await pair.offer_until(lambda: len(pair.readers) == 1 and len(pair.readers[0].numbers) >= PICTURES)
        offered = [pair.near.localDescription.sdp, pair.far.localDescription.sdp]
    for sdp in offered:
        assert set(kinds(sdp)) == {"relay"}
    await until(lambda: all(relay.counted(end) > (0, 0) for end in ends))
    came_from_site, _ = relay.counted(ends[0])
    _, went_to_desk = relay.counted(ends[1])
    assert min(came_from_site, went_to_desk) > PICTURES * PICTURE_BYTES


async def gather(*servers: RTCIceServer, only: Collection[Correction] = ALL) -> str:
    """The offer of a connection with these servers, where it has no address of its own."""
    with media_kit.correct(NOWHERE, only=only):
        connection = media_kit.new_connection(servers)
        connection.createDataChannel("capture-times")
        await connection.setLocalDescription(await connection.createOffer())
        offered = connection.localDescription.sdp
        await connection.close()
    return offered


def kinds(sdp: str) -> list[str]:
    """`host` or `relay`, for each candidate of a description."""
    return re.findall(r"^a=candidate:.* typ (\w+)", sdp, re.MULTILINE)


def priorities(sdp: str) -> list[int]:
    """For each candidate of a description."""
    return [int(said) for said in re.findall(r"^a=candidate:\S+ 1 udp (\d+) ", sdp, re.MULTILINE)]


async def test_a_wrong_secret_gives_no_relay_and_words(
    relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    assert kinds(await gather(relay.server("udp", "stranger", b"another secret"))) == []
    assert f"no relay at {relay.url('udp')}: it refuses our credentials (401)" in caplog.text
    assert relay.counted("stranger") == (0, 0)


async def test_a_certificate_that_nobody_trusts_gives_no_relay_and_words(
    relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    assert kinds(await gather(relay.server("tls", "untrusting"))) == []
    assert f"no relay at {relay.url('tls')}: " in caplog.text
    assert "certificate verify failed" in caplog.text


async def test_an_address_that_answers_is_found_behind_one_that_does_not(
    relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        servers = dead_url(mute), relay.server("tcp", "second")
        assert kinds(await gather(*servers)) == ["relay"]
        assert f"no relay at {servers[0].urls}: it does not answer" in caplog.text


async def test_every_address_of_a_server_gives_a_relay_and_an_earlier_one_is_preferred(relay: Relay) -> None:
    server = relay.server("tcp", "both")
    [alone] = priorities(await gather(server))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        [after_another] = priorities(await gather(dead_url(mute), server))
    server.urls = [relay.url("tcp"), relay.url("udp")]
    both = priorities(await gather(server))
    assert sorted(both) == [after_another, alone]
    assert alone > after_another


async def test_without_the_correction_only_the_first_address_is_asked_and_nothing_said(
    relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    servers = relay.server("udp", "stranger", b"another secret"), relay.server("tcp", "second")
    assert kinds(await gather(*servers, only=without(catalogue.ask_every_relay))) == []
    assert not caplog.records


def dead_url(mute: socket.socket) -> RTCIceServer:
    """A server that hears and says nothing."""
    return RTCIceServer(f"turn:127.0.0.1:{mute.getsockname()[1]}", "somebody", "something")


async def close_while_silent(
    relay: Relay, way: str, within_s: float, only: Collection[Correction] = ALL
) -> bool:
    """Whether a connection closes in this time though its relay has gone silent."""
    with media_kit.correct(NOWHERE, only=only):
        connection = media_kit.new_connection([relay.server(way, f"{way}-left")])
        connection.createDataChannel("capture-times")
        await connection.setLocalDescription(await connection.createOffer())
        with relay.silent():
            closing = asyncio.create_task(connection.close())
            done, _ = await asyncio.wait([closing], timeout=within_s)
        await closing
    return bool(done)


@pytest.mark.parametrize("way", ["udp", "tcp"])
async def test_a_relay_that_went_silent_holds_no_connection_open(relay: Relay, way: str) -> None:
    assert await close_while_silent(relay, way, within_s=20)


async def test_without_the_correction_a_silent_relay_is_waited_for(relay: Relay) -> None:
    only = without(catalogue.leave_relays_soon)
    assert not await close_while_silent(relay, "udp", LEAVES_WITHIN_S * 1.5, only)
