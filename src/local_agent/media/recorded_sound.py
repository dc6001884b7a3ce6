"""Reads a site's recording for the patient's intercom; only the media process decodes."""

from __future__ import annotations

from pathlib import Path

import av

RATE_HZ = 48_000
LONGEST_S = 15.0


class RecordingUnreadable(Exception):
    """It cannot be played; the words say why."""


def read_recording(file: Path) -> bytes:
    """Its sound: 16-bit samples of one channel at 48 kHz, whatever the file has.

    Raises:
        RecordingUnreadable: no such file, no sound in it, or longer than `LONGEST_S`.
    """
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    sound = bytearray()
    try:
        with av.open(str(file), format="wav") as container:
            for frame in container.decode(audio=0):
                for part in resampler.resample(frame):
                    sound += bytes(part.planes[0])[: part.samples * 2]
                if len(sound) > LONGEST_S * RATE_HZ * 2:
                    raise RecordingUnreadable(f"{file.name} is longer than {LONGEST_S:.0f} s")
            for part in resampler.resample(None):
                sound += bytes(part.planes[0])[: part.samples * 2]
    except (av.FFmpegError, OSError, ValueError, LookupError) as fault:
        raise RecordingUnreadable(f"{file.name} cannot be read") from fault
    if not sound:
        raise RecordingUnreadable(f"{file.name} is empty")
    return bytes(sound)
