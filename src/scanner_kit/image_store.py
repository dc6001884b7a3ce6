"""Finished series waiting until an agent has stored them: in memory, or in a spool that outlives it."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from mr_contract.model import Identifier
from scanner_kit.model import FinishedSeries

_LOGGER = logging.getLogger(__name__)
_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)
_ABOUT = "series.json"


class WaitingSeries(Protocol):
    """One series that waits."""

    @property
    def series_id(self) -> str: ...

    @property
    def exam_id(self) -> str: ...

    @property
    def count(self) -> int: ...

    def instance(self, index: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _InMemory:
    series: FinishedSeries

    @property
    def series_id(self) -> str:
        return self.series.series_id

    @property
    def exam_id(self) -> str:
        return self.series.exam_id

    @property
    def count(self) -> int:
        return len(self.series.instances)

    def instance(self, index: int) -> bytes:
        return self.series.instances[index]


@dataclass(frozen=True, slots=True)
class _OnDisk:
    directory: Path
    series_id: str
    exam_id: str
    count: int

    def file(self, index: int) -> Path:
        return self.directory / f"{index:05d}.dcm"

    def instance(self, index: int) -> bytes:
        return self.file(index).read_bytes()


class ImageStore:
    """Series in the order in which they were finished. With `spool` they survive the process."""

    def __init__(self, spool: Path | None = None) -> None:
        self._spool = spool
        self._waiting: dict[str, WaitingSeries] = {}
        self._writing: set[asyncio.Task[None]] = set()
        if spool is not None:
            spool.mkdir(mode=0o700, parents=True, exist_ok=True)
            for directory in sorted(spool.iterdir(), key=lambda path: path.stat().st_mtime_ns):
                self._take_back(directory)

    @property
    def waiting(self) -> tuple[WaitingSeries, ...]:
        return tuple(self._waiting.values())

    def add(self, series: FinishedSeries) -> None:
        """Keep a series in memory at once, and soon on the spool instead."""
        self._waiting[series.series_id] = _InMemory(series)
        if self._spool is not None:
            self._in_background(self._move_to_spool(self._spool, series))

    def remove(self, series_id: str) -> bool:
        """Forget a series that an agent stored; False if none waits under this name."""
        series = self._waiting.pop(series_id, None)
        if isinstance(series, _OnDisk):
            self._in_background(_delete(series))
        return series is not None

    async def settle(self) -> None:
        """Wait until what is being written is written."""
        await asyncio.gather(*self._writing)

    async def _move_to_spool(self, spool: Path, series: FinishedSeries) -> None:
        """Where the spool cannot be written, the series stays in memory, with a line in the log."""
        try:
            on_disk = await asyncio.to_thread(_write, spool, series)
        except OSError as error:
            _LOGGER.warning("spool cannot be written (%s): series kept in memory only", error.strerror)
            return
        if series.series_id in self._waiting:
            self._waiting[series.series_id] = on_disk
        else:  # stored by the agent meanwhile
            await _delete(on_disk)

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        """Files are written and deleted in threads: a stop does not wait for a disk."""
        task = asyncio.create_task(work)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    def _take_back(self, directory: Path) -> None:
        """What lacks a file was not written to the end, or deleted in part, and cannot be sent."""
        try:
            about = json.loads((directory / _ABOUT).read_bytes())
            series = _OnDisk(
                directory,
                _IDENTIFIER.validate_python(about["series_id"]),
                _IDENTIFIER.validate_python(about["exam_id"]),
                int(about["count"]),
            )
            if not all(series.file(index).is_file() for index in range(series.count)):
                raise ValueError("an instance is missing")
        except (OSError, ValueError, KeyError, TypeError, ValidationError):
            _LOGGER.warning("spool: an unfinished series was left out")
            return
        self._waiting[series.series_id] = series


async def _delete(series: _OnDisk) -> None:
    await asyncio.to_thread(shutil.rmtree, series.directory, ignore_errors=True)


def _write(spool: Path, series: FinishedSeries) -> _OnDisk:
    directory = spool / series.series_id
    directory.mkdir(mode=0o700, exist_ok=True)
    for index, instance in enumerate(series.instances):
        (directory / f"{index:05d}.dcm").write_bytes(instance)
    count = len(series.instances)
    about = {"series_id": series.series_id, "exam_id": series.exam_id, "count": count}
    (directory / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
    return _OnDisk(directory, series.series_id, series.exam_id, count)
