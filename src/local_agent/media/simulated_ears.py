"""The ears of a simulated patient: what sounds is measured, and a command that could be understood is told.

No program here knows speech. A simulated patient understands the breath-hold command that the agent says is
being given, if enough of it sounded loudly enough; what they make of it is the simulated scanner's to decide.

Rules upheld here:
- A command that does not sound is not told; one that sounds is told once.
- What could not be told at once is dropped: a patient hears the voice of now.
- A room that does not answer is named, and asked anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from local_agent.media.loudspeaker import RATE_HZ, Level, level_of
from mr_contract.device_reasons import DeviceFinding, DeviceReason, device
from mr_contract.vocabulary import BreathCommand

AUDIBLE = 0.3
"""Of a level meter: about −42 dB."""
UNDERSTOOD_S = 0.3
"""How much of a command must be audible."""
OPEN_EVERY_S = 1.0
ANSWER_S = 5.0


class SimulatedEars:
    """A `Loudspeaker` that tells the injection socket of a simulated scanner what its patient understands."""

    def __init__(self, url: str, secret_file: Path, boot_s: Callable[[], float]) -> None:
        self._url, self._secret_file = url, secret_file
        self._level = Level(boot_s)
        self._given: tuple[BreathCommand, str | None] | None = None
        self._audible_s = 0.0
        self._understood: asyncio.Queue[tuple[BreathCommand, str | None]] = asyncio.Queue()
        self._keeping: asyncio.Task[None] | None = None
        self.fault: DeviceFinding | None = device(DeviceReason.ROOM_ASKED)

    def give(self, breath: BreathCommand | None, language: str | None) -> None:
        """What is said from now on is this command, or is none."""
        self._given, self._audible_s = None if breath is None else (breath, language), 0.0

    def play(self, sound: bytes) -> None:
        self._level.heard(sound)
        if self._given is None or level_of(sound) < AUDIBLE:
            return
        self._audible_s += len(sound) / 2 / RATE_HZ
        if self._audible_s >= UNDERSTOOD_S:
            if self.fault is None:
                self._understood.put_nowait(self._given)
            self._given = None

    def silence(self) -> None:
        pass

    def level(self) -> float:
        return self._level.now()

    def look(self) -> None:
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep(), name="keep to a simulated room")

    async def close(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])

    async def _keep(self) -> None:
        """Be connected, for as long as it is wanted."""
        while True:
            self.fault = await self._connected()
            while not self._understood.empty():
                self._understood.get_nowait()
            await asyncio.sleep(OPEN_EVERY_S)

    async def _connected(self) -> DeviceFinding:
        """One connection; why it ended."""
        try:
            secret = await asyncio.to_thread(self._secret_file.read_text, "ascii")
        except (OSError, ValueError):
            return device(DeviceReason.ROOM_LOCKED, file=self._secret_file.name)
        headers = {"Authorization": f"Bearer {secret.strip()}"}
        try:
            async with connect(
                self._url,
                additional_headers=headers,
                compression=None,
                proxy=None,
                open_timeout=ANSWER_S,
                close_timeout=1,
            ) as room:
                self.fault = None
                return await self._tell(room)
        except InvalidHandshake:
            return device(DeviceReason.ROOM_REFUSES, url=self._url)
        except (OSError, TimeoutError, ValueError, WebSocketException):
            return device(DeviceReason.ROOM_SILENT, url=self._url)

    async def _tell(self, room: ClientConnection) -> DeviceFinding:
        """Commands as they are understood, until the room is gone or refuses."""
        gone = asyncio.create_task(room.wait_closed())
        try:
            while True:
                taking = asyncio.create_task(self._understood.get())
                await asyncio.wait({gone, taking}, return_when=asyncio.FIRST_COMPLETED)
                if not taking.done():
                    taking.cancel()
                    return device(DeviceReason.ROOM_GONE, url=self._url)
                breath, language = taking.result()
                asked = {"kind": "breath_command", "breath": breath, "language": language}
                await room.send(json.dumps(asked))
                async with asyncio.timeout(ANSWER_S):
                    reply = json.loads(await room.recv())
                if not isinstance(reply, dict) or reply.get("kind") != "injected":
                    return device(DeviceReason.ROOM_DEAF, url=self._url)
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone
