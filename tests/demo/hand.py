"""Somebody in front of the demo's page: sees what a person sees, clicks what a person can."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING

from tests.harness.patience import PATIENTLY

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

# Ctrl-C ends everything.
STOP_SECONDS = 60
# A browser on a shared machine may take its time; nothing waits that long when all is well.
PATIENCE = 60_000
DESKTOP, PHONE = {"width": 1060, "height": 700}, {"width": 390, "height": 780}
# The mark of what was published on a person's Home last.
HOME_BEFORE = """async (person) => {
  const screen = await (await fetch(`/practice/screen?person=${person}`)).json();
  return screen.home?.hash ?? "";
}"""
# Where pictures are put (`make screenshots`); unset, none are taken.
PICTURES = "RECESS_PICTURES"


@dataclass(frozen=True)
class Demo:
    """A running demo: the workspace's address, the product's, and the folder of its files."""

    address: str
    product: str
    folder: Path


@contextmanager
def started(folder: Path) -> Iterator[Demo]:
    """The demo in a process of its own, as `make demo` starts it; ended by Ctrl-C."""
    command = [*PATIENTLY, "demo", "--folder", str(folder), "--port", "0"]
    with Popen(command, stdout=PIPE, text=True) as process:
        try:
            address, product = _printed(process, 2)
            yield Demo(address, product, folder)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(STOP_SECONDS) == 0


def _printed(process: "Popen[str]", count: int) -> list[str]:
    """The first addresses that the demo prints."""
    assert process.stdout is not None
    found: list[str] = []
    for line in process.stdout:
        found += re.findall(r"http://127\.0\.0\.1:\d+", line)
        if len(found) >= count:
            return found[:count]
    raise AssertionError("the demo ended without printing its addresses")


class Hand:
    """One browser; who it belongs to changes with `be`."""

    def __init__(self, page: "Page", demo: Demo) -> None:
        self.page = page
        self.demo = demo
        page.set_default_timeout(PATIENCE)
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        page.goto(demo.address)

    # Where one is

    def be(self, person: str, channel: str) -> None:
        self._become(person)
        self._open(f"[data-channel={channel}]")
        self.page.locator(f"[data-open-channel={channel}]").wait_for()

    def at_home(self, person: str) -> None:
        """This person's Home of the app, once it is as new as whoever opens it expects."""
        before = self.page.evaluate(HOME_BEFORE, person)
        self._app(person, "home")
        self.page.locator(f".home:not([data-hash='{before}'])").wait_for()

    def told(self, person: str, text: str) -> None:
        """The app has written this person directly."""
        self._app(person, "messages")
        self.see(text)

    def _app(self, person: str, tab: str) -> None:
        self._become(person)
        self._open("[data-app]")
        self.page.click(f"[data-tab={tab}]")

    def _become(self, person: str) -> None:
        self.page.click(f"[data-person={person}]")
        # Only then everything on the screen is this person's.
        self.page.locator(f"[data-person={person}][aria-pressed=true]").wait_for()

    def _open(self, line: str) -> None:
        """A line of the sidebar, which a telephone shows when it is asked for."""
        burger = self.page.locator(".burger")
        if burger.is_visible():
            burger.click()
        self.page.click(line)

    # What one sees

    def see(self, text: str) -> None:
        self.page.get_by_text(text).last.wait_for()

    def see_no_more(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for(state="hidden")

    @property
    def dialog(self) -> "Locator":
        return self.page.locator("dialog[open]").last

    def row(self, school: str) -> "Locator":
        """What belongs to a school: its line, and the line of buttons below it."""
        block = self.page.locator("[data-block-type=section]").filter(has_text=school).last
        below = block.locator("xpath=following-sibling::*[1][@data-block-type='actions']")
        return block.or_(below)

    def fits(self) -> bool:
        """Whether nothing is wider than the screen."""
        wide, screen = self.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        return bool(wide <= screen)

    def take(self, name: str) -> None:
        """A picture for the documents, when somebody makes them."""
        if folder := os.environ.get(PICTURES):
            self.page.mouse.move(0, 0)
            # Where this machine has its files is nobody's business.
            for told in self.page.locator(".side .headline").all():
                told.evaluate("element => { element.hidden = true; }")
            self.page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")

    # What one does

    def press(self, button: str, school: str = "") -> None:
        """A button by its words, of a school or anywhere; in a dialog if one is open."""
        place = self.row(school) if school else self._front()
        place.get_by_role("button", name=button, exact=True).last.click()

    def confirm(self, words: str) -> None:
        """Slack's own question behind a button."""
        accept = self.page.locator("[data-confirm] [data-accept]")
        assert accept.inner_text() == words
        accept.click()

    def choose(self, choice: str, school: str) -> None:
        """From the menu with three dots of a school."""
        self.row(school).get_by_label("More actions").last.click()
        self.page.get_by_role("menuitem", name=choice).locator("visible=true").click()

    def tick(self, *labels: str) -> None:
        for label in labels:
            self.dialog.get_by_label(re.compile(label)).check()

    def fill(self, **typed: str) -> None:
        """Fill in a dialog's fields by the ids of their blocks, and submit it."""
        for block, text in typed.items():
            self.dialog.locator(f"[data-block-id={block}] :is(input, textarea)").fill(text)
        self.submit()

    def submit(self) -> None:
        self.dialog.locator("[data-submit]").click()

    def close(self) -> None:
        view = self.dialog.get_attribute("data-view-id")
        self.dialog.locator("[data-close]").click()
        self.page.locator(f"[data-view-id={view}]").wait_for(state="detached")

    def type(self, line: str) -> None:
        """Into the message box."""
        self.page.fill("[data-composer=channel]", line)
        self.page.press("[data-composer=channel]", "Enter")

    def _front(self) -> "Locator":
        return self.dialog if self.dialog.is_visible() else self.page.locator(".main")
