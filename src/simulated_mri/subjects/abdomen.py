"""An abdomen made of formulas: liver under a dome, kidneys, spleen, stomach, aorta and portal vein.

The origin lies in the middle of the liver's height. Breathing in moves the organs towards the feet, most
under the dome and less towards the spine and the wall, which stay; the deformation is applied when the
abdomen is sampled, so that one grid serves all phases of the breath.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from simulated_mri.encoding.coils import BODY_ARRAY
from simulated_mri.geometry import Vector
from simulated_mri.subjects.analytic import Canvas, Real, blank
from simulated_mri.subjects.shared import shared
from simulated_mri.subjects.subject import Subject, TransmitField
from simulated_mri.tissues import Tissue

TISSUES = (
    *(Tissue.FAT, Tissue.SOFT, Tissue.LIVER, Tissue.SPLEEN, Tissue.KIDNEY, Tissue.BLOOD),
    *(Tissue.PORTAL_BLOOD, Tissue.CSF),
)
PITCH_MM = (2.0, 2.0, 2.0)
FIRST_MM = (-170.0, -115.0, -170.0)
HALF_WIDTH_MM, HALF_DEPTH_MM = 165.0, 110.0
FAT_MM, WALL_MM = 18.0, 16.0
AORTA: tuple[float, float] = (-8.0, 42.0)
CAVA: tuple[float, float] = (-34.0, 34.0)
DOME_MM = 75.0

# The body at 3 T: dark in the middle, where the wave from both sides is short of power.
BODY_TRANSMIT = TransmitField(edge=1.08, bell=-0.28, widths_mm=(90.0, 80.0, 200.0))


@cache
def load_abdomen() -> Subject:
    """Painted once per machine; its 27 MB are shared between processes."""
    return Subject(
        shared("abdomen", lambda: _painted().fractions()), np.array(PITCH_MM), np.array(FIRST_MM), TISSUES,
        array=BODY_ARRAY, transmit=BODY_TRANSMIT, breathing=moves_along,
        usual_landmark="sternum",
    )  # fmt: skip


def _painted() -> Canvas:
    canvas = blank(TISSUES, FIRST_MM, PITCH_MM, (171, 116, 171))
    _trunk(canvas)
    _lungs(canvas)
    _liver(canvas)
    _other_organs(canvas)
    _spine(canvas)
    _vessels(canvas)
    return canvas


def moves_along(places: list[Real]) -> Real:
    """How much of the dome's way a point makes: all of it in the middle, none at the wall and the spine."""
    x, y, z = places
    wall = (x / (HALF_WIDTH_MM - 40)) ** 2 + ((y + 15) / (HALF_DEPTH_MM - 38)) ** 2
    inner = np.clip(1.4 * (1 - wall), 0, 1)
    height = np.clip((z + 150) / 150, 0.25, 1)
    return np.asarray(inner * height, dtype=np.float32)


def _trunk(canvas: Canvas) -> None:
    span = (-400.0, 400.0)
    for tissue, inset in ((Tissue.FAT, 0.0), (Tissue.SOFT, FAT_MM), (Tissue.FAT, FAT_MM + WALL_MM)):
        radii = (HALF_WIDTH_MM - inset, HALF_DEPTH_MM - inset)
        canvas.paint(tissue, canvas.cylinder((0.0, 0.0), radii, span))


def _lungs(canvas: Canvas) -> None:
    inset = FAT_MM + WALL_MM
    inside = canvas.cylinder((0.0, 0.0), (HALF_WIDTH_MM - inset, HALF_DEPTH_MM - inset), (20.0, 400.0))
    x, y, z = canvas.axes()
    dome = DOME_MM - 0.006 * x**2 - 0.009 * (y + 10) ** 2 + 8 * np.tanh(-x / 40)
    above = canvas.edge(np.asarray(z - dome, dtype=np.float32))
    canvas.paint(None, inside * above)
    canvas.paint(Tissue.SOFT, canvas.ellipsoid((15.0, -30.0, 120.0), (50.0, 38.0, 45.0)))  # heart


def _liver(canvas: Canvas) -> None:
    x, y, z = canvas.axes()
    dome = DOME_MM - 4 - 0.006 * x**2 - 0.009 * (y + 10) ** 2 + 8 * np.tanh(-x / 40)
    below_dome = canvas.edge(np.asarray(dome - z, dtype=np.float32))
    # The lower edge rises from the right flank to the left lobe.
    edge = -75 + 0.75 * (x + 120)
    above_edge = canvas.edge(np.asarray((z - edge) * 0.8, dtype=np.float32))
    lobe = canvas.ellipsoid((-65.0, -8.0, 0.0), (78.0, 66.0, 100.0))
    left = canvas.ellipsoid((-5.0, -35.0, 30.0), (65.0, 30.0, 42.0))
    both = np.maximum(lobe, left)
    canvas.paint(Tissue.LIVER, np.asarray(both * below_dome * above_edge))
    canvas.paint(Tissue.CSF, canvas.ellipsoid((-55.0, -38.0, -32.0), (13.0, 16.0, 26.0)))  # gall bladder


def _other_organs(canvas: Canvas) -> None:
    for tissue, centre, radii in _ORGANS:
        canvas.paint(tissue, canvas.ellipsoid(centre, radii))


_ORGANS: tuple[tuple[Tissue, Vector, Vector], ...] = (
    (Tissue.SPLEEN, (98.0, 32.0, 25.0), (24.0, 34.0, 48.0)),
    (Tissue.SOFT, (60.0, -25.0, 15.0), (34.0, 30.0, 44.0)),  # wall of the stomach
    (Tissue.CSF, (60.0, -25.0, 15.0), (28.0, 24.0, 38.0)),
    (Tissue.KIDNEY, (-62.0, 48.0, -60.0), (26.0, 22.0, 52.0)),
    (Tissue.FAT, (-56.0, 44.0, -60.0), (9.0, 8.0, 24.0)),
    (Tissue.KIDNEY, (66.0, 48.0, -48.0), (26.0, 22.0, 52.0)),
    (Tissue.FAT, (60.0, 44.0, -48.0), (9.0, 8.0, 24.0)),
    (Tissue.SOFT, (30.0, 10.0, -20.0), (55.0, 12.0, 13.0)),  # pancreas
)


def _spine(canvas: Canvas) -> None:
    span = (-400.0, 400.0)
    for side in (-1.0, 1.0):
        canvas.paint(Tissue.SOFT, canvas.cylinder((38.0 * side, 76.0), (30.0, 18.0), span))
    canvas.paint(Tissue.SOFT, canvas.cylinder((0.0, 66.0), (22.0, 17.0), span))
    canvas.paint(Tissue.FAT, canvas.cylinder((0.0, 66.0), (20.0, 15.0), span) * np.float32(0.45))  # marrow
    canvas.paint(None, canvas.cylinder((0.0, 90.0), (14.0, 9.0), span))
    canvas.paint(Tissue.CSF, canvas.cylinder((0.0, 87.0), (8.0, 6.0), span))


def _vessels(canvas: Canvas) -> None:
    span = (-400.0, 400.0)
    canvas.paint(Tissue.BLOOD, canvas.cylinder(AORTA, (10.0, 10.0), span))
    canvas.paint(Tissue.PORTAL_BLOOD, canvas.cylinder(CAVA, (12.0, 9.0), span))
    portal = [(-12.0, 12.0, -14.0), (-22.0, 6.0, -4.0), (-34.0, 0.0, 6.0), (-48.0, -2.0, 14.0),
              (-62.0, 0.0, 20.0), (-78.0, 4.0, 26.0)]  # fmt: skip
    for place in portal:
        canvas.paint(Tissue.PORTAL_BLOOD, canvas.ellipsoid(place, (9.0, 6.5, 7.5)))
