"""The roster and its PINs, under guessing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from local_agent.authority import NameUnusable, Staff, StaffRefused
from local_agent.core.people import StaffMember
from local_agent.ports import PinAnswer, Roster
from mr_contract.vocabulary import Qualification

EVE = StaffMember("eve", "Eve Aide", 1, Qualification.TRAINED_AIDE)
MAX = StaffMember("max", "Max Tech", 2, Qualification.REGISTERED_TECHNOLOGIST)


@pytest.fixture
def staff(tmp_path: Path) -> Iterator[Staff]:
    with closing(Staff(tmp_path)) as staff:
        staff.add(MAX, "4711")
        yield staff


def test_the_roster_is_the_agents_port(staff: Staff) -> None:
    roster: Roster = staff
    assert roster.members() == (MAX,)


def test_the_right_pin_names_the_person(staff: Staff) -> None:
    assert staff.verify_pin("max", "4711", 0.0) == PinAnswer(MAX)
    assert staff.verify_pin("max", "4712", 0.0) == PinAnswer(None)


def test_unknown_person_looks_like_a_wrong_pin(staff: Staff) -> None:
    assert staff.verify_pin("nobody", "4711", 0.0) == staff.verify_pin("max", "0000", 0.0)


def test_pin_guessing_locks_after_five_for_sixty_seconds(staff: Staff) -> None:
    answers = [staff.verify_pin("max", f"{guess:04}", 100.0) for guess in range(5)]
    assert [answer.wait_s for answer in answers] == [0, 0, 0, 0, 60]
    assert staff.verify_pin("max", "4711", 130.0) == PinAnswer(None, 30.0)
    assert staff.verify_pin("max", "4711", 160.0) == PinAnswer(MAX)


def test_attempts_while_locked_do_not_prolong_the_lock(staff: Staff) -> None:
    for guess in range(5):
        staff.verify_pin("max", f"{guess:04}", 100.0)
    assert staff.verify_pin("max", "0000", 159.0) == PinAnswer(None, 1.0)
    assert staff.verify_pin("max", "0000", 160.0) == PinAnswer(None, 0.0)


def test_a_right_pin_forgives_the_wrong_ones_before(staff: Staff) -> None:
    for guess in range(4):
        staff.verify_pin("max", f"{guess:04}", 0.0)
    staff.verify_pin("max", "4711", 0.0)
    for guess in range(4):
        assert staff.verify_pin("max", f"{guess:04}", 0.0).wait_s == 0


def test_one_persons_lock_is_not_anothers(staff: Staff) -> None:
    staff.add(EVE, "12345678")
    for guess in range(5):
        staff.verify_pin("max", f"{guess:04}", 0.0)
    assert staff.verify_pin("eve", "12345678", 1.0) == PinAnswer(EVE)


def test_guessing_at_the_same_time_gains_nothing(tmp_path: Path, staff: Staff) -> None:
    answers: list[PinAnswer] = []

    def guess(pin: str) -> None:
        with closing(Staff(tmp_path)) as own_connection:
            answers.append(own_connection.verify_pin("max", pin, 100.0))

    threads = [threading.Thread(target=guess, args=(f"{number:04}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(answer.wait_s == 60.0 for answer in answers) >= 1
    assert staff.verify_pin("max", "4711", 100.0) == PinAnswer(None, 60.0)


def test_a_restart_of_the_machine_restarts_the_lock(tmp_path: Path, staff: Staff) -> None:
    for guess in range(5):
        staff.verify_pin("max", f"{guess:04}", 50_000.0)
    with closing(Staff(tmp_path)) as after_restart:
        assert after_restart.verify_pin("max", "4711", 10.0) == PinAnswer(None, 60.0)
        assert after_restart.verify_pin("max", "4711", 69.0) == PinAnswer(None, 1.0)
        assert after_restart.verify_pin("max", "4711", 70.0) == PinAnswer(MAX)


def test_pins_are_not_stored_in_clear_and_alike_pins_look_unlike(tmp_path: Path, staff: Staff) -> None:
    staff.add(EVE, "4711471")
    content = (tmp_path / "staff.sqlite").read_bytes()
    assert b"4711" not in content


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "１２３４", "1234\n"])
def test_a_pin_that_is_not_four_to_eight_digits_is_refused(staff: Staff, pin: str) -> None:
    with pytest.raises(StaffRefused, match="4 to 8 digits"):
        staff.add(EVE, pin)
    assert staff.verify_pin("max", pin, 0.0).member is None


def test_people_who_cannot_be_entered_are_refused_in_words(staff: Staff) -> None:
    with pytest.raises(StaffRefused, match="already"):
        staff.add(MAX, "1234")
    with pytest.raises(StaffRefused, match="1 or 2"):
        staff.add(StaffMember("x", "X", 3, Qualification.NURSE), "1234")
    with pytest.raises(StaffRefused, match="staff id"):
        staff.add(StaffMember("X Y", "X", 1, Qualification.NURSE), "1234")
    with pytest.raises(NameUnusable):
        staff.add(StaffMember("x", "", 1, Qualification.NURSE), "1234")
    assert staff.members() == (MAX,)


def test_removed_person_is_gone(staff: Staff) -> None:
    staff.remove("max")
    assert staff.verify_pin("max", "4711", 0.0) == PinAnswer(None)
    with pytest.raises(StaffRefused, match="not on the roster"):
        staff.remove("max")


def test_a_new_pin_replaces_the_old_one(staff: Staff) -> None:
    staff.change_pin("max", "8888")
    assert staff.verify_pin("max", "4711", 0.0) == PinAnswer(None)
    assert staff.verify_pin("max", "8888", 0.0) == PinAnswer(MAX)
    with pytest.raises(StaffRefused, match="not on the roster"):
        staff.change_pin("nobody", "8888")
