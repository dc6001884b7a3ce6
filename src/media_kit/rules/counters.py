"""Counters of the network that wrap around, made into counters that do not."""

from __future__ import annotations


class Unwrapped:
    """A counter of `bits` bits as an integer that only wraps back for what came late (RFC 3550, A.1)."""

    __slots__ = ("_half", "_last", "_size")

    def __init__(self, bits: int) -> None:
        self._size = 1 << bits
        self._half = self._size // 2
        self._last: int | None = None

    def take(self, value: int) -> int:
        """The value nearest to the one before; the first is taken as it is."""
        if self._last is None:
            self._last = value
            return value
        step = (value - self._last + self._half) % self._size - self._half
        self._last += step
        return self._last
