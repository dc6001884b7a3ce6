"""Sound of several scanners, mixed for one pair of ears. Pure; samples are int16 mono at `RATE_HZ`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

RATE_HZ = 48_000
BLOCK = RATE_HZ // 50
"""Samples of 20 ms, which is one Opus frame."""
MOST_KEPT = RATE_HZ // 5
"""What may wait for the loudspeaker, 200 ms: more is late, and the oldest is dropped."""
BEGINS_WITH = 2 * BLOCK
"""A stream that ran dry begins again with 40 ms, so that it does not stutter."""

Samples = npt.NDArray[np.int16]
Key = tuple[str, str]


def tone() -> Samples:
    """A fifth of a second of 660 Hz, beginning and ending softly: the longest that can wait uncut."""
    at = np.arange(MOST_KEPT) / RATE_HZ
    softly = np.minimum(1.0, np.minimum(at, at[::-1]) / 0.02)
    return (8000 * softly * np.sin(2 * np.pi * 660 * at)).astype(np.int16)


def mean_square(samples: Samples) -> float:
    """Of samples scaled to -1 … 1."""
    if not samples.size:
        return 0.0
    scaled = samples.astype(np.float32) / 32768.0
    return float(np.mean(scaled * scaled))


class Mixer:
    """What waits to be heard, by scanner. Whoever uses it from several threads puts a lock around it."""

    def __init__(self) -> None:
        self._streams: dict[Key, _Stream] = {}

    def put(self, key: Key, samples: Samples) -> None:
        """What came from a scanner."""
        self._streams.setdefault(key, _Stream()).put(samples)

    def forget(self, key: Key) -> None:
        """The scanner is not heard any more."""
        self._streams.pop(key, None)

    def mix(self, count: int, loudness: Callable[[Key], float]) -> Samples:
        """The next `count` samples for the loudspeaker; silence where nothing came."""
        mixed = np.zeros(count, np.float32)
        for key, stream in self._streams.items():
            part = stream.take(count)
            mixed[: part.size] += part * np.float32(loudness(key))
        return np.clip(mixed, -32768.0, 32767.0).astype(np.int16)


class _Stream:
    def __init__(self) -> None:
        self._waiting: deque[Samples] = deque()
        self._count = 0
        self._plays = False

    def put(self, samples: Samples) -> None:
        self._waiting.append(samples)
        self._count += samples.size
        while self._count > MOST_KEPT and len(self._waiting) > 1:
            self._count -= self._waiting.popleft().size
        self._plays = self._plays or self._count >= BEGINS_WITH

    def take(self, count: int) -> Samples:
        if not self._plays:
            return np.zeros(0, np.int16)
        parts: list[Samples] = []
        while count and self._waiting:
            part = self._waiting.popleft()
            if part.size > count:
                self._waiting.appendleft(part[count:])
                part = part[:count]
            parts.append(part)
            count -= part.size
            self._count -= part.size
        self._plays = self._count > 0
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)
