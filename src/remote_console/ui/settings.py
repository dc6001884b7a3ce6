"""What the window remembers: its geometry, language, window presets, and which scanner has which letter.

Nothing here is about a patient.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QSettings

from remote_console.core.fleet import LETTERS, ScannerKey
from remote_console.texts import LANGUAGES


class Settings:
    """Typed access to QSettings; a value of a wrong kind counts as absent."""

    def __init__(self, store: QSettings, spoken_here: str = "en") -> None:
        """`spoken_here`: the language of this workstation, for who never chose one."""
        self._store = store
        self._spoken_here = spoken_here

    @property
    def language(self) -> str:
        """Code of the language chosen, or else spoken here; English where neither is shipped."""
        chosen = self._store.value("language")
        if isinstance(chosen, str) and chosen in LANGUAGES:
            return chosen
        return self._spoken_here if self._spoken_here in LANGUAGES else "en"

    @language.setter
    def language(self, code: str) -> None:
        self._store.setValue("language", code)

    def bytes_of(self, name: str) -> QByteArray | None:
        """Geometry or state of a window or splitter."""
        value = self._store.value(name)
        return value if isinstance(value, QByteArray) else None

    def keep(self, name: str, value: QByteArray) -> None:
        """Remember geometry or state."""
        self._store.setValue(name, value)

    @property
    def preset(self) -> int:
        """Window preset last used."""
        value = str(self._store.value("preset", "0"))
        return int(value) if value in {"1", "2"} else 0

    @preset.setter
    def preset(self, number: int) -> None:
        self._store.setValue("preset", str(number))

    @property
    def microphone(self) -> str:
        """Name of the microphone; empty: as the system chooses."""
        return str(self._store.value("microphone", "") or "")

    @microphone.setter
    def microphone(self, name: str) -> None:
        self._store.setValue("microphone", name)

    @property
    def speaker(self) -> str:
        """Name of the headset or speaker; empty: as the system chooses."""
        return str(self._store.value("speaker", "") or "")

    @speaker.setter
    def speaker(self, name: str) -> None:
        self._store.setValue("speaker", name)

    @property
    def letters(self) -> Mapping[ScannerKey, str]:
        """Which scanner has which letter at this desk."""
        value = self._store.value("letters", "")
        parts = [line.split("\t") for line in str(value or "").splitlines()]
        return {ScannerKey(x[0], x[1]): x[2] for x in parts if len(x) == 3 and x[2] in LETTERS}

    @letters.setter
    def letters(self, letters: Mapping[ScannerKey, str]) -> None:
        lines = (f"{k.site}\t{k.scanner}\t{letter}" for k, letter in letters.items())
        self._store.setValue("letters", "\n".join(lines))
