"""What the tile of each camera says, and which pictures are asked for.

- Only a picture whose age is known and small looks live. One that is frozen, of unknown age, or whose camera
  or connection failed is hatched over and named; the last whole picture stays below the hatching.
- A picture that the site paused is not shown any more, not even the last one.
- Without `view` there is no tile at all.
- What is large on the screen is asked for in high quality, what is small in low, what is hidden not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from types import MappingProxyType

from mr_contract.findings import Findings
from mr_contract.media_messages import SourceView
from mr_contract.vocabulary import PictureQuality, Privilege, SourceKind, SourceState
from remote_console.core.device_words import device_words
from remote_console.core.fleet import ScannerKey, ScannerState
from remote_console.core.phrases import NOTHING, ReasonWords, Words, clock_words, p, verbatim
from remote_console.core.vocabulary_words import SOURCE_WORDS

Wish = tuple[str, PictureQuality]
"""A source, and how well it is to be seen."""


@unique
class Freshness(StrEnum):
    """How far the newest picture on the glass may be believed; the words of `media_kit.judge_age`."""

    NO_PICTURE = "no_picture"
    LIVE = "live"
    LATE = "late"
    FROZEN = "frozen"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest picture of a source; `age_s` is None where it cannot be known."""

    freshness: Freshness = Freshness.NO_PICTURE
    age_s: float | None = None


@unique
class MediaPhase(StrEnum):
    """The connection for pictures to one scanner."""

    NONE = "none"
    OPENING = "opening"
    UP = "up"
    WAITING = "waiting"
    """It failed, and is built anew at `MediaLink.retry_at_s`."""


@dataclass(frozen=True, slots=True)
class MediaLink:
    """The connection for pictures to one scanner; `given` is what its line has room for, by source.

    `site_busy`: sources that the site's computer has too little time for. `for_control`: those that are
    smaller, or not sent, because control waited on the line. `desk_busy`: this computer does not keep up and
    asks for less, and not at all for those in `unasked`.
    """

    phase: MediaPhase = MediaPhase.NONE
    findings: Findings = ()
    retry_at_s: float | None = None
    talk: bool = False
    """Whether it carries sound both ways."""
    given: Mapping[str, PictureQuality | None] = field(default_factory=lambda: MappingProxyType({}))
    site_busy: frozenset[str] = frozenset()
    for_control: frozenset[str] = frozenset()
    desk_busy: bool = False
    unasked: frozenset[str] = frozenset()


@unique
class TileLook(StrEnum):
    """What a tile shows of its picture."""

    LIVE = "live"
    LATE = "late"
    """Shown as it comes, with its age marked."""
    HATCHED = "hatched"
    """The last whole picture below hatching."""
    DARK = "dark"
    """No picture, nor the last one."""


@dataclass(frozen=True, slots=True)
class TileState:
    """One source."""

    key: ScannerKey
    source: str
    title: Words
    kind: Words
    look: TileLook
    age: Words
    notice: Words = NOTHING
    detail: Words = NOTHING


@dataclass(frozen=True, slots=True)
class PicturesState:
    """The tiles of a scanner, the one to be shown large first; or words where there is none."""

    tiles: tuple[TileState, ...] = ()
    message: Words = NOTHING
    place_words: str = ""
    """Which of how many cameras is the large one."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Now: in boot time of this desk, and on the wall."""

    boot_s: float
    wall: datetime


def pictures_state(
    scanner: ScannerState, link: MediaLink, seen: Mapping[str, Seen], large: str | None, now: Moment
) -> PicturesState:
    """Every source of a scanner. `large` is the source that a person chose to see large."""
    if scanner.sources is None:
        return PicturesState()
    if not scanner.sources:
        return PicturesState(message=p("The site has no camera for this scanner"))
    if not scanner.may(Privilege.VIEW):
        return PicturesState(message=p("Pictures appear here once view is granted"))
    in_order = large_first(scanner.sources, large)
    tiles = (tile(scanner.key, source, link, seen.get(source.source, Seen()), now) for source in in_order)
    place, count = scanner.sources.index(in_order[0]) + 1, len(in_order)
    return PicturesState(tuple(tiles), place_words=f"{place}/{count}" if count > 1 else "")


def may_connect(scanner: ScannerState) -> bool:
    """Whether there is anything for a connection to carry: pictures, or talk where the site has no camera."""
    if scanner.sources is None or not scanner.may(Privilege.VIEW):
        return False
    return bool(scanner.sources) or scanner.may(Privilege.TALK) or scanner.may(Privilege.PATIENT)


def large_first(sources: Iterable[SourceView], large: str | None) -> tuple[SourceView, ...]:
    """The chosen source first, else the room's; the others as the site lists them."""
    listed = tuple(sources)
    known = any(s.source == large for s in listed)
    first = next((s for s in listed if s.source == large or (not known and s.kind is SourceKind.ROOM)), None)
    return listed if first is None else (first, *(s for s in listed if s is not first))


def wishes(visible: Iterable[tuple[str, bool]]) -> tuple[Wish, ...]:
    """What to ask for, most important first, from (source, whether it is large) of each tile in sight."""
    large: dict[str, bool] = {}
    for source, is_large in visible:
        large[source] = large.get(source, False) or is_large
    high = tuple((s, PictureQuality.HIGH) for s, is_large in large.items() if is_large)
    return high + tuple((s, PictureQuality.LOW) for s, is_large in large.items() if not is_large)


def tile(key: ScannerKey, source: SourceView, link: MediaLink, seen: Seen, now: Moment) -> TileState:
    """One source; what the site says of it comes before what is seen of it."""
    look, notice, detail = _judged(source, link, seen, now)
    kind = SOURCE_WORDS[source.kind]
    return TileState(
        key, source.source, verbatim(source.title) if source.title else kind, kind, look,
        NOTHING if look is TileLook.DARK else age_words(seen), notice, detail,
    )  # fmt: skip


def _judged(source: SourceView, link: MediaLink, seen: Seen, now: Moment) -> tuple[TileLook, Words, Words]:
    pictured = TileLook.DARK if seen.freshness is Freshness.NO_PICTURE else TileLook.HATCHED
    if source.state is SourceState.PAUSED:
        return (
            TileLook.DARK,
            p("Picture paused by the site"),
            p("The local operator resumes it at the tablet"),
        )
    if source.state is SourceState.FAILING:
        why = device_words(source.why) if source.why else p("no reason was given")
        left_s = None if source.retry_at is None else (source.retry_at - now.wall).total_seconds()
        return pictured, p("Camera fails: {why}", why=why), _again(left_s)
    if link.phase is MediaPhase.WAITING:
        again = NOTHING if link.retry_at_s is None else _again(link.retry_at_s - now.boot_s)
        return pictured, _why(link.findings), again
    if source.source in link.given and link.given[source.source] is None:
        free = source.source in link.for_control
        notice = p("Line kept free for control") if free else p("No room on the line")
        return pictured, notice, p("It comes back by itself")
    if source.source in link.unasked:
        return pictured, p("This computer is busy"), p("It comes back by itself")
    return _fresh(source, link, seen)


def _fresh(source: SourceView, link: MediaLink, seen: Seen) -> tuple[TileLook, Words, Words]:
    connecting = p("Connecting …") if link.phase is not MediaPhase.UP else NOTHING
    busy = _short_of(source.source, link)
    match seen.freshness:
        case Freshness.LIVE:
            return TileLook.LIVE, NOTHING, busy
        case Freshness.LATE:
            return TileLook.LATE, busy, NOTHING
        case Freshness.FROZEN:
            return TileLook.HATCHED, p("Picture frozen"), connecting if connecting != NOTHING else busy
        case Freshness.UNKNOWN:
            return TileLook.HATCHED, p("Age of the picture unknown"), connecting
        case Freshness.NO_PICTURE:
            starting = p("The camera starts") if source.state is SourceState.STARTING else NOTHING
            return TileLook.DARK, p("No picture yet"), starting if connecting == NOTHING else connecting


def _short_of(source: str, link: MediaLink) -> Words:
    """Why a picture is smaller, or comes less often, than is wished for."""
    if source in link.for_control:
        return p("Line kept free for control")
    if link.desk_busy:
        return p("This computer is busy")
    return p("The site's computer is busy") if source in link.site_busy else NOTHING


def _why(findings: Findings) -> Words:
    return ReasonWords(findings[0], "text") if findings else p("No connection for pictures")


def _again(left_s: float | None) -> Words:
    if left_s is None or left_s <= 0.0:
        return p("Trying again now")
    return p("Again in {seconds} s", seconds=str(int(left_s) + 1))


def age_words(seen: Seen) -> Words:
    """The age in a tile's corner: always there, never younger than true."""
    if seen.freshness is Freshness.NO_PICTURE:
        return NOTHING
    if seen.age_s is None:
        return p("age unknown")
    age = _duration(seen.age_s)
    match seen.freshness:
        case Freshness.FROZEN:
            return p("frozen {age}", age=age)
        case Freshness.LATE:
            return p("late {age}", age=age)
        case _:
            return verbatim(age)


def _duration(age_s: float) -> str:
    if age_s < 1.0:
        return f"{age_s * 1000:.0f} ms"
    if age_s < 10.0:
        return f"{age_s:.1f} s"
    return f"{age_s:.0f} s" if age_s < 60.0 else clock_words(age_s)
