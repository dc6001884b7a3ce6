"""The journal: append-only, chained, signed; what happened, and the only state that outlives the agent."""

from local_agent.journal.audit import audit_messages
from local_agent.journal.chain import Damage, Finding
from local_agent.journal.database import JournalUnreadable, JournalUnwritable
from local_agent.journal.identities import (
    Identities,
    IdentitiesUnusable,
    IdentityDamaged,
    IdentityErased,
    IdentityUnknown,
    digest,
)
from local_agent.journal.record import Head, NewRecord, Record, canonical, iso_utc
from local_agent.journal.segments import HeadUnreadable, Segment, SignedHead
from local_agent.journal.store import Journal
from local_agent.journal.upcast import NewerVersion, UnknownKind, Upcasters
from local_agent.journal.verify import VerifyReport, verify

__all__ = [
    "Damage",
    "Finding",
    "Head",
    "HeadUnreadable",
    "Identities",
    "IdentitiesUnusable",
    "IdentityDamaged",
    "IdentityErased",
    "IdentityUnknown",
    "Journal",
    "JournalUnreadable",
    "JournalUnwritable",
    "NewRecord",
    "NewerVersion",
    "Record",
    "Segment",
    "SignedHead",
    "UnknownKind",
    "Upcasters",
    "VerifyReport",
    "audit_messages",
    "canonical",
    "digest",
    "iso_utc",
    "verify",
]
