"""The site's image store: one folder an exam, one a series, names that identify nobody.

Rules upheld here:
- A file appears under its name only when it is whole and on the disk.
- Images in quarantine lie in a directory of their own beside the archive, under the names they had; nothing
  is deleted. That directory is a mark by itself: what comes later of its exam is stored there as well.
- Nothing in quarantine is given out as a series.

Called in worker threads.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path

from mr_contract.scanner_messages import ScannerInstance


class ArchiveError(Exception):
    """An image that cannot be kept: which, and why."""


class Archive:
    """Stores DICOM files under a directory, which is made where there is none. Raises ArchiveError."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._quarantine = directory.with_name(f"{directory.name}-quarantine")
        self._withheld: set[str] = set()
        self._lock = threading.Lock()
        """Held while a file finds its place: no image slips past a folder that is being moved."""
        for place in (directory, self._quarantine):
            try:
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise ArchiveError(
                    f"{place} cannot be a directory of images: {error.strerror}. Move what is there away, or "
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
        try:
            with self._lock:
                folder = self._place(header.exam_id) / header.series_id
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write_whole(folder / f"{header.index + 1:04d}.dcm", payload)
                return sum(1 for _ in folder.glob("*.dcm")) >= header.count
        except OSError as error:
            raise ArchiveError(f"{header.series_id} cannot be stored: {error.strerror}") from error

    def deny(self, exam_id: str) -> None:
        """From now on give out nothing of this exam; moves nothing, so it may be called on the loop."""
        self._withheld.add(exam_id)

    def withhold(self, exam_id: str) -> None:
        """Bring the images of an exam into quarantine, and all that come later. Twice is once.

        Raises:
            ArchiveError: the disk refuses. They are withheld from consoles all the same.
        """
        self._withheld.add(exam_id)
        with self._lock:
            try:
                _merge(self._directory / exam_id, self._quarantine / exam_id)
            except OSError as error:
                raise ArchiveError(
                    f"the images of {exam_id} cannot be moved into {self._quarantine}: {error.strerror}"
                ) from error

    def originals(self, exam_id: str) -> tuple[Path, ...]:
        """All images of an exam that are in quarantine, series by series."""
        return tuple(sorted((self._quarantine / exam_id).glob("*/*.dcm")))

    def publish(self, folder: str, files: Mapping[tuple[str, str], bytes]) -> None:
        """Put corrected copies, by series and file name, into the archive: all of them, or none.

        Raises:
            ArchiveError: the disk refuses; nothing was kept.
        """
        part = self._quarantine / f"{folder}.part"
        try:
            shutil.rmtree(part, ignore_errors=True)
            for (series_id, name), payload in files.items():
                (part / series_id).mkdir(mode=0o700, parents=True, exist_ok=True)
                _write_whole(part / series_id / name, payload)
            with self._lock:
                shutil.rmtree(self._directory / folder, ignore_errors=True)
                part.rename(self._directory / folder)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise ArchiveError(f"corrected images cannot be stored: {error.strerror}") from error

    def _place(self, exam_id: str) -> Path:
        quarantined = self._quarantine / exam_id
        if exam_id in self._withheld or quarantined.exists():
            return quarantined
        return self._directory / exam_id

    def files(self, series_id: str) -> tuple[Path, ...]:
        """The files of a series in instance order; empty when there is none."""
        folder = next(
            (f for f in self._directory.glob(f"*/{series_id}") if f.parent.name not in self._withheld), None
        )
        return tuple(sorted(folder.glob("*.dcm"))) if folder else ()


def _merge(source: Path, target: Path) -> None:
    """Move all files, under their names; a folder at a time where the other place is still empty."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not source.is_dir():
        return
    for series in sorted(source.iterdir()):
        if not (target / series.name).exists():
            series.rename(target / series.name)
            continue
        for file in sorted(series.iterdir()):
            file.rename(_free(target / series.name / file.name))
    shutil.rmtree(source)  # only empty folders are left


def _free(path: Path) -> Path:
    """The name, or the next one that is free: what has the same name there is kept too."""
    taken, number = path, 2
    while taken.exists():
        taken, number = path.with_suffix(f".{number}{path.suffix}"), number + 1
    return taken


def _write_whole(path: Path, payload: bytes) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(payload)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
