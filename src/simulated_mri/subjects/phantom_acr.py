"""A phantom like the ACR's large one, made of formulas, so that every length and contrast is known.

A cylinder of 190 mm inner diameter and 148 mm length, filled with nickel solution (T1 148 ms, T2 135 ms).
As the eleven axial slices see it (slice 1 at z = −50 mm, 10 mm apart):

- slice 1: resolution grid (holes of 1.1, 1.0 and 0.9 mm in steps of twice that) and slice-thickness ramps;
- slices 1 and 11: bars whose lengths differ if a slice is not where it should be;
- slice 5: a grid of walls 20 mm apart for geometry; slice 7: nothing but solution, for uniformity and ghosts;
- slices 8 to 11: spokes of low-contrast discs of 1.4, 2.5, 3.6 and 5.1 % less signal.

Dimensions follow the phantom's published description (ACR Large and Medium Phantom Test Guidance, 2022).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from simulated_mri.encoding.coils import HEAD_ARRAY
from simulated_mri.subjects.analytic import Canvas, Real, blank
from simulated_mri.subjects.shared import shared
from simulated_mri.subjects.subject import Subject
from simulated_mri.tissues import Tissue

RADIUS_MM = 95.0
LENGTH_MM = 148.0
PITCH_MM = (0.5, 0.5, 1.0)
FIRST_MM = (-100.0, -100.0, -78.0)
SLICE_MM = {number: -50.0 + 10.0 * (number - 1) for number in range(1, 12)}
HOLES_MM = (1.1, 1.0, 0.9)
GRID_MM = 20.0
RAMP_SLOPE = 10.0  # a ramp shows a slice ten times as long as it is thick
DISC_CONTRAST = {8: 0.014, 9: 0.025, 10: 0.036, 11: 0.051}


@cache
def load_acr() -> Subject:
    """Painted once per machine; its 25 MB are shared between processes."""
    fractions = shared("phantom_acr", lambda: _painted().fractions())
    spacing_mm, first_mm = np.array(PITCH_MM), np.array(FIRST_MM)
    return Subject(fractions, spacing_mm, first_mm, (Tissue.SOLUTION,), array=HEAD_ARRAY, layer_mm=0.5)


def _painted() -> Canvas:
    size = round(2 * (RADIUS_MM + 5) / PITCH_MM[0]) + 1
    shape = (size, size, round(156 / PITCH_MM[2]) + 1)
    canvas = blank((Tissue.SOLUTION,), FIRST_MM, PITCH_MM, shape)
    half = LENGTH_MM / 2
    canvas.paint(Tissue.SOLUTION, canvas.cylinder((0, 0), (RADIUS_MM, RADIUS_MM), (-half, half)))
    _thickness_insert(canvas)
    _resolution_insert(canvas)
    _position_bars(canvas)
    _geometry_grid(canvas)
    _discs(canvas)
    return canvas


def _thickness_insert(canvas: Canvas) -> None:
    """Two thin signal ramps of opposite slope, crossed, in a block without signal, around slice 1."""
    z0 = SLICE_MM[1]
    canvas = canvas.part((-72, -10, z0 - 10), (72, 10, z0 + 10))
    canvas.paint(None, canvas.box((-70, -8, z0 - 8), (70, 8, z0 + 8)))
    x, _, z = canvas.axes()
    for low, slope in ((-6.0, RAMP_SLOPE), (1.0, -RAMP_SLOPE)):
        thickness = np.abs(x - slope * (z - z0)) / RAMP_SLOPE
        ramp = np.asarray(np.clip(0.5 - thickness + 0.5, 0, 1), dtype=np.float32)
        canvas.paint(Tissue.SOLUTION, ramp * canvas.box((-65, low, z0 - 6.5), (65, low + 5, z0 + 6.5)))


def _resolution_insert(canvas: Canvas) -> None:
    """Blocks of 4 × 4 holes with signal; the pitch of the holes is twice their size."""
    z0 = SLICE_MM[1]
    canvas = canvas.part((-47, 20, z0 - 7), (47, 54, z0 + 7))
    canvas.paint(None, canvas.box((-45, 22, z0 - 5), (45, 52, z0 + 5)))
    x, y, _ = canvas.axes()
    for column, size in enumerate(HOLES_MM):
        left, top = -32.0 + 26.0 * column, 30.0
        holes = _comb(canvas, x - left, size, 0) * _comb(canvas, y - top, size, 1)
        canvas.paint(Tissue.SOLUTION, holes * canvas.between(2, z0 - 5, z0 + 5))


def _comb(canvas: Canvas, place: Real, size: float, axis: int) -> Real:
    """1 within the four holes of `size`, twice that apart; partial at their edges."""
    pitch = canvas.pitch_mm[axis]
    covers = [np.clip((size / 2 - np.abs(place - 2 * size * hole)) / pitch + 0.5, 0, 1) for hole in range(4)]
    return np.asarray(sum(covers), dtype=np.float32)


def _position_bars(canvas: Canvas) -> None:
    """45° wedges at the top of slices 1 and 11: bars are of equal length if the slice lies right."""
    whole = canvas
    for number in (1, 11):
        z0 = SLICE_MM[number]
        canvas = whole.part((-12, -90, z0 - 12), (12, -40, z0 + 12))
        x, y, z = canvas.axes()
        for side in (-1.0, 1.0):
            lower_end = -60.0 + side * (z - z0)
            bar = canvas.edge(np.asarray(lower_end - y, np.float32)) * canvas.edge(
                np.asarray(y + 85, np.float32)
            )
            inside = np.asarray(4.0 - np.abs(x - side * 4.0), dtype=np.float32)
            canvas.paint(None, bar * canvas.edge(inside) * canvas.between(2, z0 - 10, z0 + 10))


def _geometry_grid(canvas: Canvas) -> None:
    """Walls of 1.5 mm without signal, 20 mm apart, around slice 5."""
    z0 = SLICE_MM[5]
    canvas = canvas.part((-82, -82, z0 - 6), (82, 82, z0 + 6))
    disc = canvas.cylinder((0, 0), (80.0, 80.0), (z0 - 4, z0 + 4))
    x, y, _ = canvas.axes()
    for place, axis in ((x, 0), (y, 1)):
        nearest = np.abs((place + GRID_MM / 2) % GRID_MM - GRID_MM / 2)
        wall = np.asarray(np.clip((0.75 - nearest) / canvas.pitch_mm[axis] + 0.5, 0, 1), dtype=np.float32)
        canvas.paint(None, wall * disc)


def _discs(canvas: Canvas) -> None:
    """Ten spokes of three discs, of 7.0 to 1.5 mm diameter, with a little less solution."""
    for number, contrast in DISC_CONTRAST.items():
        z0 = SLICE_MM[number]
        for spoke in range(10):
            angle = math.radians(36 * spoke + 9 * (number - 8))
            radius = (7.0 - 0.6 * spoke) / 2
            for ring in (12.5, 25.0, 38.0):
                centre = (ring * math.sin(angle), -ring * math.cos(angle))
                low = (centre[0] - radius, centre[1] - radius, z0 - 4.5)
                around = canvas.part(low, (centre[0] + radius, centre[1] + radius, z0 + 4.5))
                disc = around.cylinder(centre, (radius, radius), (z0 - 4.5, z0 + 4.5))
                around.paint(None, disc * np.float32(contrast))
