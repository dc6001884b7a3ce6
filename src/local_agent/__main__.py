"""The `local-agent` command: Ctrl-C while its parts are still read ends it at once, without a traceback."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Run the command line; the exit status."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # else it is ignored, as behind nohup
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from local_agent.command_line import main as run

    signal.signal(signal.SIGINT, before)
    return run()


if __name__ == "__main__":
    sys.exit(main())
