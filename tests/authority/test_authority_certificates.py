"""Which certificates the site makes, and which it believes."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from authority_bench import ANA, AT, NORTH, SOUTH, der, make_key, make_request
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from local_agent.authority import (
    Authority,
    CertificateRefused,
    DeviceIdentity,
    NameUnusable,
    Person,
    RequestUnusable,
    read_device_certificate,
    spki_sha256,
)
from local_agent.authority.certificates import (
    issue_device_certificate,
    issue_server_certificate,
    make_authority,
    read_request,
)
from mr_contract.vocabulary import Role

KEY = make_key()
DEVICE = issue_device_certificate(NORTH, KEY.public_key(), ANA, AT)


def read(certificate: x509.Certificate, at: datetime = AT, root: Authority = NORTH) -> DeviceIdentity:
    return read_device_certificate(der(certificate), root.certificate, at)


def handmade(
    signer: Authority,
    *attributes: tuple[x509.ObjectIdentifier, str],
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
    with_purpose: bool = True,
) -> x509.Certificate:
    """A certificate signed with the given authority's key, but with any content."""
    builder = (
        x509.CertificateBuilder()
        .issuer_name(signer.certificate.subject)
        .subject_name(x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes]))
        .public_key(KEY.public_key())
        .serial_number(7)
        .not_valid_before(AT)
        .not_valid_after(AT + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if with_purpose:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return builder.sign(signer.key, hashes.SHA256())


CN, OU, ORGANIZATION = NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME


def test_a_device_certificate_says_who_as_what_on_which_device_and_until_when() -> None:
    identity = read(DEVICE)
    assert (identity.name, identity.role) == ("Ana Müller", Role.REMOTE_OPERATOR)
    assert identity.spki_sha256 == spki_sha256(KEY.public_key())
    assert identity.serial == DEVICE.serial_number
    assert identity.not_after == AT + timedelta(days=90)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_is_read_back(role: Role) -> None:
    assert read(issue_device_certificate(NORTH, KEY.public_key(), Person("Bo", role), AT)).role is role


def test_serial_numbers_are_random_and_long() -> None:
    serials = {issue_device_certificate(NORTH, KEY.public_key(), ANA, AT).serial_number for _ in range(20)}
    assert len(serials) == 20
    assert max(serials).bit_length() > 128


def test_certificate_of_another_authority_is_refused() -> None:
    with pytest.raises(CertificateRefused):
        read(issue_device_certificate(SOUTH, KEY.public_key(), ANA, AT))


def test_certificate_of_an_impostor_with_the_same_site_name_is_refused() -> None:
    impostor = make_authority("North", AT)
    with pytest.raises(CertificateRefused, match="not issued by this site"):
        read(issue_device_certificate(impostor, KEY.public_key(), ANA, AT))


def test_certificate_made_by_a_device_for_a_friend_is_refused() -> None:
    friend = issue_device_certificate(Authority(KEY, DEVICE), make_key().public_key(), ANA, AT)
    with pytest.raises(CertificateRefused):
        read(friend)


def test_server_certificate_cannot_pose_as_a_person() -> None:
    server = issue_server_certificate(NORTH, KEY.public_key(), ("localhost",), AT)
    with pytest.raises(CertificateRefused):
        read(server)
    dressed_up = handmade(
        NORTH,
        (ORGANIZATION, "North"),
        (OU, "trainer"),
        (CN, "x"),
        purpose=ExtendedKeyUsageOID.SERVER_AUTH,
    )
    with pytest.raises(CertificateRefused, match="not for a person's device"):
        read(dressed_up)


def test_root_certificate_cannot_pose_as_a_person() -> None:
    with pytest.raises(CertificateRefused):
        read(NORTH.certificate)


def test_unknown_role_is_refused() -> None:
    with pytest.raises(CertificateRefused, match="'superuser'"):
        read(handmade(NORTH, (ORGANIZATION, "North"), (OU, "superuser"), (CN, "x")))


def test_second_role_beside_the_first_is_refused() -> None:
    twice = handmade(NORTH, (ORGANIZATION, "North"), (OU, "trainee"), (OU, "remote_operator"), (CN, "x"))
    with pytest.raises(CertificateRefused, match="2 times"):
        read(twice)


def test_certificate_for_another_site_is_refused_though_signed_here() -> None:
    with pytest.raises(CertificateRefused, match="'South'"):
        read(handmade(NORTH, (ORGANIZATION, "South"), (OU, "trainer"), (CN, "x")))


def test_certificate_without_a_purpose_is_refused() -> None:
    bare = handmade(NORTH, (ORGANIZATION, "North"), (OU, "trainer"), (CN, "x"), with_purpose=False)
    with pytest.raises(CertificateRefused):
        read(bare)


@pytest.mark.parametrize("days", [-2, 91])
def test_certificate_out_of_its_time_is_refused_with_its_dates(days: int) -> None:
    with pytest.raises(CertificateRefused, match="2026-11-23 08:00 to 2027-02-22 08:00"):
        read(DEVICE, AT + timedelta(days=days))


def test_a_clock_set_back_an_hour_locks_nobody_out() -> None:
    assert read(DEVICE, AT - timedelta(hours=1)).name == "Ana Müller"


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@settings(max_examples=300, deadline=None, derandomize=True)
@given(position=st.integers(0, len(der(DEVICE)) - 1), flip=st.integers(1, 255))
def test_no_flipped_byte_of_a_certificate_is_believed_or_crashes(position: int, flip: int) -> None:
    content = bytearray(der(DEVICE))
    content[position] ^= flip
    try:
        believed = read_device_certificate(bytes(content), NORTH.certificate, AT)
    except CertificateRefused:
        return
    # The padding of a signature is not signed; what is signed must then be untouched.
    assert position >= len(DEVICE.tbs_certificate_bytes)
    assert believed == read(DEVICE)


def test_certificate_of_an_impossible_version_is_refused() -> None:
    content = der(DEVICE).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1)
    assert content != der(DEVICE)
    with pytest.raises(CertificateRefused):
        read_device_certificate(content, NORTH.certificate, AT)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_certificate_are_refused(content: bytes) -> None:
    with pytest.raises(CertificateRefused):
        read_device_certificate(content, NORTH.certificate, AT)


def test_a_request_gives_its_key_in_pem_or_der() -> None:
    pem = make_request(KEY)
    request = x509.load_pem_x509_csr(pem)
    assert read_request(pem) == KEY.public_key()
    assert read_request(request.public_bytes(serialization.Encoding.DER)) == KEY.public_key()


def test_request_for_a_key_its_sender_does_not_hold_is_refused() -> None:
    victim, request = make_key(), x509.load_pem_x509_csr(make_request(KEY))
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    stolen = request.public_bytes(serialization.Encoding.DER).replace(
        KEY.public_key().public_bytes(serialization.Encoding.DER, spki),
        victim.public_key().public_bytes(serialization.Encoding.DER, spki),
    )
    with pytest.raises(RequestUnusable, match="its own key"):
        read_request(stolen)


def test_requests_with_other_kinds_of_keys_are_refused() -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    pem = serialization.Encoding.PEM
    for request in (
        builder.sign(rsa.generate_private_key(65537, 2048), hashes.SHA256()),
        builder.sign(ed25519.Ed25519PrivateKey.generate(), None),
        builder.sign(ec.generate_private_key(ec.SECP384R1()), hashes.SHA256()),
    ):
        with pytest.raises(RequestUnusable, match="P-256"):
            read_request(request.public_bytes(pem))


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n", b"\x30\x80" * 50])
def test_requests_that_cannot_be_read_are_refused(content: bytes) -> None:
    with pytest.raises(RequestUnusable, match="cannot be read"):
        read_request(content)


@pytest.mark.parametrize("name", ["", " x", "x\n", "x\0y", "x" * 65, "\u202egnp"])
def test_names_that_could_deceive_are_refused(name: str) -> None:
    with pytest.raises(NameUnusable, match="1 to 64"):
        Person(name, Role.TRAINER)


def test_server_certificates_carry_the_hosts_given() -> None:
    server = issue_server_certificate(NORTH, KEY.public_key(), ("agent.example", "10.0.0.5", "::1"), AT)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["agent.example"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("10.0.0.5"), ip_address("::1")]


@pytest.mark.parametrize("hosts", [(), ("*.example",), ("a b",), ("",), ("https://x",), ("ä.example",)])
def test_hosts_that_cannot_stand_in_a_certificate_are_refused(hosts: tuple[str, ...]) -> None:
    with pytest.raises(NameUnusable):
        issue_server_certificate(NORTH, KEY.public_key(), hosts, AT)


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> bytes:
    """A TLS handshake in memory; the client's certificate as the server sees it."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    outside = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    inside = server.wrap_bio(to_server, to_client, server_side=True)
    done: set[ssl.SSLObject] = set()
    while len(done) < 2:
        for end in (outside, inside):
            try:
                end.do_handshake()
                done.add(end)
            except ssl.SSLWantReadError:
                pass
    return inside.getpeercert(binary_form=True) or b""


def context(
    purpose: int, own: x509.Certificate, key: ec.EllipticCurvePrivateKey, trusted: Authority, folder: Path
) -> ssl.SSLContext:
    (folder / "own.pem").write_bytes(
        own.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    made = ssl.SSLContext(purpose)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_cert_chain(folder / "own.pem")
    made.load_verify_locations(cadata=trusted.certificate.public_bytes(serialization.Encoding.PEM).decode())
    return made


def living(authority_name: str) -> tuple[Authority, x509.Certificate, x509.Certificate]:
    """An authority of today, since TLS goes by the machine's clock."""
    today = datetime.now(AT.tzinfo)
    authority = make_authority(authority_name, today)
    server = issue_server_certificate(authority, KEY.public_key(), ("localhost",), today)
    return authority, server, issue_device_certificate(authority, KEY.public_key(), ANA, today)


def test_tls_1_3_takes_both_certificates_and_hands_over_the_persons(tmp_path: Path) -> None:
    authority, server, device = living("North")
    inside = context(ssl.PROTOCOL_TLS_SERVER, server, KEY, authority, tmp_path)
    outside = context(ssl.PROTOCOL_TLS_CLIENT, device, KEY, authority, tmp_path)
    assert shake_hands(outside, inside) == der(device)


def test_tls_refuses_a_device_of_another_site(tmp_path: Path) -> None:
    authority, server, _ = living("North")
    _, _, foreign = living("North")
    inside = context(ssl.PROTOCOL_TLS_SERVER, server, KEY, authority, tmp_path)
    outside = context(ssl.PROTOCOL_TLS_CLIENT, foreign, KEY, authority, tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(outside, inside)


def test_tls_refuses_a_device_that_poses_as_a_server(tmp_path: Path) -> None:
    authority, _, device = living("North")
    inside = context(ssl.PROTOCOL_TLS_SERVER, device, KEY, authority, tmp_path)
    outside = context(ssl.PROTOCOL_TLS_CLIENT, device, KEY, authority, tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(outside, inside)
