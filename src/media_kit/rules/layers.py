"""The qualities a source is encoded in, and what each may cost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Content(StrEnum):
    """What a source shows; it decides how it is encoded."""

    CAMERA = "camera"
    SCREEN = "screen"


class Quality(StrEnum):
    """Which of a source's two layers: `LOW` for a thumbnail or a narrow line."""

    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Layer:
    """One encoding of a source. A picture is never enlarged; `most_height` in pixels, rates in bit/s."""

    most_height: int
    most_per_s: int
    least_bps: int
    most_bps: int
    content: Content


LAYERS: dict[Content, dict[Quality, Layer]] = {
    Content.CAMERA: {
        Quality.LOW: Layer(360, 25, 120_000, 350_000, Content.CAMERA),
        Quality.HIGH: Layer(720, 25, 600_000, 2_000_000, Content.CAMERA),
    },
    Content.SCREEN: {
        Quality.LOW: Layer(540, 5, 150_000, 500_000, Content.SCREEN),
        Quality.HIGH: Layer(1080, 10, 1_000_000, 3_800_000, Content.SCREEN),
    },
}

WORTH_LOWERING = 0.85
WORTH_RAISING = 1.25


def next_bitrate(layer: Layer, now_bps: int, allotted_bps: list[int]) -> int:
    """What a layer is to be encoded at: what its poorest viewer affords, within its limits.

    An encoder is rebuilt for another rate, which costs a key frame: small changes change nothing.
    """
    wanted_bps = max(layer.least_bps, min([layer.most_bps, *allotted_bps]))
    if wanted_bps < now_bps * WORTH_LOWERING or wanted_bps > now_bps * WORTH_RAISING:
        return wanted_bps
    return now_bps
