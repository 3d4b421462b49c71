"""The browser renders, and says so when a page's script fails."""

from typing import TYPE_CHECKING

import pytest

from tests.harness.browser import fresh_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def test_a_page_renders_and_can_be_clicked(page: "Page") -> None:
    page.set_content("<button onclick=\"this.textContent = 'Paused'\">Pause</button>")
    page.get_by_role("button", name="Pause").click()
    assert page.get_by_role("button").inner_text() == "Paused"


def test_two_pages_share_nothing(browser: "Browser") -> None:
    with fresh_page(browser) as one, fresh_page(browser) as other:
        one.context.add_cookies([{"name": "who", "value": "ana", "url": "http://localhost"}])
        assert len(one.context.cookies()) == 1
        assert other.context.cookies() == []


def run_a_script_that_fails(browser: "Browser") -> None:
    with fresh_page(browser) as page, page.expect_event("pageerror"):
        page.evaluate("() => { setTimeout(() => { throw new Error('planted') }) }")


def test_a_script_that_fails_fails_the_test(browser: "Browser") -> None:
    with pytest.raises(AssertionError, match="planted"):
        run_a_script_that_fails(browser)
