"""The agent as composed, but for its wall clock: that one somebody sets.

    python agent_with_set_clock.py OFFSET_FILE DIRECTORY --ready-file FILE

The file holds how many seconds the wall clock is off; boot time is the machine's.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from local_agent.app import Agent, run
from local_agent.clock import MachineClock
from local_agent.config import load_config


@dataclass(frozen=True)
class SetClock:
    """A machine clock whose wall time is off by what a file says."""

    offset_file: Path
    machine: MachineClock

    def boot_s(self) -> float:
        return self.machine.boot_s()

    def wall(self) -> datetime:
        return self.machine.wall() + timedelta(seconds=float(self.offset_file.read_text()))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    offset_file, directory, _, ready_file = (Path(word) for word in sys.argv[1:])
    agent = Agent(directory, load_config(directory), SetClock(offset_file, MachineClock()))
    run(agent, ready_file)
