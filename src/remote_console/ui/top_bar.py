"""The top line: what this is, that it is not for clinical use, how many scanners, who, when."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame

from remote_console.core.phrases import Words
from remote_console.texts import say, tr
from remote_console.ui.pieces import button, label, row

NARROW = 1200


class TopBar(QFrame):
    """Facts only; the buttons open help and the palette."""

    about_asked = Signal()
    language_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deep")
        self._title = label(kind="strong")
        self.mark = label(kind="pill")
        self.connected = label(kind="dim")
        self._you = label(kind="dim")
        self._time = label(kind="strong")
        self.about_button = button("", self.about_asked.emit, "quiet")
        self.language_button = button("", self.language_asked.emit, "quiet")
        layout = row(self, margins=(16, 7, 16, 7), gap=16)
        layout.addWidget(self._title)
        layout.addWidget(self.mark)
        layout.addStretch(1)
        for part in (self.connected, self._you, self.language_button, self.about_button, self._time):
            layout.addWidget(part)
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self._title.setText(tr("Remote scanning"))
        self.about_button.setText(tr("About"))

    def show_state(self, connected: Words, you: str, time: str, *, simulated: bool) -> None:
        """Replace everything shown."""
        not_clinical = tr("not for clinical use")
        self.mark.setText(f"{not_clinical} · {tr('simulated')}" if simulated else not_clinical)
        self.connected.setText(say(connected))
        self._you.setText(you)
        self._time.setText(time)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the mark matters more than the name of the program."""
        super().resizeEvent(event)
        self._title.setVisible(self.width() >= NARROW)

    def show_language(self, code: str) -> None:
        """Which language is in use."""
        self.language_button.setText(code.upper())
