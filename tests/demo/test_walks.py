"""The main stories as people live them: in a real browser, with the mouse, each as themselves.

`make screenshots` takes the pictures of the documents on these walks. The night that people ask for
comes last, because it comes to everybody.
"""

import os
import sys
from pathlib import Path
from subprocess import run

from tests.demo.hand import PHONE, Hand


def test_one_school_is_paused_on_a_telephone(hand: Hand) -> None:
    hand.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    hand.be("U0GRACE", "C0HARBOR")
    hand.see("Harbor Point: 1 school needs a decision.")
    hand.press("Pause", "Seaview Elementary")
    hand.see("Grace Kim paused Seaview Elementary (25070120)")
    hand.see("Harbor Point: every school on this card is decided.")
    assert hand.fits()
    hand.be("U0TIA", "C0LINCOLN")
    hand.press("Pause", "Oak Elementary")
    hand.see("You are not among the people who may pause schools here.")


def test_a_held_night_is_decided_and_schools_are_paused_across_pages(hand: Hand) -> None:
    hand.be("U0HANA", "C0PLAINS")
    hand.see("Last night's roster of Golden Plains is held.")
    hand.take("hold")
    hand.press("Apply, decide one by one")
    hand.confirm("Apply")
    hand.see("Golden Plains: 60 schools need a decision.")
    hand.press("Pause…")
    hand.tick("^Bison Elementary", "^Clay Hill Elementary")
    hand.press("Next page")
    hand.see("2 selected on other pages")
    hand.tick("^Prairie Home Middle School")
    hand.take("review")
    hand.dialog.get_by_label("Search").fill("osage west")
    hand.dialog.get_by_label("Search").press("Enter")
    hand.see("3 selected on other pages")
    hand.tick("^Osage West Elementary")
    hand.submit()
    hand.see("Paused 4 schools.")
    hand.see("Golden Plains: 56 schools need a decision.")


def test_a_freeze_warns_first_and_locks_people_out_of_the_product(hand: Hand) -> None:
    hand.be("U0ANA", "C0LINCOLN")
    hand.take("card")
    hand.press("Freeze…", "Oak Elementary")
    hand.see("Only the support team can undo this.")
    hand.see("You would be locked out too.")
    hand.see("also work elsewhere")
    hand.take("freeze")
    hand.fill(reason="The building is closed", typed="Oak")
    hand.see("Nothing was frozen yet.")
    hand.fill(typed="0012")
    hand.see("Ana Flores froze Oak Elementary (0012)")
    sign_in(hand, "ana.flores@lincoln-usd.example")
    hand.see("Your account is locked")
    hand.see("Oak Elementary (0012)")


def test_an_unfreeze_is_asked_for_and_whoever_asked_is_told(hand: Hand) -> None:
    freeze(hand, "U0DEV", "C0RIVER", "Pine Hollow Elementary", "269912000711")
    hand.press("Unfreeze…", "Pine Hollow Elementary")
    hand.see("Only the support team can unfreeze a school.")
    hand.page.get_by_role("button", name="Request unfreeze…").last.click()
    hand.fill(reason="It was the wrong school")
    hand.see("The support team has been asked.")
    hand.at_home("U0SAM")
    hand.see("Requests to unfreeze, oldest first")
    hand.take("desk")
    hand.be("U0SAM", "C0SUPPORT")
    hand.see("Unfreeze requested: Pine Hollow Elementary (269912000711)")
    hand.take("request")
    hand.press("Approve…")
    hand.see("becomes Action Needed")
    hand.fill(reason="Dev is right")
    hand.see("Approved by Sam Okafor")
    hand.told("U0DEV", "Pine Hollow Elementary (269912000711) of Riverside ISD is unfrozen")
    hand.be("U0DEV", "C0RIVER")
    hand.see("Riverside ISD: 2 schools need a decision.")


def test_the_staff_of_a_closing_school_are_released_in_one_step(hand: Hand) -> None:
    hand.be("U0CARMEN", "C0CEDAR")
    hand.press("Freeze…", "Harbor Middle School")
    hand.tick("Ask support to release the")
    hand.fill(reason="The school closes this summer", typed="179901000402")
    hand.see("Support is asked to release")
    sign_in(hand, "carmen.diaz@cedar-valley.example")
    hand.see("Your account is locked")
    hand.page.goto(hand.demo.address)
    hand.be("U0SAM", "C0SUPPORT")
    hand.see("Release requested: Harbor Middle School")
    hand.press("Release…")
    hand.see("A released account works again")
    hand.take("release")
    hand.fill(reason="They work at Lakeshore")
    hand.see("Released by Sam Okafor")
    hand.told("U0CARMEN", "Sam Okafor released accounts of Harbor Middle School")
    sign_in(hand, "carmen.diaz@cedar-valley.example")
    hand.see("is signed in")


def test_a_mistake_is_mended_and_synced_at_once(hand: Hand) -> None:
    hand.be("U0OMAR", "C0GRANITE")
    hand.choose("This is a mistake…", "Quarry Hill Elementary")
    hand.see("Let the school be part of what your OneRoster service gives us again")
    hand.take("mistake")
    share_again(hand.demo.folder / "rosters" / "granite-falls", "gf-012,,,Quarry Hill Elementary")
    hand.press("Sync now")
    hand.see("The roster of Granite Falls School District is being synced.")
    hand.close()
    hand.see("Quarry Hill Elementary (08-012) is shared again")
    hand.told("U0OMAR", "The sync of Granite Falls School District that you asked for is done")


def test_a_mistake_that_stays_is_a_case_for_the_support_team(hand: Hand) -> None:
    hand.be("U0RUTH", "C0RIDGE")
    hand.choose("This is a mistake…", "Laurel Fork Elementary")
    hand.fill(what="TP Connector says that everything is there")
    hand.see("The support team has been asked about Laurel Fork Elementary")
    hand.be("U0SUE", "C0SUPPORT")
    hand.see("Reported as a mistake: Laurel Fork Elementary")
    hand.press("Answer…")
    hand.fill(answer="Its export has a wrong school year; tick the new one")
    hand.told("U0RUTH", "Its export has a wrong school year")
    hand.be("U0RUTH", "C0RIDGE")
    hand.see("of the support team answered")


def test_home_lists_filters_and_searches_and_support_sees_all_partners(hand: Hand) -> None:
    hand.at_home("U0LENA")
    hand.see("Schools of Mesa Verde Unified")
    hand.see("Desert Willow Elementary")
    hand.take("home")
    hand.choose("Pause", "Desert Willow Elementary")
    hand.see("1 Paused")
    hand.page.select_option("[data-action-id=home_status]", "active")
    hand.see("Saguaro Elementary")
    hand.page.fill("[data-action-id=home_search]", "copper")
    hand.page.press("[data-action-id=home_search]", "Enter")
    hand.see("Copper Canyon Elementary")
    hand.see_no_more("Saguaro Elementary")
    hand.choose("History", "Copper Canyon Elementary")
    hand.dialog.get_by_text("Copper Canyon Elementary (0702102)").wait_for()
    hand.close()
    hand.at_home("U0SAM")
    hand.see("Support desk")
    hand.row("Mesa Verde Unified").get_by_role("button", name="Schools").click()
    hand.see("Schools of Mesa Verde Unified")
    hand.at_home("U0TIA")
    hand.see("if it should be you.")


def test_an_upload_is_refused_or_shown_and_then_applied(hand: Hand, tmp_path: Path) -> None:
    hand.be("U0NOOR", "C0NORTHWIND")
    (tmp_path / "schools.csv").write_text("School_id,School_name\n1,\n", encoding="utf-8")
    upload(hand, [tmp_path / "schools.csv"])
    hand.told("U0NOOR", "was not taken, and nothing was changed.")
    hand.be("U0NOOR", "C0NORTHWIND")
    upload(hand, sorted((hand.demo.folder / "uploads" / "northwind" / "second").iterdir()))
    hand.told("U0NOOR", "is checked. Nothing is changed yet")
    hand.see("Northwind Prairie Elementary")
    hand.take("upload")
    hand.press("Apply")
    hand.see("is applied")
    hand.be("U0NOOR", "C0NORTHWIND")
    hand.see("Northwind Charter: 1 school needs a decision.")


def test_a_roster_is_uploaded_from_the_shell(hand: Hand, tmp_path: Path) -> None:
    """Another one than in the browser: without a second school, and its people."""
    given = hand.demo.folder / "uploads" / "northwind" / "second"
    for file in given.iterdir():
        rows = file.read_text("utf-8").splitlines(keepends=True)
        (tmp_path / file.name).write_text("".join(r for r in rows if "NW-03" not in r), "utf-8")
    command = [sys.executable, "-m", "bot", "upload", "northwind", str(tmp_path), "--yes"]
    database = {"DATABASE_URL": f"sqlite:///{hand.demo.folder / 'recess.db'}"}
    run(command, env=os.environ | database, check=True, capture_output=True)
    hand.be("U0NOOR", "C0NORTHWIND")
    hand.see("Northwind Charter: 2 schools need a decision.")
    hand.see("Northwind Middle School (1503)")


def test_tonights_sync_follows_the_story_and_what_was_deleted_by_hand(hand: Hand) -> None:
    orgs = hand.demo.folder / "rosters" / "riverside-isd" / "orgs.csv"
    rows = orgs.read_text("utf-8").splitlines(keepends=True)
    orgs.write_text("".join(r for r in rows if "Ferry Street Elementary" not in r), "utf-8")
    hand.be("U0DEV", "C0RIVER")
    hand.page.click("[data-run]")
    hand.see("Riverside ISD: 2 schools need a decision.")
    hand.see("Ferry Street Elementary (269912000714)")
    hand.see("a newer card lists everything that is open")
    card = hand.page.locator("article").filter(has_text="Ferry Street Elementary").last
    card.locator(".replies").click()
    hand.see("Maple Grove Academy (269912000710) is shared again: Active.")


# Parts of the stories


def freeze(hand: Hand, person: str, channel: str, school: str, number: str) -> None:
    hand.be(person, channel)
    hand.press("Freeze…", school)
    typed = {"typed": number} if hand.dialog.locator("[data-block-id=typed]").count() else {}
    hand.fill(reason="The building is closed", **typed)
    hand.see(f"froze {school}")


def sign_in(hand: Hand, email: str) -> None:
    hand.page.goto(hand.demo.product)
    hand.page.fill("input[name=email]", email)
    hand.page.press("input[name=email]", "Enter")


def share_again(roster: Path, row: str) -> None:
    """The district puts a school's row back where it was."""
    orgs = roster / "orgs.csv"
    orgs.write_text(f"{orgs.read_text('utf-8')}{row},school,08-012,gf-district\n", "utf-8")


def upload(hand: Hand, files: list[Path]) -> None:
    hand.type("/schools upload")
    hand.dialog.locator("input[type=file]").set_input_files(files)
    hand.dialog.locator("[data-chosen]").nth(len(files) - 1).wait_for()
    hand.submit()
    hand.see("is being checked")
