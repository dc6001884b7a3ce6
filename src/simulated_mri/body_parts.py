"""Which parts of the body lie in the transmit coil, from the mark that the table brings to the isocentre.

Masses as shares of the body's: Plagenhoef et al., Res Q Exerc Sport 1983; 54: 169 (men). Lengths as shares of
the height follow Drillis and Contini as Winter's Biomechanics gives them, with the neck's lower end between
chin and shoulders: assumed, not verified. Which side goes in first, and how the patient is turned, changes
nothing: the mark is what lies in the middle of the coil.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

COIL_LENGTH_CM = 45.0
"""Of the body coil, which transmits whichever coil receives."""

ADULT_CM, HEAD_CENTRE_CM = 175.0, 11.3
"""The height for which marks are given, and how far its head's centre lies below the crown."""

BELOW_HEAD_CENTRE_MM: Mapping[str, float] = MappingProxyType(
    {"nasion": 0.0, "chin": 100.0, "sternum": 300.0, "iliac_crest": 700.0, "knee": 1150.0}
)
MARKS = tuple(BELOW_HEAD_CENTRE_MM)

Part = Literal["head", "trunk", "arms", "thighs", "shanks"]


@dataclass(frozen=True, slots=True)
class _Reach:
    """From and to, as shares of the height below the crown; `mass` as a share of the body's."""

    top: float
    bottom: float
    mass: float


_REACH: Mapping[Part, _Reach] = MappingProxyType(
    {
        "head": _Reach(0.0, 0.15, 0.0826),
        "trunk": _Reach(0.15, 0.47, 0.4684),
        "arms": _Reach(0.18, 0.62, 0.1154),
        "thighs": _Reach(0.47, 0.715, 0.21),
        "shanks": _Reach(0.715, 1.0, 0.1236),
    }
)


def in_coil(mark: str, height_cm: float) -> Mapping[Part, float]:
    """The share of each part that lies in the coil with `mark` at the isocentre."""
    centre = (HEAD_CENTRE_CM + BELOW_HEAD_CENTRE_MM[mark] / 10) / ADULT_CM
    half = COIL_LENGTH_CM / height_cm / 2

    def share(reach: _Reach) -> float:
        inside = min(reach.bottom, centre + half) - max(reach.top, centre - half)
        return max(inside, 0.0) / (reach.bottom - reach.top)

    return {part: share(reach) for part, reach in _REACH.items()}


def mass_share(inside: Mapping[Part, float]) -> float:
    """Mass in the coil over total mass: r of the partial-body limit."""
    return sum(share * _REACH[part].mass for part, share in inside.items())
