"""The `local-agent` command: what it makes, what it says, and that no traceback reaches a person."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from local_agent.authority import DeviceIdentity, Devices, Staff, site_directory
from local_agent.command_line import main
from local_agent.config import EXAMPLE_SCANNER
from mr_contract.vocabulary import Role

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
    policy = directory / "policy.toml"
    policy.write_text(policy.read_text().replace('picture = "required"', 'picture = "waived"'))
    capsys.readouterr()
    return directory


def test_a_new_site_is_private_and_passes_its_own_check(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(site)]) == 0
    assert "MR 1" in capsys.readouterr().out
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in site.iterdir() if path.is_file()}
    assert set(modes.values()) == {0o600}


def enrolled(site: Path, name: str, key: str, until: datetime) -> None:
    register = Devices(site)
    try:
        identity = DeviceIdentity(name, Role.TRAINER, int(until.timestamp()), key * 64, until)
        register.record(identity, until - timedelta(days=90))
    finally:
        register.close()


def test_check_prints_when_each_certificate_ends_and_warns_of_none_too_early(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enrolled(site, "Maria", "a", datetime.now(UTC) + timedelta(days=60))
    assert main(["check", str(site)]) == 0
    said = capsys.readouterr().out
    year = datetime.now(UTC).year
    assert f"{year + 1}-" in said.split("the agent")[0]
    for whose in (
        "the agent",
        "the tablet page",
        "the site's authority",
        "Maria (trainer, aaaaaaaaaaaaaaaa)",
    ):
        assert whose in said
    assert "WARNING" not in said


def test_check_warns_of_servers_and_devices_that_end_soon_and_still_succeeds(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    site_directory.renew_servers(site, ("localhost", "127.0.0.1"), now - timedelta(days=380))
    enrolled(site, "Maria", "a", now + timedelta(days=13, hours=1))
    enrolled(site, "Tom", "b", now - timedelta(days=1))
    enrolled(site, "Lea", "c", now + timedelta(days=2))
    enrolled(site, "Lea", "c", now + timedelta(days=80))
    assert main(["check", str(site)]) == 0
    warnings = [w for w in capsys.readouterr().out.splitlines() if w.startswith("WARNING")]
    assert len(warnings) == 4
    assert "the agent ends in 16 days" in warnings[0]
    assert "renew-servers" in warnings[0]
    assert "the tablet page ends in 16 days" in warnings[1]
    assert "Maria (trainer, aaaaaaaaaaaaaaaa) ends in 13 days" in warnings[2]
    assert "Tom (trainer, bbbbbbbbbbbbbbbb) has ended" in warnings[3]


def test_a_revoked_device_is_no_longer_spoken_of(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enrolled(site, "Maria", "a", datetime.now(UTC) + timedelta(days=3))
    assert main(["revoke", "Maria", "--dir", str(site)]) == 0
    capsys.readouterr()
    assert main(["check", str(site)]) == 0
    assert "Maria" not in capsys.readouterr().out


def test_check_fails_where_the_agent_would_not_start(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site_directory.renew_servers(site, ("localhost",), datetime.now(UTC))
    text = (site / "site.toml").read_text()
    for line, said in (
        ('certificate = "hospital.pem"\nkey = "hospital.key"', "hospital.pem"),
        ('certificate = "agent.crt"\nkey = "tablet.key"', "agent.crt"),
    ):
        (site / "site.toml").write_text(text.replace("[tablet]", f"[tablet]\n{line}"))
        assert main(["check", str(site)]) == 1
        assert said in capsys.readouterr().err
    (site / "site.toml").write_text(text)
    (site / "staff.sqlite").write_bytes(b"not a database, though long enough to be looked at as one" * 9)
    assert main(["check", str(site)]) == 1
    assert "staff.sqlite is damaged" in capsys.readouterr().err


def test_a_hospitals_certificate_is_named_by_its_place_in_the_site_directory(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (site / "site.toml").read_text()
    own = '[tablet]\ncertificate = "tablet.crt"\nkey = "tablet.key"'
    (site / "site.toml").write_text(text.replace("[tablet]", own))
    assert main(["check", str(site)]) == 0


def test_check_warns_of_a_name_that_the_certificate_does_not_carry(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (site / "site.toml").read_text()
    (site / "site.toml").write_text(text.replace('names = ["', 'names = ["tablets.example", "'))
    assert main(["check", str(site)]) == 0
    said = capsys.readouterr().out
    assert "WARNING: tablets.example is in [tablet] names" in said
    assert "WARNING: localhost" not in said


def test_a_reader_that_has_had_enough_gets_no_complaint(site: Path) -> None:
    command = f"{sys.executable} -m local_agent schema | head -1"
    ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("{\n", "")


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
    assert "remote-console enrol localhost:8444 CODE" in printed.err


def test_an_invitation_told_to_the_wrong_person_is_withdrawn(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["invite", str(site), "--role", "remote_operator", "--name", "Maria"]) == 0
    capsys.readouterr()
    for outstanding in (1, 0):
        assert main(["withdraw-invitations", str(site)]) == 0
        assert capsys.readouterr().out.startswith(f"{outstanding} outstanding")


def test_a_new_pin_replaces_the_old_one(
    site: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("4711\n8888\n9999\n"))
    added = ["staff-add", "anna", "--dir", str(site), "--name", "Anna", "--level", "2"]
    assert main([*added, "--qualification", "nurse", "--pin-stdin"]) == 0
    assert main(["staff-pin", "anna", "--dir", str(site), "--pin-stdin"]) == 0
    assert main(["staff-pin", "ana", "--dir", str(site), "--pin-stdin"]) == 1
    assert "`local-agent staff` lists" in capsys.readouterr().err
    staff = Staff(site)
    assert staff.verify_pin("anna", "4711", 0.0).member is None
    assert staff.verify_pin("anna", "8888", 0.0).member is not None
    staff.close()


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
        ("policy.toml", 'picture = "waived"', 'picture = "off"', "Write one of required, waived"),
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


def test_nothing_that_is_slow_to_import_keeps_an_agent_that_starts_waiting() -> None:
    """What reads images is imported once two people corrected some; media have a process of their own."""
    look = "import sys, local_agent.app; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    said = subprocess.run((sys.executable, "-c", look), capture_output=True, text=True, check=True).stdout
    assert not {"pydicom", "numpy", "PIL", "segno", "aiortc", "av"} & set(said.split())
