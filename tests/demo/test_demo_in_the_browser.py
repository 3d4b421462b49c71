"""The demo as a newcomer lives it: the next night, and what is done to the files by hand."""

import os
import sys
from subprocess import run

from tests.demo.hand import Hand


def test_tonights_sync_follows_the_story_and_what_was_deleted_by_hand(hand: Hand) -> None:
    orgs = hand.demo.folder / "rosters" / "lincoln-usd" / "orgs.csv"
    rows = orgs.read_text(encoding="utf-8").splitlines(keepends=True)
    orgs.write_text("".join(r for r in rows if "Sunnyside Elementary" not in r), encoding="utf-8")
    hand.be("U0ANA", "C0LINCOLN")
    hand.page.click("[data-run]")
    hand.see("Lincoln Unified: 4 schools need a decision.")
    hand.see("Sunnyside Elementary")
    hand.see("a newer card lists everything that is open")
    hand.page.get_by_text("1 reply").last.click()
    hand.see("Oak Elementary (0012) is shared again: Active.")


def test_the_next_roster_of_the_csv_partner_is_uploaded_from_the_shell(hand: Hand) -> None:
    roster = hand.demo.folder / "uploads" / "northwind" / "second"
    command = [sys.executable, "-m", "bot", "upload", "northwind", str(roster), "--yes"]
    database = {"DATABASE_URL": f"sqlite:///{hand.demo.folder / 'recess.db'}"}
    run(command, env=os.environ | database, check=True, capture_output=True)
    hand.be("U0NOOR", "C0NORTHWIND")
    hand.see("Northwind Charter: 1 school needs a decision.")
