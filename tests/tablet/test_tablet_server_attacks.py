"""The tablet's door against what a hospital network may send it, over real TLS."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import re
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from socket import create_connection
from typing import Any

import pytest
from page_socket import PageSocket, page_socket
from starlette.types import Message
from starlette.websockets import WebSocket
from tablet_site import CODE, PIN, TOKEN, ScriptedDoor, ScriptedPairing, TabletSite, write_certificate
from tablet_states import states
from websockets.exceptions import ConnectionClosed, InvalidStatus

from local_agent.authority.boot_time import read_boot_instant
from local_agent.authority.pairing import Tablets
from local_agent.core.knocks import Door, Knock, TurnedAway
from local_agent.tablet.config import TabletServerConfig, TabletServerError, tls_context
from local_agent.tablet.pages import load_pages
from local_agent.tablet.pairing_port import PairingUnavailable
from local_agent.tablet.server import MOST_PENDING, TabletServer
from local_agent.tablet.site_pairing import SitePairing
from local_agent.tablet.socket_route import PER_TABLET, SocketRoute
from mr_contract.tablet_messages import TO_TABLET
from mr_contract.wire import CONTROL_FRAME_LIMIT_BYTES, decode

HELLO = json.dumps({"kind": "tablet_hello", "protocol": 1, "language": "en"})
STOP = json.dumps({"kind": "tablet_stop", "command_id": "stop-1"})


def trust(site: TabletSite) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(site.certificate))


def ask(
    site: TabletSite, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPSConnection("127.0.0.1", site.server.port, context=trust(site), timeout=5)
    try:
        connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def pair(site: TabletSite, code: str = CODE, pin: str = PIN, **headers: str) -> tuple[Any, Any]:
    sent = {"Origin": site.server.url.rstrip("/"), "Content_Type": "application/json"} | headers
    response, body = ask(site, "POST", "/pair", json.dumps({"code": code, "pin": pin}).encode(), **sent)
    return response, json.loads(body)


@contextmanager
def open_socket(site: TabletSite, *, cookie: str = TOKEN, origin: str | None = None) -> Iterator[PageSocket]:
    url = site.server.url.rstrip("/")
    socket_url = url.replace("https", "wss") + "/socket"
    with page_socket(
        socket_url, trust(site), origin=origin or url, cookie=f"__Host-tablet={cookie}"
    ) as socket:
        yield socket


def farewell(socket: PageSocket) -> list[str]:
    """Read on until the farewell; the reasons in it."""
    while True:
        message = decode(TO_TABLET, socket.recv(timeout=5))
        if message.kind == "farewell":
            return [f.reason.value for f in message.findings]


def test_every_file_of_the_page_is_served_with_strict_headers(site: TabletSite) -> None:
    for path in load_pages():
        response, body = ask(site, "GET", path)
        assert response.status == 200, path
        assert body
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"
        assert "max-age=" in response.headers["Strict-Transport-Security"]
        assert "geolocation=()" in response.headers["Permissions-Policy"]
        assert "server" not in response.headers


def test_the_pages_carry_no_inline_script_or_style_and_nothing_from_elsewhere() -> None:
    for path, file in load_pages().items():
        text = file.content.decode()
        if file.media_type.startswith("text/html"):
            assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", text), path
        if file.media_type != "image/svg+xml":
            assert not re.search(r"(src|href|import|url)[^\n]{0,12}https?://", text), path
        assert "innerHTML" not in text, path


@pytest.mark.parametrize(
    "path", ["/../server.py", "/%2e%2e/server.py", "/texts/../../server.py", "/page", "/texts"]
)
def test_a_path_traversal_finds_nothing(site: TabletSite, path: str) -> None:
    response, body = ask(site, "GET", path)
    assert response.status == 404
    assert b"import" not in body
    assert response.headers["Content-Security-Policy"]


def test_a_request_for_another_host_name_is_misdirected(site: TabletSite) -> None:
    response, _ = ask(site, "GET", "/", Host="evil.example")
    assert response.status == 421
    turned_away(site, TurnedAway.OTHER_NAME)


def test_a_browser_that_does_not_trust_the_site_is_told_to_the_agent(site: TabletSite) -> None:
    distrusting = http.client.HTTPSConnection("127.0.0.1", site.server.port, timeout=5)
    with pytest.raises(ssl.SSLCertVerificationError):
        distrusting.connect()
    site.door.wait_for(lambda: bool(site.door.knocks))
    assert site.door.knocks == [Knock(Door.TABLET, TurnedAway.SITE_NOT_TRUSTED)]


def test_nothing_older_than_tls_1_2_is_offered(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    config = TabletServerConfig(host="127.0.0.1", port=0, names=("x",), certificate=certificate, key=key)
    context = tls_context(config)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert all("GCM" in c["name"] or "POLY1305" in c["name"] for c in context.get_ciphers())


def test_tls_1_3_is_spoken_where_both_can(site: TabletSite) -> None:
    connection = http.client.HTTPSConnection("127.0.0.1", site.server.port, context=trust(site), timeout=5)
    connection.connect()
    assert connection.sock.version() == "TLSv1.3"
    connection.close()


def test_the_right_code_and_pin_give_a_cookie_that_scripts_cannot_read(site: TabletSite) -> None:
    response, reply = pair(site)
    assert response.status == 200
    assert reply["kind"] == "paired"
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith(f"__Host-tablet={TOKEN};")
    for attribute in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert attribute.lower() in cookie.lower()
    assert "domain" not in cookie.lower()
    assert TOKEN not in json.dumps(reply)


def turned_away(site: TabletSite, *wanted: TurnedAway) -> None:
    """The agent is told of exactly these, and from where."""
    site.door.wait_for(lambda: len(site.door.knocks) >= len(wanted))
    assert site.door.knocks == [Knock(Door.TABLET, why, "127.0.0.1") for why in wanted]


def test_a_stolen_code_without_the_pin_pairs_nothing(site: TabletSite) -> None:
    response, reply = pair(site, pin="000000")
    assert response.status == 403
    assert reply["findings"][0]["reason"] == "not_paired"
    assert "Set-Cookie" not in response.headers
    turned_away(site, TurnedAway.PAIRING_REFUSED)


def test_a_code_used_once_pairs_no_second_tablet(site: TabletSite) -> None:
    assert pair(site)[0].status == 200
    assert pair(site)[0].status == 403


def test_a_foreign_page_cannot_pair(site: TabletSite) -> None:
    response, _ = pair(site, Origin="https://evil.example")
    assert response.status == 403
    assert site.pairing.attempts == 0
    turned_away(site, TurnedAway.OTHER_ORIGIN)


def test_a_pairing_without_origin_is_refused(site: TabletSite) -> None:
    body = json.dumps({"code": CODE, "pin": PIN}).encode()
    response, _ = ask(site, "POST", "/pair", body, Content_Type="application/json")
    assert response.status == 403
    assert site.pairing.attempts == 0


def test_a_form_post_cannot_pair(site: TabletSite) -> None:
    assert pair(site, Content_Type="text/plain")[0].status == 415
    assert site.pairing.attempts == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"code": "x"}', b'{"code":"abcd","pin":"12345a"}', b"[]", b"\xff\xfe"]
)
def test_a_malformed_pairing_is_refused_in_words(site: TabletSite, body: bytes) -> None:
    response, reply = ask(
        site, "POST", "/pair", body, Origin=site.server.url.rstrip("/"), Content_Type="application/json"
    )
    assert response.status == 400
    assert json.loads(reply)["findings"][0]["reason"] == "malformed"
    assert site.pairing.attempts == 0
    turned_away(site, TurnedAway.MALFORMED)


def test_an_oversized_pairing_is_refused(site: TabletSite) -> None:
    assert pair(site, code="x" * 2000)[0].status == 413
    turned_away(site, TurnedAway.TOO_LARGE)


def test_a_socket_opened_by_a_foreign_page_is_refused(site: TabletSite) -> None:
    with pytest.raises(InvalidStatus) as refused, open_socket(site, origin="https://evil.example"):
        pass
    assert refused.value.response.status_code == 403
    assert not site.door.opened
    turned_away(site, TurnedAway.OTHER_ORIGIN)


@pytest.mark.parametrize("cookie", ["", "forged", TOKEN + "x"])
def test_a_socket_without_a_known_token_is_told_so_and_closed(site: TabletSite, cookie: str) -> None:
    with open_socket(site, cookie=cookie) as socket:
        assert farewell(socket) == ["not_paired"]
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401
    assert not site.door.opened
    turned_away(site, TurnedAway.COOKIE_REFUSED)


def test_one_tablet_that_opens_page_after_page_takes_no_other_tablets_place(site: TabletSite) -> None:
    with ExitStack() as stack:
        pages = [stack.enter_context(open_socket(site)) for _ in range(PER_TABLET)]
        site.door.wait_for(lambda: len(site.door.opened) == PER_TABLET)
        stack.enter_context(open_socket(site))
        assert farewell(pages[0]) == ["too_many"]
        site.door.wait_for(lambda: len(site.door.opened) == PER_TABLET + 1)
        pages[1].send(HELLO)
        assert decode(TO_TABLET, pages[1].recv(timeout=5)).kind != "farewell"


def test_a_crowd_that_connects_and_says_nothing_keeps_neither_page_nor_socket_out(site: TabletSite) -> None:
    with ExitStack() as stack, open_socket(site) as page:
        site.door.wait_for(lambda: len(site.door.opened) == 1)
        crowd = [
            stack.enter_context(create_connection(("127.0.0.1", site.server.port)))
            for _ in range(MOST_PENDING + 8)
        ]
        assert ask(site, "GET", "/")[0].status == 200
        for silent in crowd[:8]:
            silent.settimeout(5)
            with suppress(ConnectionResetError):
                assert silent.recv(1) == b"", "the oldest are cut"
        page.send(HELLO)
        assert decode(TO_TABLET, page.recv(timeout=5)).kind != "farewell"
        site.door.wait_for(lambda: bool(site.door.knocks))
        assert {knock.why for knock in site.door.knocks} == {TurnedAway.TOO_MANY}


def test_a_revoked_tablet_does_not_come_back(site: TabletSite) -> None:
    site.pairing.revoked = True
    with open_socket(site) as socket:
        assert farewell(socket) == ["not_paired"]


def test_a_revoked_tablet_loses_its_open_page_within_a_second(site: TabletSite) -> None:
    with open_socket(site) as socket:
        site.door.wait_for(lambda: len(site.door.opened) == 1)
        revoked_at_s = time.monotonic()
        site.pairing.revoked = True
        assert farewell(socket) == ["revoked"]
        assert time.monotonic() - revoked_at_s < 1.0
        site.door.wait_for(lambda: len(site.door.closed) == 1)


async def test_a_revoked_tablet_that_reads_nothing_is_cut_all_the_same() -> None:
    came, pairing, ended = [{"type": "websocket.connect"}], ScriptedPairing(), asyncio.Event()

    async def receive() -> Message:
        if came:
            return came.pop()
        pairing.revoked = True
        await ended.wait()
        raise NotImplementedError

    async def send(message: Message) -> None:
        if message["type"] != "websocket.accept":
            await ended.wait()

    door = ScriptedDoor()
    route = SocketRoute(door, asyncio.get_running_loop(), pairing)
    cookie = f"__Host-tablet={TOKEN}".encode()
    headers = [(b"host", b"tablet.test"), (b"origin", b"https://tablet.test"), (b"cookie", cookie)]
    async with asyncio.timeout(5.0):
        await route(WebSocket({"type": "websocket", "headers": headers}, receive, send))
    door.loop.close()
    await asyncio.sleep(0)
    assert len(door.closed) == 1


@pytest.mark.logs
def test_a_register_that_cannot_be_read_revokes_nobody_and_admits_nobody(site: TabletSite) -> None:
    asked = threading.Event()

    def unavailable(token: str) -> None:
        asked.set()
        raise PairingUnavailable("tablets.sqlite cannot be read: disk")

    with open_socket(site) as socket:
        site.door.wait_for(lambda: len(site.door.opened) == 1)
        site.pairing.paired = unavailable  # type: ignore[method-assign]
        assert asked.wait(5)
        socket.send(STOP)
        site.door.wait_command("tablet_stop")
        with open_socket(site) as other:
            assert farewell(other) == ["register_unusable"]
        assert not site.door.closed


def test_the_sites_own_register_pairs_admits_and_revokes(tmp_path: Path) -> None:
    tablets = Tablets(tmp_path)
    pairing = SitePairing(tablets)
    offer = tablets.offer("north-mr1", read_boot_instant())
    refused = pairing.pair(offer.code, "wrong")
    assert refused.token is None
    assert [f.reason.value for f in refused.findings] == ["not_paired"]
    token = pairing.pair(offer.code, offer.pin).token
    assert token is not None
    paired = pairing.paired(token)
    assert paired is not None
    assert paired.scanner == "north-mr1"
    assert pairing.paired("") is None
    tablets.revoke(paired.tablet, datetime.now(UTC))
    assert pairing.paired(token) is None
    tablets.close()


def test_a_link_names_its_tablet_and_scanner_and_no_two_links_share_a_name(site: TabletSite) -> None:
    with open_socket(site), open_socket(site):
        site.door.wait_for(lambda: len(site.door.opened) == 2)
    first, second = (link.peer for link in site.door.opened)
    assert (first.tablet, first.scanner) == ("tablet-1", "north-mr1")
    assert first.link != second.link
    site.door.wait_for(lambda: len(site.door.closed) == 2)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "null",
        '{"kind": "start_step"}',
        '{"kind": "tablet_stop"}',
        '{"kind": "tablet_stop", "command_id": "s", "scanner": "other"}',
        '{"kind": "check_in", "command_id": "c", "staff_id": "a", "pin": "12"}',
        '{"kind": "allow_first_level", "command_id": "c", "exam_id": "e", "up_to_w_per_kg": 4.5}',
        "x" * 1000,
        b"\x00\x01",
    ],
)
def test_a_malformed_frame_ends_the_link_with_one_log_line(
    site: TabletSite, frame: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), open_socket(site) as socket:
        socket.send(frame)
        assert farewell(socket) == ["malformed"]
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
        site.door.wait_for(lambda: len(site.door.closed) == 1)
    assert [r.name for r in caplog.records] == ["local_agent.tablet.socket_route"]
    assert not site.door.frames


def test_a_log_line_never_quotes_what_was_sent(site: TabletSite, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), open_socket(site) as socket:
        socket.send(json.dumps({"kind": "tablet_note", "command_id": "n", "text": "Mrs Secret" * 100}))
        farewell(socket)
    assert "Secret" not in caplog.text


def test_an_oversized_frame_closes_the_link_and_leaves_the_others_alone(site: TabletSite) -> None:
    with open_socket(site) as good, open_socket(site) as bad:
        bad.send("x" * (CONTROL_FRAME_LIMIT_BYTES + 1))
        with pytest.raises(ConnectionClosed) as closed:
            farewell(bad)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        good.send(STOP)
        assert site.door.wait_command("tablet_stop").command_id == "stop-1"


def test_a_flood_is_cut_off_but_stops_are_never_rate_limited(site: TabletSite) -> None:
    with open_socket(site) as socket:
        for _ in range(300):
            socket.send(STOP)
        site.door.wait_command("tablet_stop", 300)
        with suppress(ConnectionClosed):  # it is cut off before it has sent all
            for _ in range(200):
                socket.send('{"kind": "tablet_beat_echo", "beat": 1, "touched": false}')
        assert farewell(socket) == ["too_many"]


def test_frames_reach_the_agent_in_order_on_its_own_loop(site: TabletSite) -> None:
    seen: list[str] = []
    original = site.door.tablet_frame

    def note(link: Any, frame: str | bytes) -> None:
        seen.append(threading.current_thread().name)
        original(link, frame)

    site.door.tablet_frame = note  # type: ignore[method-assign]
    with open_socket(site) as socket:
        socket.send(HELLO)
        socket.send(STOP)
        site.door.wait_command("tablet_stop")
    assert [f.kind for f in site.door.frames] == ["tablet_hello", "tablet_stop"]
    assert set(seen) == {"scripted-agent"}


def test_a_stop_passes_while_a_pairing_attempt_is_being_judged(site: TabletSite) -> None:
    judging, judged = threading.Event(), threading.Event()

    def slow(code: str, pin: str) -> Any:
        judging.set()
        judged.wait(5)
        return ScriptedPairing().pair(code, pin)

    site.pairing.pair = slow  # type: ignore[method-assign]
    attempt = threading.Thread(target=pair, args=(site,))
    attempt.start()
    assert judging.wait(5)
    with open_socket(site) as socket:
        socket.send(STOP)
        site.door.wait_command("tablet_stop")
    judged.set()
    attempt.join()


def test_the_agent_can_close_a_link_from_its_own_thread(site: TabletSite) -> None:
    from mr_contract.findings import finding
    from mr_contract.reasons import Reason

    with open_socket(site) as socket:
        site.door.wait_for(lambda: len(site.door.opened) == 1)
        link = site.door.opened[0]
        link.close((finding(Reason.REVOKED),))
        link.close((finding(Reason.CLOSING),))
        link.send(states()["worklist"])
        assert farewell(socket) == ["revoked"]
        site.door.wait_for(lambda: len(site.door.closed) == 1)
    link.send(states()["worklist"])


def test_stopping_says_farewell_and_leaves_no_thread(tmp_path: Path) -> None:
    from tablet_site import open_site

    before = set(threading.enumerate())
    with open_site(tmp_path) as site, open_socket(site) as socket:
        site.door.wait_for(lambda: len(site.door.opened) == 1)
        site.server.stop()
        assert farewell(socket) == ["closing"]
        site.server.stop()
    assert set(threading.enumerate()) == before


def test_stopping_waits_for_no_page_that_neither_reads_nor_closes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from tablet_site import open_site

    with open_site(tmp_path) as site:
        deaf = upgraded_and_deaf(site)
        site.door.wait_for(lambda: len(site.door.opened) == 1)
        began_s = time.monotonic()
        site.server.stop()
        took_s = time.monotonic() - began_s
        deaf.close()
        site.door.wait_for(lambda: len(site.door.closed) == 1)
    assert took_s < 1.8
    assert "graceful" not in caplog.text


def test_stopping_cuts_a_page_that_hangs_in_the_middle_of_closing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from tablet_site import open_site

    with open_site(tmp_path) as site:
        hanging = upgraded_and_deaf(site)
        site.door.wait_for(lambda: len(site.door.opened) == 1)
        hanging.sendall(b"\x88\x80\0\0\0\0")  # a masked, empty close; what follows it never comes
        site.door.wait_for(lambda: len(site.door.closed) == 1)
        with open_socket(site) as good:
            site.door.wait_for(lambda: len(site.door.opened) == 2)
            began_s = time.monotonic()
            site.server.stop()
            took_s = time.monotonic() - began_s
            assert farewell(good) == ["closing"]
        hanging.close()
    assert took_s < 1.8
    assert not caplog.records


def test_stopping_cuts_what_never_finished_its_handshake(tmp_path: Path) -> None:
    from tablet_site import open_site

    with open_site(tmp_path) as site, create_connection(("127.0.0.1", site.server.port), timeout=5) as mute:
        ask(site, "GET", "/")  # accepted after the mute one
        began_s = time.monotonic()
        site.server.stop()
        assert time.monotonic() - began_s < 1.8
        assert mute.recv(1) == b""


@pytest.mark.logs
def test_a_loop_that_hangs_holds_up_no_stop_and_keeps_no_page(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from tablet_site import open_site

    hanging, mended = threading.Event(), threading.Event()

    def never(token: str) -> None:
        hanging.set()
        mended.wait(60)

    with open_site(tmp_path) as site:
        page = upgraded_and_deaf(site)
        site.door.wait_for(lambda: len(site.door.opened) == 1)
        site.pairing.paired = never  # type: ignore[method-assign]
        assert hanging.wait(5)
        began_s = time.monotonic()
        site.server.stop()
        took_s = time.monotonic() - began_s
        while page.recv(1024):
            pass
        page.close()
        mended.set()
        site.server.stop()
    assert took_s < 8
    assert [r.getMessage() for r in caplog.records if r.name == "local_agent.tablet.server"] == [
        "the tablet's door hangs: every page was cut; it ends with this program"
    ]


def test_a_door_that_is_closed_while_it_opens_does_not_stay_open(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    config = TabletServerConfig(host="127.0.0.1", port=0, names=("x",), certificate=certificate, key=key)
    door = ScriptedDoor()
    for _ in range(20):
        server = TabletServer(config, door=door, agent_loop=door.loop, pairing=ScriptedPairing())
        with ThreadPoolExecutor(1) as opening:
            opened = opening.submit(server.start)
            while not opened.running() and not opened.done():
                pass
            server.stop()  # before, while or after it opens
            opened.result()
        server.stop()
        assert "tablet-server" not in {thread.name for thread in threading.enumerate()}
    door.loop.close()


def test_many_pages_come_and_go_at_once_and_every_stop_is_heard(site: TabletSite) -> None:
    def come_and_go(_number: int) -> None:
        with open_socket(site) as socket:
            socket.send(STOP)
            while decode(TO_TABLET, socket.recv(timeout=5)).kind != "outcome":
                pass

    with ThreadPoolExecutor(8) as pages:
        assert len(list(pages.map(come_and_go, range(64)))) == 64
    assert len(site.door.commands("tablet_stop")) == 64


def upgraded_and_deaf(site: TabletSite) -> ssl.SSLSocket:
    """A page that opened its socket and from then on does nothing at all."""
    raw = trust(site).wrap_socket(
        create_connection(("127.0.0.1", site.server.port), timeout=5), server_hostname="127.0.0.1"
    )
    origin = site.server.url.rstrip("/")
    raw.sendall(
        f"GET /socket HTTP/1.1\r\nHost: 127.0.0.1:{site.server.port}\r\nOrigin: {origin}\r\n"
        f"Cookie: __Host-tablet={TOKEN}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    return raw


@pytest.mark.parametrize("closed_at", ["websocket.accept", "websocket.send", "websocket.close"])
async def test_a_page_that_left_before_it_is_turned_away_raises_nothing(closed_at: str) -> None:
    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        if message["type"] == closed_at:
            raise RuntimeError("Unexpected ASGI message, after sending 'websocket.close'.")

    door = ScriptedDoor()
    door.loop.close()
    route = SocketRoute(door, asyncio.get_running_loop(), ScriptedPairing())
    headers = [(b"host", b"tablet.test"), (b"origin", b"https://tablet.test")]
    await route(WebSocket({"type": "websocket", "headers": headers}, receive, send))


def test_a_taken_port_is_said_in_words(site: TabletSite, tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    config = TabletServerConfig(
        host="127.0.0.1", port=site.server.port, names=("x",), certificate=certificate, key=key
    )
    other = TabletServer(config, door=site.door, agent_loop=site.door.loop, pairing=site.pairing)
    with pytest.raises(TabletServerError, match=f"port {site.server.port} cannot be opened"):
        other.start()


def test_a_missing_certificate_is_said_in_words(tmp_path: Path) -> None:
    config = TabletServerConfig(
        host="127.0.0.1", port=0, names=("x",), certificate=tmp_path / "no.pem", key=tmp_path / "no.key"
    )
    door = ScriptedDoor()
    server = TabletServer(config, door=door, agent_loop=door.loop, pairing=ScriptedPairing())
    with pytest.raises(TabletServerError, match=r"no\.pem"):
        server.start()
    door.loop.close()


def test_a_door_without_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TabletServerError, match="names are empty"):
        TabletServerConfig(host="127.0.0.1", port=0, names=(), certificate=tmp_path, key=tmp_path)
