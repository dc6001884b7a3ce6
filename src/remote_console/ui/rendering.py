"""From the state of the desk to the widgets. No decision is made here."""

from __future__ import annotations

from datetime import datetime, tzinfo

from mr_contract.exposure import ExposurePrediction
from mr_contract.geometry import SliceGroup
from mr_contract.vocabulary import Privilege, ScannerMode
from remote_console.core.alarms import alarm_rows
from remote_console.core.control_card import control_card
from remote_console.core.effects import effect_bars
from remote_console.core.exam import queue, time_left_s
from remote_console.core.exposure_table import ExposureTable, SoFar, exposure_table
from remote_console.core.fleet import FleetState, ScannerState
from remote_console.core.fleet_cards import band, cards, connected_words, full_name
from remote_console.core.middle import editor_message, middle_message
from remote_console.core.notices import away, link_lost, refusal, stop_notice
from remote_console.core.parameters import Typed, editor
from remote_console.core.phrases import NOTHING
from remote_console.core.pictures import Pictures, StepPictures
from remote_console.core.quarantine import is_quarantined, mistakable, quarantine_card
from remote_console.core.readiness import readiness
from remote_console.core.series_list import series_rows, titled, unreadable_words
from remote_console.core.signing import signing_offer
from remote_console.core.slice_planning import extent
from remote_console.core.timeline import timeline_rows
from remote_console.core.unwritten import read_back
from remote_console.texts import say, tr
from remote_console.ui.image_area import ImageAreaState
from remote_console.ui.main_window import MainWindow


def show(
    window: MainWindow, fleet: FleetState, pictures: Pictures, *, zone: tzinfo | None, wall: datetime
) -> None:
    """Everything, from one state."""
    scanner = fleet.focused
    _show_frame(window, fleet, wall.astimezone(zone).strftime("%H:%M"))
    window.band.show_state(band(fleet, scanner) if scanner else None)
    earlier = scanner is not None and scanner.exam is None and bool(scanner.closed_exams)
    window.band.show_mistakable(can=mistakable(scanner) is not None, earlier=earlier)
    window.quarantine.show_state(quarantine_card(fleet, scanner))
    window.show_fleet_only(empty=scanner is None)
    window.link_lost.show_state(link_lost(fleet, scanner) if scanner else None)
    window.stop_notice.show_state(stop_notice(fleet))
    _show_images(window, fleet, pictures)
    if scanner is None:
        window.readiness.show_nothing()
        return
    _show_work(window, fleet, scanner)
    window.control.show_state(control_card(fleet, scanner))
    window.readiness.show_state(readiness(fleet, scanner))
    window.readiness.show_signing(signing_offer(fleet, scanner))
    window.readiness.stop.show_target(scanner.letter, full_name(scanner))
    no_stop = scanner.status is not None and not scanner.status.can_stop
    note = tr("This scanner cannot be stopped by software: call the site") if no_stop else ""
    window.readiness.show_stop_note(note)
    hello = fleet.site_of(scanner).hello
    labels = {spec.key: spec.label for detail in scanner.details.values() for spec in detail.specs}
    rows = timeline_rows(
        scanner.timeline, scanner.unwritten, you=hello.you if hello else "", zone=zone, labels=labels
    )
    heard = not fleet.site_of(scanner).silent(fleet.now_s)
    window.timeline.show_state(rows, may_talk=heard and scanner.may(Privilege.TALK))
    window.away.show_state(*away(scanner, zone=zone))
    window.refusal.show_state(*refusal(scanner))


def _show_frame(window: MainWindow, fleet: FleetState, time: str) -> None:
    hellos = [s.hello for s in fleet.sites.values() if s.hello]
    modes = [s.status.mode for s in fleet.in_order if s.status]
    simulated = bool(modes) and all(m is ScannerMode.DEMO for m in modes)
    you = hellos[0].you if hellos else ""
    window.top.show_state(connected_words(fleet), you, time, simulated=simulated)
    window.fleet.show_state(cards(fleet))
    window.alarms.show_state(alarm_rows(fleet))
    last = read_back(fleet.focused.last, fleet.focused.unwritten) if fleet.focused else read_back(None, ())
    window.status.show_state(last, len(fleet.in_order))


def _show_work(window: MainWindow, fleet: FleetState, scanner: ScannerState) -> None:
    may_edit = scanner.may(Privilege.EDIT) and not fleet.site_of(scanner).silent(fleet.now_s)
    window.queue.show_state(queue(scanner, may_edit=may_edit), scanner.colour)
    window.queue.show_protocols(scanner.protocols)
    detail, step = scanner.detail, scanner.step
    if detail is None or step is None or not scanner.may(Privilege.VIEW):
        window.editor.show_state(None, editor_message(scanner))
        window.editor.show_effects((), None)
        return
    tried = scanner.tried.step if scanner.tried and scanner.tried.step.step_id == step.step_id else None
    conflicts = (*detail.conflicts, *(tried.conflicts if tried else ()), *scanner.conflicts)
    typed = Typed(fleet.unanswered_keys(scanner), frozenset(scanner.unread))
    state = editor(detail, step.name, conflicts=conflicts, may_edit=may_edit, typed=typed)
    window.editor.show_state(state, NOTHING)
    shown = tried or detail
    window.editor.show_effects(
        effect_bars(shown, time_left_s(scanner)), _exposure(fleet, scanner, shown.prediction)
    )


def _exposure(fleet: FleetState, scanner: ScannerState, prediction: ExposurePrediction) -> ExposureTable:
    """Averages are told only by a site that is heard; their limits are those of the step that runs."""
    heard = scanner.status is not None and not fleet.site_of(scanner).silent(fleet.now_s)
    progress = scanner.status.progress if scanner.status and heard else None
    so_far = None
    if progress is not None and progress.averages is not None:
        runs = scanner.details.get(progress.step_id)
        so_far = SoFar(progress.averages, runs.prediction if runs else prediction)
    return exposure_table(prediction, scanner.exam.implants if scanner.exam else (), so_far)


def _show_images(window: MainWindow, fleet: FleetState, pictures: Pictures) -> None:
    scanner = fleet.focused
    title, text = middle_message(fleet)
    if scanner is None or scanner.exam is None or say(title):
        window.images.show_state(ImageAreaState(message_title=title, message=text))
        window.queue.show_images("", ())
        return
    step, detail = scanner.step, scanner.detail
    found = pictures.of_step(scanner.key, scanner.exam, step.step_id) if step else StepPictures()
    label, images = found.looked_at.label, found.looked_at.images
    several = len(found.series) > 1
    kept_back = (tr("QUARANTINED"),) if is_quarantined(scanner) else ()
    marks = " · ".join((*kept_back, *(tr(m) for m in images[0].marks))) if images else ""
    name = step.name if step else ""
    groups: tuple[SliceGroup, ...] = detail.slices if detail else ()
    size = extent(detail.values, len(groups)) if detail else None
    field, stack = "", ""
    if size is not None:
        field = tr("FOV {row} × {column} mm", row=f"{size.row_mm:.0f}", column=f"{size.column_mm:.0f}")
        stack = tr(
            "{count} × {thickness}, spacing {spacing} mm",
            count=str(size.count), thickness=f"{size.thickness_mm:g}", spacing=f"{size.spacing_mm:g}",
        )  # fmt: skip
    localizer = step is not None and "localizer" in step.sequence
    silent = fleet.site_of(scanner).silent(fleet.now_s)
    window.images.show_state(
        ImageAreaState(
            localizer=pictures.localizer(scanner.key, scanner.exam),
            series=images,
            series_title=titled(label) if several else name,
            rows=series_rows(found),
            mixed=found.looked_at.mixed,
            unreadable=unreadable_words(found),
            groups=() if localizer else groups,
            extent=size,
            may_edit=scanner.may(Privilege.EDIT) and not silent,
            step_name=name,
            exam_id=scanner.exam.exam_id,
            series_of=f"{scanner.exam.exam_id}/{step.step_id}/{found.place}" if step else "",
            stack_words=stack,
            field_words=field,
            quarantined=is_quarantined(scanner),
        )
    )
    heading = tr("IMAGES") + f" · {titled(label) if several else name}" + (f" · {marks}" if marks else "")
    window.queue.show_images(heading, images, quarantined=is_quarantined(scanner))
