"""The site's image store: one folder an exam, one a series, names that identify nobody.

A file appears under its name only when it is whole and on the disk. Called in worker threads.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from mr_contract.scanner_messages import ScannerInstance


class ArchiveError(Exception):
    """An image that cannot be kept: which, and why."""


class Archive:
    """Stores DICOM files under a directory, which is made where there is none. Raises ArchiveError."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(
                f"{directory} cannot be a directory of images: {error.strerror}. Move what is there away, or "
                "check its owner and permissions."
            ) from error

    def store(self, header: ScannerInstance, payload: bytes) -> bool:
        """Keep one file; True when every instance of its series is here.

        Raises:
            ArchiveError: the digest does not match, the index is out of range, or the disk refuses.
        """
        if hashlib.sha256(payload).hexdigest() != header.sha256:
            raise ArchiveError(f"instance {header.index} of {header.series_id}: its digest does not match")
        if header.index >= header.count:
            raise ArchiveError(
                f"instance {header.index} of {header.series_id}: only {header.count} were said"
            )
        folder = self._directory / header.exam_id / header.series_id
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_whole(folder / f"{header.index + 1:04d}.dcm", payload)
            return sum(1 for _ in folder.glob("*.dcm")) >= header.count
        except OSError as error:
            raise ArchiveError(f"{header.series_id} cannot be stored: {error.strerror}") from error

    def files(self, series_id: str) -> tuple[Path, ...]:
        """The files of a series in instance order; empty when there is none."""
        folder = next(self._directory.glob(f"*/{series_id}"), None)
        return tuple(sorted(folder.glob("*.dcm"))) if folder else ()


def _write_whole(path: Path, payload: bytes) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(payload)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
