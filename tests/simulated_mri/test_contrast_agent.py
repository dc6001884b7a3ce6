"""Contrast agent against the curve of Parker et al. (2006) and an exchange integrated step by step."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulated_mri.signals.contrast_agent import concentration_mm
from simulated_mri.tissues import Tissue

WITHIN = 0.02
ARRIVES_S, HAEMATOCRIT = 14.0, 0.42
STEP_S = 0.05


def blood_mm(after_s: float) -> float:
    """In arterial blood; a sum of two waves and a washing out, in minutes (Parker, table 1)."""
    minutes = (after_s - ARRIVES_S) / 60
    if minutes <= 0:
        return 0.0
    first = 0.809 / (0.0563 * math.sqrt(2 * math.pi)) * math.exp(-(((minutes - 0.17046) / 0.0563) ** 2) / 2)
    again = 0.330 / (0.132 * math.sqrt(2 * math.pi)) * math.exp(-(((minutes - 0.365) / 0.132) ** 2) / 2)
    return first + again + 1.050 * math.exp(-0.1685 * minutes) / (1 + math.exp(-38.078 * (minutes - 0.483)))


@pytest.mark.parametrize(
    ("after_s", "expected"), [(14.0, 0.0), (24.23, 6.07), (36.0, 1.022), (74.0, 0.887), (314.0, 0.452)]
)
def test_arterial_blood_has_the_first_pass_the_recirculation_and_the_tail_of_the_population(
    after_s: float, expected: float
) -> None:
    assert blood_mm(after_s) == pytest.approx(expected, rel=0.01)
    assert concentration_mm(Tissue.BLOOD, after_s) == pytest.approx(expected, rel=WITHIN)


@pytest.mark.parametrize(
    ("tissue", "plasma", "ktrans_per_min", "interstitial", "portal"),
    [
        (Tissue.PORTAL_BLOOD, 0.58, 0.0, 1.0, 1.0),
        (Tissue.LIVER, 0.05, 0.9, 0.22, 0.75),
        (Tissue.SPLEEN, 0.15, 1.1, 0.22, 0.0),
        (Tissue.KIDNEY, 0.25, 0.9, 0.40, 0.0),
        (Tissue.SOFT, 0.01, 0.04, 0.12, 0.0),
        (Tissue.TUMOUR, 0.05, 0.15, 0.30, 0.0),
        (Tissue.GREY, 0.03, 0.0, 1.0, 0.0),
    ],
)
def test_tissues_take_up_what_two_compartments_exchange(
    tissue: Tissue, plasma: float, ktrans_per_min: float, interstitial: float, portal: float
) -> None:
    """Portal plasma follows the artery's, 10 s later, through a mixing chamber of 9 s."""
    mixed = outside = 0.0
    course: list[float] = []
    for step in range(round(320 / STEP_S)):
        now_s = step * STEP_S
        artery, entering = (blood_mm(at) / (1 - HAEMATOCRIT) for at in (now_s, now_s - 10))
        supply = (1 - portal) * artery + portal * mixed
        course.append(plasma * supply + interstitial * outside)
        outside += ktrans_per_min / interstitial * (supply - outside) * STEP_S / 60
        mixed += (entering - mixed) / 9.0 * STEP_S
    seconds = (20.0, 25.0, 30.0, 45.0, 70.0, 120.0, 180.0, 310.0)
    expected = np.array([course[round(at / STEP_S)] for at in seconds])
    seen = np.array([concentration_mm(tissue, at) for at in seconds])
    assert np.all(np.abs(seen - expected) <= np.maximum(0.03 * expected, 0.01 * max(course))), (
        seen,
        expected,
    )


def test_what_no_agent_reaches_has_none_at_any_time() -> None:
    assert all(concentration_mm(tissue, 60.0) == 0 for tissue in (Tissue.CSF, Tissue.OEDEMA, Tissue.PLAQUE))
    assert concentration_mm(Tissue.BLOOD, -5.0) == 0


def test_phases_follow_each_other_artery_spleen_portal_vein_liver() -> None:
    arterial, portal, late = 26.0, 65.0, 300.0
    seen = {
        tissue: [concentration_mm(tissue, at) for at in (arterial, portal, late)]
        for tissue in (Tissue.BLOOD, Tissue.SPLEEN, Tissue.LIVER, Tissue.PORTAL_BLOOD)
    }
    assert seen[Tissue.BLOOD][0] > 4 * seen[Tissue.BLOOD][1]
    assert seen[Tissue.SPLEEN][0] > 3 * seen[Tissue.LIVER][0]
    assert seen[Tissue.PORTAL_BLOOD][0] < 0.2 * seen[Tissue.BLOOD][0]
    assert seen[Tissue.LIVER][1] > 1.5 * seen[Tissue.LIVER][0]
    assert seen[Tissue.PORTAL_BLOOD][1] > seen[Tissue.PORTAL_BLOOD][0]
    assert all(0 < of[2] < of[1] for of in seen.values())
