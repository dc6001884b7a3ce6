"""The sheets of wrong patient or side: saying it, and signing what somebody at the site proposed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QPushButton, QWidget

from mr_contract.vocabulary import Mistaken
from remote_console.core.quarantine import MISTAKEN_WORDS, Correction, Mistakable
from remote_console.texts import say, tr
from remote_console.ui.pieces import button, label, row
from remote_console.ui.sheet import Sheet

ROW_PX = 34


class MistakeSheet(Sheet):
    """What was wrong: the press that says it stops the scan."""

    said = Signal(object, object)
    """The exam, and what of it was mistaken."""

    earlier_asked = Signal()

    def __init__(self, over: QWidget, exam: Mistakable, *, earlier: bool) -> None:
        """`earlier`: whether exams that were closed can be chosen instead."""
        super().__init__(over, tr("Wrong patient or side?"), (0.5, 0.0))
        self._exam = exam
        self.body.addWidget(label(say(exam.who), "strong", wrap=True))
        does = tr("Stops the scan and brings all images of this exam into quarantine. Both sides are told.")
        self.body.addWidget(label(does, wrap=True))
        self.choices = _choices(self._say)
        _add_in_a_row(self, self.choices)
        self.earlier_button = button(tr("An earlier exam …"), self._ask_earlier, "quiet")
        self.earlier_button.setVisible(earlier)
        self.body.addWidget(self.earlier_button)
        self.body.addStretch(1)

    def _say(self, mistaken: Mistaken) -> None:
        self.put_away()
        self.said.emit(self._exam, mistaken)

    def _ask_earlier(self) -> None:
        self.put_away()
        self.earlier_asked.emit()


class EarlierSheet(Sheet):
    """An exam that was closed already: which one, by the arrow keys, then what was wrong."""

    said = Signal(object, object)
    """The exam, and what of it was mistaken."""

    def __init__(self, over: QWidget, exams: Sequence[Mistakable]) -> None:
        super().__init__(over, tr("Wrong in an earlier exam"), (0.5, 0.0))
        self._exams = exams
        self.list = QListWidget()
        self.list.addItems([say(exam.who) for exam in exams])
        for place in range(self.list.count()):
            self.list.item(place).setSizeHint(QSize(0, ROW_PX))
        self.list.setVisible(bool(exams))
        self.body.addWidget(self.list, 1)
        does = tr(
            "Brings all images of this exam into quarantine. Nothing is stopped: whoever is there now is "
            "another patient. Both sides are told."
        )
        self.body.addWidget(label(does if exams else tr("No exam was closed lately."), wrap=True))
        self.choices = _choices(self._say)
        _add_in_a_row(self, self.choices)
        self.list.itemSelectionChanged.connect(self._chosen)
        self._chosen()

    def open(self) -> None:
        super().open()
        self.list.setFocus(Qt.FocusReason.PopupFocusReason)
        self.list.setCurrentRow(-1)  # which a list takes to the first by itself

    def _chosen(self) -> None:
        """Nothing is chosen beforehand: a hasty press says nothing of the newest."""
        for choice in self.choices.values():
            choice.setEnabled(bool(self.list.selectedItems()))

    def _say(self, mistaken: Mistaken) -> None:
        exam = self._exams[self.list.row(self.list.selectedItems()[0])]
        self.put_away()
        self.said.emit(exam, mistaken)


def _choices(say_it: Callable[[Mistaken], None]) -> dict[Mistaken, QPushButton]:
    return {
        mistaken: button(say(words), partial(say_it, mistaken), "primary")
        for mistaken, words in MISTAKEN_WORDS.items()
    }


def _add_in_a_row(sheet: Sheet, choices: Mapping[Mistaken, QPushButton]) -> None:
    line = row(gap=10)
    for choice in choices.values():
        line.addWidget(choice, 1)
    sheet.body.addLayout(line)


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
