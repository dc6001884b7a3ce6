"""A machine that is short of processor is not taken for a crowded line."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aioice import Candidate, ice
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket, RtcpSenderInfo, RtcpSrPacket
from media_pair import HERE, media_pair, without

import media_kit
from media_kit.corrections import catalogue
from media_kit.corrections.arrivals import Datagram
from media_kit.rules.own_waits import MOST_S, waited_s

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says when a datagram arrived")


def test_a_wait_runs_from_the_arrival_and_is_nothing_where_that_cannot_be_known() -> None:
    assert waited_s(100.0, 100.25) == 0.25
    assert waited_s(None, 100.0) == 0.0
    assert waited_s(100.0, 99.0) == 0.0  # the wall clock was set back
    assert waited_s(100.0, 100.0 + MOST_S + 1) == 0.0  # or forward


def _burn(seconds: float) -> None:
    """Hold the loop, as a machine does that gives this process no processor."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        pass


class _Received:
    """Stands where the connection stands."""

    def __init__(self) -> None:
        self.datagrams: list[bytes] = []

    def data_received(self, data: bytes, component: int) -> None:
        assert component == 1
        self.datagrams.append(data)

    def protocol_lost(self, protocol: object) -> None:
        """It was closed."""


@asynccontextmanager
async def _socket(received: _Received) -> AsyncIterator[tuple[str, int]]:
    """A corrected socket of aioice's, and its address."""
    made: list[Any] = []

    def make() -> Any:
        made.append(ice.StunProtocol(received))  # type: ignore[arg-type]  # it only passes on
        return made[0]

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        make, local_addr=("127.0.0.1", 0)
    )
    host, port = transport.get_extra_info("sockname")
    made[0].local_candidate = Candidate("1", 1, "udp", 1, host, port, "host")
    try:
        yield host, port
    finally:
        await made[0].close()


async def _five_while_busy(address: tuple[str, int], received: _Received) -> float:
    """Five datagrams come while the loop is held, and one turn of it follows; when they had been sent."""
    received.datagrams.clear()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        for number in range(5):
            other.sendto(bytes([200, number]), address)
    sent_s = time.time()
    _burn(0.02)
    while not received.datagrams:
        await asyncio.sleep(0)
    return sent_s


async def test_what_arrived_while_the_process_was_busy_is_read_at_one_go_and_dated() -> None:
    received, dated = _Received(), False
    with media_kit.correct(HERE):
        async with _socket(received) as address, asyncio.timeout(10):
            while not dated:  # the kernel begins to date them a moment after it was asked
                sent_s = await _five_while_busy(address, received)
                assert received.datagrams == [bytes([200, number]) for number in range(5)]
                dated = all((_arrived_s(data) or sent_s + 1) <= sent_s for data in received.datagrams)


async def test_without_it_each_datagram_takes_a_turn_of_the_loop() -> None:
    received = _Received()
    with media_kit.correct(HERE, only=without(catalogue.date_arrivals)):
        async with _socket(received) as address:
            await _five_while_busy(address, received)
            assert [_arrived_s(data) for data in received.datagrams] == [None]


def _arrived_s(data: bytes) -> float | None:
    return data.arrived_wall_s if isinstance(data, Datagram) else None


async def test_a_report_that_waited_here_does_not_lengthen_the_round_trip() -> None:
    async with media_pair() as pair:
        sender: Any = pair.near.getSenders()[0]
        sender._RTCRtpSender__lsr, sender._RTCRtpSender__lsr_time = 7, time.time() - 1.0
        report = RtcpReceiverInfo(sender._ssrc, 0, 0, 0, 0, lsr=7, dlsr=round(0.6 * 65536))
        sender.transport.transport.arrived_wall_s = time.time() - 0.3
        await sender._handle_rtcp_packet(RtcpRrPacket(ssrc=1, reports=[report]))
        assert pair.viewer.line.round_trip_s == pytest.approx(0.1, abs=0.05)


async def test_what_a_receiver_says_of_the_senders_report_counts_from_its_arrival() -> None:
    async with media_pair() as pair:
        receiver: Any = pair.far.getReceivers()[0]
        receiver.transport.transport.arrived_wall_s = time.time() - 0.3
        await receiver._handle_rtcp_packet(RtcpSrPacket(ssrc=9, sender_info=RtcpSenderInfo(0, 0, 0, 0)))
        assert time.time() - receiver._RTCRtpReceiver__lsr_time[9] >= 0.3
