"""The tablet page in a real browser, against the real server with a scripted agent behind it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tablet_pictures import CHROMIUM, LANDSCAPE, PORTRAIT, open_browser, open_page, show
from tablet_site import CODE, PIN, TabletSite, open_site
from tablet_states import (
    EARLIER,
    HERE,
    LARGE_STAFF,
    LIST,
    PHYSICIAN,
    POSITIONED,
    REMOTE,
    STAFF,
    UNSCREENED,
    checklist,
    exam,
    request,
    standing,
    states,
    status,
    view,
)
from tablet_talk import AgentTalk

import media_kit
from mr_contract.findings import finding
from mr_contract.magnet import MagnetReading
from mr_contract.media_messages import SourceView
from mr_contract.reasons import Reason
from mr_contract.responsibilities import End, Responsibility
from mr_contract.tablet_messages import TabletView, TalkClosed
from mr_contract.views import RoomView
from mr_contract.vocabulary import (
    AudioCheckPhase,
    ControlPhase,
    Mistaken,
    PatientPosition,
    Privilege,
    Side,
    SourceKind,
    SourceState,
    TablePosition,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists(),
        reason=f"NO {CHROMIUM}: the tablet page is NOT TESTED; run scripts/bootstrap --with-browser",
    ),
]

OVERFLOWING = """() => [...document.querySelectorAll('#page *')]
  .filter(e => e.clientWidth > 0 && getComputedStyle(e).display !== 'inline')
  .filter(e => e.scrollWidth > e.clientWidth + 1)
  .map(e => `${e.tagName}.${e.className}: ${e.textContent.slice(0, 60)} ${e.scrollWidth}>${e.clientWidth}`)"""
SMALL_TARGETS = """() => [...document.querySelectorAll('button, a.button')].filter(e => {
  const r = e.getBoundingClientRect(); return r.width > 0 && (r.width < 53.5 || r.height < 53.5); })
  .map(e => `${e.className}: ${e.textContent}`)"""
HOLDING = re.compile("holding")
HIT = """e => { const r = e.getBoundingClientRect();
  return e.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)); }"""


IN_SIGHT = """e => { const r = e.getBoundingClientRect();
  const inside = (x, y) => e.contains(document.elementFromPoint(x, y));
  return Math.min(r.width, r.height) >= 48
    && inside(r.left + 8, r.top + 8) && inside(r.right - 8, r.bottom - 8); }"""
ANSWERS = ('[data-hold="allow"]', '[data-do="not-now"]', '[data-do="open-list"]', "[data-stop]")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TabletSite]:
    with open_site(tmp_path_factory.mktemp("site")) as opened:
        yield opened


@pytest.fixture
def site(shared_site: TabletSite) -> Iterator[TabletSite]:
    shared_site.door.view, shared_site.door.staff = states()["worklist"], STAFF
    yield shared_site
    shared_site.pairing.used = False
    shared_site.door.forget()


@pytest.fixture
def page(browser: Browser, site: TabletSite) -> Iterator[Page]:
    complaints: list[str] = []
    opened = open_page(browser, site, complaints=complaints)
    yield opened
    opened.context.close()
    assert [c for c in complaints if "WebSocket connection" not in c] == []


def do(page: Page, name: str) -> None:
    page.click(f'[data-do="{name}"]')


def choose(page: Page, *names: str) -> None:
    for name in names:
        page.click(f'[data-choice="{name}"]')


def type_on_pad(page: Page, digits: str, ok: str = "pin-ok") -> None:
    for digit in digits:
        page.click(f'[data-key="{digit}"]')
    do(page, ok)


def press_hold(page: Page, name: str) -> None:
    """Put a finger down on a hold button and leave it there."""
    hold = page.locator(f'[data-hold="{name}"]')
    hold.scroll_into_view_if_needed()
    hold.hover()
    page.mouse.down()
    expect(hold).to_have_class(HOLDING)


def pass_time(page: Page, ms: int) -> None:
    """Wait until the page's own clock has moved on."""
    page.evaluate("ms => { window.until = performance.now() + ms; }", ms)
    page.wait_for_function("() => performance.now() >= window.until")


def ready_view(**changes: Any) -> TabletView:
    return view(exam=exam(**POSITIONED), checklist=checklist(7), **changes)


# ------------------------------------------------------------------ pairing


def test_a_tablet_pairs_by_code_and_pin_and_forgets_the_code(browser: Browser, site: TabletSite) -> None:
    page = open_page(browser, site, paired=False)
    page.goto(f"{site.server.url}pair#{CODE}")
    expect(page.locator(".warning")).to_contain_text("No ordinary tablet enters the magnet room")
    for digit in PIN:
        page.click(f'[data-key="{digit}"]')
    assert "#" not in page.url
    do(page, "pair")
    page.wait_for_selector('main[data-task="patient"]')
    (cookie,) = page.context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (
        "__Host-tablet", True, True, "Strict",
    )  # fmt: skip
    assert page.evaluate("() => document.cookie") == ""
    page.context.close()


def test_a_wrong_pin_is_said_in_words(browser: Browser, site: TabletSite) -> None:
    page = open_page(browser, site, paired=False)
    page.goto(f"{site.server.url}pair#{CODE}")
    page.wait_for_selector('[data-key="1"]')
    page.keyboard.type("111111")
    do(page, "pair")
    expect(page.locator(".pair-refused")).to_contain_text("This tablet is not paired")
    page.context.close()


def test_an_unpaired_tablet_says_so_and_leads_to_pairing(browser: Browser, site: TabletSite) -> None:
    page = open_page(browser, site, paired=False)
    page.goto(site.server.url)
    expect(page.locator("h1")).to_have_text("This tablet is not paired")
    expect(page.locator(".silent")).to_contain_text("STOP NOT CONNECTED")
    expect(page.locator(".silent")).to_contain_text("Use the scanner’s button")
    page.context.close()


# ------------------------------------------------------------------ the steps


def test_checking_in_sends_who_and_their_pin(page: Page, site: TabletSite) -> None:
    show(page, site, "check-in")
    choose(page, "anna")
    type_on_pad(page, "1234")
    sent = site.door.wait_command("check_in")
    assert (sent.staff_id, sent.pin) == ("anna", "1234")


def test_one_of_three_hundred_is_found_by_two_initials_and_a_touch(page: Page, site: TabletSite) -> None:
    show(page, site, "check-in")
    site.door.show_staff(LARGE_STAFF)
    page.wait_for_selector(".letters")
    assert page.locator("main [data-choice]").count() == 0
    page.click('[data-letter="E"]')  # Élodie, or Egli
    page.click('[data-letter="R"]')
    expect(page.locator("main [data-choice]")).to_have_count(2)  # Élodie Roth, Reto Egli
    choose(page, "roth.4")
    type_on_pad(page, "1234")
    assert site.door.wait_command("check_in").staff_id == "roth.4"


def test_wrong_initials_are_taken_back_with_one_touch(page: Page, site: TabletSite) -> None:
    show(page, site, "check-in")
    site.door.show_staff(LARGE_STAFF)
    page.click('[data-letter="W"]')
    do(page, "other-letters")
    expect(page.locator('[data-letter="A"]')).to_be_visible()


def test_a_note_is_sent_with_two_touches_and_no_typing(page: Page, site: TabletSite) -> None:
    show(page, site, "scanning")
    page.click('[data-open="note"]')
    page.click('[data-phrase="moment"]')
    assert site.door.wait_command("tablet_note").text == "The patient needs a moment"
    expect(page.locator("[data-overlay]")).to_have_count(0)


def test_a_note_of_the_remote_operator_is_read_beside_their_name(page: Page, site: TabletSite) -> None:
    show(page, site, "scanning")
    expect(page.locator(".side .bubble")).to_contain_text("I add a FLAIR")
    expect(page.locator(".side .bubble")).to_contain_text("Remote MERM")


def test_who_asks_lends_their_role_to_nobody_else(page: Page, site: TabletSite) -> None:
    show(page, site, "request-while-remote")
    expect(page.locator(".person")).to_contain_text("Remote MERM")
    expect(page.locator(".person")).not_to_contain_text("Radiologist")
    card = page.locator('[data-card="request"]')
    expect(card).not_to_contain_text("If the line drops")
    expect(card.locator("h2")).to_have_text("Dr. Rita Vogel-Schönenberger asks to watch")


def test_a_scanner_that_is_not_heard_moves_no_table_and_undoes_no_step(page: Page, site: TabletSite) -> None:
    show(page, site, "scanner-not-heard")
    expect(page.locator('[data-step="positioning"]')).to_have_class(re.compile("done"))
    page.click('[data-step="positioning"]')
    expect(page.locator('[data-hold="table-out"]')).to_be_disabled()
    expect(page.locator("main")).not_to_contain_text("no coil")


def test_what_was_done_but_not_written_down_is_said(page: Page, site: TabletSite) -> None:
    site.door.unrecorded["revoke_control"] = (finding(Reason.JOURNAL_UNWRITABLE, why="no space left"),)
    show(page, site, "scanning")
    do(page, "revoke")
    expect(page.locator(".notice")).to_contain_text("Done, but not written down yet")
    expect(page.locator(".notice")).to_contain_text("no space left")


def test_there_is_no_note_to_nobody(page: Page, site: TabletSite) -> None:
    show(page, site, "worklist")
    expect(page.locator('[data-open="note"]')).to_have_count(0)


def test_a_wrong_pin_shows_the_reason_and_the_remedy(page: Page, site: TabletSite) -> None:
    site.door.refusals["check_in"] = (finding(Reason.WRONG_PIN),)
    show(page, site, "check-in")
    choose(page, "anna")
    type_on_pad(page, "9999")
    expect(page.locator(".notice")).to_contain_text("The PIN is not right — Type it again")


def test_a_patient_is_taken_only_after_the_side_was_shown_large(page: Page, site: TabletSite) -> None:
    page.click('[data-item="item-2"]')
    expect(page.locator("mark.huge")).to_have_text("LEFT")
    assert not site.door.commands("take_patient")
    do(page, "take")
    assert site.door.wait_command("take_patient").item_id == "item-2"


def test_identity_needs_two_different_identifiers_and_a_name(page: Page, site: TabletSite) -> None:
    show(page, site, "identity")
    confirm = page.locator('[data-do="confirm-identity"]')
    choose(page, "spoken_name", "anna")
    expect(confirm).to_be_disabled()
    choose(page, "wristband")
    confirm.click()
    sent = site.door.wait_command("confirm_identity")
    assert (sent.exam_id, sent.staff_id) == ("exam-1", "anna")
    assert {k.value for k in sent.identifiers} == {"spoken_name", "wristband"}


def test_an_implant_free_screening_is_recorded(page: Page, site: TabletSite) -> None:
    show(page, site, "screening")
    expect(page.locator('[data-do="record-screening"]')).to_be_disabled()
    choose(page, "answered", "implant-free")
    do(page, "record-screening")
    sent = site.door.wait_command("record_screening")
    assert (sent.questions_answered, sent.implant_free, sent.implants) == (True, True, ())


def test_an_implant_is_recorded_with_the_limits_of_its_label(page: Page, site: TabletSite) -> None:
    show(page, site, "screening")
    choose(page, "answered", "add-implant", "clip", "b1_rms_ut")
    type_on_pad(page, "2.8", "number-ok")
    do(page, "keep-implant")
    do(page, "record-screening")
    sent = site.door.wait_command("record_screening")
    assert not sent.implant_free
    assert (sent.implants[0].device, sent.implants[0].b1_rms_ut) == ("Aneurysm clip", 2.8)
    assert sent.implants[0].head_sar_w_per_kg is None


def test_who_has_signed_cannot_sign_again_and_the_other_signs_with_a_pin(
    page: Page, site: TabletSite
) -> None:
    show(page, site, "signing")
    expect(page.locator('[data-choice="anna"]')).to_have_count(0)
    expect(page.locator(".signature.given")).to_contain_text("at a console, by video")
    choose(page, "ben")
    type_on_pad(page, "5678")
    sent = site.door.wait_command("sign_screening")
    assert (sent.exam_id, sent.staff_id, sent.pin) == ("exam-1", "ben", "5678")


def test_two_signatures_without_a_level_2_are_not_enough(page: Page, site: TabletSite) -> None:
    lacking = standing(screening=(Reason.SCREENING_LEVEL_2, {}))
    site.door.show(view(exam=exam(), checklist=checklist(4), standing=lacking))
    expect(page.locator("main h1")).to_have_text("Sign the screening")
    expect(page.locator("main .reasons")).to_contain_text("A Level 2 person signs")


def test_a_physician_who_is_here_signs_an_exception_with_reason_and_pin(page: Page, site: TabletSite) -> None:
    unscreened = view(exam=exam(screening=UNSCREENED), checklist=checklist(1))
    site.door.show(unscreened)
    do(page, "exception")
    choose(page, "reason-stroke")
    expect(page.locator("main")).to_contain_text("A physician must check in first.")
    expect(page.locator('[data-choice="anna"]')).to_have_count(0)
    site.door.show(unscreened.model_copy(update={"staff": (*HERE, PHYSICIAN)}))
    choose(page, "roth")
    type_on_pad(page, "4711")
    sent = site.door.wait_command("sign_emergency_exception")
    assert (sent.exam_id, sent.staff_id, sent.pin) == ("exam-1", "roth", "4711")
    assert sent.reason == "Suspected stroke: every minute counts"


def test_an_exception_is_shown_and_only_the_full_stop_follows(page: Page, site: TabletSite) -> None:
    show(page, site, "excepted")
    expect(page.locator('[data-card="exception"]')).to_contain_text("Dr. Vera Roth")
    expect(page.locator('[data-card="exception"]')).to_contain_text("normal mode only")
    do(page, "full-stop")
    assert site.door.wait_command("confirm_full_stop").exam_id == "exam-1"


def test_without_the_sites_word_no_exception_is_offered(page: Page, site: TabletSite) -> None:
    show(page, site, "screening")
    expect(page.locator('[data-do="record-screening"]')).to_be_visible()
    expect(page.locator('[data-do="exception"]')).to_have_count(0)


def test_wrong_patient_or_side_is_said_with_two_touches_and_no_pin(page: Page, site: TabletSite) -> None:
    show(page, site, "scanning")
    page.click('[data-open="mistake"]')
    do(page, "wrong-side")
    sent = site.door.wait_command("tablet_report_wrong")
    assert (sent.exam_id, sent.mistaken) == ("exam-1", Mistaken.SIDE)
    expect(page.locator(".overlay")).to_have_count(0)


def test_of_an_exam_that_was_closed_it_is_said_in_the_idle_view_by_whoever_is_there(
    page: Page, site: TabletSite
) -> None:
    site.door.show(view(staff=(), closed_exams=EARLIER))
    page.click('[data-open="earlier"]')
    sheet = page.locator('[data-overlay="earlier"]')
    expect(sheet.locator(".choice")).to_have_count(3)
    expect(sheet.locator('[data-choice="exam-7"]')).to_contain_text("DEMO Patient-7")
    choose(page, "exam-7")
    expect(sheet).to_contain_text("Nothing is stopped")
    do(page, "wrong-patient")
    sent = site.door.wait_command("tablet_report_wrong")
    assert (sent.exam_id, sent.mistaken) == ("exam-7", Mistaken.PATIENT)
    expect(page.locator(".overlay")).to_have_count(0)


def test_of_an_exam_that_was_closed_it_is_said_beside_the_open_one_without_names(
    page: Page, site: TabletSite
) -> None:
    nameless = tuple(one.model_copy(update={"patient": None}) for one in EARLIER)
    site.door.show(view(exam=exam(), checklist=checklist(0), closed_exams=nameless))
    page.click('[data-open="mistake"]')
    page.click('.sheet [data-open="earlier"]')
    expect(page.locator('[data-overlay="earlier"]')).to_contain_text("Names are shown while no exam is open")
    choose(page, "exam-8")
    do(page, "wrong-side")
    sent = site.door.wait_command("tablet_report_wrong")
    assert (sent.exam_id, sent.mistaken) == ("exam-8", Mistaken.SIDE)


def test_the_first_signature_says_what_is_right(page: Page, site: TabletSite) -> None:
    show(page, site, "quarantined")
    expect(page.locator(".in-quarantine")).to_contain_text("QUARANTINED: Wrong side")
    do(page, "quarantine")
    choose(page, "correct")
    choose(page, "side-right")
    choose(page, "anna")
    type_on_pad(page, "4711")
    sent = site.door.wait_command("propose_correction")
    assert (sent.exam_id, sent.verdict, sent.mistaken, sent.side) == ("exam-1", "correct", "side", Side.RIGHT)
    assert (sent.staff_id, sent.pin, sent.item_id) == ("anna", "4711", None)


def test_a_wrong_patient_is_corrected_to_an_entry_of_the_worklist(page: Page, site: TabletSite) -> None:
    show(page, site, "quarantined")
    do(page, "quarantine")
    choose(page, "correct")
    choose(page, "patient")
    choose(page, "item-2")
    choose(page, "ben")
    type_on_pad(page, "4711")
    sent = site.door.wait_command("propose_correction")
    assert (sent.mistaken, sent.item_id, sent.side) == ("patient", "item-2", None)


def test_the_second_signature_is_of_another_person_who_sees_what_changes(
    page: Page, site: TabletSite
) -> None:
    show(page, site, "correction-proposed")
    do(page, "quarantine")
    changes = page.locator(".was-becomes")
    expect(changes).to_contain_text("LEFT")
    expect(changes).to_contain_text("RIGHT")
    expect(page.locator('.sheet [data-choice="anna"]')).to_have_count(0)
    choose(page, "ben")
    type_on_pad(page, "4711")
    sent = site.door.wait_command("sign_correction")
    assert (sent.exam_id, sent.correction_id, sent.staff_id) == ("exam-1", "correction-1", "ben")


def test_the_full_stop_is_confirmed_for_this_exam(page: Page, site: TabletSite) -> None:
    show(page, site, "full-stop")
    do(page, "full-stop")
    assert site.door.wait_command("confirm_full_stop").exam_id == "exam-1"


def test_weight_height_and_position_are_recorded_and_impossible_numbers_are_not(
    page: Page, site: TabletSite
) -> None:
    show(page, site, "body")
    page.click('[data-field="weight"]')
    for digit in "820":
        page.click(f'[data-key="{digit}"]')
    expect(page.locator('[data-do="number-ok"]')).to_be_disabled()
    page.click('[data-key="⌫"]')
    do(page, "number-ok")
    page.click('[data-field="height"]')
    type_on_pad(page, "175", "number-ok")
    choose(page, "HFS")
    do(page, "record-data")
    sent = site.door.wait_command("record_patient_data")
    assert (sent.weight_kg, sent.height_cm, sent.position) == (82.0, 175.0, PatientPosition.HFS)


def test_landmark_and_table_are_set(page: Page, site: TabletSite) -> None:
    show(page, site, "table")
    choose(page, "sternum")
    assert site.door.wait_command("set_landmark").landmark.value == "sternum"
    press_hold(page, "table-isocentre")
    assert site.door.wait_command("move_table").to == "isocentre"
    page.mouse.up()


def test_patient_ready_names_patient_and_scanner_and_is_held_a_second(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    expect(page.locator('[data-hold="ready"]')).to_contain_text("DEMO Patient-1 · North MR 1")
    press_hold(page, "ready")
    sent = site.door.wait_command("confirm_patient_ready")
    assert sent.exam_id == "exam-1"
    assert 1000 <= sent.held_ms < 5000
    page.mouse.up()


def test_a_hold_shorter_than_a_second_sends_nothing(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    press_hold(page, "ready")
    pass_time(page, 600)
    page.mouse.up()
    expect(page.locator('[data-hold="ready"]')).not_to_have_class(HOLDING)
    pass_time(page, 1100)
    assert not site.door.commands("confirm_patient_ready")


def test_sliding_the_page_away_cancels_the_hold(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    press_hold(page, "ready")
    page.locator('[data-hold="ready"]').dispatch_event("pointercancel")
    pass_time(page, 1200)
    assert not site.door.commands("confirm_patient_ready")
    page.mouse.up()


def test_sliding_off_the_button_cancels_the_hold(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    press_hold(page, "ready")
    page.mouse.move(300, 100)
    page.mouse.up()
    pass_time(page, 1100)
    assert not site.door.commands("confirm_patient_ready")


def test_a_hold_works_from_the_keyboard(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    page.focus('[data-hold="ready"]')
    page.keyboard.down("Enter")
    site.door.wait_command("confirm_patient_ready")
    page.keyboard.up("Enter")


def test_an_open_door_disables_patient_ready_and_says_why(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-door-open")
    expect(page.locator('[data-hold="ready"]')).to_be_disabled()
    reasons = page.locator("#ready-reasons")
    expect(reasons).to_contain_text("The door is open")
    expect(reasons).to_contain_text("Close the door")
    expect(reasons).to_contain_text("No coil is connected")


def test_helium_is_a_quiet_figure_until_the_scanner_asks_for_service(page: Page, site: TabletSite) -> None:
    show(page, site, "helium-low")
    warning = page.locator('[data-card="magnet"]')
    expect(warning).to_contain_text("Helium is low: 41 %")
    expect(warning).to_contain_text("The cooling has failed")
    expect(page.locator("[data-helium]")).to_have_count(0)
    full = MagnetReading(helium_percent=88.4, helium_low_percent=50.0, cooling_working=True)
    site.door.show(ready_view(status=status(room=RoomView(door_closed=True, magnet=full))))
    expect(page.locator("[data-helium]")).to_have_text("Helium 88 %")
    expect(warning).to_have_count(0)
    unsaid = MagnetReading(helium_percent=12.0)
    site.door.show(ready_view(status=status(room=RoomView(door_closed=True, magnet=unsaid))))
    expect(page.locator("[data-helium]")).to_have_text("Helium 12 %")


def test_the_door_opening_under_the_finger_cancels_patient_ready(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    press_hold(page, "ready")
    site.door.show(ready_view(status=status(room=RoomView(door_closed=False, table=TablePosition.ISOCENTRE))))
    expect(page.locator('[data-hold="ready"]')).to_be_disabled()
    pass_time(page, 1100)
    assert not site.door.commands("confirm_patient_ready")
    page.mouse.up()


def test_another_exam_under_the_finger_cancels_patient_ready(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    press_hold(page, "ready")
    site.door.show(view(exam=exam(exam_id="exam-2", **POSITIONED), checklist=checklist(7)))
    expect(page.locator('[data-hold="ready"]')).not_to_have_class(HOLDING)
    pass_time(page, 1100)
    assert not site.door.commands("confirm_patient_ready")
    page.mouse.up()


def test_closing_the_exam_is_held_and_names_it(page: Page, site: TabletSite) -> None:
    show(page, site, "finish")
    expect(page.locator('[data-hold="close-exam"]')).to_contain_text("DEMO Patient-1 · ACC-2026-0001")
    page.locator('[data-hold="close-exam"]').hover()
    page.mouse.down()
    assert site.door.wait_command("close_exam").exam_id == "exam-1"
    page.mouse.up()


# ------------------------------------------------------------------ remote control


def test_an_answer_grants_only_what_stayed_chosen_and_names_its_request(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    page.click('[data-privilege="start"]')
    press_hold(page, "allow")
    sent = site.door.wait_command("answer_request")
    assert sent.request_id == "request-1"
    assert set(sent.granted) == set(Privilege) - {Privilege.START}
    assert sent.held_ms >= 1000
    assert sent.responsibilities == LIST.digest, "a yes acknowledges the list that is shown"
    page.mouse.up()


def test_a_yes_to_watching_takes_on_no_part(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    page.click('[data-privilege="start"]')
    page.click('[data-privilege="edit"]')
    page.click('[data-privilege="patient"]')
    press_hold(page, "allow")
    assert site.door.wait_command("answer_request").responsibilities is None
    page.mouse.up()


def test_a_list_that_changes_under_the_finger_is_not_acknowledged(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    press_hold(page, "allow")
    changed = LIST.model_copy(update={"digest": "e" * 64})
    drawn = exam(responsibilities=changed, **POSITIONED)
    site.door.show(view(exam=drawn, checklist=checklist(7), control=request()))
    expect(page.locator('[data-hold="allow"]')).not_to_have_class(HOLDING)
    pass_time(page, 1100)
    assert not site.door.commands("answer_request")
    page.mouse.up()


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_all_that_is_asked_and_the_answers_fit_without_scrolling(
    browser: Browser, site: TabletSite, language: str
) -> None:
    page = open_page(browser, site, language=language)
    show(page, site, "ready-request")
    privileges = tuple(f'[data-privilege="{privilege}"]' for privilege in Privilege)
    for width, height in (LANDSCAPE, (1180, 820)):
        page.set_viewport_size({"width": width, "height": height})
        for asked in (*ANSWERS, *privileges):
            assert page.locator(asked).evaluate(IN_SIGHT), (width, asked)
        side, card = page.locator(".side").bounding_box(), page.locator(".request").bounding_box()
        assert side is not None
        assert card is not None
        assert side["y"] <= card["y"] < card["y"] + card["height"] <= side["y"] + side["height"], width
    page.context.close()


def test_the_answers_stay_in_sight_when_the_list_is_longer_than_the_page(
    browser: Browser, site: TabletSite
) -> None:
    own = tuple(Responsibility(item=f"Eigener Punkt der Klinik Nummer {n}", end=End.LOCAL) for n in range(20))
    long = LIST.model_copy(update={"items": (*LIST.items, *own)})
    page = open_page(browser, site, language="de")
    for control in (request(), request(phase=ControlPhase.REMOTE, holder="Maximiliane Hohenstein")):
        drawn = exam(responsibilities=long, **POSITIONED)
        site.door.show(view(exam=drawn, checklist=checklist(7), control=control))
        expect(page.locator(".duties")).to_contain_text("Nummer 19")
        for answer in ANSWERS:
            assert page.locator(answer).first.evaluate(IN_SIGHT), (control.phase, answer)
    page.context.close()


def test_an_item_of_the_sites_own_is_shown_as_the_site_wrote_it(page: Page, site: TabletSite) -> None:
    own = Responsibility(item="Call MR_2 desk", end=End.LOCAL)
    drawn = exam(responsibilities=LIST.model_copy(update={"items": (*LIST.items, own)}), **POSITIONED)
    site.door.show(view(exam=drawn, checklist=checklist(7), control=request()))
    expect(page.locator(".duties")).to_contain_text("Call MR_2 desk")
    do(page, "open-list")
    expect(page.locator('[data-duty="Call MR_2 desk"]')).to_contain_text("Call MR_2 desk")
    expect(page.locator('[data-duty="image_quality"]')).to_contain_text("image quality")


def test_an_item_is_moved_and_the_list_acknowledged_in_its_sheet(page: Page, site: TabletSite) -> None:
    unread = exam(responsibilities=LIST, **POSITIONED)
    site.door.show(view(exam=unread, checklist=checklist(7), control=REMOTE))
    do(page, "open-list")
    expect(page.locator('[data-duty="emergency"] button')).to_have_count(0)
    do(page, "move-documentation")
    moved = site.door.wait_command("move_responsibility")
    assert (moved.item, moved.digest) == ("documentation", LIST.digest)
    do(page, "acknowledge-list")
    assert site.door.wait_command("acknowledge_responsibilities").digest == LIST.digest


def test_a_touch_on_allow_grants_nothing(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    page.click('[data-hold="allow"]')
    pass_time(page, 1100)
    assert not site.door.commands("answer_request")


@pytest.mark.parametrize(
    "changes",
    [
        {"request_id": "request-2"},
        {"requested": (Privilege.VIEW, Privilege.START)},
        {"requested_link_loss_action": "stop_now"},
    ],
)
def test_a_request_that_changes_under_the_finger_is_not_granted(
    page: Page, site: TabletSite, changes: dict[str, Any]
) -> None:
    show(page, site, "ready-request")
    press_hold(page, "allow")
    site.door.show(
        ready_view(control=type(request()).model_validate(request().model_dump() | changes, strict=False))
    )
    expect(page.locator('[data-hold="allow"]')).not_to_have_class(HOLDING)
    pass_time(page, 1100)
    assert not site.door.commands("answer_request")
    page.mouse.up()


def test_a_request_withdrawn_under_the_finger_is_not_granted(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    press_hold(page, "allow")
    site.door.show(ready_view())
    expect(page.locator('[data-hold="allow"]')).to_have_count(0)
    pass_time(page, 1100)
    assert not site.door.commands("answer_request")
    page.mouse.up()


def test_not_now_grants_nothing_in_one_touch(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    do(page, "not-now")
    sent = site.door.wait_command("answer_request")
    assert (sent.request_id, sent.granted) == ("request-1", ())


def test_a_request_is_shown_while_somebody_else_has_control(page: Page, site: TabletSite) -> None:
    both = REMOTE.model_copy(
        update={"request_id": "request-9", "requested": (Privilege.VIEW,), "requested_by": "Trainer"}
    )
    site.door.show(ready_view(control=both))
    do(page, "not-now")
    assert site.door.wait_command("answer_request").request_id == "request-9"


@pytest.mark.parametrize(
    ("state", "button", "kind"),
    [
        ("scanning", "revoke", "revoke_control"),
        ("suspended", "revoke", "revoke_control"),
        ("suspended", "resume", "resume_control"),
        ("presence", "present", "confirm_presence"),
    ],
)
def test_one_touch_is_enough(page: Page, site: TabletSite, state: str, button: str, kind: str) -> None:
    show(page, site, state)
    do(page, button)
    site.door.wait_command(kind)


def test_take_control_back_is_in_sight_whenever_control_is_remote(page: Page, site: TabletSite) -> None:
    remote = [name for name, shown in states().items() if shown.control.phase is ControlPhase.REMOTE]
    assert len(remote) > 4
    for name in remote:
        show(page, site, name)
        assert page.locator('[data-do="revoke"]').evaluate(HIT), name


def test_the_local_half_of_first_level_is_held_and_states_its_value(page: Page, site: TabletSite) -> None:
    show(page, site, "first-level")
    press_hold(page, "first-level")
    sent = site.door.wait_command("allow_first_level")
    assert (sent.exam_id, sent.up_to_w_per_kg) == ("exam-1", 2.5)
    page.mouse.up()


@pytest.mark.parametrize(("button", "ran"), [("ran", True), ("not-ran", False)])
def test_an_unknown_start_is_settled_by_a_named_person_with_a_pin(
    page: Page, site: TabletSite, button: str, ran: bool
) -> None:
    show(page, site, "unknown-start")
    expect(page.locator(f'[data-do="{button}"]')).to_be_disabled()
    choose(page, "ben")
    do(page, button)
    type_on_pad(page, "4321")
    sent = site.door.wait_command("settle_unknown")
    assert (sent.unknown_command, sent.ran, sent.staff_id, sent.pin) == ("start-7", ran, "ben", "4321")


# ------------------------------------------------------------------ stop, silence, alarms


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
def test_stop_is_in_reach_in_every_state_and_never_next_to_allow(
    browser: Browser, site: TabletSite, size: tuple[int, int]
) -> None:
    page = open_page(browser, site, size=size)
    for name, shown in states().items():
        show(page, site, name)
        stop = page.locator(".stop")
        assert stop.evaluate(HIT), name
        if not shown.status.can_stop:
            expect(stop).to_contain_text("use the scanner’s button")
            continue
        allow = page.locator('[data-hold="allow"]')
        if allow.count():
            allow.scroll_into_view_if_needed()
            page.locator(".side").evaluate("e => e.scrollTo(0, e.scrollHeight)")
            lower, upper = stop.bounding_box(), allow.bounding_box()
            assert lower is not None
            assert upper is not None
            assert lower["y"] - (upper["y"] + upper["height"]) >= 54, name
    page.context.close()


def test_stop_stays_in_reach_under_every_sheet(page: Page, site: TabletSite) -> None:
    for count, opened in enumerate(("emergency", "people", "language"), start=1):
        page.click(f'[data-open="{opened}"]')
        page.wait_for_selector(f'[data-overlay="{opened}"]')
        assert page.locator(".stop").evaluate(HIT), opened
        page.locator(".stop").dispatch_event("pointerdown", {"button": 0})
        site.door.wait_command("tablet_stop", count)
        page.keyboard.press("Escape")
        expect(page.locator(".overlay")).to_have_count(0)


def test_stop_is_sent_when_the_finger_comes_down_without_confirmation_and_once(
    page: Page, site: TabletSite
) -> None:
    show(page, site, "scanning")
    page.locator(".stop").hover()
    page.mouse.down()
    site.door.wait_command("tablet_stop")
    page.mouse.up()
    expect(page.locator(".stop")).to_contain_text("Stopped")
    assert len(site.door.commands("tablet_stop")) == 1


def test_stop_works_from_the_keyboard(page: Page, site: TabletSite) -> None:
    page.focus(".stop")
    page.keyboard.press("Enter")
    site.door.wait_command("tablet_stop")


def test_a_stop_nobody_confirms_within_a_second_says_so(page: Page, site: TabletSite) -> None:
    show(page, site, "scanning")
    site.door.mute.add("tablet_stop")
    page.locator(".stop").click()
    expect(page.locator(".undelivered")).to_contain_text("STOP NOT CONFIRMED", timeout=2000)
    expect(page.locator(".undelivered")).to_contain_text("Use the scanner’s button")
    assert len(site.door.commands("tablet_stop")) == 1


def test_an_agent_not_heard_for_a_second_greys_everything_and_says_stop_is_not_connected(
    page: Page, site: TabletSite
) -> None:
    show(page, site, "scanning")
    page.click('[data-open="emergency"]')
    site.door.silent = True
    band = page.locator(".silent")
    expect(band).to_contain_text("STOP NOT CONNECTED", timeout=2500)
    expect(band).to_contain_text("Use the scanner’s button")
    box = band.bounding_box()
    assert box is not None
    assert box["width"] == LANDSCAPE[0]
    assert page.locator(".mid").evaluate("e => e.inert")
    assert page.locator(".stop").count() == 0
    site.door.silent = False
    expect(page.locator(".stop")).to_be_visible()
    assert not page.locator(".mid").evaluate("e => e.inert")


def test_an_agent_that_falls_silent_under_the_finger_cancels_the_hold(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-request")
    site.door.silent = True
    pass_time(page, 700)
    page.locator('[data-hold="ready"]').hover()
    page.mouse.down()
    expect(page.locator(".silent")).to_be_visible(timeout=2500)
    pass_time(page, 1100)
    page.mouse.up()
    assert not site.door.commands("confirm_patient_ready")


def test_a_lost_connection_comes_back_and_nothing_is_sent_later(page: Page, site: TabletSite) -> None:
    show(page, site, "scanning")
    site.door.links[0].close((finding(Reason.CLOSING),))
    site.door.wait_for(lambda: len(site.door.commands("tablet_hello")) == 2)
    expect(page.locator(".stop")).to_be_visible()
    assert {f.kind for f in site.door.frames} == {"tablet_hello", "tablet_beat_echo"}


def test_a_touch_is_a_sign_of_presence_in_the_next_echo(page: Page, site: TabletSite) -> None:
    before = len(site.door.commands("tablet_beat_echo"))
    site.door.wait_for(lambda: len(site.door.commands("tablet_beat_echo")) > before + 1)
    assert not any(echo.touched for echo in site.door.commands("tablet_beat_echo"))
    page.click("h1")
    site.door.wait_for(lambda: any(echo.touched for echo in site.door.commands("tablet_beat_echo")))
    seen = len(site.door.commands("tablet_beat_echo"))
    site.door.wait_for(lambda: len(site.door.commands("tablet_beat_echo")) > seen + 1)
    assert sum(echo.touched for echo in site.door.commands("tablet_beat_echo")) == 1


def test_the_squeeze_bulb_is_a_full_width_band_that_is_acknowledged(page: Page, site: TabletSite) -> None:
    show(page, site, "squeeze-bulb")
    band = page.locator('[data-alarm="squeeze_bulb"]')
    expect(band).to_contain_text("stop and talk")
    box = band.bounding_box()
    assert box is not None
    assert box["width"] == LANDSCAPE[0]
    page.click('[data-ack="alarm-squeeze_bulb"]')
    assert site.door.wait_command("tablet_acknowledge").alarm_id == "alarm-squeeze_bulb"


def test_whom_the_patient_hears_is_a_full_width_band_with_the_touch_that_cuts_it(
    page: Page, site: TabletSite
) -> None:
    show(page, site, "patient-hears")
    band = page.locator("[data-patient-hears]")
    expect(band).to_contain_text("Patient hears Maximiliane von Hohenstein-Rothenburg")
    expect(band).to_contain_text("Recording: hold your breath")
    do(page, "cut-intercom")
    site.door.wait_command("cut_intercom")
    show(page, site, "scanning")
    expect(band).to_be_hidden()


def test_an_acknowledged_alarm_stays_in_sight(page: Page, site: TabletSite) -> None:
    show(page, site, "alarms")
    expect(page.locator(".alarm-list .alarm.low")).to_contain_text("ACKNOWLEDGED · Anna Keller")


ALARM = {"active": True, "acknowledged_by": "", "since": "2026-11-24T12:00:00Z"}
BULB = ALARM | {"kind": "squeeze_bulb", "priority": "high"}
LINE = ALARM | {"kind": "link_degraded", "priority": "low"}


def test_patient_alarms_sound_at_once_and_the_others_after_ten_seconds(page: Page) -> None:
    ask = """async ([alarms, afterS]) => (await import('/sound.js'))
      .soundingPriority(alarms, Date.parse('2026-11-24T12:00:00Z') + afterS * 1000)"""

    def sounding(after_s: int, *alarms: dict[str, Any]) -> str | None:
        return page.evaluate(ask, [alarms, after_s])  # type: ignore[no-any-return]

    assert sounding(0, BULB) == "high"
    assert sounding(9, LINE) is None
    assert sounding(10, LINE) == "low"
    assert sounding(0, LINE, BULB) == "high"
    assert sounding(60, BULB | {"acknowledged_by": "Anna"}) is None
    assert sounding(60, BULB | {"active": False}) is None


def test_the_focus_goes_into_a_sheet_and_back(page: Page) -> None:
    page.focus('[data-open="language"]')
    page.keyboard.press("Enter")
    page.wait_for_selector(".sheet")
    assert page.evaluate("() => document.activeElement.closest('.sheet') !== null")
    page.keyboard.press("Escape")
    expect(page.locator('[data-open="language"]')).to_be_focused()


def test_the_emergency_card_puts_the_patient_out_before_resuscitation(page: Page, site: TabletSite) -> None:
    page.click('[data-open="emergency"]')
    words = page.locator('[data-overlay="emergency"]').inner_text()
    assert words.index("FIRST") < words.index("Then resuscitate")
    assert "Electrical emergency-off" in words
    assert page.locator('[data-overlay="emergency"] button').count() == 1


def test_every_open_interlock_says_who_can_clear_it_and_how(page: Page, site: TabletSite) -> None:
    show(page, site, "ready-door-open")
    row = page.locator('[data-interlock="patient_ready"]')
    for words in ("The door is open", "You", "Close the door"):
        expect(row).to_contain_text(words)
    expect(page.locator('[data-interlock="control"]')).to_contain_text("Remote operator")


# ------------------------------------------------------------------ languages, sizes


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT], ids=["landscape", "portrait"])
@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_nothing_overflows_and_every_target_is_large(
    browser: Browser, site: TabletSite, language: str, size: tuple[int, int]
) -> None:
    page = open_page(browser, site, language=language, size=size)
    found = {}
    for name in states():
        show(page, site, name)
        found[name] = page.evaluate(OVERFLOWING) + page.evaluate(SMALL_TARGETS)
    show(page, site, "ready-request")
    for name in ("emergency", "people", "language", "note", "mistake"):
        page.click(f'[data-open="{name}"]')
        found[name] = page.evaluate(OVERFLOWING) + page.evaluate(SMALL_TARGETS)
        page.keyboard.press("Escape")
    show(page, site, "worklist-again")
    page.click('[data-open="earlier"]')
    found["earlier"] = page.evaluate(OVERFLOWING) + page.evaluate(SMALL_TARGETS)
    choose(page, "exam-8")
    found["earlier, chosen"] = page.evaluate(OVERFLOWING) + page.evaluate(SMALL_TARGETS)
    page.keyboard.press("Escape")
    for name in ("quarantined", "correction-proposed"):
        show(page, site, name)
        do(page, "quarantine")
        found[f"{name}, open"] = page.evaluate(OVERFLOWING) + page.evaluate(SMALL_TARGETS)
        page.keyboard.press("Escape")
    page.context.close()
    assert {name: items for name, items in found.items() if items} == {}, json.dumps(found, indent=1)


def test_french_figures_have_a_comma_and_no_line_begins_with_a_question_mark(
    browser: Browser, site: TabletSite
) -> None:
    page = open_page(browser, site, language="fr")
    show(page, site, "first-level")
    expect(page.locator('[data-card="first-level"]')).to_contain_text("2,3 W/kg corps entier")
    show(page, site, "unknown-start")
    assert page.locator('[data-card="unknown"] h2').text_content() == "L’acquisition a-t-elle eu lieu\u202f?"
    show(page, site, "scanner-not-heard")
    expect(page.locator(".running")).not_to_contain_text("lance la séquence suivante")
    page.context.close()


def test_the_chosen_language_is_remembered(page: Page, site: TabletSite) -> None:
    page.click('[data-open="language"]')
    choose(page, "de")
    expect(page.locator("h1").first).to_have_text("Nächster Patient")
    page.reload()
    expect(page.locator("h1").first).to_have_text("Nächster Patient")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    site.door.wait_for(lambda: [h.language for h in site.door.commands("tablet_hello")][-1:] == ["de"])


def test_a_name_that_looks_like_markup_is_shown_as_text(page: Page, site: TabletSite) -> None:
    nasty = exam()
    assert nasty.patient is not None
    patient = nasty.patient.model_copy(update={"name": "<img src=x onerror=alert(1)>"})
    site.door.show(view(exam=nasty.model_copy(update={"patient": patient}), checklist=checklist(0)))
    expect(page.locator(".patient-line")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator('img[src="x"]').count() == 0


# ------------------------------------------------------------------ cameras


def test_a_camera_is_paused_and_resumed_and_its_state_is_said(page: Page, site: TabletSite) -> None:
    show(page, site, "scanning")
    opener = page.locator('[data-open="cameras"]')
    expect(opener).to_have_text("1 paused")
    opener.click()
    expect(page.locator('[data-camera="patient"]')).to_contain_text("paused by the site")
    expect(page.locator('[data-camera="injector"]')).to_contain_text("no picture: it was unplugged")
    do(page, "resume-patient")
    resumed = site.door.wait_command("pause_source")
    assert (resumed.source, resumed.paused) == ("patient", False)
    do(page, "pause-room")
    paused = site.door.wait_command("pause_source", 2)
    assert (paused.source, paused.paused) == ("room", True)


def test_a_site_without_cameras_shows_no_button_for_them(page: Page, site: TabletSite) -> None:
    show(page, site, "worklist")
    expect(page.locator('[data-open="cameras"]')).to_have_count(0)


# ------------------------------------------------------------------ talk


@pytest.fixture
def talk(site: TabletSite) -> Iterator[AgentTalk]:
    with media_kit.correct(media_kit.Reach(addresses=("127.0.0.1",))):
        made = AgentTalk(site.door)
        yield made
        made.close()


def test_the_room_is_heard_only_with_the_microphone_open_and_hears_the_desk(
    page: Page, site: TabletSite, talk: AgentTalk
) -> None:
    show(page, site, "scanning")
    do(page, "talk-on")
    site.door.wait_command("open_talk")
    talk.offer("m-1")
    talk.take_answer(site.door.wait_command("answer_talk").sdp)
    card = page.locator(".talk")
    expect(card).to_contain_text("Microphone muted")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.3")
    assert talk.loud == 0
    do(page, "talk-open")
    expect(card).to_contain_text("Microphone open")
    site.door.wait_for(lambda: talk.loud > 3, within_s=10.0)
    do(page, "talk-off")
    assert site.door.wait_command("close_talk").media_id == "m-1"
    expect(page.locator('[data-do="talk-on"]')).to_be_visible()


def test_can_you_hear_me_is_answered_by_a_touch_that_opens_the_microphone(
    page: Page, site: TabletSite, talk: AgentTalk
) -> None:
    show(page, site, "audio-check")
    expect(page.locator('[data-do="check-hears"]')).to_have_count(0)  # without sound nobody hears
    do(page, "talk-on")
    site.door.wait_command("open_talk")
    talk.offer("m-1")
    talk.take_answer(site.door.wait_command("answer_talk").sdp)
    expect(page.locator(".check")).to_contain_text("Remote MERM asks: “Can you hear me?”")
    expect(page.locator(".talk:not(.check)")).to_contain_text("Microphone muted")
    do(page, "check-hears")
    answered = site.door.wait_command("answer_audio_check")
    assert (answered.check_id, answered.hears) == ("c-1", True)
    expect(page.locator(".talk:not(.check)")).to_contain_text("Microphone open")
    check = states()["audio-check"].audio_check
    assert check is not None
    passed = check.model_copy(update={"phase": AudioCheckPhase.PASSED})
    site.door.show(states()["scanning"].model_copy(update={"audio_check": passed}))
    expect(page.locator(".check")).to_contain_text("Both ends hear each other")
    page.evaluate(UNPLUGGED)
    site.door.wait_command("void_audio_check")


UNPLUGGED = """() => {
  navigator.mediaDevices.enumerateDevices = async () => [];
  navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
}"""
"""What the browser says when the last microphone and loudspeaker were unplugged; its fake ones cannot be."""


def test_talk_that_was_cut_is_asked_for_again_with_the_microphone_muted(
    page: Page, site: TabletSite, talk: AgentTalk
) -> None:
    show(page, site, "scanning")
    site.door.show(states()["scanning"].model_copy(update={"sources": ()}))  # talk needs no camera
    do(page, "talk-on")
    site.door.wait_command("open_talk")
    talk.offer("m-1")
    talk.take_answer(site.door.wait_command("answer_talk").sdp)
    do(page, "talk-open")
    expect(page.locator(".talk")).to_contain_text("Microphone open")
    down = finding(Reason.MEDIA_DOWN, why="it is started again")
    talk.end(TalkClosed(media_id="m-1", findings=(down,)))
    expect(page.locator(".talk")).to_contain_text("Sound is being connected")
    site.door.wait_command("open_talk", 2)
    talk.offer("m-2")
    answer = site.door.wait_command("answer_talk", 2)
    assert answer.media_id == "m-2"
    talk.take_answer(answer.sdp)
    expect(page.locator(".talk")).to_contain_text("Microphone muted")


ASKED = """() => {
  const media = navigator.mediaDevices, real = media.getUserMedia.bind(media);
  window.given = [];
  media.getUserMedia = async (what) => {
    await new Promise((answered) => (window.say_yes = answered));
    const stream = await real(what);
    window.given.push(...stream.getTracks());
    return stream;
  };
}"""
"""The browser asks the person, who takes their time."""


def test_a_microphone_that_comes_after_talk_was_switched_off_is_let_go(page: Page, site: TabletSite) -> None:
    show(page, site, "scanning")
    page.evaluate(ASKED)
    do(page, "talk-on")
    do(page, "talk-off")
    page.evaluate("() => window.say_yes()")
    page.wait_for_function("() => window.given.length && window.given.every((t) => t.readyState === 'ended')")


def test_a_tablet_that_is_paired_no_more_lets_its_microphone_go(
    page: Page, site: TabletSite, talk: AgentTalk
) -> None:
    show(page, site, "scanning")
    page.evaluate(ASKED)
    do(page, "talk-on")
    page.evaluate("() => window.say_yes()")
    site.door.wait_command("open_talk")
    site.pairing.revoked = True
    try:
        page.wait_for_function("() => window.given.every((t) => t.readyState === 'ended')")
    finally:
        site.pairing.revoked = False


def test_the_tablets_camera_runs_only_while_it_is_seen(page: Page, site: TabletSite, talk: AgentTalk) -> None:
    show(page, site, "scanning")
    do(page, "talk-on")
    site.door.wait_command("open_talk")
    talk.offer("m-1", takes_camera=True)
    talk.take_answer(site.door.wait_command("answer_talk").sdp)
    expect(page.locator('[data-do="talk-camera"]')).to_be_enabled()
    assert talk.pictures == 0
    do(page, "talk-camera")
    expect(page.locator('[data-do="talk-camera"]')).to_have_text("Camera off")
    site.door.wait_for(lambda: talk.pictures > 2, within_s=10.0)
    own = SourceView(
        source="door",
        kind=SourceKind.PATIENT,  # whatever it shows, it is the tablet's own
        title="Tablet",
        state=SourceState.PAUSED,
        from_tablet=True,
    )
    site.door.show(states()["scanning"].model_copy(update={"sources": (own,)}))
    expect(page.locator('[data-do="talk-camera"]')).to_have_text("Camera on")
