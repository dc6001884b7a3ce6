"""One microphone and one headset that a test moves by hand."""

from __future__ import annotations

from mr_contract.device_reasons import DeviceReason, device
from remote_console.media.sound_system import Device, DeviceNames, Mix, SoundFault, Take


class FakeSound:
    """One microphone and one headset, moved by the test."""

    def __init__(self, microphones: tuple[str, ...] = ("Mic",), speakers: tuple[str, ...] = ("Ear",)) -> None:
        self.known = DeviceNames(microphones, speakers)
        self.fault = ""
        self.take: Take | None = None
        self.mix: Mix | None = None
        self.chosen = ""

    @property
    def open_devices(self) -> int:
        """How many of the two are open."""
        return (self.take is not None) + (self.mix is not None)

    def names(self) -> DeviceNames:
        return self.known

    def open_microphone(self, name: str, take: Take) -> Device:
        if self.fault:
            raise SoundFault(device(DeviceReason.DEVICE_REFUSES, what=self.fault))
        self.chosen, self.take = name, take
        return _Closing(lambda: setattr(self, "take", None))

    def open_speaker(self, name: str, mix: Mix) -> Device:
        self.chosen, self.mix = name, mix
        return _Closing(lambda: setattr(self, "mix", None))


class _Closing:
    def __init__(self, closed: object) -> None:
        self._closed = closed

    def close(self) -> None:
        assert callable(self._closed)
        self._closed()
