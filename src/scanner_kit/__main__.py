"""`python -m scanner_kit URL --secret-file F`: is this adapter one?"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from scanner_kit.conformance import ConformanceError, run_conformance
from scanner_kit.secret import SecretError, read_secret_file

_ABOUT = """Check an adapter against the scanner wire protocol. The checks register a patient, move the table
and start scans: a scanner whose mode is real is left alone. Close the door and connect a coil first."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when every check passed, 1 when one failed, 2 when the suite could not begin."""
    parser = argparse.ArgumentParser(prog="python -m scanner_kit", description=_ABOUT)
    parser.add_argument("url", metavar="URL", help="ws://127.0.0.1:PORT")
    parser.add_argument("--secret-file", type=Path, required=True, metavar="F", help="mode 0600")
    options = parser.parse_args(arguments)
    try:
        return asyncio.run(_check(options.url, read_secret_file(options.secret_file)))
    except (SecretError, ConformanceError) as error:
        print(f"scanner_kit: {error}", file=sys.stderr)
        return 2


async def _check(url: str, secret: str) -> int:
    failed = 0
    async for result in run_conformance(url, secret):
        print(f"{'passed' if result.passed else 'FAILED'}  {result.name}", flush=True)
        if not result.passed:
            print(f"        {result.words}", flush=True)
            failed += 1
    print(f"{failed} failed" if failed else "every check passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
