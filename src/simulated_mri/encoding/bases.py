"""Few volumes instead of many tissues: what differs along k-space lines only by a factor is added up.

A tissue's signal changes from line to line (echo trains, transients). All tissues' courses together are
described by one to three *basis courses*; each voxel then holds one number per basis course. Fat has its own,
since it lies elsewhere in the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulated_mri.encoding.fourier import Real
from simulated_mri.signals.pools import Array
from simulated_mri.tissues import Tissue

TOLERANCE = 1e-2  # of the largest course, left out
CENTRAL_SHARE, CENTRAL_WEIGHT = 0.06, 4.0
USUAL_DEVIATION = 0.15  # of the transmit field: how much slopes matter beside even parts


@dataclass(frozen=True, slots=True, eq=False)
class Bases:
    """`courses`: (bases, lines), the last one fat's. `weights`: (powers of b1 − 1, tissues, bases).

    `fat_by_others`: fat's course as so much of each other one; None where that is not near enough.
    """

    courses: Real
    weights: Real
    fat_by_others: Real | None = None

    @property
    def constant(self) -> bool:
        """Whether no course changes along the lines."""
        return bool(np.ptp(self.courses, axis=1).max() < 1e-6 * max(np.abs(self.courses).max(), 1e-12))


def make_bases(courses: Array, tissues: Sequence[Tissue], b1: Sequence[float]) -> Bases:
    """From courses at several transmit fields, shape (fields × tissues, lines).

    The nominal field must be among them: there the courses are met exactly, elsewhere by a parabola.
    """
    lines = courses.shape[1]
    by_field = courses.reshape(len(b1), len(tissues), lines)
    nominal = by_field[list(b1).index(1.0)]
    powers = min(len(b1), 3)
    terms = np.vander(np.array(b1) - 1.0, powers, increasing=True)[:, 1:]
    slopes = np.linalg.pinv(terms) @ (by_field - nominal).reshape(len(b1), -1)
    rows = np.concatenate([nominal[None], slopes.reshape(powers - 1, len(tissues), lines)])
    water = [index for index, tissue in enumerate(tissues) if tissue is not Tissue.FAT]
    scale = USUAL_DEVIATION ** np.arange(powers)[:, None, None]
    basis, shares = _principal((rows * scale)[:, water].reshape(-1, lines))
    weights = np.zeros((powers, len(tissues), len(basis) + 1))
    weights[:, water, :-1] = shares.reshape(powers, len(water), len(basis)) / scale
    fat_course = np.zeros(lines)
    if Tissue.FAT in tissues:
        fat = tissues.index(Tissue.FAT)
        fat_course, fat_shares = _single((rows * scale)[:, fat])
        weights[:, fat, -1] = fat_shares / scale[:, 0, 0]
    kept = np.asarray(np.vstack([basis, fat_course]), dtype=np.float32)
    return Bases(kept, weights.astype(np.float32), _by_others(fat_course, basis))


def _by_others(course: Array, others: Array) -> Real | None:
    """`course` as a sum of `others`, if no line of it misses by more than the tolerance."""
    shares = np.linalg.lstsq(others.T, course, rcond=None)[0]
    missed = np.abs(course - shares @ others).max()
    near = missed <= TOLERANCE * np.abs(course).max()
    return np.asarray(shares, dtype=np.float32) if near else None


def _principal(rows: Array) -> tuple[Array, Array]:
    """(basis courses, each row's share of them); of no rows one empty course.

    Lines around the centre of k-space weigh more than the others, since they make the contrast.
    """
    if not len(rows):
        return np.zeros((1, rows.shape[1])), np.zeros((0, 1))
    lines = rows.shape[1]
    distance = (np.arange(lines) - lines // 2) / (CENTRAL_SHARE * lines)
    emphasis = 1 + CENTRAL_WEIGHT * np.exp(-(distance**2))
    left, sizes, right = np.linalg.svd(rows * emphasis, full_matrices=False)
    kept = max(int((sizes > TOLERANCE * max(sizes[0], 1e-12)).sum()), 1)
    return right[:kept] / emphasis, (left * sizes)[:, :kept]


def _single(rows: Array) -> tuple[Array, Array]:
    basis, shares = _principal(rows)
    return basis[0], shares[:, 0]
