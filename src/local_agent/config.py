"""A site's `site.toml`: where to listen and which scanners there are. Bad input is refused in words."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError

from local_agent.core.policy import Policy, parse_policy, toml_error_line
from mr_contract.model import Identifier, Model, ShortText

SITE_FILE = "site.toml"
POLICY_FILE = "policy.toml"
Port = Annotated[int, Field(ge=0, le=65535)]


class ConfigError(ValueError):
    """A configuration that cannot be used: file, what is wrong, what to write."""


class ConsoleDoorConfig(Model):
    """The door for consoles; `enrolment_port` is open only while an invitation is outstanding."""

    host: ShortText = "0.0.0.0"  # noqa: S104 - a site's agent is reached from outside on purpose
    port: Port = 8443
    enrolment_port: Port = 8444


class TabletDoorConfig(Model):
    """The door for tablets; a hospital's own certificate may replace the site's."""

    host: ShortText = "0.0.0.0"  # noqa: S104 - the site's own network
    port: Port = 8445
    names: Annotated[tuple[ShortText, ...], Field(min_length=1)] = ("localhost",)
    certificate: ShortText = ""
    key: ShortText = ""


class ScannerConfig(Model):
    """One scanner and the adapter that speaks for it."""

    id: Identifier
    name: ShortText
    letter: Annotated[str, Field(min_length=1, max_length=2)] = "A"
    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] = "#6ea8fe"
    field_t: Annotated[float, Field(ge=0.0, le=20.0)] = 3.0
    url: Annotated[str, Field(pattern=r"^wss?://[^\s]+$")]
    secret_file: ShortText
    command: Annotated[tuple[str, ...], Field(max_length=32)] = ()
    """How to start the adapter where the agent supervises it; empty: it runs by itself."""


class SiteConfig(Model):
    """All of `site.toml`."""

    phone: ShortText = ""
    """Shown with "STOP NOT DELIVERED": whom to call at the site."""
    worklist: ShortText = "worklist.json"
    consoles: ConsoleDoorConfig = ConsoleDoorConfig()
    tablet: TabletDoorConfig = TabletDoorConfig()
    scanners: Annotated[tuple[ScannerConfig, ...], Field(max_length=16)] = ()


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """Configuration and policy of a site directory."""

    site: SiteConfig
    policy: Policy


_M = TypeVar("_M", bound=Model)


def load_config(directory: Path) -> LoadedConfig:
    """Read `site.toml` and `policy.toml`.

    Raises:
        ConfigError: a file is missing or a value is wrong, with file, place and remedy.
        PolicyError: as `parse_policy` says it.
    """
    site_path, policy_path = directory / SITE_FILE, directory / POLICY_FILE
    site = _validated(SiteConfig, _read(site_path), site_path)
    ids = [scanner.id for scanner in site.scanners]
    if len(set(ids)) != len(ids):
        raise ConfigError(f"{site_path}: two scanners have the same id. Give each its own.")
    return LoadedConfig(site, parse_policy(_read(policy_path), str(policy_path)))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}). `local-agent init` makes an example."
        ) from None


def _validated(model: type[_M], text: str, path: Path) -> _M:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = toml_error_line(error)
        raise ConfigError(f"{path}, line {line}: not valid TOML ({error}). Correct the syntax.") from None
    try:
        return model.model_validate(_tuples(table))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        line = _line_of(text, str(first["loc"][-1]) if first["loc"] else "")
        remedy = "Remove it, or correct its name" if first["type"] == "extra_forbidden" else "Correct it"
        raise ConfigError(
            f"{path}, line {line}: {where}: {first['msg']}. {remedy}: see docs/how-to/site.md."
        ) from None


def _tuples(value: object) -> object:
    """TOML arrays as tuples: the models are strict."""
    if isinstance(value, dict):
        return {k: _tuples(v) for k, v in value.items()}
    if isinstance(value, list):
        return tuple(_tuples(v) for v in value)
    return value


def _line_of(text: str, key: str) -> int:
    lines = enumerate(text.splitlines(), 1)
    return next((n for n, line in lines if line.strip().strip("[").startswith(key)), 1)


EXAMPLE_SITE = """\
# Where this site's agent listens and which scanners it serves. docs/how-to/site.md explains every line.

phone = "{phone}"                    # shown with "STOP NOT DELIVERED"
worklist = "worklist.json"

[consoles]
host = "{host}"
port = {control_port}
enrolment_port = {enrolment_port}    # open only while an invitation is outstanding

[tablet]
host = "{host}"
port = {tablet_port}
names = {names}

{scanners}"""

EXAMPLE_SCANNER = """\
[[scanners]]
id = "{id}"
name = "{name}"
letter = "{letter}"
colour = "{colour}"
field_t = {field_t}
url = "{url}"
secret_file = "{secret_file}"
"""

EXAMPLE_POLICY = """\
# What this site decided for itself. Each line may be left out: the value shown is the default.

presence = "registered_technologist"   # who must be checked in for a start; or "trained_aide",
                                       # "two_people_one_technologist"
presence_minutes = 10                  # a sign of the local operator within this time
max_connected = 3                      # scanners one remote operator may be connected to
max_running = 1                        # scans one remote operator may run at a time, over all sites
picture = "required"                   # or "waived": no start waits for a camera
scanners_without_stop = []             # scanners admitted although software cannot stop them
approved_protocols = []                # ids; empty: those the scanner marks as approved

[peers]                                # other sites: name = statement key (local-agent key)
"""
