"""The histories by hand with files: a roster or a staff list, handed over in Slack's dialog.

The roster of some partners is uploaded: what a folder has at night, a person hands over. Whatever
it changes is held until whoever uploaded it has seen that; a staff list is added in the same way.
"""

import re
from collections.abc import Collection

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.harness.slack.surfaces import Card
from tests.model.by_hand import STEPS, ByHand, some
from tests.model.district import FROZEN, MAY_CHANGE, Hold
from tests.model.roster import edits
from tests.model.world import Snapshot, files_of
from tests.rosters.sets import Files, table

COLUMNS = ("Staff First Name", "Staff Last Name", "Staff Email", "Schools")
uploaders = st.sampled_from(("ana", "ana", "bo", "sue", "vic"))


class ByFiles(ByHand):
    def __init__(self) -> None:
        super().__init__()
        # Who handed a roster over, what it would change, and the message that says so.
        self.previews: list[tuple[str, Hold, Card]] = []

    # --- a roster

    @precondition(lambda self: self.partner is not None and self.partner.uploads)
    @rule(changes=edits, who=uploaders, at_home=st.booleans())
    def somebody_uploads(self, changes: list, who: str, at_home: bool) -> None:
        """And decides about it later, if at all."""
        self._edit(changes)
        self._uploaded(who, at_home)

    @precondition(lambda self: self.previews)
    @rule(newest=some, apply=st.booleans())
    def somebody_decides_an_upload(self, newest: int, apply: bool) -> None:
        """Also about one that is decided, or that a later one has replaced."""
        self._decides_upload(*self.previews[-1 - newest // 3 % len(self.previews)], apply=apply)

    def _night(self, way: str = "clock") -> None:
        """What a folder brings by itself is handed over and applied, unless much is lost by it."""
        if not self._partner.uploads:
            super()._night(way)
            return
        # Somebody else than whoever is in the middle of a dialog.
        who = next(who for who in ("ana", "bo", "sue") if self.town.dialog(who) is None)
        preview = self._uploaded(who, at_home=way == "Home")
        if preview is not None and "Apply" in preview[-1].buttons:
            self._decides_upload(*preview, apply=True)

    def _uploaded(self, who: str, at_home: bool) -> tuple[str, Hold, Card] | None:
        """Answers what was shown, when there is something to decide."""
        files = files_of(Snapshot(self.open, self.staff))
        card = self._handed_over(who, files, at_home)
        if card is None:
            return None
        outcome, counts = self.district.upload(self.open, self.staff)
        STEPS[f"upload: {outcome}"] += 1
        run = self._partner.last_run()
        assert run["outcome"] == outcome, run
        if counts is not None:
            told = (*run["schools"].values(), *run["staff"].values())
            assert told == tuple(vars(counts).values()), run
        hold = self.district.hold
        if outcome != "held" or hold is None:
            card.says("was not taken" if outcome == "failed" else "changes nothing")
            return None
        self._says_what_it_changes(card, hold)
        self.previews.append((who, hold, card))
        return self.previews[-1]

    def _says_what_it_changes(self, card: Card, hold: Hold) -> None:
        known = self.district.schools
        present = {id for id, school in known.items() if school.present}
        expected = {
            "new": {f"{hold.seen[id][1]} ({hold.seen[id][0]})" for id in hold.seen.keys() - known},
            "missing": {self._title(id) for id in present - hold.seen.keys()},
            "back": {self._title(id) for id in known.keys() & hold.seen.keys() - present},
        }
        for word, titles in expected.items():
            said = re.findall(rf"^• (\S+ Schools? \(\d+\)): {word},", card.reads, re.MULTILINE)
            assert sorted(said) == sorted(titles), card.reads
        tripped = self.district.applied and self.district._trips(hold.seen, hold.rows)
        assert card.buttons == ["Apply…" if tripped else "Apply", "Discard"]

    def _decides_upload(self, who: str, hold: Hold, card: Card, *, apply: bool) -> None:
        [button] = [b for b in card.buttons if b.startswith("Apply" if apply else "Discard")]
        told = self.town.sees(who, lambda: card.click(button, by=who))
        if (dialog := told.dialog) is not None:
            assert button == "Apply…"
            told = self.town.sees(who, lambda: dialog.submit(typed=self._partner.name))
        before = self._statuses()
        answer = self.district.decide_hold(who, hold, "apply" if apply else "discard")
        STEPS[f"upload {'applied' if apply else 'discarded'}: {answer}"] += 1
        self._says(answer, told)
        if answer == "done" and apply:
            outcome = self.district.carry_out()
            assert self._run_of(hold) == outcome
            self._listed_after(before)

    # --- a staff list

    def _added_by_file(self, who: str, email: str, ids: Collection[str]) -> None:
        known = self.district.schools
        names = [known[id].name for id in ids]
        assert len({s.name for s in known.values()}) == len(known), "a name is told apart by number"
        row = dict(zip(COLUMNS, ("Hand", "Made", email, ", ".join(names)), strict=True))
        card = self._handed_over(who, {"staff.csv": table(COLUMNS, [row])}, at_home=False)
        if card is None:
            return
        theirs = {
            a for a, one in self.district.accounts.items() if one.email.lower() == email.lower()
        }
        fresh = [
            id for id in ids if not theirs or {(a, id) for a in theirs} - self.district.by_hand
        ]
        STEPS[f"staff list: {'added' if fresh else 'unchanged'}"] += 1
        if not fresh:
            card.says("changes nothing", "there already")
            return
        card.says(f"1 person to add, {0 if theirs else 1} of them new")
        locked = [self._title(id) for id in fresh if known[id].status == FROZEN]
        said = card.reads.partition("Locked at once")[2]
        assert re.findall(r"^• (\S+ Schools? \(\d+\))$", said, re.MULTILINE) == locked, card.reads
        told = self.town.sees(who, lambda: card.click("Apply", by=who))
        self._says("done", told)
        card.expect_update("is applied: 1 person was added, nobody was removed.")
        self.district.add(email, "Hand Made", ids)

    # --- the dialog

    def _handed_over(self, who: str, files: Files, at_home: bool) -> Card | None:
        """The message that says what these files would change; None for whoever may not do it."""
        if at_home and self._partner.uploads and who in MAY_CHANGE:
            home = self._partner.home(who)
            told = self.town.sees(who, lambda: home.click("Upload"))
        else:
            told = self.town.sees(who, lambda: self._partner.types("upload", who))
        if who not in MAY_CHANGE:
            assert told.dialog is None, told
            assert re.search("none of them|are not among the people", told.words), told
            return None
        dialog = told.dialog
        assert dialog is not None, told
        told = self.town.sees(who, lambda: dialog.submit(file=files))
        assert "is being checked. Nothing is changed by that" in told.words, told
        return self._partner.upload_card(who)
