"""The page's files: read once from the package, served from memory by exact name.

No path of a request ever reaches the file system.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
}
_NAMED = {"/": "/index.html", "/pair": "/pair.html"}


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of the page with its media type."""

    content: bytes
    media_type: str


def load_pages() -> dict[str, PageFile]:
    """Every file of the page by its URL path."""
    found = dict(_walk(files("local_agent.tablet") / "page", ""))
    for name, path in _NAMED.items():
        found[name] = found[path]
    return found


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, PageFile]]:
    for entry in folder.iterdir():
        path = f"{prefix}/{entry.name}"
        suffix = entry.name[entry.name.rfind(".") :]
        if entry.is_dir():
            yield from _walk(entry, path)
        elif suffix in _TYPES:
            yield path, PageFile(entry.read_bytes(), _TYPES[suffix])
