"""Diffusion lobes reach their b value: the gradient's area, squared, integrated step by step."""

from __future__ import annotations

import numpy as np
import pytest

from simulated_mri.signals.diffusion import lobe_ms

GAMMA_RAD = 2 * np.pi * 42.577e6


@pytest.mark.parametrize("between_ms", [0.0, 4.0, 12.0])
@pytest.mark.parametrize("gradient_t_per_m", [0.025, 0.069])
@pytest.mark.parametrize("b", [50.0, 500.0, 1000.0, 2000.0])
def test_two_lobes_of_the_length_found_reach_the_b_value(
    b: float, gradient_t_per_m: float, between_ms: float
) -> None:
    lobe = lobe_ms(b, gradient_t_per_m, between_ms)
    step_ms = (2 * lobe + between_ms) / 40000
    times = np.arange(40000) * step_ms
    first, second = times < lobe, times >= lobe + between_ms
    area = np.cumsum(gradient_t_per_m * (1.0 * first - 1.0 * second)) * step_ms / 1000
    reached = ((GAMMA_RAD * area) ** 2).sum() * step_ms / 1000 / 1e6  # s/mm²
    assert reached == pytest.approx(b, rel=0.01)
