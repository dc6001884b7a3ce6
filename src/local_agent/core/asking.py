"""How often one device may have the local operator asked for control.

Rules upheld here:
- So many requests of a device at once (`AT_ONCE`); then one more each `AGAIN_AFTER_S`, however they ended.
- Only a request that the local operator was shown counts: refused ones disturb nobody.
- Reconnecting, withdrawing, taking back and a new exam give nothing back; time does.
- One device never uses up what another may ask.
"""

from __future__ import annotations

from dataclasses import dataclass

AT_ONCE = 8
AGAIN_AFTER_S = 15.0


@dataclass(frozen=True, slots=True)
class Asks:
    """By device, when everything it asked for is forgotten; devices that owe nothing are not kept."""

    forgotten_at_s: tuple[tuple[str, float], ...] = ()

    def wait_s(self, device: str, at_s: float) -> float:
        """How long until this device may ask again; 0 if it may now."""
        owed_s = max(0.0, dict(self.forgotten_at_s).get(device, at_s) - at_s)
        return max(0.0, owed_s - (AT_ONCE - 1) * AGAIN_AFTER_S)

    def asked(self, device: str, at_s: float) -> Asks:
        """After one more request of this device."""
        kept = {known: until_s for known, until_s in self.forgotten_at_s if until_s > at_s}
        kept[device] = kept.get(device, at_s) + AGAIN_AFTER_S
        return Asks(tuple(kept.items()))


NEVER_ASKED = Asks()
