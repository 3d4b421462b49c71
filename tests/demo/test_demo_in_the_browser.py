"""The demo as a newcomer lives it: in a real browser, with the mouse."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen, run
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

# Ctrl-C has to end everything within this.
STOP_SECONDS = 10


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The demo in a process of its own, as `make demo` starts it; ended by Ctrl-C."""
    command = [sys.executable, "-m", "bot", "demo", "--folder", str(tmp_path), "--port", "0"]
    with Popen(command, stdout=PIPE, text=True) as process:
        try:
            yield _printed_address(process)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(STOP_SECONDS) == 0


def _printed_address(process: "Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
    raise AssertionError("the demo ended without printing an address")


@pytest.fixture
def at(page: "Page", address: str) -> "Page":
    page.goto(address)
    return page


def be(at: "Page", person: str, channel: str) -> None:
    at.click(f"[data-person={person}]")
    at.click(f"[data-channel={channel}]")


def card(at: "Page") -> "Locator":
    """The newest message of the channel that has a card's title."""
    return at.locator("[data-ts]").filter(has_text=re.compile("need|decided")).last


def school_row(at: "Page", name: str) -> "Locator":
    """The block with a school's buttons, which follows the block with its name."""
    named = at.locator("[data-block-type=section]").filter(has_text=name)
    return named.locator("xpath=following-sibling::*[1]").last


def fill(at: "Page", **typed: str) -> None:
    for block, text in typed.items():
        at.fill(f"[data-view-id] [data-block-id={block}] :is(input, textarea)", text)
    at.click("[data-view-id] [data-submit]")


def see(at: "Page", text: str) -> None:
    at.get_by_text(text).last.wait_for(timeout=10_000)


def freeze_oak(at: "Page") -> None:
    be(at, "U0ANA", "C0LINCOLN")
    school_row(at, "Oak Elementary").locator("[data-action-id=school_freeze]").click()
    see(at, "Only the support team can undo this.")
    fill(at, reason="The building is closed", typed="0012")
    see(at, "Ana Flores froze Oak Elementary (0012)")


def test_an_admin_pauses_one_school_by_its_button(at: "Page") -> None:
    be(at, "U0ANA", "C0LINCOLN")
    school_row(at, "Oak Elementary").locator("[data-action-id=school_pause]").click()
    see(at, "Ana Flores paused Oak Elementary (0012)")
    see(at, "Lincoln Unified: 1 school needs a decision.")


def test_an_admin_pauses_several_schools_by_ticking_their_names(at: "Page") -> None:
    be(at, "U0ANA", "C0LINCOLN")
    card(at).locator("[data-action-id=card_pause]").click()
    at.locator("[data-view-id]").get_by_label(re.compile("Oak Elementary")).check()
    at.locator("[data-view-id]").get_by_label(re.compile("Washington Elementary")).check()
    at.click("[data-view-id] [data-submit]")
    see(at, "Paused 2 schools.")
    see(at, "Lincoln Unified: every school on this card is decided.")


def test_a_freeze_is_confirmed_in_its_modal_and_undone_by_support(at: "Page") -> None:
    freeze_oak(at)
    card(at).locator("[data-action-id=school_unfreeze]").click()
    see(at, "Only the support team can unfreeze a school.")
    at.locator("[data-ephemeral] [data-action-id=school_request_unfreeze]").click()
    fill(at, reason="It was the wrong one")
    see(at, "The support team has been asked.")

    be(at, "U0SAM", "C0SUPPORT")
    at.locator("[data-action-id=request_approve]").click()
    see(at, "becomes")
    fill(at, reason="Ana is right")
    see(at, "Approved by Sam Okafor")

    be(at, "U0ANA", "C0LINCOLN")
    see(at, "Lincoln Unified: 2 schools need a decision.")
    at.click("[data-app]")
    see(at, "Oak Elementary (0012) of Lincoln Unified is unfrozen")


def test_a_request_that_is_denied_tells_whoever_asked_why(at: "Page") -> None:
    freeze_oak(at)
    card(at).locator("[data-action-id=school_unfreeze]").click()
    at.locator("[data-ephemeral] [data-action-id=school_request_unfreeze]").click()
    fill(at, reason="Please")
    see(at, "The support team has been asked.")
    be(at, "U0SUE", "C0SUPPORT")
    at.locator("[data-action-id=request_deny]").click()
    fill(at, reason="It is really closed")
    see(at, "Denied by Sue Park")
    at.click("[data-person=U0ANA]")
    at.click("[data-app]")
    see(at, "stays frozen: your request was denied by Sue Park. Reason: It is really closed")


def test_a_teacher_may_not_decide(at: "Page") -> None:
    be(at, "U0TIA", "C0LINCOLN")
    school_row(at, "Oak Elementary").locator("[data-action-id=school_pause]").click()
    see(at, "You are not among the people who may pause schools here.")


def test_tonights_sync_brings_a_school_back_and_takes_others(at: "Page") -> None:
    be(at, "U0ANA", "C0LINCOLN")
    at.click("[data-run]")
    see(at, "Lincoln Unified: 3 schools need a decision.")
    see(at, "a newer card lists everything that is open")
    card(at).get_by_text("1 reply").click()
    see(at, "Oak Elementary (0012) is shared again: Active.")


def test_a_school_whose_row_is_deleted_by_hand_is_flagged(at: "Page", tmp_path: Path) -> None:
    orgs = tmp_path / "rosters" / "lincoln-usd" / "orgs.csv"
    rows = orgs.read_text(encoding="utf-8").splitlines(keepends=True)
    orgs.write_text("".join(r for r in rows if "Sunnyside Elementary" not in r), encoding="utf-8")
    be(at, "U0ANA", "C0LINCOLN")
    at.click("[data-run]")
    see(at, "Sunnyside Elementary")
    see(at, "Lincoln Unified: 4 schools need a decision.")


def test_the_card_of_a_district_at_clever_is_decided_as_any_other(at: "Page") -> None:
    be(at, "U0GRACE", "C0HARBOR")
    see(at, "Harbor Point: 1 school needs a decision.")
    school_row(at, "Seaview Elementary").locator("[data-action-id=school_pause]").click()
    see(at, "Grace Kim paused Seaview Elementary (25070120)")


def test_the_next_roster_of_the_csv_partner_is_uploaded_from_the_shell(
    at: "Page", tmp_path: Path
) -> None:
    roster = tmp_path / "uploads" / "northwind" / "second"
    command = [sys.executable, "-m", "bot", "upload", "northwind", str(roster), "--yes"]
    database = {"DATABASE_URL": f"sqlite:///{tmp_path / 'recess.db'}"}
    run(command, env=os.environ | database, check=True, capture_output=True)
    be(at, "U0NOOR", "C0NORTHWIND")
    see(at, "Northwind Charter: 1 school needs a decision.")
