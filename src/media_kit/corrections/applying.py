"""Applying the corrections to this process."""

from __future__ import annotations

from collections.abc import Collection
from importlib.metadata import version
from types import TracebackType
from typing import Self

from media_kit.corrections.catalogue import ALL, Correction
from media_kit.corrections.changes import Changes
from media_kit.corrections.ice import Reach

CORRECTED = {"aiortc": "1.16.0", "aioice": "0.13.0"}


class WrongVersion(Exception):
    """A library is not the one that was corrected; the words say which is needed."""


class Corrections:
    """Corrections in force. As a context manager they end with it; connections made before keep them."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def undo(self) -> None:
        """Connections made from now on are aiortc's own."""
        self._changes.undo()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.undo()


def correct(reach: Reach | None = None, *, only: Collection[Correction] = ALL) -> Corrections:
    """Correct aiortc in this process; connections made before stay as they are.

    Raises WrongVersion when aiortc or aioice is another version than the one this was written for.
    """
    check_versions({name: version(name) for name in CORRECTED})
    changes = Changes(reach or Reach())
    for correction in only:
        correction(changes)
    changes.apply()
    return Corrections(changes)


def check_versions(installed: dict[str, str]) -> None:
    """Raises WrongVersion unless every library is exactly the one that was corrected."""
    for name, needed in CORRECTED.items():
        if installed.get(name) != needed:
            raise WrongVersion(
                f"{name} {installed.get(name, 'is missing')}: media_kit corrects private parts of {name} "
                f"{needed} and works with no other; install {name}=={needed} (uv sync --locked)"
            )
