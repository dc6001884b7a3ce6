"""What strangers, broken agents and slow agents may try on the sockets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest
from kit_bench import SECRET, Kit, PlainImaging, PlainMeasurement, plain_scanner, preview, running_kit
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.scanner_messages import (
    FROM_SCANNER,
    AcquisitionProgressed,
    AcquisitionStarted,
    DoorClosed,
    DoorOpened,
    FaultRaised,
    GetLog,
    GetSnapshot,
    Ping,
    Pong,
    Rejected,
    Snapshot,
    Started,
    Stop,
    StopReceived,
    StopTaken,
)
from mr_contract.vocabulary import ScannerActivity
from mr_contract.wire import decode, encode
from scanner_kit import ScannerServer, ServerSettings
from scanner_kit.bench import CheckFailed
from scanner_kit.checks_start import token_dies_by_stop
from scanner_kit.client import UnexpectedReply, open_socket
from simulated_mri.scanner.conditions import Conditions
from simulated_mri.scanner.inputs import DoorSwung
from simulated_mri.scanner.shell import Nameplate, SimulatedScanner
from simulated_mri.scanner.state import Acquiring, State


async def _status(kit: Kit, headers: list[tuple[str, str]], path: str = "/control") -> int:
    try:
        async with connect(kit.bench.url + path, additional_headers=headers, proxy=None):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Authorization", "Bearer")],
        [("Authorization", "Bearer ")],
        [("Authorization", f"Basic {SECRET}")],
        [("Authorization", SECRET)],
        [("Authorization", f"Bearer {SECRET[:-1]}")],
        [("Authorization", f"Bearer {SECRET}x")],
        [("Authorization", f"Bearer {SECRET.upper()}")],
        [("Authorization", f"Bearer {SECRET}"), ("Authorization", "Bearer guess")],
    ],
)
async def test_a_guessed_secret_opens_nothing(headers: list[tuple[str, str]]) -> None:
    async with running_kit() as kit:
        assert await _status(kit, headers) == 401
        assert await _status(kit, headers, "/images") == 401


async def test_the_secret_in_the_address_opens_nothing() -> None:
    async with running_kit() as kit:
        assert await _status(kit, [], f"/control?secret={SECRET}") == 401


async def test_a_refused_stranger_leaves_one_line_and_no_secret_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running_kit() as kit:
        with caplog.at_level(logging.INFO):
            await _status(kit, [("Authorization", "Bearer a-guess-that-should-not-be-logged")])
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == [
        "connection without the secret refused"
    ]
    assert "a-guess" not in caplog.text


async def test_bytes_that_are_no_http_leave_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    async with running_kit() as kit:
        port = int(kit.bench.url.rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        await writer.drain()
        await reader.read()
        writer.close()
        async with kit.bench.control() as client:
            await client.ask(Ping, Pong)
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_ninth_connection_is_refused_and_the_others_stay() -> None:
    async with running_kit() as kit, asyncio.TaskGroup() as group:
        opened: list[asyncio.Task[None]] = []
        enough, done = asyncio.Semaphore(0), asyncio.Event()

        async def hold() -> None:
            async with kit.bench.control():
                enough.release()
                await done.wait()

        for _ in range(8):
            opened.append(group.create_task(hold()))
            await enough.acquire()
        assert await _status(kit, [("Authorization", f"Bearer {SECRET}")]) == 503
        done.set()


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "null",
        "[]",
        '"ping"',
        "{}",
        '{"kind":"ping"}',
        '{"kind":"ping","request_id":0}',
        '{"kind":"ping","request_id":"1"}',
        '{"kind":"ping","request_id":1e400}',
        '{"kind":"explode","request_id":1}',
        '{"kind":"scanner_welcome","reply_to":1}',
        '{"kind":"get_log","request_id":1,"after":-1}',
        '{"kind":"stop","request_id":1,"by":"' + "x" * 161 + '"}',
        '{"kind":"start","request_id":1,"token":"../../etc/passwd"}',
        '{"kind":"ping","request_id":1}' * 2,
        "\N{GRINNING FACE}",
    ],
)
async def test_a_frame_that_breaks_the_contract_closes_its_own_connection_in_words(
    frame: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_kit() as kit, kit.bench.control() as other:
        async with kit.bench.control() as client:
            caplog.clear()
            await client.send_raw(frame)
            assert await client.closed()
        assert len([r for r in caplog.records if r.levelno >= logging.WARNING]) == 1
        await other.ask(Ping, Pong)


async def test_a_refusal_never_echoes_what_was_sent(caplog: pytest.LogCaptureFixture) -> None:
    async with running_kit() as kit, kit.bench.control() as client:
        await client.send_raw('{"kind":"register_patient","request_id":9,"identity":{"name":"Doe^Jane"}}')
        reason = await client.closed()
    assert reason
    assert "Doe" not in reason + caplog.text


async def test_a_flood_of_requests_is_cut_off_and_a_stop_in_it_is_still_taken() -> None:
    scanner = plain_scanner()
    async with running_kit(scanner) as kit:
        scanner.hang(0.3)
        async with open_socket(kit.bench.url, "/control", SECRET) as socket:
            hello = '{"kind":"scanner_hello","request_id":1,"protocol":1,"agent":"flood"}'
            await socket.send(hello)
            for number in range(2, 200):
                await socket.send(encode(Ping(request_id=number)))
            with pytest.raises(ConnectionClosed):
                await _read_to_the_end(socket)
        async with kit.bench.control() as client:
            await client.ask(Stop, StopTaken, by="after the flood")


async def test_a_second_hello_closes_the_connection() -> None:
    async with running_kit() as kit, kit.bench.control() as client:
        await client.send_raw('{"kind":"scanner_hello","request_id":5,"protocol":1,"agent":"again"}')
        assert "hello" in await client.closed()


async def test_a_replayed_start_runs_nothing_twice() -> None:
    async with running_kit() as kit, kit.bench.ready() as scanner:
        token = (await scanner.prepared()).token
        frame = f'{{"kind":"start","request_id":901,"token":"{token}"}}'
        assert isinstance(await scanner.client.request_raw(901, frame), Started)
        assert isinstance(await scanner.client.request_raw(901, frame), Rejected)
        await scanner.stopped()
        assert isinstance(await scanner.client.request_raw(901, frame), Rejected)
        started = [event for event in scanner.client.events if isinstance(event, AcquisitionStarted)]
        assert len(started) == 1


async def test_a_token_stolen_by_an_older_connection_starts_nothing() -> None:
    async with running_kit() as kit, kit.bench.control() as older, kit.bench.ready() as scanner:
        token = (await scanner.prepared()).token
        frame = f'{{"kind":"start","request_id":901,"token":"{token}"}}'
        assert isinstance(await older.request_raw(901, frame), Rejected)
        assert (await scanner.snapshot()).running is None


async def test_control_falls_back_to_the_older_connection_when_the_newer_one_is_gone() -> None:
    async with running_kit() as kit, kit.bench.ready() as scanner:
        async with kit.bench.control():
            with pytest.raises(UnexpectedReply, match="newer"):
                await scanner.prepare(setting=1)
        await _until(lambda: len(kit.server._controls) == 1)
        await scanner.prepared()


async def test_garbage_on_the_images_connection_closes_only_that() -> None:
    async with running_kit() as kit, kit.bench.control() as client:
        for garbage in (b"\x00\x01", "{}", '{"kind":"series_stored","series_id":"../../x"}', "x" * 70_000):
            async with open_socket(kit.bench.url, "/images", SECRET) as socket:
                await socket.send(garbage)
                with pytest.raises(ConnectionClosed) as closed:
                    await socket.recv()
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.reason
        await client.ask(Ping, Pong)


async def test_storing_a_series_that_does_not_exist_is_harmless() -> None:
    async with running_kit() as kit, kit.bench.images() as images, kit.bench.control() as client:
        await images.stored("1.2.3")
        await client.ask(Ping, Pong)


async def test_a_slow_agent_sees_only_the_latest_preview_of_each_slice() -> None:
    async with running_kit() as kit:
        async with kit.bench.images() as images:
            await _until(lambda: bool(kit.server._images))
            for lines in range(1, 401):
                for index in range(4):
                    kit.server.preview(*preview("acq-1", index, lines=lines))
                if lines % 50 == 0:
                    await asyncio.sleep(0)
            waiting = kit.server._images[0]._previews
            assert len(waiting) <= 4
            seen: list[PreviewHeader] = []
            while len([h for h in seen if h.lines_acquired == 400]) < 4:
                header, _ = await images.next()
                assert isinstance(header, PreviewHeader)
                seen.append(header)
        assert len(seen) < 400


async def test_previews_of_an_earlier_acquisition_are_dropped() -> None:
    async with running_kit() as kit, kit.bench.images() as images:
        await _until(lambda: bool(kit.server._images))
        kit.server.preview(*preview("acq-1", 0))
        kit.server.preview(*preview("acq-2", 1))
        header, _ = await images.next()
        assert isinstance(header, PreviewHeader)
        assert header.acquisition_id == "acq-2"


async def test_an_agent_that_reads_nothing_is_cut_off_and_delays_nobody() -> None:
    settings = ServerSettings(most_unread=200)
    async with running_kit(settings=settings) as kit, open_socket(kit.bench.url, "/control", SECRET) as deaf:
        await deaf.send('{"kind":"scanner_hello","request_id":1,"protocol":1,"agent":"deaf"}')
        decode(FROM_SCANNER, await deaf.recv())
        async with kit.bench.control() as client:
            for _ in range(250):
                await client.ask(Stop, StopTaken, by="x" * 160)
            deaf.transport.pause_reading()
            for number in range(2, 402):
                await deaf.send(encode(GetLog(request_id=number, after=0)))
            await _until(lambda: len(kit.server._controls) == 1)
            await client.ask(Ping, Pong)


async def test_a_hanging_scanner_answers_nothing_and_then_tells_all() -> None:
    scanner = plain_scanner()
    async with running_kit(scanner) as kit, kit.bench.control() as client:
        scanner.hang(0.4)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.ask(GetSnapshot, Snapshot)
        taken = await client.ask(Stop, StopTaken, by="while hanging")
        snapshot = await client.ask(GetSnapshot, Snapshot)
        assert snapshot.number == taken.number
        await client.event(StopReceived)


async def test_what_happens_while_hanging_is_told_afterwards_in_order() -> None:
    scanner = plain_scanner()
    async with running_kit(scanner) as kit, kit.bench.control() as client:
        scanner.hang(0.2)
        scanner.apply(DoorSwung(closed=False))
        await asyncio.sleep(0.2)
        scanner.apply(DoorSwung(closed=True))
        await client.event(DoorClosed)
        assert [type(event) for event in client.events] == [DoorOpened, DoorClosed]


class _Broken(PlainImaging):
    """A reconstruction that never gets anywhere."""

    def begin(self, run: Acquiring, _: Conditions) -> PlainMeasurement:
        raise ArithmeticError(run.acquisition_id)


@pytest.mark.logs
async def test_a_reconstruction_that_breaks_is_a_fault_and_no_silence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = SimulatedScanner(
        Nameplate("b", "B-1", 3.0), _Broken(), State(boot="b", speed=100.0, coil="Head")
    )
    async with running_kit(broken) as kit, kit.bench.ready() as scanner:
        await scanner.started()
        fault = await scanner.client.event(FaultRaised)
        assert "reconstruction" in fault.fault
        assert (await scanner.snapshot()).activity is ScannerActivity.FAULT
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_start_answered_late_has_begun_at_once() -> None:
    scanner = plain_scanner()
    async with running_kit(scanner) as kit, kit.bench.ready() as bench:
        token = (await bench.prepared()).token
        scanner.delay_start(0.5)
        clock = asyncio.get_running_loop().time
        began_s = clock()
        starting = asyncio.create_task(
            bench.client.request_raw(900, f'{{"kind":"start","request_id":900,"token":"{token}"}}')
        )
        await bench.client.event(AcquisitionStarted)
        assert not starting.done()
        assert isinstance(await starting, Started)
        assert clock() - began_s >= 0.5


async def test_a_start_carried_out_late_answers_when_it_runs_and_not_after_a_stop() -> None:
    scanner = plain_scanner()
    async with running_kit(scanner) as kit, kit.bench.ready() as bench:
        for stopped in (True, False):
            token = (await bench.prepared()).token
            scanner.accept_late(0.3)
            frame = f'{{"kind":"start","request_id":{900 + stopped},"token":"{token}"}}'
            starting = asyncio.create_task(bench.client.request_raw(900 + stopped, frame))
            await asyncio.sleep(0)
            await bench.client.ask(Ping, Pong)
            if stopped:
                await bench.client.ask(Stop, StopTaken, by="too late")
            assert isinstance(await starting, Rejected if stopped else Started)


async def test_too_many_series_not_stored_refuse_the_next_prepare() -> None:
    async with (
        running_kit(settings=ServerSettings(most_waiting_series=1)) as kit,
        kit.bench.ready() as scanner,
    ):
        await scanner.started()
        await scanner.client.event(AcquisitionProgressed, such_that=lambda e: e.lines_acquired > 0)
        await scanner.stopped()
        await _until(lambda: len(kit.server._store.waiting) == 1)
        with pytest.raises(UnexpectedReply, match="wait to be stored"):
            await scanner.prepared()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "scanner.example"])
def test_a_network_address_without_tls_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="TLS"):
        ScannerServer(plain_scanner(), SECRET, ServerSettings(host=host))


class _Deaf(SimulatedScanner):
    """An adapter that takes a stop and does nothing about it."""

    async def stop(self, request: Stop) -> StopTaken:
        return StopTaken(reply_to=request.request_id, number=self.state.number)


async def test_the_conformance_suite_finds_an_adapter_whose_stop_does_nothing() -> None:
    deaf = _Deaf(Nameplate("d", "D-1", 3.0), PlainImaging(), State(boot="d", speed=100.0, coil="Head"))
    async with running_kit(deaf) as kit:
        with pytest.raises(CheckFailed, match="accepted"):
            await token_dies_by_stop(kit.bench)


async def _until(held: Callable[[], bool]) -> None:
    """Let the loop turn until it holds."""
    async with asyncio.timeout(5):
        while not held():
            await asyncio.sleep(0.005)


async def _read_to_the_end(socket: ClientConnection) -> None:
    while True:
        await socket.recv()
