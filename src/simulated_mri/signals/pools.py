"""The pools of magnetisation for which signals are computed, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulated_mri.tissues import Relaxation, Tissue

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pools:
    """One entry per pool in every array. `b1` is the transmit field as a share of the nominal one."""

    t1_ms: Array
    t2_ms: Array
    t2_star_ms: Array
    t2_train_ms: Array
    proton_density: Array
    adc_um2_per_ms: Array
    b1: Array

    def flip(self, angle_deg: float) -> Array:
        """The angle really reached, in radians."""
        return np.asarray(np.radians(angle_deg) * self.b1)

    def __len__(self) -> int:
        return len(self.t1_ms)


def make_pools(
    tissues: Sequence[Tissue], times: Mapping[Tissue, Relaxation], b1: Sequence[float] = (1.0,)
) -> Pools:
    """All tissues at the first transmit field, then all at the second, and so on."""
    rows = [times[tissue] for tissue in tissues]

    def column(name: str) -> Array:
        return np.tile(np.array([getattr(row, name) for row in rows], dtype=np.float64), len(b1))

    return Pools(
        t1_ms=column("t1_ms"),
        t2_ms=column("t2_ms"),
        t2_star_ms=column("t2_star_ms"),
        t2_train_ms=column("t2_train_ms"),
        proton_density=column("proton_density"),
        adc_um2_per_ms=column("adc_um2_per_ms"),
        b1=np.repeat(np.array(b1, dtype=np.float64), len(rows)),
    )
