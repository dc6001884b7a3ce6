"""What the desk asks for unasked, so that it is there to be shown: details of steps, series, previews.

- Images belong to an exam that may be viewed; they are forgotten with it.
- Nothing is asked for twice; a series that did not come is asked for again, but not at once.
- What is kept has a bound: before another series comes the one that came first makes room, unless it is in
  hand. It is asked for again when its step is taken in hand again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mr_contract.bulk_messages import InstanceHeader, PreviewHeader
from mr_contract.console_messages import OpenStep
from mr_contract.vocabulary import Privilege
from remote_console.core.fleet import FleetState, ScannerKey, ScannerState
from remote_console.core.images import Picture, SliceImage
from remote_console.core.phrases import Words
from remote_console.core.pictures import Pictures, newest_series
from remote_console.core.quarantine import is_quarantined
from remote_console.ui.desk import Desk

FETCH_AGAIN_S = 5.0
MOST_IMAGE_BYTES = 512 * 1024 * 1024
"""Of the series kept when another is asked for; a dynamic one alone has 200 MiB."""


class Gathering:
    """Keeps the pictures, and remembers what was asked for."""

    def __init__(
        self,
        desk: Desk,
        state: Callable[[], FleetState],
        command: Callable[..., None],
        clock: Callable[[], float],
        *,
        most_image_bytes: int = MOST_IMAGE_BYTES,
    ) -> None:
        self._desk, self._state, self._command, self._clock = desk, state, command, clock
        self._most_image_bytes = most_image_bytes
        self.pictures = Pictures()
        self._opened: set[tuple[ScannerKey, str, str]] = set()
        self._fetched: set[tuple[ScannerKey, str]] = set()
        self._failed: dict[tuple[ScannerKey, str], float] = {}
        self._watched: dict[str, tuple[str, ...]] = {}

    def take_frame(self, site: str, header: Picture, image: SliceImage) -> None:
        """Keep a slice, decoded already."""
        key = ScannerKey(site, header.scanner)
        if isinstance(header, PreviewHeader):
            self.pictures = self.pictures.with_preview(key, header, image)
        else:
            self.pictures = self.pictures.with_instance(key, header, image)

    def take_unreadable(self, site: str, header: Picture, why: Words) -> None:
        """A file that cannot be shown is said; of previews the next one comes soon."""
        if isinstance(header, InstanceHeader):
            self.pictures = self.pictures.with_unreadable(ScannerKey(site, header.scanner), header, why)

    def look_at(self, uid: str) -> None:
        """Another series of the step in hand."""
        scanner = self._state().focused
        if scanner is None or scanner.exam is None or scanner.step is None:
            return
        newest = newest_series(scanner.exam, scanner.step.step_id)
        if newest is not None:
            self.pictures = self.pictures.choose(scanner.key, newest.series_id, uid)

    def ask_for_missing(self) -> None:
        """Details of the step in hand, its series and the localizer's, previews of what may be viewed."""
        self._watch_previews()
        scanner = self._state().focused
        if scanner is None or scanner.exam is None or not scanner.may(Privilege.VIEW):
            return
        step = scanner.step
        if step is not None and step.step_id not in scanner.details:
            place = (scanner.key, scanner.exam.exam_id, step.step_id)
            if place not in self._opened:
                self._opened.add(place)
                self._command(OpenStep, step_id=step.step_id)
        for wanted in scanner.exam.steps:
            if "localizer" in wanted.sequence or (step and wanted.step_id == step.step_id):
                self._fetch(scanner, wanted.step_id)

    def not_fetched(self, site: str, scanner: str, series_id: str) -> None:
        """A series did not come."""
        self._failed[(ScannerKey(site, scanner), series_id)] = self._clock()

    def tick(self) -> None:
        """What did not come may be asked for again after a while."""
        now = self._clock()
        for place in [x for x, at_s in self._failed.items() if now - at_s > FETCH_AGAIN_S]:
            del self._failed[place]
            self._fetched.discard(place)

    def begin_anew(self, site: str) -> None:
        """A new link to this site: its agent knows of no preview and no step that was asked for."""
        self._opened = {o for o in self._opened if o[0].site != site}
        self._watched.pop(site, None)

    def forget_unless_viewed(self, before: FleetState, key: ScannerKey) -> None:
        """Another exam, or one that may not be viewed any more: its pictures go."""
        old, new = before.scanners.get(key), self._state().scanners.get(key)
        same = old and new and old.exam and new.exam and old.exam.exam_id == new.exam.exam_id
        if not same or new is None or not new.may(Privilege.VIEW):
            self.pictures = self.pictures.forget(key)
            self._opened = {o for o in self._opened if o[0] != key}
            self._fetched = {x for x in self._fetched if x[0] != key}

    def _watch_previews(self) -> None:
        fleet = self._state()
        for site in fleet.sites:
            viewed = tuple(
                s.key.scanner for s in fleet.in_order if s.key.site == site and s.may(Privilege.VIEW)
            )
            if viewed != self._watched.get(site, ()):
                self._watched[site] = viewed
                self._desk.watch_previews(site, viewed)

    def _fetch(self, scanner: ScannerState, step_id: str) -> None:
        series = newest_series(scanner.exam, step_id) if scanner.exam else None
        if series is None or not series.stored or (scanner.key, series.series_id) in self._fetched:
            return
        if is_quarantined(scanner):
            return  # it would be refused
        self._make_room(scanner)
        self._fetched.add((scanner.key, series.series_id))
        self._desk.fetch_series(scanner.key.site, scanner.key.scanner, series.series_id)

    def _make_room(self, scanner: ScannerState) -> None:
        """Series of other steps go, the one that came first before the others."""
        weights = self.pictures.weights()
        shown = {(scanner.key, series_id) for series_id in _in_hand(scanner)}
        left = sum(weights.values())
        for place, weight in weights.items():
            if left <= self._most_image_bytes:
                return
            if place not in shown:
                self.pictures = self.pictures.without(place)
                self._fetched.discard(place)
                left -= weight


def _in_hand(scanner: ScannerState) -> Iterator[str]:
    """Series of the step in hand and of the localizers."""
    exam, step = scanner.exam, scanner.step
    for one in exam.steps if exam else ():
        series = newest_series(exam, one.step_id) if exam else None
        if series is not None and ("localizer" in one.sequence or one == step):
            yield series.series_id
