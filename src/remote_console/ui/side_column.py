"""The column at the right: what is said of the scanner in focus, with START and STOP at their full size.

- Where a low window has too little height for all of it, the timeline gives way: first what one may say
  with one touch, then all but the field for a message. STOP never gets smaller for the sake of words.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from remote_console.ui.pieces import column, line
from remote_console.ui.timeline_panel import Terseness, TimelinePanel

LINE_PX = 1


class SideColumn(QFrame):
    """`above` from top to bottom; the last of them takes what is left, together with the timeline."""

    def __init__(self, above: tuple[QWidget, ...], timeline: TimelinePanel) -> None:
        super().__init__()
        self.setObjectName("side")
        self._above, self._timeline = above, timeline
        layout = column(self)
        *fixed, growing = above
        for part in fixed:
            layout.addWidget(part)
        layout.addWidget(line())
        layout.addWidget(growing, 5)
        layout.addWidget(line())
        layout.addWidget(timeline, 3)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:  # a part has become higher or lower
            self._fit()
        return done

    def _fit(self) -> None:
        left = self.height() - 2 * LINE_PX - sum(_least(w, self.width()) for w in self._above)
        fits = (t for t in Terseness if self._timeline.least_height(t, self.width()) <= left)
        self._timeline.show_terse(next(fits, Terseness.MESSAGE_ONLY))


def _least(part: QWidget, width: int) -> int:
    """The height without which something of it is cut off."""
    layout = part.layout()
    if part.isHidden():
        return 0
    if layout is not None and layout.hasHeightForWidth():
        return layout.minimumHeightForWidth(width)
    return part.minimumSizeHint().height()
