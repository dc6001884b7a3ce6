"""The folder in which `scripts/demo --headless` leaves what it made. Nobody else's file is ever touched."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from rig.processes import RigError

CONSOLE, TABLET, REPORT = "console.png", "tablet.png", "report.md"
JOURNAL, HEAD, IMAGES = "journal.sqlite", "signed-head.json", "dicom"
OURS = frozenset({CONSOLE, TABLET, REPORT, JOURNAL, HEAD, IMAGES})
BEGUN = "# One remote exam, played and observed\n"


def prepare_output(out: Path) -> None:
    """An empty folder with a report begun in it; what an earlier demo left there is removed.

    Raises RigError when the folder holds anything that no demo left there: it is not ours to remove; and when
    it cannot be made or written.
    """
    try:
        _prepare(out)
    except OSError as error:
        why = error.strerror or "not possible"
        raise RigError(f"--out {str(out)!a} cannot be written: {why}; name a folder of yours") from None


def _prepare(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise RigError(f"--out {out} is a file; name a folder that is new, empty, or an earlier demo's")
    there = sorted(entry.name for entry in out.iterdir()) if out.exists() else []
    strange = [name for name in there if name not in OURS]
    if strange or (there and not _is_report(out / REPORT)):
        raise RigError(
            f"--out {out} holds what no demo left there ({', '.join((strange or there)[:3])}); nothing was "
            "changed. Name a folder that is new, empty, or an earlier demo's"
        )
    for name in there:
        if name == IMAGES:
            shutil.rmtree(out / name)
        else:
            (out / name).unlink()
    out.mkdir(parents=True, exist_ok=True)
    (out / REPORT).write_text(BEGUN, encoding="utf-8")


def copy_journal(journal: Path, target: Path) -> None:
    """A whole copy of a journal in use, with what its write-ahead log still holds."""
    read_only = f"{journal.as_uri()}?mode=ro"
    with closing(sqlite3.connect(read_only, uri=True)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # at rest: reading it leaves no files beside it


def cut_journal(journal: Path, target: Path, *, last: int) -> None:
    """A copy in which every record after `last` was removed: what a verification must find out."""
    copy_journal(journal, target)
    with closing(sqlite3.connect(target)) as copy:
        triggers = copy.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:  # whoever has the file can take them off
            copy.execute(f"DROP TRIGGER {name}")
        copy.execute("DELETE FROM records WHERE seq > ?", (last,))
        copy.commit()


def _is_report(path: Path) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8", errors="replace").startswith(BEGUN)
