"""What the items of the list of who does what are called."""

from __future__ import annotations

from types import MappingProxyType

from mr_contract.responsibilities import KnownItem
from remote_console.core.phrases import Words, p, verbatim

ITEM_WORDS = MappingProxyType(
    {
        KnownItem.PATIENT_IDENTIFICATION: p("patient identification"),
        KnownItem.SAFETY_SCREENING: p("MR safety screening"),
        KnownItem.ROOM_ACCESS: p("access to the magnet room"),
        KnownItem.INFORMING_PATIENT: p("informing the patient, hearing protection"),
        KnownItem.POSITIONING_AND_COIL: p("positioning and coil"),
        KnownItem.CONTRAST_INJECTION: p("contrast injection"),
        KnownItem.WATCHING_PATIENT: p("watching the patient"),
        KnownItem.TALKING_WITH_PATIENT: p("talking with the patient"),
        KnownItem.PROTOCOL_AND_SLICES: p("protocol and slice planning"),
        KnownItem.EXPOSURE_LIMITS: p("SAR, PNS and operating mode"),
        KnownItem.IMAGE_QUALITY: p("image quality"),
        KnownItem.DOCUMENTATION: p("documentation of the exam"),
        KnownItem.ENDING_EXAM: p("ending the exam, patient out"),
        KnownItem.EMERGENCY: p("emergency"),
    }
)


def item_words(item: str) -> Words:
    """A known item in the language of the desk; one of the site's own as the site wrote it."""
    return ITEM_WORDS[KnownItem(item)] if item in tuple(KnownItem) else verbatim(item)
