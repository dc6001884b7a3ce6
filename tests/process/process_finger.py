"""A finger on the real tablet page in a real browser; it touches and holds, and counts its holds."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect
from rig.site import STAFF
from rig.tablet import TabletHand
from rig.tablet_picture import ARGUMENTS

CHROMIUM = Path(shutil.which("chromium") or "/usr/bin/chromium")
HOLD_MS = 1000


@dataclass
class Finger:
    """At one page."""

    page: Page
    holds: list[str] = field(default_factory=list)

    async def do(self, name: str) -> None:
        await self.page.click(f'[data-do="{name}"]')

    async def choose(self, *names: str) -> None:
        for name in names:
            await self.page.click(f'[data-choice="{name}"]')

    async def type(self, digits: str, done: str = "pin-ok") -> None:
        for digit in digits:
            await self.page.click(f'[data-key="{digit}"]')
        await self.do(done)

    async def hold(self, name: str) -> None:
        """Until the page takes it for a hold."""
        button = self.page.locator(f'[data-hold="{name}"]')
        await expect(button).to_be_enabled(timeout=60_000)
        await button.scroll_into_view_if_needed()
        await button.hover()
        await self.page.mouse.down()
        await self.page.evaluate("ms => { window.until = performance.now() + ms; }", HOLD_MS + 150)
        await self.page.wait_for_function("() => performance.now() >= window.until")
        await self.page.mouse.up()
        self.holds.append(name)

    async def at(self, task: str) -> None:
        """Until the page shows this task by itself."""
        await self.page.wait_for_selector(f'[data-task="{task}"]')

    async def prepares(self) -> None:
        """Two people; the next patient; identity, screening, signatures; weight, height, position."""
        (first, *_, first_pin), (second, *_, second_pin) = STAFF
        await self.choose(first)
        await self.type(first_pin)
        await self.page.click('[data-open="people"]')
        await self.choose(second)
        await self.type(second_pin)
        await self.page.click('[data-item="item-1"]')
        await self.do("take")
        await self.choose("spoken_name", "birth_date", first)
        await self.do("confirm-identity")
        await self.at("safety")
        await self.choose("answered", "implant-free")
        await self.do("record-screening")
        for person, pin in ((first, first_pin), (second, second_pin)):
            await self.choose(person)
            await self.type(pin)
        await self.do("full-stop")
        await self.at("positioning")
        for name, value in (("weight", "82"), ("height", "175")):
            await self.page.click(f'[data-field="{name}"]')
            await self.type(value, "number-ok")
        await self.choose("HFS")
        await self.do("record-data")

    async def stop(self) -> None:
        await self.page.click("[data-stop]")


@asynccontextmanager
async def finger_at(offer: TabletHand, *arguments: str, first: str = "") -> AsyncIterator[Finger]:
    """A tablet that was just paired by typing the PIN. `first` is run in the page before its own scripts."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments])
        try:
            context = await browser.new_context(
                ignore_https_errors=True, viewport={"width": 1024, "height": 768}
            )
            await context.add_init_script(first)
            page = await context.new_page()
            await page.goto(offer.url)
            finger = Finger(page)
            await finger.type(offer.pin, "pair")
            yield finger
        finally:
            await browser.close()
