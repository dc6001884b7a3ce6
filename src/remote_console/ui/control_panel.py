"""Ask for control, wait, hold, release."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from mr_contract.responsibilities import End
from mr_contract.vocabulary import LinkLossAction, Privilege
from remote_console.core.control_card import CardKind, ControlCardState
from remote_console.core.phrases import p
from remote_console.core.responsibilities import ListState
from remote_console.core.vocabulary_words import LINK_LOSS_WORDS, PRIVILEGE_WORDS
from remote_console.texts import say, tr
from remote_console.ui.flow_layout import FlowLayout
from remote_console.ui.pieces import ChoiceBox, TickBox, button, column, label, row, set_kind
from remote_console.ui.scrolled_text import ScrolledText


class ControlPanel(QFrame):
    """Shows one face at a time; what is not offered to the role is not shown."""

    asked = Signal(object, object, object)
    """Privileges, link-loss action, and the digest of the list that was shown, or None."""
    list_wanted = Signal()
    list_acknowledged = Signal(str)
    """Digest of the list that was shown."""
    withdrawn = Signal()
    released = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self._state: ControlCardState | None = None
        self.title = label(kind="strong")
        self.text = label(kind="small", wrap=True)
        self.boxes = {x: TickBox() for x in Privilege}
        self.action = ChoiceBox()
        self._action_label = label(kind="small")
        self.ask_button = button("", self.ask, "primary")
        self.withdraw_button = button("", self.withdrawn.emit)
        self.release_button = button("", self.released.emit)
        self.list_button = button("", self.list_wanted.emit, "quiet")
        self.review_button = button("", self.list_wanted.emit, "quiet")
        """The same beside what is held, where the head holds Release."""
        self.duties = ScrolledText()
        self.missing = label(kind="amber", wrap=True)
        self.acknowledge_button = button("", self._acknowledge, "primary")
        self._asking = QWidget()
        self._build()
        self.retranslate()

    def _build(self) -> None:
        layout = column(self, margins=(14, 10, 14, 10), gap=6)
        head = row()
        head.addWidget(self.title, 1)
        head.addWidget(self.list_button)
        head.addWidget(self.withdraw_button)
        head.addWidget(self.release_button)
        asking = column(self._asking, margins=(0, 2, 0, 0), gap=8)
        boxes = FlowLayout(gap=12)
        for box in self.boxes.values():
            box.setChecked(True)
            boxes.addWidget(box)
        choice = row()
        choice.addWidget(self._action_label)
        choice.addWidget(self.action, 1)
        asking.addLayout(boxes)
        asking.addLayout(choice)
        asking.addWidget(self.duties)
        asking.addWidget(self.ask_button)
        layout.addLayout(head)
        said = row()
        said.addWidget(self.text, 1)
        said.addWidget(self.review_button)
        layout.addLayout(said)
        layout.addWidget(self._asking)
        layout.addWidget(self.missing)
        layout.addWidget(self.acknowledge_button)

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        for privilege, box in self.boxes.items():
            box.setText(say(PRIVILEGE_WORDS[privilege]))
        chosen = max(0, self.action.currentIndex())
        self.action.clear()
        for action in LinkLossAction:
            self.action.addItem(say(LINK_LOSS_WORDS[action]), action)
        self.action.setCurrentIndex(chosen)
        self._action_label.setText(tr("If the link is lost:"))
        self.withdraw_button.setText(tr("Withdraw"))
        self.release_button.setText(tr("Release control"))
        for shown in (self.list_button, self.review_button):
            shown.setText(tr("Who does what"))
        self.acknowledge_button.setText(tr("Acknowledge the list"))
        self._state = None

    def show_state(self, state: ControlCardState) -> None:
        """Replace everything shown; what is ticked stays ticked."""
        if state == self._state:
            return
        self._state = state
        mark = {CardKind.YOURS: "● ", CardKind.WAITING: "◔ "}.get(state.kind, "○ ")
        self.title.setText(("▲ " if state.warning else mark) + say(state.title))
        set_kind(self.title, "amber" if state.warning else "strong")
        self.text.setText(say(state.text))
        only_looks = not {Privilege.EDIT, Privilege.START}.intersection(state.offered)
        self.ask_button.setText(tr("Ask to watch") if only_looks else tr("Ask for control"))
        for part in (self._action_label, self.action):  # who cannot start leaves nothing running
            part.setVisible(not only_looks)
        self._asking.setVisible(state.kind is CardKind.ASK and bool(state.offered))
        self.withdraw_button.setVisible(state.kind is CardKind.WAITING)
        self.release_button.setVisible(state.kind is CardKind.YOURS)
        for privilege, box in self.boxes.items():
            box.setVisible(privilege in state.offered)
        self._show_list(state.duties)

    def _show_list(self, duties: ListState | None) -> None:
        yours = self._state is not None and self._state.kind is CardKind.YOURS
        self.list_button.setVisible(duties is not None and not yours)
        self.review_button.setVisible(duties is not None and yours)
        self.duties.setVisible(duties is not None)
        missing = say(duties.missing) if duties else ""
        self.missing.setText(missing)
        self.missing.setVisible(bool(missing))
        self.acknowledge_button.setVisible(bool(duties and missing and duties.may_acknowledge))
        if duties is not None:
            part = say(p("{items}", items=duties.of(End.REMOTE)))
            theirs = say(p("{items}", items=duties.of(End.LOCAL)))
            self.duties.set_text(
                tr("By asking you take on: {yours}.", yours=part)
                + "\n"
                + tr("At the site: {theirs}.", theirs=theirs)
            )

    def _acknowledge(self) -> None:
        if self._state is not None and self._state.duties is not None:
            self.list_acknowledged.emit(self._state.duties.digest)

    def ask(self) -> None:
        """Ask for what is ticked."""
        chosen = tuple(x for x, b in self.boxes.items() if b.isChecked() and not b.isHidden())
        if chosen and self._state is not None and self._state.kind is CardKind.ASK:
            self.ask_for(chosen, LinkLossAction(self.action.currentData()))

    def ask_for(self, privileges: tuple[Privilege, ...], action: LinkLossAction) -> None:
        """Ask for these, under the list of who does what that is shown."""
        duties = self._state.duties if self._state is not None else None
        self.asked.emit(privileges, action, duties.digest if duties else None)
