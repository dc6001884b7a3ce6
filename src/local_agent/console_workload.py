"""How much a console's device does at this site, and what it says it does at the others.

Rules upheld here:
- A statement of another site counts only if it is signed by a site that the policy knows, is for this device,
  and answers a nonce this agent gave lately; any other is as if it had not come.
- What depends on who holds control is unknown while that console is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local_agent.console_showing import Attendance
from local_agent.core.control_state import ControlState, RemoteControl, SuspendedControl
from local_agent.core.desk import Desk
from local_agent.core.readings import OF_NO_HOLDER, SiteStatement
from local_agent.service import Service
from local_agent.workload import sign_statement, statement_holds
from mr_contract.console_messages import PresentWorkload, WorkloadStatement
from mr_contract.views import ScannerCard
from mr_contract.vocabulary import StartOutcome


@dataclass(frozen=True, slots=True)
class Workload:
    """Who runs what, over all scanners of the site."""

    service: Service
    cards: tuple[ScannerCard, ...]
    statement_key: Ed25519PrivateKey

    def controlled(self, device: str, but: str) -> int:
        """How many other scanners this device controls, may have back by one touch, or asks to control."""
        others = (desk.control for name, desk in self.service.desks.items() if name != but)
        return sum(_concerns(control, device) for control in others)

    def statement(self, device: str, nonce: str) -> WorkloadStatement:
        """This site's signed word on the device, for another site's agent."""
        running = self._running(device)
        return sign_statement(
            self.statement_key,
            site=self.service.site,
            device=device,
            running=len(running),
            where=", ".join(running)[:160],
            nonce=nonce,
        )

    def presented(self, there: Attendance, message: PresentWorkload, given: Mapping[str, float]) -> None:
        """Keep what holds; `given` are the nonces of the last beats and when each was first sent."""
        desk = next(iter(self.service.desks.values()), None)
        peers = dict(desk.policy.peers) if desk else {}
        for statement in message.statements:
            at_s, key = given.get(statement.nonce), peers.get(statement.site)
            if at_s is None or key is None or statement.device != there.holder.device:
                continue
            if statement_holds(statement, key):
                known = SiteStatement(statement.running, statement.where, at_s)
                there.statements[statement.site] = known

    def refresh_holder(self, desk: Desk, links: Mapping[str, Attendance]) -> None:
        """Readings that depend on who holds control: link, statements, own other scanners."""
        operator = desk.control.operator
        there = links.get(operator.holder.link) if isinstance(operator, RemoteControl) else None
        if there is None or there.session.hello is None:
            desk.read(**OF_NO_HOLDER)
            return
        others = tuple(s for s in there.session.hello.sites if s != self.service.site)
        desk.read(
            expected_sites=others,
            statements=dict(there.statements),
            running_here=self._running(there.holder.device, but=desk.scanner),
            holder_link=there.session.quality.view(self.service.clock.boot_s()),
        )

    def _running(self, device: str, but: str = "") -> tuple[str, ...]:
        """Names of the scanners where this device runs, or is about to run, a scan."""
        names = {card.scanner: card.name for card in self.cards}
        return tuple(
            names.get(name, name)
            for name, desk in self.service.desks.items()
            if name != but and _runs(desk, device)
        )


def _runs(desk: Desk, device: str) -> bool:
    """Whether this device runs a scan here, or has a start on its way."""
    facts = desk.facts
    if desk.flight is not None and desk.flight.permit.holder.device == device:
        return True
    start = facts.open_start
    if start is not None and start.device == device and start.outcome is StartOutcome.PENDING:
        return True
    return facts.runs(device)


def _concerns(control: ControlState, device: str) -> bool:
    match control.operator:
        case RemoteControl(holder) | SuspendedControl(RemoteControl(holder)) if holder.device == device:
            return True
    return any(request.operates and request.holder.device == device for request in control.requests)
