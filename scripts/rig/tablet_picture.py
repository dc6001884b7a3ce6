"""A picture of the real tablet page in a real browser, at scanner B, with a patient being prepared."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import async_playwright

from rig import preparing
from rig.system import System

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


async def take_tablet_picture(system: System, browser_path: str, target: Path) -> str:
    """Pair a browser with scanner B, prepare its patient, take the picture; what it shows, in words."""
    site, scanner = system.south, system.scanners[1]
    async with await asyncio.to_thread(site.tablet, scanner) as hand:
        await preparing.check_in(hand)
        await preparing.take_patient(hand, "item-2")
        await preparing.position(hand, scanner)
        offer = await asyncio.to_thread(site.tablet, scanner)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
            context = await browser.new_context(
                ignore_https_errors=True, viewport={"width": 1024, "height": 768}
            )
            page = await context.new_page()
            await page.goto(offer.url)
            for digit in offer.pin:
                await page.click(f'[data-key="{digit}"]')
            await page.click('[data-do="pair"]')
            await page.wait_for_selector("text=DEMO Patient-2")
            await page.wait_for_timeout(500)
            await page.screenshot(path=str(target))
            await browser.close()
    return "tablet.png: the tablet page in Chromium, patient ready about to be held at scanner B."
