"""Each import rule is shown to bite: in a copy of the sources every planted violation breaks its rule."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

VIOLATIONS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "one direction between packages": (
        ("scanner_kit", ("simulated_mri", "scanner_adapters")),
        ("mr_contract", ("scanner_kit", "simulated_mri")),
    ),
    "the site, the desk and the scanners share only the contract": (
        ("remote_console", ("local_agent", "simulated_mri")),
        ("local_agent", ("remote_console", "scanner_adapters")),
        ("simulated_mri", ("local_agent",)),
    ),
    "the agent and the console do not know the scanner kit": (
        ("local_agent", ("scanner_kit",)),
        ("remote_console", ("scanner_kit",)),
    ),
    "the contract imports pydantic only": (
        ("mr_contract", ("numpy", "asyncio", "os", "pathlib", "uuid", "time", "local_agent", "media_kit")),
    ),
    "the media kit knows the contract only": (
        ("media_kit", ("local_agent", "remote_console", "websockets", "PySide6", "sqlite3")),
    ),
    "scanners know no media": (
        ("scanner_adapters", ("media_kit", "aiortc")),
        ("simulated_mri", ("media_kit", "av")),
        ("scanner_kit", ("media_kit", "aioice")),
    ),
    "the media kit's rules are pure": (
        ("media_kit/rules", ("asyncio", "random", "time", "logging", "aiortc", "media_kit.corrections")),
    ),
    "the agent's core is pure": (
        (
            "local_agent/core",
            (
                *(
                    "time",
                    "os",
                    "io",
                    "threading",
                    "secrets",
                    "uuid",
                    "subprocess",
                    "ssl",
                    "concurrent",
                    "http",
                ),
                *(
                    "concurrent",
                    "http",
                    "urllib",
                    "random",
                    "socket",
                    "pathlib",
                    "sqlite3",
                    "asyncio",
                    "logging",
                ),
                *("local_agent.authority", "local_agent.clock", "local_agent.config", "local_agent.commands"),
                *("local_agent.console_door", "local_agent.scanner_door", "local_agent.tablet_door"),
                *(
                    "local_agent.faults",
                    "local_agent.history",
                    "local_agent.timeline",
                    "local_agent.workload",
                ),
                *(
                    "local_agent.workload",
                    "local_agent.service",
                    "local_agent.journal",
                    "local_agent.link",
                    "local_agent.ports",
                ),
            ),
        ),
    ),
    "the agent's own process decodes and encodes nothing": (
        ("local_agent/link", ("media_kit", "aiortc", "aioice", "av")),
        ("local_agent/tablet", ("local_agent.media.process",)),
    ),
    "the console's core, link and media do not know Qt": (
        ("remote_console/link", ("PySide6", "remote_console.ui")),
        ("remote_console/core", ("PySide6", "remote_console.ui")),
        ("remote_console/media", ("PySide6", "remote_console.ui")),
    ),
    "the console's core is pure": (
        ("remote_console/core", ("asyncio", "websockets", "threading", "time", "os", "remote_console.link")),
    ),
}
PLANTED = tuple(
    (rule, package, target)
    for rule, plants in VIOLATIONS.items()
    for package, targets in plants
    for target in targets
)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy in which every violation was planted, each in a module of its own."""
    copy = tmp_path_factory.mktemp("violated")
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("*.npz", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for number, (_, package, target) in enumerate(PLANTED):
        (copy / "src" / package / f"planted_{number}.py").write_text(f"import {target}\n")
    program = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(copy / "src"), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode != 0
    return done.stdout


def test_every_import_rule_is_broken_by_its_violations(said: str) -> None:
    assert set(re.findall(r"^(.+) BROKEN", said, re.MULTILINE)) == set(VIOLATIONS)


@pytest.mark.parametrize(
    ("number", "rule"),
    [(n, rule) for n, (rule, _, _) in enumerate(PLANTED)],
    ids=[f"{p}-{t}" for _, p, t in PLANTED],
)
def test_a_rule_names_each_violation(said: str, number: int, rule: str) -> None:
    _, package, target = PLANTED[number]
    section = said.partition("Broken contracts")[2].partition(f"\n{rule}\n")[2]
    own = re.split(r"\n[^\n]+\n-{3,}\n", section.partition("\n")[2])[0]
    planted = f"{package.replace('/', '.')}.planted_{number} -> {target}"
    assert re.search(rf"\b{re.escape(planted)}\b", own), f"{planted} breaks nothing of {rule!r}"


def test_every_package_is_under_the_rules_and_every_rule_is_proven() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    packages = {path.name for path in (ROOT / "src").iterdir() if (path / "__init__.py").exists()}
    assert packages == set(rules["root_packages"])
    assert {rule["name"] for rule in rules["contracts"]} == set(VIOLATIONS)
