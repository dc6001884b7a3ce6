"""The agent of one site, for a window or a script: the link, and the commands on it.

- A command is sent once and answered by its outcome; without a link it raises.
- A stop not acknowledged within 1 s was not delivered, says so with the site's number, and is not
  tried again.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel

from mr_contract.console_messages import (
    BulkTicket,
    ConsoleCommand,
    EditTried,
    OpenBulk,
    Outcome,
    ReportWrong,
    StartStep,
    StopScan,
    TryEdit,
)
from mr_contract.media_messages import MediaOffered, OpenMedia
from mr_contract.vocabulary import ScannerMode
from remote_console.link.agent_link import AgentLink
from remote_console.link.command_ids import new_command_id
from remote_console.link.errors import NoAnswer, NotConnected, Refused, StopNotDelivered, UnprotectedKey

_Answer = TypeVar("_Answer", bound=BaseModel)


class AgentClient(AgentLink):
    """One site's agent; used on the loop it was entered on."""

    async def command(self, message: ConsoleCommand) -> Outcome:
        """Send a command and return the agent's outcome: accepted, or all reasons why not.

        Raises:
            NotConnected: there is no link; it was not sent.
            NoAnswer: it was sent, and what became of it is not known.
            UnprotectedKey: the scanner is not a DEMO one and the key is kept without protection.
        """
        limit_s = self._tuning.start_s if isinstance(message, StartStep) else self._tuning.command_s
        return await self._ask_of_scanner(message, Outcome, limit_s)

    async def try_edit(self, message: TryEdit) -> EditTried | Outcome:
        """What an edit would do, or the outcome that refuses it. Raises as `command`."""
        return await self._ask_of_scanner(message, EditTried, self._tuning.command_s)

    async def stop(self, scanner: str) -> Outcome:
        """Stop the scanner, whoever operates it.

        Raises:
            StopNotDelivered: no acknowledgement within 1 s. Call the site.
        """
        message = StopScan(command_id=new_command_id(), scanner=scanner)
        try:
            answer = await self.ask(message, message.command_id, Outcome, self._tuning.stop_s)
        except (NotConnected, NoAnswer):
            known = self._view.scanners.get(scanner)
            raise StopNotDelivered(scanner, known.card.site_phone if known else "") from None
        return answer

    async def bulk_ticket(self) -> str:
        """A ticket for a bulk connection: good once, for 10 s.

        Raises:
            Refused: the agent gives none; besides what `command` raises.
        """
        request = OpenBulk(command_id=new_command_id())
        answer = await self.ask(request, request.command_id, BulkTicket, self._tuning.command_s)
        if isinstance(answer, Outcome):
            raise Refused(answer.findings)
        return answer.ticket

    async def open_media(self, scanner: str) -> MediaOffered:
        """An offer for the pictures and the sound of a scanner.

        Raises:
            Refused: the agent makes none; besides what `command` raises.
        """
        request = OpenMedia(command_id=new_command_id(), scanner=scanner)
        answer = await self._ask_of_scanner(request, MediaOffered, self._tuning.command_s)
        if isinstance(answer, Outcome):
            raise Refused(answer.findings)
        return answer

    async def _ask_of_scanner(
        self, message: ConsoleCommand | OpenMedia, kind: type[_Answer], limit_s: float
    ) -> _Answer | Outcome:
        if isinstance(message, StopScan | ReportWrong):
            limit_s = self._tuning.stop_s
        elif self._store.is_unprotected:
            self._refuse_unless_demo(message.scanner)
        return await self.ask(message, message.command_id, kind, limit_s)

    def _refuse_unless_demo(self, scanner: str) -> None:
        view = self._view.scanners.get(scanner)
        if view is None or view.status is None or view.status.mode is not ScannerMode.DEMO:
            raise UnprotectedKey(scanner)
