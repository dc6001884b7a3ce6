"""One image with what is planned on it: scroll, window and level, slice groups to drag and turn."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mr_contract.geometry import SliceGroup
from remote_console.core.images import SliceImage
from remote_console.core.slice_planning import Cut, Extent, cut, moved, turned
from remote_console.core.windowing import Window, to_grey
from remote_console.texts import say
from remote_console.ui import theme
from remote_console.ui.hatching import hatch
from remote_console.ui.image_overlays import paint_letters, paint_marks

HANDLE_PX = 9.0
MARGIN = 0.06
Groups = tuple[SliceGroup, ...]
Line = tuple[tuple[float, float], tuple[float, float]]
LINES_APART_PX = 4.0


class PlaneView(QWidget):
    """A stack of parallel slices, one at a time."""

    groups_dragged = Signal(object)
    groups_dropped = Signal(object)
    window_changed = Signal(object)
    index_changed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._title, self._corner, self._empty = "", "", ""
        self._slices: tuple[SliceImage, ...] = ()
        self._index = 0
        self._of, self._scrolled = "", False
        self._window: Window | None = None
        self._groups: Groups = ()
        self._extent: Extent | None = None
        self._may_edit = False
        self._drag: tuple[str, int, QPointF, Groups] | None = None
        self._levelling: tuple[QPointF, Window] | None = None
        self._cache: tuple[SliceImage, Window, QImage] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._quarantined, self._weighted = False, False
        self.setMinimumSize(120, 120)

    # ------------------------------------------------------------------ what is shown

    def show_stack(
        self, title: str, slices: tuple[SliceImage, ...], *, empty: str, of: str = ""
    ) -> None:  # fmt: skip
        """Show these slices: the middle one, until a person scrolls; `of` names what they are slices of."""
        if not slices or of != self._of:
            self._of, self._scrolled = of, False
            self._window = None  # values of another series are of another scale
        self._title, self._empty = title, empty
        self._slices = slices
        self._index = min(self._index, max(0, len(slices) - 1)) if self._scrolled else len(slices) // 2
        self.update()

    def show_plan(self, groups: Groups, extent: Extent | None, *, may_edit: bool, corner: str) -> None:
        """Show these slice groups, unless one is being dragged."""
        self._may_edit, self._corner = may_edit, corner
        if self._drag is None:
            self._groups, self._extent = groups, extent
        self.update()

    def show_weighting(self, *, on: bool) -> None:
        """Whether each picture says how it is weighted: they differ within the stack."""
        self._weighted = on
        self.update()

    def show_quarantined(self, *, on: bool) -> None:
        """Whether these images may not be used: wrong patient or side."""
        self._quarantined = on
        self.update()

    def show_window(self, window: Window | None) -> None:
        """None: each slice's own header decides."""
        self._window = window
        self.update()

    def go_to(self, index: int) -> None:
        """Show this slice of the stack."""
        if self._slices and 0 <= index < len(self._slices) and index != self._index:
            self._index, self._scrolled = index, True
            self.index_changed.emit(index)
            self.update()

    def scroll(self, steps: int) -> None:  # type: ignore[override]
        """Move through the stack; stops at both ends."""
        self.go_to(min(max(self._index + steps, 0), len(self._slices) - 1))

    @property
    def title(self) -> str:
        """The words in the upper left corner."""
        return self._title

    def cut_words(self) -> str:
        """Words in its corners that do not fit; nothing where all do."""
        font = QFont(self.font())
        font.setPixelSize(theme.SMALL_PX)
        metrics = QFontMetrics(font)
        shown = (self._corner, self._title)
        return next((w for w in shown if metrics.horizontalAdvance(w) > self.width() - 20), "")

    @property
    def corner(self) -> str:
        """The words in the lower left corner."""
        return self._corner

    @property
    def image(self) -> SliceImage | None:
        """The slice on the screen."""
        return self._slices[self._index] if self._slices else None

    @property
    def index(self) -> int:
        """Its place in the stack."""
        return self._index

    @property
    def count(self) -> int:
        """Slices in the stack."""
        return len(self._slices)

    @property
    def window_in_use(self) -> Window | None:
        """The window in use: chosen, or the header's."""
        return self._window or (self.image.window if self.image else None)

    # ------------------------------------------------------------------ geometry

    def _scale(self, image: SliceImage) -> tuple[float, QPointF]:
        """Pixels of the screen for a millimetre, and where the first pixel's corner lies."""
        rows, columns = image.pixels.shape
        width, height = columns * image.column_spacing_mm, rows * image.row_spacing_mm
        free = 1.0 - 2 * MARGIN
        scale = min(self.width() * free / width, self.height() * free / height)
        return scale, QPointF((self.width() - width * scale) / 2, (self.height() - height * scale) / 2)

    def to_screen(self, x_mm: float, y_mm: float) -> QPointF:
        """A point of the plane, in mm from the centre of the first pixel."""
        image = self.image
        if image is None:
            return QPointF()
        scale, corner = self._scale(image)
        half_x, half_y = image.column_spacing_mm / 2, image.row_spacing_mm / 2
        return QPointF(corner.x() + (x_mm + half_x) * scale, corner.y() + (y_mm + half_y) * scale)

    def cuts(self) -> tuple[Cut, ...]:
        """What this plane shows of each group."""
        image, size = self.image, self._extent
        return tuple(cut(g, size, image) for g in self._groups) if image and size else ()

    # ------------------------------------------------------------------ painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#000000"))
        image = self.image
        if image is None:
            painter.setPen(QColor(theme.DIM))
            inner = self.rect().adjusted(20, 20, -20, -20)
            painter.drawText(inner, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty)
            self._paint_corners(painter)
            self._paint_focus(painter)
            return
        self._paint_image(painter, image)
        if self._quarantined:
            hatch(painter, QRectF(self.rect()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for shape in self.cuts():
            self._paint_cut(painter, shape)
        self._paint_corners(painter)
        title_px = painter.fontMetrics().horizontalAdvance(self._title)
        paint_letters(painter, image, self.size(), title_px, above_px=40 if self._corner else 22)
        paint_marks(painter, image, self.width(), title_px)
        self._paint_focus(painter)

    def _paint_focus(self, painter: QPainter) -> None:
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.ACCENT), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _paint_image(self, painter: QPainter, image: SliceImage) -> None:
        window = self._window or image.window
        if self._cache is None or self._cache[0] is not image or self._cache[1] != window:
            grey = to_grey(image.pixels, window)
            rows, columns = grey.shape
            view = QImage(grey.tobytes(), columns, rows, columns, QImage.Format.Format_Grayscale8).copy()
            self._cache = (image, window, view)
        scale, corner = self._scale(image)
        rows, columns = image.pixels.shape
        target = QRectF(
            corner.x(), corner.y(),
            columns * image.column_spacing_mm * scale, rows * image.row_spacing_mm * scale,
        )  # fmt: skip
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, self._cache[2])

    def _paint_cut(self, painter: QPainter, shape: Cut) -> None:
        colour = QColor(theme.OVERLAY)
        faint = QColor(theme.OVERLAY)
        faint.setAlphaF(0.4)
        painter.setPen(QPen(faint, 1.0))
        for a, b in self._spaced(shape.slices):
            painter.drawLine(self.to_screen(*a), self.to_screen(*b))
        style = Qt.PenStyle.SolidLine if shape.in_plane else Qt.PenStyle.DashLine
        painter.setPen(QPen(colour, 1.8, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(QPolygonF([self.to_screen(*q) for q in shape.outline]))
        if self._may_edit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            for handle in shape.handles:
                painter.drawEllipse(self.to_screen(*handle), 4.5, 4.5)

    def _spaced(self, lines: tuple[Line, ...]) -> tuple[Line, ...]:
        """As many of the slices as can be told apart on the screen: every one, or every n-th."""
        if len(lines) < 2:
            return lines
        first, second = (self.to_screen(*_middle(line)) for line in lines[:2])
        every = max(1, math.ceil(LINES_APART_PX / max(0.01, _distance(first, second))))
        return lines[::every]

    def _paint_corners(self, painter: QPainter) -> None:
        font = QFont(self.font())
        font.setPixelSize(theme.SMALL_PX)
        painter.setFont(font)
        painter.setPen(QColor("#b9c4cf"))
        where = f" · {self._index + 1}/{len(self._slices)}" if self._slices else ""
        painter.drawText(10, 18, self._title + where)
        if self._weighted and self.image is not None:
            painter.drawText(10, 36, " · ".join(map(say, self.image.weighting)))
        painter.setPen(QColor(theme.OVERLAY))
        elide = Qt.TextElideMode.ElideRight
        corner = painter.fontMetrics().elidedText(self._corner, elide, self.width() - 20)
        painter.drawText(10, self.height() - 9, corner)

    # ------------------------------------------------------------------ mouse

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.scroll(-1 if event.angleDelta().y() > 0 else 1)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        match event.button():
            case Qt.MouseButton.LeftButton if self._may_edit:
                grip = self._grip(at)
                if grip is not None:
                    self._drag = (*grip, at, self._groups)
            case Qt.MouseButton.RightButton | Qt.MouseButton.MiddleButton:
                window = self.window_in_use
                self._levelling = (at, window) if window else None
            case _:
                super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._levelling is not None:
            began, window = self._levelling
            unit = window.width / 250.0
            by = at - began
            self.window_changed.emit(window.moved(by.y() * unit, by.x() * unit))
        elif self._drag is not None:
            self._groups = self._dragged(at)
            self.groups_dragged.emit(self._groups)
            self.update()
        else:
            grip = self._grip(at) if self._may_edit else None
            shapes = {"turn": Qt.CursorShape.CrossCursor, "move": Qt.CursorShape.SizeAllCursor}
            self.setCursor(shapes[grip[0]] if grip else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._levelling = None
        if self._drag is not None:
            before, self._drag = self._drag[3], None
            if self._groups != before:
                self.groups_dropped.emit(self._groups)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self._levelling, self._drag = None, None
        self.window_changed.emit(None)

    # ------------------------------------------------------------------ keyboard

    def nudge(self, x_mm: float, y_mm: float) -> None:
        """Move every slice group in this plane."""
        image = self.image
        if image is not None and self._may_edit:
            self._drop(tuple(moved(g, image, x_mm, y_mm) for g in self._groups))

    def nudge_angle(self, degrees: float) -> None:
        """Turn every slice group about this plane's normal."""
        image = self.image
        if image is not None and self._may_edit:
            self._drop(tuple(turned(g, image, math.radians(degrees)) for g in self._groups))

    def _drop(self, groups: Groups) -> None:
        if groups:
            self._groups = groups
            self.groups_dropped.emit(groups)
            self.update()

    def _grip(self, at: QPointF) -> tuple[str, int] | None:
        """What a press here would take: a handle before the inside of an outline."""
        shapes = self.cuts()
        for number, shape in enumerate(shapes):
            for handle in shape.handles:
                if _distance(self.to_screen(*handle), at) <= HANDLE_PX:
                    return "turn", number
        for number, shape in enumerate(shapes):
            polygon = QPolygonF([self.to_screen(*q) for q in shape.outline])
            if polygon.containsPoint(at, Qt.FillRule.OddEvenFill):
                return "move", number
        return None

    def _dragged(self, at: QPointF) -> Groups:
        image = self.image
        if self._drag is None or image is None or self._extent is None:
            return self._groups
        how, number, began, groups = self._drag
        group = groups[number]
        if how == "move":
            scale, _ = self._scale(image)
            by = (at - began) / scale
            changed = moved(group, image, by.x(), by.y())
        else:
            centre = self.to_screen(*cut(group, self._extent, image).centre)
            changed = turned(group, image, _angle(centre, at) - _angle(centre, began))
        return (*groups[:number], changed, *groups[number + 1 :])


def _distance(a: QPointF, b: QPointF) -> float:
    return math.hypot(a.x() - b.x(), a.y() - b.y())


def _middle(line: Line) -> tuple[float, float]:
    (ax, ay), (bx, by) = line
    return (ax + bx) / 2, (ay + by) / 2


def _angle(centre: QPointF, at: QPointF) -> float:
    return math.atan2(at.y() - centre.y(), at.x() - centre.x())
