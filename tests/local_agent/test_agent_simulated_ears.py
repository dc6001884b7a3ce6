"""What a simulated patient is told of what sounds at their intercom; the room's socket is a real one."""

from __future__ import annotations

import asyncio
import json
import math
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from local_agent.media.loudspeaker import RATE_HZ
from local_agent.media.simulated_ears import SimulatedEars
from mr_contract.device_reasons import DeviceReason
from mr_contract.vocabulary import BreathCommand

SECRET = "s" * 40


def tone(seconds: float, level: float = 0.3) -> bytes:
    turn = 2 * math.pi * 440 / RATE_HZ
    samples = (int(32767 * level * math.sin(turn * n)) for n in range(int(seconds * RATE_HZ)))
    return array("h", samples).tobytes()


@dataclass
class Room:
    """The injection socket of a simulated scanner."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    reply: str = '{"kind": "injected", "number": 1}'
    server: Server | None = None

    async def open(self, port: int = 0) -> int:
        self.server = await serve(self._serve, "127.0.0.1", port, process_request=self._admit)
        bound: int = next(iter(self.server.sockets)).getsockname()[1]
        return bound

    async def close(self) -> None:
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()

    async def _serve(self, socket: ServerConnection) -> None:
        async for frame in socket:
            self.heard.append(json.loads(frame))
            await socket.send(self.reply)

    @staticmethod
    def _admit(connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Authorization") == f"Bearer {SECRET}":
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "no\n")


@dataclass
class Stage:
    room: Room
    port: int
    ears: SimulatedEars


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    (tmp_path / "room.secret").write_text(SECRET + "\n")
    async with AsyncExitStack() as stack:
        room = Room()
        stack.push_async_callback(room.close)
        port = await room.open()
        ears = SimulatedEars(f"ws://127.0.0.1:{port}", tmp_path / "room.secret", lambda: 1.0)
        stack.push_async_callback(ears.close)
        ears.look()
        await until(lambda: ears.fault is None)
        yield Stage(room, port, ears)


async def test_a_command_that_sounds_is_understood_once(stage: Stage) -> None:
    stage.ears.give(BreathCommand.HOLD, "de")
    for _ in range(100):
        stage.ears.play(tone(0.02))
    stage.ears.give(BreathCommand.BREATHE, None)
    stage.ears.play(tone(0.4))
    await until(lambda: len(stage.room.heard) == 2)
    assert [(h["kind"], h["breath"], h["language"]) for h in stage.room.heard] == [
        ("breath_command", "hold", "de"),
        ("breath_command", "breathe", None),
    ]
    assert stage.ears.level() > 0.5


@pytest.mark.parametrize(
    ("sounds", "level"), [(0.0, 0.3), (0.2, 0.3), (2.0, 0.005)], ids=("silent", "cut short", "whispered")
)
async def test_a_command_that_could_not_be_heard_is_not_told(
    stage: Stage, sounds: float, level: float
) -> None:
    stage.ears.give(BreathCommand.HOLD, "de")
    stage.ears.play(tone(sounds, level))
    stage.ears.give(None, None)
    stage.ears.play(tone(1.0))  # talk that is no command
    stage.ears.give(BreathCommand.BREATHE, "de")
    stage.ears.play(tone(1.0))
    await until(lambda: bool(stage.room.heard))
    assert [h["breath"] for h in stage.room.heard] == ["breathe"]


async def test_a_room_that_is_gone_is_named_and_nothing_waits_for_its_return(stage: Stage) -> None:
    await stage.room.close()
    await until(lambda: stage.ears.fault is not None)
    assert stage.ears.fault is not None
    assert stage.ears.fault.reason in {DeviceReason.ROOM_GONE, DeviceReason.ROOM_SILENT}
    assert stage.ears.fault.figures == {"url": f"ws://127.0.0.1:{stage.port}"}
    stage.ears.give(BreathCommand.HOLD, "de")
    stage.ears.play(tone(1.0))
    await stage.room.open(stage.port)
    await until(lambda: stage.ears.fault is None)
    stage.ears.give(BreathCommand.BREATHE, "de")
    stage.ears.play(tone(1.0))
    await until(lambda: bool(stage.room.heard))
    assert [h["breath"] for h in stage.room.heard] == ["breathe"]


@pytest.mark.parametrize("reply", ["[]", "nonsense", '{"kind": "injection_refused", "why": "no"}'])
async def test_a_peer_that_is_no_room_is_named(stage: Stage, reply: str) -> None:
    stage.room.reply = reply
    stage.ears.give(BreathCommand.HOLD, None)
    stage.ears.play(tone(1.0))
    await until(lambda: stage.ears.fault is not None)


async def test_a_wrong_or_missing_secret_is_named(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "wrong.secret").write_text("w" * 40)
    for name, reason in (
        ("wrong.secret", DeviceReason.ROOM_REFUSES),
        ("none.secret", DeviceReason.ROOM_LOCKED),
    ):
        ears = SimulatedEars(f"ws://127.0.0.1:{stage.port}", tmp_path / name, lambda: 1.0)
        ears.look()
        await until(lambda ears=ears, reason=reason: bool(ears.fault and ears.fault.reason is reason))  # type: ignore[misc]
        await ears.close()
