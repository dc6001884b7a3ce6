"""Slice groups seen in a plane: pure geometry in LPS millimetres.

A group is a box: its slices stacked along the normal. A plane shows the cut of that box; dragging it in
the plane moves the centre by the same millimetres, turning it turns the directions about the plane's normal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mr_contract.geometry import SliceGroup
from mr_contract.model import ParameterValue
from remote_console.core.images import SliceImage, Vector

Vec = NDArray[np.float64]
_EPSILON = 1e-6
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Extent:
    """Size of a group's box in mm, and how many slices it has."""

    row_mm: float
    column_mm: float
    count: int
    spacing_mm: float
    thickness_mm: float

    @property
    def depth_mm(self) -> float:
        """From the outer face of the first slice to that of the last."""
        return (self.count - 1) * self.spacing_mm + self.thickness_mm


@dataclass(frozen=True, slots=True)
class Cut:
    """What a plane shows of a group, in mm from the first pixel along columns (x) and rows (y)."""

    outline: tuple[Point, ...]
    slices: tuple[tuple[Point, Point], ...]
    handles: tuple[Point, ...]
    centre: Point
    in_plane: bool
    """Whether the box is really cut; otherwise its outline is projected onto the plane."""


def extent(values: Mapping[str, ParameterValue], groups: int) -> Extent | None:
    """The box that these parameters make; None where the step has no such parameters."""
    read, percent = _number(values, "fov_read_mm"), _number(values, "phase_fov_percent", 100.0)
    count, thickness = _number(values, "slice_count", 1.0), _number(values, "slice_thickness_mm")
    if read is None or thickness is None or percent is None or count is None:
        return None
    spacing = _number(values, "slice_spacing_mm", thickness) or thickness
    phase = read * percent / 100.0
    along_row, along_column = (phase, read) if values.get("phase_encoding") == "ROW" else (read, phase)
    return Extent(along_row, along_column, max(1, round(count / max(1, groups))), spacing, thickness)


def _number(values: Mapping[str, ParameterValue], key: str, default: float | None = None) -> float | None:
    value = values.get(key, default)
    return float(value) if isinstance(value, (int, float)) else default


def cut(group: SliceGroup, size: Extent, plane: SliceImage) -> Cut:
    """The group as this plane shows it."""
    corners = _corners(group, size)
    origin, axes = np.array(plane.position_mm), (np.array(plane.row), np.array(plane.column))
    normal = np.array(plane.normal)
    outline = _polygon(corners, origin, normal)
    in_plane = len(outline) >= 3
    if not in_plane:
        outline = list(corners)
    flat = _hull([_flat(point, origin, axes) for point in outline])
    centre = _flat(np.array(group.centre_mm), origin, axes)
    lines = _slice_lines(group, size, plane) if in_plane else ()
    return Cut(tuple(flat), lines, _edge_middles(flat), centre, in_plane)


def _directions(group: SliceGroup) -> tuple[Vec, Vec, Vec]:
    return np.array(group.row), np.array(group.column), np.array(group.normal)


def _corners(group: SliceGroup, size: Extent) -> list[Vec]:
    r, c, n = _directions(group)
    centre = np.array(group.centre_mm)
    half = (size.row_mm / 2, size.column_mm / 2, size.depth_mm / 2)
    return [
        centre + i * half[0] * r + j * half[1] * c + k * half[2] * n
        for i in (-1, 1)
        for j in (-1, 1)
        for k in (-1, 1)
    ]


_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if (a ^ b).bit_count() == 1]


def _polygon(corners: list[Vec], origin: Vec, normal: Vec) -> list[Vec]:
    heights = [float(np.dot(corner - origin, normal)) for corner in corners]
    points = []
    for a, b in _EDGES:
        if (heights[a] < 0) != (heights[b] < 0):
            share = heights[a] / (heights[a] - heights[b])
            points.append(corners[a] + share * (corners[b] - corners[a]))
    return points


def _slice_lines(group: SliceGroup, size: Extent, plane: SliceImage) -> tuple[tuple[Point, Point], ...]:
    """Where each slice's mid-plane meets this plane, unless they are almost parallel."""
    r, c, n = _directions(group)
    normal = np.array(plane.normal)
    if abs(float(np.dot(n, normal))) > 0.99:
        return ()
    origin, axes = np.array(plane.position_mm), (np.array(plane.row), np.array(plane.column))
    lines = []
    for index in range(size.count):
        middle = np.array(group.centre_mm) + (index - (size.count - 1) / 2) * size.spacing_mm * n
        quad = [middle + i * size.row_mm / 2 * r + j * size.column_mm / 2 * c for i, j in _AROUND]
        heights = [float(np.dot(q - origin, normal)) for q in quad]
        ends = []
        for a in range(4):
            b = (a + 1) % 4
            if (heights[a] < 0) != (heights[b] < 0):
                share = heights[a] / (heights[a] - heights[b])
                ends.append(_flat(quad[a] + share * (quad[b] - quad[a]), origin, axes))
        if len(ends) == 2:
            lines.append((ends[0], ends[1]))
    return tuple(lines)


_AROUND = ((-1, -1), (1, -1), (1, 1), (-1, 1))


def _flat(point: Vec, origin: Vec, axes: tuple[Vec, Vec]) -> Point:
    return float(np.dot(point - origin, axes[0])), float(np.dot(point - origin, axes[1]))


def _hull(points: list[Point]) -> list[Point]:
    """Convex hull, counter-clockwise (monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered

    def half(chain: list[Point]) -> list[Point]:
        kept: list[Point] = []
        for q in chain:
            while len(kept) > 1 and _turn(kept[-2], kept[-1], q) <= _EPSILON:
                kept.pop()
            kept.append(q)
        return kept[:-1]

    return half(ordered) + half(ordered[::-1])


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _edge_middles(outline: list[Point]) -> tuple[Point, ...]:
    """Middles of the two longest edges: where the group is taken to turn it."""
    edges = [(outline[i], outline[(i + 1) % len(outline)]) for i in range(len(outline))]
    edges.sort(key=lambda e: -math.dist(*e))
    return tuple(((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in edges[:2])


def moved(group: SliceGroup, plane: SliceImage, x_mm: float, y_mm: float) -> SliceGroup:
    """The group moved in the plane."""
    centre = np.array(group.centre_mm) + x_mm * np.array(plane.row) + y_mm * np.array(plane.column)
    return group.model_copy(update={"centre_mm": _vector(centre, 3)})


def turned(group: SliceGroup, plane: SliceImage, angle_rad: float) -> SliceGroup:
    """The group turned about its centre, about the plane's normal (right-handed)."""
    axis = np.array(plane.normal)
    row = _rotate(np.array(group.row), axis, angle_rad)
    column = _rotate(np.array(group.column), axis, angle_rad)
    row = row / np.linalg.norm(row)
    column = column - float(np.dot(column, row)) * row
    column = column / np.linalg.norm(column)
    return group.model_copy(update={"row": _vector(row, 9), "column": _vector(column, 9)})


def _rotate(v: Vec, axis: Vec, angle_rad: float) -> Vec:
    """Rodrigues' rotation."""
    cos, sin = math.cos(angle_rad), math.sin(angle_rad)
    turned_vector: Vec = v * cos + np.cross(axis, v) * sin + axis * float(np.dot(axis, v)) * (1 - cos)
    return turned_vector


def _vector(v: Vec, decimals: int) -> Vector:
    return round(float(v[0]), decimals), round(float(v[1]), decimals), round(float(v[2]), decimals)


def orientation_letters(direction: Vector) -> str:
    """The patient's side that a direction points to: its largest part, then one above a quarter of it."""
    letters = (("R", "L"), ("A", "P"), ("F", "H"))
    parts = sorted(range(3), key=lambda i: -abs(direction[i]))
    kept = [i for i in parts if abs(direction[i]) > 0.25]
    return "".join(letters[i][direction[i] > 0] for i in kept[:2])


def opposite(direction: Vector) -> Vector:
    """The other way."""
    return -direction[0], -direction[1], -direction[2]
