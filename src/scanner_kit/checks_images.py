"""Checks of the images connection."""

from __future__ import annotations

import hashlib

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.scanner_messages import AcquisitionProgressed, ImagesReady, ScannerInstance
from scanner_kit.bench import Bench, Check, expect
from scanner_kit.client import ImagesClient


async def _stopped_series(bench: Bench) -> ImagesReady:
    """Run until some lines exist, stop, and wait for the images."""
    async with bench.ready() as scanner:
        reply, event = await scanner.started()
        await scanner.client.event(
            AcquisitionProgressed, after=event.number, such_that=lambda e: e.lines_acquired > 0
        )
        await scanner.stopped()
        return await scanner.client.event(
            ImagesReady, such_that=lambda e: e.command_id == reply.command_id
        )  # fmt: skip


async def _receive(images: ImagesClient, ready: ImagesReady) -> list[ScannerInstance]:
    """All instances of one series; others, and previews, pass by."""
    instances: list[ScannerInstance] = []
    while len(instances) < ready.instance_count:
        header, content = await images.next()
        if isinstance(header, PreviewHeader):
            expect(len(content) == header.rows * header.columns * 2, "a preview of the wrong length")
        elif header.series_id == ready.series_id:
            expect(hashlib.sha256(content).hexdigest() == header.sha256, "an instance differs from its hash")
            expect(content[128:132] == b"DICM", "an instance is no DICOM file (Part 10)")
            instances.append(header)
    return instances


async def until_stored(bench: Bench) -> None:
    async with bench.images() as watching:
        ready = await _stopped_series(bench)
        expect(not ready.complete, "a stopped series says that it is complete")
        first = await _receive(watching, ready)
        expect([item.index for item in first] == list(range(ready.instance_count)), "instances out of order")
    async with bench.images() as again:
        expect(await _receive(again, ready) == first, "the series was not sent again after reconnecting")
        await again.stored(ready.series_id)
        other = await _stopped_series(bench)
        await _receive(again, other)
        await again.stored(other.series_id)


async def gone_once_stored(bench: Bench) -> None:
    first = await _stopped_series(bench)
    second = await _stopped_series(bench)
    async with bench.images() as images:
        await _receive(images, first)
        await images.stored(first.series_id)
        await _receive(images, second)
    async with bench.images() as again:
        header, _ = await again.next()
        kept = isinstance(header, ScannerInstance) and header.series_id == first.series_id
        expect(not kept, "a stored series was sent again")
        await _receive(again, second.model_copy(update={"instance_count": second.instance_count - 1}))
        await again.stored(second.series_id)


IMAGE_CHECKS: tuple[tuple[str, Check], ...] = (
    ("a series is sent again until the agent stored it", until_stored),
    ("a stored series is not sent again", gone_once_stored),
)
