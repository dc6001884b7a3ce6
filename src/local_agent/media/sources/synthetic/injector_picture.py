"""The display of a contrast injector with two syringes."""

from __future__ import annotations

from PIL import Image, ImageDraw

from local_agent.media.sources.synthetic.canvas import HEIGHT, WIDTH
from local_agent.media.sources.synthetic.captions import AMBER, INK, font
from local_agent.media.sources.synthetic.perspective import Colour
from local_agent.media.sources.synthetic.room_state import Injection, RoomState

CONTRAST_ML, SALINE_ML = 15.0, 30.0
RATE_ML_PER_S = 2.0
MOST_BAR = 12.0
_BACK: Colour = (18, 26, 34)
_PANEL: Colour = (30, 42, 54)
_DIM: Colour = (140, 156, 170)
_GREEN: Colour = (92, 226, 140)
_CONTRAST: Colour = (150, 110, 220)
_SALINE: Colour = (90, 176, 230)
_WORDS = {
    Injection.READY: ("READY", _DIM),
    Injection.INJECTING: ("INJECTING", AMBER),
    Injection.GIVEN: ("INJECTION COMPLETE", _GREEN),
}


def draw_injector(state: RoomState) -> Image.Image:
    """The whole display."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _BACK)
    draw = ImageDraw.Draw(image)
    contrast, saline = _left_ml(state.injected)
    _draw_syringe(draw, 60, ("A", "Contrast", contrast, CONTRAST_ML), _CONTRAST)
    _draw_syringe(draw, 350, ("B", "Saline", saline, SALINE_ML), _SALINE)
    words, colour = _WORDS[state.injection]
    draw.rounded_rectangle((650, 80, 1220, 170), 12, _PANEL, colour, 3)
    draw.text((935, 125), words, colour, font(42), anchor="mm")
    flowing = state.injection is Injection.INJECTING
    _draw_figure(draw, 650, "FLOW", f"{RATE_ML_PER_S if flowing else 0.0:.1f}", "ml/s")
    _draw_figure(draw, 850, "PRESSURE", f"{_pressure_bar(state):.1f}", "bar")
    _draw_figure(draw, 1050, "GIVEN", f"{_given_ml(state.injected):.0f}", "ml")
    _draw_curve(draw, state)
    return image


def _given_ml(share: float) -> float:
    return share * (CONTRAST_ML + SALINE_ML * 2 / 3)


def _left_ml(share: float) -> tuple[float, float]:
    """Contrast first, then saline to flush."""
    given = _given_ml(share)
    contrast = min(given, CONTRAST_ML)
    return CONTRAST_ML - contrast, SALINE_ML - (given - contrast)


def _pressure_bar(state: RoomState) -> float:
    if state.injection is not Injection.INJECTING:
        return 0.0
    return 7.8 if _given_ml(state.injected) <= CONTRAST_ML else 4.6  # contrast agent is thicker


def _draw_syringe(
    draw: ImageDraw.ImageDraw, left: int, words: tuple[str, str, float, float], colour: Colour
) -> None:
    letter, name, left_ml, full_ml = words
    top, bottom, right = 190, 560, left + 230
    draw.rounded_rectangle((left, 80, right, 690), 14, _PANEL)
    draw.text((left + 24, 128), letter, colour, font(52), anchor="lm")
    draw.text((left + 76, 130), name, INK, font(28), anchor="lm")
    inner, outer = left + 60, right - 60
    draw.rectangle((inner, top, outer, bottom), (44, 58, 72), (120, 134, 146), 3)
    level = bottom - 4 - round((bottom - top - 24) * left_ml / full_ml)
    draw.rectangle((inner + 4, level, outer - 4, bottom - 3), colour)
    draw.rectangle((inner + 4, level - 14, outer - 4, level), (20, 24, 28))
    draw.rectangle(
        ((inner + outer) // 2 - 7, top - 20, (inner + outer) // 2 + 7, level - 14), (160, 170, 178)
    )
    for number in range(1, 10):
        y = top + 20 + (bottom - top - 20) * number // 10
        draw.line((outer - 20, y, outer - 4, y), (200, 208, 214), 2)
    draw.polygon(
        [(inner + 36, bottom), (outer - 36, bottom), (outer - 46, bottom + 26), (inner + 46, bottom + 26)],
        (120, 134, 146),
    )
    draw.text(((left + right) // 2, 640), f"{left_ml:.0f} ml", INK, font(38), anchor="mm")


def _draw_figure(draw: ImageDraw.ImageDraw, left: int, name: str, value: str, unit: str) -> None:
    draw.rounded_rectangle((left, 190, left + 170, 330), 12, _PANEL)
    draw.text((left + 85, 214), name, _DIM, font(20), anchor="mm")
    draw.text((left + 85, 262), value, INK, font(48), anchor="mm")
    draw.text((left + 85, 308), unit, _DIM, font(20), anchor="mm")


def _draw_curve(draw: ImageDraw.ImageDraw, state: RoomState) -> None:
    left, top, right, bottom = 650, 350, 1220, 690
    draw.rounded_rectangle((left, top, right, bottom), 12, _PANEL)
    draw.text((left + 20, top + 24), "PRESSURE", _DIM, font(20), anchor="lm")
    draw.text((right - 20, top + 24), f"limit {MOST_BAR:.0f} bar", _DIM, font(20), anchor="rm")
    high, low = top + 60, bottom - 30
    draw.line((left + 20, high, right - 20, high), (150, 70, 70), 2)
    draw.line((left + 20, low, right - 20, low), _DIM, 2)
    wide, points = right - left - 40, []
    for number in range(round(state.injected * 100) + 1):
        given = _given_ml(number / 100)
        bar = 7.8 if given <= CONTRAST_ML else 4.6
        bar *= min(1.0, number / 6)
        points.append((left + 20 + wide * number / 100, low - (low - high) * bar / MOST_BAR))
    if len(points) > 1:
        draw.line(points, AMBER, 4, "curve")
