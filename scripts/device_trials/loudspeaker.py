"""A sound card of the kernel's driver snd-aloop: what is played on it can be recorded on its other end."""

from __future__ import annotations

import asyncio
import math
from array import array
from collections.abc import Callable, Generator
from typing import Any

import miniaudio

from device_trials.camera import Say
from device_trials.driver import boot_s, plug_in, unplug
from local_agent.media.loudspeaker import RATE_HZ, DeviceLoudspeaker
from media_kit.sound_devices import SoundDevices

CARD = "Loopback"
PEAK = 9000
BLOCK_S = 0.02
WITHIN_S = 30.0


class _Listening:
    """Every end of the card that records."""

    def __init__(self) -> None:
        self.peak = 0
        ids = [d["id"] for d in SoundDevices().get_captures() if CARD in str(d["name"])]
        self._devices = [self._open(device_id) for device_id in ids]

    def _open(self, device_id: Any) -> miniaudio.CaptureDevice:
        device = miniaudio.CaptureDevice(miniaudio.SampleFormat.SIGNED16, 1, RATE_HZ, 20, device_id=device_id)
        device.start(self._hear())
        return device

    def _hear(self) -> Generator[None, bytes, None]:
        def hearing() -> Generator[None, bytes, None]:
            while True:
                self.peak = max(self.peak, *map(abs, array("h", (yield) or b"\0\0")))

        began = hearing()
        next(began)
        return began

    def close(self) -> None:
        for device in self._devices:
            device.close()


async def try_loudspeaker(say: Say) -> None:
    """Heard at the other end; unplugged; plugged in again."""
    names = SoundDevices().playback_ids()
    name = next((known for known in names if CARD in known), "")
    say(f"sound devices: {', '.join(names)}", right=bool(name))
    loudspeaker = DeviceLoudspeaker(name, boot_s)
    took_s = await _until(loudspeaker, lambda: not loudspeaker.fault)
    say(f"loudspeaker open after {took_s:.1f} s {_words(loudspeaker)}", right=not loudspeaker.fault)
    listening = _Listening()
    await _until(loudspeaker, lambda: listening.peak > PEAK / 2)
    say(f"a tone of {PEAK} is heard at the other end as {listening.peak}", right=listening.peak > PEAK / 2)
    listening.close()
    unplug("snd_aloop", "snd_aloop.0")
    took_s = await _until(loudspeaker, lambda: bool(loudspeaker.fault))
    say(f"loudspeaker unplugged, after {took_s:.1f} s: {_words(loudspeaker)}", right=bool(loudspeaker.fault))
    await _until(loudspeaker, lambda: "not connected" in _words(loudspeaker))
    say(f"loudspeaker that is not there: {_words(loudspeaker)}", right="not connected" in _words(loudspeaker))
    plug_in("snd_aloop", "snd_aloop.0")
    took_s = await _until(loudspeaker, lambda: not loudspeaker.fault)
    say(f"loudspeaker plugged in again, open after {took_s:.1f} s", right=not loudspeaker.fault)
    await loudspeaker.close()


def _words(loudspeaker: DeviceLoudspeaker) -> str:
    return loudspeaker.fault.text if loudspeaker.fault else ""


async def _until(loudspeaker: DeviceLoudspeaker, holds: Callable[[], bool]) -> float:
    """Play a tone of 1 kHz until it holds, or for as long as one may wait; seconds it took."""
    tone = array(
        "h", (int(PEAK * math.sin(2 * math.pi * n / 48)) for n in range(int(RATE_HZ * BLOCK_S)))
    ).tobytes()
    began_s, played_s = boot_s(), 0.0
    while not holds() and boot_s() - began_s < WITHIN_S:
        while played_s < boot_s() - began_s + 0.1:
            loudspeaker.play(tone)
            played_s += BLOCK_S
        loudspeaker.look()
        await asyncio.sleep(BLOCK_S)
    return boot_s() - began_s
