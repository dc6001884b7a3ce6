"""Scenario files: read, or refused with file, line and what was expected."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulated_mri.scenarios.model import Expected, Happening, Scenario

SHIPPED = Path(__file__).with_name("shipped")
MOST_BYTES = 200_000
_HEADING = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_]+)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
_KEYS = {
    "happens": tuple(Happening.model_fields),
    "expected": tuple(Expected.model_fields),
    "": tuple(Scenario.model_fields),
}
_MOST_FAULTS = 20


class ScenarioError(Exception):
    """The file cannot be played; one line for each fault: file, line, what was expected."""


def shipped_names() -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in SHIPPED.glob("*.toml")))


def scenario_file(name: str) -> Path:
    """A shipped scenario by its name, else a file."""
    return SHIPPED / f"{name}.toml" if name in shipped_names() else Path(name)


def read_scenario(file: Path) -> Scenario:
    """Raises ScenarioError."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ScenarioError(
            f"{file}: cannot be read ({error.strerror}); give a file, or one of {', '.join(shipped_names())}"
        ) from None
    if len(content) > MOST_BYTES:
        raise ScenarioError(f"{file}:1: expected at most {MOST_BYTES} bytes")
    try:
        return parse_scenario(content.decode("utf-8"), str(file))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ScenarioError(f"{file}:{line}: expected UTF-8 text") from None


def parse_scenario(text: str, name: str) -> Scenario:
    """The scenario in a text that is called `name`. Raises ScenarioError."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(_not_toml(text, name, str(error))) from None
    except RecursionError:
        raise ScenarioError(f"{name}:1: expected TOML, brackets are nested too deeply") from None
    except ValueError as error:
        raise ScenarioError(f"{name}:1: expected TOML, {error}") from None
    try:
        return Scenario.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=True)
        lines = sorted({_fault(text, fault) for fault in faults})
        raise ScenarioError(
            "\n".join(f"{name}:{line}: {words}" for line, words in lines[:_MOST_FAULTS])
        ) from None


def _not_toml(text: str, name: str, why: str) -> str:
    found = re.search(r"\(at line (\d+),", why)
    line = int(found.group(1)) if found else text.count("\n") + 1
    return f"{name}:{line}: expected TOML: {why.partition(' (at ')[0]}"


def _fault(text: str, fault: Any) -> tuple[int, str]:
    place: Sequence[str | int] = fault["loc"]
    return _line(text, place), f"{_shown_place(place)}: {_expectation(fault)}"


def _expectation(fault: Any) -> str:
    """What was expected there, and what there is."""
    place = fault["loc"]
    match fault["type"]:
        case "missing":
            return "expected here, and missing"
        case "too_short":
            return f"expected at least {fault['ctx']['min_length']}"
        case "extra_forbidden":
            known = _KEYS.get(str(place[0]) if len(place) > 2 else "", ()) if len(place) < 4 else ()
            return f"expected one of {', '.join(known)}" if known else "no such key was expected"
        case "value_error":
            return str(fault["msg"]).removeprefix("Value error, ")
        case _:
            words = str(fault["msg"]).replace("Input should be", "expected").replace("Input tag", "the kind")
            given = repr(fault["input"])
            shown = given if len(given) <= 40 else f"{given[:37]}…"
            return f"{words[0].lower()}{words[1:]}, not {shown}"


def _shown_place(place: Sequence[str | int]) -> str:
    """happens 2, after_s: people count from 1."""
    parts = [str(part + 1) if isinstance(part, int) else part for part in place]
    return " ".join(parts) or "the file"


def _line(text: str, place: Sequence[str | int]) -> int:
    """Where the innermost known part of a place begins; line 1 for what is nowhere."""
    lines = dict(_lines(text))
    return next((lines[tuple(place[:n])] for n in range(len(place), 0, -1) if tuple(place[:n]) in lines), 1)


def _lines(text: str) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """Tables and keys with their lines; of a repeated one the first is kept by the caller's reading order."""
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if heading := _HEADING.match(line):
            name = heading.group(2)
            counts[name] = counts.get(name, -1) + 1
            table = (name, counts[name]) if heading.group(1) == "[[" else (name,)
            yield table, number
        elif key := _KEY.match(line):
            yield (*table, key.group(1)), number
