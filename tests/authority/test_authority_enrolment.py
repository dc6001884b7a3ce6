"""From a code to a certificate; every way to get one without being invited."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from authority_bench import ANA, AT, NORTH, NOW, SOUTH, der, make_key, make_request
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from local_agent.authority import (
    BootInstant,
    CertificateRefused,
    CodeRefusal,
    CodeRefused,
    DeviceIdentity,
    Devices,
    Enrolment,
    InvitationCode,
    Invitations,
    KeyRevoked,
    Person,
    RegisterUnusable,
    RequestUnusable,
    Standing,
    read_boot_instant,
    read_device_certificate,
    renewal_is_due,
    spki_sha256,
)
from local_agent.authority.certificates import fingerprint, issue_device_certificate
from local_agent.authority.enrolment import MOST_A_DAY, IssuedTooOften
from local_agent.authority.invitation_code import ALPHABET, CODE_CHARACTERS, encode
from mr_contract.vocabulary import Role
from remote_console.link.errors import BadCode
from remote_console.link.invitation_code import parse_code

PRINT = fingerprint(NORTH.certificate)


@pytest.fixture
def invitations(tmp_path: Path) -> Iterator[Invitations]:
    with closing(Invitations(tmp_path)) as register:
        yield register


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[Devices]:
    with closing(Devices(tmp_path)) as register:
        yield register


@pytest.fixture
def enrolment(invitations: Invitations, devices: Devices) -> Enrolment:
    return Enrolment(NORTH, invitations, devices)


@pytest.fixture
def code(invitations: Invitations) -> InvitationCode:
    return invitations.invite(ANA, PRINT, NOW)


def refusal(answer: object) -> CodeRefusal:
    assert isinstance(answer, CodeRefused)
    return answer.refusal


def identity(answer: object) -> DeviceIdentity:
    assert isinstance(answer, x509.Certificate)
    return read_device_certificate(der(answer), NORTH.certificate, AT)


def test_an_invited_person_gets_a_certificate_that_is_in_the_register(
    enrolment: Enrolment, devices: Devices, code: InvitationCode
) -> None:
    enrolled = identity(enrolment.enrol(code.ticket, make_request(make_key()), NOW, AT))
    assert (enrolled.name, enrolled.role) == (ANA.name, ANA.role)
    assert devices.standing(enrolled) is Standing.GOOD
    assert [device.identity for device in devices.list()] == [enrolled]


def test_forged_role_and_name_in_the_request_are_ignored(
    enrolment: Enrolment, invitations: Invitations
) -> None:
    code = invitations.invite(Person("Tim Trainee", Role.TRAINEE), PRINT, NOW)
    request = make_request(make_key(), name="Chief", role="remote_operator")
    enrolled = identity(enrolment.enrol(code.ticket, request, NOW, AT))
    assert (enrolled.name, enrolled.role) == ("Tim Trainee", Role.TRAINEE)


def test_stolen_code_used_a_second_time_is_refused(enrolment: Enrolment, code: InvitationCode) -> None:
    enrolment.enrol(code.ticket, make_request(make_key()), NOW, AT)
    thief = enrolment.enrol(code.ticket, make_request(make_key()), NOW, AT)
    assert refusal(thief) is CodeRefusal.USED


def test_two_redeemers_at_the_same_time_get_one_certificate(tmp_path: Path, code: InvitationCode) -> None:
    barrier = threading.Barrier(4)
    answers: list[Person | CodeRefused] = []

    def redeem() -> None:
        with closing(Invitations(tmp_path)) as own_connection:
            barrier.wait(5)
            answers.append(own_connection.redeem(code.ticket, NOW))

    threads = [threading.Thread(target=redeem) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer for answer in answers if isinstance(answer, Person)] == [ANA]
    assert len(answers) == 4


def test_expired_invitation_is_refused(enrolment: Enrolment, code: InvitationCode) -> None:
    late = enrolment.enrol(code.ticket, make_request(make_key()), NOW.after(600), AT)
    assert refusal(late) is CodeRefusal.EXPIRED


def test_an_invitation_is_good_to_its_last_second(enrolment: Enrolment, code: InvitationCode) -> None:
    identity(enrolment.enrol(code.ticket, make_request(make_key()), NOW.after(599.9), AT))


@pytest.mark.parametrize("later", [BootInstant("boot-2", 1000.0), BootInstant("boot-1", 999.0)])
def test_an_invitation_does_not_come_alive_again_after_a_restart(
    invitations: Invitations, code: InvitationCode, later: BootInstant
) -> None:
    assert refusal(invitations.redeem(code.ticket, later)) is CodeRefusal.EXPIRED


def test_code_of_another_site_is_seen_before_anything_is_sent(code: InvitationCode) -> None:
    read = parse_code(code.text())
    assert read.is_from(der(NORTH.certificate))
    assert not read.is_from(der(SOUTH.certificate))


def test_code_of_another_site_is_refused_by_the_site_too(
    tmp_path: Path, invitations: Invitations, code: InvitationCode
) -> None:
    (tmp_path / "south").mkdir()
    with closing(Invitations(tmp_path / "south")) as south:
        assert refusal(south.redeem(code.ticket, NOW)) is CodeRefusal.WRONG


def test_five_wrong_secrets_spend_an_invitation(invitations: Invitations, code: InvitationCode) -> None:
    for guess in range(5):
        wrong = code.ticket[:4] + f"{guess:016}"
        assert refusal(invitations.redeem(wrong, NOW)) is CodeRefusal.WRONG
    assert refusal(invitations.redeem(code.ticket, NOW)) is CodeRefusal.SPENT
    assert invitations.outstanding(NOW) == 0


def test_four_wrong_secrets_do_not(invitations: Invitations, code: InvitationCode) -> None:
    for guess in range(4):
        invitations.redeem(code.ticket[:4] + f"{guess:016}", NOW)
    assert invitations.redeem(code.ticket, NOW) == ANA


def test_guessing_across_codes_closes_the_door_for_a_minute(
    invitations: Invitations, code: InvitationCode
) -> None:
    for guess in range(20):
        invitations.redeem(f"{guess:020}", NOW.after(guess))
    closed = invitations.redeem(code.ticket, NOW.after(20))
    assert closed == CodeRefused(CodeRefusal.DOOR_CLOSED, 59.0)
    assert invitations.redeem(code.ticket, NOW.after(79)) == ANA


def test_slow_mistakes_of_honest_people_close_nothing(invitations: Invitations, code: InvitationCode) -> None:
    for guess in range(40):
        invitations.redeem(f"{guess:020}", NOW.after(4 * guess))
    assert invitations.redeem(code.ticket, NOW.after(160)) == ANA


@pytest.mark.parametrize("ticket", ["", "0", "U" * 20, "é" * 20, "0" * 10_000, "0000'; DROP TABLE invi"])
def test_tickets_that_are_none_are_refused_without_a_crash(invitations: Invitations, ticket: str) -> None:
    assert refusal(invitations.redeem(ticket, NOW)) is CodeRefusal.WRONG


def test_outstanding_codes_are_counted_while_they_can_be_redeemed(invitations: Invitations) -> None:
    assert invitations.outstanding(NOW) == 0
    first = invitations.invite(ANA, PRINT, NOW)
    invitations.invite(ANA, PRINT, NOW.after(300))
    assert invitations.outstanding(NOW.after(300)) == 2
    invitations.redeem(first.ticket, NOW.after(300))
    assert invitations.outstanding(NOW.after(300)) == 1
    assert invitations.outstanding(NOW.after(900)) == 0


def test_withdrawn_codes_are_worthless(invitations: Invitations, code: InvitationCode) -> None:
    assert invitations.withdraw_all(NOW.after(60)) == 1
    assert invitations.outstanding(NOW.after(60)) == 0
    assert refusal(invitations.redeem(code.ticket, NOW)) is CodeRefusal.WITHDRAWN
    assert invitations.withdraw_all(NOW.after(61)) == 0


def test_the_register_holds_no_secret(tmp_path: Path, code: InvitationCode) -> None:
    stored = (tmp_path / "invitations.sqlite").read_bytes()
    assert code.ticket[4:].encode() not in stored


def test_a_faulty_request_leaves_the_code_good(enrolment: Enrolment, code: InvitationCode) -> None:
    with pytest.raises(RequestUnusable):
        enrolment.enrol(code.ticket, b"nothing", NOW, AT)
    identity(enrolment.enrol(code.ticket, make_request(make_key()), NOW, AT))


def test_a_certificate_is_renewed_for_the_same_person_role_and_key(
    enrolment: Enrolment, devices: Devices, code: InvitationCode
) -> None:
    key = make_key()
    old = identity(enrolment.enrol(code.ticket, make_request(key), NOW, AT))
    later = AT + timedelta(days=61)
    assert not renewal_is_due(old, AT + timedelta(days=59))
    assert renewal_is_due(old, later)
    renewed = enrolment.renew(old, make_request(key, role="trainer"), later)
    new = read_device_certificate(der(renewed), NORTH.certificate, later)
    assert (new.name, new.role, new.spki_sha256) == (old.name, old.role, old.spki_sha256)
    assert new.not_after == later + timedelta(days=90)
    assert new.serial != old.serial
    assert devices.standing(old) is devices.standing(new) is Standing.GOOD


def test_a_device_that_renews_in_a_loop_fills_no_register(
    enrolment: Enrolment, devices: Devices, code: InvitationCode
) -> None:
    key = make_key()
    old = identity(enrolment.enrol(code.ticket, make_request(key), NOW, AT))
    for _ in range(MOST_A_DAY - 1):
        enrolment.renew(old, make_request(key), AT)
    with pytest.raises(IssuedTooOften):
        enrolment.renew(old, make_request(key), AT + timedelta(hours=23))
    assert len(devices.list()) == MOST_A_DAY
    enrolment.renew(old, make_request(key), AT + timedelta(hours=25))


def test_renewal_for_another_key_is_refused(enrolment: Enrolment, code: InvitationCode) -> None:
    old = identity(enrolment.enrol(code.ticket, make_request(make_key()), NOW, AT))
    with pytest.raises(RequestUnusable, match="same key"):
        enrolment.renew(old, make_request(make_key()), AT)


def test_renewal_after_expiry_is_refused(enrolment: Enrolment, code: InvitationCode) -> None:
    key = make_key()
    old = identity(enrolment.enrol(code.ticket, make_request(key), NOW, AT))
    with pytest.raises(CertificateRefused, match="expired"):
        enrolment.renew(old, make_request(key), AT + timedelta(days=91))


def test_revoked_device_is_refused_renewal_and_enrolment_with_its_key(
    enrolment: Enrolment, devices: Devices, invitations: Invitations, code: InvitationCode
) -> None:
    key = make_key()
    old = identity(enrolment.enrol(code.ticket, make_request(key), NOW, AT))
    devices.revoke(ANA.name, AT)
    assert devices.standing(old) is Standing.REVOKED
    with pytest.raises(CertificateRefused, match="revoked"):
        enrolment.renew(old, make_request(key), AT)
    again = invitations.invite(ANA, PRINT, NOW)
    with pytest.raises(KeyRevoked, match="new key"):
        enrolment.enrol(again.ticket, make_request(key), NOW, AT)
    fresh = identity(enrolment.enrol(again.ticket, make_request(make_key()), NOW, AT))
    assert devices.standing(fresh) is Standing.GOOD


def test_revoking_takes_every_device_and_certificate_of_the_person_and_no_others(
    enrolment: Enrolment, devices: Devices, invitations: Invitations
) -> None:
    key = make_key()
    enrolled = {}
    for who, own_key in (("Ana", key), ("Ana", make_key()), ("Bo", make_key())):
        code = invitations.invite(Person(who, Role.TRAINER), PRINT, NOW)
        new = identity(enrolment.enrol(code.ticket, make_request(own_key), NOW, AT))
        enrolled[new.serial] = new
    first = next(iter(enrolled.values()))
    renewed = read_device_certificate(
        der(enrolment.renew(first, make_request(key), AT)), NORTH.certificate, AT
    )
    revoked = devices.revoke("Ana", AT)
    assert len(revoked) == 3
    assert {device.identity.name for device in revoked} == {"Ana"}
    assert devices.standing(renewed) is Standing.REVOKED
    assert [devices.standing(one) for one in enrolled.values()] == [
        Standing.REVOKED,
        Standing.REVOKED,
        Standing.GOOD,
    ]
    assert devices.revoke("Ana", AT) == ()
    assert devices.revoke("nobody", AT) == ()


def test_certificate_signed_with_a_stolen_authority_but_never_registered_is_unknown(devices: Devices) -> None:
    key = make_key()
    forged = issue_device_certificate(NORTH, key.public_key(), ANA, AT)
    assert devices.standing(identity(forged)) is Standing.UNKNOWN
    assert not devices.is_revoked(spki_sha256(key.public_key()))


def test_a_revocation_by_another_process_is_noticed(
    tmp_path: Path, enrolment: Enrolment, devices: Devices, code: InvitationCode
) -> None:
    enrolled = identity(enrolment.enrol(code.ticket, make_request(make_key()), NOW, AT))
    mark = devices.mark()
    assert not devices.changed_since(mark)
    with closing(Devices(tmp_path)) as command_line:
        assert not devices.changed_since(mark)
        command_line.revoke(ANA.name, AT)
    assert devices.changed_since(mark)
    assert devices.standing(enrolled) is Standing.REVOKED
    assert not devices.changed_since(devices.mark())


def test_a_change_of_its_own_is_noticed(devices: Devices) -> None:
    mark = devices.mark()
    devices.record(identity(issue_device_certificate(NORTH, make_key().public_key(), ANA, AT)), AT)
    assert devices.changed_since(mark)


def test_a_damaged_register_is_named(tmp_path: Path) -> None:
    (tmp_path / "devices.sqlite").write_bytes(b"not a database, but long enough to look at" * 10)
    with pytest.raises(RegisterUnusable, match=r"devices\.sqlite is damaged"):
        Devices(tmp_path)


def test_a_register_in_no_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegisterUnusable, match=r"invitations\.sqlite cannot be opened"):
        Invitations(tmp_path / "nowhere")


def test_registers_are_for_their_owner_only(tmp_path: Path, invitations: Invitations) -> None:
    assert (tmp_path / "invitations.sqlite").stat().st_mode & 0o777 == 0o600


def test_the_printed_code_is_read_back_however_it_is_typed(code: InvitationCode) -> None:
    text = code.text()
    assert len(text.replace("-", "")) == CODE_CHARACTERS
    typed = text.lower().replace("-", " ").replace("1", "l").replace("0", "O")
    for read in (parse_code(f"  {typed}\n"), parse_code(text.replace("1", "I"))):
        assert (read.ticket, read.authority) == (code.ticket, code.authority)


def test_the_code_of_the_documented_example() -> None:
    """A fixed example, so that a console written in any language can be checked against it."""
    text = "4F9KA-BCDEF-GHJKM-NPQRS-000G4-0R40M-30E20-9185G-R38E1-WVD2B"
    code = InvitationCode("4F9KABCDEFGHJKMNPQRS", encode(bytes(range(32)), 26))
    assert code.text() == text
    assert parse_code(text).authority == code.authority


@settings(max_examples=200, deadline=None, derandomize=True)
@given(position=st.integers(0, CODE_CHARACTERS - 1), replacement=st.sampled_from(ALPHABET))
def test_a_typing_error_is_found(position: int, replacement: str) -> None:
    code = InvitationCode("4F9K" + "ABCDEFGHJKMNPQRS", "0123456789ABCDEFGHJKMNPQRS")
    typed = list(code.text().replace("-", ""))
    if typed[position] != replacement:
        typed[position] = replacement
        with pytest.raises(BadCode, match="typing error"):
            parse_code("".join(typed))


def test_swapped_neighbours_are_found() -> None:
    typed = InvitationCode("4F9K" + "ABCDEFGHJKMNPQRS", "0123456789ABCDEFGHJKMNPQRS").text().replace("-", "")
    for position in range(CODE_CHARACTERS - 1):
        swapped = typed[:position] + typed[position + 1] + typed[position] + typed[position + 2 :]
        if swapped != typed:
            with pytest.raises(BadCode):
                parse_code(swapped)


@pytest.mark.parametrize(
    ("text", "why"), [("", "has 0"), ("0" * 49, "has 49"), ("U" * 50, "“U”"), ("0" * 49 + "é", "“É”")]
)
def test_a_text_that_is_no_code_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(BadCode, match=why):
        parse_code(text)


def test_secrets_are_random(invitations: Invitations) -> None:
    tickets = {invitations.invite(ANA, PRINT, NOW).ticket[4:] for _ in range(50)}
    assert len(tickets) == 50
    assert len({character for ticket in tickets for character in ticket}) == 32


def test_boot_time_goes_forward_within_one_boot() -> None:
    first = read_boot_instant()
    assert read_boot_instant().is_within(first, 60)
