"""What waits to be written to one tablet: little, and never an old picture of the state.

- A view is a whole value: a newer one replaces the one that waits. So does a beat.
- Everything else keeps its order and is bounded; a page that does not read is given up.
"""

from __future__ import annotations

from collections import deque

from pydantic import BaseModel

from mr_contract.tablet_messages import TabletBeat, TabletView

OUTBOX_LIMIT = 256
"""Outcomes that may wait for a page that does not read."""


class Outbox:
    """Messages of one link in the order they leave: words first, then the beat, then the view."""

    def __init__(self) -> None:
        self._words: deque[BaseModel] = deque()
        self._beat: TabletBeat | None = None
        self._view: TabletView | None = None

    def put(self, message: BaseModel) -> bool:
        """Keep a message; False if too many wait already."""
        match message:
            case TabletView():
                self._view = message
            case TabletBeat():
                self._beat = message
            case _ if len(self._words) >= OUTBOX_LIMIT:
                return False
            case _:
                self._words.append(message)
        return True

    def take(self) -> BaseModel | None:
        """The next message to write, or None."""
        if self._words:
            return self._words.popleft()
        message: BaseModel | None
        if self._beat is not None:
            message, self._beat = self._beat, None
            return message
        message, self._view = self._view, None
        return message
