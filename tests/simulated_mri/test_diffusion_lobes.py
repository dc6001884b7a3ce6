"""Diffusion lobes reach their b value: the gradient's area, squared, integrated step by step."""

from __future__ import annotations

import numpy as np
import pytest

from simulated_mri.hardware import Hardware
from simulated_mri.phase_lines import lines_before_centre
from simulated_mri.protocols import PROTOCOLS
from simulated_mri.signals.diffusion import lobe_ms
from simulated_mri.timing import DIFFUSION_RAMP_MS, echo_spacing_ms, te_min_ms

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


@pytest.mark.parametrize("b", [500.0, 1000.0])
def test_the_shortest_echo_time_reaches_b_with_the_gradient_of_one_axis(b: float) -> None:
    """Directions are measured along single axes, so the other two cannot help. Stejskal and Tanner 1965."""
    hardware, step = Hardware(), next(s for p in PROTOCOLS for s in p.steps if s.step_id == "dwi_ax")
    values = {**step.values, "b_value_s_per_mm2": b}
    train_ms = lines_before_centre(values) * echo_spacing_ms("epi_dwi", values, hardware)
    half_ms = te_min_ms("epi_dwi", values, hardware) / 2
    delta = (half_ms - hardware.refocusing_ms / 2 - train_ms - DIFFUSION_RAMP_MS) / 1000
    apart = delta + (hardware.refocusing_ms + 2 * DIFFUSION_RAMP_MS) / 1000
    reached = (GAMMA_RAD * hardware.gradient_max_t_per_m * delta) ** 2 * (apart - delta / 3) / 1e6
    assert reached == pytest.approx(b, rel=0.01)
