"""From a line in `site.toml` to the source it names."""

from __future__ import annotations

from pathlib import Path

from local_agent.media.config import SourceConfig
from local_agent.media.sources.pattern import Pattern
from local_agent.media.sources.source import Source, SourceFailed, SourceSite
from media_kit import Content
from mr_contract.vocabulary import SourceKind


def content_of(config: SourceConfig) -> Content:
    """How its pictures are encoded: what was drawn by a computer must stay legible, however it comes here."""
    is_screen = config.kind is SourceKind.CONSOLE_SCREEN or config.url.startswith("screen:")
    return Content.SCREEN if is_screen else Content.CAMERA


def make_source(config: SourceConfig, site: SourceSite, directory: Path) -> Source:  # noqa: ARG001
    """The source of this line; `directory` is where its `login_file` begins. Opens nothing.

    Raises:
        SourceFailed: this release knows no such source.
    """
    scheme = config.url.partition(":")[0]
    match scheme:
        case "synthetic":
            return Pattern(site)
        case _:
            raise SourceFailed(f"this release has no {scheme} source")
