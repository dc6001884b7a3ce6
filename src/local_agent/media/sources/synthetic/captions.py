"""What a camera writes into its picture: its name, the time, and that none of this is real."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from local_agent.media.sources.synthetic.canvas import CAPTION_HEIGHT
from local_agent.media.sources.synthetic.perspective import Colour

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
INK = (236, 240, 242)
QUIET = (168, 178, 186)
AMBER = (255, 190, 70)
BAR = (14, 18, 22)
TITLE_PX, WORDS_PX = 30, 26
"""To be read in a tile of a third of the picture's width."""
CLOCK_WIDTH = 170


@lru_cache
def font(size: int) -> Font:
    """The face that comes with the drawing library: the same on every machine."""
    return ImageFont.load_default(size)


def bar(width: int, title: str, words: str, colour: Colour) -> Image.Image:
    """The line at the top, without the time."""
    image = Image.new("RGB", (width, CAPTION_HEIGHT), BAR)
    draw = ImageDraw.Draw(image)
    draw.text((16, CAPTION_HEIGHT // 2), title, INK, font(TITLE_PX), anchor="lm")
    at = 16 + round(draw.textlength(title, font(TITLE_PX))) + 18
    at += _mark(draw, at, "SIMULATED") + 18
    draw.text((at, CAPTION_HEIGHT // 2), words, colour, font(WORDS_PX), anchor="lm")
    return image


def clock(at: datetime) -> Image.Image:
    """The time, with seconds: what a person compares with another clock to see that the picture lives."""
    image = Image.new("RGB", (CLOCK_WIDTH, CAPTION_HEIGHT), BAR)
    words = at.strftime("%H:%M:%S")
    place = (CLOCK_WIDTH - 16, CAPTION_HEIGHT // 2)
    ImageDraw.Draw(image).text(place, words, INK, font(TITLE_PX), anchor="rm")
    return image


def _mark(draw: ImageDraw.ImageDraw, left: int, words: str) -> int:
    width = round(draw.textlength(words, font(WORDS_PX))) + 20
    draw.rounded_rectangle((left, 6, left + width, CAPTION_HEIGHT - 7), 5, outline=AMBER, width=2)
    draw.text((left + width // 2, CAPTION_HEIGHT // 2), words, AMBER, font(WORDS_PX), anchor="mm")
    return width
