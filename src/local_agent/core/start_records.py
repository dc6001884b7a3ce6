"""What became of each start, remembered under its command id: within a stated bound.

Rules upheld here:
- The same command again gets its record, so that it never starts a second scan.
- The newest `PASSED_KEPT` starts that passed the gate are kept, whatever is refused meanwhile: a flood of
  refusals pushes out none of them.
- The newest `REFUSED_KEPT` refusals are kept. One that is forgotten never ran, and is judged anew.
- The start whose outcome is not known is the newest that passed, since it blocks every other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from mr_contract.findings import Finding
from mr_contract.vocabulary import StartOutcome

PASSED_KEPT = 256
"""An exam has at most 64 steps; and so many pass the gate in no second, which is as old as a beat may be."""
REFUSED_KEPT = 512
"""More than one link may send in a second."""


@dataclass(frozen=True, slots=True)
class StartRecord:
    """One start command and its outcome."""

    command_id: str
    content: str
    device: str
    step_id: str
    outcome: StartOutcome | None
    """None: it was refused."""
    acquisition_id: str | None = None
    findings: tuple[Finding, ...] = ()


_Records = MappingProxyType[str, StartRecord]


@dataclass(frozen=True, slots=True)
class StartRecords(Mapping[str, StartRecord]):
    """Starts by command id, each kind oldest first."""

    passed: _Records = field(default_factory=lambda: MappingProxyType({}))
    refused: _Records = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, command_id: str) -> StartRecord:
        record = self.passed.get(command_id) or self.refused.get(command_id)
        if record is None:
            raise KeyError(command_id)
        return record

    def __iter__(self) -> Iterator[str]:
        yield from self.passed
        yield from (command_id for command_id in self.refused if command_id not in self.passed)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def noted(self, record: StartRecord) -> StartRecords:
        """These and this one; the oldest of its kind goes if there are too many."""
        if record.outcome is None:
            return StartRecords(self.passed, _noted(self.refused, record, REFUSED_KEPT))
        return StartRecords(_noted(self.passed, record, PASSED_KEPT), self.refused)


def _noted(records: _Records, record: StartRecord, most: int) -> _Records:
    later = records | {record.command_id: record}
    if len(later) > most:
        del later[next(iter(later))]
    return MappingProxyType(later)
