"""Tablets: code and PIN together, once, for one scanner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from authority_bench import AT, NOW

from local_agent.authority import (
    BootInstant,
    Paired,
    PairingOffer,
    PairingRefusal,
    PairingRefused,
    Tablets,
)


@pytest.fixture
def tablets(tmp_path: Path) -> Iterator[Tablets]:
    with closing(Tablets(tmp_path)) as tablets:
        yield tablets


@pytest.fixture
def offer(tablets: Tablets) -> PairingOffer:
    return tablets.offer("A", NOW)


WRONG = PairingRefused(PairingRefusal.WRONG)


def wrong_pin(offer: PairingOffer, step: int = 1) -> str:
    return f"{(int(offer.pin) + step) % 1_000_000:06}"


def pair(tablets: Tablets, offer: PairingOffer) -> Paired:
    paired = tablets.pair(offer.code, offer.pin, NOW, AT)
    assert isinstance(paired, Paired)
    return paired


def test_code_and_pin_give_a_token_bound_to_one_scanner(tablets: Tablets, offer: PairingOffer) -> None:
    paired = pair(tablets, offer)
    assert len(paired.token) >= 43
    known = tablets.paired(paired.token)
    assert known is not None
    assert (known.tablet, known.scanner, known.paired_at) == (paired.tablet, "A", AT)
    assert tablets.list() == (known,)


def test_photographed_code_used_twice_is_refused(tablets: Tablets, offer: PairingOffer) -> None:
    pair(tablets, offer)
    assert tablets.pair(offer.code, offer.pin, NOW, AT) == WRONG


def test_code_without_its_pin_and_pin_without_its_code_are_refused(
    tablets: Tablets, offer: PairingOffer
) -> None:
    assert tablets.pair(offer.code, wrong_pin(offer), NOW, AT) == WRONG
    assert tablets.pair("another-code", offer.pin, NOW, AT) == WRONG
    pair(tablets, offer)


def test_pin_guessing_voids_the_offer_after_five(tablets: Tablets, offer: PairingOffer) -> None:
    for step in range(1, 6):
        assert tablets.pair(offer.code, wrong_pin(offer, step), NOW, AT) == WRONG
    assert tablets.pair(offer.code, offer.pin, NOW, AT) == WRONG


def test_guessing_codes_closes_pairing_for_a_minute(tablets: Tablets, offer: PairingOffer) -> None:
    for guess in range(20):
        tablets.pair(f"guess-{guess}", "000000", NOW, AT)
    closed = tablets.pair(offer.code, offer.pin, NOW.after(10), AT)
    assert closed == PairingRefused(PairingRefusal.DOOR_CLOSED, 50.0)
    assert isinstance(tablets.pair(offer.code, offer.pin, NOW.after(60), AT), Paired)


@pytest.mark.parametrize(
    "late", [NOW.after(600), BootInstant("boot-2", NOW.at_s), BootInstant("boot-1", NOW.at_s - 1)]
)
def test_expired_offer_is_refused_also_after_a_restart(
    tablets: Tablets, offer: PairingOffer, late: BootInstant
) -> None:
    assert tablets.pair(offer.code, offer.pin, late, AT) == WRONG


def test_a_new_offer_voids_the_older_one_of_the_same_scanner_only(
    tablets: Tablets, offer: PairingOffer
) -> None:
    other = tablets.offer("B", NOW)
    tablets.offer("A", NOW)
    assert tablets.pair(offer.code, offer.pin, NOW, AT) == WRONG
    assert pair(tablets, other).scanner == "B"


def test_revoked_tablet_is_unknown_and_the_agent_notices(
    tmp_path: Path, tablets: Tablets, offer: PairingOffer
) -> None:
    paired = pair(tablets, offer)
    mark = tablets.mark()
    with closing(Tablets(tmp_path)) as command_line:
        assert command_line.revoke(paired.tablet, AT)
        assert not command_line.revoke(paired.tablet, AT)
    assert tablets.changed_since(mark)
    assert tablets.paired(paired.token) is None
    assert tablets.list()[0].revoked_at == AT


def test_the_register_holds_neither_token_nor_code_nor_pin(
    tmp_path: Path, tablets: Tablets, offer: PairingOffer
) -> None:
    other = tablets.offer("B", NOW)
    paired = pair(tablets, offer)
    stored = (tmp_path / "tablets.sqlite").read_bytes()
    for secret in (paired.token, offer.code, other.code, other.pin):
        assert secret.encode() not in stored


@pytest.mark.parametrize("token", ["", "x", "\ud800", "0" * 100_000])
def test_tokens_that_never_were_are_unknown(tablets: Tablets, token: str) -> None:
    assert tablets.paired(token) is None


def test_pins_have_six_digits_and_differ(tablets: Tablets) -> None:
    pins = {tablets.offer("A", NOW).pin for _ in range(5)}
    assert all(len(pin) == 6 and pin.isdecimal() for pin in pins)
    assert len(pins) > 1
