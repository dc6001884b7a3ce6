"""Which sound devices there are: one that cannot be opened hides no other."""

from __future__ import annotations

from typing import Any

import miniaudio

from media_kit.sound_devices import NO_DEVICE, SoundDevices


class OneIsDumb(SoundDevices):
    """miniaudio's own null devices, and what ALSA lists beside real ones, as miniaudio tells it."""

    def get_playbacks(self) -> list[dict[str, Any]]:
        real = super().get_playbacks()
        unknown = miniaudio.ffi.new("ma_device_info *")
        miniaudio.ffi.buffer(miniaudio.ffi.addressof(unknown, "id"))[0:1] = b"\7"
        info = self._get_info(miniaudio.DeviceType.PLAYBACK, unknown[0])
        dumb = {"name": "JACK Audio Connection Kit", "id": None, **info}
        nothing = {**real[0], "name": f"{NO_DEVICE} (playback)"}
        return [dumb, nothing, *real, {**real[0], "id": "a second one of the same name"}]


def test_a_device_that_says_nothing_hides_no_other_and_is_not_offered() -> None:
    devices = OneIsDumb([miniaudio.Backend.NULL])
    (real,) = miniaudio.Devices([miniaudio.Backend.NULL]).get_playbacks()
    ids = devices.playback_ids()
    assert list(ids) == [real["name"]]
    assert ids[real["name"]] != "a second one of the same name"
