"""Which words of a window are cut off: measured from fonts, sizes and what lies around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QRect
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from remote_console.ui.picture_tile import PictureTile
from remote_console.ui.pieces import ElidedLabel
from remote_console.ui.plane_view import PlaneView
from remote_console.ui.start_button import StartButton


def words_cut(window: QWidget) -> Iterator[str]:
    """What cannot be read in full, with the kind of widget that holds it."""
    for widget in window.findChildren(QWidget):
        words = _words(widget)
        if not words or not widget.isVisible():
            continue
        why = _too_small(widget, words) or _outside(widget)
        if why:
            yield f"{type(widget).__name__} {words!r}: {why}"


def _words(widget: QWidget) -> str:
    match widget:
        case QLineEdit():
            return widget.text() or widget.placeholderText()
        case QComboBox():
            return widget.currentText()
        case QLabel() | QPushButton() | QCheckBox() | StartButton():
            return widget.text()
        case PictureTile():
            return f"{widget.notice} {widget.age}".strip()
        case PlaneView():
            return f"{widget.title} {widget.corner}".strip()
    return ""


def _too_small(widget: QWidget, words: str) -> str:
    metrics, room = widget.fontMetrics(), widget.contentsRect()
    match widget:
        case QLineEdit():
            margins = widget.textMargins()
            room = room.adjusted(margins.left(), 0, -margins.right() - 12, 0)
            return "too narrow" if metrics.horizontalAdvance(words) > room.width() else ""
        case QComboBox():
            return "too narrow" if metrics.horizontalAdvance(words) > room.width() - 30 else ""
        case StartButton() | PlaneView() | PictureTile():
            return widget.cut_words()
        case ElidedLabel():
            return "elided" if metrics.horizontalAdvance(words) > room.width() else ""
        case QLabel() if widget.wordWrap():
            return _folded(widget)
    wanted = widget.sizeHint()
    if wanted.width() > widget.width():
        return f"{widget.width()} px wide, needs {wanted.width()}"
    return (
        f"{widget.height()} px high, needs {wanted.height()}" if wanted.height() > widget.height() + 1 else ""
    )


def _folded(label: QLabel) -> str:
    longest = max(re.split(r"[ \n]+", label.text()), key=len, default="")
    if label.fontMetrics().horizontalAdvance(longest) > label.contentsRect().width():
        return f"{longest!r} is wider than {label.width()} px"
    high = label.heightForWidth(label.width())
    return f"{label.height()} px high, needs {high}" if high > label.height() + 1 else ""


def _outside(widget: QWidget) -> str:
    """Sticking out of what it lies in, up to the window or to something that can be scrolled."""
    place, parent = QRect(widget.geometry()), widget.parentWidget()
    while parent is not None and not parent.isWindow():
        if isinstance(parent.parentWidget(), QAbstractScrollArea):
            wide = place.right() > parent.width() or place.left() < 0
            return f"sticks out of {type(parent.parentWidget()).__name__}" if wide else ""
        if not parent.rect().contains(place):
            return f"sticks out of {type(parent).__name__}"
        place.translate(parent.pos())
        parent = parent.parentWidget()
    return ""
