"""Solids of the simulated room, seen by a camera: metres in, pixels out. Pure.

Axes: x to the right of who stands at the foot end, y up, z into the bore; the bore's front is at z = 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float, float]
Colour = tuple[int, int, int]
Pixels = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Face:
    """A flat piece of a surface, its corners anticlockwise for who sees its outside."""

    corners: tuple[Point, ...]
    colour: Colour


@dataclass(frozen=True, slots=True)
class Ellipse:
    """A cross-section at one z, for `loft`."""

    z: float
    x: float
    y: float
    width: float
    height: float


class View:
    """A camera. `focal_px` is how large one metre looks at one metre."""

    def __init__(self, eye: Point, target: Point, focal_px: float, centre_px: tuple[float, float]) -> None:
        self.eye = eye
        self._ahead = _unit(_minus(target, eye))
        self._right = _unit(_cross((0.0, 1.0, 0.0), self._ahead))
        self._up = _cross(self._ahead, self._right)
        self._focal_px, self._centre_px = focal_px, centre_px

    def pixel(self, point: Point) -> tuple[float, float]:
        """Where it is in the picture."""
        away = _minus(point, self.eye)
        scale = self._focal_px / max(0.05, _dot(away, self._ahead))
        return (
            self._centre_px[0] + _dot(away, self._right) * scale,
            self._centre_px[1] - _dot(away, self._up) * scale,
        )

    def pixels(self, points: Iterable[Point]) -> Pixels:
        """The same of several."""
        return [self.pixel(point) for point in points]

    def sees(self, face: Face) -> bool:
        """Whether its outside is turned to the camera."""
        return _dot(normal(face), _minus(self.eye, face.corners[0])) > 0.0

    def far_to_near(self, faces: Iterable[Face]) -> list[Face]:
        """In the order they are to be painted."""
        return sorted(faces, key=lambda face: -_distance(self.eye, face))


def normal(face: Face) -> Point:
    """The direction a face looks to, of length 1."""
    a, b, c = face.corners[:3]
    return _unit(_cross(_minus(b, a), _minus(c, a)))


def shaded(face: Face, light: Point, least: float = 0.55) -> Colour:
    """Its colour under a lamp far away in the direction `light` (of length 1)."""
    bright = least + (1.0 - least) * max(0.0, _dot(normal(face), light))
    return tinted(face.colour, bright)


def tinted(colour: Colour, bright: float) -> Colour:
    """A colour made darker or lighter."""
    red, green, blue = (min(255, max(0, round(part * bright))) for part in colour)
    return red, green, blue


def box(low: Point, high: Point, colour: Colour, pieces: int = 1) -> list[Face]:
    """A box, its long sides cut into pieces along z."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    faces = [
        Face(((x0, y0, z0), (x0, y1, z0), (x1, y1, z0), (x1, y0, z0)), colour),
        Face(((x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)), colour),
    ]
    for number in range(pieces):
        a = z0 + (z1 - z0) * number / pieces
        b = z0 + (z1 - z0) * (number + 1) / pieces
        faces += [
            Face(((x0, y1, a), (x0, y1, b), (x1, y1, b), (x1, y1, a)), colour),
            Face(((x0, y0, a), (x1, y0, a), (x1, y0, b), (x0, y0, b)), colour),
            Face(((x0, y0, a), (x0, y0, b), (x0, y1, b), (x0, y1, a)), colour),
            Face(((x1, y0, a), (x1, y1, a), (x1, y1, b), (x1, y0, b)), colour),
        ]
    return faces


def loft(sections: Sequence[Ellipse], colour: Colour, around: int = 12, from_deg: float = 0.0) -> list[Face]:
    """A skin over cross-sections of rising z, from `from_deg` to 180° − `from_deg`: the upper half, at 0."""
    begin, end = math.radians(from_deg), math.radians(180.0 - from_deg)
    angles = [begin + (end - begin) * number / around for number in range(around + 1)]
    rings = [[_on(section, angle) for angle in angles] for section in sections]
    return [
        Face((near[i], near[i + 1], far[i + 1], far[i]), colour)
        for near, far in pairwise(rings)
        for i in range(around)
    ]


def ring(z: float, y: float, radius: float, around: int = 48) -> list[Point]:
    """A circle about the bore's axis."""
    turn = [2 * math.pi * number / around for number in range(around)]
    return [(radius * math.cos(angle), y + radius * math.sin(angle), z) for angle in turn]


def _on(section: Ellipse, angle: float) -> Point:
    return (
        section.x + section.width * math.cos(angle),
        section.y + section.height * math.sin(angle),
        section.z,
    )


def _distance(eye: Point, face: Face) -> float:
    count = len(face.corners)
    x, y, z = (sum(corner[axis] for corner in face.corners) / count for axis in range(3))
    return math.dist(eye, (x, y, z))


def _minus(a: Point, b: Point) -> Point:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _dot(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Point, b: Point) -> Point:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _unit(a: Point) -> Point:
    length = math.sqrt(_dot(a, a)) or 1.0
    return a[0] / length, a[1] / length, a[2] / length
