"""`scripts/bench NAME`: measure, show a table, and keep it as JSON where asked."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

from benches.report import Row, as_json, as_table, machine

BENCHES = {
    "control": "the path of a start and of a stop: delays, memory, start of the console, observers",
    "simulator": "the simulated scanner's physics: slices, updates, a slab, four scanners, stops",
    "media": "pictures and sound beside unmodified aiortc: ages, losses, outages, processors, memory",
}


SOAKS = ("media",)
"""Benches that have a long run, which looks for what grows."""
SOAK_MINUTES = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """0: measured, whether or not the goals were met; 1: it could not be; 2: wrong usage."""
    options = _parser().parse_args(arguments)
    if options.soak is not None and options.name not in SOAKS:
        print(f"bench: --soak is for {', '.join(SOAKS)} only", file=sys.stderr)
        return 2
    if options.json is not None and (options.json.is_dir() or not options.json.parent.is_dir()):
        print(
            f"bench: --json {options.json} cannot be written: name a file in a directory there is",
            file=sys.stderr,
        )
        return 1
    from rig.processes import RigError

    from benches.samples import Disturbed
    from remote_console.link import LinkError

    measure: Callable[[], list[Row]] = import_module(f"benches.{options.name}").run
    if options.soak is not None:
        measure = partial(import_module(f"benches.{options.name}_soak").run, options.soak)
    where = machine()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started ends with the bench
    try:
        rows = measure()
    except KeyboardInterrupt:
        print("bench: told to end", file=sys.stderr)
        return 130
    except (RigError, LinkError, Disturbed, OSError) as error:
        print(f"bench: {options.name} could not be measured: {error}", file=sys.stderr)
        return 1
    where["load_1_min_after"] = machine()["load_1_min"]
    print(as_table(rows))
    print(f"\n{where['cpu']}, {where['cores']} cores, Python {where['python']}; load {where['load_1_min']}")
    if options.json is not None:
        text = json.dumps(as_json(options.name, where, rows), indent=1, ensure_ascii=False)
        try:
            options.json.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            print(f"bench: --json {options.json} cannot be written: {error.strerror}", file=sys.stderr)
            return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name}  {words}" for name, words in BENCHES.items())
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure the running system, beside a peer where there is one.",
        epilog=f"benches:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME", type=_name, help="which bench; see below")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report to FILE as well")
    parser.add_argument(
        "--soak",
        type=int,
        nargs="?",
        const=SOAK_MINUTES,
        metavar="MINUTES",
        help=f"instead one long run that looks for what grows, {SOAK_MINUTES} min (media only)",
    )
    return parser


def _name(word: str) -> str:
    if word not in BENCHES:
        raise argparse.ArgumentTypeError(f"there is no bench {word!r}; there are: {', '.join(BENCHES)}")
    return word


if __name__ == "__main__":
    sys.exit(main())
