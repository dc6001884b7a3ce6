"""Speaking to the patient: hold to be heard by them, breath-hold commands, and how loud it is there."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from mr_contract.vocabulary import BreathCommand
from remote_console.core.patient_hearing import PatientHearing
from remote_console.core.vocabulary_words import BREATH_WORDS
from remote_console.texts import say, tr
from remote_console.ui import theme
from remote_console.ui.flow_layout import FlowLayout
from remote_console.ui.pieces import (
    Bar,
    ChoiceBox,
    FoldedLabel,
    TickBox,
    button,
    column,
    row,
    set_kind,
)

METER = 70
LANGUAGE_NAMES = {
    "de": "Deutsch", "en": "English", "es": "español", "fr": "français", "it": "italiano", "pt": "português",
    "nl": "Nederlands", "pl": "polski", "tr": "Türkçe", "ar": "العربية", "ru": "русский", "uk": "українська",
}  # fmt: skip
"""As each language calls itself; another is shown by its code."""


class PatientBanner(QLabel):
    """Across the window, for as long as a patient hears this desk."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("patientHears")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hide()

    def show_words(self, words: str) -> None:
        """Replace what is said; nothing: nobody is heard."""
        self.setText(words)
        self.setVisible(bool(words))


class PatientPanel(QFrame):
    """Shows one state; what is held is the controller's business."""

    held = Signal(bool)
    breath_held = Signal(object, bool)
    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._state = PatientHearing()
        self.speak = button("", lambda: None, "pill")
        self.speak.pressed.connect(lambda: self.held.emit(True))
        self.speak.released.connect(lambda: self.held.emit(False))
        self.ask = button("", self.asked.emit, "pill")
        self.breaths = {breath: button("", lambda: None, "pill") for breath in BreathCommand}
        for breath, pressed in self.breaths.items():
            pressed.pressed.connect(partial(self.breath_held.emit, breath, True))
            pressed.released.connect(partial(self.breath_held.emit, breath, False))
        self.recorded, self.language, self.level = TickBox(), ChoiceBox(), Bar()
        self.recorded.toggled.connect(lambda _: self.show_state(self._state))
        self._note, self._granted = FoldedLabel("small"), QWidget()
        self._build()
        self.retranslate()
        self.hide()

    def _build(self) -> None:
        layout = column(self, margins=(14, 6, 14, 6), gap=4)
        layout.addWidget(self.ask, 0, Qt.AlignmentFlag.AlignLeft)
        self.level.setFixedWidth(METER)
        flow = FlowLayout(self._granted, gap=6)
        for part in (self.speak, self.level, *self.breaths.values()):
            flow.addWidget(part)
        layout.addWidget(self._granted)
        how = row(gap=8)
        how.addWidget(self.recorded)
        how.addWidget(self.language)
        how.addWidget(self._note, 1)
        layout.addLayout(how)

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self.ask.setText(tr("Ask to speak to the patient"))
        self.speak.setText(tr("Speak to patient"))
        self.recorded.setText(tr("Recorded"))
        self.level.setToolTip(tr("How loud it is at the patient"))
        for breath, pressed in self.breaths.items():
            pressed.setText(say(BREATH_WORDS[breath]))
        self.show_state(self._state)

    def show_state(self, state: PatientHearing) -> None:
        """Replace everything shown; what is ticked and chosen stays, where it can."""
        if state.languages != self._state.languages or (state.languages and not self.language.count()):
            self._offer(state)
        self._state = state
        self.setVisible(state.shown)
        granted = not state.may_ask and (state.may_speak or state.may_play or state.warns or state.hears_you)
        self.ask.setVisible(state.may_ask)
        self._granted.setVisible(granted)
        for part in (self.recorded, self.language):
            part.setVisible(granted and bool(state.languages))
        self.speak.setEnabled(state.may_speak)
        set_kind(self.speak, "heard" if state.hears_you else "pill")
        plays = state.must_play or (self.recorded.isChecked() and state.may_play)
        for pressed in self.breaths.values():
            pressed.setEnabled(state.may_play if plays else state.may_speak)
        self.recorded.setEnabled(state.may_play and not state.must_play)
        self.level.show_state(state.level, theme.HEARD if state.hears_you else theme.BAR)
        wished = say(state.note_of_recorded) if self.recorded.isChecked() else ""
        note = wished or say(state.note)
        self._note.setText(("▲ " if state.warns else "") + note)
        set_kind(self._note, "amberSmall" if state.warns else "small")
        self._note.setVisible(bool(note))

    def _offer(self, state: PatientHearing) -> None:
        """The languages of the site; its own choice first chosen."""
        self.language.clear()
        for code in state.languages:
            self.language.addItem(LANGUAGE_NAMES.get(code, code), code)
        self.language.setCurrentIndex(max(0, self.language.findData(state.language)))

    def chosen_language(self) -> str | None:
        """Of recordings; None: the site's own choice."""
        code = self.language.currentData()
        return code if isinstance(code, str) else None
