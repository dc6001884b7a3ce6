"""The site's recordings of breath-hold commands: `recordings/LANGUAGE/COMMAND.wav` in its directory."""

from __future__ import annotations

import re
from pathlib import Path

import av

from mr_contract.vocabulary import BreathCommand

FOLDER = "recordings"
RATE_HZ = 48_000
LONGEST_S = 15.0
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class RecordingUnreadable(Exception):
    """It cannot be played; the words say why."""


def recording_file(directory: Path, language: str, breath: BreathCommand) -> Path:
    """Where a site's recording lies."""
    return directory / FOLDER / language / f"{breath}.wav"


def recordings_of(directory: Path) -> dict[str, frozenset[BreathCommand]]:
    """What a site recorded, by language; languages of which there is nothing are not listed."""
    folders = sorted(p for p in (directory / FOLDER).glob("*") if _LANGUAGE.fullmatch(p.name))
    found = {
        folder.name: frozenset(
            b for b in BreathCommand if recording_file(directory, folder.name, b).is_file()
        )
        for folder in folders
    }
    return {language: breaths for language, breaths in found.items() if breaths}


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
