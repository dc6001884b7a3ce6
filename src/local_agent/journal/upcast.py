"""Old records read as new ones: each kind's body, raised version by version to the one in use.

- A record is never rewritten: it is raised when it is read.
- An unknown kind, or a version newer than this program, is refused by name: guessing a fact is unsafe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from local_agent.journal.record import Record

Body = dict[str, Any]
Upcaster = Callable[[Body], Body]
"""From a body of version n to the body of version n + 1; pure."""


class UnknownKind(Exception):
    """The journal holds a kind of record that this program does not know."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"The journal holds records of the kind {kind!r}, unknown to this version of local-agent. "
            "Use the version that wrote them, or a later one."
        )
        self.kind = kind


class NewerVersion(Exception):
    """The journal holds a record of a version that this program does not know yet."""

    def __init__(self, kind: str, version: int, known: int) -> None:
        super().__init__(
            f"The journal holds {kind!r} in version {version}; this local-agent knows versions up to "
            f"{known}. Use the version that wrote it, or a later one."
        )
        self.kind = kind
        self.version = version
        self.known = known


class Upcasters:
    """For each kind of record, the steps from version 1 to the version in use."""

    def __init__(self, steps: Mapping[str, Sequence[Upcaster]]) -> None:
        self._steps = MappingProxyType({kind: tuple(upcasters) for kind, upcasters in steps.items()})

    def current_version(self, kind: str) -> int:
        """The version in which new records of this kind are written."""
        if kind not in self._steps:
            raise UnknownKind(kind)
        return len(self._steps[kind]) + 1

    def upcast(self, kind: str, version: int, body: Mapping[str, Any]) -> Body:
        """The body in the version in use. Raises UnknownKind, NewerVersion, or ValueError below 1."""
        known = self.current_version(kind)
        if version > known:
            raise NewerVersion(kind, version, known)
        if version < 1:
            raise ValueError(f"versions begin at 1; {kind!r} says {version}")
        raised = dict(body)
        for step in self._steps[kind][version - 1 :]:
            raised = step(raised)
        return raised

    def body_of(self, record: Record) -> Body:
        """The record's body in the version in use."""
        return self.upcast(record.kind, record.version, record.body)
