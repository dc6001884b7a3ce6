"""The lowest line: the last command and what became of it, read back from the agent."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from remote_console.core.phrases import Words
from remote_console.texts import say, tr
from remote_console.ui.actions import keys_of
from remote_console.ui.pieces import ElidedLabel, label, row


class StatusLine(QFrame):
    """Left: the read-back. Right: the keys worth knowing."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deep")
        self.last = ElidedLabel(kind="small")
        self._keys = label(kind="small")
        layout = row(self, margins=(16, 6, 16, 6), gap=22)
        layout.addWidget(self.last, 1)
        layout.addWidget(self._keys)

    def show_state(self, last: Words, scanners: int) -> None:
        """Replace everything shown."""
        self.last.setText(say(last))
        keys = [f"{keys_of('F1')} {tr('help')}", f"{keys_of('Ctrl+K')} {tr('commands')}"]
        if scanners:
            keys.append(f"{keys_of('Ctrl+Return')} START")
        if scanners > 1:
            keys.append(tr("{keys}–{count} scanner", keys=keys_of("Ctrl+1"), count=str(scanners)))
        self._keys.setText(" · ".join(keys))
