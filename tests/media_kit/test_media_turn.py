"""Pictures through a real relay: coturn, over UDP, TCP and TLS, with the credentials the agent makes.

`scripts/bootstrap --with-browser` installs coturn. Neither end offers an address of its own, so whatever
arrives went through the relay; its own log says how much.
"""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Collection, Iterator
from functools import partial
from typing import cast

import pytest
from aioice import stun, turn
from aiortc import RTCIceServer
from media_pair import NOWHERE, relayed_pair, until, without
from rig.relay import NO_PROGRAM, PROGRAM, SECRET, Relay, running_relay

import media_kit
from local_agent.media.turn import GOOD_FOR_S, TurnServer
from media_kit.corrections import ALL, catalogue
from media_kit.corrections.catalogue import Correction
from media_kit.corrections.relays import LEAVES_WITHIN_S

pytestmark = pytest.mark.process
PICTURES = 10
PICTURE_BYTES = 1000
"""Fewer than any picture of the pair has."""


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """coturn on loopback, for the whole module."""
    if PROGRAM is None:
        pytest.skip(NO_PROGRAM)
    with running_relay(tmp_path_factory.mktemp("relay")) as running:
        yield running


def server_of(relay: Relay, way: str, media_id: str, secret: bytes = SECRET) -> RTCIceServer:
    """With credentials as the agent gives them to one connection."""
    given = TurnServer((relay.url(way),), secret).for_connection(media_id, time.time())
    return RTCIceServer(list(given.urls), given.username, given.credential)


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
async def test_pictures_move_through_the_relay_and_no_other_way(
    relay: Relay, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(relay.authority))  # what the system trusts
    ends = f"{way}-site", f"{way}-desk"
    async with relayed_pair(*(server_of(relay, way, end) for end in ends)) as pair:
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
    assert kinds(await gather(server_of(relay, "udp", "stranger", b"another secret"))) == []
    assert f"no relay at {relay.url('udp')}: it refuses our credentials (401)" in caplog.text
    assert relay.counted("stranger") == (0, 0)


class _Echo(asyncio.DatagramProtocol):
    """Somebody who answers beyond the relay."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data, addr)


class _Came(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.came: list[bytes] = []

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        self.came.append(data)


async def test_a_relay_that_was_taken_in_time_stands_when_its_credentials_have_run_out(relay: Relay) -> None:
    ends_s = time.time() + 1.0
    given = TurnServer((relay.url("udp"),), SECRET).for_connection("lasting", ends_s - GOOD_FOR_S)
    take = partial(
        turn.create_turn_endpoint,
        _Came,
        server_addr=("127.0.0.1", relay.port),
        username=given.username,
        password=given.credential,
        channel_refresh_time=0,
    )
    loop = asyncio.get_running_loop()
    beyond, _ = await loop.create_datagram_endpoint(_Echo, local_addr=("127.0.0.1", 0))
    peer = beyond.get_extra_info("sockname")
    relayed, protocol = await take()
    relayed.sendto(b"before", peer)
    await until(lambda: protocol.came == [b"before"])
    await until(lambda: time.time() > ends_s + 1.0)
    inner = relayed._TurnTransport__inner_protocol  # type: ignore[attr-defined]
    inner.nonce = b"a nonce that is stale by now"
    refresh = stun.Message(message_method=stun.Method.REFRESH, message_class=stun.Class.REQUEST)
    refresh.attributes["LIFETIME"] = 600
    refreshed, _ = await inner.request_with_retry(refresh)
    assert refreshed.attributes["LIFETIME"] == 600
    relayed.sendto(b"after", peer)  # its channel is bound anew before
    await until(lambda: protocol.came == [b"before", b"after"])
    with pytest.raises(stun.TransactionFailed, match="401"):
        await take()
    relayed.close()
    beyond.close()


async def test_a_certificate_that_nobody_trusts_gives_no_relay_and_words(
    relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    assert kinds(await gather(server_of(relay, "tls", "untrusting"))) == []
    assert f"no relay at {relay.url('tls')}: " in caplog.text
    assert "certificate verify failed" in caplog.text


async def test_an_address_that_answers_is_found_behind_one_that_does_not(
    relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        servers = dead_url(mute), server_of(relay, "tcp", "second")
        assert kinds(await gather(*servers)) == ["relay"]
        assert f"no relay at {servers[0].urls}: it does not answer" in caplog.text


async def test_every_address_of_a_server_gives_a_relay_and_an_earlier_one_is_preferred(relay: Relay) -> None:
    server = server_of(relay, "tcp", "both")
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
    servers = server_of(relay, "udp", "stranger", b"another secret"), server_of(relay, "tcp", "second")
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
        connection = media_kit.new_connection([server_of(relay, way, f"{way}-left")])
        connection.createDataChannel("capture-times")
        await connection.setLocalDescription(await connection.createOffer())
        assert " typ relay " in connection.localDescription.sdp, "it has something to let go of"
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
