"""What the local operator does before a scan, through the tablet's endpoints and the room."""

from __future__ import annotations

from rig.scanner import RigScanner
from rig.site import STAFF
from rig.tablet import TabletHand

HELD_MS = 1100


async def check_in(tablet: TabletHand) -> None:
    """Both people of the site, each with their PIN."""
    for staff_id, _, _, _, pin in STAFF:
        await tablet.must("check_in", staff_id=staff_id, pin=pin)


async def take_patient(tablet: TabletHand, item_id: str) -> None:
    """The next patient of the worklist, identity by two identifiers, screening by two people."""
    await tablet.must("take_patient", item_id=item_id)
    await tablet.until(lambda view: view["exam"] is not None, "an open exam")
    exam = tablet.exam_id
    identifiers = ["spoken_name", "birth_date"]
    await tablet.must("confirm_identity", exam_id=exam, identifiers=identifiers, staff_id="anna")
    await tablet.must(
        "record_screening", exam_id=exam, questions_answered=True, implants=[], implant_free=True
    )
    for staff_id, _, _, _, pin in STAFF:
        await tablet.must("sign_screening", exam_id=exam, staff_id=staff_id, pin=pin)
    await tablet.must("confirm_full_stop", exam_id=exam)


async def position(tablet: TabletHand, scanner: RigScanner) -> None:
    """Weight, height, position, coil, landmark, table to the isocentre; out of the room, door closed."""
    exam = tablet.exam_id
    await tablet.must("record_patient_data", exam_id=exam, weight_kg=82.0, height_cm=175.0, position="HFS")
    await scanner.inject("door", open=True)
    await scanner.inject("coil", name=scanner.coil)
    await tablet.until(lambda view: view["status"]["room"]["coil"] is not None, "the coil")
    await tablet.must("set_landmark", exam_id=exam, landmark=scanner.landmark)
    await tablet.must("move_table", to="isocentre")
    await tablet.until(
        lambda view: view["status"]["room"]["table"] == "isocentre", "the table at the isocentre", 60.0
    )
    await scanner.inject("door", open=False)
    await tablet.until(lambda view: view["status"]["room"]["door_closed"] is True, "the door closed")


async def hold_ready(tablet: TabletHand) -> None:
    """One hold: positioning and room."""
    await tablet.must("confirm_patient_ready", exam_id=tablet.exam_id, held_ms=HELD_MS)


async def allow(tablet: TabletHand, privileges: tuple[str, ...] = ("view", "talk", "edit", "start")) -> None:
    """Say yes to the request and the list that are shown, and wait until the request is shown no more."""
    view = await tablet.until(lambda v: v["control"]["request_id"] is not None, "a request for control")
    request_id = view["control"]["request_id"]
    fields = {"request_id": request_id, "granted": list(privileges), "held_ms": HELD_MS}
    if view["exam"] is not None:
        fields["responsibilities"] = view["exam"]["responsibilities"]["digest"]
    await tablet.must("answer_request", **fields)
    await tablet.until(lambda v: v["control"]["request_id"] != request_id, "the request answered")


async def end_exam(tablet: TabletHand) -> None:
    """The table out, where the next landmark is set, and the exam closed."""
    await tablet.must("move_table", to="out")
    await tablet.until(lambda view: view["status"]["room"]["table"] == "out", "the table out", 60.0)
    await tablet.must("close_exam", exam_id=tablet.exam_id)
