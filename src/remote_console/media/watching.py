"""What is due for the cameras of one connection, from when each last showed a picture. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from media_kit import Remedy, StreamWatch


@dataclass(frozen=True, slots=True)
class Due:
    """What to do now."""

    ask_for_key_frame: tuple[str, ...] = ()
    rebuild: bool = False


class Watches:
    """One watch for each camera that should send, and one for all: a single still camera rebuilds nothing."""

    def __init__(self, now_s: float) -> None:
        self._all = StreamWatch(now_s)
        self._each: dict[str, StreamWatch] = {}
        self.seen_any = False

    def saw(self, source: str, now_s: float) -> None:
        """A picture came."""
        self.seen_any = True
        self._all = self._all.saw_frame(now_s)
        self._each[source] = StreamWatch(now_s)

    def judge(self, expected: set[str] | frozenset[str], now_s: float) -> Due:
        """What is due for the cameras that should be sending now."""
        if not expected:
            self._all = self._all.saw_frame(now_s)
            self._each.clear()
            return Due()
        self._all, remedy = self._all.judge(now_s)
        asked = []
        for source in sorted(expected):
            watch = self._each.get(source, StreamWatch(now_s))
            self._each[source], due = watch.judge(now_s)
            if due is not Remedy.NOTHING:
                asked.append(source)
        for source in self._each.keys() - expected:
            del self._each[source]
        return Due(tuple(asked), rebuild=remedy is Remedy.REBUILD)
