"""PINs typed at consoles: checked beside the loop, against the one person whom the certificate names.

Rules upheld here:
- The console names nobody: a stolen desk can try the PIN of its own person only, five times a minute.
- The register is read in a thread: it and the PIN, slow on purpose, hold up no beat and no stop.
- A PIN goes to the register and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from local_agent.authority.register_file import RegisterUnusable
from local_agent.core import signing
from local_agent.core.desk import Desk
from local_agent.core.effects import CheckPin
from local_agent.core.people import StaffMember
from local_agent.core.screening import person_named
from local_agent.ports import Roster
from local_agent.service import Service
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason

LOG = logging.getLogger("local_agent")


@dataclass(slots=True)
class ConsolePins:
    """Carries out `CheckPin` for the service."""

    service: Service
    roster: Roster

    def __post_init__(self) -> None:
        self.service.check_pin = self.check

    def check(self, desk: Desk, asked: CheckPin) -> None:
        """Check, and tell the desk in a turn of its own."""
        self.service.faults.later(self._check(desk, asked), "check a PIN of a console")

    async def _check(self, desk: Desk, asked: CheckPin) -> None:
        at_s = self.service.clock.boot_s()
        try:
            proof = await asyncio.to_thread(self._proof, asked.sender.name, asked.command.pin, at_s)
        except RegisterUnusable as error:
            LOG.warning("a PIN could not be checked: %s", error)
            proof = finding(Reason.REGISTER_UNUSABLE)
        with self.service.turn(desk) as moment:
            signing.proved(desk, asked.command, asked.sender, proof, moment)

    def _proof(self, name: str, pin: str, at_s: float) -> StaffMember | Finding:
        person = person_named(name, self.roster.members())
        if person is None:
            return finding(Reason.NOT_ON_ROSTER, name=name)
        answer = self.roster.verify_pin(person.staff_id, pin, at_s)
        if answer.member is not None:
            return answer.member
        return (
            finding(Reason.PIN_LOCKED, wait_s=answer.wait_s) if answer.wait_s else finding(Reason.WRONG_PIN)
        )
