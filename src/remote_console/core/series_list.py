"""The series that one acquisition brought, as a list to choose from; derived ones are named as derived."""

from __future__ import annotations

from dataclasses import dataclass

from remote_console.core.images import SeriesLabel
from remote_console.core.phrases import Phrase, Words, p
from remote_console.core.pictures import OneSeries, StepPictures

SIMULATED = " SIMULATED"


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One series in the list; `uid` names it."""

    uid: str
    title: str
    words: Phrase
    looked_at: bool


def series_rows(pictures: StepPictures) -> tuple[SeriesRow, ...]:
    """A row for each series; none where there is nothing to choose from."""
    if len(pictures.series) < 2:
        return ()
    return tuple(
        SeriesRow(
            own.label.uid, titled(own.label), _kind(own), looked_at=place == pictures.place,
        )
        for place, own in enumerate(pictures.series)
    )  # fmt: skip


def _kind(own: OneSeries) -> Phrase:
    count = str(len(own.images))
    if own.label.derived:
        return p("derived · {count} images", count=count)
    return p("measured · {count} images", count=count)


def titled(label: SeriesLabel) -> str:
    """Number and description; that it is simulated stands on every image."""
    words = label.description.removesuffix(SIMULATED)
    return f"{label.number} · {words}" if label.number else words


def unreadable_words(pictures: StepPictures) -> tuple[Words, ...]:
    """How many files cannot be shown, and of the first of them why not."""
    if not pictures.unreadable:
        return ()
    count = len(pictures.unreadable)
    many = p("{count} files of this series cannot be shown", count=str(count))
    one = p("A file of this series cannot be shown")
    return (many if count > 1 else one, pictures.unreadable[0])
