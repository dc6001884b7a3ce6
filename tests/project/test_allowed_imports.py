"""What each package may import is a list of what is allowed: whatever is not in it is refused.

The linter's contracts forbid by name and cannot see a new name; these lists can only be widened on purpose.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src"

PACKAGES = {
    "mr_contract": {"pydantic"},
    "media_kit": {"mr_contract", "aiortc", "aioice", "av", "miniaudio", "pydantic"},
    "scanner_kit": {"mr_contract", "pydantic", "websockets"},
    "simulated_mri": {
        *("mr_contract", "scanner_kit", "h5py", "ismrmrd", "nibabel", "numpy", "platformdirs", "pydantic"),
        *("pydicom", "scipy", "websockets"),
    },
    "scanner_adapters": {"mr_contract", "scanner_kit", "numpy", "pydantic", "pydicom", "websockets"},
    "local_agent": {
        *("mr_contract", "media_kit", "cryptography", "pydantic", "pydicom", "pynetdicom", "segno"),
        *("starlette", "uvicorn", "websockets", "av", "aiortc", "PIL", "miniaudio"),
    },
    "remote_console": {
        *("mr_contract", "media_kit", "PySide6", "cryptography", "keyring", "numpy", "platformdirs"),
        *("pydantic", "pydicom", "websockets", "aiortc", "av", "miniaudio"),
    },
}
"""Of other packages, each may import these, and the standard library."""

WORDS = {
    "__future__",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "itertools",
    "math",
    "types",
}
WORDS |= {"typing", "re", "json"}
PURE = {
    "mr_contract": WORDS | {"mr_contract", "pydantic"},
    "media_kit.rules": WORDS | {"media_kit.rules", "mr_contract"},
    "local_agent.core": WORDS
    | {"local_agent.core", "mr_contract", "pydantic", "hashlib", "statistics", "tomllib"},
    "remote_console.core": WORDS
    | {"remote_console.core", "mr_contract", "numpy", "pydicom", "io", "struct", "zlib"},
}
"""These may import nothing else at all, of the standard library either."""

CLOCKS = {"now", "utcnow", "today"}
EFFECTS = {"open", "print", "input", "exec", "eval", "compile", "__import__", "breakpoint"}


@dataclass(frozen=True)
class Seen:
    """An import or a call, where it stands."""

    name: str
    line: int


def imports_of(tree: ast.AST) -> Iterator[Seen]:
    """Every imported module, `from a import b` as `a.b` too: b may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Seen(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (Seen(f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def outside(tree: ast.AST, allowed: set[str]) -> list[str]:
    """Imports that no allowed module contains."""
    return [
        f"line {seen.line}: import of {seen.name}"
        for seen in imports_of(tree)
        if not any(seen.name == a or seen.name.startswith(f"{a}.") for a in allowed)
    ]


def impure_calls(tree: ast.AST) -> list[str]:
    """Calls that look at a clock or at the world without importing anything."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
            found.append(f"line {node.lineno}: .{node.attr}")
        elif isinstance(node, ast.Name) and node.id in EFFECTS:
            found.append(f"line {node.lineno}: {node.id}")
    return found


def modules_of(package: str) -> list[Path]:
    return sorted((SOURCES / package.replace(".", "/")).rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_it_may(package: str) -> None:
    allowed = PACKAGES[package] | {package} | set(sys.stdlib_module_names)
    found = {f: outside(ast.parse(f.read_text()), allowed) for f in modules_of(package)}
    assert {str(f): wrong for f, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("package", PURE)
def test_a_pure_package_imports_only_words_and_looks_at_no_clock(package: str) -> None:
    trees = {f: ast.parse(f.read_text()) for f in modules_of(package)}
    assert trees
    found = {f: outside(tree, PURE[package]) + impure_calls(tree) for f, tree in trees.items()}
    assert {str(f): wrong for f, wrong in found.items() if wrong} == {}


def test_every_package_has_its_list() -> None:
    assert {path.name for path in SOURCES.iterdir() if (path / "__init__.py").exists()} == set(PACKAGES)


@pytest.mark.parametrize("package", PURE)
@pytest.mark.parametrize(
    "line",
    [
        *(
            "import os",
            "import io as words",
            "import threading",
            "from secrets import token_hex",
            "import uuid",
        ),
        *(
            "import subprocess",
            "import ssl",
            "from concurrent.futures import Future",
            "from http import client",
        ),
        *("import urllib.request", "from local_agent import service", "import local_agent.journal"),
        *("from local_agent.authority.staff import Staff", "from remote_console.link import fleet"),
        *("import a_package_of_tomorrow", "def f():\n    import time", "from sys import stdout"),
        *("from datetime import datetime\ndatetime.now()", "from datetime import date\nclock = date.today"),
        *("open('file')", "print(1)", "__import__('os')"),
    ],
)
def test_what_is_not_pure_is_seen(package: str, line: str) -> None:
    tree = ast.parse(line)
    if package == "remote_console.core" and "import io" in line:
        assert outside(tree, PURE[package]) == [], "pictures are read from memory"
        return
    assert outside(tree, PURE[package]) + impure_calls(tree)


@pytest.mark.parametrize(
    ("package", "line"),
    [
        ("mr_contract", "import numpy"),
        ("mr_contract", "import websockets"),
        ("local_agent", "import numpy"),
        ("local_agent", "from scanner_kit import server"),
        ("remote_console", "import local_agent.core"),
        ("scanner_kit", "import simulated_mri"),
        ("simulated_mri", "import av"),
        ("media_kit", "import PySide6.QtCore"),
        ("scanner_adapters", "import torch"),
    ],
)
def test_a_package_that_may_not_be_imported_is_seen(package: str, line: str) -> None:
    assert outside(ast.parse(line), PACKAGES[package] | {package} | set(sys.stdlib_module_names))
