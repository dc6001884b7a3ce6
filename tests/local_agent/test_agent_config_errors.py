"""Each key of site.toml and policy.toml with values that are wrong: file, line, value, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_agent.config import (
    ConfigError,
    ConsoleDoorConfig,
    ScannerConfig,
    SiteConfig,
    TabletDoorConfig,
    load_config,
)
from local_agent.core.policy import Policy, PolicyError, parse_policy
from local_agent.core.toml_places import NotToml, line_of, parse_toml
from local_agent.media.config import IntercomConfig, MediaConfig, SourceConfig, TurnConfig
from mr_contract.model import Model
from mr_contract.responsibilities import REMOTE_BY_DEFAULT, KnownItem

SITE = """\
# Whatever stands here, names of keys too: port = 1, colour = "red".
phone = "+44"
worklist = "worklist.json"

[consoles]   # the first door
host = "127.0.0.1"
port = 8443
enrolment_port = 8444

[tablet]
host = "127.0.0.1"
port = 8445
names = [
    "localhost",    # port = 3
    "127.0.0.1",
]
certificate = "hospital.pem"
key = "hospital.key"

[media]
path = "direct"
udp_ports = [50000, 50099]
addresses = ["127.0.0.1"]

[[media.turn]]
urls = ["turn:turn.north.example:3478"]
secret_file = "turn.secret"

[[scanners]]
id = "mr1"
name = "MR 1"
letter = "A"
colour = "#6ea8fe"
field_t = 3.0
url = "ws://127.0.0.1:8701"
secret_file = "mr1.secret"
command = ["adapter"]

[[scanners]]
id = "mr2"
name = "MR 2"
letter = "B"
colour = "#6ea8ff"
field_t = 1.5
url = "ws://127.0.0.1:8702"
secret_file = "mr2.secret"
command = ["adapter"]

[[scanners.sources]]
id = "room"
kind = "room"
title = "Magnet room"
url = "rtsp://127.0.0.1/main"
login_file = "room.login"

[scanners.intercom]
output = "device:Ceiling"
secret_file = "room.secret"
language = "de"
"""
POLICY = """\
# Ours.
presence = "trained_aide"
presence_minutes = 5

max_connected = 3
max_running = 1
picture = "required"
picture_of = "room"
picture_sources = []
remote_signature = "by_video"
audio_check = "waived"
emergency_exception = "refused"
scanners_without_stop = []
approved_protocols = [
    "brain",
]
responsibilities = {{local = {local}, remote = {remote}}}
[peers]
"South" = "{key}"
""".format(
    key="ab" * 32,
    local=[str(item) for item in KnownItem if item not in REMOTE_BY_DEFAULT],
    remote=[str(item) for item in KnownItem if item in REMOTE_BY_DEFAULT],
)

LONG = '"' + "x" * 161 + '"'
NO_TEXT = ("1", "true", "[]", "{}", LONG, "2026-01-01")
NO_FILE = (*NO_TEXT, '"a\\u0000b"')
NO_HOST = (*NO_TEXT, '""', '"a b"', f'"{"a" * 70}"', '"a\\nb"')
NO_PORT = ("-1", "65536", "8443.0", '"8443"', "true", "nan", f"0x{'f' * 5000}", "[8443]")
BAD: dict[str, tuple[str, ...]] = {
    "phone": NO_TEXT,
    "worklist": NO_FILE,
    "consoles.host": NO_HOST,
    "consoles.port": NO_PORT,
    "consoles.enrolment_port": NO_PORT,
    "tablet.host": NO_HOST,
    "tablet.port": NO_PORT,
    "tablet.names": ("[]", '"localhost"', "[1]", '[""]', '["a b"]', '["localhost", "a\\u2028b"]'),
    "tablet.certificate": NO_FILE,
    "tablet.key": NO_FILE,
    "media.udp_ports": ("[80, 99]", "[50000]", "[50099, 50000]", "50000", '["a", "b"]', "[50000, 99999]"),
    "media.addresses": ('"10.1.2.3"', '["turn.example"]', '[""]', "[1]", str(["10.1.2.3"] * 9)),
    "media.path": ('"turn"', "true", '""', "[]"),
    "media.turn.urls": ("[]", '"turn:a"', '["stun:a"]', '["turn://a"]', '["turn:a?transport=x"]', "[1]"),
    "media.turn.secret_file": NO_FILE,
    "scanners.id": ("1", '""', '"-a"', '"a b"', f'"{"a" * 81}"'),
    "scanners.name": NO_TEXT,
    "scanners.letter": ("1", '""', '"ABC"'),
    "scanners.colour": ("1", '"red"', '"#6EA8FE"', '"#6ea8f"', '"6ea8fe"'),
    "scanners.field_t": ('"3"', "-0.1", "20.5", "nan", "inf", "true", "[]"),
    "scanners.url": (
        '"http://a:1"', '"ws://["', '"ws://a:99999"', '"ws://a:0"', '"ws://"', '"ws://a b"', "1",
        f'"ws://{"a" * 70}"', '"ws://a#b"', '"ws://me@a"',
    ),
    "scanners.secret_file": NO_FILE,
    "scanners.command": ('"adapter"', "[1]", '[""]', '["a\\u0000b"]', str(["x"] * 33)),
    "scanners.sources.id": ("1", '""', '"-a"', '"a b"', f'"{"a" * 81}"'),
    "scanners.sources.kind": ('"kitchen"', '""', "1", "[]"),
    "scanners.sources.title": NO_TEXT,
    "scanners.sources.url": ('"http://a"', '""', '"v4l2"', '"rtsp://"', '"rtsp://me:word@a"', '"file:"', "1"),
    "scanners.sources.login_file": NO_FILE,
    "scanners.intercom.output": ('"speaker"', '""', '"device"', '"file:/srv/a.wav"', '"simulated:a"', "1"),
    "scanners.intercom.secret_file": NO_FILE,
    "scanners.intercom.language": ('"german"', '"DE"', '"d"', "1"),
}  # fmt: skip
BAD_POLICY: dict[str, tuple[str, ...]] = {
    "presence": ('"nobody"', "1", "[]", "true"),
    "presence_minutes": ("0", "10.5", "nan", "inf", "true", '"5"', f"0x{'f' * 5000}"),
    "max_connected": ("0", "9", "2.0", "true", '"3"'),
    "max_running": ("0", "5", "1.0", "true", "[]"),
    "picture": ('"Waived"', "false", '"off"'),
    "picture_of": ('"bore"', "true", "[]", '""'),
    "audio_check": ('"on"', "true", '""'),
    "picture_sources": ('"bore"', "[1]", '[""]', "{}"),
    "remote_signature": ('"video"', "true", '""'),
    "emergency_exception": ('"allowed"', "true", '""'),
    "scanners_without_stop": ('"vnc"', "[1]", '[""]', "{}"),
    "approved_protocols": ('"brain"', "[1]", '[""]', "3"),
    "responsibilities": (
        "3",
        "[]",
        "{}",
        '{local = "emergency"}',
        '{nobody = ["emergency"]}',
        "{local = [1]}",
    ),
    "peers": ('"ab"', '""', "3", f'"{"AB" * 32}"', "[]"),
}


def lines_of(text: str, key: str) -> list[int]:
    """Where a key is set, from 1; of a key of a scanner the last one is the second scanner's."""
    table, _, last = key.rpartition(".")
    found, here = [], ""
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"\[+([\w.]+)", line):
            here = heading.group(1)
        elif here == table and line.startswith(f"{last} ="):
            found.append(number)
    return found


def with_value(text: str, number: int, value: str) -> str:
    """The text with another value on one line; what else that statement had goes."""
    lines = text.splitlines()
    name, _, old = lines[number - 1].partition(" = ")
    if old == "[":
        del lines[number : lines.index("]", number) + 1]
    lines[number - 1] = f"{name} = {value}"
    return "\n".join(lines) + "\n"


MODELS: dict[str, type[Model]] = {
    "": SiteConfig,
    "consoles.": ConsoleDoorConfig,
    "tablet.": TabletDoorConfig,
    "media.": MediaConfig,
    "media.turn.": TurnConfig,
    "scanners.": ScannerConfig,
    "scanners.sources.": SourceConfig,
    "scanners.intercom.": IntercomConfig,
}


def test_every_key_has_its_wrong_values() -> None:
    keys = {f"{table}{key}" for table, model in MODELS.items() for key in model.model_fields}
    assert keys - {key[:-1] for key in MODELS} == set(BAD)
    assert {field.name for field in fields(Policy)} == set(BAD_POLICY)


def test_every_key_says_what_is_allowed() -> None:
    for model in MODELS.values():
        assert all(field.description for field in model.model_fields.values())


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "site.toml").write_text(SITE)
    (tmp_path / "policy.toml").write_text(POLICY)
    load_config(tmp_path)
    return tmp_path


def said(place: Path, site: str | bytes) -> str:
    """What refuses this text of site.toml."""
    (place / "site.toml").write_bytes(site if isinstance(site, bytes) else site.encode())
    with pytest.raises(ConfigError) as caught:
        load_config(place)
    words = str(caught.value)
    assert words.isprintable()
    assert len(words) < 600
    for of_the_library in ("pydantic", "Input should", "String should", "Value error", "match pattern"):
        assert of_the_library not in words
    return words


def start_of(value: str) -> str:
    """How the value can be recognised in words: its first characters, unless it is not shown as written."""
    as_written = value.startswith('"') and "\\" not in value and "@" not in value
    return value[:12] if as_written else ""


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in BAD.items() for value in values])
def test_a_wrong_value_of_the_site_is_refused_on_its_own_line(place: Path, key: str, value: str) -> None:
    assert lines_of(SITE, key)
    for number in lines_of(SITE, key):
        words = said(place, with_value(SITE, number, value))
        assert words.startswith(f"{place / 'site.toml'}, line {number}: {key} = "), words
        assert start_of(value) in words
        assert "cannot be used. Write " in words
        assert "docs/how-to/site.md" in words


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in BAD_POLICY.items() for value in values]
)
def test_a_wrong_value_of_the_policy_is_refused_on_its_own_line(key: str, value: str) -> None:
    number = lines_of(POLICY, key)[0] if key != "peers" else POLICY.splitlines().index("[peers]") + 2
    text = with_value(POLICY, number, value)
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "policy.toml")
    words = str(caught.value)
    assert words.startswith(f"policy.toml, line {number}: "), words
    assert start_of(value) in words
    assert words.isprintable()
    assert ". Write " in words or ". Copy " in words


@pytest.mark.parametrize("key", [key for key in BAD if re.match(r"scanners\.\w+$", key)])
def test_a_key_that_is_missing_is_asked_for_where_its_scanner_begins(place: Path, key: str) -> None:
    *_, number = lines_of(SITE, key)
    lines = SITE.splitlines()
    del lines[number - 1]
    (place / "site.toml").write_text("\n".join(lines))
    if key in {"scanners.id", "scanners.name", "scanners.url", "scanners.secret_file"}:
        heading = len(lines) - lines[::-1].index("[[scanners]]")
        assert f"line {heading}: {key} is missing. Write {key.partition('.')[2]} = …" in said(
            place, "\n".join(lines)
        )
    else:
        load_config(place)


@pytest.mark.parametrize("table", [key[:-1] for key in MODELS])
def test_an_unknown_key_is_refused_where_it_stands_with_those_there_are(place: Path, table: str) -> None:
    lines = SITE.splitlines()
    heading = rf"\[+{table}\]" if table else "#"
    number = next(n for n, line in enumerate(lines, 1) if re.match(heading, line))
    lines.insert(number, "prot = 1")
    words = said(place, "\n".join(lines))
    assert f"line {number + 1}: {table + '.' if table else ''}prot is not known. Remove it" in words
    assert ", " in words.partition("its name: ")[2]


@pytest.mark.parametrize("key", [key[:-1] for key in MODELS if key.count(".") == 1])
def test_a_value_where_a_table_belongs_is_refused(place: Path, key: str) -> None:
    assert f"line 2: {key} = 3 cannot be used. Write [" in said(place, f"# ours\n{key} = 3\n")


def test_two_scanners_of_one_id_are_told_by_the_line_of_the_second(place: Path) -> None:
    number = lines_of(SITE, "scanners.id")[1]
    assert f'line {number}: another scanner has the id "mr1"' in said(
        place, with_value(SITE, number, '"mr1"')
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("a = 1\nphone = \n", 2),
        ("[tablet\n", 1),
        ("# one\nphone = [\n1,\n2\n\nport = 3\n", 6),
        ('phone = "x\n', 1),
        ("a = 1\n\na = 2\n", 3),
        (f"\nphone = {'[' * 5000}\n", 2),
        (f"\n\nphone = {'9' * 5000}\n", 3),
        ("a = 1\n" + "x = [\n" + "1,\n" * 20_000, 2),
    ],
    ids=[
        "no-value",
        "no-bracket",
        "list-not-closed",
        "open-text",
        "twice",
        "deep",
        "long-number",
        "long-file",
    ],
)
def test_what_is_no_toml_is_refused_where_it_begins(place: Path, text: str, number: int) -> None:
    words = said(place, text)
    assert f"site.toml, line {number}: not valid TOML (" in words
    assert "Correct the syntax" in words
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "policy.toml")
    assert caught.value.line == number


@pytest.mark.parametrize("file", ["site.toml", "policy.toml"])
def test_a_file_that_is_not_utf8_is_refused_with_the_line_and_the_byte(place: Path, file: str) -> None:
    (place / file).write_bytes(b"# one\n# two\n# M\xfcnchen\n")
    with pytest.raises(ConfigError, match=rf"{file}, line 3: byte 0xfc is not UTF-8. Save"):
        load_config(place)


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_files_of_every_editor_are_read_and_their_lines_counted(place: Path, ending: str) -> None:
    text = SITE.replace("\n", ending)
    (place / "site.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    load_config(place)
    number = lines_of(SITE, "tablet.port")[0]
    assert f"line {number}: tablet.port" in said(place, with_value(SITE, number, "-1").replace("\n", ending))


KEYS = st.sampled_from([*BAD, *BAD_POLICY, "nosuch", '"odd key"'])
VALUES = st.one_of(
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["true", "[]", "{}", "[{}]", "1979-05-27", "'''", "[", '"']),
    st.text(st.characters(codec="utf-8")).map(lambda text: f'"{text}"'),
)


def statements(found: list[tuple[str, str]]) -> Iterator[str]:
    for key, value in found:
        table, _, name = key.rpartition(".")
        yield f"[{table}]\n{name} = {value}" if table else f"{key} = {value}"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(KEYS, VALUES), max_size=4).map(lambda found: "\n".join(statements(found))))
def test_whatever_stands_in_the_files_is_taken_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    place = tmp_path_factory.mktemp("any")
    for site, policy in ((text, POLICY), (SITE, text)):
        (place / "site.toml").write_bytes(site.encode())
        (place / "policy.toml").write_bytes(policy.encode())
        try:
            load_config(place)
        except (ConfigError, PolicyError) as error:
            words = str(error)
        else:
            continue
        assert re.search(r"(site|policy)\.toml, line \d+: ", words)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(KEYS, VALUES), max_size=6).map(lambda found: "\n".join(statements(found))))
def test_the_line_found_is_the_first_without_which_the_value_is_not_there(text: str) -> None:
    try:
        table = parse_toml(text)
    except NotToml:
        return
    for key in table:
        number = line_of(text, (key,))
        before = "\n".join(text.split("\n")[: number - 1])
        assert key not in parse_toml(before)
