"""The cameras on the desk: shown as they arrive, judged five times a second, asked for while in sight.

- A picture of a scanner that may not be viewed, or that the site paused, is forgotten here.
- Hidden tiles are not asked for; large ones in high quality, small ones in low.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QImage

from mr_contract.vocabulary import Privilege, SourceState
from remote_console.core.fleet import FleetState, ScannerKey, ScannerState
from remote_console.core.picture_tiles import (
    MediaLink,
    Moment,
    PicturesState,
    Seen,
    Wish,
    large_first,
    may_connect,
    pictures_state,
    wishes,
)
from remote_console.media.ages import seen
from remote_console.media.frames import Box, Frame
from remote_console.ui.desk import Desk, DeskSignals
from remote_console.ui.main_window import MainWindow
from remote_console.ui.picture_tile import PictureTile

LOOK_MS = 200
_Place = tuple[ScannerKey, str]


@dataclass(frozen=True, slots=True)
class _Shown:
    """A picture on the glass since `since_s`; the image paints the frame's own memory."""

    frame: Frame
    image: QImage
    since_s: float


class Looking(QObject):
    """Owns the pictures of the desk; the only place where they are asked for."""

    def __init__(
        self,
        window: MainWindow,
        desk: Desk,
        signals: DeskSignals,
        state: Callable[[], FleetState],
        boot_s: Callable[[], float],
    ) -> None:
        super().__init__(window)
        self._window, self._desk, self._state, self._boot_s = window, desk, state, boot_s
        self._links: dict[ScannerKey, MediaLink] = {}
        self._shown: dict[_Place, _Shown] = {}
        self._large: dict[ScannerKey, str] = {}
        self._asked: dict[ScannerKey, tuple[Wish, ...]] = {}
        signals.picture_came.connect(self.take)
        signals.media_changed.connect(self.link_changed)
        window.pictures.chosen.connect(self.enlarge)
        window.pictures.opened.connect(lambda: window.images.show_page(2))
        window.images.picture.chosen.connect(lambda _key, _source: window.images.show_page(0))
        self._tick = QTimer(self, interval=LOOK_MS)
        self._tick.timeout.connect(self.look)
        self._tick.start()

    def link_of(self, key: ScannerKey) -> MediaLink:
        """The connection for pictures and sound to a scanner."""
        return self._links.get(key, MediaLink())

    def rest(self) -> None:
        """Look no more: the window is closing."""
        self._tick.stop()

    # ------------------------------------------------------------ what arrives

    def take(self, site: str, scanner: str, source: str) -> None:
        """A new picture: on the glass at once where it may be shown."""
        frame = self._desk.take_picture(site, scanner, source)
        key = ScannerKey(site, scanner)
        if frame is None or source not in self._showable(self._state().scanners.get(key)):
            return
        image = QImage(
            frame.pixels, frame.width, frame.height, frame.bytes_per_line, QImage.Format.Format_RGB32
        )
        self._shown[key, source] = _Shown(frame, image, self._boot_s())
        for tile, _ in self._in_sight():
            state = tile.state
            if state is not None and (state.key, state.source) == (key, source):
                tile.show_image(image)

    def link_changed(self, site: str, scanner: str, link: MediaLink) -> None:
        """The connection for pictures to a scanner."""
        self._links[ScannerKey(site, scanner)] = link

    # ------------------------------------------------------------ what is seen

    def enlarge(self, key: ScannerKey, source: str) -> None:
        """This source is the large one of its scanner from now on."""
        self._large[key] = source
        self.look()

    def enlarge_next(self) -> None:
        """The next source of the scanner in focus becomes the large one."""
        scanner = self._state().focused
        if scanner is None or not scanner.sources:
            return
        names = [s.source for s in scanner.sources]
        here = large_first(scanner.sources, self._large.get(scanner.key))[0].source
        self.enlarge(scanner.key, names[(names.index(here) + 1) % len(names)])

    def look(self) -> None:
        """Judge and show every picture now, and ask for what is in sight."""
        state = self._state()
        self._forget(state)
        moment = Moment(self._boot_s(), datetime.now(UTC))
        states = {scanner.key: self._pictures_of(scanner, moment) for scanner in state.in_order}
        self._show_focused(states.get(state.focus) if state.focus else None)
        for card in self._window.fleet.cards:
            tiles = states[card.key].tiles if card.key in states else ()
            first = tiles[0] if tiles else None
            card.show_picture(first, self._image_of(first.key, first.source) if first else None)
        self._ask(state)

    def _pictures_of(self, scanner: ScannerState, moment: Moment) -> PicturesState:
        judged = {
            source: seen(shown.frame, shown.since_s, moment.boot_s)
            for (key, source), shown in self._shown.items()
            if key == scanner.key
        }
        link = self._links.get(scanner.key, MediaLink())
        known: dict[str, Seen] = judged
        return pictures_state(scanner, link, known, self._large.get(scanner.key), moment)

    def _show_focused(self, pictures: PicturesState | None) -> None:
        pictures = pictures or PicturesState()
        images = {
            t.source: image for t in pictures.tiles if (image := self._image_of(t.key, t.source)) is not None
        }
        self._window.pictures.show_state(pictures, images)
        self._window.images.show_picture(pictures, images)

    def _image_of(self, key: ScannerKey, source: str) -> QImage | None:
        shown = self._shown.get((key, source))
        return shown.image if shown else None

    def _forget(self, state: FleetState) -> None:
        for key, source in tuple(self._shown):
            if source not in self._showable(state.scanners.get(key)):
                del self._shown[key, source]
        for key in tuple(self._links):
            if key not in state.scanners:
                del self._links[key]

    @staticmethod
    def _showable(scanner: ScannerState | None) -> frozenset[str]:
        """Sources whose picture may be on the glass."""
        if scanner is None or not scanner.may(Privilege.VIEW):
            return frozenset()
        return frozenset(s.source for s in scanner.sources or () if s.state is not SourceState.PAUSED)

    # ------------------------------------------------------------ what is asked for

    def _in_sight(self) -> Iterator[tuple[PictureTile, bool]]:
        """Every tile that can be seen, and whether it is a large one; most important first."""
        window = self._window
        if window.isMinimized() or not window.isVisible():
            return
        placed = [(window.images.picture, True)]
        placed += [(tile, place == 0) for place, tile in enumerate(window.pictures.tiles)]
        placed += [(card.picture, False) for card in window.fleet.cards]
        for tile, large in placed:
            if tile.isVisible() and not tile.visibleRegion().isEmpty():  # not scrolled away either
                yield tile, large

    def _ask(self, state: FleetState) -> None:
        visible: dict[ScannerKey, list[tuple[str, bool]]] = {}
        boxes: dict[_Place, Box] = {}
        for tile, large in self._in_sight():
            if tile.state is not None:
                visible.setdefault(tile.state.key, []).append((tile.state.source, large))
                place = tile.state.key, tile.state.source
                boxes[place] = max(boxes.get(place, (0, 0)), tile.box)
        for (key, source), box in boxes.items():
            self._desk.fit(key.site, key.scanner, source, box)
        for scanner in state.in_order:
            may = may_connect(scanner)
            wanted = wishes(visible.get(scanner.key, ())) if may else None
            if wanted != self._asked.get(scanner.key):
                self._desk.look(scanner.key.site, scanner.key.scanner, wanted)
            if wanted is None:
                self._asked.pop(scanner.key, None)
                self._links.pop(scanner.key, None)
            else:
                self._asked[scanner.key] = wanted
