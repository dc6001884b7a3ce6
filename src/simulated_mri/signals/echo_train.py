"""Trains of refocused echoes as extended phase graphs (Hennig 1988; Weigel, JMRI 2015; 41: 266).

One excitation, then refocusing pulses of any angle about the axis of the transverse magnetisation (CPMG),
with equal crushers on both sides. Configuration states: `plus` and `minus` transverse, `z` longitudinal,
shape (pools, orders).

What is transverse at the end of a train is spoiled; what is longitudinal recovers to the next one, and the
periodic state follows from two trains, since a train maps Mz to a·Mz + b.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulated_mri.signals.pools import Array, Pools

_States = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Train:
    """`echo_count` echoes, `spacing_ms` apart; the first comes one spacing after the excitation."""

    echo_count: int
    spacing_ms: float
    flip_deg: float
    refocusing_deg: float


def echoes(pools: Pools, train: Train, start: Array | float) -> tuple[Array, Array]:
    """Amplitude of each echo, shape (pools, echoes), and Mz at the last of them, from Mz `start`.

    Per unit of equilibrium magnetisation; signed: an inverted start gives negative echoes.
    """
    half = train.spacing_ms / 2
    e1 = np.exp(-half / pools.t1_ms)[:, None]
    e2 = np.exp(-half / pools.t2_train_ms)[:, None]
    plus, minus, z = _excited(pools, train, start)
    turn = _refocusing(pools.flip(train.refocusing_deg))
    seen = np.empty((len(pools), train.echo_count))
    for echo in range(train.echo_count):
        top = 2 * (train.echo_count - echo) + 2  # higher orders never come back to 0
        plus, minus, z = plus[:, :top], minus[:, :top], z[:, :top]
        plus, minus, z = _wait(plus, minus, z, e1, e2)
        plus, minus, z = turn(plus, minus, z)
        plus, minus, z = _wait(plus, minus, z, e1, e2)
        seen[:, echo] = plus[:, 0].real
    return seen, z[:, 0].real


def steady_train(pools: Pools, train: Train, *, rest_ms: float, ti_ms: float | None = None) -> Array:
    """Echo amplitudes once repetitions have settled, shape (pools, echoes), proton density included.

    After the last echo magnetisation recovers for `rest_ms`; then, with `ti_ms`, it is
    inverted (perfectly: adiabatic) and recovers for that long; then the next train begins.
    """
    nothing, whole = np.zeros(len(pools)), np.ones(len(pools))
    _, from_nothing = echoes(pools, train, nothing)
    _, from_whole = echoes(pools, train, whole)
    slope, offset = from_whole - from_nothing, from_nothing

    def to_next_train(mz: Array) -> Array:
        mz = recover(mz, rest_ms, pools.t1_ms)
        return mz if ti_ms is None else recover(-mz, ti_ms, pools.t1_ms)

    base = to_next_train(offset)
    gain = to_next_train(offset + slope) - base
    seen, _ = echoes(pools, train, base / (1 - gain))
    return np.asarray(seen * pools.proton_density[:, None])


def recover(mz: Array, time_ms: float, t1_ms: Array) -> Array:
    return np.asarray(1 - (1 - mz) * np.exp(-max(time_ms, 0.0) / t1_ms))


def _excited(pools: Pools, train: Train, start: Array | float) -> tuple[_States, _States, _States]:
    """Right after the excitation: transverse magnetisation lies along the refocusing pulses' axis."""
    orders = train.echo_count + 4
    shape = (len(pools), orders)
    plus, minus, z = (np.zeros(shape, dtype=np.complex128) for _ in range(3))
    flip = pools.flip(train.flip_deg)
    plus[:, 0] = minus[:, 0] = np.sin(flip) * start
    z[:, 0] = np.cos(flip) * start
    return plus, minus, z


def _refocusing(angle: Array) -> Callable[[_States, _States, _States], tuple[_States, _States, _States]]:
    """Rotation of the states about the x axis (Weigel 2015, equation 15, phase 0)."""
    c, s = np.cos(angle / 2)[:, None] ** 2, np.sin(angle / 2)[:, None] ** 2
    sine, cosine = np.sin(angle)[:, None], np.cos(angle)[:, None]

    def turn(plus: _States, minus: _States, z: _States) -> tuple[_States, _States, _States]:
        return (
            c * plus + s * minus - 1j * sine * z,
            s * plus + c * minus + 1j * sine * z,
            0.5j * sine * (minus - plus) + cosine * z,
        )

    return turn


def _wait(
    plus: _States, minus: _States, z: _States, e1: Array, e2: Array
) -> tuple[_States, _States, _States]:
    """Half a spacing: decay, recovery, and one step of dephasing."""
    z = z * e1
    z[:, 0] += 1 - e1[:, 0]
    moved_plus, moved_minus = np.empty_like(plus), np.empty_like(minus)
    moved_plus[:, 1:] = plus[:, :-1]
    moved_minus[:, :-1] = minus[:, 1:]
    moved_minus[:, -1] = 0
    moved_plus[:, 0] = np.conj(moved_minus[:, 0])
    moved_plus *= e2
    moved_minus *= e2
    return moved_plus, moved_minus, z
