"""Talking with the site: hold to talk, open microphone, levels, what is missing, and the audio check."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from remote_console.core.sound import SoundState
from remote_console.texts import say, tr
from remote_console.ui import theme
from remote_console.ui.audio_check_row import AudioCheckRow
from remote_console.ui.pieces import Bar, FoldedLabel, button, column, label, row, set_kind


class SoundPanel(QFrame):
    """Shows one state; the meters move by themselves."""

    held = Signal(bool)
    opened = Signal()
    devices_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self._state: SoundState | None = None
        self.talk = button("", lambda: None, "pill")
        self.talk.pressed.connect(lambda: self.held.emit(True))
        self.talk.released.connect(lambda: self.held.emit(False))
        self.open_microphone = button("", self.opened.emit, "pill")
        self.open_microphone.setCheckable(True)
        self.devices = button("", self.devices_asked.emit, "pill")
        self.microphone, self.headset = Bar(), Bar()
        self._names = (label(kind="faint"), label(kind="faint"))
        self._note = FoldedLabel("small")
        self.check = AudioCheckRow()
        self._build()
        self.retranslate()
        self.hide()

    def _build(self) -> None:
        layout = column(self, margins=(14, 7, 14, 8), gap=5)
        buttons = row(gap=6)
        for part in (self.talk, self.open_microphone, self.devices):
            buttons.addWidget(part)
        buttons.addStretch(1)
        self._meters = QWidget()
        meters = row(self._meters, gap=6)
        for name, bar in zip(self._names, (self.microphone, self.headset), strict=True):
            meters.addWidget(name)
            meters.addWidget(bar, 1)
        layout.addLayout(buttons)
        layout.addWidget(self._meters)
        layout.addWidget(self._note)
        layout.addWidget(self.check)

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self.open_microphone.setText(tr("Keep open"))
        self.devices.setText(tr("Sound …"))
        for name, words in zip(self._names, (tr("you"), tr("site")), strict=True):
            name.setText(words)
        self.check.retranslate()
        state, self._state = self._state, None
        if state is not None:
            self.show_state(state, open_microphone=self.open_microphone.isChecked())

    def show_state(self, state: SoundState, *, open_microphone: bool) -> None:
        """Replace everything shown but the meters."""
        self.open_microphone.setChecked(open_microphone)
        if state == self._state:
            return
        self._state = state
        self.setVisible(state.shown)
        self.talk.setText(("● " if state.talking else "") + say(state.caption))
        set_kind(self.talk, "talking" if state.talking else "pill")
        for part in (self.talk, self.open_microphone):
            part.setEnabled(state.may_talk)
        self._note.setText(("▲ " if state.warns else "") + say(state.note))
        set_kind(self._note, "amberSmall" if state.warns else "small")
        self._note.setVisible(bool(say(state.note)))
        self._meters.setVisible(state.may_talk)

    def show_levels(self, microphone: float, headset: float) -> None:
        """Both meters, 0 to 1."""
        self.microphone.show_state(microphone, theme.BAR)
        self.headset.show_state(headset, theme.BAR)
