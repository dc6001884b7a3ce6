"""START or Arm: names scanner and patient, and carries what was drawn when the press began."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from remote_console.core.readiness import Press, ReadinessState, StartOffer
from remote_console.texts import say, tr
from remote_console.ui import theme

QUIET_MS = 700


class StartButton(QAbstractButton):
    """A press acts when it is released on the button; a hold when it has lasted long enough.

    The offer is taken when the press begins and never replaced while it lasts: whatever changes meanwhile,
    the agent sees what this person saw, and refuses it if it is no longer so.

    Once it has acted, the same finger is not taken for another press: after a start the button may mean
    "arm", and a key that is still held, or a double click, must not reach that.
    """

    pressed_for = Signal(object, object)
    """What the button does, and the offer as drawn when the press began."""

    leaves_focus = Signal()
    """It has the keyboard and is about to be disabled: the keyboard must not go on to STOP by itself."""

    def __init__(self) -> None:
        super().__init__()
        self._state: ReadinessState | None = None
        self._taken: tuple[Press, StartOffer, float] | None = None
        self._clock = QElapsedTimer()
        self._acted = False
        self._quiet = QElapsedTimer()
        self._tick = QTimer(self)
        self._tick.setInterval(25)
        self._tick.timeout.connect(self._hold_on)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_state(self, state: ReadinessState) -> None:
        """Replace everything shown; a press that has begun keeps what it took."""
        self._state = state
        if self._taken is None:
            self._allow(may_press=state.may_press)
        self.setText(f"{say(state.start_caption)}, {say(state.start_target)}")
        self.setAccessibleName(self.text())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, self.fontMetrics().height() * 4 + 14)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._begin()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._end(inside=self.rect().contains(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._begin()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._end(inside=True)
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: object) -> None:
        self._end(inside=False)
        super().focusOutEvent(event)  # type: ignore[arg-type]

    def _begin(self) -> None:
        state = self._state
        if self._same_finger() or self._taken is not None:
            return
        if state is None or not state.may_press or state.offer is None:
            return
        self._taken = (state.press, state.offer, state.hold_s)
        self._clock.start()
        self._tick.start()
        self.update()

    def _same_finger(self) -> bool:
        if self._acted and self._quiet.elapsed() < QUIET_MS:
            self._quiet.restart()
            return True
        self._acted = False
        return False

    def _act(self, press: Press, offer: StartOffer) -> None:
        self._acted = True
        self._quiet.start()
        self.pressed_for.emit(press, offer)

    def _end(self, *, inside: bool) -> None:
        if self._taken is None:
            self._same_finger()
            return
        press, offer, hold_s = self._taken
        self._let_go()
        if hold_s == 0.0 and inside:
            self._act(press, offer)

    def _hold_on(self) -> None:
        self.update()
        if self._taken is None or self._taken[2] == 0.0 or self._clock.elapsed() < self._taken[2] * 1000:
            return
        press, offer, _ = self._taken
        self._let_go()
        self._act(press, offer)

    def _let_go(self) -> None:
        self._taken = None
        self._tick.stop()
        if self._state is not None:
            self._allow(may_press=self._state.may_press)
        self.update()

    def _allow(self, *, may_press: bool) -> None:
        if self.hasFocus() and not may_press:
            self.leaves_focus.emit()
        self.setEnabled(may_press)

    @property
    def held(self) -> float:
        """Share of the hold that has passed."""
        if self._taken is None or self._taken[2] == 0.0:
            return 0.0
        return min(1.0, self._clock.elapsed() / (self._taken[2] * 1000))

    def cut_words(self) -> str:
        """What does not fit on the button; nothing where all of it does."""
        if self._state is None:
            return ""
        parts, needed = self._parts(self._state), 0.0
        for font, words in parts:
            room = QRectF(self.rect()).adjusted(8, 4, -8, -4)
            flags = int(Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextWordWrap)
            box = QFontMetricsF(font).boundingRect(room, flags, words)
            if box.width() > room.width():
                return words
            needed += box.height()
        return "too low" if needed + 3 > self.height() - 8 else ""

    def _parts(self, state: ReadinessState) -> tuple[tuple[QFont, str], ...]:
        bold, small = QFont(self.font()), QFont(self.font())
        bold.setBold(True)
        small.setPixelSize(theme.SMALL_PX)
        hint = f" ({tr('hold')})" if state.hold_s and state.may_press else ""
        return (bold, say(state.start_caption) + hint), (small, say(state.start_target))

    def paintEvent(self, _event: QPaintEvent) -> None:
        state = self._state
        if state is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        live = state.may_press or self._taken is not None
        calm = state.press is not Press.START
        back = theme.START_OFF if not live or calm else theme.START_BACK
        painter.setBrush(QColor(back))
        painter.setPen(QPen(QColor(theme.TEXT if self.hasFocus() else back), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        if self.held:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor("#3a7bc0"))
            painter.drawRoundedRect(QRectF(2, 2, (self.width() - 4) * self.held, self.height() - 4), 7, 7)
        self._paint_words(painter, state, QColor("#ffffff" if live else theme.START_OFF_TEXT))

    def _paint_words(self, painter: QPainter, state: ReadinessState, colour: QColor) -> None:
        """Caption and target, each wrapped: the name of the patient is never cut."""
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
        room = QRectF(self.rect()).adjusted(8, 4, -8, -4)
        parts = []
        for font, words in self._parts(state):
            painter.setFont(font)
            parts.append((font, words, painter.boundingRect(room, flags, words).height()))
        top = room.top() + max(0.0, (room.height() - sum(p[2] for p in parts) - 3) / 2)
        painter.setPen(colour)
        for font, words, height in parts:
            painter.setFont(font)
            painter.drawText(QRectF(room.left(), top, room.width(), height), flags, words)
            top += height + 3
