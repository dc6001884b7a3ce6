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
        """Title and age stand at the bottom: cameras write their own line at the top."""
        age_width = 0
        if self.age:
            doubtful = state.look is not TileLook.LIVE
            age = ("▲ " if doubtful else "") + self.age
            age_width = self._pill_size(age).width()
            left = self.width() - EDGE_PX - age_width
            self._pill(painter, age, theme.AMBER if doubtful else theme.TEXT, left)
        if not self._small:
            title = self._title(state, self.width() - 3 * EDGE_PX - age_width)
            if title:
                self._pill(painter, title, theme.TEXT, EDGE_PX)
        if self.notice:
            place, words = self._notice()
            painter.fillRect(place.adjusted(-6, -3, 6, 3), QColor(5, 7, 10, 200))
            painter.setPen(QColor(theme.AMBER))
            painter.drawText(place, _FOLD, words)

    def _title(self, state: TileState, room_px: int) -> str:
        """The title with as many of its letters as there is room for; nothing rather than dots alone."""
        count = f" · {self.count}" if self.count else ""
        room_px -= self._pill_size(count).width()
        title = self._metrics.elidedText(say(state.title), Qt.TextElideMode.ElideRight, room_px)
        return "" if len(title) < 2 else title + count

    def _pill_size(self, words: str) -> QRect:
        metrics = self._metrics
        return QRect(0, 0, metrics.horizontalAdvance(words) + 10, metrics.height() + 2)

    def _pill(self, painter: QPainter, words: str, colour: str, left: int) -> None:
        place = self._pill_size(words)
        place.moveBottomLeft(QPoint(left, self.height() - EDGE_PX))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(5, 7, 10, 190))
        painter.drawRoundedRect(place, 4, 4)
        painter.setPen(QColor(colour))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _room(self) -> QRect:
        """Where the notice may stand: above title and age."""
        return self.rect().adjusted(10, EDGE_PX, -10, -self._metrics.height() - EDGE_PX)

    def _notice(self) -> tuple[QRect, str]:
        """The notice, with its second sentence if there is room for that."""
        detail = "" if self._small or self._state is None else say(self._state.detail)
        room = self._room()
        words = f"{self.notice}\n{detail}"
        place = self._folded(self._metrics, room, words)
        if detail and place.height() <= room.height():
            return place, words
        place = self._folded(self._metrics, room, self.notice)
        return place if place.height() <= room.height() else room, self.notice

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
        metrics, room = self._metrics, self._room()
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
