"""Diffusion weighting: attenuation, and the b value that a pair of lobes reaches in a given time."""

from __future__ import annotations

import math

import numpy as np

from simulated_mri.hardware import GAMMA_HZ_PER_T
from simulated_mri.signals.pools import Array, Pools


def attenuation(pools: Pools, b_s_per_mm2: float) -> Array:
    """exp(−b·ADC); 1 µm²/ms is 10⁻³ mm²/s."""
    return np.asarray(np.exp(-b_s_per_mm2 * pools.adc_um2_per_ms * 1e-3))


def lobe_ms(b_s_per_mm2: float, gradient_t_per_m: float, between_ms: float) -> float:
    """Length δ of each of two lobes, `between_ms` apart, that reach b (Stejskal and Tanner 1965).

    b = (2πγGδ)²(Δ − δ/3) with Δ = δ + `between_ms`; solved by Newton's method, ramps neglected.
    """
    wanted = b_s_per_mm2 * 1e6  # s/m²
    strength = (2 * math.pi * GAMMA_HZ_PER_T * gradient_t_per_m) ** 2
    between = between_ms / 1000
    delta = max((1.5 * wanted / strength) ** (1 / 3), 1e-4)
    for _ in range(30):
        value = strength * delta**2 * (2 * delta / 3 + between) - wanted
        slope = strength * (2 * delta**2 + 2 * delta * between)
        delta = max(delta - value / slope, 0.0)
        if delta == 0.0:
            return 0.0
    return float(1000 * delta)
