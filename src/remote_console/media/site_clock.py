"""The site's clock as this desk knows it: asked over the control link, so that capture times become ages.

- The site reads its clock somewhere between question and answer: half of their distance is the doubt.
- The question with the shortest way is believed, for a minute; its doubt grows, as two clocks drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mr_contract.media_messages import AskTime, TimeTold

if TYPE_CHECKING:
    from media_kit import ClockOffset

ASK_EVERY_S = 2.0
BELIEVED_S = 60.0
DRIFT = 1e-4
"""How far two clocks may drift apart, in seconds per second; crystals are five times better."""
MOST_UNANSWERED = 8


@dataclass(frozen=True, slots=True)
class SiteClock:
    """What was asked and answered on one control link. A new link begins with a new one."""

    asked: tuple[tuple[int, float], ...] = ()
    answered: tuple[tuple[float, ClockOffset], ...] = ()
    _number: int = field(default=0)

    def ask(self, now_s: float) -> tuple[SiteClock, AskTime]:
        """The next question, to be sent at once."""
        asked = (*self.asked, (self._number, now_s))[-MOST_UNANSWERED:]
        return replace(self, asked=asked, _number=self._number + 1), AskTime(number=self._number)

    def told(self, answer: TimeTold, now_s: float) -> SiteClock:
        """An answer; one to nothing that was asked changes nothing."""
        from media_kit import ClockOffset  # loaded when pictures are first wanted

        asked_s = next((at_s for number, at_s in self.asked if number == answer.number), None)
        if asked_s is None:
            return self
        rest = tuple(question for question in self.asked if question[0] != answer.number)
        recent = tuple(known for known in self.answered if now_s - known[0] < BELIEVED_S)
        offset = ClockOffset.from_echo(asked_s, answer.boot_s, now_s)
        return replace(self, asked=rest, answered=(*recent, (now_s, offset)))

    def offset(self, now_s: float) -> ClockOffset | None:
        """The best that is known; None before the first answer, or after a minute without one."""
        grown = [
            replace(offset, within_s=offset.within_s + DRIFT * (now_s - at_s))
            for at_s, offset in self.answered
            if now_s - at_s < BELIEVED_S
        ]
        return min(grown, key=lambda offset: offset.within_s, default=None)
