"""The sound devices of this machine, as miniaudio lists them."""

from __future__ import annotations

from typing import Any

import miniaudio

NO_DEVICE = "Discard all samples"
"""How ALSA calls what is there when nothing is there."""


class SoundDevices(miniaudio.Devices):  # type: ignore[misc]  # miniaudio has no types
    """Those that can be opened now.

    miniaudio 1.71 lists none at all when one cannot say which formats it takes; with ALSA alone that is so on
    any machine that has a plugin for PulseAudio or JACK and no server of it.
    """

    def _get_info(self, device_type: Any, device_info: Any) -> dict[str, Any]:
        try:
            info: dict[str, Any] = super()._get_info(device_type, device_info)
        except miniaudio.MiniaudioError:
            return {"formats": []}
        return info

    def playback_ids(self) -> dict[str, Any]:
        """Id by name, of what plays; of two devices with one name the first. Blocks."""
        return _ids(self.get_playbacks())

    def capture_ids(self) -> dict[str, Any]:
        """Id by name, of what records; of two devices with one name the first. Blocks."""
        return _ids(self.get_captures())


def _ids(devices: list[dict[str, Any]]) -> dict[str, Any]:
    ids: dict[str, Any] = {}
    for device in devices:
        name = str(device["name"])
        if device["formats"] and not name.startswith(NO_DEVICE):
            ids.setdefault(name, device["id"])
    return ids
