"""The client against a real door: what it keeps, sends, and never sends."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from link_site import QUICK, LinkBench, link_bench, until
from websockets.asyncio.client import ClientConnection, connect
from websockets.utils import accept_key

from mr_contract.console_messages import (
    BeatEcho,
    ConsoleHello,
    EditTried,
    JournalHeadSigned,
    Outcome,
    PresentWorkload,
    ScannerStatusChanged,
    StartStep,
    StopScan,
    TimelineAdded,
    TryEdit,
)
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from mr_contract.standing import StandingNumber
from mr_contract.views import ScannerStatus, TimelineEntry
from mr_contract.vocabulary import ScannerActivity, ScannerMode, StartOutcome
from remote_console.link import (
    AgentClient,
    BulkClient,
    BulkFailed,
    Fleet,
    IdentityStore,
    LeaseLapsed,
    LinkEvent,
    LinkThread,
    NoAnswer,
    NotConnected,
    Protection,
    ScannerCommands,
    StopNotDelivered,
    UnprotectedKey,
)
from remote_console.link.boot_clock import boot_s
from remote_console.link.command_ids import new_command_id
from remote_console.link.connecting import close_websocket


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[LinkBench]:
    async with link_bench(tmp_path) as bench:
        yield bench


def status(mode: ScannerMode) -> ScannerStatusChanged:
    state = ScannerStatus(activity=ScannerActivity.IDLE, mode=mode, can_stop=True)
    return ScannerStatusChanged(scanner="mri-a", status=state)


def start_step() -> StartStep:
    return StartStep(
        command_id=new_command_id(),
        scanner="mri-a",
        step_id="s1",
        revision="0" * 64,
        standing=StandingNumber(boot="b1", count=1),
        beat=0,
    )


async def test_a_command_is_answered_and_the_door_knows_who_asks(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    outcome = await ScannerCommands(client, "mri-a").list_protocols()
    assert outcome.accepted
    assert bench.north.door.opened[0].peer.name == "Anna Berg"


async def test_beats_are_echoed_at_once_and_renew_only_while_the_window_lives(bench: LinkBench) -> None:
    alive = True
    site = bench.north.enrolled(bench.store)
    client = AgentClient(site, bench.store, tuning=QUICK, window_alive=lambda: alive)
    await bench.stack.enter_async_context(client)
    door = bench.north.door
    await until(lambda: BeatEcho(beat=0, renew=True) in door.frames)
    assert client.lease_live
    alive = False
    door.opened[0].send(door.beat(1))
    await until(lambda: BeatEcho(beat=1, renew=False) in door.frames)


async def test_a_lease_that_is_not_renewed_lapses_here_first(bench: LinkBench) -> None:
    events: list[LinkEvent] = []
    client = await bench.connect(bench.north.enrolled(bench.store), tuning=replace(QUICK, lease_s=0.1))
    client.subscribe(events.append)
    await until(lambda: any(isinstance(event.what, LeaseLapsed) for event in events))
    assert client.link.connected
    assert not client.lease_live


async def test_a_lease_lapses_while_beats_come_and_the_window_stands_still(bench: LinkBench) -> None:
    site = bench.north.enrolled(bench.store)
    tuning = replace(QUICK, lease_s=0.1)
    client = AgentClient(site, bench.store, tuning=tuning, window_alive=lambda: False)
    await bench.stack.enter_async_context(client)
    door = bench.north.door
    await until(lambda: BeatEcho(beat=0, renew=False) in door.frames)
    door.opened[0].send(door.beat(1))
    await until(lambda: BeatEcho(beat=1, renew=False) in door.frames)
    assert not client.lease_live


async def test_a_fault_in_a_listener_is_loud_and_never_looks_connected(bench: LinkBench) -> None:
    faults: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
    client = await bench.connect(bench.north.enrolled(bench.store))

    def broken(event: LinkEvent) -> None:
        raise ZeroDivisionError

    client.subscribe(broken)
    bench.north.door.opened[0].send(bench.north.door.beat(1))
    await until(lambda: faults)
    assert not client.link.connected
    with pytest.raises(NotConnected):
        await ScannerCommands(client, "mri-a").list_protocols()


async def test_a_start_waits_through_pending_for_its_final_outcome(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    door = bench.north.door
    door.silent = True
    start = start_step()
    waiting = asyncio.create_task(client.command(start))
    await until(lambda: start in door.frames)
    link = door.opened[0]
    link.send(Outcome(command_id=start.command_id, accepted=True, start=StartOutcome.PENDING))
    link.send(Outcome(command_id=start.command_id, accepted=True, start=StartOutcome.ACCEPTED))
    assert (await waiting).start is StartOutcome.ACCEPTED


async def test_a_start_without_final_outcome_is_no_answer_and_says_pending(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store), tuning=replace(QUICK, start_s=0.2))
    door = bench.north.door
    door.silent = True
    start = start_step()
    waiting = asyncio.create_task(client.command(start))
    await until(lambda: start in door.frames)
    door.opened[0].send(Outcome(command_id=start.command_id, accepted=True, start=StartOutcome.PENDING))
    with pytest.raises(NoAnswer) as caught:
        await waiting
    assert caught.value.pending
    assert caught.value.command_id == start.command_id


async def test_a_stop_that_is_not_acknowledged_names_the_phone_and_is_never_sent_again(
    bench: LinkBench,
) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store), tuning=replace(QUICK, stop_s=0.1))
    door = bench.north.door
    door.answer_stop = False
    with pytest.raises(StopNotDelivered, match="112"):
        await client.stop("mri-a")
    await until(lambda: any(isinstance(frame, StopScan) for frame in door.frames))
    door.opened[0].close((finding(Reason.CLOSING),))
    await until(lambda: len(door.opened) == 2)
    await client.wait_connected()
    assert (await ScannerCommands(client, "mri-a").list_protocols()).accepted
    assert sum(isinstance(frame, StopScan) for frame in door.frames) == 1


async def test_nothing_asked_without_a_link_is_sent_later(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    door = bench.north.door
    port = bench.north.port
    await bench.north.server.close()
    await until(lambda: not client.link.connected)
    assert client.link.reason
    with pytest.raises(NotConnected):
        await ScannerCommands(client, "mri-a").list_protocols()
    with pytest.raises(StopNotDelivered, match="112"):
        await client.stop("mri-a")
    seen = len(door.frames)
    await bench.north.listen(port)
    await until(lambda: client.link.connected)
    await until(lambda: len(door.frames) > seen)
    assert all(isinstance(frame, ConsoleHello | BeatEcho) for frame in door.frames[seen:])


async def test_a_command_in_flight_when_the_link_is_cut_has_no_answer(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    door = bench.north.door
    door.silent = True
    waiting = asyncio.create_task(ScannerCommands(client, "mri-a").release_control())
    await until(lambda: any(frame.kind == "release_control" for frame in door.frames))
    door.opened[0].close((finding(Reason.CLOSING),))
    with pytest.raises(NoAnswer, match="lost"):
        await waiting


async def test_a_reconnecting_client_resumes_after_the_last_entry_it_heard(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    door = bench.north.door
    entries = tuple(
        TimelineEntry(seq=seq, at=datetime.now(UTC), scanner=None, kind="started") for seq in (8, 9)
    )
    door.opened[0].send(TimelineAdded(entries=entries))
    door.opened[0].send(TimelineAdded(entries=entries))  # replayed twice
    await until(lambda: client.view.last_seq == 9)
    assert [entry.seq for entry in client.view.timeline] == [8, 9]
    door.seq = 9
    door.opened[0].close((finding(Reason.CLOSING),))
    await until(lambda: sum(isinstance(frame, ConsoleHello) for frame in door.frames) == 2)
    hellos = [frame for frame in door.frames if isinstance(frame, ConsoleHello)]
    assert hellos[0].resume is None
    assert hellos[1].resume is not None
    assert hellos[1].resume.seq == 9


async def test_a_journal_that_was_rolled_back_is_told_and_stays_told(bench: LinkBench) -> None:
    site = bench.north.enrolled(bench.store)
    bench.north.door.seq = 40
    first = await bench.connect(site)
    assert first.rolled_back is None
    bench.north.door.seq = 12
    for _ in range(2):
        again = await bench.connect(site)
        assert again.rolled_back is not None
        assert (again.rolled_back.remembered_seq, again.rolled_back.seq) == (40, 12)
    bench.store.accept_rollback(site)
    assert (await bench.connect(site)).rolled_back is None


async def test_the_newest_signed_head_is_kept_on_the_disk(bench: LinkBench) -> None:
    site = bench.north.enrolled(bench.store)
    await bench.connect(site)
    assert bench.store.remembered(site).signed_head == "head"
    bench.north.door.opened[0].send(JournalHeadSigned(seq=9, signed_head="a later head"))
    await until(lambda: bench.store.remembered(site).signed_head == "a later head")
    assert bench.store.remembered(site).seq == 9


async def test_a_certificate_with_less_than_thirty_days_is_renewed_over_the_link(bench: LinkBench) -> None:
    site = bench.north.enrolled(bench.store, days_ago=70)
    client = await bench.connect(site)
    await until(lambda: client.site.certificate_pem != site.certificate_pem)
    kept = bench.store.site("North").certificate
    assert (kept.not_valid_after_utc - bench.north.clock.wall()).days >= 89
    assert kept.public_key() == site.certificate.public_key()
    bench.north.door.opened[0].close((finding(Reason.CLOSING),))
    await until(lambda: len(bench.north.door.opened) == 2)
    assert bench.north.door.opened[1].peer.serial == kept.serial_number


async def test_a_certificate_with_more_than_thirty_days_is_left_alone(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store, days_ago=50))
    assert (await ScannerCommands(client, "mri-a").list_protocols()).accepted
    assert not [frame for frame in bench.north.door.frames if frame.kind == "renew_certificate"]


async def test_an_unprotected_key_leaves_a_real_scanner_alone_except_to_stop_it(
    bench: LinkBench, tmp_path: Path
) -> None:
    store = IdentityStore(tmp_path / "demo", Protection(unprotected_for_demos_only=True))
    client = await bench.connect(bench.north.enrolled(store), store)
    door = bench.north.door
    with pytest.raises(UnprotectedKey):  # the mode is not known yet
        await ScannerCommands(client, "mri-a").list_protocols()
    assert (await client.stop("mri-a")).accepted
    door.opened[0].send(status(ScannerMode.DEMO))
    await until(lambda: client.view.scanners["mri-a"].status is not None)
    assert (await ScannerCommands(client, "mri-a").list_protocols()).accepted
    door.opened[0].send(status(ScannerMode.REAL))
    await until(lambda: "not a DEMO scanner" in client.link.reason)


async def test_try_edit_returns_the_refusal_when_there_is_one(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    door = bench.north.door
    door.silent = True
    request = TryEdit(command_id="t1", scanner="mri-a", step_id="s1", revision="0" * 64)
    waiting = asyncio.create_task(client.try_edit(request))
    await until(lambda: request in door.frames)
    refusal = Outcome(command_id="t1", accepted=False, findings=(finding(Reason.EDIT_NOT_GRANTED),))
    door.opened[0].send(refusal)
    answer = await waiting
    assert not isinstance(answer, EditTried)
    assert answer.findings[0].reason is Reason.EDIT_NOT_GRANTED


async def test_each_site_is_shown_the_other_sites_statement_under_its_own_nonce(bench: LinkBench) -> None:
    bench.north.enrolled(bench.store)
    bench.south.enrolled(bench.store)

    def shown(frames: list[object]) -> list[PresentWorkload]:
        return [frame for frame in frames if isinstance(frame, PresentWorkload)]

    async with Fleet(bench.store, tuning=QUICK):
        north, south = bench.north.door, bench.south.door
        await until(lambda: shown([*north.frames]) and shown([*south.frames]))
        to_north = shown([*north.frames])[0].statements[0]
        assert to_north.site == "South"
        assert to_north.nonce == north.beat(0).nonce
        assert shown([*south.frames])[0].statements[0].site == "North"
        hello = next(frame for frame in north.frames if isinstance(frame, ConsoleHello))
        assert set(hello.sites) == {"North", "South"}


async def test_a_fleet_runs_in_a_thread_of_its_own_and_leaves_nothing_behind(bench: LinkBench) -> None:
    bench.north.enrolled(bench.store)

    async def story() -> bool:
        async with Fleet(bench.store, tuning=QUICK) as fleet, asyncio.timeout(5):
            await fleet.clients["North"].wait_connected()
            return (await fleet.scanner("North", "mri-a").stop()).accepted

    def in_thread() -> bool:
        with LinkThread() as thread:
            return thread.submit(story()).result(timeout=10)

    assert await asyncio.to_thread(in_thread)


async def test_events_can_be_followed_as_an_iterator(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    events = client.events()
    first = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    bench.north.door.opened[0].send(status(ScannerMode.DEMO))
    event = await first
    while event.scanner is None:
        event = await anext(events)
    assert (event.site, event.scanner) == ("North", "mri-a")
    await events.aclose()


async def test_what_came_before_the_first_event_was_read_is_among_the_events(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    events = client.events()
    told = status(ScannerMode.DEMO)
    bench.north.door.opened[0].send(told)
    await until(lambda: client.view.scanners["mri-a"].status == told.status)
    async with asyncio.timeout(5):
        while (await anext(events)).what != told:
            pass


async def test_events_that_nobody_reads_any_more_are_not_kept(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    events = client.events()
    dropped = weakref.ref(events)
    waiting = asyncio.ensure_future(anext(events, None))
    await asyncio.sleep(0)
    await events.aclose()
    assert await waiting is None
    del events, waiting
    assert dropped() is None


async def test_a_link_that_is_given_up_on_a_deaf_line_leaves_no_connection() -> None:
    deaf = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        key = next(
            line.split()[1] for line in request.splitlines() if line.lower().startswith(b"sec-websocket-key")
        )
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_key(key.decode()).encode() + b"\r\n\r\n"
        )
        await deaf.wait()
        writer.close()

    async def converse(connection: ClientConnection) -> None:
        try:
            await connection.recv()
        finally:
            await close_websocket(connection)

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = await connect(f"ws://127.0.0.1:{port}", close_timeout=0.1, proxy=None)
        conversing = asyncio.create_task(converse(connection))
        await asyncio.sleep(0)
        conversing.cancel()
        await asyncio.wait({conversing})
        assert conversing.cancelled()
        assert connection.transport.is_closing()
        await connection.wait_closed()
        deaf.set()


def test_the_local_clock_does_not_go_back() -> None:
    assert boot_s() <= boot_s()


async def test_a_bulk_client_without_a_link_waits_and_says_so(bench: LinkBench) -> None:
    site = bench.north.enrolled(bench.store)
    await bench.north.server.close()
    async with AgentClient(site, bench.store, tuning=QUICK) as client, BulkClient(client) as bulk:
        with pytest.raises(BulkFailed, match="did not arrive"):
            await bulk.fetch_series("mri-a", "x", timeout_s=0.05)
