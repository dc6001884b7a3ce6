"""A site's `site.toml`: where to listen and which scanners there are. Bad input is refused in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from local_agent.core.policy import Policy, parse_policy
from local_agent.core.toml_places import NotToml, Place, line_of, parse_toml, shown, shown_key
from local_agent.media.config import (
    INTERCOM_WORDS,
    SOURCES_WORDS,
    FileName,
    IntercomConfig,
    MediaConfig,
    SourceConfig,
    Sources,
    TurnConfig,
)
from mr_contract.model import Identifier, Model, ShortText

SITE_FILE = "site.toml"
POLICY_FILE = "policy.toml"
_LOGIN = re.compile(r"//.*@")
"""In an address: what must not be repeated where others read it."""
_EXPLAINED = "docs/how-to/site.md"
Port = Annotated[int, Field(ge=0, le=65535)]
_PORT_WORDS = "a whole number from 0 (any free port) to 65535"
_HOST_WORDS = 'an address of this machine, as in "10.20.0.5", or "0.0.0.0" for all'


class ConfigError(ValueError):
    """A configuration that cannot be used: file, what is wrong, what to write."""


def _is_host(name: str) -> bool:
    try:
        encoded = name.encode("idna")
    except UnicodeError:
        return False
    return 0 < len(encoded) <= 253 and name.isprintable() and " " not in name


def _host(name: str) -> str:
    if not _is_host(name):
        raise ValueError
    return name


def _scanner_url(url: str) -> str:
    parts = urlsplit(url)
    reachable = parts.scheme in {"ws", "wss"} and parts.port != 0 and _is_host(parts.hostname or "")
    if not reachable or not url.isprintable() or parts.fragment or parts.username is not None:
        raise ValueError
    return url


Host = Annotated[ShortText, AfterValidator(_host)]


class ConsoleDoorConfig(Model):
    """The door for consoles; `enrolment_port` is open only while an invitation is outstanding."""

    host: Host = Field("0.0.0.0", description=_HOST_WORDS)  # noqa: S104 - reached from outside on purpose
    port: Port = Field(8443, description=_PORT_WORDS)
    enrolment_port: Port = Field(8444, description=_PORT_WORDS)


class TabletDoorConfig(Model):
    """The door for tablets; a hospital's own certificate may replace the site's."""

    host: Host = Field("0.0.0.0", description=_HOST_WORDS)  # noqa: S104 - the site's own network
    port: Port = Field(8445, description=_PORT_WORDS)
    names: Annotated[tuple[Host, ...], Field(min_length=1)] = Field(
        ("localhost",), description='host names or addresses that tablets use, as in ["agent.north.example"]'
    )
    certificate: FileName = Field("", description='the file of a PEM chain, as in "hospital.pem"')
    key: FileName = Field("", description='the file of its unencrypted PEM key, as in "hospital.key"')


class ScannerConfig(Model):
    """One scanner and the adapter that speaks for it."""

    id: Identifier = Field(description='1 to 80 letters, digits, and . _ : -, as in "mri-a"')
    name: ShortText = Field(description='up to 160 characters, as in "MRI A"')
    letter: Annotated[str, Field(min_length=1, max_length=2)] = Field(
        "A", description='1 or 2 characters, as in "A"'
    )
    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] = Field(
        "#6ea8fe", description='# and six hexadecimal digits in small letters, as in "#6ea8fe"'
    )
    field_t: Annotated[float, Field(ge=0.0, le=20.0)] = Field(
        3.0, description="a number of tesla from 0 to 20, as in 3.0"
    )
    url: Annotated[ShortText, AfterValidator(_scanner_url)] = Field(
        description='where its adapter listens, as in "ws://127.0.0.1:8701"'
    )
    secret_file: FileName = Field(description='the file of the shared secret, as in "mri-a.secret"')
    command: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[^\x00]+$")], ...], Field(max_length=32)
    ] = Field((), description='up to 32 words that start the adapter, as in ["my-adapter", "--port", "8701"]')
    """How to start the adapter where the agent supervises it; empty: it runs by itself."""
    sources: Sources = Field((), description=SOURCES_WORDS)
    intercom: IntercomConfig | None = Field(None, description=INTERCOM_WORDS)
    """The way to the patient's ears; None: there is none from afar."""


class SiteConfig(Model):
    """All of `site.toml`."""

    phone: ShortText = Field("", description='up to 160 characters in quotes, as in "+44 20 7946 0018"')
    """Shown with "STOP NOT DELIVERED": whom to call at the site."""
    worklist: FileName = Field("worklist.json", description='the name of a file, as in "worklist.json"')
    consoles: ConsoleDoorConfig = Field(ConsoleDoorConfig(), description="[consoles] and its lines below")
    tablet: TabletDoorConfig = Field(TabletDoorConfig(), description="[tablet] and its lines below")
    media: MediaConfig = Field(MediaConfig(), description="[media] and its lines below")
    scanners: Annotated[tuple[ScannerConfig, ...], Field(max_length=16)] = Field(
        (), description="[[scanners]] and its lines below, for each of at most 16 scanners"
    )


_TABLES: dict[Place, type[Model]] = {
    (): SiteConfig,
    ("consoles",): ConsoleDoorConfig,
    ("tablet",): TabletDoorConfig,
    ("media",): MediaConfig,
    ("media", "turn"): TurnConfig,
    ("scanners",): ScannerConfig,
    ("scanners", "sources"): SourceConfig,
    ("scanners", "intercom"): IntercomConfig,
}


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """Configuration and policy of a site directory."""

    site: SiteConfig
    policy: Policy


def load_config(directory: Path) -> LoadedConfig:
    """Read `site.toml` and `policy.toml`.

    Raises:
        ConfigError: a file is missing or a value is wrong, with file, line and remedy.
        PolicyError: as `parse_policy` says it.
    """
    site_path, policy_path = directory / SITE_FILE, directory / POLICY_FILE
    site = _parse_site(_read(site_path), site_path)
    return LoadedConfig(site, parse_policy(_read(policy_path), str(policy_path)))


def _read(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}). Check its owner and permissions, or restore it; "
            "`local-agent init` in another directory makes an example."
        ) from None
    try:
        return content.decode("utf-8-sig")  # editors of one system begin a file with a mark
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(
            f"{path}, line {line}: byte 0x{content[error.start]:02x} is not UTF-8. "
            "Save the file as UTF-8 text."
        ) from None


def _parse_site(text: str, path: Path) -> SiteConfig:
    try:
        table = parse_toml(text)
    except NotToml as error:
        raise ConfigError(
            f"{path}, line {error.line}: not valid TOML ({error}). Correct the syntax."
        ) from None
    try:
        site = SiteConfig.model_validate(_tuples(table))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        line, words = line_of(text, first["loc"]), _in_words(first["loc"], first["type"], first["input"])
        raise ConfigError(f"{path}, line {line}: {words}, see {_EXPLAINED}.") from None
    if site.media.path == "relay" and not site.media.turn:
        line = line_of(text, ("media", "path"))
        raise ConfigError(
            f'{path}, line {line}: media.path = "relay" needs a relay. Name one in [[media.turn]], or write '
            f'path = "direct", see {_EXPLAINED}.'
        )
    _refuse_twins("scanner", [s.id for s in site.scanners], ("scanners",), text, path)
    for number, scanner in enumerate(site.scanners):
        _refuse_twins("source", [s.id for s in scanner.sources], ("scanners", number, "sources"), text, path)
        if scanner.intercom is not None and scanner.intercom.room and not scanner.intercom.secret_file:
            line = line_of(text, ("scanners", number, "intercom", "output"))
            raise ConfigError(
                f"{path}, line {line}: scanners.intercom.output names a simulated room and not its secret. "
                f'Write secret_file = "…" below it, or output = "simulated:", see {_EXPLAINED}.'
            )
    return site


def _refuse_twins(what: str, ids: list[str], table: Place, text: str, path: Path) -> None:
    for number, name in enumerate(ids):
        if name in ids[:number]:
            line = line_of(text, (*table, number, "id"))
            raise ConfigError(
                f"{path}, line {line}: another {what} has the id {shown(name)} too. Give each its own."
            )


def _in_words(place: Place, kind: str, value: object) -> str:
    """What is wrong with one value and what is allowed there, without the words of the library."""
    keys = tuple(key for key in place if isinstance(key, str))
    outer = max((n for n in range(len(keys)) if keys[:n] in _TABLES), default=0)
    fields, key, name = _TABLES[keys[:outer]].model_fields, keys[outer], shown_key(*keys)
    if key not in fields:
        return f"{name} is not known. Remove it, or correct its name: {', '.join(fields)}"
    if kind == "missing":
        return f"{name} is missing. Write {key} = …, {fields[key].description}"
    if isinstance(value, str):
        value = _LOGIN.sub("//…@", value)
    return f"{name} = {shown(value)} cannot be used. Write {fields[key].description}"


def _tuples(value: object) -> object:
    """TOML arrays as tuples: the models are strict."""
    if isinstance(value, dict):
        return {k: _tuples(v) for k, v in value.items()}
    if isinstance(value, list):
        return tuple(_tuples(v) for v in value)
    return value


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
picture_of = "patient"                 # which kind of source must show it; every one of the kind
audio_check = "waived"                 # or "required": no start before both ends said they hear each other
picture_sources = []                   # ids of those that count; empty: all of the kind
scanners_without_stop = []             # scanners admitted although software cannot stop them
approved_protocols = []                # ids; empty: those the scanner marks as approved

[responsibilities]                     # who answers for what at an exam; each item in one list, once;
local = [                              # add your own in your own words
    "patient_identification", "safety_screening", "room_access", "informing_patient",
    "positioning_and_coil", "contrast_injection", "watching_patient", "talking_with_patient",
    "ending_exam", "emergency",
]
remote = ["protocol_and_slices", "exposure_limits", "image_quality", "documentation"]

[peers]                                # other sites: name = statement key (local-agent key)
"""
