"""The sheets of wrong patient or side: saying it, and signing what somebody at the site proposed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mr_contract.vocabulary import Mistaken
from remote_console.core.quarantine import MISTAKEN_WORDS, Correction, Mistakable
from remote_console.texts import say, tr
from remote_console.ui.pieces import button, label, row
from remote_console.ui.sheet import Sheet


class MistakeSheet(Sheet):
    """What was wrong: the press that says it stops the scan."""

    said = Signal(object, object)
    """The exam, and what of it was mistaken."""

    def __init__(self, over: QWidget, exam: Mistakable) -> None:
        super().__init__(over, tr("Wrong patient or side?"), (0.5, 0.0))
        self._exam = exam
        self.body.addWidget(label(say(exam.who), "strong", wrap=True))
        does = tr("Stops the scan and brings all images of this exam into quarantine. Both sides are told.")
        self.body.addWidget(label(does, wrap=True))
        choices = row(gap=10)
        self.choices = {
            mistaken: button(say(words), partial(self._say, mistaken), "primary")
            for mistaken, words in MISTAKEN_WORDS.items()
        }
        for choice in self.choices.values():
            choices.addWidget(choice, 1)
        self.body.addLayout(choices)
        self.body.addStretch(1)

    def _say(self, mistaken: Mistaken) -> None:
        self.put_away()
        self.said.emit(self._exam, mistaken)


class CorrectionSheet(Sheet):
    """Before and after, whole; then the second signature."""

    signed = Signal(object)

    def __init__(self, over: QWidget, correction: Correction) -> None:
        super().__init__(over, say(correction.title), (0.6, 0.0))
        self._correction = correction
        for heading, words in ((tr("Registered"), correction.before), (tr("Right"), correction.after)):
            self.body.addWidget(label(heading, "heading"))
            self.body.addWidget(label(say(words), "strong", wrap=True))
        note = tr("You sign as the second person, with your certificate. The originals stay in quarantine.")
        self.body.addWidget(label(note, "dim", wrap=True))
        self.sign_button = button(tr("Sign the correction"), self._sign, "primary")
        self.body.addWidget(self.sign_button)
        self.body.addStretch(1)

    def _sign(self) -> None:
        self.put_away()
        self.signed.emit(self._correction)
