"""“Can you hear me?”: the question, what became of it, and the two answers."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from remote_console.core.audio_check import AudioCheckState
from remote_console.core.phrases import NOTHING
from remote_console.texts import say, tr
from remote_console.ui.pieces import FoldedLabel, button, column, row, set_kind


class AudioCheckRow(QWidget):
    """Shows one state."""

    asked = Signal()
    answered = Signal(str, bool)
    """Which check, and whether one hears the site."""

    def __init__(self) -> None:
        super().__init__()
        self._state = AudioCheckState()
        self.ask = button("", self.asked.emit, "pill")
        self.hears = button("", lambda: self.answered.emit(self._state.check_id, True), "pill")
        self.hears_not = button("", lambda: self.answered.emit(self._state.check_id, False), "pill")
        self._note, self._passed = FoldedLabel("small"), FoldedLabel("small")
        layout = column(self, gap=4)
        buttons = row(gap=6)
        for part in (self.hears, self.hears_not, self.ask):
            buttons.addWidget(part)
        buttons.addWidget(self._passed, 1)
        buttons.addStretch(0)
        layout.addWidget(self._note)
        layout.addLayout(buttons)
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self.hears.setText(tr("I hear the site"))
        self.hears_not.setText(tr("I hear nothing"))
        self.show_state(self._state)

    def show_state(self, state: AudioCheckState) -> None:
        """Replace everything shown; a check that passed takes one line."""
        self._state = state
        self.setVisible(state.shown)
        waits = bool(state.check_id)
        self.ask.setText(say(state.caption))
        self.ask.setEnabled(state.may_ask)
        self.ask.setVisible(not waits and not state.asking)
        self.hears.setVisible(waits)
        self.hears_not.setVisible(waits)
        self._note.setText(("▲ " if state.warns else "") + say(state.note))
        set_kind(self._note, "amberSmall" if state.warns else "small")
        self._note.setVisible(state.note != NOTHING and not state.passed)
        self._passed.setText("✓ " + say(state.note))
        self._passed.setVisible(state.passed)
