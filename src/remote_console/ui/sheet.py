"""A sheet inside the window. Never modal: Shift+Esc stops the scanner while one is open."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QGraphicsDropShadowEffect, QWidget

from remote_console.texts import tr
from remote_console.ui.pieces import button, column, label, row


class Sheet(QFrame):
    """Title, content, close. Esc closes; it lies over the middle of `over` and leaves START and STOP free."""

    def __init__(self, over: QWidget, title: str, share: tuple[float, float] = (0.7, 0.8)) -> None:
        super().__init__(over)
        self.setObjectName("sheet")
        self._over, self._share = over, share
        self._before: QWidget | None = None
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(40)
        self.setGraphicsEffect(shadow)
        outer = column(self, margins=(20, 14, 20, 16), gap=10)
        head = row()
        head.addWidget(label(title, "big"), 1)
        self.close_button = button(tr("Close"), self.put_away, "quiet")
        head.addWidget(self.close_button)
        outer.addLayout(head)
        self.body = column(gap=8)
        outer.addLayout(self.body, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        over.installEventFilter(self)

    def open(self) -> None:
        """Show it on top, with the keyboard; one at a time."""
        for other in self._over.findChildren(Sheet):
            if other is not self and other.isVisible():
                other.put_away()
        self._before = QApplication.focusWidget()
        if self._before is not None:
            self._before.destroyed.connect(self._forget_before)
        self._place()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def put_away(self) -> None:
        """Close and forget; the keyboard goes back to where it was."""
        self._over.removeEventFilter(self)
        inside = self.isAncestorOf(QApplication.focusWidget() or self) or self.hasFocus()
        self.hide()
        if inside and self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.deleteLater()

    def _forget_before(self) -> None:
        self._before = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and event.modifiers() is Qt.KeyboardModifier.NoModifier:
            self.put_away()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() is QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        room = self._over.rect()
        wanted = self.sizeHint()
        width = min(room.width() - 24, max(wanted.width(), round(room.width() * self._share[0])))
        high = self.heightForWidth(width) if self.hasHeightForWidth() else wanted.height()
        height = min(room.height() - 24, max(high, round(room.height() * self._share[1])))
        self.setGeometry((room.width() - width) // 2, (room.height() - height) // 3, width, height)
