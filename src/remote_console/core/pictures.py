"""Images kept by the desk: only of open exams, forgotten with them.

- One acquisition brings one bundle of files, and a bundle may hold several DICOM series: what was measured,
  and each kind of pictures derived of it. Each is shown by itself, the measured ones first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from mr_contract.bulk_messages import InstanceHeader, PreviewHeader
from mr_contract.exam import ExamView, SeriesView
from remote_console.core.fleet import ScannerKey
from remote_console.core.images import ImageShelf, SeriesLabel, SliceImage, incomplete
from remote_console.core.phrases import Words

Place = tuple[ScannerKey, str]


@dataclass(frozen=True, slots=True, eq=False)
class OneSeries:
    """The slices of one DICOM series; previews have no label."""

    label: SeriesLabel
    images: tuple[SliceImage, ...]

    @property
    def mixed(self) -> bool:
        """Whether pictures of one place differ in their weighting."""
        return any(image.weighting != self.images[0].weighting for image in self.images)


@dataclass(frozen=True, slots=True, eq=False)
class StepPictures:
    """What there is to be seen of a step. `series_id` names the bundle; `place` is of the one looked at."""

    series_id: str = ""
    series: tuple[OneSeries, ...] = ()
    place: int = 0
    unreadable: tuple[Words, ...] = ()

    @property
    def looked_at(self) -> OneSeries:
        """The series that is shown; without an image where there is none."""
        return self.series[self.place] if self.series else OneSeries(SeriesLabel(), ())


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Previews by step and stored slices by series."""

    previews: Mapping[Place, ImageShelf] = field(default_factory=lambda: MappingProxyType({}))
    acquisitions: Mapping[Place, str] = field(default_factory=lambda: MappingProxyType({}))
    series: Mapping[Place, ImageShelf] = field(default_factory=lambda: MappingProxyType({}))
    """Of whole bundles."""
    chosen: Mapping[Place, str] = field(default_factory=lambda: MappingProxyType({}))
    """Which series of a bundle is looked at, by its UID."""
    unreadable: Mapping[Place, tuple[Words, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def with_preview(self, key: ScannerKey, header: PreviewHeader, image: SliceImage) -> Pictures:
        """With one more preview; a new acquisition of a step begins anew."""
        place = (key, header.step_id)
        fresh = self.acquisitions.get(place) != header.acquisition_id
        shelf = ImageShelf() if fresh else self.previews[place]
        shelf = shelf.put(header.group, image)
        acquisitions = MappingProxyType({**self.acquisitions, place: header.acquisition_id})
        previews = MappingProxyType({**self.previews, place: shelf})
        return replace(self, previews=previews, acquisitions=acquisitions)

    def with_instance(self, key: ScannerKey, header: InstanceHeader, image: SliceImage) -> Pictures:
        """With one more stored slice; one file may bring several."""
        place = (key, header.series_id)
        shelf = self.series.get(place, ImageShelf()).put(header.index, image)
        return replace(self, series=MappingProxyType({**self.series, place: shelf}))

    def with_unreadable(self, key: ScannerKey, header: InstanceHeader, why: Words) -> Pictures:
        """With one more file that cannot be shown."""
        place = (key, header.series_id)
        said = (*self.unreadable.get(place, ()), why)
        return replace(self, unreadable=MappingProxyType({**self.unreadable, place: said}))

    def choose(self, key: ScannerKey, series_id: str, uid: str) -> Pictures:
        """Look at this series of a bundle."""
        return replace(self, chosen=MappingProxyType({**self.chosen, (key, series_id): uid}))

    def weights(self) -> dict[Place, int]:
        """Bytes of the pixels of every bundle, the one that came first before the others."""
        return {
            place: sum(image.pixels.nbytes for image in shelf.slices.values())
            for place, shelf in self.series.items()
        }

    def without(self, place: Place) -> Pictures:
        """Without the files of a bundle; which of its series was chosen stays."""
        return replace(
            self,
            series=MappingProxyType({p: s for p, s in self.series.items() if p != place}),
            unreadable=MappingProxyType({p: w for p, w in self.unreadable.items() if p != place}),
        )

    def forget(self, key: ScannerKey) -> Pictures:
        """Without anything of this scanner."""
        return Pictures(
            MappingProxyType({p: s for p, s in self.previews.items() if p[0] != key}),
            MappingProxyType({p: a for p, a in self.acquisitions.items() if p[0] != key}),
            MappingProxyType({p: s for p, s in self.series.items() if p[0] != key}),
            MappingProxyType({p: u for p, u in self.chosen.items() if p[0] != key}),
            MappingProxyType({p: w for p, w in self.unreadable.items() if p[0] != key}),
        )

    def of_step(self, key: ScannerKey, exam: ExamView, step_id: str) -> StepPictures:
        """Stored slices of the step's newest bundle, else its previews; a stopped one says so."""
        newest = newest_series(exam, step_id)
        place = (key, newest.series_id) if newest else None
        shelf = self.series.get(place) if place else None
        if shelf is None:
            shelf = self.previews.get((key, step_id), ImageShelf())
        series = _by_series(shelf.in_order)
        if newest is not None and not newest.complete:
            series = tuple(OneSeries(s.label, tuple(incomplete(i) for i in s.images)) for s in series)
        chosen = self.chosen.get(place, "") if place else ""
        return StepPictures(
            newest.series_id if newest else "", series,
            next((n for n, s in enumerate(series) if s.label.uid == chosen), 0),
            self.unreadable.get(place, ()) if place else (),
        )  # fmt: skip

    def localizer(self, key: ScannerKey, exam: ExamView) -> ImageShelf:
        """The newest localizer: its series, else its previews."""
        for step in reversed(exam.steps):
            if "localizer" not in step.sequence and "localizer" not in step.step_id:
                continue
            series = newest_series(exam, step.step_id)
            shelf = self.series.get((key, series.series_id)) if series else None
            shelf = shelf or self.previews.get((key, step.step_id))
            if shelf is not None and shelf.slices:
                return shelf
        return EMPTY


EMPTY = ImageShelf()


def _by_series(images: Iterable[SliceImage]) -> tuple[OneSeries, ...]:
    """Measured ones first, then by number, in the order of the files."""
    found: dict[str, list[SliceImage]] = {}
    for image in images:
        found.setdefault(image.series.uid, []).append(image)
    series = (OneSeries(own[0].series, tuple(own)) for own in found.values())
    return tuple(sorted(series, key=lambda s: (s.label.derived, s.label.number)))


def newest_series(exam: ExamView, step_id: str) -> SeriesView | None:
    """The series of the step with the highest number."""
    mine = [s for s in exam.series if s.step_id == step_id]
    return max(mine, key=lambda s: s.number) if mine else None
