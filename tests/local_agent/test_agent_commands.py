"""The `local-agent` command: what it makes, what it says, and that no traceback reaches a person."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from local_agent.__main__ import main
from local_agent.config import EXAMPLE_SCANNER

SCANNER = EXAMPLE_SCANNER.format(
    id="mr1",
    name="MR 1",
    letter="A",
    colour="#6ea8fe",
    field_t=3.0,
    url="ws://127.0.0.1:8701",
    secret_file="mr1.secret",
)


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    directory = tmp_path / "north"
    assert main(["init", str(directory), "--site", "North"]) == 0
    with (directory / "site.toml").open("a", encoding="utf-8") as file:
        file.write(SCANNER)
    capsys.readouterr()
    return directory


def test_a_new_site_is_private_and_passes_its_own_check(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(site)]) == 0
    assert "MR 1" in capsys.readouterr().out
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in site.iterdir() if path.is_file()}
    assert set(modes.values()) == {0o600}


def test_a_second_init_overwrites_nothing(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (site / "authority.key").read_bytes()
    assert main(["init", str(site), "--site", "Other"]) == 1
    assert "local-agent:" in capsys.readouterr().err
    assert (site / "authority.key").read_bytes() == before


def test_an_invitation_prints_nothing_but_the_code(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["invite", str(site), "--role", "remote_operator", "--name", "Maria"]) == 0
    printed = capsys.readouterr()
    assert len(printed.out.strip().splitlines()) == 1
    assert "10 minutes" in printed.err


def test_a_person_is_added_listed_and_removed(
    site: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("4711\n"))
    added = ["staff-add", "anna", "--dir", str(site), "--name", "Anna", "--level", "2"]
    assert main([*added, "--qualification", "registered_technologist", "--pin-stdin"]) == 0
    assert main(["staff", str(site)]) == 0
    assert "anna\tAnna\tlevel 2" in capsys.readouterr().out
    assert main(["staff-remove", "anna", "--dir", str(site)]) == 0
    capsys.readouterr()
    assert main(["staff", str(site)]) == 0
    assert capsys.readouterr().out == ""


def test_a_tablet_is_paired_only_with_a_scanner_of_the_site(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pair-tablet", "mr1", "--dir", str(site), "--json"]) == 0
    offer = json.loads(capsys.readouterr().out)
    assert offer["url"].startswith("https://localhost:8445/pair#")
    assert len(offer["pin"]) == 6
    assert main(["pair-tablet", "mr9", "--dir", str(site)]) == 1
    assert "mr1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("site.toml", "port = 8443", "port = 84430", "consoles.port"),
        ("site.toml", "phone =", "telephone =", "telephone"),
        ("site.toml", "[tablet]", "[tablet", "not valid TOML"),
        ("policy.toml", "max_running = 1", "max_running = 9", "line 7: max_running = 9 is out of range"),
        ("policy.toml", 'picture = "required"', 'picture = "off"', "Write one of required, waived"),
        ("policy.toml", "presence_minutes", "presence_minute", "presence_minute is not a policy"),
    ],
)
def test_a_bad_value_is_refused_with_file_place_and_remedy(
    site: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, said: str
) -> None:
    path = site / file
    path.write_text(path.read_text().replace(old, new, 1))
    assert main(["run", str(site)]) == 1
    printed = capsys.readouterr().err
    assert file in printed
    assert said in printed
    assert "Traceback" not in printed


def test_revoking_somebody_unknown_says_how_to_find_the_name(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["revoke", "Nobody", "--dir", str(site)]) == 1
    assert "local-agent devices" in capsys.readouterr().err


def test_the_statement_key_is_one_line_for_a_policy(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", str(site)]) == 0
    name, _, key = capsys.readouterr().out.strip().partition(" = ")
    assert json.loads(name) == "North"
    assert len(bytes.fromhex(json.loads(key))) == 32


def test_the_schema_names_every_direction(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert {"console_to_agent", "agent_to_console", "tablet_to_agent", "agent_to_scanner"} <= set(schema)
    assert "stop_scan" in json.dumps(schema["console_to_agent"])


def test_a_journal_that_is_no_journal_is_said_so(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "journal.sqlite").write_bytes(b"not a database")
    assert main(["journal", "verify", str(site / "journal.sqlite")]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_a_journal_is_not_verified_with_a_key_of_another_kind(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.key.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    other.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (site / "journal.sqlite").touch()
    assert main(["journal", "verify", str(site / "journal.sqlite"), "--key", str(other)]) == 1
    assert "is not an Ed25519 key" in capsys.readouterr().err
