"""What `local-agent check` says of the recorded breath-hold commands: what would not be heard, or badly.

Rules upheld here:
- A recording is read as the media process reads it: what is named here would fail there, and nothing else.
- Every sentence names the file, the value and the remedy.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from pathlib import Path

from local_agent.config import ScannerConfig
from local_agent.media.recordings import FOLDER, LANGUAGE, recording_file, recordings_of
from mr_contract.vocabulary import BreathCommand

LONG_S = 5.0
LATE_S = 0.4
QUIET_DB = -35.0
"""Of the loudest moment: below it a voice drowns in a scanner's fan."""
SOUND_DB = -50.0
FULL_SCALE = 32767
BLOCK_S = 0.02
MOST_CLIPPED = 0.001
_NAMES = ", ".join(f"{b}.wav" for b in BreathCommand)
_MAKE = "Record it, or let `scripts/breath_commands` say it"
_ANEW = "Record it anew"


def recording_warnings(scanners: tuple[ScannerConfig, ...], directory: Path) -> Iterator[str]:
    """In words; nothing where no scanner has an intercom."""
    with_intercom = tuple(s for s in scanners if s.intercom is not None)
    if not with_intercom:
        return
    recorded = recordings_of(directory)
    for scanner in with_intercom:
        yield from _missing(scanner, recorded, directory)
    for file in sorted((directory / FOLDER).rglob("*")):
        if file.is_file() and not file.name.startswith("."):
            yield from _of_file(file, directory)


def _missing(
    scanner: ScannerConfig, recorded: dict[str, frozenset[BreathCommand]], directory: Path
) -> Iterator[str]:
    """What the intercom of one scanner would want to play and cannot."""
    chosen = scanner.intercom.language if scanner.intercom is not None else ""
    folder = directory / FOLDER
    if not recorded:
        yield (
            f"{scanner.name} has an intercom and {folder} holds no breath-hold command: over a line above "
            f"300 ms none can be given. {_MAKE}."
        )
    elif chosen and chosen not in recorded:
        yield (
            f'[scanners.intercom] of {scanner.name}: language = "{chosen}", but {folder / chosen} holds no '
            f"recording; there is {', '.join(recorded)}. {_MAKE}, or name another language."
        )
    elif not chosen and len(recorded) > 1:
        yield (
            f"[scanners.intercom] of {scanner.name} names no language: commands are played in "
            f'"{next(iter(recorded))}", the first of {", ".join(recorded)}. Write language = "…".'
        )
    language = chosen or next(iter(recorded), "")
    for breath in BreathCommand:
        if language in recorded and breath not in recorded[language]:
            yield f"{recording_file(directory, language, breath)} is missing ({scanner.name}). {_MAKE}."


def _of_file(file: Path, directory: Path) -> Iterator[str]:
    of_language = file.parent.parent == directory / FOLDER and LANGUAGE.fullmatch(file.parent.name)
    if not of_language or file.suffix != ".wav":
        yield f"{file} is never played. Name it {FOLDER}/LANGUAGE/COMMAND.wav, as in de/hold.wav."
    elif file.stem not in tuple(BreathCommand):
        yield f"{file} is never played: {file.stem} is no breath-hold command. Use {_NAMES}."
    else:
        yield from _heard(file)


def _heard(file: Path) -> Iterator[str]:
    """Listen to a recording."""
    from local_agent.media.recorded_sound import LONGEST_S, RATE_HZ, RecordingUnreadable, read_recording

    try:
        sound = array("h", read_recording(file))
    except RecordingUnreadable as unreadable:
        words = f"Save it as a WAV of at most {LONGEST_S:.0f} s that the agent may read."
        yield f"{file} cannot be played: {unreadable}. {words}"
        return
    loudness_db = _loudness_db(sound, round(RATE_HZ * BLOCK_S))
    loudest_db = max(loudness_db)
    late_s = BLOCK_S * next((n for n, db in enumerate(loudness_db) if db > SOUND_DB), 0)
    clipped = sum(abs(s) >= FULL_SCALE for s in sound) / len(sound)
    lasts_s = len(sound) / RATE_HZ
    if loudest_db < QUIET_DB:
        words = f"{loudest_db:.0f} dB at its loudest, at least {QUIET_DB:.0f} dB"
        yield f"{file} is too quiet: {words}. {_ANEW}, louder."
    if late_s > LATE_S:
        words = f"{late_s:.1f} s of silence, at most {LATE_S:.1f} s"
        yield f"{file} begins with {words}: the command comes late. Cut it."
    if clipped > MOST_CLIPPED:
        words = f"{clipped:.1%} of it is at full scale, at most {MOST_CLIPPED:.1%}"
        yield f"{file} is clipped: {words}. {_ANEW}, quieter."
    if lasts_s > LONG_S:
        words = f"lasts {lasts_s:.1f} s, at most {LONG_S:.0f} s"
        yield f"{file} {words}: the scan waits for it. {_ANEW}, shorter."


def _loudness_db(sound: array[int], block: int) -> list[float]:
    """Of each block, to full scale."""
    blocks = (sound[at : at + block] for at in range(0, len(sound), block))
    return [10 * math.log10(sum(s * s for s in one) / len(one) / FULL_SCALE**2 + 1e-10) for one in blocks]
