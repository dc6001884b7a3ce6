"""What the scanner's sensors show of the patient, in words, and that it is not for monitoring."""

from __future__ import annotations

from mr_contract.vitals import Vitals
from remote_console.core.phrases import Words, p


def vitals_words(vitals: Vitals | None) -> tuple[Words, ...]:
    """One phrase for each value that is read; none without any."""
    if vitals is None:
        return ()
    words: list[Words] = []
    if vitals.heart_rate_per_min is not None:
        words.append(p("heart {rate}/min", rate=str(vitals.heart_rate_per_min)))
    if vitals.respiration_per_min == 0:
        words.append(p("breath held"))
    elif vitals.respiration_per_min is not None:
        words.append(p("breath {rate}/min", rate=str(vitals.respiration_per_min)))
    if vitals.spo2_percent is not None:
        words.append(p("SpO₂ {percent} %", percent=str(vitals.spo2_percent)))
    return (*words, p("not for monitoring")) if words else ()
