"""A remote operator's console in a process of its own, to be killed: asks for control, starts, arms, stays.

    python console_alone.py STORE PASSPHRASE SITE SCANNER ACTION STEP NEXT

Prints one word a line: `asked`, then `started COMMAND_ID`, then `armed`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from mr_contract.vocabulary import LinkLossAction, Privilege
from remote_console.link import AgentClient, IdentityStore, Protection, ScannerCommands


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


async def until_may_start(commands: ScannerCommands, step: str) -> None:
    """Until every interlock is closed and nothing stands against the step."""
    async for _ in commands.client.events():
        view = commands.view
        if view.standing is None or view.exam is None or commands.client.view.beat is None:
            continue
        steps = [s for s in view.exam.steps if s.step_id == step and not s.findings]
        if steps and all(i.state.value == "closed" for i in view.standing.interlocks):
            return


async def main(store_folder: str, passphrase: str, site: str, scanner: str, *plan: str) -> None:
    action, step, following = plan
    store = IdentityStore(Path(store_folder), Protection(ask_passphrase=lambda: passphrase))
    async with AgentClient(store.site(site), store) as client:
        await client.wait_connected()
        commands = ScannerCommands(client, scanner)
        privileges = (Privilege.VIEW, Privilege.TALK, Privilege.EDIT, Privilege.START)
        async for _ in client.events():
            if scanner in client.view.scanners and commands.view.control and commands.view.exam:
                break
        await commands.request_control(privileges, LinkLossAction(action), acknowledging=True)
        say("asked")
        await until_may_start(commands, step)
        prepared = commands.prepare_start(step)
        outcome = await commands.start(prepared)
        say(f"started {prepared.command_id}" if outcome.accepted else f"refused {outcome.findings}")
        async for _ in client.events():
            armed = await commands.arm_step(following)
            if armed.accepted:
                break
        say("armed")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
