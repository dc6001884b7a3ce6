"""Every `local-agent` command, wrongly used: the exit status, one or two lines in words, and nothing made.

The commands come from the parser: a new one without a case fails here.
"""

from __future__ import annotations

import io
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_errors import (
    DAMAGES,
    NO_TEXT,
    Command,
    commands,
    judge,
    refused,
    run_without_terminal,
    tree,
    words_of,
)

from local_agent.authority import site_directory
from local_agent.command_line import _parser, main
from local_agent.config import EXAMPLE_SCANNER
from local_agent.journal import Journal, NewRecord
from local_agent.journal.record import iso_utc

Say = pytest.CaptureFixture[str]

LINES: dict[Command, str] = {
    ("init",): "init {site} --site North",
    ("run",): "run {site}",
    ("check",): "check {site}",
    ("key",): "key {site}",
    ("renew-servers",): "renew-servers {site}",
    ("invite",): "invite {site} --role trainer --name Maria",
    ("withdraw-invitations",): "withdraw-invitations {site}",
    ("devices",): "devices {site}",
    ("revoke",): "revoke Maria --dir {site}",
    ("staff",): "staff {site}",
    ("staff-add",): "staff-add anna --dir {site} --name Anna --level 2 --qualification nurse --pin-stdin",
    ("staff-pin",): "staff-pin anna --dir {site} --pin-stdin",
    ("staff-remove",): "staff-remove anna --dir {site}",
    ("pair-tablet",): "pair-tablet mr1 --dir {site} --json",
    ("tablets",): "tablets {site}",
    ("revoke-tablet",): "revoke-tablet tablet-1 --dir {site}",
    ("journal", "verify"): "journal verify {site}/journal.sqlite",
    ("journal", "public-key"): "journal public-key {site}",
    ("journal", "export"): "journal export {site}",
    ("journal", "show"): "journal show {site}",
    ("journal", "erase-identity"): "journal erase-identity {site} exam-1",
    ("schema",): "schema",
}
"""A right line of each command."""

SERVERS = ("agent.key", "agent.crt", "tablet.key", "tablet.crt")
SIGNING = ("authority.key", "authority.crt", "journal.key", "statement.key")
CONFIG = ("site.toml", "policy.toml")
REGISTERS = ("devices.sqlite", "staff.sqlite", "invitations.sqlite", "tablets.sqlite")
IDENTITIES = "identities/identities.sqlite"

READS: dict[Command, tuple[str, ...]] = {
    ("init",): (),
    ("run",): (*SERVERS, *SIGNING, *CONFIG, *REGISTERS, IDENTITIES, "journal.sqlite"),
    ("check",): (*SERVERS, *SIGNING, *CONFIG, *REGISTERS, IDENTITIES),
    ("key",): (*SERVERS, *SIGNING),
    ("renew-servers",): SIGNING,
    ("invite",): (*SERVERS, *SIGNING, *CONFIG, "invitations.sqlite"),
    ("withdraw-invitations",): ("invitations.sqlite",),
    ("devices",): ("devices.sqlite",),
    ("revoke",): ("devices.sqlite",),
    ("staff",): ("staff.sqlite",),
    ("staff-add",): ("staff.sqlite",),
    ("staff-pin",): ("staff.sqlite",),
    ("staff-remove",): ("staff.sqlite",),
    ("pair-tablet",): (*CONFIG, "tablets.sqlite"),
    ("tablets",): ("tablets.sqlite",),
    ("revoke-tablet",): ("tablets.sqlite",),
    ("journal", "verify"): ("journal.key", "journal.sqlite"),
    ("journal", "public-key"): ("journal.key",),
    ("journal", "export"): (*SERVERS, *SIGNING, "journal.sqlite"),
    ("journal", "show"): ("journal.sqlite",),
    ("journal", "erase-identity"): (IDENTITIES,),
    ("schema",): (),
}
"""What each command cannot do without."""

OF_A_SITE = [command for command in LINES if "{site}" in LINES[command] and command != ("init",)]


def named(command: Command) -> str:
    return "-".join(command)


def line(command: Command, site: Path | str) -> list[str]:
    return [word.replace("{site}", str(site)) for word in LINES[command].split()]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with every file it can have."""
    site = tmp_path_factory.mktemp("template") / "north"
    assert main(["init", str(site), "--site", "North"]) == 0
    scanner = EXAMPLE_SCANNER.format(
        id="mr1", name="MR 1", letter="A", colour="#6ea8fe", field_t=3.0, url="ws://127.0.0.1:9",
        secret_file="mr1.secret",
    )  # fmt: skip
    with (site / "site.toml").open("a", encoding="utf-8") as file:
        file.write(scanner)
    assert main(["check", str(site)]) == 0
    key = site_directory.load(site, datetime.now(UTC)).journal_key
    at = iso_utc(datetime.now(UTC))
    records = [NewRecord(at, "mr1", None, "agent_started", 1, {"boot": f"boot-{n}"}) for n in range(2000)]
    with Journal.open(site / "journal.sqlite", key, site="North", boot_id="boot-1") as journal:
        journal.append(records, durable=True).result(10)
    return site


@pytest.fixture
def site(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "north"))


@pytest.fixture(autouse=True)
def pin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("4711\n"))


def test_every_command_has_its_cases() -> None:
    assert set(commands(_parser())) == set(LINES) == set(READS)


@pytest.mark.parametrize("command", LINES, ids=named)
def test_an_unknown_option_is_refused_with_the_usage(command: Command, capsys: Say) -> None:
    refused(main, [*line(command, "x"), "--nosuch"], capsys, "--nosuch", status=2)


@pytest.mark.parametrize("command", OF_A_SITE, ids=named)
def test_where_there_is_no_site_this_is_said_and_nothing_is_made(
    command: Command, tmp_path: Path, capsys: Say
) -> None:
    empty, file = tmp_path / "empty", tmp_path / "file"
    empty.mkdir(mode=0o700)
    file.write_text("no site")
    before = tree(tmp_path)
    for place in (tmp_path / "NOSUCH", empty, file, tmp_path / f"no{NO_TEXT}text"):
        refused(main, line(command, place), capsys, str(place).encode(errors="backslashreplace").decode())
        assert tree(tmp_path) == before
    assert file.read_text() == "no site"


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize(("command", "file"), [(c, f) for c, files in READS.items() for f in files], ids=str)
def test_a_damaged_or_unreadable_file_is_named_with_a_remedy(
    site: Path, command: Command, file: str, damage: Callable[[Path], None], capsys: Say
) -> None:
    damage(site / file)
    refused(main, line(command, site), capsys, "identities" if file == IDENTITIES else file)


@pytest.mark.parametrize(
    ("command", "action"),
    [(c, a.dest) for c, parser in commands(_parser()).items() for a in words_of(parser)],
)
@pytest.mark.parametrize("word", [NO_TEXT, "two\nlines"])
def test_a_word_that_is_no_text_is_refused_where_it_was_typed(
    site: Path, command: Command, action: str, word: str, capsys: Say
) -> None:
    arguments, option = line(command, site), f"--{action}"
    if option in arguments:
        arguments[arguments.index(option) + 1] = word
    elif action in WORDS:
        arguments[arguments.index(WORDS[action])] = word
    else:
        arguments += [option, word]
    before = tree(site)
    refused(main, arguments, capsys, ascii(word), status=2)
    assert tree(site) == before


WORDS = {
    "name": "Maria",
    "staff_id": "anna",
    "scanner": "mr1",
    "tablet": "tablet-1",
    "exam_id": "exam-1",
}
"""Of the lines above: what stands there for each word without an option."""


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (("revoke",), "Maria"),
        (("staff-pin",), "anna"),
        (("staff-remove",), "anna"),
        (("revoke-tablet",), "tablet-1"),
        (("journal", "erase-identity"), "exam-1"),
    ],
)
def test_nobody_and_nothing_of_that_name_is_said_with_where_to_look(
    site: Path, command: Command, named: str, capsys: Say
) -> None:
    assert "`local-agent " in refused(main, line(command, site), capsys, named)


def test_a_site_is_never_made_where_something_is(site: Path, tmp_path: Path, capsys: Say) -> None:
    before = {path: path.read_bytes() for path in tree(site) if path.is_file()}
    refused(main, line(("init",), site), capsys, str(site))
    assert {path: path.read_bytes() for path in tree(site) if path.is_file()} == before
    file = tmp_path / "file"
    file.touch()
    refused(main, line(("init",), file), capsys, str(file))
    refused(main, line(("init",), file / "below"), capsys, str(file / "below"))
    refused(main, ["init", str(tmp_path / "new"), "--site", " "], capsys, "' '")
    assert tree(tmp_path) == {*tree(site), site, file}


@pytest.mark.parametrize("command", [("run",), ("check",)], ids=named)
def test_an_archive_that_is_a_file_is_named(site: Path, command: Command, capsys: Say) -> None:
    shutil.rmtree(site / "archive")
    (site / "archive").touch()
    refused(main, line(command, site), capsys, str(site / "archive"))


@pytest.mark.parametrize("name", ["nosuch/ready", ".", "/", ""])
def test_a_ready_file_that_cannot_be_is_refused_before_the_agent_runs(
    site: Path, name: str, capsys: Say
) -> None:
    refused(main, ["run", str(site), "--ready-file", name], capsys, "--ready-file")


def test_a_head_or_key_that_is_none_is_named(site: Path, tmp_path: Path, capsys: Say) -> None:
    other = tmp_path / "other"
    verify = line(("journal", "verify"), site)
    for option in ("--head", "--key"):
        for path in (tmp_path / "nosuch", tmp_path, other):
            other.write_bytes(b"\xff neither head nor key")
            refused(main, [*verify, option, str(path)], capsys, str(path), option)
    refused(
        main, ["journal", "verify", str(tmp_path / "nosuch")], capsys, f"no journal {tmp_path / 'nosuch'}"
    )


@pytest.mark.parametrize("column", ["role", "enrolled_at"])
def test_a_value_that_no_register_could_hold_is_damage(site: Path, column: str, capsys: Say) -> None:
    row = {"serial": "1", "spki": "a", "name": "Maria", "role": "trainer", "enrolled_at": "2026-01-01"}
    values = [*{**row, column: "nonsense"}.values(), "2026-01-01"]
    with sqlite3.connect(site / "devices.sqlite") as register:
        register.execute("INSERT INTO devices VALUES (?, ?, ?, ?, ?, ?, NULL)", values)
    register.close()
    refused(main, line(("devices",), site), capsys, "devices.sqlite is damaged")


def test_a_record_that_was_altered_ends_the_list_and_is_numbered(site: Path, capsys: Say) -> None:
    with sqlite3.connect(site / "journal.sqlite") as journal:
        journal.execute("DROP TRIGGER records_refuse_update")
        journal.execute("UPDATE records SET body = '[' WHERE seq = 3")
    journal.close()
    for command in (("journal", "show"), ("journal", "export")):
        refused(main, line(command, site), capsys, "record 3", "journal.sqlite", "journal verify")
    refused(main, line(("journal", "verify"), site), capsys, "journal.sqlite")


def test_a_record_that_no_agent_would_write_keeps_the_agent_from_running(site: Path, capsys: Say) -> None:
    key = site_directory.load(site, datetime.now(UTC)).journal_key
    other = NewRecord(iso_utc(datetime.now(UTC)), "mr1", None, "agent_started", 1, {"n": 1})
    with Journal.open(site / "journal.sqlite", key, site="North", boot_id="boot-2") as journal:
        journal.append([other], durable=True).result(10)
    refused(main, line(("run",), site), capsys, "journal.sqlite", "Record 2001", "agent_started")


@pytest.mark.parametrize(
    ("typed", "said"), [(b"", "4 to 8 digits"), (b"12\n", "4 to 8 digits"), (b"\xff\n", "4 to 8 digits")]
)
def test_a_pin_that_is_none_changes_nothing(
    site: Path, typed: bytes, said: str, capsys: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8"))
    refused(main, line(("staff-add",), site), capsys, said)
    assert main(["staff", str(site)]) == 0
    assert capsys.readouterr().out == ""


class Interrupted(io.StringIO):
    """Control-C while something is awaited from the keyboard."""

    def readline(self, *_: object) -> str:  # type: ignore[override]  # of StringIO it is this
        raise KeyboardInterrupt


def test_an_interruption_ends_a_command_without_a_word(
    site: Path, capsys: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Interrupted())
    capsys.readouterr()
    assert main(line(("staff-add",), site)) == 130
    assert capsys.readouterr() == ("", "")


# ------------------------------------------------------------------ as processes


@pytest.mark.process
@pytest.mark.parametrize("command", [("staff-add",), ("staff-pin",)], ids=named)
def test_without_a_terminal_the_pin_is_never_shown_and_the_other_way_is_named(
    site: Path, command: Command
) -> None:
    assert main(line(("staff-add",), site)) == 0
    arguments = [word for word in line(command, site) if word != "--pin-stdin"]
    done = run_without_terminal("local_agent", *arguments)
    judge(done.returncode, done.stderr, "--pin-stdin")


@pytest.mark.process
@pytest.mark.parametrize("port", ["port = 8443", "enrolment_port = 8444", "port = 8445"])
def test_a_port_in_use_is_named(site: Path, port: str) -> None:
    config = site / "site.toml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        text = config.read_text().replace('"0.0.0.0"', '"127.0.0.1"')
        text = text.replace(port, f"{port.split(maxsplit=1)[0]} = {number}")
        for free in ("port = 8443", "enrolment_port = 8444", "port = 8445"):
            text = text.replace(free, f"{free.split()[0]} = 0")
        config.write_text(text)
        done = run_without_terminal("local_agent", "run", str(site))
    said = done.stderr.splitlines()[-1]
    judge(done.returncode, said, str(number))
    assert "Traceback" not in done.stderr


@pytest.mark.process
def test_a_reader_that_has_had_enough_of_the_journal_gets_no_complaint(site: Path) -> None:
    command = f"{sys.executable} -m local_agent journal show {site} | head -1"
    ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert len(ran.stdout.splitlines()) == 1


@pytest.mark.process
def test_a_name_that_a_terminal_cannot_show_is_escaped(tmp_path: Path) -> None:
    done = run_without_terminal(
        "local_agent", "init", str(tmp_path / f"no{NO_TEXT}text"), "--site", "Zürich",
        PYTHONIOENCODING="ascii:strict",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "no\\udcfftext" in done.stdout
