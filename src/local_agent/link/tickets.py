"""Tickets that tie a bulk connection to its control connection.

- A ticket is good once, for 10 s, for the certificate it was given to.
- Redeeming it wrongly spends it too: whoever holds a stolen ticket gets one try, and it fails.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from local_agent.ports import Clock

TICKET_LIFE_S = 10.0
MOST_OUTSTANDING = 256


@dataclass(frozen=True, slots=True)
class _Issued:
    link: str
    device: str
    until_s: float


class TicketOffice:
    """Tickets given out and not yet redeemed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, _Issued] = {}

    def issue(self, link: str, device: str) -> str:
        """A new ticket for this control link; the oldest one is forgotten when there are too many."""
        now_s = self._clock.boot_s()
        self._issued = {t: i for t, i in self._issued.items() if i.until_s >= now_s}
        while len(self._issued) >= MOST_OUTSTANDING:
            del self._issued[next(iter(self._issued))]
        ticket = secrets.token_hex(16)
        self._issued[ticket] = _Issued(link, device, now_s + TICKET_LIFE_S)
        return ticket

    def redeem(self, ticket: str, device: str) -> str | None:
        """The control link the ticket was given to; None if it is spent, late or another device's."""
        issued = self._issued.pop(ticket, None)
        if issued is None or issued.device != device or self._clock.boot_s() > issued.until_s:
            return None
        return issued.link

    def forget_link(self, link: str) -> None:
        """The control link is gone, and its tickets with it."""
        self._issued = {t: i for t, i in self._issued.items() if i.link != link}
