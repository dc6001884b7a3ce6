"""The agent as composed, but it is killed when an intent is on the disk, before anything more is sent.

python agent_that_dies_at_its_intent.py DIRECTORY --ready-file FILE
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path

from local_agent.app import Agent, run
from local_agent.clock import MachineClock
from local_agent.config import load_config
from local_agent.core.events import JournalEvent, StartIntended


def die_at_an_intent(event: JournalEvent) -> None:
    """Told of each record once it is on the disk, in the turn before the one that sends."""
    if isinstance(event, StartIntended):
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    directory, _, ready_file = (Path(word) for word in sys.argv[1:])
    agent = Agent(directory, load_config(directory), MachineClock())
    agent._service.on_written.append(die_at_an_intent)
    run(agent, ready_file)
