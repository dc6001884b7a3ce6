"""Recorded breath-hold commands of a demo's site: tones, for no voice is shipped and no person lies there."""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path

from mr_contract.vocabulary import BreathCommand

RATE_HZ = 16_000
LASTS_S = 0.8


def record_commands(folder: Path, language: str) -> None:
    """A tone for each command, each higher than the one before."""
    place = folder / "recordings" / language
    place.mkdir(parents=True, exist_ok=True)
    for number, breath in enumerate(BreathCommand):
        turn = 2 * math.pi * 330 * 1.25**number / RATE_HZ
        with wave.open(str(place / f"{breath}.wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE_HZ)
            samples = (round(8000 * math.sin(turn * n)) for n in range(round(LASTS_S * RATE_HZ)))
            out.writeframes(array("h", samples).tobytes())
