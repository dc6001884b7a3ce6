"""The picture of one source: its age always in the corner, hatched over as soon as it cannot be believed."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from remote_console.core.picture_tiles import TileLook, TileState
from remote_console.texts import say
from remote_console.ui import theme

EDGE_PX, CORNER_PX = 6, 5
_FOLD = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)


class PictureTile(QWidget):
    """Shows one state and one image; a click, Return or Space asks to see it larger.

    `small`: no title and no second sentence, for cards.
    """

    chosen = Signal(object, str)
    """Scanner and source."""

    def __init__(self, *, small: bool = False) -> None:
        super().__init__()
        self._small = small
        self._state: TileState | None = None
        self._image: QImage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        if small:
            self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        else:
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.count = ""
        """Which of how many cameras, said beside the title; empty where all are in sight."""
        self._font = QFont(theme.FAMILIES)  # the style sheet's size is for panels
        self._font.setPixelSize(11 if small else theme.SMALL_PX)
        self._metrics = QFontMetrics(self._font)

    @property
    def state(self) -> TileState | None:
        """What is shown."""
        return self._state

    @property
    def image(self) -> QImage | None:
        """The picture that is painted; None where none may be shown."""
        dark = self._state is None or self._state.look is TileLook.DARK
        return None if dark else self._image

    @property
    def box(self) -> tuple[int, int]:
        """Its size in pixels of the screen: a picture of that size is painted without scaling it."""
        scale = self.devicePixelRatio()
        return round(self.width() * scale), round(self.height() * scale)

    @property
    def age(self) -> str:
        """What the corner says."""
        return say(self._state.age) if self._state else ""

    @property
    def notice(self) -> str:
        """What is written over the picture; empty for one that may be believed."""
        return say(self._state.notice) if self._state else ""

    def show_state(self, state: TileState, image: QImage | None) -> None:
        """Replace everything shown."""
        if state == self._state and image is self._image:
            return
        title, kind = say(state.title), say(state.kind)
        self._state, self._image = state, image
        named = title if title == kind else f"{title} ({kind})"
        said = ". ".join(x for x in (named, self.notice, say(state.detail)) if x)
        if self.accessibleName() != said:
            self.setAccessibleName(said)
            self.setToolTip(said)
        self.update()

    def show_image(self, image: QImage) -> None:
        """The next picture of the same source."""
        self._image = image
        self.update()

    # ------------------------------------------------------------ painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), CORNER_PX, CORNER_PX)
        painter.fillPath(outline, QColor("#05070a"))
        if self._state is not None:
            painter.setClipPath(outline)
            self._paint_picture(painter, self._state)
            self._paint_words(painter, self._state)
            painter.setClipping(False)
        edge = QColor(theme.TEXT if self.hasFocus() else theme.LINE)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(edge, 2 if self.hasFocus() else 1))
        painter.drawPath(outline)

    def _paint_picture(self, painter: QPainter, state: TileState) -> None:
        image = self.image
        if image is not None and not image.isNull():
            place = self._place_of(image)
            scaled = place.size() * self.devicePixelRatio() != image.size()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scaled)
            painter.drawImage(place, image)
        if state.look is TileLook.HATCHED:
            painter.fillRect(self.rect(), QColor(5, 7, 10, 120))
            painter.fillRect(self.rect(), QBrush(QColor(255, 255, 255, 90), Qt.BrushStyle.BDiagPattern))

    def _place_of(self, image: QImage) -> QRect:
        """As large as it fits, in its own proportions."""
        size = image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(self.rect().center())
        return place

    def _paint_words(self, painter: QPainter, state: TileState) -> None:
        metrics = self._metrics
        place, words, titled = self._notice() if self.notice else (QRect(), "", not self._small)
        if titled:
            room = self.width() - 4 * EDGE_PX
            count = f" · {self.count}" if self.count else ""
            room -= metrics.horizontalAdvance(count)
            title = metrics.elidedText(say(state.title), Qt.TextElideMode.ElideRight, room)
            self._pill(painter, title + count, theme.TEXT, QPoint(EDGE_PX, EDGE_PX))
        if self.age:
            doubtful = state.look is not TileLook.LIVE
            age = ("▲ " if doubtful else "") + self.age
            size = self._pill_size(age)
            corner = self.rect().adjusted(0, 0, -EDGE_PX - size.width(), -EDGE_PX - size.height())
            self._pill(painter, age, theme.AMBER if doubtful else theme.TEXT, corner.bottomRight())
        if words:
            painter.fillRect(place.adjusted(-6, -3, 6, 3), QColor(5, 7, 10, 200))
            painter.setPen(QColor(theme.AMBER))
            painter.drawText(place, _FOLD, words)

    def _pill_size(self, words: str) -> QRect:
        metrics = self._metrics
        return QRect(0, 0, metrics.horizontalAdvance(words) + 10, metrics.height() + 2)

    def _pill(self, painter: QPainter, words: str, colour: str, at: QPoint) -> None:
        place = self._pill_size(words)
        place.moveTopLeft(at)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(5, 7, 10, 190))
        painter.drawRoundedRect(place, 4, 4)
        painter.setPen(QColor(colour))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _rooms(self) -> tuple[tuple[QRect, bool], ...]:
        """Where the notice may stand above the age, and whether the title has its line there."""
        high = self._metrics.height() + EDGE_PX
        bare = self.rect().adjusted(10, EDGE_PX, -10, -high)
        titled = self.rect().adjusted(10, high, -10, -high)
        return ((bare, False),) if self._small else ((titled, True), (bare, False))

    def _notice(self) -> tuple[QRect, str, bool]:
        """The notice, with title and second sentence as far as there is room for them."""
        detail = "" if self._small or self._state is None else say(self._state.detail)
        for words in (f"{self.notice}\n{detail}" if detail else self.notice, self.notice):
            for room, titled in self._rooms()[: 1 if words != self.notice else 2]:
                place = self._folded(self._metrics, room, words)
                if place.height() <= room.height():
                    return place, words, titled
        room, titled = self._rooms()[-1]
        return room, self.notice, titled

    @staticmethod
    def _folded(metrics: QFontMetrics, room: QRect, words: str) -> QRect:
        wide = QRect(room.left(), room.top(), room.width(), 4000)
        place = metrics.boundingRect(wide, _FOLD, words)
        place.moveCenter(room.center())
        return place

    def cut_words(self) -> str:
        """Which of its words cannot be read in full; the title alone may end in …, its tip says all."""
        if self._state is None:
            return ""
        metrics, (room, _) = self._metrics, self._rooms()[-1]
        if self._pill_size("▲ " + self.age).width() > self.width() - 2 * EDGE_PX:
            return "the age is cut off"
        longest = max(self.notice.split(), key=len, default="")
        if metrics.horizontalAdvance(longest) > room.width():
            return f"{longest!r} is wider than {room.width()} px"
        high = self._folded(metrics, room, self.notice).height() if self.notice else 0
        return f"{room.height()} px high, needs {high}" if high > room.height() else ""

    # ------------------------------------------------------------ intentions

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            if not event.isAutoRepeat():
                self._choose()
        else:
            super().keyPressEvent(event)

    def _choose(self) -> None:
        if self._state is not None:
            self.chosen.emit(self._state.key, self._state.source)
