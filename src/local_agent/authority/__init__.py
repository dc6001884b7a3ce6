"""The site as its own authority: certificates, invitations, devices, staff, tablets."""

from local_agent.authority.boot_time import BootInstant, read_boot_instant
from local_agent.authority.certificates import (
    Authority,
    CertificateRefused,
    DeviceIdentity,
    NameUnusable,
    Person,
    RequestUnusable,
    read_device_certificate,
    spki_sha256,
)
from local_agent.authority.devices import Device, Devices, KeyRevoked, Standing
from local_agent.authority.enrolment import Enrolment, renewal_is_due
from local_agent.authority.invitation_code import CodeUnreadable, InvitationCode
from local_agent.authority.invitations import CodeRefusal, CodeRefused, Invitations
from local_agent.authority.pairing import (
    Paired,
    PairingOffer,
    PairingRefusal,
    PairingRefused,
    Tablet,
    Tablets,
)
from local_agent.authority.register_file import RegisterUnusable
from local_agent.authority.site_directory import Site, SiteExists, SiteUnusable
from local_agent.authority.staff import Staff, StaffRefused

__all__ = [
    "Authority",
    "BootInstant",
    "CertificateRefused",
    "CodeRefusal",
    "CodeRefused",
    "CodeUnreadable",
    "Device",
    "DeviceIdentity",
    "Devices",
    "Enrolment",
    "InvitationCode",
    "Invitations",
    "KeyRevoked",
    "NameUnusable",
    "Paired",
    "PairingOffer",
    "PairingRefusal",
    "PairingRefused",
    "Person",
    "RegisterUnusable",
    "RequestUnusable",
    "Site",
    "SiteExists",
    "SiteUnusable",
    "Staff",
    "StaffRefused",
    "Standing",
    "Tablet",
    "Tablets",
    "read_boot_instant",
    "read_device_certificate",
    "renewal_is_due",
    "spki_sha256",
]
