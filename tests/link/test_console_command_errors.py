"""Every `remote-console` command, wrongly used: the exit status, words with a remedy, and nothing made.

The commands come from the parser: a new one without a case fails here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from command_errors import (
    DAMAGES,
    NO_TEXT,
    Command,
    commands,
    complains_to_a_reader_who_left,
    folder,
    garbage,
    judge,
    refused,
    run_without_terminal,
    tree,
)

from local_agent.authority.invitation_code import InvitationCode
from remote_console.command_line import _parser, main
from remote_console.link import IdentityStore, Protection, StoreLocked
from remote_console.link.identity_store import EnrolledSite, Remembered
from remote_console.link.private_files import write_private

Say = pytest.CaptureFixture[str]
CODE = InvitationCode("0" * 20, "1" * 26).text()
NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}

LINES: dict[Command, list[str]] = {
    ("enrol",): ["enrol", "127.0.0.1:9", CODE],
    ("sites",): ["sites"],
    ("forget",): ["forget", "North"],
}
"""A right line of each command; nobody listens at the address, and no site is enrolled."""


def line(command: Command, home: Path) -> list[str]:
    return ["--demo-key-without-protection", "--home", str(home), *LINES[command]]


def kept_site(home: Path, certificate: str = "no certificate") -> Path:
    """A site that was kept; where its file is."""
    site = EnrolledSite(
        name="North", host="127.0.0.1", control_port=9, certificate_pem=certificate, authority_pem="none"
    )
    path = home / "sites" / "north" / "site.json"
    write_private(path, site.model_dump_json().encode())
    return path


def test_every_command_has_its_cases() -> None:
    assert set(commands(_parser())) == set(LINES)


@pytest.mark.parametrize("command", LINES)
def test_an_unknown_option_is_refused_with_the_usage(command: Command, tmp_path: Path, capsys: Say) -> None:
    refused(main, [*line(command, tmp_path), "--nosuch"], capsys, "--nosuch", status=2)
    refused(main, ["--home", str(tmp_path), "nosuch"], capsys, "nosuch", status=2)


@pytest.mark.parametrize("command", LINES)
def test_a_home_that_is_a_file_is_named(command: Command, tmp_path: Path, capsys: Say) -> None:
    file = tmp_path / "file"
    file.write_text("no home")
    for home in (file, file / "below"):
        refused(main, line(command, home), capsys, str(home), "--home")
    assert tree(tmp_path) == {file}
    assert file.read_text() == "no home"


def test_a_home_that_is_not_there_is_not_made_by_looking(tmp_path: Path, capsys: Say) -> None:
    home = tmp_path / "home"
    assert main(line(("sites",), home)) == 0
    assert "enrolled nowhere" in capsys.readouterr().out
    refused(main, line(("forget",), home), capsys, "North")
    assert not home.exists()


@pytest.mark.parametrize("command", LINES)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_site_that_cannot_be_read_is_named(
    command: Command, damage: Callable[[Path], None], tmp_path: Path, capsys: Say
) -> None:
    path = kept_site(tmp_path)
    damage(path)
    refused(main, line(command, tmp_path), capsys, str(path), "remove its folder")


@pytest.mark.parametrize("command", LINES)
def test_a_site_whose_certificate_is_none_is_named(command: Command, tmp_path: Path, capsys: Say) -> None:
    path = kept_site(tmp_path)
    refused(main, line(command, tmp_path), capsys, str(path), "remove its folder")


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        *(("device.json", damage) for damage in DAMAGES),
        ("device_key_unprotected.pem", garbage),
        ("device_key_unprotected.pem", folder),
    ],
)
def test_a_damaged_key_or_its_place_is_said(
    file: str, damage: Callable[[Path], None], tmp_path: Path, capsys: Say
) -> None:
    IdentityStore(tmp_path, Protection(unprotected_for_demos_only=True)).device_key()
    damage(tmp_path / file)
    said = refused(main, line(("enrol",), tmp_path), capsys)
    assert str(tmp_path / file) in said or "The key of this workstation" in said


@pytest.mark.parametrize("content", [b"[]", b"{}", b'{"kept_in": 3}', b'{"kept_in": "elsewhere"}', b"\xff"])
def test_a_place_of_the_key_that_is_none_is_refused(content: bytes, tmp_path: Path, capsys: Say) -> None:
    write_private(tmp_path / "device.json", content)
    before = tree(tmp_path)
    refused(main, line(("enrol",), tmp_path), capsys)
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("[::1", CODE),
        ("a:99999", CODE),
        ("ftp://a", CODE),
        ("", CODE),
        (f"{'a' * 70}:9", CODE),
        (NO_TEXT, CODE),
        ("127.0.0.1:9", ""),
        ("127.0.0.1:9", CODE[:-1]),
        ("127.0.0.1:9", f"{CODE[:-1]}{'0' if CODE[-1] != '0' else '1'}"),
        ("127.0.0.1:9", NO_TEXT),
    ],
)
def test_an_address_or_code_that_is_none_makes_no_key(
    url: str, code: str, tmp_path: Path, capsys: Say
) -> None:
    home = tmp_path / "home"
    arguments = ["--demo-key-without-protection", "--home", str(home), "enrol", url, code]
    refused(main, arguments, capsys)
    assert not home.exists()


def test_nobody_who_listens_is_said_with_the_address(tmp_path: Path, capsys: Say) -> None:
    refused(main, line(("enrol",), tmp_path), capsys, "127.0.0.1:9")


@pytest.mark.parametrize("name", ["North", NO_TEXT, "two\nlines"])
def test_a_site_that_is_not_enrolled_is_named(name: str, tmp_path: Path, capsys: Say) -> None:
    said = refused(main, ["--home", str(tmp_path), "forget", name], capsys)
    assert ascii(name)[1:-1] in said


@pytest.mark.logs
@pytest.mark.parametrize("content", [b"{", b"[]", b'{"seq": -1}', b"\xff"])
def test_what_was_remembered_of_a_journal_is_said_when_it_is_damaged(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = IdentityStore(tmp_path, Protection(unprotected_for_demos_only=True))
    site = EnrolledSite(
        name="North", host="a", control_port=9, certificate_pem="x",
        authority_pem="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )  # fmt: skip
    path = tmp_path / "sites" / hashlib.sha256(b"\0\0\0").hexdigest()[:32] / "remembered.json"
    write_private(path, content)
    assert store.remembered(site) == Remembered()
    assert str(path) in caplog.text
    assert "rollback" in caplog.text


def no_passphrase() -> str:
    raise StoreLocked("No passphrase was given.")


def test_who_gives_no_passphrase_may_choose_another_place_for_the_key(tmp_path: Path) -> None:
    with pytest.raises(StoreLocked, match="No passphrase"):
        IdentityStore(tmp_path, Protection(ask_passphrase=no_passphrase)).device_key()
    with pytest.raises(StoreLocked, match="at least 8"):
        IdentityStore(tmp_path, Protection(ask_passphrase=lambda: "short")).device_key()
    assert tree(tmp_path) == set()
    store = IdentityStore(tmp_path, Protection(unprotected_for_demos_only=True))
    store.device_key()
    assert store.is_unprotected


# ------------------------------------------------------------------ as processes


@pytest.mark.process
def test_without_terminal_and_keyring_the_passphrase_is_never_shown_and_no_key_is_made(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    done = run_without_terminal("remote_console", "--home", str(home), *LINES[("enrol",)], **NO_KEYRING)
    judge(done.returncode, done.stderr, "--demo-key-without-protection")
    assert not home.exists()


@pytest.mark.process
def test_without_a_display_the_window_says_so(tmp_path: Path) -> None:
    none = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    done = run_without_terminal("remote_console", "--home", str(tmp_path / "home"), **none)
    judge(done.returncode, done.stderr, "DISPLAY")
    assert not (tmp_path / "home").exists()


@pytest.mark.process
@pytest.mark.parametrize("what", ["home", "site", "place"])
def test_the_window_does_not_open_over_a_damaged_home(what: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    named = kept_site(home)
    if what == "home":
        home = named = home / "file"
        home.touch()
    elif what == "site":
        garbage(named)
    done = run_without_terminal(
        "remote_console", "--demo-key-without-protection", "--home", str(home), QT_QPA_PLATFORM="offscreen"
    )
    judge(done.returncode, done.stderr, str(named))


@pytest.mark.process
def test_a_reader_that_has_had_enough_gets_no_complaint(tmp_path: Path) -> None:
    assert complains_to_a_reader_who_left("remote_console", *line(("sites",), tmp_path)) == (1, "")
