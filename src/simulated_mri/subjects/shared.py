"""Fractions that all scanners on a machine share: built once, then mapped read-only from a file.

The file's name holds a digest of everything in this folder, so that other code builds another file. Where
none can be written, a scanner has fractions of its own.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path

from simulated_mri.subjects.subject import Fractions, Voxels, by_tissue, in_words

_LOGGER = logging.getLogger(__name__)
KEPT_S = 30 * 24 * 3600.0
CACHE_VARIABLE = "SIMULATED_MRI_CACHE"  # a folder to use instead of the user's cache


def shared(name: str, build: Callable[[], Fractions]) -> Fractions:
    """What `build` makes, (bytes of a word, x, y, z), not writeable."""
    path = _folder() / f"{name}-{_digest()}.npy"
    known = _mapped(path)
    if known is None:
        voxels = in_words(build())
        try:
            _write(path, voxels)
            _forget_old(path, name)
        except OSError as error:
            _LOGGER.warning("%s is not shared between scanners: %s", name, error.strerror or error)
        known = _mapped(path)
        if known is None:
            known = voxels
            known.flags.writeable = False
    return by_tissue(known)


def _folder() -> Path:
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else user_cache_path("simulated-mri", appauthor=False)


def _mapped(path: Path) -> Voxels | None:
    """None where there is no such file, or one that cannot be read."""
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return None
    plain: Voxels = np.asarray(mapped)  # without what a memmap does at every slice
    return plain


def _write(path: Path, voxels: Voxels) -> None:
    """Whole or not at all: others may be looking for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=path.stem, suffix=".partial", delete=False
    ) as file:
        partial = Path(file.name)
        try:
            np.save(file, voxels, allow_pickle=False)
        except OSError:
            partial.unlink()
            raise
    partial.replace(path)


def _forget_old(path: Path, name: str) -> None:
    """Files that other code built long ago; whoever still has one mapped keeps it."""
    for other in path.parent.glob(f"{name}-*.npy"):
        if other != path and time.time() - other.stat().st_mtime > KEPT_S:
            other.unlink(missing_ok=True)


@cache
def _digest() -> str:
    """Of this folder's files, which make the subjects."""
    summed = sha256()
    for file in sorted(Path(__file__).parent.iterdir()):
        if file.suffix in (".py", ".npz"):
            summed.update(file.read_bytes())
    return summed.hexdigest()[:16]
