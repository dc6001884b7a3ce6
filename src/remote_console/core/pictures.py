"""Images kept by the desk: only of open exams, forgotten with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from mr_contract.bulk_messages import InstanceHeader, PreviewHeader
from mr_contract.exam import ExamView, SeriesView
from remote_console.core.fleet import ScannerKey
from remote_console.core.images import ImageShelf, SliceImage, incomplete

Place = tuple[ScannerKey, str]


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Previews by step and stored slices by series."""

    previews: Mapping[Place, ImageShelf] = field(default_factory=lambda: MappingProxyType({}))
    acquisitions: Mapping[Place, str] = field(default_factory=lambda: MappingProxyType({}))
    series: Mapping[Place, ImageShelf] = field(default_factory=lambda: MappingProxyType({}))

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
        """With one more stored slice."""
        place = (key, header.series_id)
        shelf = self.series.get(place, ImageShelf()).put(0, image)
        return replace(self, series=MappingProxyType({**self.series, place: shelf}))

    def forget(self, key: ScannerKey) -> Pictures:
        """Without anything of this scanner."""
        return Pictures(
            MappingProxyType({p: s for p, s in self.previews.items() if p[0] != key}),
            MappingProxyType({p: a for p, a in self.acquisitions.items() if p[0] != key}),
            MappingProxyType({p: s for p, s in self.series.items() if p[0] != key}),
        )

    def of_step(self, key: ScannerKey, exam: ExamView, step_id: str) -> tuple[SliceImage, ...]:
        """Stored slices of the step's newest series, else its previews; a stopped series says so."""
        newest = newest_series(exam, step_id)
        shelf = self.series.get((key, newest.series_id)) if newest else None
        if shelf is None:
            shelf = self.previews.get((key, step_id), ImageShelf())
        images = shelf.in_order
        if newest is not None and not newest.complete:
            return tuple(incomplete(i) for i in images)
        return images

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


def newest_series(exam: ExamView, step_id: str) -> SeriesView | None:
    """The series of the step with the highest number."""
    mine = [s for s in exam.series if s.step_id == step_id]
    return max(mine, key=lambda s: s.number) if mine else None
