"""Closed-form signals of each sequence: transverse magnetisation per unit of equilibrium magnetisation.

Times in ms, angles in degrees. All are non-negative magnitudes except where said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulated_mri.tissues import Relaxation


def spoiled_gradient_echo(tissue: Relaxation, *, tr_ms: float, te_ms: float, flip_deg: float) -> float:
    """Ernst's steady state with perfect spoiling, decayed by T2*."""
    e1 = math.exp(-tr_ms / tissue.t1_ms)
    flip = math.radians(flip_deg)
    steady = math.sin(flip) * (1 - e1) / (1 - math.cos(flip) * e1)
    return tissue.proton_density * steady * math.exp(-te_ms / tissue.t2_star_ms)


def refocusing_yield(refocusing_deg: float) -> float:
    """Share of the echo that a refocusing pulse below 180° keeps (pseudo steady state, Hennig 1988)."""
    return math.sin(math.radians(min(refocusing_deg, 180.0)) / 2)


def spin_echo(
    tissue: Relaxation, *, tr_ms: float, te_ms: float, flip_deg: float, refocusing_deg: float = 180.0
) -> float:
    """Saturation recovery read by one echo at `te_ms`; the refocusing pulse inverts what had recovered."""
    flip = math.radians(flip_deg)
    e1 = math.exp(-tr_ms / tissue.t1_ms)
    half = math.exp(-(tr_ms - te_ms / 2) / tissue.t1_ms)
    longitudinal = (1 - 2 * half + e1) / (1 + math.cos(flip) * e1)
    decay = math.exp(-te_ms / tissue.t2_ms)
    return (
        tissue.proton_density * abs(longitudinal * math.sin(flip)) * decay * refocusing_yield(refocusing_deg)
    )


@dataclass(frozen=True, slots=True)
class EchoTrain:
    """One echo train: effective echo time, whole length, and the angle of its refocusing pulses."""

    te_ms: float
    length_ms: float
    flip_deg: float
    refocusing_deg: float


def turbo_spin_echo(tissue: Relaxation, train: EchoTrain, *, tr_ms: float) -> float:
    """The train leaves no longitudinal magnetisation: recovery runs from its end to the next excitation."""
    recovered = 1 - math.exp(-max(tr_ms - train.length_ms, 0.0) / tissue.t1_ms)
    return _train_echo(tissue, train, recovered)


def inversion_turbo_spin_echo(tissue: Relaxation, train: EchoTrain, *, tr_ms: float, ti_ms: float) -> float:
    """FLAIR: recovery after the last train, inversion, recovery for `ti_ms`, then the train. Magnitude."""
    before = 1 - math.exp(-max(tr_ms - ti_ms - train.length_ms, 0.0) / tissue.t1_ms)
    at_excitation = 1 - (1 + before) * math.exp(-ti_ms / tissue.t1_ms)
    return _train_echo(tissue, train, at_excitation)


def _train_echo(tissue: Relaxation, train: EchoTrain, longitudinal: float) -> float:
    transverse = abs(longitudinal) * math.sin(math.radians(train.flip_deg))
    decay = math.exp(-train.te_ms / tissue.t2_train_ms)
    return tissue.proton_density * transverse * decay * refocusing_yield(train.refocusing_deg)


@dataclass(frozen=True, slots=True)
class ReadoutTrain:
    """The gradient echoes after one inversion (MPRAGE): `echo_count` excitations, TI to the middle one."""

    tr_ms: float
    ti_ms: float
    te_ms: float
    flip_deg: float
    echo_spacing_ms: float
    echo_count: int

    @property
    def length_ms(self) -> float:
        return self.echo_count * self.echo_spacing_ms


def inversion_gradient_echo(tissue: Relaxation, train: ReadoutTrain) -> float:
    """The periodic solution of MPRAGE (Deichmann 2000), at the middle readout. Magnitude.

    Each interval maps longitudinal magnetisation m to a·m + b; one period's map has one fixed point.
    """
    flip = math.radians(train.flip_deg)
    e_echo = math.exp(-train.echo_spacing_ms / tissue.t1_ms)
    a_echo = math.cos(flip) * e_echo
    half = train.echo_count // 2
    rest_ms = max(train.tr_ms - train.ti_ms - train.length_ms / 2, 0.0)
    to_first = _recovery(tissue, max(train.ti_ms - train.length_ms / 2, 0.0))
    first_half = _power(a_echo, 1 - e_echo, half)
    second_half = _power(a_echo, 1 - e_echo, train.echo_count - half)
    inversion = (-0.97, 0.0)
    before_middle = _then(_then(inversion, to_first), first_half)
    a, b = _then(_then(before_middle, second_half), _recovery(tissue, rest_ms))
    start = b / (1 - a)
    middle = before_middle[0] * start + before_middle[1]
    return tissue.proton_density * abs(middle) * math.sin(flip) * math.exp(-train.te_ms / tissue.t2_star_ms)


def _recovery(tissue: Relaxation, time_ms: float) -> tuple[float, float]:
    e1 = math.exp(-time_ms / tissue.t1_ms)
    return e1, 1 - e1


def _then(first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float]:
    return second[0] * first[0], second[0] * first[1] + second[1]


def _power(a: float, b: float, count: int) -> tuple[float, float]:
    """The map m → a·m + b applied `count` times."""
    whole = a**count
    return whole, b * (1 - whole) / (1 - a) if a != 1 else b * count
