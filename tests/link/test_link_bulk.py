"""Images over the bulk connection: whole, allowed, and never in the way of control."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from link_site import LinkBench, link_bench, until
from narrow_line import narrow_line
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from mr_contract.bulk_messages import BulkHello, FetchSeries, InstanceHeader, PreviewHeader, WatchPreviews
from mr_contract.console_messages import CONSOLE_PROTOCOL, Farewell
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from mr_contract.wire import encode
from remote_console.link import AgentClient, BulkClient, BulkFailed, Refused


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[LinkBench]:
    async with link_bench(tmp_path) as bench:
        yield bench


def series(folder: Path, sizes: list[int]) -> tuple[Path, ...]:
    chance = random.Random(1)
    paths = []
    for index, size in enumerate(sizes):
        path = folder / f"{index}.dcm"
        path.write_bytes(chance.randbytes(size))
        paths.append(path)
    return tuple(paths)


def preview(slice_index: int, lines: int, scanner: str = "mri-a") -> tuple[PreviewHeader, bytes]:
    header = PreviewHeader(
        scanner=scanner,
        step_id="s1",
        acquisition_id="a1",
        group=0,
        slice_index=slice_index,
        slice_count=3,
        rows=4,
        columns=4,
        row_spacing_mm=1.0,
        column_spacing_mm=1.0,
        position_mm=(0.0, 0.0, 0.0),
        row=(1.0, 0.0, 0.0),
        column=(0.0, 1.0, 0.0),
        lines_acquired=lines,
        lines_total=192,
        window_centre=100.0,
        window_width=200.0,
    )
    return header, bytes(32)


async def bulk_socket(bench: LinkBench, client: AgentClient, ticket: str) -> ClientConnection:
    context = await asyncio.to_thread(client.client_context)
    connection = await bench.raw(context, bench.north.port, "/bulk")
    await connection.send(encode(BulkHello(protocol=CONSOLE_PROTOCOL, ticket=ticket)))
    return connection


async def words_at_closing(connection: ClientConnection) -> str:
    """Only farewells are said before it."""
    try:
        async with asyncio.timeout(5):
            while True:
                Farewell.model_validate_json(await connection.recv())
    except ConnectionClosed:
        return connection.close_reason or ""


async def test_a_series_arrives_whole_and_in_order(bench: LinkBench, tmp_path: Path) -> None:
    paths = series(tmp_path, [1, 70_000, 0, 3_000_000])
    bench.north.door.series["ser1"] = paths
    client = await bench.connect(bench.north.enrolled(bench.store))
    async with BulkClient(client) as bulk:
        files = await bulk.fetch_series("mri-a", "ser1", timeout_s=10)
    assert files == [path.read_bytes() for path in paths]


async def test_a_series_altered_between_disk_and_console_is_not_handed_over(
    bench: LinkBench, tmp_path: Path
) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    async with BulkClient(client) as bulk:
        fetching = asyncio.create_task(bulk.fetch_series("mri-a", "ser1", timeout_s=5))
        await asyncio.sleep(0)
        header = InstanceHeader(scanner="mri-a", series_id="ser1", index=0, count=1, sha256="0" * 64)
        await bulk._take(header, memoryview(b"DICM"))
        with pytest.raises((BulkFailed, Refused)):
            await fetching


async def test_a_series_in_quarantine_is_not_sent(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    bench.north.door.withheld.add(("mri-a", "ser1"))
    async with BulkClient(client) as bulk:
        with pytest.raises(Refused) as caught:
            await bulk.fetch_series("mri-a", "ser1", timeout_s=5)
        assert [f.reason for f in caught.value.findings] == [Reason.EXAM_QUARANTINED]


async def test_an_unknown_series_and_a_scanner_out_of_sight_are_refused(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    async with BulkClient(client) as bulk:
        with pytest.raises(Refused):
            await bulk.fetch_series("mri-a", "nothing", timeout_s=5)
        bench.north.door.viewers_allowed = False
        with pytest.raises(Refused) as caught:
            await bulk.fetch_series("mri-a", "nothing", timeout_s=5)
        assert caught.value.findings[0].reason is Reason.VIEW_NOT_GRANTED


async def test_a_file_too_large_for_a_frame_is_refused_not_sent(bench: LinkBench, tmp_path: Path) -> None:
    huge = tmp_path / "huge.dcm"
    with huge.open("wb") as file:
        file.truncate(17 * 1024 * 1024)
    bench.north.door.series["ser1"] = (huge,)
    client = await bench.connect(bench.north.enrolled(bench.store))
    async with BulkClient(client) as bulk:
        with pytest.raises(Refused) as caught:
            await bulk.fetch_series("mri-a", "ser1", timeout_s=5)
    assert caught.value.findings[0].reason is Reason.TOO_LARGE


async def test_view_withdrawn_half_way_ends_the_series(bench: LinkBench, tmp_path: Path) -> None:
    bench.north.door.series["ser1"] = series(tmp_path, [200_000] * 8)
    client = await bench.connect(bench.north.enrolled(bench.store))
    async with BulkClient(client) as bulk:
        fetching = asyncio.create_task(bulk.fetch_series("mri-a", "ser1", timeout_s=5))
        await until(lambda: bulk._fetches and next(iter(bulk._fetches.values())).files)
        bench.north.door.viewers_allowed = False
        with pytest.raises(Refused):
            await fetching


async def test_previews_reach_a_console_that_watches_and_may_view(bench: LinkBench) -> None:
    seen: list[tuple[int, int]] = []
    client = await bench.connect(bench.north.enrolled(bench.store))
    door = bench.north.door
    async with BulkClient(client) as bulk:
        await bulk.watch_previews(
            ["mri-a"], lambda head, _: seen.append((head.slice_index, head.lines_acquired))
        )
        await until(lambda: door.sinks)

        def offer_until_seen() -> bool:
            door.sinks[0](*preview(0, 10))
            door.sinks[0](*preview(0, 10, scanner="mri-b"))
            return bool(seen)

        await until(offer_until_seen)
        assert set(seen) == {(0, 10)}
        seen.clear()
        served = next(iter(bench.north.server._bulk.values()))
        door.sinks[0](*preview(1, 20))
        door.viewers_allowed = False  # withdrawn before it is sent
        await until(lambda: not served._previews)
        door.sinks[0](*preview(1, 21))
        door.viewers_allowed = True
        door.sinks[0](*preview(2, 30))
        await until(lambda: (2, 30) in seen)
        assert not {(1, 20), (1, 21)} & set(seen)


async def test_a_slow_console_gets_only_the_latest_preview_of_each_slice(
    bench: LinkBench, tmp_path: Path
) -> None:
    seen: list[tuple[int, int]] = []
    bench.north.door.series["ser1"] = series(tmp_path, [2_000_000, 10])
    client = await bench.connect(bench.north.enrolled(bench.store))
    door = bench.north.door
    async with BulkClient(client) as bulk:
        await bulk.watch_previews(
            ["mri-a"], lambda head, _: seen.append((head.slice_index, head.lines_acquired))
        )
        await until(lambda: door.sinks)
        fetching = asyncio.create_task(bulk.fetch_series("mri-a", "ser1", timeout_s=10))
        await until(lambda: door.chunks > 0)  # the first file is on its way
        for lines in range(1, 100):
            door.sinks[0](*preview(0, lines))
        await fetching
        await until(lambda: seen)
    assert seen == [(0, 99)]


async def test_a_ticket_is_good_once(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    ticket = await client.bulk_ticket()
    first = await bulk_socket(bench, client, ticket)
    await until(lambda: bench.north.door.sinks)
    second = await bulk_socket(bench, client, ticket)
    assert "ticket" in await words_at_closing(second)
    await first.send(encode(WatchPreviews(scanners=())))  # the first one is still there
    assert len(bench.north.door.sinks) == 1


async def test_a_ticket_stolen_by_another_certificate_is_no_good_and_is_spent(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    thief = await bench.connect(bench.north.enrolled(bench.other_store, "Ben Ode"), bench.other_store)
    ticket = await client.bulk_ticket()
    assert "ticket" in await words_at_closing(await bulk_socket(bench, thief, ticket))
    assert "ticket" in await words_at_closing(await bulk_socket(bench, client, ticket))


async def test_a_ticket_older_than_ten_seconds_is_no_good(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    ticket = await client.bulk_ticket()
    bench.north.clock.at_s += 10.1
    assert "ticket" in await words_at_closing(await bulk_socket(bench, client, ticket))
    in_time = await client.bulk_ticket()
    bench.north.clock.at_s += 9.9
    await bulk_socket(bench, client, in_time)
    await until(lambda: bench.north.door.sinks)


@pytest.mark.parametrize(
    "frame", [b"\x00", "{}", encode(FetchSeries(scanner="mri-a", series_id="s")), "x" * 70_000]
)
async def test_a_bulk_connection_that_does_not_open_properly_is_closed(
    bench: LinkBench, frame: str | bytes
) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    context = await asyncio.to_thread(client.client_context)
    connection = await bench.raw(context, bench.north.port, "/bulk")
    await connection.send(frame)
    assert await words_at_closing(connection)
    assert not bench.north.door.sinks
    assert (await client.stop("mri-a")).accepted


async def test_bulk_ends_with_its_control_link(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    bulk = await bulk_socket(bench, client, await client.bulk_ticket())
    await until(lambda: bench.north.door.sinks)
    bench.north.door.opened[0].close((finding(Reason.CLOSING),))
    await words_at_closing(bulk)
    await until(lambda: not bench.north.door.sinks)


async def test_a_revoked_device_loses_its_bulk_connection_too(bench: LinkBench) -> None:
    client = await bench.connect(bench.north.enrolled(bench.store))
    bulk = await bulk_socket(bench, client, await client.bulk_ticket())
    await until(lambda: bench.north.door.sinks)
    bench.north.devices.revoke("Anna Berg", bench.north.clock.wall())
    assert "revoked" in await words_at_closing(bulk)


async def test_while_control_is_hurt_bulk_only_trickles_and_still_ends(
    bench: LinkBench, tmp_path: Path
) -> None:
    bench.north.door.series["ser1"] = series(tmp_path, [3_000])
    client = await bench.connect(bench.north.enrolled(bench.store))
    async with BulkClient(client) as bulk:
        await until(lambda: bench.north.door.sinks)
        bench.north.door.busy = True
        fetching = asyncio.create_task(bulk.fetch_series("mri-a", "ser1", timeout_s=10))
        done, _ = await asyncio.wait({fetching}, timeout=0.3)
        assert not done
        assert len((await fetching)[0]) == 3_000


async def test_on_a_narrow_line_a_stop_overtakes_a_series(bench: LinkBench, tmp_path: Path) -> None:
    """2 Mbit/s, 150 ms, a queue of 256 KiB: TCP alone would fill it and a stop's answer take over 1 s."""
    bench.north.door.series["ser1"] = series(tmp_path, [400_000])
    async with narrow_line(
        bench.north.port, bits_per_s=2e6, round_trip_s=0.15, queue_bytes=256 * 1024
    ) as line:
        site = bench.north.enrolled(bench.store).model_copy(update={"control_port": line.port})
        loop = asyncio.get_running_loop()
        async with AgentClient(site, bench.store) as client, BulkClient(client) as bulk:
            await client.wait_connected()
            began = loop.time()
            fetching = asyncio.create_task(bulk.fetch_series("mri-a", "ser1", timeout_s=20))
            trips = []
            while not fetching.done():
                at = loop.time()
                await client.stop("mri-a")
                trips.append(loop.time() - at)
                await asyncio.sleep(0.02)
            took_s = loop.time() - began
            assert [len(file) for file in await fetching] == [400_000]
    assert max(trips) < 0.5
    assert line.down.deepest_bytes < 64 * 1024
    assert took_s < 8  # it yields, and still uses the line: 1.9 s at its best
