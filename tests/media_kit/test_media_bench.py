"""The arithmetic of `scripts/bench media`: nothing here measures time."""

from __future__ import annotations

import numpy as np
import pytest
from benches.media_clip import ROOM_SIZE, number_of, numbered, psnr_db, room_clip
from benches.media_runs import FROZEN_AFTER_S, Found, Show


def _found(captured: list[float], shown: list[tuple[int, float]], ended_s: float) -> Found:
    return Found(Show(1.0), [captured], [shown], [], [], [], 0.0, 0.0, 0.0, ended_s)


def test_the_number_of_a_picture_survives_half_its_size() -> None:
    luma = np.full((ROOM_SIZE[1], ROOM_SIZE[0]), 90, np.uint8)
    for number in (0, 1, 499, 65_535):
        frame = numbered(luma, number)
        half = frame.reformat(width=640, height=360)
        assert number_of(np.asarray(frame.to_ndarray()[:720], np.uint8), 1280) == number
        assert number_of(np.asarray(half.to_ndarray()[:360], np.uint8), 1280) == number


def test_the_clip_is_the_same_every_time() -> None:
    one, other = room_clip(), room_clip()
    assert all((a == b).all() for a, b in zip(one[::10], other[::10], strict=True))


def test_ages_are_of_the_pictures_that_were_shown() -> None:
    found = _found([10.0, 10.04, 10.08], [(0, 10.01), (2, 10.1)], 10.2)
    assert found.ages_ms() == pytest.approx([10.0, 20.0])
    assert found.ages_ms(from_s=0.05) == pytest.approx([20.0])


def test_a_picture_is_frozen_for_what_it_stays_too_long_to_the_end_of_the_run() -> None:
    found = _found([10.0], [(0, 10.0), (1, 10.1), (2, 10.6)], 11.0)
    frozen_s = (0.5 - FROZEN_AFTER_S) + (0.4 - FROZEN_AFTER_S)
    assert found.frozen_percent() == pytest.approx(100 * frozen_s)


def test_a_stream_that_showed_nothing_was_frozen_all_the_time() -> None:
    assert _found([10.0], [], 11.0).frozen_percent() == pytest.approx(100 * (1 - FROZEN_AFTER_S))


def test_the_first_picture_after_an_outage_was_captured_after_it() -> None:
    found = _found([10.0, 15.0, 15.2], [(0, 15.05), (2, 15.25)], 16.0)
    assert found.first_shown_after_s(15.01) == pytest.approx(0.24)


def test_noise_of_one_grey_level_is_48_db() -> None:
    luma = np.full((100, 100), 90, np.uint8)
    assert psnr_db(luma, luma + 1) == pytest.approx(48.13, abs=0.01)
