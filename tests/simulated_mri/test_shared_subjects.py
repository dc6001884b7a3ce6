"""Fractions that several scanners map from one file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulated_mri.subjects.shared import CACHE_VARIABLE, shared
from simulated_mri.subjects.subject import Fractions, Subject
from simulated_mri.tissues import Tissue

PLACE = np.zeros(3)
TISSUES = (Tissue.CSF, Tissue.GREY, Tissue.WHITE)


def built() -> Fractions:
    return np.random.default_rng(4).integers(0, 255, (3, 9, 10, 11), dtype=np.uint8)


def never() -> Fractions:
    raise AssertionError("it was built already")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_what_was_built_once_is_mapped_and_not_copied() -> None:
    shared("block", built)
    again = shared("block", never)
    subject = Subject(again, PLACE + 1, PLACE, TISSUES)
    assert np.array_equal(subject.fractions, built())
    assert np.shares_memory(subject.voxels, again)
    with pytest.raises(ValueError, match="read-only"):
        subject.fractions[0, 0, 0, 0] = 1


def test_a_damaged_file_is_built_anew(cache: Path) -> None:
    shared("block", built)
    (file,) = cache.iterdir()
    file.write_bytes(file.read_bytes()[:200])
    assert np.array_equal(shared("block", built)[:3], built())
    assert shared("block", never).shape == (4, 9, 10, 11)


@pytest.mark.logs
def test_where_nothing_can_be_written_a_scanner_has_its_own(cache: Path) -> None:
    cache.write_text("not a folder", encoding="utf-8")
    assert np.array_equal(shared("block", built)[:3], built())


def test_only_cubes_that_touch_something_are_looked_at() -> None:
    fractions = np.zeros((1, 13, 13, 13), dtype=np.uint8)
    fractions[0, 4, 8, 2] = 255
    occupied = Subject(fractions, PLACE + 1, PLACE, (Tissue.CSF,)).occupied
    assert np.argwhere(occupied).tolist() == [[0, 1, 0], [0, 2, 0], [1, 1, 0], [1, 2, 0]]
