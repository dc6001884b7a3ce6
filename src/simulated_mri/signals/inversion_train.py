"""Gradient echoes after an inversion (MPRAGE; Mugler and Brookeman, MRM 1990; 15: 152), echo by echo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulated_mri.signals.pools import Array, Pools

INVERSION_EFFICIENCY = 0.97  # adiabatic pulse, with relaxation during it


@dataclass(frozen=True, slots=True)
class ReadoutTrain:
    """`echo_count` excitations after each inversion; TI runs to excitation number `centre`."""

    tr_ms: float
    ti_ms: float
    te_ms: float
    flip_deg: float
    echo_spacing_ms: float
    echo_count: int
    centre: int


def inversion_gradient_echoes(pools: Pools, train: ReadoutTrain) -> Array:
    """Signed signal of each echo in the periodic state, shape (pools, echoes); perfect spoiling.

    Each interval maps longitudinal magnetisation m to a·m + b; one period's map has one fixed point
    (Deichmann et al., NeuroImage 2000; 12: 112).
    """
    spacing, n = train.echo_spacing_ms, train.echo_count
    flip = pools.flip(train.flip_deg)[:, None]
    e_echo = np.exp(-spacing / pools.t1_ms)[:, None]
    shrink = np.cos(flip) * e_echo
    settled = (1 - e_echo) / (1 - shrink)
    before_ms = max(train.ti_ms - train.centre * spacing, 0.0)
    rest_ms = max(train.tr_ms - before_ms - n * spacing, 0.0)
    e_before = np.exp(-before_ms / pools.t1_ms)[:, None]
    e_rest = np.exp(-rest_ms / pools.t1_ms)[:, None]
    # first = p + q · (magnetisation before the inversion); last likewise after the train and the rest
    p, q = 1 - e_before, -INVERSION_EFFICIENCY * e_before
    through = shrink**n
    base = 1 + (settled + (p - settled) * through - 1) * e_rest
    start = base / (1 - q * through * e_rest)
    first = p + q * start
    along = settled + (first - settled) * shrink ** np.arange(n)
    decayed = pools.proton_density * np.exp(-train.te_ms / pools.t2_star_ms)
    return np.asarray(decayed[:, None] * np.sin(flip) * along)
