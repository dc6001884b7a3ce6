"""The loudspeaker of a patient's intercom: a sound device of this machine, or one that is only pretended.

Rules upheld here:
- What waits longer than `MOST_WAITING_S` is dropped, the oldest first: a patient hears the voice of now.
- Nothing is kept of what was played but how loud it was.
- A device that cannot be opened, or is gone, is named and opened anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
from array import array
from collections.abc import Callable, Generator
from typing import Any, Protocol

from mr_contract.device_reasons import DeviceFinding, DeviceReason, device
from mr_contract.vocabulary import BreathCommand

RATE_HZ = 48_000
MOST_WAITING_S = 0.3
PREFILL_S = 0.06
"""Gathered before sound begins, so that a frame that comes late makes no gap."""
LEVEL_LASTS_S = 0.4
QUIETEST_DB = -60.0
OPEN_EVERY_S = 3.0
SILENT_S = 2.0
"""A device that asks for nothing for so long is gone."""
PERIOD_MS = 20
_FULL_SCALE = 32768.0


class Loudspeaker(Protocol):
    """Used in the event loop."""

    @property
    def fault(self) -> DeviceFinding | None:
        """Why it does not sound; None while it does."""

    def give(self, breath: BreathCommand | None, language: str | None) -> None:
        """What is played from now on is this breath-hold command, as far as is known; None: none."""

    def play(self, sound: bytes) -> None:
        """16-bit samples of one channel at 48 kHz, to be heard now."""

    def silence(self) -> None:
        """Drop what waits."""

    def level(self) -> float:
        """How loud it was a moment ago, 0 to 1 in tenths."""

    def look(self) -> None:
        """A few times a second: is it still there?"""

    async def close(self) -> None:
        """Let go of it."""


class Level:
    """How loud sound was, as a meter shows it. From any thread."""

    def __init__(self, boot_s: Callable[[], float]) -> None:
        self._boot_s, self._at_s, self._level = boot_s, -math.inf, 0.0

    def heard(self, sound: bytes) -> None:
        """This is sounding now."""
        self._level, self._at_s = level_of(sound), self._boot_s()

    def now(self) -> float:
        return self._level if self._boot_s() - self._at_s < LEVEL_LASTS_S else 0.0


def level_of(sound: bytes) -> float:
    """The length of a level meter, 0 to 1 in tenths."""
    samples = array("h", sound)
    if not samples:
        return 0.0
    mean_square = sum(s * s for s in samples) / len(samples) / _FULL_SCALE**2
    if mean_square <= 0.0:
        return 0.0
    return round(min(1.0, max(0.0, 1.0 - 10.0 * math.log10(mean_square) / QUIETEST_DB)), 1)


class PretendedLoudspeaker:
    """For a simulated scanner: what reaches it is measured and heard by nobody."""

    fault = None

    def __init__(self, boot_s: Callable[[], float]) -> None:
        self._level = Level(boot_s)

    def give(self, breath: BreathCommand | None, language: str | None) -> None:
        pass

    def play(self, sound: bytes) -> None:
        self._level.heard(sound)

    def silence(self) -> None:
        pass

    def level(self) -> float:
        return self._level.now()

    def look(self) -> None:
        pass

    async def close(self) -> None:
        pass


class Waiting:
    """Sound on its way to a device, between the event loop and the device's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sound = bytearray()
        self._sounds = False

    def put(self, sound: bytes) -> None:
        with self._lock:
            self._sound += sound
            del self._sound[: max(0, len(self._sound) - _bytes(MOST_WAITING_S))]

    def take(self, samples: int) -> bytes:
        """Exactly so many; silence where there is nothing."""
        with self._lock:
            if not self._sounds and len(self._sound) < _bytes(PREFILL_S):
                return bytes(samples * 2)
            taken = bytes(self._sound[: samples * 2])
            del self._sound[: samples * 2]
            self._sounds = bool(self._sound)
        return taken.ljust(samples * 2, b"\0")

    def clear(self) -> None:
        with self._lock:
            self._sound.clear()
            self._sounds = False


def _bytes(seconds: float) -> int:
    return int(seconds * RATE_HZ) * 2


class DeviceLoudspeaker:
    """A sound device, by its name; empty: the system's own choice. Opened on threads, since that blocks."""

    def __init__(self, name: str, boot_s: Callable[[], float]) -> None:
        self._name, self._boot_s = name, boot_s
        self._level, self._waiting = Level(boot_s), Waiting()
        self._device: Any = None
        self._asked_s = self._boot_s() - OPEN_EVERY_S
        self._opening: asyncio.Task[None] | None = None
        self._closed, self._pulled_s = False, 0.0
        self.fault: DeviceFinding | None = device(DeviceReason.OPENING)

    def give(self, breath: BreathCommand | None, language: str | None) -> None:
        pass

    def play(self, sound: bytes) -> None:
        self._waiting.put(sound)

    def silence(self) -> None:
        self._waiting.clear()

    def level(self) -> float:
        return self._level.now()

    def look(self) -> None:
        if self._device is not None and self._boot_s() - self._pulled_s > SILENT_S:
            self._let_go()
            self.fault = device(DeviceReason.DEVICE_GONE)
        if self._device is None and self._opening is None and self._boot_s() - self._asked_s >= OPEN_EVERY_S:
            self._asked_s = self._boot_s()
            self._opening = asyncio.create_task(self._open(), name="open the intercom")

    async def close(self) -> None:
        self._closed = True
        if self._opening is not None:
            await asyncio.wait([self._opening])
        self._let_go()

    async def _open(self) -> None:
        try:
            self._device = await asyncio.to_thread(open_device, self._name, self._pull())
            self._pulled_s, self.fault = self._boot_s(), None
        except DeviceFault as fault:
            self.fault = fault.why
        self._opening = None
        if self._closed:
            self._let_go()

    def _let_go(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            device.close()

    def _pull(self) -> Generator[bytes, int, None]:
        """Where the device gets its samples from; begun."""

        def pulling() -> Generator[bytes, int, None]:
            count = yield b""
            while True:
                sound, self._pulled_s = self._waiting.take(count), self._boot_s()
                self._level.heard(sound)
                count = yield sound

        pull = pulling()
        next(pull)
        return pull


class DeviceFault(Exception):
    """A device cannot be opened; `why` says it."""

    def __init__(self, reason: DeviceReason, **figures: str) -> None:
        self.why = device(reason, **figures)
        super().__init__(self.why.text)


def open_device(name: str, pull: Generator[bytes, int, None]) -> Any:
    """A playback device at work. Blocks. Raises DeviceFault."""
    import miniaudio  # loads the system's sound

    from media_kit.sound_devices import SoundDevices

    try:
        known = SoundDevices().playback_ids()
        if name and name not in known:
            if not known:
                raise DeviceFault(DeviceReason.NO_DEVICE, name=name)
            raise DeviceFault(DeviceReason.DEVICE_NOT_THERE, name=name, others=", ".join(known))
        device = miniaudio.PlaybackDevice(
            *(miniaudio.SampleFormat.SIGNED16, 1, RATE_HZ, PERIOD_MS),
            device_id=known[name] if name else None, app_name="local-agent",
        )  # fmt: skip
        with contextlib.ExitStack() as stack:
            stack.callback(device.close)
            device.start(pull)
            stack.pop_all()
    except miniaudio.MiniaudioError as fault:
        words = str(fault.args[0]) if fault.args else "unknown fault"
        raise DeviceFault(DeviceReason.DEVICE_REFUSES, what=words) from fault
    return device
