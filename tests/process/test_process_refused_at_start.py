"""A configuration or policy that is wrong: the agent does not run, and says file, line and remedy."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.processes import program, run


@pytest.fixture(scope="module")
def site(folder: Path) -> Path:
    """A site's directory as `init` makes it."""
    run(program("local-agent"), "init", str(folder / "site"), "--site", "North")
    return folder / "site"


@pytest.fixture
def policy(site: Path) -> Iterator[Path]:
    path = site / "policy.toml"
    whole = path.read_text(encoding="utf-8")
    yield path
    path.write_text(whole, encoding="utf-8")


@pytest.fixture
def configuration(site: Path) -> Iterator[Path]:
    path = site / "site.toml"
    whole = path.read_text(encoding="utf-8")
    yield path
    path.write_text(whole, encoding="utf-8")


def refused(site: Path) -> str:
    """What `local-agent run` says; it has to end by itself, in words."""
    done = subprocess.run(
        (program("local-agent"), "run", str(site)), capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ('presence = "nobody"', "Write one of"),
        ("presence_minutes = 600", "Write a number from 1 to 10"),
        ("waive_screening = true", "Remove it"),
        ("max_running = ", "Correct the syntax"),
    ],
)
def test_a_bad_policy_is_refused_with_file_line_and_remedy(
    site: Path, policy: Path, line: str, remedy: str
) -> None:
    policy.write_text(f"# ours\n\n{line}\n", encoding="utf-8")
    words = refused(site)
    assert f"{policy}, line 3: " in words
    assert remedy in words


@pytest.mark.parametrize(
    "line",
    ["prot = 1", "phone = ", "[consoles]\nport = 70000"],
    ids=["unknown-key", "not-toml", "out-of-range"],
)
def test_a_bad_configuration_is_refused_with_file_line_and_remedy(
    site: Path, configuration: Path, line: str
) -> None:
    configuration.write_text(f"# ours\n{line}\n", encoding="utf-8")
    words = refused(site)
    number = 2 + line.count("\n")
    assert f"{configuration}, line {number}: " in words
    assert any(remedy in words for remedy in ("Correct", "Remove", "Write"))


def test_a_missing_policy_is_never_taken_for_the_weakest(site: Path, policy: Path) -> None:
    policy.unlink()
    assert f"{policy} cannot be read" in refused(site)
