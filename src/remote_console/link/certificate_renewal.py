"""Renews the certificate over the link when less than 30 of its 90 days are left."""

from __future__ import annotations

import asyncio
from typing import Protocol, TypeVar

from pydantic import BaseModel

from mr_contract.console_messages import CertificateRenewed, Outcome, RenewCertificate
from remote_console.link.command_ids import new_command_id
from remote_console.link.errors import LinkError, Refused
from remote_console.link.link_events import Happening, RenewalFailed, Tuning

_Answer = TypeVar("_Answer", bound=BaseModel)


class RenewingLink(Protocol):
    """What renewal needs of a link."""

    @property
    def tuning(self) -> Tuning: ...

    def renewal_due(self) -> bool: ...

    def request_certificate(self) -> str: ...

    def keep_certificate(self, certificate_pem: str) -> None: ...

    def emit(self, scanner: str | None, what: Happening) -> None: ...

    async def ask(
        self, message: BaseModel, command_id: str, kind: type[_Answer], limit_s: float
    ) -> _Answer | Outcome: ...


async def keep_renewed(link: RenewingLink) -> None:
    """Until cancelled; a failure is told, and tried again at the next look."""
    while True:
        if link.renewal_due():
            try:
                await _renew(link)
            except (LinkError, OSError) as error:
                link.emit(None, RenewalFailed(str(error)))
        await asyncio.sleep(link.tuning.renewal_pause_s)


async def _renew(link: RenewingLink) -> None:
    csr_pem = await asyncio.to_thread(link.request_certificate)
    request = RenewCertificate(command_id=new_command_id(), csr_pem=csr_pem)
    answer = await link.ask(request, request.command_id, CertificateRenewed, link.tuning.command_s)
    if isinstance(answer, Outcome):
        raise Refused(answer.findings)
    await asyncio.to_thread(link.keep_certificate, answer.certificate_pem)
    link.emit(None, answer)
