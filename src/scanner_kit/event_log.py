"""The scanner's own log as the agent may ask for it: bounded, and never silent about what it dropped."""

from __future__ import annotations

from collections import deque
from heapq import merge
from itertools import islice

from mr_contract.scanner_messages import AcquisitionProgressed, LogListed, ScannerEvent

PAGE = 500


class EventLog:
    """The latest events. Progress is dropped long before anything that says what happened."""

    def __init__(self, *, notable: int = 20_000, progress: int = 1_000) -> None:
        self._notable: deque[ScannerEvent] = deque(maxlen=notable)
        self._progress: deque[ScannerEvent] = deque(maxlen=progress)
        self._last: int | None = None
        self._dropped = -1

    def append(self, event: ScannerEvent) -> None:
        """Add the next event.

        Raises:
            ValueError: a gap or a repetition in the numbers, a programming error of the model.
        """
        if self._last is not None and event.number != self._last + 1:
            raise ValueError(f"event {event.number} follows event {self._last}")
        self._last = event.number
        shelf = self._progress if isinstance(event, AcquisitionProgressed) else self._notable
        if len(shelf) == shelf.maxlen:
            self._dropped = max(self._dropped, shelf[0].number)
        shelf.append(event)

    def after(self, number: int, *, reply_to: int) -> LogListed:
        """Events after `number`, oldest first, at most a page of 500."""
        kept = merge(self._notable, self._progress, key=lambda event: event.number)
        later = (event for event in kept if event.number > number)
        return LogListed(
            reply_to=reply_to, events=tuple(islice(later, PAGE)), complete=self._dropped <= number
        )
