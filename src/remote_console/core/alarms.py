"""Alarms over all scanners, highest priority first (IEC 60601-1-8).

- Acknowledging ends the sound, never the display; an alarm of a scanner out of focus names its scanner.
- High flashes at 2 Hz (1.4–2.8), medium at 0.6 Hz (0.4–0.8), low is steady.
"""

from __future__ import annotations

from dataclasses import dataclass

from mr_contract.vocabulary import AlarmPriority
from remote_console.core.fleet import FleetState, ScannerKey
from remote_console.core.fleet_cards import full_name
from remote_console.core.phrases import Phrase, p
from remote_console.core.vocabulary_words import ALARM_WORDS, PRIORITY_WORDS

COLOUR = {AlarmPriority.HIGH: "#ff5a5f", AlarmPriority.MEDIUM: "#ffd60a", AlarmPriority.LOW: "#4cc9f0"}
FLASH_HZ = {AlarmPriority.HIGH: 2.0, AlarmPriority.MEDIUM: 0.6, AlarmPriority.LOW: 0.0}


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm as the bar shows it."""

    key: ScannerKey
    alarm_id: str
    letter: str
    scanner_name: str
    scanner_colour: str
    priority: AlarmPriority
    priority_words: Phrase
    words: Phrase
    state: Phrase
    acknowledged: bool
    flash_hz: float
    elsewhere: bool
    """The scanner is not in focus."""


def alarm_rows(fleet: FleetState) -> tuple[AlarmRow, ...]:
    """Every alarm that is still shown."""
    order = tuple(AlarmPriority)
    rows = [
        AlarmRow(
            s.key, a.alarm_id, s.letter, full_name(s), s.colour, a.priority, PRIORITY_WORDS[a.priority],
            ALARM_WORDS[a.kind], _state(a.acknowledged_by, active=a.active), bool(a.acknowledged_by),
            FLASH_HZ[a.priority] if a.active and not a.acknowledged_by else 0.0,
            s.key != fleet.focus,
        )
        for s in fleet.in_order
        for a in s.alarms
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda r: (order.index(r.priority), r.letter)))


def _state(acknowledged_by: str, *, active: bool) -> Phrase:
    if not active:
        return p("condition over")
    if acknowledged_by:
        return p("ACKNOWLEDGED by {name}", name=acknowledged_by)
    return p("no sound device here")
