"""Receive coils: where their elements are, and how sensitive each is where.

An element's field falls with the distance from it like that of a loop near its axis, and turns its phase with
the direction to it. Elements have equal, uncorrelated noise (pre-whitened). The best combination of fully
sampled elements (Roemer et al., MRM 1990; 16: 192) is m + n / σ with σ = √Σ|s|² and white n: exactly what a
single channel of sensitivity σ gives. So elements are simulated one by one only where lines are left out.

An element that was lost since the coil was calibrated receives noise only, and the reconstruction does not
know: it weighs and normalises by the calibration. The picture is darker by Σ|s|² of what is left, divided by
Σ|s|² of all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simulated_mri.geometry import Points, Vector

if TYPE_CHECKING:  # transforms take memory that whoever only looks at a coil saves
    from simulated_mri.encoding.fourier import Complex, Real

APART_MM = 25.0  # elements nearer than this along a direction see alike along it
FAINTEST = 0.12  # sensitivity below which a picture is not brightened any further


@dataclass(frozen=True, slots=True)
class CoilArray:
    """Elements at places of the patient's own coordinates (the coil lies on the patient); `reach_mm`: size.

    `gain` makes the combined sensitivity about 1 in the middle of the patient. `lost`: numbers of elements
    that receive nothing any more.
    """

    name: str
    elements_mm: tuple[Vector, ...]
    reach_mm: float
    gain: float
    lost: frozenset[int] = frozenset()

    @property
    def calibrated(self) -> CoilArray:
        """As the reconstruction knows it."""
        return replace(self, lost=frozenset())

    def sensitivities(self, points: Points) -> Complex:
        """At `points` (…, 3), shape (elements, …)."""
        seen = np.stack([self._element(np.array(place), points) for place in self.elements_mm])
        seen[sorted(self.lost)] = 0
        return seen

    def combined(self, points: Points) -> Real:
        """√Σ|s|² at `points` (…, 3); with elements lost, what the calibrated weights make of the others."""
        left = (np.abs(self.sensitivities(points)) ** 2).sum(0)
        combined = left / self.calibrated.combined(points) if self.lost else np.sqrt(left)
        return np.asarray(combined, dtype=np.float32)

    def elements_along(self, direction: Vector) -> int:
        """How many different places elements have along a direction of the patient."""
        places = np.sort(np.array(self.elements_mm) @ np.array(direction))
        return 1 + int((np.diff(places) > APART_MM).sum())

    def _element(self, place: Points, points: Points) -> Complex:
        away = points - place
        distance = np.einsum("...i,...i->...", away, away) / self.reach_mm**2
        inward = -place / np.linalg.norm(place)
        depth, aside = away @ inward, away @ (inward[1], -inward[0], 0.0)  # × z
        phase = np.arctan2(aside, np.abs(depth) + 0.6 * self.reach_mm)
        start = np.arctan2(place[1], place[0])
        return np.asarray(self.gain / (1 + distance) ** 1.5 * np.exp(1j * (phase + start)), np.complex64)


def _ring(count: int, radii: tuple[float, float], z_mm: float, first_deg: float) -> tuple[Vector, ...]:
    angles = np.radians(first_deg + np.arange(count) * 360 / count)
    return tuple((float(radii[0] * np.cos(a)), float(radii[1] * np.sin(a)), z_mm) for a in angles)


HEAD_ARRAY = CoilArray(
    "Head", (*_ring(4, (115, 130), 45.0, 45.0), *_ring(4, (115, 130), -35.0, 0.0)), 60.0, 4.67
)
BODY_ARRAY = CoilArray(
    "Body",
    tuple((x, y, z) for z in (-70.0, 70.0) for y in (-150.0, 150.0) for x in (-130.0, 0.0, 130.0)),
    95.0,
    3.9,
)
EVEN_ARRAY = CoilArray("Even", ((0.0, 0.1, 0.0),), 1e6, 1.0)
"""Equally sensitive everywhere: what a subject without a coil of its own is received with."""


def plugged_array(name: str) -> CoilArray | None:
    """The array behind a coil's name, such as "Head 20"; None: a coil that the physics does not know."""
    words = name.lower().split()
    return next((own for own in (HEAD_ARRAY, BODY_ARRAY) if own.name.lower() in words), None)
