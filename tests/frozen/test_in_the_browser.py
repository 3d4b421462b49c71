"""The frozen screen in a real browser: accessible, on a telephone, by keyboard, without scripts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.access.door import SCHOOLS, Door
from tests.frozen.screenshots import take
from tests.frozen.standing import declare, screen_of, standing
from tests.storage.office import person

# What somebody with a small telephone has.
NARROW = {"width": 320, "height": 568}
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LONG = "Escuela Secundaria Internacional Bicentenario-de-la-Independencia-de-los-Estados"


@dataclass
class Screens:
    """Every screen there is, by name, as paths of one site."""

    address: str
    paths: dict[str, str]


@pytest.fixture
def screens(sqlite_door: Door, monkeypatch: pytest.MonkeyPatch) -> Iterator[Screens]:
    door = sqlite_door
    monkeypatch.setitem(SCHOOLS, "B", (LONG, "0002"))
    door.night(person("kim", "A"), person("lee", "A", "B"), person("max", "C"))
    declare(door, name="Lincoln Unified", contact="https://help.lincoln.example/locked-accounts")
    door.freeze("C")
    paths = {"unlocked": screen_of(door, "max")}
    door.unfreeze("C")
    door.freeze("A")
    paths["expired"] = screen_of(door, "kim")
    door.office.pass_time(31 * 86_400)
    door.freeze("B")
    paths |= {
        "locked": screen_of(door, "kim"),
        "locked by two": screen_of(door, "lee"),
        "unknown": "/frozen/x",
    }
    door.contact = "Recess help desk, help@recess.example"
    door.open()
    with standing(door) as address:
        yield Screens(address, paths)


@pytest.fixture
def reading(browser: Any, screens: Screens) -> Iterator[Any]:
    """A page as somebody with these settings sees it, at the screen of this name."""
    contexts = []

    def read(name: str, locale: str = "en-US", scheme: str = "light", **more: Any) -> Any:
        context = browser.new_context(locale=locale, color_scheme=scheme, viewport=NARROW, **more)
        contexts.append(context)
        page = context.new_page()
        page.goto(screens.address + screens.paths[name])
        return page

    yield read
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("locale", "scheme"), [("en-US", "light"), ("es-ES", "dark")])
def test_every_screen_is_accessible_and_fits_a_narrow_telephone(
    reading: Any, screens: Screens, locale: str, scheme: str
) -> None:
    page = reading("locked", locale, scheme)
    for name, path in screens.paths.items():
        page.goto(screens.address + path)
        found = Axe().run(page, options=AXE)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        assert len(found.response["passes"]) > 10
        assert page.locator("html").get_attribute("lang") == locale[:2]
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], name


def test_a_screen_that_is_not_accessible_is_found(reading: Any) -> None:
    page = reading("locked")
    page.evaluate("document.querySelector('.lead').style.color = '#ccc'")
    page.evaluate("document.documentElement.removeAttribute('lang')")
    found = {violation["id"] for violation in Axe().run(page, options=AXE).response["violations"]}
    assert {"color-contrast", "html-has-lang"} <= found


def test_letters_of_double_size_still_fit(reading: Any) -> None:
    page = reading("locked by two")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_links_are_large_enough_for_a_thumb_and_seen_when_focused(reading: Any) -> None:
    page = reading("locked")
    links = page.get_by_role("link").all()
    assert [link.inner_text() for link in links] == [
        "https://help.lincoln.example/locked-accounts",
        "help@recess.example",
        "English",
        "Español",
    ]
    for link in links:
        page.keyboard.press("Tab")
        assert link.evaluate("element => element === document.activeElement")
        assert link.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
        box = link.bounding_box()
        assert min(box["width"], box["height"]) >= 24


def test_another_language_is_one_key_away_and_needs_no_script(reading: Any) -> None:
    page = reading("locked", java_script_enabled=False)
    page.get_by_role("link", name="Español").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Su cuenta está bloqueada").wait_for()


def test_the_browser_accepts_the_policy_and_shows_the_style(reading: Any, screens: Screens) -> None:
    page = reading("locked")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    assert page.locator("main").evaluate("e => getComputedStyle(e).borderTopLeftRadius") == "20px"
    assert not [text for text in said if "Content Security Policy" in text]


def test_the_pictures_of_the_documents_can_be_taken(
    browser: Any, sqlite_url: str, tmp_path: Path
) -> None:
    pictures = take(browser, sqlite_url, tmp_path)
    assert [picture.name for picture in pictures] == ["frozen-en.png", "frozen-es.png"]
    assert all(picture.stat().st_size > 10_000 for picture in pictures)
