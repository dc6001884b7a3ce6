"""One images connection: previews as they come, finished series until the agent says `series_stored`.

Nothing is queued here without bound: of each slice only the latest preview waits, and series stay in
the store, which is read one instance at a time as the agent takes them.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterator

from pydantic import TypeAdapter
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.scanner_messages import ScannerInstance, SeriesStored
from mr_contract.wire import CONTROL_FRAME_LIMIT_BYTES, Violation, decode, encode_image
from scanner_kit.control import POLICY_VIOLATION, close_reason
from scanner_kit.image_store import ImageStore, WaitingSeries

_LOGGER = logging.getLogger(__name__)
_SERIES_STORED: TypeAdapter[SeriesStored] = TypeAdapter(SeriesStored)


class ImagesConnection:
    """`stored` is called with the series that the agent has on disk."""

    def __init__(self, socket: ServerConnection, store: ImageStore, *, stored: Callable[[str], None]) -> None:
        self._socket = socket
        self._store = store
        self._stored = stored
        self._previews: dict[tuple[str, int, int], tuple[PreviewHeader, bytes]] = {}
        self._sent: set[str] = set()
        self._wake = asyncio.Event()
        self._wake.set()

    def show(self, header: PreviewHeader, pixels: bytes) -> None:
        """Replace what waits for this slice; previews of an earlier acquisition are dropped."""
        if any(acquisition != header.acquisition_id for acquisition, _, _ in self._previews):
            self._previews.clear()
        self._previews[header.acquisition_id, header.group, header.slice_index] = (header, pixels)
        self._wake.set()

    def wake(self) -> None:
        """A series was added to the store."""
        self._wake.set()

    async def serve(self) -> None:
        """Until either side closes."""
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(self._write())
            try:
                await self._read()
            finally:
                writer.cancel()

    async def _read(self) -> None:
        try:
            async for frame in self._socket:
                if isinstance(frame, bytes) or len(frame) > CONTROL_FRAME_LIMIT_BYTES:
                    raise Violation("only series_stored is expected here, as a small text frame")
                self._stored(decode(_SERIES_STORED, frame).series_id)
        except Violation as violation:
            _LOGGER.warning("images connection refused: %s", violation.why)
            await self._socket.close(POLICY_VIOLATION, close_reason(violation.why))
        except ConnectionClosed:
            return

    async def _write(self) -> None:
        """Previews and instances take turns, so that neither waits for the whole of the other.

        Instances are read and hashed in a thread: while the socket takes all it is given, nothing else here
        lets the loop turn, and a stop would wait for a whole series.
        """
        instances: Iterator[bytes] = iter(())
        try:
            while True:
                await self._wake.wait()
                if self._previews:
                    header, pixels = self._previews.pop(next(iter(self._previews)))
                    await self._socket.send(encode_image(header, pixels))
                frame = await asyncio.to_thread(next, instances, None)
                if frame is not None:
                    await self._socket.send(frame)
                elif (series := self._next_series()) is not None:
                    instances = _frames(series)
                elif not self._previews:
                    self._wake.clear()
        except ConnectionClosed:
            return

    def _next_series(self) -> WaitingSeries | None:
        self._sent &= {series.series_id for series in self._store.waiting}
        for series in self._store.waiting:
            if series.series_id not in self._sent:
                self._sent.add(series.series_id)
                return series
        return None


def _frames(series: WaitingSeries) -> Iterator[bytes]:
    """Each instance as a frame, read when it is its turn."""
    for index in range(series.count):
        content = series.instance(index)
        header = ScannerInstance(
            series_id=series.series_id,
            exam_id=series.exam_id,
            index=index,
            count=series.count,
            sha256=hashlib.sha256(content).hexdigest(),
        )
        yield encode_image(header, content)
