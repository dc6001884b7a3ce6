"""A picture that is changed in places, and given to the encoder as often as wanted for little."""

from __future__ import annotations

from dataclasses import dataclass

import av
from PIL import Image

WIDTH, HEIGHT = 1280, 720
CAPTION_HEIGHT = 52
_LUMA = [round(16 + value * 219 / 255) for value in range(256)]
_CHROMA = [round(128 + (value - 128) * 224 / 255) for value in range(256)]


@dataclass(frozen=True, slots=True)
class Patch:
    """A piece of picture in the encoder's form; `left` and `top` are even."""

    left: int
    top: int
    planes: tuple[Image.Image, Image.Image, Image.Image]


def patch(image: Image.Image, left: int = 0, top: int = 0) -> Patch:
    """From RGB (even size) to 4:2:0 of video range (ITU-R BT.601)."""
    luma, blue, red = image.convert("RGB").convert("YCbCr").split()
    planes = luma.point(_LUMA), blue.reduce(2).point(_CHROMA), red.reduce(2).point(_CHROMA)
    return Patch(left, top, planes)


def below_caption(image: Image.Image) -> Patch:
    """A whole picture, without the line at its top that holds caption and clock."""
    return patch(image.crop((0, CAPTION_HEIGHT, WIDTH, HEIGHT)), 0, CAPTION_HEIGHT)


class Canvas:
    """What is painted last lies on top."""

    def __init__(self) -> None:
        size, half = (WIDTH, HEIGHT), (WIDTH // 2, HEIGHT // 2)
        self._planes = [Image.new("L", size, 16), Image.new("L", half, 128), Image.new("L", half, 128)]
        self._bytes: list[bytes] | None = None

    def paint(self, piece: Patch) -> None:
        """Put a piece where it belongs."""
        self._bytes = None
        for plane, part, share in zip(self._planes, piece.planes, (1, 2, 2), strict=True):
            plane.paste(part, (piece.left // share, piece.top // share))

    def frame(self) -> av.VideoFrame:
        """The picture as it is now, in a frame of its own."""
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        if self._bytes is None:
            self._bytes = [plane.tobytes() for plane in self._planes]
        for plane, content in zip(frame.planes, self._bytes, strict=True):
            plane.update(content)
        return frame
