"""Fractions that several scanners map from one file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from simulated_mri.encoding.bases import Bases
from simulated_mri.encoding.sampling import Plane, sample
from simulated_mri.encoding.volume import SignalVolume
from simulated_mri.geometry import AT_REST, Placement
from simulated_mri.subjects.shared import CACHE_VARIABLE, shared
from simulated_mri.subjects.subject import Fractions, Subject, TransmitField
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


def test_what_other_code_built_long_ago_is_forgotten(cache: Path) -> None:
    shared("block", built)
    old, recent = cache / "block-0123.npy", cache / "block-4567.npy"
    for file in (old, recent):
        file.write_bytes(b"")
    os.utime(old, (0, 0))
    shared("block", never)
    assert old.exists()  # only who builds looks for it
    next(file for file in cache.iterdir() if file.stat().st_size).unlink()
    shared("block", built)
    assert not old.exists()
    assert recent.exists()


@pytest.mark.parametrize("bases", [1, 2, 3])
def test_signals_computed_in_advance_are_those_computed_where_a_slice_lies(bases: int) -> None:
    random = np.random.default_rng(5)
    weights = random.random((3, 3, bases)).astype(np.float32)
    courses = np.ones((bases, 8), dtype=np.float32)
    transmit = TransmitField(edge=0.8, bell=0.3, widths_mm=(90.0, 90.0, 90.0))
    subject = Subject(built(), PLACE + 2, PLACE, TISSUES, transmit=transmit)
    plane = Plane(PLACE + 1.3, np.array([0.4, 0.9, 0.1]), np.array([0.9, -0.2, 0.7]), 12, 15)
    here, in_advance = (
        sample(
            SignalVolume(subject, Bases(courses, weights), 3.0, everywhere=everywhere),
            plane, Placement(), AT_REST,
        )
        for everywhere in (False, True)
    )  # fmt: skip
    assert np.abs(here).max() > 0.1
    assert np.allclose(here, in_advance, atol=2e-3)  # between voxels B1+ is interpolated in advance only


@pytest.mark.logs
def test_where_nothing_can_be_written_a_scanner_has_its_own(cache: Path) -> None:
    cache.write_text("not a folder", encoding="utf-8")
    assert np.array_equal(shared("block", built)[:3], built())


def test_only_cubes_that_touch_something_are_looked_at() -> None:
    fractions = np.zeros((1, 13, 13, 13), dtype=np.uint8)
    fractions[0, 4, 8, 2] = 255
    occupied = Subject(fractions, PLACE + 1, PLACE, (Tissue.CSF,)).occupied
    assert np.argwhere(occupied).tolist() == [[0, 1, 0], [0, 2, 0], [1, 1, 0], [1, 2, 0]]
