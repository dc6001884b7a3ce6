"""Where a value stands in a TOML text, and how it looks there, for errors that people can act on.

Rules upheld here:
- The parser of the standard library decides what a statement is: a line belongs to the statement that begins
  at or before it and that parses only with it.
- Something that is not there stands where its table begins; without a table, at line 1.
- A value is shown on one line, shortened, whatever it holds.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Place = tuple[str | int, ...]
"""Keys, and indexes of lists from 0, from the outermost table to a value."""

_MOST_SHOWN = 60
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")
_MOST_LINES = 200
"""Of one statement: an open bracket must not have a long file parsed from there to its end, line by line."""


class NotToml(ValueError):
    """A text that is no TOML: `line` is where, `str()` what is wrong."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


def parse_toml(text: str) -> dict[str, Any]:
    """The table in a text.

    Raises:
        NotToml: it is none.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        why, _, place = str(error).partition(" (at ")
        digits = place.removeprefix("line ").split(",")[0]
        line = int(digits) if digits.isdigit() else _unfinished_line(text)
        raise NotToml(line, why[:1].lower() + why[1:]) from None
    except RecursionError:
        raise NotToml(_unfinished_line(text), "brackets are nested too deeply") from None
    except ValueError:  # the interpreter's own limit on the digits of a number
        raise NotToml(_unfinished_line(text), "a number has too many digits") from None


def line_of(text: str, place: Place) -> int:
    """The line (from 1) on which what is at this place begins, or else what holds it."""
    lines = _lines_by_place(text)
    return next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), 1)


def shown(value: object) -> str:
    """A value as it would stand in the file."""
    try:
        words = json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:  # an integer with more digits than the interpreter will write
        words = "a number with too many digits"
    words = "".join(c if c.isprintable() else "·" for c in words)
    return words if len(words) <= _MOST_SHOWN else f"{words[: _MOST_SHOWN - 1]}…"


def shown_key(*keys: str) -> str:
    """A dotted key as it would stand in the file; quoted only where it must be."""
    return ".".join(k if _BARE_KEY.fullmatch(k) else shown(k) for k in keys)


def _statements(text: str) -> Iterator[tuple[int, dict[str, Any] | None, bool]]:
    """Line, content and whether it is a table's heading, of each statement; None for what never ends."""
    begun, first = "", 1
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if number - first > _MOST_LINES:
            break
        begun = f"{begun}\n{line}" if begun else line
        try:
            content = tomllib.loads(begun)
        except (ValueError, RecursionError):
            continue
        if content:
            yield first, content, begun.lstrip().startswith("[")
        begun, first = "", number + 1
    if begun:
        yield first, None, False


def _unfinished_line(text: str) -> int:
    """Where the statement begins that does not parse, however much follows it."""
    return next((line for line, content, _ in _statements(text) if content is None), 1)


def _lines_by_place(text: str) -> dict[Place, int]:
    lines: dict[Place, int] = {}
    lists: dict[Place, int] = {}
    table: Place = ()
    for line, content, is_heading in _statements(text):
        if content is None:
            break
        if is_heading:
            table = _heading(content, lists)
            for n in range(1, len(table) + 1):
                lines.setdefault(table[:n], line)
        else:
            for place in _places(content):
                lines.setdefault(table + place, line)
    return lines


def _heading(content: Mapping[str, Any], lists: dict[Place, int]) -> Place:
    """The table that a heading opens; `lists` counts the tables of each [[list]] so far."""
    table: Place = ()
    level: object = content
    while isinstance(level, Mapping) and level:
        (key, level), *_ = level.items()
        table += (key,)
        if isinstance(level, list):
            lists[table] = lists.get(table, -1) + 1
            level = level[0]
        if table in lists:
            table += (lists[table],)
    return table


def _places(content: Mapping[str, Any], outer: Place = ()) -> Iterator[Place]:
    for key, value in content.items():
        yield (*outer, key)
        if isinstance(value, Mapping):
            yield from _places(value, (*outer, key))
