"""A scenario under way, as a pure value: what is due, what was seen, what is still expected.

Rules:
- Times are seconds of scan time, handed in.
- A happening happens once: at its time, or after the first event that it waits for.
- Happenings that are due together happen in the order of the file.
- An expected action counts only after what it is to follow, and in time.
- An action that is not expected is looked for as long as its time lasts; only then was it left undone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from simulated_mri.scenarios.model import Expected, Happening, ScannerEventKind, Scenario
from simulated_mri.sequences import SequenceType

MOST_SEEN = 2000


@dataclass(frozen=True, slots=True)
class Seen:
    """An event of the scanner, and the sequence it belongs to, if one."""

    kind: str
    at_s: float
    sequence: str | None = None


@dataclass(frozen=True, slots=True)
class Playing:
    """`due_s`: by number of the happening; infinite while what it waits for has not come."""

    scenario: Scenario
    began_s: float
    due_s: tuple[float, ...]
    happened_s: tuple[float | None, ...]
    seen: tuple[Seen, ...] = ()

    def next_due_s(self) -> float:
        """When the next happening is due; infinite if none is."""
        waiting = (due for due, happened in zip(self.due_s, self.happened_s, strict=True) if happened is None)
        return min(waiting, default=math.inf)


def begin(scenario: Scenario, now_s: float) -> Playing:
    due_s = tuple(math.inf if item.at_s is None else now_s + item.at_s for item in scenario.happens)
    return Playing(scenario, now_s, due_s, (None,) * len(due_s))


def hear(playing: Playing, seen: Seen) -> Playing:
    """The scanner said something: what waits for it has a time now."""
    due_s = tuple(
        seen.at_s + item.after_s if due == math.inf and _waits_for(playing, item, seen) else due
        for item, due in zip(playing.scenario.happens, playing.due_s, strict=True)
    )
    kept = (*playing.seen, seen)[-MOST_SEEN:] if len(playing.seen) >= MOST_SEEN else (*playing.seen, seen)
    return replace(playing, due_s=due_s, seen=kept)


def take_due(playing: Playing, now_s: float) -> tuple[Playing, tuple[Happening, ...]]:
    """What happens now."""
    due = [
        number
        for number, (due_s, happened) in enumerate(zip(playing.due_s, playing.happened_s, strict=True))
        if happened is None and due_s <= now_s
    ]
    happened_s = tuple(now_s if number in due else at for number, at in enumerate(playing.happened_s))
    items = tuple(playing.scenario.happens[number] for number in sorted(due, key=lambda n: playing.due_s[n]))
    return replace(playing, happened_s=happened_s), items


def report(playing: Playing, now_s: float) -> tuple[str, ...]:
    """For the debriefing: the title, what happened when, and each expected action with its verdict."""
    lines = [playing.scenario.title]
    for item, happened in zip(playing.scenario.happens, playing.happened_s, strict=True):
        when = "not yet" if happened is None else _clock(happened - playing.began_s)
        lines.append(f"happened {when}: {item.words}")
    judged = (f"{verdict(playing, wanted, now_s)}: {wanted.words}" for wanted in playing.scenario.expected)
    return (*lines, *judged)


def verdict(playing: Playing, wanted: Expected, now_s: float) -> str:
    """`seen …`, `too late …`, `not seen`, or `for the trainer to judge`.

    Of what nobody should do: `left undone`, `left undone so far`, `done nonetheless …`, or `not come to`.
    """
    since = _since_s(playing, wanted)
    if wanted.absent is not None:
        return _absence(playing, wanted, since, now_s)
    if wanted.event is None:
        return "for the trainer to judge"
    at_s = None if since is None else _first(playing, wanted.event, since)
    if since is None or at_s is None:
        return "not seen"
    when = _clock(at_s - playing.began_s)
    late = wanted.within_s is not None and at_s - since > wanted.within_s
    return f"too late {when}" if late else f"seen {when}"


def _since_s(playing: Playing, wanted: Expected) -> float | None:
    if wanted.after is None:
        return playing.began_s
    return _first(playing, wanted.after, playing.began_s, wanted.sequence)


def _absence(playing: Playing, wanted: Expected, since: float | None, now_s: float) -> str:
    if since is None or wanted.absent is None or wanted.within_s is None:
        return "not come to"
    at_s = _first(playing, wanted.absent, since)
    if at_s is not None and at_s - since <= wanted.within_s:
        return f"done nonetheless {_clock(at_s - playing.began_s)}"
    return "left undone" if now_s - since > wanted.within_s else "left undone so far"


def _waits_for(playing: Playing, item: Happening, seen: Seen) -> bool:
    begun = item.since is None or any(before.kind == item.since for before in playing.seen)
    return begun and item.on == seen.kind and item.sequence in (None, seen.sequence)


def _first(
    playing: Playing, kind: ScannerEventKind, since_s: float, sequence: SequenceType | None = None
) -> float | None:
    return next(
        (
            seen.at_s
            for seen in playing.seen
            if seen.kind == kind and seen.at_s >= since_s and sequence in (None, seen.sequence)
        ),
        None,
    )


def _clock(seconds: float) -> str:
    return f"at {int(seconds) // 60}:{int(seconds) % 60:02d}"
