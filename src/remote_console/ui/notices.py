"""What must not be overlooked: link lost, stop not delivered, a refusal, what happened while away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from remote_console.core.notices import LinkLostState, StopNotice
from remote_console.core.phrases import Words
from remote_console.texts import say, tr
from remote_console.ui.pieces import button, column, label, row


class _Over(QFrame):
    """A frame in the middle of another widget; it takes no room in its layout."""

    def __init__(self, over: QWidget, name: str, place: float) -> None:
        super().__init__(over)
        self.setObjectName(name)
        self._over, self._at = over, place
        over.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() is QEvent.Type.Resize and self.isVisible():
            self.place()
        return False

    def place(self) -> None:
        """Put it where it belongs, on top."""
        room = self._over.rect()
        width = min(room.width() - 24, 760)
        height = self.heightForWidth(width) if self.hasHeightForWidth() else self.sizeHint().height()
        height = min(height, room.height() - 12)
        top = round((room.height() - height) * self._at)
        self.setGeometry((room.width() - width) // 2, top, width, height)
        self.raise_()


class LinkLostOverlay(_Over):
    """Over the work, never over START and STOP: what was last known, what is agreed, what will not happen."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, "lost", 0.4)
        self.title = label(kind="big", wrap=True)
        self.lines = [label(wrap=True) for _ in range(5)]
        layout = column(self, margins=(24, 18, 24, 18), gap=8)
        layout.addWidget(self.title)
        for line in self.lines:
            layout.addWidget(line)

    def show_state(self, state: LinkLostState | None) -> None:
        """None: the link is there."""
        self.setVisible(state is not None)
        if state is None:
            return
        self.title.setText(say(state.title))
        for number, line in enumerate(self.lines):
            words = say(state.lines[number]) if number < len(state.lines) else ""
            line.setText(words)
            line.setVisible(bool(words))
        self.place()


class StopOverlay(_Over):
    """STOP NOT DELIVERED: who to call. It is never sent again by itself."""

    put_away = Signal(object)

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, "undelivered", 0.12)
        self._state: StopNotice | None = None
        self.title = label(kind="big", wrap=True)
        self.text = label(wrap=True)
        self.close_button = button("", self.close_notice)
        layout = column(self, margins=(24, 18, 24, 18), gap=10)
        layout.addWidget(self.title)
        layout.addWidget(self.text)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignRight)

    def show_state(self, state: StopNotice | None) -> None:
        """None: no stop is open."""
        self._state = state
        self.setVisible(state is not None)
        if state is None:
            return
        self.title.setText(say(state.title))
        self.text.setText(say(state.text))
        self.close_button.setText(tr("I have called the site"))
        self.place()

    def close_notice(self) -> None:
        """The site was called: put the notice away."""
        if self._state is not None:
            self.put_away.emit(self._state.key)


class NoticeCard(QWidget):
    """A strip with a title and lines that a person puts away."""

    put_away = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        frame = QFrame()
        frame.setObjectName(name)
        around = column(self, margins=(10, 8, 10, 8))
        around.addWidget(frame)
        self.title = label(kind="strong", wrap=True)
        self.text = label(wrap=True)
        layout = row(frame, margins=(14, 8, 8, 8), gap=12)
        words = column(gap=3)
        words.addWidget(self.title)
        words.addWidget(self.text)
        layout.addLayout(words, 1)
        self.close_button = button("", self.put_away.emit, "quiet")
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_state(self, title: Words, lines: tuple[Words, ...]) -> None:
        """Hidden without lines."""
        self.setVisible(bool(lines))
        self.title.setText(say(title))
        self.text.setText("\n".join(say(w) for w in lines))
        self.close_button.setText(tr("Close"))
