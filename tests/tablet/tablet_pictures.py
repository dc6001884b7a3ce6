"""Draw every state of the tablet page: `python tests/tablet/tablet_pictures.py FOLDER [state …]`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from tablet_site import CODE, PIN, TOKEN, TabletSite, open_site
from tablet_states import LARGE_STAFF, STAFF, states

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)
LANDSCAPE, PORTRAIT = (1024, 768), (768, 1024)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), headless=True, args=list(ARGUMENTS)
        )
        try:
            yield browser
        finally:
            browser.close()


def open_page(
    browser: Browser,
    site: TabletSite,
    *,
    language: str = "en",
    size: tuple[int, int] = LANDSCAPE,
    paired: bool = True,
    complaints: list[str] | None = None,
) -> Page:
    """A tablet at the site; paired, it shows the page and has said hello.

    `complaints` receives what the browser's console says: errors, warnings, blocked content.
    """
    context = browser.new_context(
        ignore_https_errors=True,
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        timezone_id="Europe/Zurich",
        has_touch=True,
    )
    page = context.new_page()
    if complaints is not None:
        heard = complaints
        page.on("console", lambda m: heard.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: heard.append(str(error)))
    if not paired:
        return page
    context.add_cookies(
        [
            {
                "name": "__Host-tablet",
                "value": TOKEN,
                "url": site.server.url,
                "secure": True,
                "httpOnly": True,
                "sameSite": "Strict",
            }
        ]
    )
    hellos = len(site.door.commands("tablet_hello"))
    page.goto(site.server.url)
    site.door.wait_for(lambda: len(site.door.commands("tablet_hello")) > hellos)
    return page


def show(page: Page, site: TabletSite, name: str) -> None:
    """Bring the page into a named state."""
    site.door.show(states()[name])
    page.wait_for_selector("main.task")
    page.wait_for_function(
        "() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))"
    )


def main(folder: Path, only: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, open_site(Path(place)) as site, open_browser() as browser:
        for language in ("en", "de", "fr"):
            for size, shape in ((LANDSCAPE, ""), (PORTRAIT, "-portrait")):
                site.door.view, site.door.staff = states()["worklist"], STAFF
                page = open_page(browser, site, language=language, size=size)
                for name in states():
                    if only and name not in only:
                        continue
                    show(page, site, name)
                    page.wait_for_timeout(120)
                    page.screenshot(path=folder / f"{name}-{language}{shape}.png")
                if not only:
                    overlays(page, site, folder, f"{language}{shape}")
                page.context.close()


def overlays(page: Page, site: TabletSite, folder: Path, suffix: str) -> None:
    """What opens over the page, the hold half-way, a refused stop, a silent agent, pairing."""
    show(page, site, "ready-request")
    for name in ("emergency", "people", "language", "note"):
        page.click(f'[data-open="{name}"]')
        page.wait_for_selector(f'[data-overlay="{name}"]')
        page.screenshot(path=folder / f"{name}-{suffix}.png")
        page.keyboard.press("Escape")
    hold = page.locator('[data-hold="ready"]')
    hold.scroll_into_view_if_needed()
    hold.hover()
    page.mouse.down()
    page.wait_for_timeout(550)
    page.screenshot(path=folder / f"holding-{suffix}.png")
    page.mouse.up()
    show(page, site, "check-in")
    page.click('[data-choice="anna"]')
    page.click('[data-key="1"]')
    page.screenshot(path=folder / f"pin-{suffix}.png")
    page.keyboard.press("Escape")
    site.door.show_staff(LARGE_STAFF)
    page.wait_for_selector('[data-letter="K"]')
    page.screenshot(path=folder / f"check-in-large-{suffix}.png")
    page.click('[data-letter="K"]')
    page.screenshot(path=folder / f"check-in-second-letter-{suffix}.png")
    page.click('[data-letter="A"]')
    page.screenshot(path=folder / f"check-in-found-{suffix}.png")
    site.door.show_staff(STAFF)
    show(page, site, "body")
    page.click('[data-field="weight"]')
    page.click('[data-key="8"]')
    page.screenshot(path=folder / f"number-{suffix}.png")
    page.keyboard.press("Escape")
    show(page, site, "scanning")
    site.door.mute.add("tablet_stop")
    page.locator("[data-stop]").dispatch_event("pointerdown", {"button": 0})
    page.wait_for_selector(".undelivered")
    page.screenshot(path=folder / f"stop-not-confirmed-{suffix}.png")
    site.door.mute.clear()
    site.door.silent = True
    page.wait_for_selector(".silent")
    page.screenshot(path=folder / f"agent-not-heard-{suffix}.png")
    site.door.silent = False
    page.wait_for_selector(".bottom")
    page.goto(f"{site.server.url}pair#{CODE}")
    page.wait_for_selector('[data-key="1"]')
    page.keyboard.type(PIN[:3])
    page.screenshot(path=folder / f"pairing-{suffix}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
