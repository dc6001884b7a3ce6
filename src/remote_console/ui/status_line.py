"""The lowest line: the last command and what became of it, read back from the agent."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from mr_contract.views import LastCommand
from remote_console.core.known_words import known
from remote_console.core.phrases import ReasonWords
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

    def show_state(self, last: LastCommand | None, scanners: int) -> None:
        """Replace everything shown."""
        if last is None:
            self.last.setText(tr("Last command: none"))
        else:
            why = "; ".join(say(ReasonWords(f, "text")) for f in last.findings)
            outcome = f"{tr(last.outcome)}: {why}" if why else tr(last.outcome)
            words = tr("Last command: {words} · {outcome}", words=say(known(last.words)), outcome=outcome)
            self.last.setText(f"{words} · {last.by}" if last.by else words)
        keys = [f"{keys_of('F1')} {tr('help')}", f"{keys_of('Ctrl+K')} {tr('commands')}"]
        if scanners:
            keys.append(f"{keys_of('Ctrl+Return')} START")
        if scanners > 1:
            keys.append(tr("{keys}–{count} scanner", keys=keys_of("Ctrl+1"), count=str(scanners)))
        self._keys.setText(" · ".join(keys))
