"""Commands that were answered: the same one again gets its answer again and is not carried out twice.

Starts have a memory of their own, folded from the journal; this one is short and lives with the agent. It
is there for a console that asks again because it did not hear the answer.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from mr_contract.console_messages import Outcome

KEPT = 512


@dataclass(slots=True)
class AnsweredCommands:
    """The newest commands by sender and id: digest of their content, and their outcome once there is one."""

    _content: OrderedDict[tuple[str, str], str] = field(default_factory=OrderedDict)
    _outcomes: dict[str, Outcome] = field(default_factory=dict)

    def is_new(self, device: str, command_id: str, content: str) -> bool | None:
        """True: carry it out. False: it was seen. None: it was seen with another content."""
        before = self._content.get((device, command_id))
        if before is not None:
            return False if before == content else None
        self._content[device, command_id] = content
        while len(self._content) > KEPT:
            (_, oldest), _ = self._content.popitem(last=False)
            self._outcomes.pop(oldest, None)
        return True

    def answered(self, outcome: Outcome) -> None:
        """A command was answered."""
        self._outcomes[outcome.command_id] = outcome
        while len(self._outcomes) > KEPT:
            del self._outcomes[next(iter(self._outcomes))]

    def outcome(self, command_id: str) -> Outcome | None:
        """Its answer; None while it is under way."""
        return self._outcomes.get(command_id)
