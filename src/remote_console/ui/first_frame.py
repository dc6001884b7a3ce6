"""When the window first showed scanners: what a bench measures of a start."""

from __future__ import annotations

import json
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from remote_console.ui.conductor import Conductor


class FirstFrame(QObject):
    """Writes the time of the first paint at which scanners were heard, with their number."""

    def __init__(self, fleet: QWidget, conductor: Conductor, file: Path) -> None:
        super().__init__(fleet)
        self._conductor, self._file, self._most = conductor, file, 0
        fleet.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            heard = sum(1 for s in self._conductor.state.in_order if s.status is not None)
            if heard > self._most:
                self._most = heard
                words = {"monotonic_s": time.monotonic(), "scanners": heard}
                part = self._file.with_suffix(".part")
                part.write_text(json.dumps(words), encoding="utf-8")
                part.replace(self._file)
        return False
