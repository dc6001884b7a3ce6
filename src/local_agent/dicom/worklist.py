"""The site's worklist from a JSON file that the hospital's interface, or a person, writes.

The file holds a list of `WorklistItem`. It is read again when it changes; a broken file is said in the
log and in the tablet's empty list, never guessed at. Asked in threads: never on the agent's loop.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from mr_contract.exam import WorklistItem

LOG = logging.getLogger("local_agent.worklist")
_ITEMS: TypeAdapter[tuple[WorklistItem, ...]] = TypeAdapter(tuple[WorklistItem, ...])


class FileWorklist:
    """Scheduled procedures in a file; the same list for every scanner of the site."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark: tuple[int, int] | None = None
        self._items: tuple[WorklistItem, ...] = ()
        self._lock = threading.Lock()

    def items(self, scanner: str) -> tuple[WorklistItem, ...]:  # noqa: ARG002 - other sources tell scanners apart
        """What is scheduled, earliest first."""
        with self._lock:
            return self._now()

    def _now(self) -> tuple[WorklistItem, ...]:
        try:
            stat = self._path.stat()
        except OSError:
            self._mark, self._items = None, ()
            return ()
        mark = (stat.st_mtime_ns, stat.st_size)
        if mark != self._mark:
            self._mark = mark
            self._items = self._read()
        return self._items

    def _read(self) -> tuple[WorklistItem, ...]:
        try:
            items = _ITEMS.validate_json(self._path.read_bytes())
        except (OSError, ValidationError) as error:
            first = error.errors(include_input=False)[0] if isinstance(error, ValidationError) else None
            where = ".".join(map(str, first["loc"])) if first else ""
            LOG.warning("worklist %s is not usable: %s %s", self._path.name, where, first and first["msg"])
            return ()
        return tuple(sorted(items, key=lambda item: item.scheduled_at))
