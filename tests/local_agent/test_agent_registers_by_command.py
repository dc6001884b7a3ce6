"""Devices, tablets, server certificates, identities and the exported journal, by command."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import segno
from cryptography import x509

from local_agent.authority import DeviceIdentity, Devices, site_directory
from local_agent.authority.boot_time import read_boot_instant
from local_agent.authority.certificates import server_names
from local_agent.authority.pairing import Paired, Tablets
from local_agent.command_line import main
from local_agent.config import EXAMPLE_SCANNER
from local_agent.journal import Journal, NewRecord
from local_agent.journal.identities import Identities, IdentityErased
from mr_contract.vocabulary import Role

Say = pytest.CaptureFixture[str]
NOW = datetime.now(UTC)
SCANNER = EXAMPLE_SCANNER.format(
    id="mr1", name="MR 1", letter="A", colour="#6ea8fe", field_t=3.0, url="ws://127.0.0.1:8701",
    secret_file="mr1.secret",
)  # fmt: skip
PATIENT = {"name": "Muster^Katharina", "patient_id": "PID-908877"}


@pytest.fixture
def site(tmp_path: Path, capsys: Say) -> Path:
    directory = tmp_path / "north"
    assert main(["init", str(directory), "--site", "North"]) == 0
    with (directory / "site.toml").open("a", encoding="utf-8") as file:
        file.write(SCANNER)
    capsys.readouterr()
    return directory


def record_device(site: Path, name: str, role: Role, key: str) -> None:
    register = Devices(site)
    register.record(DeviceIdentity(name, role, int(key, 16), key * 64, NOW + timedelta(days=90)), NOW)
    register.close()


def pair(site: Path, scanner: str = "mr1") -> str:
    """A tablet that was paired; its name in the register."""
    register = Tablets(site)
    offer = register.offer(scanner, read_boot_instant())
    paired = register.pair(offer.code, offer.pin, read_boot_instant(), NOW)
    assert isinstance(paired, Paired)
    register.close()
    return paired.tablet


def test_enrolled_consoles_are_listed_with_role_end_and_revocation(site: Path, capsys: Say) -> None:
    record_device(site, "Ruth Meyer", Role.REMOTE_OPERATOR, "a")
    record_device(site, "Tom Gerber", Role.TRAINEE, "b")
    assert main(["revoke", "Tom Gerber", "--dir", str(site)]) == 0
    assert "1 certificate(s) of Tom Gerber revoked" in capsys.readouterr().out
    assert main(["devices", str(site)]) == 0
    lines = dict(line.split("\t", 1) for line in capsys.readouterr().out.splitlines())
    until = f"until {NOW + timedelta(days=90):%Y-%m-%d}"
    assert lines["Ruth Meyer"].split("\t") == ["remote_operator", until, "good", "a" * 16]
    assert lines["Tom Gerber"].split("\t")[2].startswith("revoked 2")


def test_paired_tablets_are_listed_and_one_is_revoked_by_its_name(site: Path, capsys: Say) -> None:
    names = [pair(site), pair(site)]
    first, second = names
    assert tablets(site, capsys) == {name: ["mr1", f"paired {NOW:%Y-%m-%d}", "good"] for name in names}
    assert main(["revoke-tablet", first, "--dir", str(site)]) == 0
    capsys.readouterr()
    listed = tablets(site, capsys)
    assert listed[first][2].startswith("revoked 2")
    assert listed[second][2] == "good"
    assert main(["revoke-tablet", "nobody", "--dir", str(site)]) == 1
    assert "`local-agent tablets` lists them" in capsys.readouterr().err


def tablets(site: Path, capsys: Say) -> dict[str, list[str]]:
    assert main(["tablets", str(site)]) == 0
    lines = capsys.readouterr().out.splitlines()
    return {line.split("\t")[0]: line.split("\t")[1:] for line in lines}


def test_new_server_certificates_carry_the_hosts_and_leave_authority_and_consoles(
    site: Path, capsys: Say
) -> None:
    record_device(site, "Ruth Meyer", Role.REMOTE_OPERATOR, "a")
    before = {name: (site / name).read_bytes() for name in ("authority.crt", "authority.key", "agent.crt")}
    assert main(["renew-servers", str(site), "--host", "agent.north.example", "--host", "tablets"]) == 0
    assert "agent.north.example, tablets" in capsys.readouterr().out
    assert (site / "authority.crt").read_bytes() == before["authority.crt"]
    assert (site / "authority.key").read_bytes() == before["authority.key"]
    assert (site / "agent.crt").read_bytes() != before["agent.crt"]
    made = site_directory.load(site, datetime.now(UTC))
    for own in (made.agent.certificate, made.tablet.certificate):
        assert set(server_names(own)) == {"agent.north.example", "tablets"}
        own.verify_directly_issued_by(x509.load_pem_x509_certificate(before["authority.crt"]))
    assert main(["devices", str(site)]) == 0
    assert "Ruth Meyer" in capsys.readouterr().out


def test_a_pairing_offer_is_printed_as_a_code_that_a_camera_reads_as_its_address(
    site: Path, capsys: Say
) -> None:
    assert main(["pair-tablet", "mr1", "--dir", str(site)]) == 0
    printed = capsys.readouterr().out
    found = re.search(r"Open on the tablet: (\S+)\nPIN: (\d{6})", printed)
    assert found is not None
    url, pin = found.groups()
    assert pin not in url
    assert read_modules(printed.partition("Open on")[0]) == modules(url)
    register = Tablets(site)
    code = url.partition("#")[2]
    assert isinstance(register.pair(code, pin, read_boot_instant(), NOW), Paired)
    register.close()


def modules(text: str) -> list[str]:
    """The dark and light squares of a QR code, without its margin."""
    return ["".join("#" if dark else "." for dark in row) for row in segno.make(text, error="m").matrix]


HALVES = {"█": "..", "▀": ".#", "▄": "#.", " ": "##"}
"""On a terminal ink is light: upper half, lower half."""


def read_modules(printed: str) -> list[str]:
    """Two rows of squares to each printed line; light rows and columns around are cut off."""
    lines = [line for line in (re.sub(r"\x1b\[[0-9;]*m", "", one) for one in printed.splitlines()) if line]
    rows = ["".join(HALVES[c][half] for c in line) for line in lines for half in (0, 1)]
    rows = rows[: len(rows[0])]  # it is square: below an odd last row there is nothing
    dark = [row for row in rows if "#" in row]
    left, right = min(row.index("#") for row in dark), max(row.rindex("#") for row in dark)
    return [row[left : right + 1] for row in dark]


def test_an_identity_is_erased_and_the_journal_stays_whole(site: Path, capsys: Say) -> None:
    identities = Identities(site / "identities")
    digest = identities.keep("exam-1", PATIENT)
    identities.close()
    write_exam(site, digest)
    assert main(["journal", "erase-identity", str(site), "exam-1"]) == 0
    assert "The identity of exam-1 is erased" in capsys.readouterr().out
    identities = Identities(site / "identities")
    with pytest.raises(IdentityErased):
        identities.read("exam-1")
    identities.close()
    assert not any(b"908877" in f.read_bytes() for f in (site / "identities").rglob("*") if f.is_file())
    assert main(["journal", "verify", str(site / "journal.sqlite")]) == 0
    assert main(["journal", "erase-identity", str(site), "exam-7"]) == 1
    assert "Traceback" not in capsys.readouterr().err


def write_exam(site: Path, digest: str) -> None:
    key = site_directory.load(site, NOW).journal_key
    body = {
        "by": "Anna Keller", "exam_id": "exam-1", "procedure": "MRI brain", "side": "none", "age_years": 55,
        "contrast_planned": False, "identity_digest": digest,
    }  # fmt: skip
    record = NewRecord(
        at_wall="2026-11-24T09:00:00.000000Z", scanner="mr1", exam_id="exam-1", kind="exam_opened",
        version=1, body=body,
    )  # fmt: skip
    with Journal.open(site / "journal.sqlite", key, site="North", boot_id="boot-1") as journal:
        journal.append([record], durable=True).result(5)


def test_the_exported_journal_is_one_audit_message_a_line_and_names_no_person(
    site: Path, capsys: Say
) -> None:
    write_exam(site, hashlib.sha256(b"x").hexdigest())
    assert main(["journal", "export", str(site)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    message = ET.fromstring(lines[0])  # our own text
    assert message.tag == "AuditMessage"
    assert "exam-1" in lines[0]
    assert not any(word in lines[0] for word in ("Keller", "Anna", "Muster"))
    assert main(["journal", "show", str(site)]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "exam_opened"
