"""Microphones and loudspeakers of this machine, through miniaudio: nothing else needs to be installed."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import miniaudio
import numpy as np

from media_kit.sound_devices import SoundDevices
from mr_contract.device_reasons import DeviceFinding, DeviceReason, device
from remote_console.media.sound_mixing import RATE_HZ
from remote_console.media.sound_system import Device, DeviceNames, Mix, SoundFault, Take

PERIOD_MS = 20


class MachineSound:
    """The sound of this machine. `backends`: only these of miniaudio, for tests."""

    def __init__(self, backends: tuple[miniaudio.Backend, ...] = ()) -> None:
        self._backends = list(backends)

    def names(self) -> DeviceNames:
        """The devices that there are now; none where the system has no sound at all."""
        try:
            known = SoundDevices(self._backends)
            return DeviceNames(tuple(known.capture_ids()), tuple(known.playback_ids()))
        except miniaudio.MiniaudioError:
            return DeviceNames((), ())

    def open_microphone(self, name: str, take: Take) -> Device:
        """Mono, 48 kHz, whatever the device does itself."""
        try:
            opened = miniaudio.CaptureDevice(
                miniaudio.SampleFormat.SIGNED16, 1, RATE_HZ, PERIOD_MS,
                device_id=self._id(name, captures=True), backends=self._backends, app_name="remote-console",
            )  # fmt: skip
            opened.start(_taking(take))
        except miniaudio.MiniaudioError as fault:
            raise _refused(fault) from fault
        return _Opened(opened)

    def open_speaker(self, name: str, mix: Mix) -> Device:
        """Mono, 48 kHz; the system gives both ears the same."""
        try:
            opened = miniaudio.PlaybackDevice(
                miniaudio.SampleFormat.SIGNED16, 1, RATE_HZ, PERIOD_MS,
                device_id=self._id(name, captures=False), backends=self._backends, app_name="remote-console",
            )  # fmt: skip
            opened.start(_mixing(mix))
        except miniaudio.MiniaudioError as fault:
            raise _refused(fault) from fault
        return _Opened(opened)

    def _id(self, name: str, *, captures: bool) -> Any:
        if not name:
            return None
        known = SoundDevices(self._backends)
        ids = known.capture_ids() if captures else known.playback_ids()
        if name not in ids:
            raise SoundFault(_missing(name, tuple(ids)))
        return ids[name]


def _refused(fault: miniaudio.MiniaudioError) -> SoundFault:
    what = str(fault.args[0]) if fault.args else "unknown fault"
    return SoundFault(device(DeviceReason.DEVICE_REFUSES, what=what))


def _missing(name: str, others: tuple[str, ...]) -> DeviceFinding:
    if not others:
        return device(DeviceReason.NO_DEVICE, name=name)
    return device(DeviceReason.DEVICE_NOT_THERE, name=name, others=", ".join(others))


class _Opened:
    """A device at work."""

    def __init__(self, device: Any) -> None:
        self._device = device

    def close(self) -> None:
        """Stop and let go of it."""
        self._device.close()


def _taking(take: Take) -> Generator[bytes, bytes, None]:
    """What miniaudio sends its samples to; begun."""

    def listen() -> Generator[bytes, bytes, None]:
        data = yield b""
        while True:
            take(np.frombuffer(data, np.int16))
            data = yield b""

    listening = listen()
    next(listening)
    return listening


def _mixing(mix: Mix) -> Generator[bytes, int, None]:
    """Where miniaudio gets its samples from; begun."""

    def play() -> Generator[bytes, int, None]:
        count = yield b""
        while True:
            count = yield mix(count).tobytes()

    playing = play()
    next(playing)
    return playing
