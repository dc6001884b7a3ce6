"""The proxy that stands for a narrow line: TCP and datagrams wait in one queue."""

from __future__ import annotations

import asyncio
import time

from benches.narrow_line import PIECE_BYTES, End, Way


class Noting(End):
    """The other end, which notes what came and when."""

    def __init__(self) -> None:
        super().__init__(Way(1e6, 0.0, PIECE_BYTES))
        self.came: list[tuple[int, float]] = []

    def send(self, data: bytes) -> None:
        self.came.append((len(data), time.monotonic()))


async def test_a_datagram_that_finds_no_room_is_thrown_away_and_one_that_does_waits_for_its_turn() -> None:
    way, end = Way(1e6, 0.0, 3 * PIECE_BYTES), Noting()
    began_s = time.monotonic()
    for _ in range(5):
        way.carry(bytes(PIECE_BYTES), end)
    async with asyncio.timeout(5.0):
        while len(end.came) < 3:
            await asyncio.sleep(0)
    assert end.came[-1][1] - began_s >= 3 * PIECE_BYTES * 8 / 1e6 - 0.002
    way.carry(bytes(10), end)
    async with asyncio.timeout(5.0):
        while len(end.came) < 4:
            await asyncio.sleep(0)
    assert [size for size, _ in end.came] == [PIECE_BYTES] * 3 + [10]


async def test_control_waits_behind_the_datagrams_of_the_same_line() -> None:
    way, end = Way(1e6, 0.0, 20 * PIECE_BYTES), Noting()
    for _ in range(10):
        way.carry(bytes(PIECE_BYTES), end)
    reader = asyncio.StreamReader()
    reader.feed_data(b"stop")
    reader.feed_eof()
    came_s: list[float] = []

    class Opened(asyncio.Transport):
        def is_closing(self) -> bool:
            return False

    class Writer:
        transport = Opened()

        def write(self, piece: bytes) -> None:
            assert piece == b"stop"
            came_s.append(time.monotonic())

        def close(self) -> None:
            pass

    began_s = time.monotonic()
    await way.pump(reader, Writer())  # type: ignore[arg-type]
    assert came_s[0] - began_s >= 10 * PIECE_BYTES * 8 / 1e6 - 0.002
