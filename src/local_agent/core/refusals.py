"""Refused commands, so that each is journalled: which command, whose, and every reason.

Rules upheld here:
- A command is taken up once it was read, and let go with its answer, also one that waited for the scanner.
- Its refusal is recorded once: asking again with the same id adds no line.
- The same sender refused the same command for the same reasons within 10 s is counted, as one further line.
- A question (`try_edit`) is not taken up, nor what has records of its own: starts and stops.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from local_agent.core.events import CommandRefused
from local_agent.core.tally import Tally
from mr_contract.findings import Finding
from mr_contract.reasons import Reason

WITHIN_S = 10.0
KEPT = 512
"""Commands without an answer, and refusals remembered by their id: as many as answers are kept."""

Kind = tuple[str, str, str, frozenset[Reason]]


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A command that was read and has no answer yet."""

    kind: str
    command_id: str
    by: str
    sender: str
    """A console's device, or the tablet."""
    at_s: float
    claimed: str = ""
    """Whom the sender said to be, without proof."""


@dataclass(slots=True)
class RefusalBook:
    """What one desk was asked and has not answered, and what it refused lately."""

    _open: OrderedDict[tuple[str, str], TakenUp] = field(default_factory=OrderedDict)
    _recorded: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)
    _tally: Tally[Kind, CommandRefused] = field(default_factory=lambda: Tally(WITHIN_S))

    def take_up(self, link: str, command: TakenUp) -> None:
        """This command was read; `answered` follows."""
        self._open[link, command.command_id] = command
        while len(self._open) > KEPT:
            self._open.popitem(last=False)

    def answered(
        self, link: str, command_id: str, findings: tuple[Finding, ...], *, recordable: bool
    ) -> CommandRefused | None:
        """The line to write now, if the answer is a refusal that none was written for."""
        command = self._open.pop((link, command_id), None)
        if command is None or not findings or not recordable:
            return None
        if self._is_recorded(command):
            return None
        refused = CommandRefused(
            by=command.by,
            command=command.kind,
            command_id=command_id,
            findings=findings,
            claimed=command.claimed,
        )
        reasons = frozenset(f.reason for f in findings)
        kind = (command.sender, command.kind, command.claimed, reasons)
        return refused if self._tally.is_first(kind, refused, command.at_s) else None

    def due(self, at_s: float) -> tuple[CommandRefused, ...]:
        """Lines for repetitions whose ten seconds are over."""
        return tuple(_counted(refused, count) for refused, count in self._tally.due(at_s))

    def all(self) -> tuple[CommandRefused, ...]:
        """Lines for every repetition not written yet: the agent ends."""
        return tuple(_counted(refused, count) for refused, count in self._tally.all())

    def _is_recorded(self, command: TakenUp) -> bool:
        """Whether this very command was refused before; it is from now on."""
        key = (command.sender, command.command_id)
        known = key in self._recorded
        self._recorded[key] = None
        while len(self._recorded) > KEPT:
            self._recorded.popitem(last=False)
        return known


def _counted(refused: CommandRefused, count: int) -> CommandRefused:
    return refused.model_copy(update={"count": count})
