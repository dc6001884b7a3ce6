"""Low-contrast discs of the phantom, scored as the ACR asks: spokes of which all three discs can be told.

Limit: ACR Large and Medium Phantom Test Guidance (2022), low-contrast object detectability: slices 8 to 11
together at least 37 of 40 spokes at 3 T. A disc can be told if it differs from the ring around it by more
than its noise allows (Rose, J Opt Soc Am 1948; 38: 196).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from test_phantom_acr import PIXEL_MM
from test_subjects import axial, density, scan

from simulated_mri.subjects.catalogue import load_subject
from simulated_mri.subjects.phantom_acr import SLICE_MM
from simulated_mri.subjects.subject import Subject

LEAST_AT_3T = 37
ROSE = 3.0
RINGS_MM = (12.5, 25.0, 38.0)
Picture = npt.NDArray[np.float64]


def score(subject: Subject) -> list[int]:
    """Spokes told in slices 8 to 11, each counted from the largest discs to the first not whole."""
    return [
        spokes(density(scan("phantom_qa/acr_t1", subject, axial(SLICE_MM[number]))), number)
        for number in (8, 9, 10, 11)
    ]


def spokes(picture: Picture, number: int) -> int:
    for spoke in range(10):
        angle = math.radians(36 * spoke + 9 * (number - 8))
        radius = (7.0 - 0.6 * spoke) / 2
        places = [(ring * math.sin(angle), -ring * math.cos(angle)) for ring in RINGS_MM]
        if not all(told(picture, place, radius) for place in places):
            return spoke
    return 10


def told(picture: Picture, place_mm: tuple[float, float], radius_mm: float) -> bool:
    y, x = (np.indices(picture.shape) - 128) * PIXEL_MM
    distance = np.hypot(x - place_mm[0], y - place_mm[1])
    disc, ring = (
        picture[distance < radius_mm],
        picture[(distance > radius_mm + 1) & (distance < radius_mm + 3)],
    )
    noise = ring.std() * math.sqrt(1 / len(disc) + 1 / len(ring))
    return bool(ring.mean() - disc.mean() > ROSE * noise)


def test_low_contrast_discs_are_told_within_the_limit() -> None:
    assert sum(score(load_subject("phantom_acr"))) >= LEAST_AT_3T


@pytest.mark.parametrize("share", [0.1])
def test_a_coil_that_lost_its_sensitivity_fails_the_limit(share: float) -> None:
    whole = load_subject("phantom_acr")
    broken = replace(whole, array=replace(whole.array, gain=whole.array.gain * share))
    assert sum(score(broken)) < LEAST_AT_3T
