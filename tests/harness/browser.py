"""Debian's Chromium, driven by Playwright.

Playwright's synchronous interface leaves an event loop running in the thread it was started in, so
`asyncio.run` no longer works there. Tests that use the browser therefore come last.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Root has no sandbox, a container little shared memory; names of other machines do not resolve.
SWITCHES = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


class NoBrowser(Exception):
    """There is no browser to drive; the sentence says why."""


def executable() -> str:
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise NoBrowser(f"no browser here: none of {', '.join(NAMES)} is on the PATH")


@contextmanager
def launched() -> Iterator["Browser"]:
    """A headless browser for the block."""
    path = executable()
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        except Error as reason:
            raise NoBrowser(f"{path} does not start: {reason}") from reason
        with browser:
            yield browser


@contextmanager
def fresh_page(browser: "Browser") -> Iterator["Page"]:
    """A page without a past; a script of it that fails, fails the test."""
    failures: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        yield page
    assert not failures, f"the page's own scripts failed: {failures}"
