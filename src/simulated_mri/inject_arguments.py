"""`simulated-mri inject WHAT …`: each kind of injection on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from simulated_mri.arguments import between, language, languages, words

Content = dict[str, object]
_LANDMARKS = ("nasion", "chin", "sternum", "iliac_crest", "knee")
_POSITIONS = ("HFS", "HFP", "HFDR", "HFDL", "FFS", "FFP", "FFDR", "FFDL")


def add_inject(inject: argparse.ArgumentParser) -> None:
    """All kinds; `options.injection(options)` is then what the message says."""
    inject.add_argument("--url", required=True, help="ws://127.0.0.1:PORT of the injection port")
    inject.add_argument("--secret-file", type=Path, required=True, metavar="G", help="the room's secret")
    kinds = inject.add_subparsers(required=True, metavar="WHAT")

    def kind(
        name: str, help_words: str, content: Callable[[argparse.Namespace], Content], *choices: str
    ) -> argparse.ArgumentParser:
        added = kinds.add_parser(name, help=help_words, description=help_words)
        if choices:
            added.add_argument("what", choices=choices)
        added.set_defaults(injection=partial(_with_kind, name.replace("-", "_"), content))
        return added

    _add_room(kind)
    _add_patient(kind)
    for name, help_words in (
        ("hang", "answer no agent for so many seconds; the scan goes on"),
        ("delay-start", "answer the next accepted start so many seconds late"),
        ("accept-late", "carry the next start out so many seconds late"),
    ):
        kind(name, help_words, lambda o: {"seconds": o.seconds}).add_argument("seconds", type=between(0, 600))


_Kind = Callable[..., argparse.ArgumentParser]


def _add_room(kind: _Kind) -> None:
    kind("door", "open or close the door", lambda o: {"open": o.what == "open"}, "open", "close")
    coil = kind(
        "coil", "plug a coil in or out",
        lambda o: {"name": o.name if o.what == "connect" else None}, "connect", "disconnect",
    )  # fmt: skip
    coil.add_argument("name", nargs="?", type=words, default="Head 20", help="default: %(default)s")
    table = kind(
        "table", "gantry buttons, or pushed by hand",
        lambda o: {"to": o.what.replace("-", "_"), "table_mm": o.mm}, "in", "out", "by-hand",
    )  # fmt: skip
    table.add_argument("--mm", type=between(-500, 2000), default=300.0, help="where by hand (default 300)")
    fault = kind(
        "fault", "raise or clear a fault",
        lambda o: {"words": o.words if o.what == "raise" else None}, "raise", "clear",
    )  # fmt: skip
    fault.add_argument("words", nargs="?", type=words, default="gradient amplifier", help="in words")
    helium = kind("helium", "what the level gauge shows", lambda o: {"percent": o.percent})
    helium.add_argument("percent", type=between(0, 100), help="below 50 the scanner does not scan")
    for name, help_words in (("cooling", "the cooling"), ("rf-amplifier", "the RF amplifier")):
        kind(
            name, f"{help_words} fails, or works again",
            lambda o: {"working": o.what == "restore"}, "fail", "restore",
        )  # fmt: skip
    kind(
        "emergency-stop", "the electrical emergency stop (not a quench)",
        lambda o: {"pressed": o.what == "press"}, "press", "release",
    )  # fmt: skip


def _add_patient(kind: _Kind) -> None:
    kind("bulb", "squeeze or release the bulb", lambda o: {"pressed": o.what == "press"}, "press", "release")
    patient = kind("patient", "another character on the table", _character)
    for option, low, high, default in (
        ("heart-rate-per-min", 20, 220, 68),
        ("breaths-per-min", 4, 60, 14),
        ("breath-hold-s", 0, 120, 24),
        ("spo2-percent", 50, 100, 98),
        ("claustrophobia", 0, 1, 0),
        ("reaction-s", 0, 10, 0.6),
        ("extrasystoles", 0, 1, 0),
    ):
        patient.add_argument(f"--{option}", type=between(low, high), default=default, metavar="X")
    patient.add_argument(
        "--languages", type=languages, default=(), metavar="XX,YY", help="they understand; default: all"
    )
    motion = kind(
        "motion", "the patient moves now",
        lambda o: {"what": o.what, "size": o.size, "for_s": o.for_s}, "nod", "cough", "shift", "drift",
        "pulsation",
    )  # fmt: skip
    motion.add_argument(
        "size", type=between(-45, 45), help="degrees of a nod; mm of the others; mm/min of a drift"
    )
    motion.add_argument("--for-s", type=between(0.1, 3600), metavar="S", help="come back after so long")
    kind("tell", "speak to the patient", lambda o: {"what": o.what}, "hold", "breathe", "comfort", "fright")
    command = kind(
        "breath-command", "what the intercom says; obeyed in a language that the patient knows",
        lambda o: {"breath": o.what.replace("-", "_"), "language": o.language},
        "breathe-in", "breathe-out", "hold", "breathe",
    )  # fmt: skip
    command.add_argument("--language", type=language, metavar="XX", help="left out: the patient's own")
    sensor = kind(
        "sensor", "attach or remove a sensor",
        lambda o: {"attached": o.what == "attach", "sensor": o.sensor}, "attach", "remove",
    )  # fmt: skip
    sensor.add_argument("sensor", choices=("ecg", "pulse", "respiration", "spo2"))
    lying = kind(
        "lying", "how the patient really lies", lambda o: {"position": o.position, "landmark": o.landmark}
    )
    lying.add_argument("--position", choices=_POSITIONS)
    lying.add_argument("--landmark", choices=_LANDMARKS)
    kind(
        "contrast", "contrast agent, needle and vein", lambda o: {"what": o.what.replace("-", "_")},
        "given", "extravasated", "new-needle",
    )  # fmt: skip
    implant = kind("implant", "the limit on an implant's label", lambda o: {"b1_rms_ut": o.b1_rms_ut})
    implant.add_argument("b1_rms_ut", nargs="?", type=between(0.01, 30), help="µT B1+rms; left out: none")


def _character(options: argparse.Namespace) -> Content:
    names = (
        "heart_rate_per_min", "breaths_per_min", "breath_hold_s", "spo2_percent", "claustrophobia",
        "reaction_s", "languages", "extrasystoles",
    )  # fmt: skip
    return {name: getattr(options, name) for name in names}


def _with_kind(
    name: str, content: Callable[[argparse.Namespace], Content], options: argparse.Namespace
) -> Content:
    return {"kind": name, **content(options)}
