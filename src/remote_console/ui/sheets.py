"""The sheets of the window: help, about, find a command, repeat with a reason, connect a site."""

from __future__ import annotations

from functools import partial
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QListWidget, QListWidgetItem, QScrollArea, QWidget

from remote_console.core.phrases import Phrase, p
from remote_console.texts import say, tr
from remote_console.ui.actions import ACTIONS, FOCUS, MOUSE, Where, keys_of
from remote_console.ui.pieces import button, column, label, row
from remote_console.ui.sheet import Sheet

REPEAT_REASONS: tuple[Phrase, ...] = (
    p("Stopped before the end"),
    p("Patient moved"),
    p("Artefact"),
    p("Coverage or position not right"),
    p("Asked for by the radiologist"),
)
ENROL_COMMAND = "remote-console enrol wss://agent.site.example:8443 CODE"
WHERE_WORDS = {
    Where.ANYWHERE: p("Anywhere"),
    Where.IMAGES: p("In the images"),
    Where.BUTTON: p("On the START button"),
    Where.HELD: p("While the key is down"),
}


class HelpSheet(Sheet):
    """All shortcuts, made from the table of actions."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, tr("Help"))
        area = QScrollArea()
        area.setWidgetResizable(True)
        inside = QWidget()
        lines = column(inside, gap=6)
        lines.addWidget(
            label(tr("The agent at the site decides; this window asks and explains."), "dim", wrap=True)
        )
        self.keys: list[str] = []
        for where, title in WHERE_WORDS.items():
            lines.addSpacing(8)
            lines.addWidget(label(say(title), "heading"))
            table = QGridLayout()
            table.setColumnStretch(1, 1)
            table.setHorizontalSpacing(18)
            self.keys += [a.key for a in ACTIONS if a.where is where and a.key]
            for number, (keys, words) in enumerate(_keys_and_words(where)):
                table.addWidget(label(keys, "strong"), number, 0)
                table.addWidget(label(words), number, 1)
            lines.addLayout(table)
        lines.addSpacing(8)
        lines.addWidget(label(tr("By mouse"), "heading"))
        mouse = QGridLayout()
        mouse.setColumnStretch(1, 1)
        mouse.setHorizontalSpacing(18)
        for number, (how, what) in enumerate(MOUSE):
            mouse.addWidget(label(say(how), "strong"), number, 0)
            mouse.addWidget(label(say(what)), number, 1)
        lines.addLayout(mouse)
        lines.addStretch(1)
        area.setWidget(inside)
        self.body.addWidget(area)


def _keys_and_words(where: Where) -> list[tuple[str, str]]:
    """Lines of the table of keys; those that take a scanner into focus share one."""
    lines = [
        (keys_of(a.key), say(a.words))
        for a in ACTIONS
        if a.where is where and a.key and not a.name.startswith(FOCUS)
    ]
    scanners = [keys_of(a.key) for a in ACTIONS if a.where is where and a.name.startswith(FOCUS)]
    if scanners:
        lines.insert(2, (f"{scanners[0]} … {scanners[-1]}", tr("Scanner, by its place in the list")))
    return lines


class AboutSheet(Sheet):
    """What this is, and that it is not for clinical use."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, tr("About this program"), (0.5, 0.0))
        try:
            number = version("remote-scanning-console")
        except PackageNotFoundError:
            number = "–"
        for words, kind in (
            (tr("Remote scanning console, version {version}", version=number), "strong"),
            (tr("Not for clinical use"), "amber"),
            (
                tr(
                    "Software that takes part in examining patients needs certification as a medical device. "
                    "This program has none: use it with simulated scanners, for teaching and research."
                ),
                "dim",
            ),
            (tr("Every decision that touches a scanner is made by the agent at the site."), "dim"),
            (tr("Apache License 2.0"), "dim"),
        ):
            self.body.addWidget(label(words, kind, wrap=True))
        self.body.addStretch(1)


class ConnectSheet(Sheet):
    """How another site is connected."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, tr("Connect another site"), (0.6, 0.0))
        self.body.addWidget(
            label(
                tr("Ask the site for an invitation; its code works once, for 10 minutes. Then run:"),
                wrap=True,
            )
        )
        command = QLineEdit(ENROL_COMMAND)
        command.setReadOnly(True)
        self.body.addWidget(command)
        self.body.addWidget(
            label(tr("The site appears here as soon as the program is started again."), "dim", wrap=True)
        )
        self.body.addStretch(1)


class RepeatSheet(Sheet):
    """A step is repeated with a reason: one of a few, or a written one."""

    reason_given = Signal(str, str)

    def __init__(self, over: QWidget, step_id: str, step_name: str) -> None:
        super().__init__(over, tr("Repeat {step}", step=step_name), (0.5, 0.0))
        self._step = step_id
        self.body.addWidget(label(tr("Why? The reason is kept with the exam."), "dim", wrap=True))
        self.choices = [button(say(r), partial(self._give, say(r))) for r in REPEAT_REASONS]
        for choice in self.choices:
            self.body.addWidget(choice)
        line = row()
        self.other = QLineEdit()
        self.other.setMaxLength(160)
        self.other.setPlaceholderText(tr("Another reason …"))
        self.other.returnPressed.connect(self._written)
        line.addWidget(self.other, 1)
        line.addWidget(button(tr("Repeat"), self._written, "primary"))
        self.body.addLayout(line)
        self.body.addStretch(1)

    def open(self) -> None:
        super().open()
        self.choices[0].setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down go through the reasons; Return and Space take one."""
        by = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        focused = next((n for n, c in enumerate(self.choices) if c.hasFocus()), None)
        if focused is not None and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.choices[focused].click()
        elif focused is not None and by:
            self.choices[(focused + by) % len(self.choices)].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)

    def _written(self) -> None:
        if text := self.other.text().strip():
            self._give(text)

    def _give(self, reason: str) -> None:
        self.reason_given.emit(self._step, reason)
        self.put_away()


def _commands(scanners: list[str]) -> dict[str, tuple[str, str]]:
    """Words and keys of every command, by name."""
    found = {}
    for action in ACTIONS:
        words = say(action.words)
        if action.name.startswith(FOCUS):
            place = int(action.name.removeprefix(FOCUS)) - 1
            if place >= len(scanners):
                continue
            words = scanners[place]
        if action.where not in {Where.BUTTON, Where.HELD}:
            found[action.name] = (words, keys_of(action.key) if action.key else "")
    return found


class PaletteSheet(Sheet):
    """Find a command by its words; Return runs it."""

    chosen = Signal(str)

    def __init__(self, over: QWidget, scanners: list[str]) -> None:
        """`scanners`: names of those that can be taken into focus, by their place."""
        super().__init__(over, tr("Find a command"), (0.5, 0.6))
        self._words = _commands(scanners)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Type a few letters"))
        self.list = QListWidget()
        self.body.addWidget(self.search)
        self.body.addWidget(self.list, 1)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list.itemActivated.connect(self._run)
        self._filter("")

    def open(self) -> None:
        super().open()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def _filter(self, text: str) -> None:
        self.list.clear()
        for name, (words, keys) in self._words.items():
            if text.casefold() not in words.casefold():
                continue
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{words} {keys}")
            line = QWidget()
            parts = row(line, margins=(10, 6, 10, 6))
            parts.addWidget(label(words), 1)
            parts.addWidget(label(keys, "dim"))
            self.list.addItem(item)
            item.setSizeHint(line.sizeHint())
            self.list.setItemWidget(item, line)
        self.list.setCurrentRow(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            match event.key():
                case Qt.Key.Key_Down | Qt.Key.Key_Up:
                    by = 1 if event.key() == Qt.Key.Key_Down else -1
                    self.list.setCurrentRow((self.list.currentRow() + by) % max(1, self.list.count()))
                    return True
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    self._run(self.list.currentItem())
                    return True
        return super().eventFilter(watched, event)

    def _run(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            name = str(item.data(Qt.ItemDataRole.UserRole))
            self.put_away()
            self.chosen.emit(name)
