"""English words that agents and scanners send, known again, so that a desk says them in its language.

- A template is known again word for word; what fills its placeholders is known again in turn.
- A number in them is said as fields say it: without zeros that end its decimals.
- What is not known is shown as it came: nothing is guessed, nothing is lost.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mr_contract.explanations import EXPLANATIONS
from mr_contract.findings import finding
from mr_contract.vocabulary import Privilege
from remote_console.core.device_words import DEVICE_SENTENCES
from remote_console.core.phrases import Phrase, ReasonWords, Words, p, verbatim
from remote_console.core.responsibility_words import ITEM_WORDS, item_words
from remote_console.core.vocabulary_words import PRIVILEGE_WORDS

TEMPLATES: tuple[Phrase, ...] = (
    # notes of closed interlocks
    p("{count} checked in"),
    p("no implant"),
    p("implants not known"),
    p("1 implant"),
    p("{count} implants"),
    p("normal mode"),
    p("first level to {value} W/kg, PNS {pns} %"),
    p("first level to {value} W/kg"),
    p("first level to PNS {pns} %"),
    p("waived by the site's policy"),
    p("{running} of {limit} running"),
    # the read-back of the last command
    p("start {step}"),
    p("stop"),
    # figures of findings
    p("{step} is running"),
    p("The scanner is {activity}"),
    p("idle"),
    p("preparing"),
    p("acquiring"),
    p("stopping"),
    p("fault"),
    p("weight"),
    p("height"),
    p("position"),
    p("a registered technologist"),
    p("two people, one of them a technologist"),
    p("a trained aide or a technologist"),
    p("no console has control"),
    p("the console has not said it yet"),
    p("no fresh word from {site}"),
    p("unnamed"),
    p("{sar} W/kg whole body, PNS {pns} %"),
    p("{sar} W/kg whole body"),
    p("PNS {pns} %"),
    p("{value} of {limit} W/kg whole body"),
    p("{value} of {limit} W/kg head"),
    # figures of the timeline
    p("yes"),
    p("patient"),
    p("side"),
    p("procedure"),
    p("no"),
    p("spoken name"),
    p("birth date"),
    p("wristband"),
    p("patient id"),
    p("photo id"),
    p("isocentre"),
    p("out"),
    p("elsewhere"),
    p("nasion"),
    p("chin"),
    p("sternum"),
    p("iliac crest"),
    p("knee"),
    p("the agent started again"),
    p("stopped by {name}"),
    p("the table was moved by hand"),
    p("the table was moved"),
    p("the coil was changed"),
    p("fault: {fault}"),
    p("B1+rms of the last 10 s is {value}: above the implant's label, {limit}"),
    # why the simulated scanner changes or refuses a value
    p("{value} is not available: {offered} (echo spacing {spacing}, {echoes} echoes)"),
    p("echo times are multiples of the echo spacing, now {spacing}"),
    p("{label} goes in steps of {step}"),
    p("pulse, gradients and half the readout need this long at this bandwidth"),
    p("{value} is too short for pulse, gradients and half the readout: at least {least}"),
    p("{count} slices do not fit into TR {tr} at once (that needs {least})"),
    p("TR {tr} is shorter than what one repetition holds: at least {least}"),
    p(
        "TR {tr} is too short for the RF amplifier, on for {duty} of it ({most} are allowed): "
        "at least {least}"
    ),
    p("all that one repetition holds needs this long"),
    p("inversion time {ti} is shorter than what must happen before the readout: {least}"),
    p("everything before the first readout needs this long"),
    p("TI {ti} holds the trains of fewer slices at a time"),
    p("the readout gradient allows no smaller field of view at this bandwidth and matrix"),
    p(
        "{value} field of view needs a stronger readout gradient than there is at {bandwidth} and a matrix "
        "of {matrix}: at least {least}"
    ),
    p(
        "{value} field of view needs a stronger readout gradient than can be turned round in time at "
        "{bandwidth} and a matrix of {matrix}: at least {least}"
    ),
    p("the slice gradient selects no thinner slice"),
    p("{value} is thinner than the slice gradient can select: at least {least}"),
    p("slices must not overlap: spacing follows thickness"),
    p("slices must not overlap: thickness follows spacing"),
    p("the partitions of a 3D sequence touch: spacing follows thickness"),
    p("the partitions of a 3D sequence touch: thickness follows spacing"),
    p("{spacing} spacing does not suit {thickness} thickness: slices must not overlap"),
    p("{spacing} spacing does not suit {thickness} thickness: the partitions of a 3D sequence touch"),
    p("there are only {count} slices to share out"),
    p("there are only {count} lines to encode"),
    p("{value} concatenations are more than the {count} slices to share out"),
    p("turbo factor {value} is more than the {count} lines of the matrix"),
    p("turbo factor {value} is more than the {count} lines to encode"),
    p("the first readout and the rewinding gradient need this long"),
    p("{value} between the echoes is too short for the first readout: at least {least}"),
    p("fat is opposed to water"),
    p("fat turns by half a turn more"),
    p("at this time {what}"),
    p("{value} is not available: {offered}, when {what}"),
    p("the echo of a balanced sequence comes at half of TR"),
    p("{value} is not half of TR ({half}), where a balanced echo comes"),
    p("a 3D sequence has one slab, {count} groups are planned"),
    p("{slices} slices cannot be shared out among {groups} groups"),
    p("{first} or {second} ms"),
    # why the patient's intercom fails
    *DEVICE_SENTENCES,
)
"""Tried in this order."""

_NUMBER = re.compile(r"(-?\d+\.\d+)(| \S{1,8})")
_PLACEHOLDER = re.compile(r"{(\w+)}")


def _pattern(text: str) -> re.Pattern[str]:
    parts = _PLACEHOLDER.split(text)
    made = "".join(re.escape(x) if n % 2 == 0 else f"(?P<{x}>.+?)" for n, x in enumerate(parts))
    return re.compile(made)


_PATTERNS = tuple((_pattern(t.text), t) for t in TEMPLATES)
_TEXTS = frozenset(t.text for t in TEMPLATES)
_REASONS = {e.text: reason for reason, e in EXPLANATIONS.items() if not _PLACEHOLDER.search(e.text)}


@lru_cache(maxsize=1024)
def known(words: str) -> Words:
    """The words as a sentence of the catalogues where they are known, else as they came."""
    if words in ITEM_WORDS:
        return item_words(words)
    if words in _REASONS:
        return ReasonWords(finding(_REASONS[words]), "text")
    for pattern, template in _PATTERNS:
        found = pattern.fullmatch(words)
        if found is not None:
            return Phrase(template.text, tuple((k, _inner(k, v)) for k, v in found.groupdict().items()))
    parts = words.replace("_", " ").split(", ")
    if _TEXTS.issuperset(parts):
        return p("{names}", names=tuple(p(part) for part in parts))
    return verbatim(words)


def _inner(name: str, value: str) -> Words:
    """A label is a sentence of its own; a number is said as fields say it; the rest may be known in turn."""
    if name == "label":
        return p(value)
    number = _NUMBER.fullmatch(value)
    return verbatim(number[1].rstrip("0").rstrip(".") + number[2]) if number else known(value)


def known_privileges(words: str) -> Words:
    """Privileges as one line of their words."""
    parts = words.replace(",", " ").split()
    if not parts or not set(parts) <= set(Privilege):
        return verbatim(words)
    return p("{names}", names=tuple(PRIVILEGE_WORDS[Privilege(x)] for x in parts))
