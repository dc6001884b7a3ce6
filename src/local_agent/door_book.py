"""Who was turned away at the site's doors, as lines of its journal.

Rules upheld here:
- The first of a door and a reason is written at once; further ones within a minute are one counted line.
- So the lines are bounded by doors and reasons, whoever knocks and however often.
- A line says only what is known for sure: never what was typed, shown or claimed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from local_agent.core.events import DoorRefused
from local_agent.core.knocks import Door, Knock, TurnedAway
from local_agent.core.tally import Tally
from local_agent.service import Service

WITHIN_S = 60.0


@dataclass(slots=True)
class DoorBook:
    """Used on the agent's loop only."""

    service: Service
    _tally: Tally[tuple[Door, TurnedAway], Knock] = field(default_factory=lambda: Tally(WITHIN_S))

    def turned_away(self, knock: Knock) -> None:
        """Write or count one who was turned away."""
        if self._tally.is_first((knock.door, knock.why), knock, self.service.clock.boot_s()):
            self._write(knock, 1)

    def beat(self) -> None:
        """Called four times a second: write counts whose minute is over."""
        for knock, count in self._tally.due(self.service.clock.boot_s()):
            self._write(knock, count)

    def end(self) -> None:
        """Write every count; before the service ends."""
        for knock, count in self._tally.all():
            self._write(knock, count)

    def _write(self, knock: Knock, count: int) -> None:
        refused = DoorRefused(
            by=knock.by[:160], door=knock.door, why=knock.why, where=knock.where[:64], count=count
        )
        self.service.record_of_site(refused)
