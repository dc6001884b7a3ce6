"""The story: one remote exam at scanner A, each step observed from another side than the one that acted.

Actions go through the real widgets of the console and the tablet's real endpoints; observations come
from the other end's screen, the agent's journal, the scanner's own log, or the disk.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pydicom
from PySide6.QtCore import QPoint
from rig import preparing
from rig.deskhand import DeskHand
from rig.output import CONSOLE, HEAD, IMAGES, JOURNAL, copy_journal, cut_journal
from rig.processes import RigError
from rig.report import Report, Step
from rig.system import MERM, System
from rig.tablet import TabletHand

from mr_contract.vocabulary import BreathCommand, StepState
from remote_console.link import LinkThread

LOCALIZER, T2 = "Localizer 3-plane", "T2 TSE ax"
AT_ONCE_MS = 1000.0
MOST_LOCAL_HOLDS = 5

Play = Callable[["Story"], None]
_STEPS: list[tuple[str, Play]] = []


def step(name: str) -> Callable[[Play], Play]:
    """Add a step to the story, in the order of the source."""

    def add(play: Play) -> Play:
        _STEPS.append((name, play))
        return play

    return add


class Story:
    """What the steps share."""

    def __init__(self, system: System, desk: DeskHand, background: LinkThread, out: Path) -> None:
        self.system, self.desk, self._background, self.out = system, desk, background, out
        self.report = Report()
        self.tablet: TabletHand | None = None
        self.began_s = time.monotonic()
        self.memory: dict[str, Any] = {}
        self._step: Step | None = None

    def play(self) -> Report:
        """Every step in order, until one is not observed."""
        names = [name for name, _ in _STEPS]
        for number, (name, act) in enumerate(_STEPS):
            began_s = time.monotonic() - self.began_s
            self._step = Step(name, began_s)
            self.report.steps.append(self._step)
            try:
                act(self)
                if not self._step.seen:
                    raise RigError("nothing was observed")
            except (RigError, OSError, KeyError, StopIteration) as error:
                self._step.failed = str(error) or type(error).__name__
                self.report.not_reached = names[number + 1 :]
            self._step.took_s = time.monotonic() - self.began_s - began_s
            print(f"  {'✗' if self._step.failed else '✓'} {name} ({self._step.took_s:.1f} s)", flush=True)
            if self._step.failed:
                print(f"    {self._step.failed}", flush=True)
                break
        if self.tablet is not None:
            self.away(self.tablet.__aexit__(None, None, None))
        return self.report

    # ------------------------------------------------------------ two sides

    @property
    def hand(self) -> TabletHand:
        if self.tablet is None:
            raise RigError("the tablet is not paired yet")
        return self.tablet

    def away(self, work: Awaitable[Any]) -> Any:
        """Do something at the site while the window lives."""

        async def run() -> Any:
            return await work

        return self.desk.wait_for(self._background.submit(run()))

    def seen(self, where: str, what: str) -> None:
        """Note an observation."""
        if self._step is not None:
            self._step.seen.append((where, what))

    def scanner_log(self, kind: str, count: int = 1, **fields: Any) -> dict[str, Any]:
        """Wait until the scanner's own log holds the event so many times; the last of them."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            events = self.away(self.system.scanners[0].log())
            found[:] = [
                e for e in events if e["kind"] == kind and all(e.get(k) == v for k, v in fields.items())
            ]
            return len(found) >= count

        self.desk.until(there, f"{kind} in the scanner's own log")
        event = found[-1]
        self.seen("scanner's own log", f"event {event['number']}: {kind}")
        return event

    def journal(self, kind: str, count: int = 1) -> dict[str, Any]:
        """Wait until the agent's journal holds the event so many times; the body of the last."""
        found: list[dict[str, Any]] = []

        def there() -> bool:
            records = self.away(asyncio.to_thread(self.system.north.records))
            found[:] = [r for r in records if r["kind"] == kind]
            return len(found) >= count

        self.desk.until(there, f"{kind} in the journal")
        self.seen("agent's journal", f"record {found[-1]['seq']}: {kind}")
        body: dict[str, Any] = found[-1]["body"]
        return body

    def console(self, holds: Callable[[], Any], what: str, within_s: float = 20.0) -> Any:
        """Wait until the console shows something."""
        value = self.desk.until(holds, what, within_s)
        self.seen("console window", what)
        return value

    def at_tablet(self, holds: Callable[[dict[str, Any]], bool], what: str, within_s: float = 15.0) -> None:
        """Wait until the tablet is shown something."""
        self.away(self.hand.until(holds, what, within_s))
        self.seen("tablet", what)

    def rows(self) -> str:
        """The readiness list as it stands in the window."""
        return "\n".join(self.desk.window.readiness.row_texts())


# ------------------------------------------------------------------ the site prepares


@step("The console lists two sites and three scanners")
def _fleet(story: Story) -> None:
    story.console(lambda: len(story.desk.scanners) == 3, "three scanners on the fleet strip")
    story.console(
        lambda: all(s.status and s.status.activity for s in story.desk.scanners),
        "all three say they are idle",
    )
    story.desk.look_at("North · MR 1")
    for site in story.system.sites:
        opened = [r for r in site.records() if r["kind"] == "link_opened"]
        story.seen(f"journal of {site.name}", f"{len(opened)} link(s) of {opened[-1]['body']['by']}")


@step("A tablet is paired with scanner A; two people check in with their PINs")
def _pair(story: Story) -> None:
    tablet = story.system.north.tablet(story.system.scanners[0])
    story.tablet = story.away(tablet.__aenter__())
    story.away(preparing.check_in(story.hand))
    story.console(lambda: "2 checked in" in story.rows(), "two people checked in")
    story.journal("checked_in", 2)


@step("The next patient is taken, identified by two identifiers, screened and signed by two people")
def _patient(story: Story) -> None:
    story.away(preparing.take_patient(story.hand, "item-1"))
    story.console(lambda: story.desk.scanner.status and story.desk.scanner.status.band, "the patient band")
    body = story.journal("screening_signed", 2)
    story.seen("agent's journal", f"second signature by {body['by']}")


@step("Weight, height, position, coil, landmark; table to the isocentre; door closed")
def _position(story: Story) -> None:
    story.away(preparing.position(story.hand, story.system.scanners[0]))
    story.scanner_log("patient_registered")
    story.scanner_log("table_moved", table="isocentre")
    story.scanner_log("door_closed")


@step("Patient ready is held at the tablet")
def _ready(story: Story) -> None:
    story.away(preparing.hold_ready(story.hand))
    story.journal("patient_ready_confirmed")
    story.console(lambda: story.desk.closed("patient_ready"), "the interlock patient ready closed")


# ------------------------------------------------------------------ control


@step("The MERM asks for control; nothing happens until a finger says yes")
def _ask(story: Story) -> None:
    story.desk.click(story.desk.window.control.ask_button)
    story.at_tablet(lambda v: v["control"]["request_id"] is not None, f"{MERM} asks for control")
    story.desk.rest(0.6)
    if story.desk.scanner.control is None or story.desk.scanner.control.privileges:
        raise RigError("the console was given privileges before anyone answered")
    story.seen("console window", "still no privileges while the question stands")


@step("The local operator allows view, talk, edit, start and the patient's intercom")
def _allow(story: Story) -> None:
    story.away(preparing.allow(story.hand, ("view", "talk", "edit", "start", "patient")))
    story.console(lambda: story.desk.scanner.control and story.desk.scanner.control.yours, "you control")
    story.journal("control_granted")


@step("The MERM opens the approved protocol Brain routine")
def _protocol(story: Story) -> None:
    desk = story.desk
    desk.until(desk.window.queue.open_button.isEnabled, "Open protocol enabled")
    desk.click(desk.window.queue.open_button)
    action = desk.until(
        lambda: next((a for a in desk.window.queue.menu.actions() if "Brain routine" in a.text()), None),
        "Brain routine in the menu",
    )
    action.trigger()
    desk.window.queue.menu.close()
    body = story.journal("protocol_opened")
    story.console(
        lambda: desk.scanner.exam and len(desk.scanner.exam.steps) == len(body["steps"]), "the queue"
    )


@step("A recorded command over the intercom: the patient hears it and holds the breath")
def _breath(story: Story) -> None:
    desk, panel = story.desk, story.desk.window.patient
    hold = panel.breaths[BreathCommand.HOLD]
    desk.until(panel.recorded.isVisible, "recorded commands offered")
    desk.click(panel.recorded)
    desk.until(hold.isEnabled, "the command to hold the breath offered")
    desk.click(hold)
    story.at_tablet(lambda v: v["intercom"]["breath"] == "hold", "whom the patient hears, and what")
    story.console(
        lambda: desk.scanner.vitals and desk.scanner.vitals.respiration_per_min == 0,
        "the patient does not breathe",
    )
    body = story.journal("intercom_opened")
    story.seen("agent's journal", f"{body['heard_as']}, in {body['language']}")
    story.journal("intercom_closed")


# ------------------------------------------------------------------ the localizer


@step("The localizer is started and its picture forms")
def _localizer(story: Story) -> None:
    desk = story.desk
    desk.choose_step(LOCALIZER)
    desk.start()
    event = story.scanner_log("acquisition_started")
    story.seen("scanner's own log", f"it names the console's command {event['command_id'][:8]}…")
    story.console(lambda: desk.images_of(LOCALIZER), "previews while it runs", 30)
    story.console(lambda: desk.step(LOCALIZER).state is StepState.STORED, "the localizer stored", 60)
    story.console(lambda: desk.is_stored_shown(LOCALIZER), "three planes of the stored localizer", 30)


# ------------------------------------------------------------------ editing


@step("An impossible echo time comes back with a remedy that works")
def _remedy(story: Story) -> None:
    desk = story.desk
    desk.choose_step(T2)
    ready_before = story.hand.view["checklist"]["patient_ready"]
    desk.type_parameter("te_ms", "84")
    fields = desk.window.editor.fields
    story.console(lambda: fields["te_ms"].remedies, "why not, and what can be had instead")
    story.seen("console window", fields["te_ms"].problem.replace("\n", " ")[:150])
    desk.take_remedy("te_ms")
    body = story.journal("step_set")
    story.seen("agent's journal", f"TE is now {body['plan']['values']['te_ms']:g} ms")
    story.memory["edits"] = 1
    if not (ready_before and story.hand.view["checklist"]["patient_ready"]):
        raise RigError("the edit voided patient ready: somebody would have to walk")
    story.seen("tablet", "patient ready still holds: nobody has to walk")


@step("Matrix and slices of the T2 step are edited; the scanner says what else changed and why")
def _edit(story: Story) -> None:
    desk = story.desk
    desk.type_parameter("acquisition_matrix_phase", "224")
    body = story.journal("step_set", 2)
    story.seen("agent's journal", f"phase matrix {body['plan']['values']['acquisition_matrix_phase']:g}")
    desk.type_parameter("slice_count", "40")
    body = story.journal("step_set", 3)
    if not body["changes"]:
        raise RigError("40 slices do not fit into one repetition time, yet nothing else changed")
    for change in body["changes"]:
        words = f"{change['key']} {change['before']:g} → {change['after']:g}: {change['why']}"
        story.seen("agent's journal", f"40 slices; {words}")
    story.console(desk.window.editor.also.text, "what else changed, under the parameters")
    desk.click(desk.window.editor.undo_button)
    story.console(lambda: desk.detail_value(T2, "concatenations") == 1, "taken back: one concatenation")
    desk.type_parameter("slice_count", "20")
    story.console(lambda: desk.detail_value(T2, "slice_count") == 20.0, "20 slices in the editor")
    plan = story.journal("step_set", 5)["plan"]
    sar = plan["prediction"]["head_sar_w_per_kg"]
    story.seen("agent's journal", f"predicted: {plan['duration_s']:.0f} s, head SAR {sar:.2f} W/kg")


# ------------------------------------------------------------------ start, stop, repeat


@step("The T2 step is started")
def _start(story: Story) -> None:
    story.desk.start()
    story.scanner_log("acquisition_started", 2)
    story.at_tablet(lambda v: v["status"]["step_name"] == T2, "T2 TSE ax runs")


@step("Halfway the local operator touches STOP SCAN: it stops at once, the lines so far are kept")
def _stop(story: Story) -> None:
    desk = story.desk
    desk.until(lambda: desk.progress >= 0.4, "the scan nearly halfway", 90)
    desk.window.grab().save(str(story.out / CONSOLE))
    touched = datetime.now(UTC)
    story.away(story.hand.must("tablet_stop"))
    heard = datetime.fromisoformat(story.scanner_log("stop_received")["at"])
    took_ms = (heard - touched).total_seconds() * 1000
    if not 0 <= took_ms <= AT_ONCE_MS:
        raise RigError(f"the scanner heard the stop {took_ms:.0f} ms after the touch")
    story.seen("scanner's own log", f"heard {took_ms:.0f} ms after the touch")
    event = story.scanner_log("acquisition_ended", 2)
    kept = f"{event['lines_acquired']} of {event['lines_total']} lines kept"
    if event["complete"] or not 0 < event["lines_acquired"] < event["lines_total"]:
        raise RigError(f"the scan was not stopped halfway: {kept}")
    story.seen("scanner's own log", kept)
    story.console(lambda: desk.step(T2).state is StepState.STOPPED, "T2 TSE ax stopped")
    story.console(lambda: any(not s.complete for s in desk.series), "its series marked incomplete")


@step("It is repeated with a reason and runs to the end")
def _repeat(story: Story) -> None:
    desk = story.desk
    desk.choose_step(T2)
    desk.repeat()
    body = story.journal("step_repeated")
    story.seen("agent's journal", f"reason: {body['reason']}")
    desk.until(lambda: desk.step(T2).state is StepState.PLANNED, "the repeat in the queue")
    desk.choose_step(T2)
    desk.start()
    story.scanner_log("acquisition_started", 3)
    event = story.scanner_log("acquisition_ended", 3)
    if not event["complete"]:
        raise RigError("the repeat did not run to its end")
    story.seen("scanner's own log", f"all {event['lines_total']} lines")


@step("The series opens in the console and is on disk as DICOM")
def _series(story: Story) -> None:
    desk = story.desk
    story.console(lambda: desk.step(T2).state is StepState.STORED, "T2 TSE ax stored", 60)
    story.console(lambda: desk.is_stored_shown(T2), "its stored images", 30)
    view = desk.window.images.series
    desk.window.images.show_page(1)
    story.console(lambda: view.count == desk.images_of(T2), "all its slices in the series view")
    before, window = view.index, view.window_in_use
    desk.wheel(view, 1)
    if view.index != before + 1:
        raise RigError(f"a turn of the wheel led from slice {before + 1} to {view.index + 1}")
    story.seen("console window", f"the wheel: slice {before + 1} → {view.index + 1} of {view.count}")
    grey = view.grab().toImage()
    desk.drag_right(view, QPoint(60, 40))
    changed = view.window_in_use
    if window is None or changed is None or changed == window or view.grab().toImage() == grey:
        raise RigError("a drag with the right button did not change window and level")
    words = (
        f"level {window.centre:.0f} → {changed.centre:.0f}, window {window.width:.0f} → {changed.width:.0f}"
    )
    story.seen("console window", f"the right button: {words}")
    archive = story.system.north.folder / "archive"
    files = sorted(archive.glob("*/*/*.dcm"), key=lambda file: file.stat().st_mtime_ns)
    target = story.out / IMAGES
    for file in files:
        copy = target / file.parent.name / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    first = pydicom.dcmread(files[-1], stop_before_pixels=True)
    story.seen("the site's disk", f"{len(files)} DICOM files; the last: {first.SeriesDescription}")


# ------------------------------------------------------------------ the door, and the end


@step("The door is opened: the standing falls, START is disabled, the console says who can clear it")
def _door(story: Story) -> None:
    desk = story.desk
    desk.choose_step("FLAIR ax")
    desk.until(desk.window.readiness.start.isEnabled, "START enabled before the door is opened")
    number = desk.standing_count
    story.away(story.system.scanners[0].inject("door", open=True))
    story.scanner_log("door_opened", 2)
    story.console(lambda: not desk.window.readiness.start.isEnabled(), "START disabled")
    row = next(r for r in desk.window.readiness.row_texts() if "door" in r.lower())
    story.seen("console window", row.replace("\n", " · "))
    story.seen("console window", f"standing {number} → {desk.standing_count}")
    story.at_tablet(lambda v: not v["checklist"]["patient_ready"], "patient ready no longer holds")


@step("Control is released")
def _release(story: Story) -> None:
    story.away(story.system.scanners[0].inject("door", open=False))
    story.desk.click(story.desk.window.control.release_button)
    story.at_tablet(lambda v: v["control"]["phase"] == "local", "local control")
    story.journal("control_ended")


@step("The patient leaves, the exam is closed; nobody held or pressed more than the budget allows")
def _close(story: Story) -> None:
    hand, desk = story.hand, story.desk
    story.away(hand.must("move_table", to="out"))
    story.at_tablet(lambda v: v["status"]["room"]["table"] == "out", "the table is out", 60.0)
    story.away(hand.must("close_exam", exam_id=hand.exam_id))
    story.console(lambda: desk.scanner.exam is None, "no exam at scanner A")
    story.journal("exam_closed")
    if len(hand.holds) > MOST_LOCAL_HOLDS:
        raise RigError(f"{len(hand.holds)} local holds in one routine exam: {', '.join(hand.holds)}")
    story.seen("tablet", f"{len(hand.holds)} holds (at most {MOST_LOCAL_HOLDS}): {', '.join(hand.holds)}")
    if (desk.starts_held, desk.starts_pressed) != (1, 2):
        raise RigError(f"START was held {desk.starts_held} times and pressed {desk.starts_pressed} times")
    story.seen("console window", "START: one hold, then one press a sequence")
    refused = [r["body"] for r in story.system.north.records() if r["kind"] == "start_refused"]
    if refused:
        raise RigError(f"starts were refused for nothing: {json.dumps(refused)[:200]}")
    story.seen("agent's journal", "no start was refused")


@step("The journal is verified against the head that the console keeps; a cut copy is found out")
def _verify(story: Story) -> None:
    site, copy = story.system.north, story.out / JOURNAL
    closed = next(r["seq"] for r in site.records() if r["kind"] == "exam_closed")
    kept = story.out / HEAD
    story.console(lambda: story.desk.head_seq("North") >= closed, f"a signed head of record {closed}")
    kept.write_text(story.desk.signed_head("North"), encoding="utf-8")
    copy_journal(site.journal, copy)
    words = site.verify(copy, "--head", str(kept))
    story.seen("local-agent journal verify", words.strip().replace("\n", " "))
    cut = story.system.folder / "cut.sqlite"
    cut_journal(copy, cut, last=closed - 1)
    try:
        site.verify(cut, "--head", str(kept))
    except RigError as found:
        story.seen(
            "local-agent journal verify",
            f"cut before record {closed}: {str(found).partition(': status 1: ')[2]}",
        )
    else:
        raise RigError("a copy of the journal without its end was taken for whole")
