"""Signal in the wrong place: none is lost, and what is stretched is spread evenly."""

from __future__ import annotations

import numpy as np
import pytest
from uniform import block, linear_field, measured

from simulated_mri.encoding.off_resonance import Displacement
from simulated_mri.sequences import Value

LENGTH = 120


def pushed(ways: np.ndarray, image: np.ndarray, axis: int, *, wraps: bool) -> np.ndarray:
    along = np.asarray(ways, dtype=np.float32)
    pixels = np.broadcast_to(along if axis == 1 else along[:, None], image.shape)
    return np.asarray(Displacement(np.ascontiguousarray(pixels), axis, wraps=wraps)(image))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("wraps", [False, True])
def test_where_the_field_folds_space_signal_piles_up_and_none_is_lost(axis: int, *, wraps: bool) -> None:
    image = np.zeros((LENGTH, LENGTH), dtype=np.complex64)
    image[40:80, 40:80] = 1 + 2j
    out = pushed(9 * np.sin(np.arange(LENGTH) / 7.0), image, axis, wraps=wraps)
    assert out.sum() == pytest.approx(image.sum(), rel=1e-5)
    assert out.real.max() > 2
    assert out.real.min() > -1e-4


@pytest.mark.parametrize("way", [3.25, -2.5, 131.75, -253.5])
def test_an_even_field_shifts_and_what_leaves_at_one_side_comes_in_at_the_other(way: float) -> None:
    image = np.random.default_rng(1).random((LENGTH, LENGTH), dtype=np.float32)
    low, share = int(np.floor(way)), way - np.floor(way)
    for axis in (0, 1):
        expected = (1 - share) * np.roll(image, low, axis) + share * np.roll(image, low + 1, axis)
        assert pushed(np.full(LENGTH, way), image, axis, wraps=True) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("slope", [-0.4, -0.05, 0.07, 0.2, 0.37, 0.9])
def test_a_slope_thins_evenly_without_ripples(slope: float) -> None:
    image = np.ones((4, LENGTH), dtype=np.float32)
    ways = slope * (np.arange(LENGTH) - LENGTH // 2)
    out = pushed(ways, image, 1, wraps=False)
    assert out[:, 45:75] == pytest.approx(1 / (1 + slope), abs=1e-4)


@pytest.mark.parametrize("slope_ppm", [-0.06, 0.05])
def test_a_block_in_a_sloping_field_is_brighter_or_darker_as_a_whole(slope_ppm: float) -> None:
    changes: dict[str, Value] = {
        "acquisition_matrix_read": 128, "acquisition_matrix_phase": 128, "fov_read_mm": 220,
        "phase_fov_percent": 100.0, "slice_thickness_mm": 10.0, "bandwidth_hz_per_px": 60,
    }  # fmt: skip
    profiles = []
    for slope in (0.0, slope_ppm):
        field = linear_field(0.0, per_mm=(0.0, slope, 0.0))
        acquisition = measured("se", block(pitch_mm=1.0, field_map=field), changes)
        picture = np.abs(acquisition.complex_picture(0))
        profiles.append(picture[54:75, 54:75].mean(0))
    hz_per_pixel = slope_ppm * 1e-6 * 42.577e6 * 3.0 * 220 / 128
    assert profiles[1] / profiles[0] == pytest.approx(1 / (1 - hz_per_pixel / 60), rel=0.01)
