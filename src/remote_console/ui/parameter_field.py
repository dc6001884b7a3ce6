"""One parameter: label, field with its unit, and under it what is wrong and what can be had instead."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from mr_contract.model import ParameterValues
from remote_console.core.parameters import EditorRow
from remote_console.core.phrases import NOTHING, Words
from remote_console.core.vocabulary_words import choice_words
from remote_console.texts import say, tr
from remote_console.ui.pieces import (
    ChoiceBox,
    FoldedLabel,
    button,
    clear,
    column,
    label,
    restyle,
    row,
    set_kind,
)

DIGITS_PX = 74  # five figures and what is around them


def _said(state: EditorRow) -> tuple[tuple[ParameterValues, str], ...]:
    """Remedies with their words in the language in use."""
    return tuple((r.changes, say(r.words)) for r in state.remedies)


class ParameterField(QWidget):
    """Return or leaving offers the text; Return on a bad one takes the first remedy; Esc gives up."""

    offered = Signal(str, str)
    """Key and text."""
    remedy_taken = Signal(str, object)
    """Key and the changes of a remedy."""

    given_up = Signal(str)
    """Key: what was typed is forgotten."""

    explained = Signal(object)
    """This field: it has begun to say what is wrong."""

    def __init__(self, state: EditorRow) -> None:
        super().__init__()
        self.key = state.key
        self._state = state
        self._offered = ""
        self._remedies: tuple[tuple[ParameterValues, str], ...] = ()
        self._label = FoldedLabel("")
        self._unit = label(state.unit, "faint")
        self._approved = label(kind="small")
        self._why = FoldedLabel("amberSmall")
        self._buttons = column(gap=3)
        self.edit: QLineEdit | QComboBox = self._choice() if state.choices else self._text()
        self._label.setBuddy(self.edit)
        outer = column(self, gap=3)
        top = row(gap=8)
        top.addWidget(self._label, 3)
        top.addWidget(self.edit, 2)
        outer.addLayout(top)
        outer.addWidget(self._approved)
        outer.addWidget(self._why)
        outer.addLayout(self._buttons)
        self.show_state(state, may_edit=False, compare=False)

    def _text(self) -> QLineEdit:
        edit = QLineEdit()
        edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        edit.setMaxLength(24)
        inside = row(edit, margins=(0, 0, 8, 0))
        inside.addStretch(1)
        inside.addWidget(self._unit)
        self._unit.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        edit.setTextMargins(0, 0, self._unit.sizeHint().width() + 6 if self._state.unit else 0, 0)
        edit.setMinimumWidth(DIGITS_PX + (self._unit.sizeHint().width() if self._state.unit else 0))
        edit.installEventFilter(self)
        return edit

    def _choice(self) -> QComboBox:
        choice = ChoiceBox()
        for value in self._state.choices:
            choice.addItem(say(choice_words(value)), value)
        choice.activated.connect(lambda _index: self.offer())
        choice.setMinimumWidth(84)
        return choice

    @property
    def text(self) -> str:
        """What stands in the field; of a choice, its word in the contract."""
        if isinstance(self.edit, QComboBox):
            return str(self.edit.currentData() or "")
        return self.edit.text()

    @property
    def untouched(self) -> bool:
        """Whether the field still says what the scanner said."""
        return self.text == self._state.text

    def show_state(self, state: EditorRow, *, may_edit: bool, compare: bool) -> None:
        """Replace everything shown, except what a person is typing or what has no answer yet."""
        typed = not self.untouched
        new = typed and self.edit.hasFocus() and self.text != self._offered and state.text == self._state.text
        typing = new or (typed and (state.unanswered or state.unread))
        if state.text != self._state.text:
            self._offered = ""
        self._state = state
        if not typing:
            self._put(state.text)
        waiting = "true" if state.unanswered else "false"
        if self.edit.property("waiting") != waiting:
            self.edit.setProperty("waiting", waiting)
            restyle(self.edit)
        self._name_choices()
        self.edit.setEnabled(may_edit and not state.unavailable)
        self.edit.setAccessibleName(f"{tr(state.label)} {state.unit}")
        self.edit.setToolTip(state.unavailable or say(state.range_words))
        self._label.setText(tr(state.label))
        set_kind(self._label, "amber" if state.deviates else "")
        self._approved.setText(tr("approved {value}", value=say(state.approved)))
        self._approved.setVisible(compare and state.deviates)
        if not new and not state.unread:
            self._explain(state.conflict, _said(state))

    def _name_choices(self) -> None:
        """The choices in the language in use."""
        if isinstance(self.edit, QComboBox):
            for number in range(self.edit.count()):
                words = say(choice_words(str(self.edit.itemData(number))))
                if self.edit.itemText(number) != words:
                    self.edit.setItemText(number, words)

    def _put(self, text: str) -> None:
        if isinstance(self.edit, QComboBox):
            self.edit.setCurrentIndex(self.edit.findData(text))
        elif self.edit.text() != text:
            self.edit.setText(text)

    def show_problem(self, words: Words, nearest: ParameterValues | None, shown: Words) -> None:
        """A text that is no value: why, and the nearest that is one."""
        remedy = ((nearest, tr("takes {value}", value=say(shown))),) if nearest else ()
        self._explain(words, remedy)

    def _explain(self, words: Words, remedies: tuple[tuple[ParameterValues, str], ...]) -> None:
        text = say(words)
        if text == self._why.text() and remedies == self._remedies:
            return
        self._remedies = remedies
        self._why.setText(text)
        self._why.setVisible(bool(text))
        clear(self._buttons)
        for number, (changes, said) in enumerate(remedies):
            caption = f"⏎ {said}" if number == 0 else said
            made = button(caption, partial(self.remedy_taken.emit, self.key, changes), "amber")
            self._buttons.addWidget(made)
        bad = "true" if text else "false"
        if self.edit.property("bad") != bad:
            self.edit.setProperty("bad", bad)
            restyle(self.edit)
        if text:
            self.explained.emit(self)

    @property
    def problem(self) -> str:
        """What is wrong, as shown."""
        return self._why.text()

    @property
    def remedies(self) -> tuple[str, ...]:
        """What can be had instead, as shown; the first is taken with Return."""
        return tuple(said for _, said in self._remedies)

    def offer(self) -> None:
        """Offer the text that stands in the field, where it is a new one."""
        if not self.untouched:
            self._offered = self.text
            self.offered.emit(self.key, self.text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.edit and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._key(event)
        if watched is self.edit and event.type() is QEvent.Type.FocusOut and not self._remedies:
            self._left()
        return False

    def _left(self) -> None:
        """A text that Return has offered already is not offered twice."""
        if self.text != self._offered:
            self.offer()

    def _key(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                if self._remedies:
                    self.remedy_taken.emit(self.key, self._remedies[0][0])
                else:
                    self.offer()
                return True
            case Qt.Key.Key_Escape if event.modifiers() is Qt.KeyboardModifier.NoModifier:
                self.give_up()
                return True
        if event.text():
            self._remedies = ()
        return False

    def forget(self) -> None:
        """Another step is shown from now on: what was typed for the one before is offered to none."""
        self._offered = ""
        self._put(self._state.text)

    def give_up(self) -> None:
        """Back to what the scanner said."""
        self._offered = ""
        self._put(self._state.text)
        self._explain(NOTHING, ())
        self.given_up.emit(self.key)
