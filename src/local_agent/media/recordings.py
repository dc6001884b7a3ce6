"""The site's recordings of breath-hold commands: `recordings/LANGUAGE/COMMAND.wav` in its directory."""

from __future__ import annotations

import re
from pathlib import Path

from mr_contract.vocabulary import BreathCommand

FOLDER = "recordings"
LANGUAGE = re.compile(r"[a-z]{2,3}")


def recording_file(directory: Path, language: str, breath: BreathCommand) -> Path:
    """Where a site's recording lies."""
    return directory / FOLDER / language / f"{breath}.wav"


def recordings_of(directory: Path) -> dict[str, frozenset[BreathCommand]]:
    """What a site recorded, by language; languages of which there is nothing are not listed."""
    folders = sorted(p for p in (directory / FOLDER).glob("*") if LANGUAGE.fullmatch(p.name))
    found = {
        folder.name: frozenset(
            b for b in BreathCommand if recording_file(directory, folder.name, b).is_file()
        )
        for folder in folders
    }
    return {language: breaths for language, breaths in found.items() if breaths}
