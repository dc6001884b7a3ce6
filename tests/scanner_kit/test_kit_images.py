"""What an images connection leaves to the others on the same loop."""

from __future__ import annotations

import asyncio
from typing import cast

from websockets.asyncio.server import ServerConnection

from scanner_kit import FinishedSeries
from scanner_kit.image_store import ImageStore
from scanner_kit.images import ImagesConnection

INSTANCES = 40


class RoomySocket:
    """Takes whatever it is given at once, as a socket with room in its buffers does."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def send(self, frame: bytes) -> None:
        self.sent.append(frame)

    def __aiter__(self) -> RoomySocket:
        return self

    async def __anext__(self) -> bytes:
        nothing: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        return await nothing


async def test_a_stop_has_its_turn_between_two_images_also_where_the_socket_takes_them_all() -> None:
    store, socket, turns = ImageStore(), RoomySocket(), 0
    store.add(FinishedSeries("series", "exam", (b"an image",) * INSTANCES))
    connection = ImagesConnection(cast("ServerConnection", socket), store, stored=lambda _: None)
    serving = asyncio.create_task(connection.serve())
    async with asyncio.timeout(10):
        while len(socket.sent) < INSTANCES:
            turns += 1
            await asyncio.sleep(0)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    assert turns >= INSTANCES
