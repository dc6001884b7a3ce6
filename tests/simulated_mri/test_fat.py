"""Fat beside water: where EPI puts it, and what both together give in one voxel of a gradient echo."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from bloch import spoiled_echo
from uniform import ball, block, linear_field, measured, middle_of

from simulated_mri.acquisition import Acquisition
from simulated_mri.encoding.coils import HEAD_ARRAY
from simulated_mri.encoding.matrix import COUNTS_PER_UNIT
from simulated_mri.hardware import Hardware
from simulated_mri.results import results
from simulated_mri.sequences import Value, number
from simulated_mri.tissues import Tissue, relaxation

GAMMA_HZ_PER_T = 42.577e6
SMALL: dict[str, Value] = {
    "acquisition_matrix_read": 128, "acquisition_matrix_phase": 128, "fov_read_mm": 220,
    "phase_fov_percent": 100.0, "slice_thickness_mm": 10.0,
}  # fmt: skip


@pytest.mark.parametrize("in_field", [False, True])
@pytest.mark.parametrize(("b0_t", "factor"), [(1.5, 1), (1.5, 2), (3.0, 3)])
def test_fat_in_epi_moves_along_the_phase_direction_and_comes_in_again_at_the_other_side(
    b0_t: float, factor: int, *, in_field: bool
) -> None:
    changes: dict[str, Value] = {
        **SMALL, "acquisition_matrix_phase": 126, "acceleration_factor": factor,
        "partial_fourier_percent": 100.0, "fov_read_mm": 180, "b_value_s_per_mm2": 50, "te_ms": 68.0,
        "averages": 8,
    }  # fmt: skip
    hardware = Hardware(b0_t=b0_t, epi_ghost_rad=0.0)
    field = linear_field(0.0) if in_field else None
    at = (10.0, -16.0, 0.0)
    water, fat = (
        measured(
            "epi_dwi",
            replace(ball(tissue, at, field_map=field), array=HEAD_ARRAY),
            changes,
            hardware=hardware,
        )
        for tissue in (Tissue.CSF, Tissue.FAT)
    )
    line_s = (1 / number(fat.prescription.values, "bandwidth_hz_per_px")) + 0.3e-3  # with its ramps
    share = 3.4e-6 * GAMMA_HZ_PER_T * b0_t * line_s / factor  # of the field of view
    (phase, read), (fat_phase, fat_read) = (brightest_spot(own) for own in (water, fat))
    fov = fat.encoding.encoded_fov_mm
    assert (fat_phase - phase - share * fov + fov / 2) % fov - fov / 2 == pytest.approx(0, abs=fov / 126)
    along_mm = 3.4e-6 * GAMMA_HZ_PER_T * b0_t / fat.encoding.hz_per_pixel_read * 180 / 128
    assert fat_read == pytest.approx(read + along_mm, abs=180 / 128)


def brightest_spot(acquisition: Acquisition) -> tuple[float, float]:
    """(along phase, along readout) in mm: the mean around the brightest pixel, across the edge too."""
    picture = np.abs(acquisition.complex_picture(0))
    top = np.unravel_index(picture.argmax(), picture.shape)
    middle = [n // 2 for n in picture.shape]
    rolled = np.roll(picture, [m - int(t) for m, t in zip(middle, top, strict=True)], (0, 1))
    weight = np.where(rolled > rolled.max() / 3, rolled, 0)[middle[0] - 9 : middle[0] + 10]
    weight = weight[:, middle[1] - 9 : middle[1] + 10]
    offsets = np.arange(-9, 10)
    phase, read = (weight.sum(axis) @ offsets / weight.sum() for axis in (1, 0))
    encoding = acquisition.encoding
    return (
        float(top[0] - middle[0] + phase) * encoding.encoded_fov_mm / picture.shape[0],
        float(top[1] - middle[1] + read) * encoding.pixel_read_mm,
    )


@pytest.mark.parametrize("te", [4.61, 5.76, 6.91, 8.06])
def test_fat_and_water_in_one_voxel_add_up_and_take_away_in_turn(te: float) -> None:
    """By cos φ of the angle between them; 1 / 434 Hz is a whole turn, 2.3 ms."""
    water, fat = block(Tissue.SOFT), block(Tissue.FAT)
    half = np.concatenate([water.fractions // 2, fat.fractions // 2])
    mixed = replace(water, fractions=half, tissues=(Tissue.SOFT, Tissue.FAT))
    changes: dict[str, Value] = {**SMALL, "te_ms": te, "bandwidth_hz_per_px": 1000, "tr_ms": 300.0}
    own, w, f = (
        np.abs(middle_of(measured("gre", subject, changes).complex_picture(0))).mean()
        for subject in (mixed, water, fat)
    )
    turn = 2 * math.pi * 3.4e-6 * GAMMA_HZ_PER_T * 3.0 * te / 1000
    assert own == pytest.approx(math.sqrt(w**2 + f**2 + 2 * w * f * math.cos(turn)) / 2, rel=0.02)


@pytest.mark.parametrize("fat_share", [0.3, 0.7])
def test_dixon_parts_a_mixed_voxel_into_what_it_holds(fat_share: float) -> None:
    """But for T2* between the two echoes, which two points cannot tell."""
    tissues, shares = (Tissue.SOFT, Tissue.FAT), (1 - fat_share, fat_share)
    whole = block(half_mm=60.0, pitch_mm=4.0)
    fractions = np.concatenate([np.rint(whole.fractions * share).astype(np.uint8) for share in shares])
    changes: dict[str, Value] = {
        **SMALL, "acquisition_matrix_read": 64, "acquisition_matrix_phase": 64, "slice_thickness_mm": 5.0,
        "dynamics": 1, "contrast_agent": "NONE", "acceleration_factor": 1, "averages": 4,
    }  # fmt: skip
    acquisition = measured("dixon_3d", replace(whole, fractions=fractions, tissues=tissues), changes)
    values = acquisition.prescription.values
    opposed, together = (number(values, "te_ms") + later for later in (0.0, 1.15))

    def echo(place: int, te: float) -> float:
        own = relaxation(3.0)[tissues[place]]
        tr, flip = number(values, "tr_ms"), number(values, "flip_angle_deg")
        steady = spoiled_echo(own.t1_ms, own.t2_ms, own.t2_star_ms, tr=tr, te=te, flip=flip)
        return shares[place] * own.proton_density * steady * COUNTS_PER_UNIT

    both, difference = echo(0, together) + echo(1, together), echo(0, opposed) - echo(1, opposed)
    for name, expected in (("water", (both + difference) / 2), ("fat", (both - difference) / 2)):
        pixels = next(
            own.pixels for own in results(acquisition) if own.slice_index == 8 and own.name.startswith(name)
        )
        assert middle_of(pixels.astype(np.float64)).mean() == pytest.approx(expected, rel=0.03, abs=2)
