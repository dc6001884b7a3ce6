"""Every `simulated-mri` command, wrongly used: the exit status, words with a remedy, and nothing made.

The commands come from the parser: a new one without a case fails here.
"""

from __future__ import annotations

import asyncio
import socket
import stat
from pathlib import Path

import pytest
from command_errors import (
    NO_TEXT,
    Command,
    commands,
    complains_to_a_reader_who_left,
    folder,
    garbage,
    judge,
    loop,
    refused,
    run_without_terminal,
    tree,
    words_of,
)
from websockets.asyncio.server import serve

from scanner_kit import make_secret_file
from simulated_mri.command_line import _parser, main
from simulated_mri.scanner.inject import InjectError, inject
from simulated_mri.scanner.inject_messages import InjectDoor
from simulated_mri.subjects.names import SUBJECT_NAMES

Say = pytest.CaptureFixture[str]

LINES: dict[Command, str] = {
    ("secret",): "secret {place}/new.secret",
    ("serve",): "serve --port 0 --secret-file {place}/a.secret --inject-secret-file {place}/b.secret",
    ("inject", "door"): "{inject} door open",
    ("inject", "bulb"): "{inject} bulb press",
    ("inject", "coil"): "{inject} coil connect Head",
    ("inject", "table"): "{inject} table in",
    ("inject", "fault"): "{inject} fault raise amplifier",
    ("inject", "helium"): "{inject} helium 40",
    ("inject", "cooling"): "{inject} cooling fail",
    ("inject", "rf-amplifier"): "{inject} rf-amplifier fail",
    ("inject", "emergency-stop"): "{inject} emergency-stop press",
    ("inject", "patient"): "{inject} patient --claustrophobia 0.5",
    ("inject", "motion"): "{inject} motion nod 5",
    ("inject", "tell"): "{inject} tell hold",
    ("inject", "breath-command"): "{inject} breath-command hold --language de",
    ("inject", "sensor"): "{inject} sensor attach ecg",
    ("inject", "lying"): "{inject} lying --landmark chin",
    ("inject", "contrast"): "{inject} contrast given",
    ("inject", "implant"): "{inject} implant 2",
    ("scenario", "list"): "scenario list",
    ("scenario", "check"): "scenario check coil_unplugged",
    ("scenario", "play"): "scenario play {room} coil_unplugged",
    ("scenario", "report"): "scenario report {room}",
    ("inject", "hang"): "{inject} hang 1",
    ("inject", "delay-start"): "{inject} delay-start 1",
    ("inject", "accept-late"): "{inject} accept-late 1",
}
"""A right line of each command; nobody listens at the address."""
ROOM = "--url ws://127.0.0.1:9 --secret-file {place}/b.secret"
INJECT = f"inject {ROOM}"
CALLING: list[Command] = [
    ("inject", "door"),
    ("inject", "lying"),
    ("scenario", "play"),
    ("scenario", "report"),
]
"""Of each way to call the room one: all injections share theirs."""
WITHOUT_SECRET = (("secret",), ("scenario", "list"), ("scenario", "check"))
WITH_SECRET = [command for command in LINES if command not in WITHOUT_SECRET]


def named(command: Command) -> str:
    return "-".join(command)


def line(command: Command, place: Path) -> list[str]:
    return (
        LINES[command]
        .replace("{inject}", INJECT)
        .replace("{room}", ROOM)
        .replace("{place}", str(place))
        .split()
    )


def with_option(arguments: list[str], option: str, value: str) -> list[str]:
    """The line with another value of an option, put before the words of a command below."""
    if option in arguments:
        changed = list(arguments)
        changed[arguments.index(option) + 1] = value
        return changed
    return [arguments[0], option, value, *arguments[1:]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    make_secret_file(tmp_path / "a.secret")
    make_secret_file(tmp_path / "b.secret")
    return tmp_path


def test_every_command_has_its_cases() -> None:
    assert set(commands(_parser())) == set(LINES)


@pytest.mark.parametrize("command", LINES, ids=named)
def test_an_unknown_option_is_refused_with_the_usage(command: Command, place: Path, capsys: Say) -> None:
    refused(main, [*line(command, place), "--nosuch"], capsys, "--nosuch", status=2)


@pytest.mark.parametrize(
    ("command", "action"),
    [(c, a) for c, parser in commands(_parser()).items() for a in words_of(parser)],
    ids=lambda part: part.dest if hasattr(part, "dest") else named(part),
)
@pytest.mark.parametrize("word", [NO_TEXT, "two\nlines"])
def test_a_word_that_is_no_text_is_refused(
    place: Path, command: Command, action: object, word: str, capsys: Say
) -> None:
    option = next(iter(getattr(action, "option_strings", ())), "")
    arguments = line(command, place)
    if option in ("--host", "--url"):
        refused(main, with_option(arguments, option, word), capsys, ascii(word))
        return
    changed = with_option(arguments, option, word) if option else [*arguments[:-1], word]
    refused(main, changed, capsys, ascii(word), status=2)


@pytest.mark.parametrize("command", WITH_SECRET, ids=named)
@pytest.mark.parametrize("damage", [garbage, loop, folder, Path.unlink], ids=lambda damage: damage.__name__)
def test_a_secret_that_cannot_be_read_is_named(
    command: Command, damage: object, place: Path, capsys: Say
) -> None:
    assert callable(damage)
    damage(place / "b.secret")
    before = tree(place)
    refused(main, line(command, place), capsys, str(place / "b.secret"))
    assert tree(place) == before


@pytest.mark.parametrize("command", WITH_SECRET, ids=named)
def test_a_secret_that_others_can_read_is_named(command: Command, place: Path, capsys: Say) -> None:
    (place / "b.secret").chmod(0o644)
    refused(main, line(command, place), capsys, "b.secret", "chmod 600")


@pytest.mark.parametrize("command", CALLING, ids=named)
@pytest.mark.parametrize(
    "url",
    ["ws://[", "ws://127.0.0.1:99999", "ws://127.0.0.1:0", "http://127.0.0.1", "", f"ws://{'a' * 70}",
     f"ws://{NO_TEXT}", "ws://127.0.0.1:9"],
)  # fmt: skip
def test_an_address_that_is_none_or_silent_is_named(
    command: Command, url: str, place: Path, capsys: Say
) -> None:
    refused(main, with_option(line(command, place), "--url", url), capsys, ascii(url)[1:-1], "ws://")


async def test_a_server_that_hangs_up_or_wants_another_secret_is_said() -> None:
    async def hang_up(connection: object) -> None:
        """Accept and close."""

    async with serve(hang_up, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(InjectError, match=r"broke off .* the port of injections"):
            await inject(f"ws://127.0.0.1:{port}", "secret", InjectDoor(open=True))
    silent = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with silent:
        port = silent.sockets[0].getsockname()[1]
        with pytest.raises(InjectError, match="check port and secret file"):
            await inject(f"ws://127.0.0.1:{port}", "secret", InjectDoor(open=True))


@pytest.mark.parametrize("number", ["x", "nan", "-1", "1e9", "", NO_TEXT])
@pytest.mark.parametrize(
    ("command", "option"),
    [(("serve",), o) for o in ("--port", "--inject-port", "--field-t", "--speed", "--seed")]
    + [(("inject", kind), "") for kind in ("hang", "delay-start", "accept-late")],
)
def test_a_number_out_of_range_is_refused_with_the_range(
    command: Command, option: str, number: str, place: Path, capsys: Say
) -> None:
    arguments = line(command, place)
    changed = with_option(arguments, option, number) if option else [*arguments[:-1], number]
    refused(main, changed, capsys, "from " if number != "-1" or option else "", status=2)


def test_a_secret_file_is_made_where_nothing_is_and_nowhere_else(place: Path, capsys: Say) -> None:
    before = {path: path.read_bytes() for path in tree(place)}
    for there in (place / "a.secret", place, place / "nosuch" / "file", place / "a.secret" / "file"):
        refused(main, ["secret", str(there)], capsys, str(there))
    assert {path: path.read_bytes() for path in tree(place)} == before


@pytest.mark.process
def test_a_secret_file_may_have_a_name_that_no_terminal_can_show(place: Path) -> None:
    file = place / f"no{NO_TEXT}text"
    done = run_without_terminal("simulated_mri", "secret", str(file), PYTHONIOENCODING="ascii:strict")
    assert (done.returncode, done.stderr) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--ready-file", "{place}/nosuch/ready"),
        ("--ready-file", "{place}"),
        ("--ready-file", "."),
        ("--ready-file", ""),
        ("--raw", "{place}/a.secret"),
        ("--spool", "{place}/a.secret"),
        ("--spool", "{place}/a.secret/below"),
        ("--host", "0.0.0.0"),
        ("--host", ""),
        ("--host", "192.0.2.1"),
    ],
)
def test_what_serve_cannot_use_is_named_and_nothing_is_left(
    option: str, value: str, place: Path, capsys: Say
) -> None:
    before = tree(place)
    refused(main, [*line(("serve",), place), option, value.replace("{place}", str(place))], capsys, option)
    assert tree(place) == before


def test_agents_and_room_never_share_a_secret(place: Path, capsys: Say) -> None:
    changed = with_option(line(("serve",), place), "--inject-secret-file", str(place / "a.secret"))
    refused(main, changed, capsys, "must not share")


@pytest.mark.process
@pytest.mark.parametrize("option", ["--port", "--inject-port"])
def test_a_port_in_use_is_named_with_its_option(option: str, place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        changed = with_option(line(("serve",), place), option, port)
        done = run_without_terminal("simulated_mri", *changed)
    judge(done.returncode, done.stderr, f"{option} {port}", "in use")


@pytest.mark.process
def test_a_reader_that_has_had_enough_gets_no_complaint(place: Path) -> None:
    assert complains_to_a_reader_who_left("simulated_mri", *line(("secret",), place)) == (1, "")


def test_the_guide_names_every_subject() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "site.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in guide for name in SUBJECT_NAMES)
