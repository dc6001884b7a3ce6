"""What the desk needs of the sound of a machine: a seam, so that tests need no device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mr_contract.device_reasons import DeviceFinding
from remote_console.media.sound_mixing import Samples

Take = Callable[[Samples], None]
Mix = Callable[[int], Samples]


class SoundFault(Exception):
    """A device cannot be used; `finding` says why, in words of any language."""

    def __init__(self, finding: DeviceFinding) -> None:
        super().__init__(finding.text)
        self.finding = finding


class Device(Protocol):
    """A device at work."""

    def close(self) -> None:
        """Stop and let go of it."""


@dataclass(frozen=True, slots=True)
class DeviceNames:
    """What there is, in the order of the system."""

    microphones: tuple[str, ...]
    speakers: tuple[str, ...]


class SoundSystem(Protocol):
    """The sound of a machine. All of it blocks; `take` and `mix` are called on threads of the devices."""

    def names(self) -> DeviceNames:
        """The devices that there are now."""

    def open_microphone(self, name: str, take: Take) -> Device:
        """Begin to listen; empty: the system's own choice. Raises SoundFault."""

    def open_speaker(self, name: str, mix: Mix) -> Device:
        """Begin to play. Raises SoundFault."""
