"""Every command of a program, taken from its parser, and what a refusal at the command line has to be."""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

Command = tuple[str, ...]
Main = Callable[[list[str]], int]

NO_TEXT = "\udcff"
"""A byte that is no UTF-8, as Python hands it over from a command line."""

_REMEDY = re.compile(
    r"\b(check|choose|compare|copy|end|give|look|make|move|name|remove|restore|run|save|stop|type|use|write|"
    r"lists|is the scanner running)\b",
    re.IGNORECASE,
)


def commands(parser: argparse.ArgumentParser, before: Command = ()) -> dict[Command, argparse.ArgumentParser]:
    """Each command with its own parser; one that has commands below it is none itself."""
    found: dict[Command, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                found |= commands(below, (*before, name))
    return found or {before: parser}


def words_of(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The arguments that are words of a person: no path, no number, no choice."""
    for action in parser._actions:
        takes_a_word = not isinstance(action, argparse._HelpAction) and action.nargs != 0
        if takes_a_word and action.choices is None and (action.type is None or _is_text(action)):
            yield action


def _is_text(action: argparse.Action) -> bool:
    return getattr(action.type, "__name__", "") in {"_text", "_words", "words", "file_name"}


def refused(
    main: Main, arguments: Sequence[str], capsys: pytest.CaptureFixture[str], *names: str, status: int = 1
) -> str:
    """Run a command that has to be refused in words that name all of `names`; what it said."""
    capsys.readouterr()
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")  # as the interpreter's own is, and pytest's is not
    try:
        found = main(list(arguments))
    except SystemExit as ended:
        found = int(ended.code or 0)
    said = capsys.readouterr().err
    judge(found, said, *names, status=status)
    return said


def judge(found: int, said: str, *names: str, status: int = 1) -> None:
    """One or two lines (more only from argparse, with its usage), what was wrong, and a remedy."""
    assert found == status, said
    assert "Traceback" not in said
    assert "[Errno" not in said
    for name in names:
        assert name in said
    if status == 2:
        assert said.startswith("usage: ")
        return
    assert 1 <= len(said.splitlines()) <= 2, said
    assert _REMEDY.search(said), f"no remedy in: {said}"


def run_without_terminal(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """As a process that has no terminal at all, and nothing to read."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
        env={**os.environ, **environment},
    )


def complains_to_a_reader_who_left(*arguments: str) -> tuple[int, str]:
    """Exit status and complaint of a process whose reader has had enough before the first word."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", *arguments], stdout=writing, stderr=subprocess.PIPE, text=True, timeout=30
        )
    finally:
        os.close(writing)
    return done.returncode, done.stderr


def tree(folder: Path) -> set[Path]:
    """Everything below a folder."""
    return set(folder.rglob("*"))


def garbage(path: Path) -> None:
    """The file holds what nobody wrote into it; its mode stays."""
    path.write_bytes(b"\xff\x00 no such thing \x80" * 40)


def loop(path: Path) -> None:
    """The file cannot be opened by anybody, root included."""
    path.unlink()
    path.symlink_to(path.name)


def folder(path: Path) -> None:
    """A directory is where the file was."""
    path.unlink()
    path.mkdir()


DAMAGES: tuple[Callable[[Path], None], ...] = (garbage, loop, folder)
