"""What someone with the journal's file in their hands may try, and how `verify` answers."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journal_tampering import ATTACKER_KEY, DAY, SITE_KEY, opened, tamper, tick, write_two_days

from local_agent.journal import Damage, Finding, HeadUnreadable, JournalUnwritable, SignedHead, verify
from local_agent.journal.database import insert_record, read_page
from local_agent.journal.record import Head, Record, canonical, chained

PUBLIC_KEY = SITE_KEY.public_key()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.sqlite"
    write_two_days(path)
    return path


def found(path: Path, head: SignedHead | None = None) -> Finding:
    report = verify(path, PUBLIC_KEY, head)
    assert report.first_bad is not None
    assert report.first_bad.damage.value in report.words()
    return report.first_bad


def head_of(path: Path) -> SignedHead:
    with opened(path) as journal:
        return journal.signed_head(DAY)


def rewrite_from(path: Path, seq: int) -> None:
    """Replace record `seq` by another one and chain everything after it anew, as its writer would."""
    with closing(sqlite3.connect(path)) as connection:
        kept = read_page(connection, after_seq=seq - 2, limit=1, scanner=None)[0]
        old = read_page(connection, after_seq=seq - 1, limit=1000, scanner=None)
    head, new = kept.head, []
    for record in old:
        forged: Record = chained(
            tick(666 if record.seq == seq else record.body["number"], record.at_wall),
            canonical({"number": 666 if record.seq == seq else record.body["number"]}),
            boot_id="boot-1",
            head=head,
        )
        new.append(forged)
        head = forged.head
    tamper(path, f"DELETE FROM records WHERE seq >= {seq}")
    with closing(sqlite3.connect(path)) as connection:
        for record in new:
            insert_record(connection, record)
        connection.commit()


def test_an_untouched_journal_verifies_and_says_how_far_signatures_vouch(path: Path) -> None:
    report = verify(path, PUBLIC_KEY)
    assert (report.ok, report.records, report.segments, report.signed_through_seq) == (True, 20, 1, 10)
    assert verify(path, PUBLIC_KEY, head_of(path)).signed_through_seq == 20


def test_edited_body_is_named_with_expected_and_found_hash(path: Path) -> None:
    stored = read_hash(path, 7)
    tamper(path, """UPDATE records SET body = '{"number":0}' WHERE seq = 7""")
    bad = found(path)
    assert (bad.damage, bad.seq) == (Damage.EDITED, 7)
    assert stored in bad.found
    assert stored not in bad.expected


def read_hash(path: Path, seq: int) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return read_page(connection, after_seq=seq - 1, limit=1, scanner=None)[0].hash.hex()


def test_deleted_record_is_named(path: Path) -> None:
    tamper(path, "DELETE FROM records WHERE seq = 12")
    assert (found(path).damage, found(path).seq) == (Damage.REMOVED, 12)


def test_deleted_record_whose_followers_were_renumbered_is_found(path: Path) -> None:
    tamper(path, "DELETE FROM records WHERE seq = 12")
    for seq in range(13, 21):
        tamper(path, f"UPDATE records SET seq = {seq - 1} WHERE seq = {seq}")
    assert (found(path).damage, found(path).seq) == (Damage.EDITED, 12)


def test_record_inserted_between_two_others_is_found(path: Path) -> None:
    for seq in range(20, 14, -1):
        tamper(path, f"UPDATE records SET seq = {seq + 1} WHERE seq = {seq}")
    with closing(sqlite3.connect(path)) as connection:
        before = read_page(connection, after_seq=13, limit=1, scanner=None)[0]
    forged = chained(tick(0), canonical({"number": 0}), boot_id="boot-1", head=before.head)
    tamper(
        path,
        "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values=(
            15,
            DAY,
            "boot-1",
            "A",
            "exam-1",
            "step_edited",
            1,
            forged.body_json,
            before.hash,
            forged.hash,
        ),
    )
    assert found(path).seq == 16


def test_record_replaced_by_one_with_a_sound_hash_of_its_own_is_out_of_chain(path: Path) -> None:
    tamper(path, "DELETE FROM records WHERE seq = 15")
    stray = chained(tick(1), canonical({"number": 1}), boot_id="boot-1", head=Head(14, b"x" * 32))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER records_refuse_replacing")
        insert_record(connection, stray)
        connection.commit()
    assert (found(path).damage, found(path).seq) == (Damage.OUT_OF_CHAIN, 15)


def test_reordered_records_are_found_at_the_first_moved_one(path: Path) -> None:
    tamper(
        path,
        "UPDATE records SET seq = -1 WHERE seq = 3",
        "UPDATE records SET seq = 3 WHERE seq = 4",
        "UPDATE records SET seq = 4 WHERE seq = -1",
    )
    assert found(path).seq == 3


def test_records_before_the_first_are_found(path: Path) -> None:
    tamper(path, "UPDATE records SET seq = -5 WHERE seq = 1")
    assert (found(path).damage, found(path).seq) == (Damage.OUT_OF_CHAIN, -5)


def test_closed_segment_chained_anew_without_the_key_is_found_by_its_signature(path: Path) -> None:
    rewrite_from(path, 4)
    assert (found(path).damage, found(path).seq) == (Damage.REWRITTEN, 10)


def test_open_segment_chained_anew_is_found_only_with_a_kept_head(path: Path) -> None:
    head = head_of(path)
    rewrite_from(path, 15)
    assert verify(path, PUBLIC_KEY).ok
    assert (found(path, head).damage, found(path, head).seq) == (Damage.ANOTHER_HISTORY, 20)


def test_segment_signed_with_another_key_is_found(path: Path) -> None:
    tamper(path, "UPDATE segments SET signature = zeroblob(64)")
    assert found(path).damage is Damage.SEGMENT_FORGED


def test_removed_segment_is_found(path: Path) -> None:
    with opened(path) as journal:
        journal.close_segment(DAY).result(5)
    tamper(path, "DELETE FROM segments WHERE number = 1")
    assert (found(path).damage, found(path).seq) == (Damage.SEGMENT_MISSING, 1)


def test_removed_last_segment_is_found_with_a_kept_head(path: Path) -> None:
    with opened(path) as journal:
        journal.close_segment(DAY).result(5)
        head = journal.signed_head(DAY)
    tamper(path, "DELETE FROM segments WHERE number = 2")
    assert verify(path, PUBLIC_KEY).ok
    assert found(path, head).damage is Damage.ROLLED_BACK


def test_truncation_inside_a_closed_segment_is_found_without_a_head(path: Path) -> None:
    tamper(path, "DELETE FROM records WHERE seq > 8")
    assert (found(path).damage, found(path).seq) == (Damage.TRUNCATED, 9)


def test_truncation_of_the_open_end_is_found_with_a_kept_head(path: Path) -> None:
    head = head_of(path)
    tamper(path, "DELETE FROM records WHERE seq > 17")
    assert verify(path, PUBLIC_KEY).ok
    assert (found(path, head).damage, found(path, head).seq) == (Damage.ROLLED_BACK, 18)


def test_truncation_together_with_its_segment_is_found_with_a_kept_head(path: Path) -> None:
    head = head_of(path)
    tamper(path, "DELETE FROM records WHERE seq > 8", "DELETE FROM segments")
    assert (found(path, head).damage, found(path, head).seq) == (Damage.ROLLED_BACK, 9)


def test_rollback_to_an_old_copy_is_found_with_a_kept_head(path: Path, tmp_path: Path) -> None:
    old = shutil.copy(path, tmp_path / "old.sqlite")
    with opened(path) as journal:
        journal.append([tick(20)], durable=True).result(5)
        head = journal.signed_head(DAY)
    shutil.copy(old, path)
    assert (found(path, head).damage, found(path, head).seq) == (Damage.ROLLED_BACK, 21)


def test_rollback_that_was_written_on_afterwards_tells_another_history(path: Path, tmp_path: Path) -> None:
    old = shutil.copy(path, tmp_path / "old.sqlite")
    with opened(path) as journal:
        journal.append([tick(20)], durable=True).result(5)
        head = journal.signed_head(DAY)
    shutil.copy(old, path)
    with opened(path) as journal:
        journal.append([tick(99), tick(100)], durable=True).result(5)
    assert verify(path, PUBLIC_KEY).ok
    assert (found(path, head).damage, found(path, head).seq) == (Damage.ANOTHER_HISTORY, 21)


def test_forged_head_is_refused(path: Path) -> None:
    genuine = head_of(path)
    longer = SignedHead("North", 21, genuine.hash, 1, DAY, genuine.signature)
    assert found(path, longer).damage is Damage.FORGED_HEAD
    assert found(path, genuine.sign(ATTACKER_KEY)).damage is Damage.FORGED_HEAD


def test_head_of_another_site_is_refused(path: Path) -> None:
    head = SignedHead("South", 0, b"", 0, DAY).sign(SITE_KEY)
    assert found(path, head).damage is Damage.OTHER_SITE


def test_journal_begun_anew_with_another_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "forged.sqlite"
    with opened(path, ATTACKER_KEY) as journal:
        journal.append([tick(0)], durable=True).result(5)
    assert found(path).damage is Damage.FORGED_OPENING


def test_empty_journal_put_in_place_of_the_old_one_is_found_with_a_kept_head(path: Path) -> None:
    head = head_of(path)
    path.unlink()
    opened(path).close()
    assert found(path, head).damage is Damage.ROLLED_BACK


def test_first_head_of_a_journal_begun_anew_tells_another_history(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with opened(path) as journal:
        head = journal.signed_head(DAY)
    assert verify(path, PUBLIC_KEY, head).ok
    path.unlink()
    opened(path).close()
    assert found(path, head).damage is Damage.ANOTHER_HISTORY


def test_removed_guards_are_found(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER records_refuse_update")
    assert found(path).damage is Damage.GUARD_REMOVED


def test_a_trigger_added_by_someone_else_is_found(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TRIGGER extra AFTER INSERT ON records BEGIN SELECT 1; END")
    assert found(path).damage is Damage.GUARD_REMOVED


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records SET kind = 'x'",
        "DELETE FROM records WHERE seq = 20",
        "INSERT OR REPLACE INTO records SELECT * FROM records WHERE seq = 3",
        "INSERT INTO records SELECT 30, '', '', '', '', '', 1, '', hash, hash FROM records WHERE seq = 3",
        "UPDATE segments SET closed_at = 'x'",
        "DELETE FROM segments",
        "INSERT OR REPLACE INTO segments SELECT * FROM segments",
        "UPDATE opening SET site = 'x'",
        "DELETE FROM opening",
    ],
)
def test_the_database_itself_refuses_to_change_what_is_recorded(path: Path, statement: str) -> None:
    with (
        closing(sqlite3.connect(path)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(statement)


def test_a_damaged_journal_is_not_continued(path: Path) -> None:
    tamper(path, "UPDATE records SET kind = 'x' WHERE seq = 15")
    with pytest.raises(JournalUnwritable, match="record 15") as refusal:
        opened(path)
    assert "journal verify" in refusal.value.reason


def test_the_journal_of_another_site_is_not_continued(path: Path) -> None:
    with pytest.raises(JournalUnwritable, match="'North'"):
        opened(path, site="South")
    with pytest.raises(JournalUnwritable, match="another key"):
        opened(path, ATTACKER_KEY)


@pytest.mark.parametrize("content", [b"", b"no journal", b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_file_that_is_no_journal_is_reported_without_a_traceback(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert found(path).damage is Damage.NOT_A_JOURNAL


def test_a_missing_file_and_a_directory_are_reported_without_a_traceback(tmp_path: Path) -> None:
    assert found(tmp_path / "nothing").damage is Damage.NOT_A_JOURNAL
    assert found(tmp_path).damage is Damage.NOT_A_JOURNAL


def test_verifying_leaves_nothing_beside_the_file(path: Path) -> None:
    before = sorted(path.parent.iterdir())
    verify(path, PUBLIC_KEY)
    assert sorted(path.parent.iterdir()) == before


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"site":"x"}', '{"site":"x","seq":"1"}', "[" * 5000])
def test_a_text_that_is_no_head_is_refused_in_words(text: str) -> None:
    with pytest.raises(HeadUnreadable, match="not a signed journal head"):
        SignedHead.from_json(text)


def test_a_head_survives_its_own_text(path: Path) -> None:
    head = head_of(path)
    assert SignedHead.from_json(head.to_json()) == head


_COLUMNS = ["at_wall", "boot_id", "scanner", "exam_id", "kind", "version", "body", "previous_hash", "hash"]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("flips") / "journal.sqlite"
    write_two_days(path)
    return path


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    seq=st.integers(1, 20),
    column=st.sampled_from(_COLUMNS),
    position=st.integers(0, 1000),
    flip=st.integers(1, 255),
)
def test_any_flipped_byte_of_any_column_is_found_at_its_record(
    pristine: Path, seq: int, column: str, position: int, flip: int
) -> None:
    path = pristine.with_name("flipped.sqlite")
    shutil.copy(pristine, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        (stored,) = connection.execute(f"SELECT {column} FROM records WHERE seq = {seq}").fetchone()
    update = partial(tamper, path)
    match stored:
        case int(number):
            update(f"UPDATE records SET {column} = ? WHERE seq = {seq}", values=(number ^ flip,))
        case bytes(content):
            flipped = bytearray(content)
            flipped[position % len(flipped)] ^= flip
            as_text = column not in {"previous_hash", "hash"}
            expression = "CAST(? AS TEXT)" if as_text else "?"
            update(f"UPDATE records SET {column} = {expression} WHERE seq = {seq}", values=(bytes(flipped),))
    bad = found(path)
    assert (bad.damage, bad.seq) == (Damage.EDITED, seq)
