"""What the window remembers: its geometry, language, window presets, and which scanner has which letter.

Nothing here is about a patient.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings

from remote_console.core.fleet import ScannerKey
from remote_console.texts import LANGUAGES


class Settings:
    """Typed access to QSettings; a value of a wrong kind counts as absent."""

    def __init__(self, store: QSettings) -> None:
        self._store = store

    @property
    def language(self) -> str:
        """Language code; English where none was chosen."""
        value = self._store.value("language", "en")
        return value if isinstance(value, str) and value in LANGUAGES else "en"

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
    def letters(self) -> tuple[ScannerKey, ...]:
        """Scanners in the order of their letters."""
        value = self._store.value("letters", "")
        pairs = [line.split("\t") for line in str(value or "").splitlines()]
        return tuple(ScannerKey(pair[0], pair[1]) for pair in pairs if len(pair) == 2)

    @letters.setter
    def letters(self, order: tuple[ScannerKey, ...]) -> None:
        self._store.setValue("letters", "\n".join(f"{k.site}\t{k.scanner}" for k in order))
