"""Commands whose answer has not come yet.

- An answer names its command; what nobody waits for any more is nobody's answer.
- A `pending` start is not an answer yet.
- When the link is lost every outstanding command is without answer: none is sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import BaseModel

from mr_contract.console_messages import Outcome
from mr_contract.vocabulary import StartOutcome
from remote_console.link.errors import NoAnswer


@dataclass(slots=True)
class Expectation:
    """One command that waits for an answer of one kind, or for a refusal."""

    answer: asyncio.Future[BaseModel]
    kind: type[BaseModel]
    pending: bool = False


class Outstanding:
    """Used on the client's loop only."""

    def __init__(self) -> None:
        self._waiting: dict[str, Expectation] = {}

    @contextmanager
    def expect(self, command_id: str, kind: type[BaseModel]) -> Iterator[Expectation]:
        """Wait for `kind` (or a refusing outcome) naming this command."""
        expectation = Expectation(asyncio.get_running_loop().create_future(), kind)
        self._waiting[command_id] = expectation
        try:
            yield expectation
        finally:
            del self._waiting[command_id]
            expectation.answer.cancel()

    def deliver(self, message: BaseModel) -> None:
        """Hand an answer to whoever waits for it."""
        expectation = self._waiting.get(getattr(message, "command_id", ""))
        if expectation is None or expectation.answer.done():
            return
        if isinstance(message, Outcome) and message.start is StartOutcome.PENDING:
            expectation.pending = True
            return
        refused = isinstance(message, Outcome) and not message.accepted
        if refused or isinstance(message, expectation.kind):
            expectation.answer.set_result(message)

    def abandon(self, why: str) -> None:
        """The link is lost."""
        for command_id, expectation in self._waiting.items():
            if not expectation.answer.done():
                error = NoAnswer(command_id, why, pending=expectation.pending)
                expectation.answer.set_exception(error)
                expectation.answer.exception()  # seen, even if its waiter is cancelled
