"""How often one device may disturb the local operator: with requests for control, with notes.

Rules upheld here:
- So many of a device at once; then one more each so many seconds, however they ended.
- Only a request that the local operator was shown counts: refused ones disturb nobody.
- Reconnecting, withdrawing, taking back and a new exam give nothing back; time does.
- One device never uses up what another may ask.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

AT_ONCE = 8
AGAIN_AFTER_S = 15.0
"""Of requests for control."""
NOTES_AT_ONCE = 20
NOTES_AGAIN_AFTER_S = 3.0


@dataclass(frozen=True, slots=True)
class Asks:
    """By device, when everything it asked for is forgotten; devices that owe nothing are not kept."""

    forgotten_at_s: tuple[tuple[str, float], ...] = ()
    at_once: int = AT_ONCE
    again_after_s: float = AGAIN_AFTER_S

    def wait_s(self, device: str, at_s: float) -> float:
        """How long until this device may ask again; 0 if it may now."""
        owed_s = max(0.0, dict(self.forgotten_at_s).get(device, at_s) - at_s)
        return max(0.0, owed_s - (self.at_once - 1) * self.again_after_s)

    def asked(self, device: str, at_s: float) -> Asks:
        """After one more request of this device."""
        kept = {known: until_s for known, until_s in self.forgotten_at_s if until_s > at_s}
        kept[device] = kept.get(device, at_s) + self.again_after_s
        return replace(self, forgotten_at_s=tuple(kept.items()))


NEVER_ASKED = Asks()
NO_NOTES = Asks(at_once=NOTES_AT_ONCE, again_after_s=NOTES_AGAIN_AFTER_S)
