"""Where media may be reached, whom it asks, and with which versions it works."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCPeerConnection, RTCRtpCodecParameters, codecs
from media_pair import without

import media_kit
from media_kit.corrections import ALL, catalogue
from media_kit.corrections.applying import check_versions
from media_kit.corrections.ice import NoPortFree

_VP8 = RTCRtpCodecParameters(mimeType="video/VP8", clockRate=90_000, payloadType=97)
PORTS = (42100, 42103)
GRANTED = int(Path("/proc/sys/net/core/rmem_max").read_text())
RANGE = media_kit.Reach(udp_ports=PORTS, addresses=("127.0.0.1",))


def _gatherer(connection: RTCPeerConnection) -> Any:
    return connection.getTransceivers()[0].receiver.transport.transport.iceGatherer


async def _offer(connection: RTCPeerConnection) -> list[tuple[str, int]]:
    connection.addTransceiver("video", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    return [(candidate.ip, candidate.port) for candidate in _gatherer(connection).getLocalCandidates()]


async def test_only_the_configured_address_and_ports_are_offered() -> None:
    with media_kit.correct(RANGE):
        connections = [media_kit.new_connection() for _ in range(3)]
        offered = [candidate for connection in connections for candidate in await _offer(connection)]
        for connection in connections:
            await connection.close()
    assert {ip for ip, _ in offered} == {"127.0.0.1"}
    ports = [port for _, port in offered]
    assert len(set(ports)) == 3
    assert all(PORTS[0] <= port <= PORTS[1] for port in ports)


async def test_when_every_port_is_taken_the_words_say_what_to_do() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with media_kit.correct(media_kit.Reach(udp_ports=(port, port), addresses=("127.0.0.1",))):
            connection = media_kit.new_connection()
            with pytest.raises(NoPortFree, match=f"no UDP port from {port} to {port} is free on 127.0.0.1"):
                await _offer(connection)
            await connection.close()


@pytest.mark.parametrize("ports", [(80, 90), (50000, 40000), (60000, 70000)])
def test_a_range_that_is_none_is_refused(ports: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="UDP ports"):
        media_kit.Reach(udp_ports=ports)


async def test_sockets_have_room_for_a_burst() -> None:
    with media_kit.correct(RANGE):
        connection = media_kit.new_connection()
        await _offer(connection)
        protocol = _gatherer(connection)._connection._protocols[0]
        room = protocol.transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        await connection.close()
    assert room >= min(4 * 1024 * 1024, GRANTED)


async def test_nobody_outside_is_asked_unless_configured() -> None:
    with media_kit.correct(RANGE):
        connection = RTCPeerConnection()
        connection.addTransceiver("video")
        assert _gatherer(connection)._connection.stun_server is None
        await connection.close()


async def test_without_the_correction_a_public_server_is_asked() -> None:
    with media_kit.correct(RANGE, only=without(catalogue.ask_no_public_server)):
        connection = RTCPeerConnection()
        connection.addTransceiver("video")
        assert "google" in _gatherer(connection)._connection.stun_server[0]
        await connection.close()


@pytest.mark.parametrize(
    ("only", "reached"), [(ALL, 4_000_000), (without(catalogue.free_bitrates), 1_500_000)]
)
def test_an_encoder_of_aiortc_may_use_four_megabits(only: Any, reached: int) -> None:
    with media_kit.correct(only=only):
        encoder: Any = codecs.get_encoder(_VP8)
        encoder.target_bitrate = 4_000_000
        assert encoder.target_bitrate == reached


def test_two_encoders_have_limits_of_their_own() -> None:
    with media_kit.correct():
        one: Any = codecs.get_encoder(_VP8)
        other: Any = codecs.get_encoder(_VP8)
        one.most_bps = 300_000
        one.target_bitrate = other.target_bitrate = 2_000_000
        assert (one.target_bitrate, other.target_bitrate) == (300_000, 2_000_000)


def test_another_version_is_refused_with_the_one_that_is_needed() -> None:
    with pytest.raises(media_kit.WrongVersion, match=r"aiortc 1\.17\.0: .* install aiortc==1\.16\.0"):
        check_versions({"aiortc": "1.17.0", "aioice": "0.13.0"})
    with pytest.raises(media_kit.WrongVersion, match="aioice is missing"):
        check_versions({"aiortc": "1.16.0"})


def test_a_process_is_corrected_once() -> None:
    with media_kit.correct(), pytest.raises(RuntimeError, match="call correct\\(\\) once in a process"):
        media_kit.correct()


def test_corrections_that_end_leave_the_library_as_it_was() -> None:
    from aiortc import rtcpeerconnection

    before = {name: getattr(rtcpeerconnection, name) for name in ("RTCDtlsTransport", "RTCRtpReceiver")}
    with media_kit.correct():
        assert {name: getattr(rtcpeerconnection, name) for name in before} != before
    assert {name: getattr(rtcpeerconnection, name) for name in before} == before
