"""The clips of `bench media`: made from a seed, so that nothing large is committed and all runs are alike."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import av
import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

Luma = NDArray[np.uint8]

SEED = 20261124
BITS, BLOCK = 16, 24
ROOM_SIZE, ROOM_PER_S = (1280, 720), 25
SCREEN_SIZE, SCREEN_PER_S = (1920, 1080), 10
CLIP_FRAMES = 50


def room_clip() -> list[Luma]:
    """A textured room with three things moving in it and a camera's noise: 720p, two seconds, repeated."""
    width, height = ROOM_SIZE
    chance = np.random.default_rng(SEED)
    room = _smooth(np.kron(chance.integers(40, 200, (height // 16, width // 16)), np.ones((16, 16))))
    frames = []
    for n in range(CLIP_FRAMES):
        turn = 2 * math.pi * n / CLIP_FRAMES
        frame = room.copy()
        for thing in range(3):
            left = int((width - 200) * (0.5 + 0.5 * math.sin(turn + 2 * thing)))
            top = 60 + int((height - 260) * (0.5 + 0.5 * math.cos(turn + thing)))
            frame[top : top + 160, left : left + 160] = room[300:460, 100 + 200 * thing : 260 + 200 * thing]
        frames.append(_as_luma(frame + chance.integers(-3, 4, frame.shape)))
    return frames


def write_film(path: Path) -> None:
    """The room's clip as a file that a site can declare as a camera."""
    width, height = ROOM_SIZE
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=ROOM_PER_S)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height, "yuv420p", 8_000_000
        for number, luma in enumerate(room_clip()):
            container.mux(stream.encode(numbered(luma, number)))
        container.mux(stream.encode())


def screen_clip() -> list[Luma]:
    """A page of letters eleven pixels high (10 pt at 80 dpi); a line changes with each frame: 1080p."""
    width, height = SCREEN_SIZE
    chance = np.random.default_rng(SEED + 1)
    letters = chance.integers(0, 2, (40, 11, 7)).astype(np.uint8)
    rows, columns = (height - 60) // 18, (width - 40) // 9
    page = np.full((height, width), 245, np.uint8)
    for row in range(rows):
        _write_line(page, letters, row, chance.integers(0, len(letters), columns))
    frames = []
    for n in range(CLIP_FRAMES):
        _write_line(page, letters, n * 7 % rows, chance.integers(0, len(letters), columns))
        frames.append(page.copy())
    return frames


def numbered(luma: Luma, number: int) -> VideoFrame:
    """A frame of the clip with its number in black and white blocks along the top."""
    picture = luma.copy()
    for bit in range(BITS):
        picture[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = 235 if number >> bit & 1 else 16
    chroma = np.full((picture.shape[0] // 2, picture.shape[1]), 128, np.uint8)
    return VideoFrame.from_ndarray(np.concatenate([picture, chroma]), format="yuv420p")


def number_of(luma: Luma, width: int) -> int:
    """The number of a decoded frame, whatever size it was encoded in; `width` is the clip's."""
    block = BLOCK * luma.shape[1] / width
    middle = int(block / 2)
    return sum(int(luma[middle, int(bit * block) + middle] > 128) << bit for bit in range(BITS))


def psnr_db(shown: Luma, clip: Luma) -> float:
    """Of the luma, without the row of blocks."""
    difference = shown[BLOCK:].astype(np.float32) - clip[BLOCK:].astype(np.float32)
    return float(10 * np.log10(255**2 / max(float((difference**2).mean()), 1e-9)))


def _write_line(page: Luma, letters: Luma, row: int, text: NDArray[np.int64]) -> None:
    top = 40 + row * 18
    for column, letter in enumerate(text):
        if letter % 6:  # every sixth is a space
            left = 20 + column * 9
            page[top : top + 11, left : left + 7] = np.where(letters[letter], 20, 245)


def _smooth(picture: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    for _ in range(3):
        shifted = [np.roll(picture, step, axis) for step in (-5, 5) for axis in (0, 1)]
        picture = (picture + sum(shifted)) / 5
    return picture


def _as_luma(picture: NDArray[np.floating[Any]]) -> Luma:
    clipped: Luma = np.clip(picture, 0, 255).astype(np.uint8)
    return clipped
