"""An independent integration of the Bloch equations for the tests; it shares nothing with the simulator.

Isochromats are spread over one turn of crusher dephasing. A pulse is a rotation, everything between pulses is
precession and relaxation in closed steps of the differential equation. Magnetisation: (isochromats, 3).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Spins:
    """Isochromats of one tissue, at equilibrium at first. Times in ms, angles in degrees."""

    def __init__(self, t1_ms: float, t2_ms: float, count: int = 1) -> None:
        self.t1_ms, self.t2_ms = t1_ms, t2_ms
        self.m = np.zeros((count, 3))
        self.m[:, 2] = 1.0
        self.turns = np.arange(count) / count

    def pulse(self, angle_deg: float, phase_deg: float = 0.0) -> None:
        """Rotation about an axis in the transverse plane, at `phase_deg` from x."""
        angle, phase = np.radians(angle_deg), np.radians(phase_deg)
        axis = np.array([np.cos(phase), np.sin(phase), 0.0])
        along = (self.m @ axis)[:, None] * axis
        across = np.cross(axis, self.m)
        self.m = along + np.cos(angle) * (self.m - along) + np.sin(angle) * across

    def wait(self, time_ms: float, *, turns: float = 0.0, hertz: Array | float = 0.0) -> None:
        """Relax; precess by `turns` of the crusher across the voxel, and by frequencies."""
        if time_ms < 0:
            raise ValueError("time runs forwards")
        angle = 2 * np.pi * (turns * self.turns + hertz * time_ms / 1000)
        cosine, sine = np.cos(angle), np.sin(angle)
        decay, recovery = np.exp(-time_ms / self.t2_ms), np.exp(-time_ms / self.t1_ms)
        x, y, z = self.m.T
        self.m = np.stack(
            [(x * cosine - y * sine) * decay, (x * sine + y * cosine) * decay, 1 - (1 - z) * recovery], axis=1
        )

    def spoil(self) -> None:
        """Nothing transverse is left, and longitudinal magnetisation is even across the voxel."""
        self.m[:, :2] = 0.0
        self.m[:, 2] = self.m[:, 2].mean()

    def invert(self, efficiency: float = 1.0) -> None:
        self.m[:, 2] *= -efficiency

    @property
    def signal(self) -> complex:
        return complex(self.m[:, 0].mean(), self.m[:, 1].mean())


def spoiled_echo(t1: float, t2: float, t2_star: float, *, tr: float, te: float, flip: float) -> float:
    """Settled gradient echo; T2* replaces T2 until the echo."""
    spins = Spins(t1, t2)
    for _ in range(int(np.ceil(8 * t1 / tr)) + 2):
        spins.spoil()
        spins.pulse(flip)
        seen = abs(spins.signal)
        spins.wait(tr)
    return float(seen * np.exp(-te / t2_star))


def balanced_echoes(t1: float, t2: float, *, tr: float, flip: float, hertz: Array) -> Array:
    """Settled echo in the middle of TR at each frequency; pulses of alternating sign."""
    spins = Spins(t1, t2, count=len(hertz))
    for number in range(int(np.ceil(7 * t1 / tr)) + 2):
        spins.pulse(flip, 180.0 * (number % 2))
        spins.wait(tr / 2, hertz=hertz)
        seen = np.hypot(spins.m[:, 0], spins.m[:, 1])
        spins.wait(tr / 2, hertz=hertz)
    return seen


def echo_train(
    t1: float,
    t2: float,
    *,
    tr: float,
    spacing: float,
    echoes: int,
    flip: float,
    refocusing: float,
    ti: float | None = None,
) -> Array:
    """Signed amplitudes of a settled CPMG train; with `ti` each repetition inverts first."""
    spins = Spins(t1, t2, count=2 * echoes + 32)
    rest = tr - echoes * spacing - (ti or 0.0)
    seen = np.zeros(echoes)
    for _ in range(int(np.ceil(7 * t1 / tr)) + 3):
        if ti is not None:
            spins.invert()
            spins.wait(ti)
        spins.spoil()
        spins.pulse(flip, 90.0)  # about y: along x
        for echo in range(echoes):
            spins.wait(spacing / 2, turns=1.0)
            spins.pulse(refocusing, 0.0)  # about x, along the magnetisation
            spins.wait(spacing / 2, turns=1.0)
            seen[echo] = spins.signal.real
        spins.spoil()
        spins.wait(rest)
    return seen


def inversion_train(
    t1: float,
    t2: float,
    t2_star: float,
    *,
    tr: float,
    ti: float,
    te: float,
    flip: float,
    spacing: float,
    echoes: int,
    centre: int,
    efficiency: float,
) -> Array:
    """Signed amplitudes of every gradient echo after a settled inversion."""
    spins = Spins(t1, t2)
    before = ti - centre * spacing
    seen = np.zeros(echoes)
    for _ in range(int(np.ceil(6 * t1 / tr)) + 3):
        spins.spoil()
        spins.invert(efficiency)
        spins.wait(before)
        for echo in range(echoes):
            spins.spoil()
            spins.pulse(flip, 90.0)
            seen[echo] = spins.signal.real
            spins.wait(spacing)
        spins.spoil()
        spins.wait(tr - before - echoes * spacing)
    return np.asarray(seen * np.exp(-te / t2_star))
