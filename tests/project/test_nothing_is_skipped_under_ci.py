"""A missing browser or Node fails continuous integration instead of passing it unseen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUARDS = ROOT / "tests" / "guards"

MARKED = """
import pytest

@pytest.mark.skipif(True, reason="NO BROWSER")
def test_the_page() -> None:
    raise AssertionError
"""
INSIDE = """
import pytest

def test_the_page() -> None:
    pytest.skip("NO BROWSER")
"""
MODULE = """
import pytest

pytest.skip("NO BROWSER", allow_module_level=True)
"""
IMPORT = """
import pytest

pytest.importorskip("a_browser_that_is_not_there", reason="NO BROWSER")
"""
EXPECTED_FAILURE = """
import pytest

@pytest.mark.xfail(reason="known")
def test_the_page() -> None:
    raise AssertionError
"""


def run(folder: Path, program: str, *, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(program)
    words = ("-p", "skip_guard", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(folder))
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(GUARDS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *words, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("program", [MARKED, INSIDE, MODULE, IMPORT], ids=["mark", "call", "file", "import"])
def test_a_skipped_test_fails_continuous_integration_and_says_why(tmp_path: Path, program: str) -> None:
    done = run(tmp_path, program, ci="true")
    assert done.returncode not in {0, 5}, done.stdout
    assert "NO BROWSER" in done.stdout


@pytest.mark.parametrize("program", [MARKED, INSIDE], ids=["mark", "call"])
def test_a_person_without_a_browser_may_run_the_rest(tmp_path: Path, program: str) -> None:
    done = run(tmp_path, program, ci="")
    assert done.returncode == 0, done.stdout


def test_an_expected_failure_is_not_a_skip(tmp_path: Path) -> None:
    assert run(tmp_path, EXPECTED_FAILURE, ci="true").returncode == 0


def test_continuous_integration_says_that_it_is_it_and_every_run_is_guarded() -> None:
    assert "export CI=true" in (ROOT / ".ci" / "run").read_text().splitlines()
    assert "-p skip_guard" in (ROOT / "pyproject.toml").read_text()
