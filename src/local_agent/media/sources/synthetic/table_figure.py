"""The table, who lies on it, and the coil: solids around the landmark. Pure; metres.

`y` is the top of the mattress, `z` where the landmark (the nasion) is; the patient lies head first, supine.
"""

from __future__ import annotations

import math

from local_agent.media.sources.synthetic.perspective import Colour, Ellipse, Face, Point, box, loft

MATTRESS_Y = 0.92
HEAD_OUT_Z = -0.42
"""Where the landmark is while the table is outside."""
BOARD: Colour = (214, 219, 223)
MATTRESS: Colour = (72, 88, 104)
PILLOW: Colour = (232, 236, 238)
SKIN: Colour = (222, 178, 150)
HAIR: Colour = (92, 66, 50)
GOWN: Colour = (176, 206, 214)
BLANKET: Colour = (120, 158, 190)
COIL: Colour = (238, 240, 242)
COIL_DARK: Colour = (70, 78, 88)

_BODY = (
    (-1.66, 0.10, 0.10),
    (-1.62, 0.13, 0.21),
    (-1.54, 0.14, 0.20),
    (-1.44, 0.15, 0.12),
    (-1.2, 0.18, 0.12),
    (-0.95, 0.20, 0.14),
    (-0.78, 0.22, 0.18),
    (-0.62, 0.22, 0.19),
)
_CHEST = ((-0.62, 0.205, 0.18), (-0.48, 0.205, 0.195), (-0.36, 0.21, 0.20), (-0.26, 0.20, 0.16))
_SHOULDERS = ((-0.30, 0.23, 0.10), (-0.24, 0.22, 0.11), (-0.18, 0.13, 0.10), (-0.15, 0.06, 0.09))
_ARM = ((-0.86, 0.035, 0.05), (-0.7, 0.045, 0.07), (-0.5, 0.05, 0.08), (-0.3, 0.055, 0.09))
_HEAD_RADIUS, _HEAD_LENGTH = 0.083, 0.125


def board(z: float) -> tuple[list[Face], ...]:
    """What moves whether or not somebody lies on it, from the bottom up."""
    top = MATTRESS_Y
    return (
        box((-0.29, top - 0.13, z - 2.0), (0.29, top - 0.06, z + 0.32), BOARD, 12),
        box((-0.24, top - 0.06, z - 1.96), (0.24, top, z + 0.28), MATTRESS, 12),
        box((-0.13, top, z - 0.1), (0.13, top + 0.035, z + 0.2), PILLOW, 2),
    )


def patient(z: float) -> list[Face]:
    """Under a blanket to the waist, arms at the side."""
    return [
        *loft(_sections(z, _BODY), BLANKET),
        *loft(_sections(z, _CHEST), GOWN),
        *loft(_sections(z, _SHOULDERS), GOWN),
        *(face for side in (-0.25, 0.25) for face in loft(_sections(z, _ARM, side), SKIN, 6)),
        *_head(z),
    ]


def coil(name: str, z: float) -> list[Face]:
    """The coil of this name, where it belongs; an unknown one lies on the body."""
    word = name.lower()
    if "head" in word or "neck" in word:
        return _head_coil(z)
    if "knee" in word or "extremity" in word or "foot" in word:
        return loft(
            _sections(z, ((-1.24, 0.21, 0.2), (-1.2, 0.23, 0.23), (-1.0, 0.23, 0.23), (-0.96, 0.21, 0.2))),
            COIL,
        )
    sections = ((-0.84, 0.245, 0.21), (-0.78, 0.25, 0.225), (-0.5, 0.25, 0.235), (-0.44, 0.245, 0.22))
    return loft(_sections(z, sections), COIL_DARK, 12, 18.0)


def bulb(z: float, *, pressed: bool) -> list[Face]:
    """The squeeze bulb in the right hand, on the side of the camera."""
    colour: Colour = (255, 96, 64) if pressed else (236, 236, 228)
    sections = ((-0.95, 0.004, 0.004), (-0.93, 0.03, 0.04), (-0.89, 0.03, 0.04), (-0.87, 0.004, 0.004))
    return loft(_sections(z, sections, 0.25, 0.035), colour, 8)


def _sections(
    z: float, rows: tuple[tuple[float, float, float], ...], x: float = 0.0, lift: float = 0.0
) -> list[Ellipse]:
    return [Ellipse(z + at, x, MATTRESS_Y + lift, width, height) for at, width, height in rows]


def _head(z: float) -> list[Face]:
    sections = []
    for number in range(9):
        along = -1.0 + number / 4
        share = math.sqrt(max(0.0, 1.0 - along * along)) + 0.02
        y = MATTRESS_Y + 0.1
        at = z + along * _HEAD_LENGTH
        sections.append(Ellipse(at, 0.0, y, _HEAD_RADIUS * share, (_HEAD_RADIUS + 0.015) * share))
    skull = [*loft(sections[:6], SKIN, 12, -60.0), *loft(sections[5:], HAIR, 12, -60.0)]
    nose = loft(
        [
            Ellipse(z - 0.06, 0, MATTRESS_Y + 0.19, 0.02, 0.025),
            Ellipse(z, 0, MATTRESS_Y + 0.18, 0.008, 0.012),
        ],
        SKIN,
        4,
    )
    return [*skull, *nose]


def _head_coil(z: float) -> list[Face]:
    y, wide, high = MATTRESS_Y + 0.09, 0.155, 0.16
    hoops = [
        face
        for at in (-0.15, -0.01, 0.14)
        for face in loft(
            [Ellipse(z + at, 0, y, wide, high), Ellipse(z + at + 0.035, 0, y, wide, high)], COIL, 14, -35.0
        )
    ]
    bars = [_bar(z, y, math.radians(angle), (wide, high)) for angle in (-20, 15, 45, 72, 108, 135, 165, 200)]
    return [*hoops, *bars]


def _bar(z: float, y: float, angle: float, size: tuple[float, float]) -> Face:
    half = 0.07

    def on(turn: float, at: float) -> Point:
        return size[0] * math.cos(turn), y + size[1] * math.sin(turn), z + at

    near, far = -0.15, 0.175
    return Face(
        (on(angle - half, near), on(angle + half, near), on(angle + half, far), on(angle - half, far)), COIL
    )
