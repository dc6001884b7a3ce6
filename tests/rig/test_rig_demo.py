"""`scripts/demo`: it plays the whole exam, says what it did not see, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import psutil
import pydicom
import pytest
from rig.headless import close_report
from rig.output import BEGUN, CONSOLE, HEAD, IMAGES, JOURNAL, REPORT, prepare_output
from rig.processes import RigError
from rig.report import Report, Step
from rig.scanner import RigScanner
from rig.system import System

SCRIPTS = Path(__file__).parents[2] / "scripts"


@contextmanager
def demo(*words: str) -> Iterator[subprocess.Popen[str]]:
    """`scripts/demo` without its bootstrap."""
    running = subprocess.Popen(
        (sys.executable, "-u", "-m", "rig.demo", *words),
        env=os.environ | {"PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()


@pytest.mark.process
@pytest.mark.timeout(300)
def test_the_whole_exam_is_played_and_every_step_observed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with demo("--headless", "--out", os.path.relpath(out)) as running:
        said, _ = running.communicate(timeout=280)
    assert running.returncode == 0, said
    report = (out / REPORT).read_text(encoding="utf-8")
    assert "Every step was observed." in report
    assert "not observed" not in report
    assert (out / CONSOLE).stat().st_size > 50_000
    files = [pydicom.dcmread(file) for file in (out / IMAGES).rglob("*.dcm")]
    assert {len(f.pixel_array.shape) for f in files} == {2}
    assert all("SIMULATED" in f.SeriesDescription for f in files)
    assert (out / JOURNAL).stat().st_size > 20_000
    assert (out / HEAD).read_text(encoding="utf-8").startswith("{")


@pytest.mark.process
def test_a_demo_told_to_end_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    with demo("--headless", "--out", str(tmp_path / "out")) as running:
        assert running.stdout is not None
        while "Playing" not in (line := running.stdout.readline()):
            assert line, "the demo ended before it played"
        started = psutil.Process(running.pid).children(recursive=True)
        assert len(started) >= 5, "three scanners and two agents"
        folder = Path(next(w for p in started for w in p.cmdline() if "remote-scanning-demo-" in w))
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 128 + signal.SIGTERM
    assert not psutil.wait_procs(started, timeout=10)[1]
    root = next(p for p in (folder, *folder.parents) if p.name.startswith("remote-scanning-demo-"))
    assert not root.exists()


def test_a_step_that_was_not_observed_is_named_and_the_status_is_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = Step("seen", 0.0, seen=[("the scanner's log", "event 1")])
    complete = Report([seen])
    assert close_report(complete, tmp_path) == 0
    unseen = Report([seen, Step("acted, but nobody looked", 1.0)])
    assert close_report(unseen, tmp_path) == 1
    failed = Report([seen, Step("failed", 1.0, failed="no | answer")], not_reached=["never reached"])
    assert close_report(failed, tmp_path) == 1
    assert capsys.readouterr().out.count("NOT OBSERVED") == 3, "one of the second report, two of the third"
    text = (tmp_path / REPORT).read_text(encoding="utf-8")
    assert "| failed | 1.0 s | 0.0 s | **not observed** | no / answer |" in text
    assert "| never reached | | | **not reached** |" in text


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter.txt").write_text("years of work")
    with pytest.raises(RigError, match=r"chapter\.txt.*nothing was changed"):
        prepare_output(out)
    assert (out / "chapter.txt").read_text() == "years of work"
    named_alike = tmp_path / "named"
    named_alike.mkdir()
    (named_alike / REPORT).write_text("my own report")
    with pytest.raises(RigError, match="no demo left there"):
        prepare_output(named_alike)
    with pytest.raises(RigError, match="is a file"):
        prepare_output(named_alike / REPORT)


@pytest.mark.parametrize(
    "name", ["file/below", "loop", "loop/below", "a" * 300, "nosuch\udcff/\n/" + "b" * 300]
)
def test_a_folder_that_cannot_be_made_is_refused_in_words(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RigError, match=r"--out '.*' cannot be written: .*; name a folder of yours"):
        prepare_output(tmp_path / name)
    assert (tmp_path / "file").read_text() == "mine"


def test_what_an_earlier_demo_left_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    prepare_output(out)
    (out / IMAGES / "series").mkdir(parents=True)
    (out / IMAGES / "series" / "1.dcm").write_bytes(b"old")
    prepare_output(out)
    assert [entry.name for entry in out.iterdir()] == [REPORT]
    assert (out / REPORT).read_text(encoding="utf-8") == BEGUN


@pytest.mark.parametrize("mode", ["test", "clinical", None])
async def test_a_scripted_local_operator_is_refused_unless_every_scanner_says_demo(
    tmp_path: Path, mode: str | None
) -> None:
    system = System(tmp_path, 1.0)
    demo_scanner, other = Saying("demo"), Saying(mode)
    system.scanners = cast("Any", (demo_scanner, demo_scanner, other))
    with pytest.raises(RigError, match="not a DEMO scanner: a scripted local operator is refused"):
        await system.require_demo()
    system.scanners = cast("Any", (demo_scanner, demo_scanner, demo_scanner))
    await asyncio.wait_for(system.require_demo(), 5)


class Saying:
    """A scanner that says which mode it is in."""

    name = "MR 9"

    def __init__(self, mode: str | None) -> None:
        self._mode = mode

    async def ask(self, kind: str, **_: object) -> dict[str, Any]:
        assert kind == "scanner_hello"
        return {} if self._mode is None else {"mode": self._mode}


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "1000", "fast"])
def test_an_impossible_speed_is_refused_in_words(speed: str) -> None:
    with demo("--headless", "--speed", speed) as running:
        said, _ = running.communicate(timeout=60)
    assert running.returncode == 2
    assert f"{speed} is not a number from 0.1 to 100" in said


def test_the_demos_policy_waives_nothing_but_the_picture(tmp_path: Path) -> None:
    scanner = RigScanner("mr-1", "MR 1", "A", "#6ea8fe", tmp_path)
    from rig.site import RigSite

    site = RigSite("North", tmp_path, (scanner,))
    site.write_policy({"South": "key"})
    text = (tmp_path / "policy.toml").read_text(encoding="utf-8")
    assert text.splitlines() == ['picture = "waived"', "[peers]", '"South" = "key"']
