"""How a patient breathes and blinks. Pure; the same at the same moment in every picture."""

from __future__ import annotations

import math

BREATH_S = 4.2
BLINK_EVERY_S, BLINK_S = 5.3, 0.16


def breath(now_s: float) -> float:
    """How far the chest is raised, 0 to 1: in faster than out."""
    at = now_s % BREATH_S / BREATH_S
    turn = at / 0.4 if at < 0.4 else 1.0 + (at - 0.4) / 0.6
    return (1.0 - math.cos(math.pi * turn)) / 2


def eyes_shut(now_s: float) -> bool:
    """A blink every few seconds."""
    return now_s % BLINK_EVERY_S < BLINK_S
