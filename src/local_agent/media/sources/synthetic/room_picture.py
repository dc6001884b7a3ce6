"""The magnet room from a camera under its ceiling: door, scanner, table, patient, coil."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from PIL import Image, ImageDraw

from local_agent.media.sources.synthetic import table_figure
from local_agent.media.sources.synthetic.canvas import HEIGHT, WIDTH
from local_agent.media.sources.synthetic.captions import AMBER, font
from local_agent.media.sources.synthetic.perspective import (
    Colour,
    Face,
    Point,
    View,
    box,
    ring,
    shaded,
    tinted,
)
from local_agent.media.sources.synthetic.room_state import RoomState

FINER = 2
"""Drawn so many times larger, so that edges are smooth."""
VIEW = View((2.75, 2.45, -4.1), (-0.42, 0.95, -0.62), WIDTH * FINER * 0.64, (WIDTH, HEIGHT * 1.04))
LAMP: Point = (0.42, 0.84, -0.35)
FRONT_Z, BACK_Z = -0.06, 1.75
BORE_Y, BORE_RADIUS, FLARE_RADIUS = 1.06, 0.36, 0.50
_LEFT_WALL, _FAR_WALL, _NEAR, _TOP = -2.7, 3.1, -4.5, 2.75
_DOOR_Z, _DOOR_HEIGHT = (-2.55, -1.35), 2.1
_GANTRY: Colour = (233, 237, 240)
MOVING_BOX = (192, 240, 896, 720)
"""Left, top, right, bottom in pixels: outside of it a moving table changes nothing."""


def draw_room(state: RoomState) -> Image.Image:
    """The room without its table."""
    image = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), (206, 212, 214))
    draw = ImageDraw.Draw(image)
    _draw_walls(draw)
    _draw_window(draw)
    _draw_door(image, draw, state)
    _draw_gantry(image, draw, state)
    return image


def draw_table(room: Image.Image, state: RoomState, at_m: float) -> Image.Image:
    """The room's `MOVING_BOX` with the table in it, at the picture's size."""
    left, top, right, bottom = (edge * FINER for edge in MOVING_BOX)
    inside = room.crop((left, top, right, bottom))
    before = inside.copy()
    faces = _on_the_table(state, table_figure.HEAD_OUT_Z + at_m)
    in_bore = [face for face in faces if _middle_z(face) >= FRONT_Z]
    _paint(ImageDraw.Draw(inside), in_bore, (left, top), _bore_light)
    mask = Image.new("L", inside.size, 0)
    ImageDraw.Draw(mask).polygon(_moved(ring(FRONT_Z, BORE_Y, FLARE_RADIUS), (left, top)), fill=255)
    picture = Image.composite(inside, before, mask)
    draw = ImageDraw.Draw(picture)
    _paint(draw, _BASE, (left, top))
    _paint(draw, [face for face in faces if _middle_z(face) < FRONT_Z], (left, top))
    return picture.reduce(FINER)


def _on_the_table(state: RoomState, z: float) -> list[Face]:
    """Everything that moves with it, what hides the rest last."""
    faces = [face for part in table_figure.board(z) for face in VIEW.far_to_near(part)]
    if state.has_patient:
        lying = table_figure.patient(z) + table_figure.bulb(z, pressed=state.bulb_pressed)
        faces += VIEW.far_to_near(lying)
    if state.coil:
        faces += VIEW.far_to_near(table_figure.coil(state.coil, z))
    return faces


_BASE = VIEW.far_to_near(
    [
        *box((-0.2, 0.0, -2.15), (0.2, 0.12, -0.1), (150, 158, 166)),
        *box((-0.17, 0.12, -2.0), (0.17, 0.79, -0.1), (205, 211, 216)),
    ]
)


def _draw_walls(draw: ImageDraw.ImageDraw) -> None:
    left, far, near, top = _LEFT_WALL, _FAR_WALL, _NEAR, _TOP
    _fill(draw, [(left, 0, far), (left, top, far), (3.6, top, far), (3.6, 0, far)], (214, 221, 224))
    _fill(draw, [(left, 0, -3.85), (left, top, -3.85), (left, top, far), (left, 0, far)], (200, 209, 214))
    _fill(
        draw,
        [(left, 0, -3.85), (left, 0, far), (3.6, 0, far), (3.6, 0, -3.0), (1.0, 0, -3.8)],
        (158, 172, 178),
    )
    _fill(draw, [(left, 0, -3.85), (left, 0.12, -3.85), (left, 0.12, far), (left, 0, far)], (120, 134, 142))
    _fill(draw, [(left, 0, far), (left, 0.12, far), (3.6, 0.12, far), (3.6, 0, far)], (128, 142, 150))
    for number in range(12):
        x = left + 0.6 * number
        _line(draw, [(x, 0, -3.3), (x, 0, far)], (150, 164, 170))
        _line(
            draw, [(left, 0, near + 0.6 * number + 1.2), (3.6, 0, near + 0.6 * number + 1.2)], (150, 164, 170)
        )
    zone = [(-1.6, 0.002, -3.0), (-1.6, 0.002, 2.4), (1.6, 0.002, 2.4), (1.6, 0.002, -3.0)]
    _line(draw, [*zone, zone[0]], (214, 176, 70), 5)


def _draw_door(image: Image.Image, draw: ImageDraw.ImageDraw, state: RoomState) -> None:
    x, (near, far), high = _LEFT_WALL + 0.005, _DOOR_Z, _DOOR_HEIGHT
    frame = [(x, 0, near - 0.1), (x, high + 0.1, near - 0.1), (x, high + 0.1, far + 0.1), (x, 0, far + 0.1)]
    _fill(draw, frame, (126, 140, 150))
    hole = [(x, 0, near), (x, high, near), (x, high, far), (x, 0, far)]
    if state.door_closed is False:
        _through(image, hole, _draw_corridor)
        swing = math.radians(68)
        wide = far - near
        edge = (x + wide * math.sin(swing), far - wide * math.cos(swing) * 0.2)
        leaf = [(x, 0, far), (x, high, far), (edge[0], high, edge[1]), (edge[0], 0, edge[1])]
        _fill(draw, leaf, (164, 186, 200))
        _line(draw, [*leaf, leaf[0]], (110, 126, 138), 3)
    else:
        _fill(draw, hole, (172, 192, 204))
        _line(draw, [(x, 0, near), (x, high, near), (x, high, far), (x, 0, far)], (104, 120, 132), 3)
        pane = [(x, 1.2, near + 0.35), (x, 1.7, near + 0.35), (x, 1.7, far - 0.35), (x, 1.2, far - 0.35)]
        _fill(draw, pane, (86, 104, 116))
        _line(draw, [(x, 0.95, near + 0.1), (x, 1.15, near + 0.1)], (240, 240, 240), 7)
    _draw_sign(draw, state)


def _draw_sign(draw: ImageDraw.ImageDraw, state: RoomState) -> None:
    x, (near, far) = _LEFT_WALL + 0.01, _DOOR_Z
    sign = [(x, 2.28, near + 0.1), (x, 2.52, near + 0.1), (x, 2.52, far - 0.1), (x, 2.28, far - 0.1)]
    _fill(draw, sign, (226, 58, 46) if state.scanning else (74, 60, 60))
    at = VIEW.pixel((x, 2.4, (near + far) / 2))
    words = "SCAN" if state.scanning else "scan"
    draw.text(
        at, words, (255, 250, 240) if state.scanning else (130, 112, 110), font(26 * FINER // 2), anchor="mm"
    )


def _draw_window(draw: ImageDraw.ImageDraw) -> None:
    x, near, far = _LEFT_WALL + 0.005, -0.75, 1.15
    _fill(
        draw,
        [(x, 0.92, near - 0.08), (x, 1.98, near - 0.08), (x, 1.98, far + 0.08), (x, 0.92, far + 0.08)],
        (126, 140, 150),
    )
    _fill(draw, [(x, 1.0, near), (x, 1.9, near), (x, 1.9, far), (x, 1.0, far)], (58, 76, 90))
    for low, high in ((-0.55, -0.05), (0.05, 0.5)):
        _fill(draw, [(x, 1.05, low), (x, 1.36, low), (x, 1.36, high), (x, 1.05, high)], (120, 178, 196))
    _fill(draw, [(x, 1.0, 0.62), (x, 1.62, 0.66), (x, 1.62, 0.92), (x, 1.0, 0.98)], (38, 50, 60))


def _draw_gantry(image: Image.Image, draw: ImageDraw.ImageDraw, state: RoomState) -> None:
    shadow = [
        (-1.3, 0.003, FRONT_Z - 0.5),
        (-1.3, 0.003, BACK_Z),
        (1.25, 0.003, BACK_Z),
        (1.25, 0.003, FRONT_Z - 0.5),
    ]
    _fill(draw, shadow, (134, 148, 154))
    hull = _skin(_outline(BACK_Z, 1.0), _outline(0.02, 1.0)) + _skin(
        _outline(0.02, 1.0), _outline(FRONT_Z, 0.93)
    )
    for face in VIEW.far_to_near(face for face in hull if VIEW.sees(face)):
        _fill(draw, face.corners, shaded(face, LAMP, 0.62))
    _fill(draw, _outline(FRONT_Z, 0.93), (243, 246, 248))
    _through(image, ring(FRONT_Z, BORE_Y, FLARE_RADIUS), _draw_bore)
    glow = _glow(state)
    lit = VIEW.pixels(ring(FRONT_Z - 0.004, BORE_Y, FLARE_RADIUS + 0.035))
    draw.line([*lit, lit[0], lit[1]], fill=glow, width=7 * FINER // 2, joint="curve")
    for x, words in _display_words(state):
        _draw_display(draw, x, words, glow)


def _draw_bore(draw: ImageDraw.ImageDraw) -> None:
    rings = [(FRONT_Z, FLARE_RADIUS), (0.0, 0.42), (0.12, BORE_RADIUS)]
    rings += [(0.12 + (BACK_Z - 0.12) * number / 8, BORE_RADIUS) for number in range(1, 9)]
    _fill(draw, ring(BACK_Z, BORE_Y, BORE_RADIUS), (176, 188, 194))
    for (near, wide), (far, narrow) in reversed(list(pairwise(rings))):
        for face in _skin(ring(far, BORE_Y, narrow), ring(near, BORE_Y, wide)):
            inward = Face(face.corners[::-1], (226, 232, 236))
            if VIEW.sees(inward):
                _fill(draw, inward.corners, tinted(shaded(inward, (0.1, -0.95, -0.3), 0.5), _depth(near)))


def _draw_corridor(draw: ImageDraw.ImageDraw) -> None:
    x, (near, far) = _LEFT_WALL, _DOOR_Z
    _fill(
        draw,
        [(x - 1.5, 0, near - 2), (x - 1.5, 3, near - 2), (x - 1.5, 3, far + 3), (x - 1.5, 0, far + 3)],
        (246, 234, 206),
    )
    _fill(draw, [(x, 0, near), (x, 0, far), (x - 1.5, 0, far + 2), (x - 1.5, 0, near - 1)], (178, 166, 142))


def _display_words(state: RoomState) -> tuple[tuple[float, str], tuple[float, str]]:
    return (-0.76, "SCAN" if state.scanning else "READY"), (0.76, state.coil or "no coil")


def _draw_display(draw: ImageDraw.ImageDraw, x: float, words: str, glow: Colour) -> None:
    z = FRONT_Z - 0.01
    low, high, half = 1.06, 1.24, 0.17
    _fill(
        draw, [(x - half, low, z), (x - half, high, z), (x + half, high, z), (x + half, low, z)], (26, 34, 42)
    )
    size = (12 if len(words) < 8 else 9) * FINER
    draw.text(VIEW.pixel((x, (low + high) / 2, z)), words[:14], glow, font(size), anchor="mm")


def _glow(state: RoomState) -> Colour:
    if state.bulb_pressed:
        return AMBER
    return (92, 226, 140) if state.scanning else (120, 196, 240)


def _outline(z: float, share: float) -> list[Point]:
    """The gantry's cover: neither a box nor a tube."""
    points = []
    for number in range(64):
        angle = 2 * math.pi * number / 64
        across, along = math.cos(angle), math.sin(angle)
        x = math.copysign(abs(across) ** 0.5, across) * 1.08 * share
        y = 1.02 + math.copysign(abs(along) ** 0.5, along) * 1.14 * share
        points.append((x, max(0.03, y), z))
    return points


def _skin(far: list[Point], near: list[Point]) -> list[Face]:
    pairs = zip(far, far[1:] + far[:1], near, near[1:] + near[:1], strict=True)
    return [Face((c, d, b, a), _GANTRY) for a, b, c, d in pairs]


def _depth(z: float) -> float:
    return 1.0 - 0.32 * min(1.0, max(0.0, z / BACK_Z))


def _bore_light(face: Face) -> float:
    return _depth(_middle_z(face)) * 0.92


def _middle_z(face: Face) -> float:
    return sum(corner[2] for corner in face.corners) / len(face.corners)


def _paint(
    draw: ImageDraw.ImageDraw,
    faces: list[Face],
    corner: tuple[int, int],
    bright: Callable[[Face], float] = lambda _: 1.0,
) -> None:
    for face in faces:
        if VIEW.sees(face):
            draw.polygon(_moved(face.corners, corner), fill=tinted(shaded(face, LAMP), bright(face)))


def _moved(points: tuple[Point, ...] | list[Point], corner: tuple[int, int]) -> list[tuple[float, float]]:
    return [(x - corner[0], y - corner[1]) for x, y in VIEW.pixels(points)]


def _fill(draw: ImageDraw.ImageDraw, points: tuple[Point, ...] | list[Point], colour: Colour) -> None:
    draw.polygon(VIEW.pixels(points), fill=colour)


def _through(
    image: Image.Image,
    opening: tuple[Point, ...] | list[Point],
    draw_behind: Callable[[ImageDraw.ImageDraw], None],
) -> None:
    """Draw what is seen through an opening, and only through it."""
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).polygon(VIEW.pixels(opening), fill=255)
    behind = image.copy()
    draw_behind(ImageDraw.Draw(behind))
    image.paste(behind, mask=mask)


def _line(draw: ImageDraw.ImageDraw, points: list[Point], colour: Colour, width: int = 2) -> None:
    draw.line(VIEW.pixels(points), fill=colour, width=width, joint="curve")
