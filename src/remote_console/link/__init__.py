"""The link to the sites: what the window does, a script can do. No Qt, nothing of the agent.

    import asyncio
    from remote_console.link import AgentClient, IdentityStore, Protection, ScannerCommands, system_keyring

    async def main() -> None:
        store = IdentityStore(None, Protection(keyring=system_keyring()))
        async with AgentClient(store.site("Site North"), store) as client:
            hello = await client.wait_connected()
            scanner = ScannerCommands(client, hello.scanners[0].scanner)
            async for event in client.events():
                print(event.site, event.scanner, scanner.view.status)

    asyncio.run(main())

Enrol once with `await enrol("agent.example:8444", code, store)`, or `remote-console enrol URL CODE`.
Everything raised on purpose is a `LinkError`, with words fit to be shown.
"""

from remote_console.link.agent_client import AgentClient
from remote_console.link.bulk_client import BulkClient
from remote_console.link.command_ids import new_command_id
from remote_console.link.enrolment import enrol
from remote_console.link.errors import (
    BadCode,
    BulkFailed,
    EnrolmentFailed,
    LinkError,
    NoAnswer,
    NotConnected,
    Refused,
    StopNotDelivered,
    StoreConflict,
    StoreLocked,
    UnprotectedKey,
    WrongAuthority,
)
from remote_console.link.fleet import Fleet, LinkThread
from remote_console.link.identity_store import EnrolledSite, IdentityStore, Protection
from remote_console.link.key_keeping import system_keyring
from remote_console.link.link_events import (
    JournalRolledBack,
    LeaseLapsed,
    LinkEvent,
    LinkState,
    RenewalFailed,
    Tuning,
)
from remote_console.link.scanner_commands import ScannerCommands
from remote_console.link.site_view import ScannerView, SiteView

__all__ = [
    "AgentClient",
    "BadCode",
    "BulkClient",
    "BulkFailed",
    "EnrolledSite",
    "EnrolmentFailed",
    "Fleet",
    "IdentityStore",
    "JournalRolledBack",
    "LeaseLapsed",
    "LinkError",
    "LinkEvent",
    "LinkState",
    "LinkThread",
    "NoAnswer",
    "NotConnected",
    "Protection",
    "Refused",
    "RenewalFailed",
    "ScannerCommands",
    "ScannerView",
    "SiteView",
    "StopNotDelivered",
    "StoreConflict",
    "StoreLocked",
    "Tuning",
    "UnprotectedKey",
    "WrongAuthority",
    "enrol",
    "new_command_id",
    "system_keyring",
]
