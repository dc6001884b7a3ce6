"""The patient's face from a camera above the table: who breathes, blinks and calls."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFilter

from local_agent.media.sources.synthetic.canvas import HEIGHT, WIDTH
from local_agent.media.sources.synthetic.perspective import Colour
from local_agent.media.sources.synthetic.room_state import RoomState

FINER = 2
MOVING_BOX = (320, 80, 960, 720)
"""Left, top, right, bottom in pixels: outside of it nothing moves."""
MOST_LIFT_PX = 7
SKIN: Colour = (222, 180, 152)
SHADE: Colour = (192, 146, 120)
HAIR: Colour = (88, 64, 50)
GOWN: Colour = (174, 206, 214)
COIL: Colour = (236, 239, 241)
COIL_EDGE: Colour = (150, 160, 168)
_MIDDLE = WIDTH // 2


def draw_surroundings(*, in_bore: bool) -> Image.Image:
    """Everything but the patient, at the picture's size."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (150, 164, 170))
    draw = ImageDraw.Draw(image)
    draw.rectangle((250, 0, 1030, HEIGHT), (206, 212, 216))
    draw.rectangle((310, 0, 970, HEIGHT), (68, 84, 100))
    for x in (310, 964):
        draw.rectangle((x, 0, x + 6, HEIGHT), (52, 66, 80))
    _soft(draw, (470, 120, 810, 520), (224, 230, 234), 60)
    if in_bore:
        image = Image.composite(image, _bore(), _across())
    return image


def draw_patient(around: Image.Image, state: RoomState, lift_px: float, *, eyes_shut: bool) -> Image.Image:
    """The `MOVING_BOX` with the patient in it; `lift_px` is how far the chest is raised."""
    left, top, right, bottom = MOVING_BOX
    size = (right - left) * FINER, (bottom - top) * FINER
    image = around.crop(MOVING_BOX).resize(size, Image.Resampling.BILINEAR)
    draw = _Pen(ImageDraw.Draw(image), (left, top))
    if state.has_patient:
        _draw_body(draw, lift_px)
        _draw_head(draw, eyes_shut=eyes_shut, calls=state.bulb_pressed)
        _draw_bulb(draw, pressed=state.bulb_pressed)
    if state.coil:
        _draw_coil(draw, state.coil, lift_px)
    return image.reduce(FINER)


class _Pen:
    """Draws in the picture's coordinates, from the middle, whatever the size of the drawing."""

    def __init__(self, draw: ImageDraw.ImageDraw, corner: tuple[int, int]) -> None:
        self._draw, self._corner = draw, corner

    def oval(self, centre: tuple[float, float], radii: tuple[float, float], colour: Colour) -> None:
        (x, y), (wide, high) = centre, radii
        self._draw.ellipse(self._box((x - wide, y - high, x + wide, y + high)), colour)

    def plate(
        self, box: tuple[float, float, float, float], round_px: float, colour: Colour, edge: Colour
    ) -> None:
        self._draw.rounded_rectangle(self._box(box), round_px * FINER, colour, edge, 2 * FINER)

    def arc(
        self, box: tuple[float, float, float, float], turn: tuple[float, float], colour: Colour, px: int
    ) -> None:
        self._draw.arc(self._box(box), *turn, colour, px * FINER)

    def shape(self, points: list[tuple[float, float]], colour: Colour) -> None:
        self._draw.polygon([self._at(x, y) for x, y in points], colour)

    def line(self, points: list[tuple[float, float]], colour: Colour, px: int) -> None:
        self._draw.line([self._at(x, y) for x, y in points], colour, px * FINER, "curve")

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return (_MIDDLE + x - self._corner[0]) * FINER, (y - self._corner[1]) * FINER

    def _box(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        return *self._at(box[0], box[1]), *self._at(box[2], box[3])


def _draw_body(pen: _Pen, lift_px: float) -> None:
    y = 770 - lift_px
    pen.oval((0, y + 6), (292, 232), (126, 160, 170))
    pen.oval((0, y), (284, 228), GOWN)
    pen.oval((0, y + 40), (230, 190), (184, 214, 221))
    pen.shape([(-54, 450), (54, 450), (72, 590), (-72, 590)], SHADE)
    pen.oval((0, 578), (86, 46), SKIN)
    pen.line([(-92, 566 - lift_px * 0.7), (0, 640 - lift_px), (92, 566 - lift_px * 0.7)], (140, 174, 184), 5)


def _draw_head(pen: _Pen, *, eyes_shut: bool, calls: bool) -> None:
    pen.oval((0, 300), (142, 176), HAIR)
    pen.oval((0, 342), (122, 158), SHADE)
    pen.oval((0, 338), (118, 156), SKIN)
    pen.oval((0, 232), (112, 52), HAIR)
    pen.oval((0, 276), (102, 46), SKIN)
    for side in (-1, 1):
        _draw_eye(pen, side * 46, eyes_shut=eyes_shut, wide=calls)
        pen.oval((side * 66, 398), (24, 16), (228, 170, 148))
        pen.plate((side * 140 - 26, 290, side * 140 + 26, 400), 24, (52, 60, 72), (36, 42, 52))
    pen.arc((-142, 168, 142, 430), (200, 340), (52, 60, 72), 9)
    pen.shape([(-6, 330), (6, 330), (17, 392), (-17, 392)], (210, 164, 138))
    pen.oval((0, 392), (17, 9), (206, 158, 132))
    if calls:
        pen.oval((0, 446), (24, 13), (120, 52, 48))
    else:
        pen.arc((-34, 416, 34, 456), (25, 155), (164, 92, 84), 4)


def _draw_eye(pen: _Pen, x: float, *, eyes_shut: bool, wide: bool) -> None:
    brow = 292 - (8 if wide else 0)
    pen.arc((x - 26, brow, x + 26, brow + 26), (205, 335), HAIR, 5)
    if eyes_shut:
        pen.arc((x - 20, 318, x + 20, 342), (15, 165), (128, 90, 74), 3)
        return
    pen.oval((x, 330), (20, 13 if wide else 10), (246, 246, 244))
    pen.oval((x, 330), (9, 9), (78, 98, 92))
    pen.oval((x, 330), (4, 4), (20, 22, 24))
    pen.arc((x - 21, 317, x + 21, 345), (195, 345), (110, 78, 66), 3)


def _draw_bulb(pen: _Pen, *, pressed: bool) -> None:
    pen.line([(300, 720), (266, 668)], (188, 190, 190), 7)
    pen.oval((238, 690), (50, 40), SHADE)
    pen.oval((250, 648), (24, 30), (255, 92, 62) if pressed else (232, 232, 224))
    for finger in range(4):
        pen.oval((216 + finger * 9, 650 + finger * 17), (28, 11), SKIN)


def _draw_coil(pen: _Pen, name: str, lift_px: float) -> None:
    word = name.lower()
    if "head" in word or "neck" in word:
        for x in (-172, -92, 74, 154):
            pen.plate((x, 168, x + 18, 520), 9, COIL, COIL_EDGE)
        for y in (160, 252, 420, 500):
            pen.plate((-186, y, 186, y + 20), 10, COIL, COIL_EDGE)
        pen.plate((-60, 172, 60, 240), 10, (118, 148, 170), COIL_EDGE)
    elif "knee" not in word and "foot" not in word:
        top = 640 - lift_px
        pen.plate((-240, top, 240, 780), 26, (74, 82, 92), (50, 58, 66))
        for x in (-160, -54, 52, 158):
            pen.plate((x - 40, top + 22, x + 40, top + 60), 12, (92, 100, 110), (60, 68, 76))


def _bore() -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), (120, 130, 138))
    draw = ImageDraw.Draw(image)
    for number in range(40):
        grey = 86 + number * 3
        edge = number * 8
        draw.rectangle((edge, 0, WIDTH - edge, HEIGHT), (grey, grey + 5, grey + 8))
    for x in (118, WIDTH - 118):
        draw.rectangle((x - 7, 0, x + 7, HEIGHT), (244, 248, 250))
    return image.filter(ImageFilter.GaussianBlur(5))


def _across() -> Image.Image:
    mask = Image.new("L", (WIDTH, HEIGHT), 0)
    ImageDraw.Draw(mask).rectangle((310, 0, 970, HEIGHT), 255)
    return mask


def _soft(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], colour: Colour, round_px: int) -> None:
    draw.rounded_rectangle(box, round_px, colour, (198, 206, 212), 3)
