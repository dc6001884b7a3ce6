"""Checks of connection, hello, frames and reading. Each name says what must hold."""

from __future__ import annotations

import asyncio
import json

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from mr_contract.scanner_messages import (
    FROM_SCANNER,
    SCANNER_PROTOCOL,
    CheckStep,
    Event,
    GetLog,
    GetSnapshot,
    LogListed,
    MoveScannerTable,
    Ping,
    Pong,
    Rejected,
    ScannerHello,
    Snapshot,
    StepAchieved,
    Stop,
    StopReceived,
    StopTaken,
)
from mr_contract.wire import AGENT_FRAME_LIMIT_BYTES, decode, encode
from scanner_kit.bench import Bench, Check, CheckFailed, expect
from scanner_kit.client import open_socket

STOP_WITHIN_S = 0.1


async def _refused(url: str, path: str, secret: str) -> int:
    """HTTP status of a refused upgrade."""
    try:
        async with open_socket(url, path, secret):
            raise CheckFailed("the connection was accepted")
    except InvalidStatus as error:
        return error.response.status_code


async def _ends(socket: ClientConnection) -> tuple[list[str], str]:
    """Frames until the adapter closes, and its reason."""
    frames: list[str] = []
    try:
        while True:
            frames.append(str(await socket.recv()))
    except ConnectionClosed as closed:
        return frames, closed.rcvd.reason if closed.rcvd is not None else ""


async def wrong_secret(bench: Bench) -> None:
    status = await _refused(bench.url, "/control", "not-the-secret-not-the-secret-not")
    expect(status == 401, f"HTTP status {status} instead of 401")


async def wrong_secret_for_images(bench: Bench) -> None:
    status = await _refused(bench.url, "/images", bench.secret[:-1])
    expect(status == 401, f"HTTP status {status} instead of 401")


async def unknown_path(bench: Bench) -> None:
    status = await _refused(bench.url, "/other", bench.secret)
    expect(status == 404, f"HTTP status {status} instead of 404")


async def hello(bench: Bench) -> None:
    async with bench.control() as client:
        expect(client.welcome.protocol == SCANNER_PROTOCOL, "the welcome names another protocol version")
        expect(client.welcome.speed > 0, "speed must be above 0")


async def other_version(bench: Bench) -> None:
    async with bench.bare() as socket:
        await socket.send(encode(ScannerHello(request_id=1, protocol=SCANNER_PROTOCOL + 1, agent="newer")))
        frames, reason = await _ends(socket)
    expect(len(frames) == 1, f"{len(frames)} frames before the close, one `rejected` is expected")
    reply = decode(FROM_SCANNER, frames[0])
    expect(isinstance(reply, Rejected) and bool(reply.why), "no `rejected` in words")
    expect(bool(reason), "closed without a reason")


async def hello_first(bench: Bench) -> None:
    async with bench.bare() as socket:
        await socket.send(encode(GetSnapshot(request_id=1)))
        _, reason = await _ends(socket)
    expect(bool(reason), "closed without a reason")


async def snapshot_and_ping(bench: Bench) -> None:
    async with bench.control() as client:
        now = await client.ask(GetSnapshot, Snapshot)
        pong = await client.ask(Ping, Pong)
        expect(pong.number >= now.number, "event numbers went back")
        expect(now.moved_number <= now.number, "moved_number lies in the future")


async def malformed_frame(bench: Bench) -> None:
    async with bench.control() as other, bench.control() as greeted:
        await greeted.send_raw("{not json")
        expect(bool(await greeted.closed()), "closed without a reason")
        await other.ask(Ping, Pong)


async def binary_frame(bench: Bench) -> None:
    async with bench.control() as greeted:
        await greeted.send_raw(b"\x00\x01\x02")
        expect(bool(await greeted.closed()), "closed without a reason")


async def oversized_frame(bench: Bench) -> None:
    async with bench.control() as other, bench.control() as greeted:
        await greeted.send_raw(" " * (AGENT_FRAME_LIMIT_BYTES + 1))
        await greeted.closed()
        await other.ask(Ping, Pong)


async def deep_frame(bench: Bench) -> None:
    async with bench.control() as other, bench.control() as greeted:
        await greeted.send_raw('{"kind":"ping","request_id":' + "[" * 100_000)
        expect(bool(await greeted.closed()), "closed without a reason")
        await other.ask(Ping, Pong)


async def unknown_field(bench: Bench) -> None:
    await _rejected_raw(bench, {"kind": "ping", "request_id": 7, "extra": 1})


async def not_a_number(bench: Bench) -> None:
    frame = {"kind": "check_step", "request_id": 7, "sequence": "x", "values": {"te_ms": float("nan")}}
    frame["slices"] = [{"name": "a", "centre_mm": [0.0] * 3, "row": [1.0, 0, 0], "column": [0, 1.0, 0]}]
    await _rejected_raw(bench, frame)


async def _rejected_raw(bench: Bench, frame: dict[str, object]) -> None:
    async with bench.control() as client:
        reply = await client.request_raw(7, json.dumps(frame))
        expect(isinstance(reply, Rejected) and bool(reply.why), "not rejected in words")


async def unknown_parameter(bench: Bench) -> None:
    async with bench.ready() as scanner:
        step = (await scanner.loaded()).steps[0]
        reply = await scanner.client.request(
            CheckStep,
            sequence=step.sequence,
            values=step.values,
            changes={"no_such_parameter": 1.0},
            slices=step.slices,
        )
        conflict = isinstance(reply, StepAchieved) and bool(reply.conflicts)
        expect(conflict or isinstance(reply, Rejected), "an unknown parameter was accepted")


async def stop_while_idle(bench: Bench) -> None:
    async with bench.control() as client:
        first = await client.ask(Stop, StopTaken, by="check one")
        second = await client.ask(Stop, StopTaken, by="check two")
        expect(second.number > first.number, "the second stop left no event")
        await client.event(StopReceived, such_that=lambda event: event.by == "check one")
        await client.event(StopReceived, such_that=lambda event: event.by == "check two")


async def stop_before_hello(bench: Bench) -> None:
    async with bench.bare() as socket:
        await socket.send(encode(Stop(request_id=1, by="check")))
        reply = decode(FROM_SCANNER, await socket.recv())
        expect(isinstance(reply, StopTaken), "a stop was not taken before the hello")


async def stop_is_quick(bench: Bench) -> None:
    async with bench.control() as client:
        clock = asyncio.get_running_loop().time
        slowest_s = 0.0
        for _ in range(20):
            began_s = clock()
            await client.ask(Stop, StopTaken, by="check")
            slowest_s = max(slowest_s, clock() - began_s)
        expect(slowest_s < STOP_WITHIN_S, f"a stop took {slowest_s * 1000:.0f} ms")


async def older_connection(bench: Bench) -> None:
    async with bench.ready() as older, bench.control() as newer:
        await older.client.ask(GetSnapshot, Snapshot)
        reply = await older.client.request(MoveScannerTable, to="out")
        expect(isinstance(reply, Rejected), "an older connection could still command")
        await older.client.ask(Stop, StopTaken, by="older")
        await newer.event(StopReceived, such_that=lambda event: event.by == "older")


async def gapless_events(bench: Bench) -> None:
    async with bench.ready() as scanner:
        for _ in range(3):
            await scanner.client.ask(Stop, StopTaken, by="check")
        await scanner.register()
        last = await scanner.client.ask(Ping, Pong)
        await scanner.client.event(Event, after=last.number - 1)
        heard = [event.number for event in scanner.client.events]
        expect(heard == list(range(heard[0], heard[-1] + 1)), "numbers of events have gaps")
        log = await scanner.client.ask(GetLog, LogListed, after=heard[0] - 1)
        logged = [event.number for event in log.events]
        expect(logged == heard, "the log does not hold the events that were pushed")


WIRE_CHECKS: tuple[tuple[str, Check], ...] = (
    ("a connection without the secret is refused", wrong_secret),
    ("an images connection without the secret is refused", wrong_secret_for_images),
    ("an unknown path is refused", unknown_path),
    ("a hello is welcomed", hello),
    ("a hello of another version is rejected in words, and closed", other_version),
    ("anything before the hello closes the connection with a reason", hello_first),
    ("a stop before the hello is taken", stop_before_hello),
    ("snapshot and ping agree on event numbers", snapshot_and_ping),
    ("a malformed frame closes its own connection only", malformed_frame),
    ("a binary control frame closes the connection with a reason", binary_frame),
    ("an oversized frame closes its own connection only", oversized_frame),
    ("a deeply nested frame closes its own connection only", deep_frame),
    ("an unknown field is rejected in words", unknown_field),
    ("NaN is rejected in words", not_a_number),
    ("an unknown parameter is refused in words", unknown_parameter),
    ("a stop while idle is taken, and logged, each time", stop_while_idle),
    ("a stop is answered within 100 ms", stop_is_quick),
    ("an older connection may read and stop, not command", older_connection),
    ("events are numbered without gaps, and the log holds them", gapless_events),
)
