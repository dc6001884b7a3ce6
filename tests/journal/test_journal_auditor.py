"""An auditor with a copy of the journal, the public key and a head that a console kept, and no secret."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from journal_tampering import DAY, tamper, tick

from local_agent.authority import site_directory
from local_agent.clock import MachineClock
from local_agent.command_line import main
from local_agent.journal import Journal
from remote_console.link.identity_store import Remembered

Say = pytest.CaptureFixture[str]


class Desk:
    """The auditor's desk: copies of what the site and a console handed over."""

    def __init__(self, folder: Path, say: Say) -> None:
        self.site, self.say = folder / "north", say
        self.folder = folder / "audit"
        self.folder.mkdir()
        assert main(["init", str(self.site), "--site", "North"]) == 0
        say.readouterr()
        self.journal, self.key, self.head = (
            self.folder / name for name in ("journal.sqlite", "journal-public.pem", "remembered.json")
        )
        assert main(["journal", "public-key", str(self.site)]) == 0
        self.key.write_text(say.readouterr().out)

    def write(self, *numbers: int) -> None:
        """The agent writes so many records; a console keeps the head it heard afterwards."""
        key = site_directory.load(self.site, MachineClock().wall()).journal_key
        path = self.site / "journal.sqlite"
        with Journal.open(path, key, site="North", boot_id="boot-1") as journal:
            journal.append([tick(number) for number in numbers], durable=True).result(5)
            head = journal.signed_head(DAY).to_json()
        self.head.write_text(Remembered(seq=len(numbers), signed_head=head).model_dump_json())
        shutil.copy(path, self.journal)

    def verify(self, *more: str) -> tuple[int, str]:
        status = main(["journal", "verify", str(self.journal), "--key", str(self.key), *more])
        return status, self.say.readouterr().out

    def verify_with_head(self) -> tuple[int, str]:
        return self.verify("--head", str(self.head))


@pytest.fixture
def desk(tmp_path: Path, capsys: Say) -> Desk:
    made = Desk(tmp_path, capsys)
    made.write(1, 2, 3, 4, 5)
    return made


def test_a_whole_journal_is_said_to_be_whole(desk: Desk) -> None:
    status, said = desk.verify_with_head()
    assert status == 0
    assert "5 records" in said
    assert "records 1 to 5" in said


def test_the_exported_key_is_no_secret(desk: Desk) -> None:
    assert "PRIVATE" not in desk.key.read_text()
    assert desk.key.read_text().startswith("-----BEGIN PUBLIC KEY-----")


def test_an_edited_record_is_named(desk: Desk) -> None:
    tamper(desk.journal, "UPDATE records SET body = '{}' WHERE seq = 3")
    status, said = desk.verify()
    assert status == 1
    assert said.startswith("Record 3: the record was edited")


def test_a_cut_end_is_found_by_the_head_a_console_kept(desk: Desk) -> None:
    tamper(desk.journal, "DELETE FROM records WHERE seq > 3")
    assert desk.verify()[0] == 0  # the end of a file cannot vouch for itself
    status, said = desk.verify_with_head()
    assert status == 1
    assert said.startswith("Record 4: the journal ends before the signed head")


def test_an_older_copy_put_back_is_found_by_the_head_a_console_kept(desk: Desk) -> None:
    old = desk.folder / "old.sqlite"
    shutil.copy(desk.journal, old)
    desk.write(6, 7)
    shutil.copy(old, desk.journal)
    status, said = desk.verify_with_head()
    assert status == 1
    assert said.startswith("Record 6: the journal ends before the signed head")


def test_a_signed_head_alone_in_a_file_will_do(desk: Desk) -> None:
    desk.head.write_text(json.loads(desk.head.read_text())["signed_head"])
    assert desk.verify_with_head()[0] == 0


def test_the_key_of_another_site_vouches_for_nothing(desk: Desk, tmp_path: Path) -> None:
    assert main(["init", str(tmp_path / "south"), "--site", "South"]) == 0
    desk.say.readouterr()
    assert main(["journal", "public-key", str(tmp_path / "south")]) == 0
    desk.key.write_text(desk.say.readouterr().out)
    status, said = desk.verify()
    assert status == 1
    assert "not signed by this site" in said


@pytest.mark.parametrize("content", ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_file_that_is_no_key_is_said_so(desk: Desk, content: str) -> None:
    desk.key.write_text(content)
    assert main(["journal", "verify", str(desk.journal), "--key", str(desk.key)]) == 1
    assert "is not a key in PEM form" in desk.say.readouterr().err


def test_without_a_key_the_auditor_is_told_how_to_get_one(desk: Desk) -> None:
    assert main(["journal", "verify", str(desk.journal)]) == 1
    assert "journal public-key" in desk.say.readouterr().err
