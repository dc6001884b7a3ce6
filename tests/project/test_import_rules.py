"""Each import rule is shown to bite: a copy of the sources with one violation a rule breaks every rule."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]

VIOLATIONS = {
    "one direction between packages": ("scanner_kit", "import simulated_mri"),
    "the site, the desk and the scanners share only the contract": ("remote_console", "import local_agent"),
    "the agent and the console do not know the scanner kit": ("local_agent", "import scanner_kit"),
    "the contract imports pydantic only": ("mr_contract", "import numpy"),
    "the media kit knows the contract only": ("media_kit", "import local_agent"),
    "scanners know no media": ("scanner_adapters", "import media_kit"),
    "the media kit's rules are pure": ("media_kit/rules", "import asyncio"),
    "the agent's core is pure": ("local_agent/core", "import time"),
    "the console's core and link do not know Qt": ("remote_console/link", "import PySide6"),
    "the console's core is pure": ("remote_console/core", "import asyncio"),
}


def test_every_import_rule_is_broken_by_its_violation(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("*.npz", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package, line in VIOLATIONS.values():
        (tmp_path / "src" / package / "a_violation.py").write_text(line + "\n")
    program = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(tmp_path / "src"), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode != 0
    assert set(re.findall(r"^(.+) BROKEN", done.stdout, re.MULTILINE)) == set(VIOLATIONS)


def test_every_package_is_under_the_rules_and_every_rule_is_proven() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    packages = {path.name for path in (ROOT / "src").iterdir() if (path / "__init__.py").exists()}
    assert packages == set(rules["root_packages"])
    assert {rule["name"] for rule in rules["contracts"]} == set(VIOLATIONS)
