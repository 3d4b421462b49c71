"""The histories by hand with what support does in dialogs: releasing people, and linking schools.

Each dialog is compared with the model whenever it is drawn. What an admin begins instead is a
wish: that support releases whoever also works elsewhere.
"""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.harness.slack.surfaces import Modal
from tests.model.by_hand import STEPS, ByHand, Press, anyone, some, wheres
from tests.model.district import ADMINS, FROZEN, SUPPORT, Wish
from tests.model.hands_on import Told, counted
from tests.model.roster import edits

RELEASE, LINK = "Release accounts…", "Link with the new school…"
# So few people are on a page of the dialog.
PEOPLE_ON_A_PAGE = 2

moves = ("tick", "tick", "turn", "turn", "search", "all", "none", "somebody else")
picks = st.lists(st.tuples(st.sampled_from(moves), some), min_size=1, max_size=4)
meanwhiles = st.sampled_from(
    (*("nothing",) * 4, "a night", "added", "frozen", "released", "unfrozen", "unfrozen")
)


@dataclass
class Picking:
    """A dialog to release people as the model knows it; `ticked` are serials of accounts."""

    who: str
    school: str
    ticked: set[int] = field(default_factory=set)
    query: str = ""
    page: int = 0


class InDialogs(ByHand):
    # --- releasing

    @precondition(lambda self: self._on_cards(RELEASE))
    @rule(who=anyone, number=some, old=some, picks=picks, meanwhile=meanwhiles, changes=edits)
    def somebody_releases_from_the_card(
        self,
        who: str,
        number: int,
        old: int,
        picks: list[tuple[str, int]],
        meanwhile: str,
        changes: list,
    ) -> None:
        begin, school, version = self._picked(who, RELEASE, number, old)
        then = partial(self._meanwhile, meanwhile, school, changes)
        self._releases(who, begin, school, version, picks, then)

    @precondition(lambda self: self.wishes)
    @rule(
        who=st.sampled_from(("sue", "sam")),
        newest=some,
        where=wheres,
        decline=st.sampled_from((False, False, True)),
        picks=picks,
        meanwhile=meanwhiles,
    )
    def support_answers_a_wish(
        self,
        who: str,
        newest: int,
        where: str,
        decline: bool,
        picks: list[tuple[str, int]],
        meanwhile: str,
    ) -> None:
        wish, card = self.wishes[-1 - newest // 3 % len(self.wishes)]
        button = "Decline…" if decline else "Release…"
        begin, at_home = self._where_it_waits(who, where, button, wish, card)
        if at_home and where == "the desk, too late":
            other = "sam" if who == "sue" else "sue"
            self._declines(other, partial(card.click, "Decline", by=other), wish)
        if decline:
            self._declines(who, begin, wish)
        else:
            then = partial(self._meanwhile, meanwhile, wish.school, [])
            self._releases(who, begin, wish.school, wish.version, picks, then, wish)
        if at_home:
            self._the_desk_is_drawn_anew(who)

    def _declines(self, who: str, begin: Press, wish: Wish) -> None:
        told = self.town.sees(who, begin)
        if (dialog := told.dialog) is not None:
            count = len(self.district.locked_elsewhere(wish.school))
            dialog.says(f"also the {count} account{'' if count == 1 else 's'} of people who work")
            told = self.town.sees(who, lambda: dialog.submit(reason="It is sold"))
        answer = self.district.decline(who, wish)
        STEPS[f"wish declined: {answer}"] += 1
        self._says(answer, told)

    def _releases(
        self,
        who: str,
        begin: Press,
        school: str,
        version: int,
        picks: list[tuple[str, int]],
        meanwhile: Callable[[], None],
        wish: Wish | None = None,
    ) -> None:
        """Exactly who is ticked is let in, on whatever page, as long as the freeze holds."""
        told = self.town.sees(who, begin)
        if who in ADMINS:
            self._asks_for_a_release(who, told, school, version)
            return
        copied, asked = deepcopy((self.district, wish))
        would = copied.release(who, school, copied.accounts, version, asked)
        if would != "done":
            self._says(would, told)
            assert told.dialog is None, told
            return
        about = self.district.locked_elsewhere(school) if wish else set()
        picking = Picking(who, school, self._serials(about))
        self._people_are_drawn(picking)
        if wish is None:
            self._picks(picking, "tick", len(picks))
        for move, number in picks:
            self._picks(picking, move, number)
        meanwhile()
        dialog = self._dialog(who)
        told = self.town.sees(who, lambda: dialog.submit(reason="They teach"))
        if not picking.ticked:
            assert "Tick at least one person above" in told.words, told
            return
        people = self.district.people_of(school) if school in self.district.schools else set()
        chosen = [a for a in people if self.district.accounts[a].serial in picking.ticked]
        fresh = len(self.district.unreleased(school) & set(chosen))
        answer = self.district.release(who, school, chosen, version, wish)
        STEPS[f"release in a dialog: {answer}"] += 1
        STEPS["released in a dialog"] += fresh if answer == "done" else 0
        self._says(answer, told)
        if answer == "done":
            assert f"{counted(fresh, 'account')} of {self._title(school)} released" in told.words

    def _picks(self, picking: Picking, move: str, number: int) -> None:
        dialog = self._dialog(picking.who)
        if move == "tick" and dialog.offers:
            text = dialog.offers[number % len(dialog.offers)].partition(" (")[0]
            serial = self._serial_of(picking, text)
            (dialog.untick if serial in picking.ticked else dialog.choose)(text)
            picking.ticked ^= {serial}
            return
        if move == "turn" and (ways := [b for b in dialog.buttons if b in ("‹ Back", "More ›")]):
            way = ways[number % len(ways)]
            dialog.click(way)
            picking.page += 1 if way == "More ›" else -1
        elif move == "search":
            picking.query, picking.page = (
                ("", "p1", "EXAMPLE", "school", "b school", "x")[number],
                0,
            )
            dialog.type(picking.query, into="find")
        elif move == "all" and (ways := [b for b in dialog.buttons if b.startswith("Tick all")]):
            dialog.click(ways[0])
            picking.page = 0
            picking.ticked |= self._serials(self.district.locked_elsewhere(picking.school))
        elif move == "none" and "Untick all" in dialog.buttons:
            dialog.click("Untick all")
            picking.ticked, picking.page = set(), 0
        else:
            if move == "somebody else":
                self._meanwhile(("added", "released")[number % 2], picking.school, [])
            return
        STEPS["moves in a release"] += 1
        self._people_are_drawn(picking)

    def _people_are_drawn(self, picking: Picking) -> None:
        self.town.settle()
        dialog, school = self._dialog(picking.who), picking.school
        boxes = self._boxes(school)
        locked = self.district.unreleased(school)
        picking.ticked &= self._serials(locked)
        found = [a for a in locked if self._is_found(a, school, picking.query.lower().split())]
        pages = max(1, -(-len(found) // PEOPLE_ON_A_PAGE))
        picking.page = min(picking.page, pages - 1)
        words = dialog.reads
        assert f"is frozen and locks {counted(len(locked), 'account')}" in words, words
        start = picking.page * PEOPLE_ON_A_PAGE
        # Two people of one name may stand in either order.
        order = sorted(self._rank(account, school) for account in found)
        shown = [boxes[box] for box in dialog.offers]
        assert [self._rank(a, school) for a in shown] == order[start:][:PEOPLE_ON_A_PAGE], words
        ticked = [boxes[box] for box in dialog.offers if box.partition(" (")[0] in dialog.ticked]
        assert self._serials(set(ticked)) == self._serials(set(shown)) & picking.ticked, words
        if pages > 1:
            people = counted(len(picking.ticked), "person", "people")
            assert f"Page {picking.page + 1} of {pages} · {people} ticked" in words, words

    def _boxes(self, school: str) -> Mapping[str, str]:
        """Whom this school locks, by what is written beside their boxes."""
        return {
            self._written(account, school): account for account in self.district.unreleased(school)
        }

    def _written(self, account: str, school: str) -> str:
        one, others = self.district.accounts[account], self.district.elsewhere(account, school)
        by = [self._title(id) for id in self.district.locks().get(account, ()) if id != school]
        where = (
            f"stays locked by {', '.join(sorted(by))}" if by else ", ".join(others) or "only here"
        )
        return f"{one.name} · {one.email} ({where})"

    def _rank(self, account: str, school: str) -> tuple[bool, str]:
        elsewhere = bool(self.district.elsewhere(account, school))
        return not elsewhere, self.district.accounts[account].name.casefold()

    def _is_found(self, account: str, school: str, words: list[str]) -> bool:
        one = self.district.accounts[account]
        about = (
            f"{one.name} {one.email} {' '.join(self.district.elsewhere(account, school))}".lower()
        )
        return all(word in about for word in words)

    def _serials(self, accounts: set[str]) -> set[int]:
        return {self.district.accounts[account].serial for account in accounts}

    def _serial_of(self, picking: Picking, text: str) -> int:
        """Of somebody who is shown, also when they were released since."""
        [serial] = {
            one.serial
            for one in self.district.accounts.values()
            if f"{one.name} · {one.email}" == text
        }
        return serial

    def _asks_for_a_release(self, who: str, told: Told, school: str, version: int) -> None:
        if (dialog := told.dialog) is not None:
            people = self.district.locked_elsewhere(school)
            dialog.says(f"release {counted(len(people), 'account')} of {self._title(school)}")
            told = self.town.sees(who, lambda: dialog.submit(reason="They teach elsewhere"))
        answer = self.district.ask_release(who, school, version)
        STEPS[f"release asked for: {answer}"] += 1
        self._says(answer, told)
        self._remember_wish()

    # --- linking

    @precondition(lambda self: self._on_cards(LINK))
    @rule(who=anyone, number=some, old=some, pick=some, meanwhile=meanwhiles, changes=edits)
    def somebody_links_from_the_card(
        self, who: str, number: int, old: int, pick: int, meanwhile: str, changes: list
    ) -> None:
        begin, school, _ = self._picked(who, LINK, number, old)
        self._links(who, begin, school, pick, partial(self._meanwhile, meanwhile, school, changes))

    def _links(
        self, who: str, begin: Press, old: str, pick: int, meanwhile: Callable[[], None]
    ) -> None:
        """With the school that is proposed, or with another one, as soon as its effect is shown."""
        told = self.town.sees(who, begin)
        if who not in SUPPORT:
            self._says("not permitted", told)
            return
        young = self._young()
        if self.district.schools[old].present or not young:
            self._says("not possible", told)
            return
        to = self._proposed(self._dialog(who))
        if to is None or pick % 2:
            to = self._chooses_another(who, young, pick)
        shown = self._link_is_drawn(self._dialog(who), old, to)
        meanwhile()
        dialog = self._dialog(who)
        told = self.town.sees(who, lambda: dialog.submit(reason="The same building"))
        answer = self._link_if(who, old, to, shown)
        if answer == "changed":
            again = self._dialog(who)
            again.says("Nothing was linked yet")
            shown = self._link_is_drawn(again, old, to)
            told = self.town.sees(who, lambda: again.submit(reason="The same building"))
            answer = self._link_if(who, old, to, shown)
        STEPS[f"link in a dialog: {answer}"] += 1
        self._says(answer, told)
        if answer == "done":
            status = "Frozen" if self.district.schools[to].status == FROZEN else "Active"
            assert f"is linked with the school it was before. Status: {status}." in told.words
        self._linked(old, to, answer)

    def _link_if(self, who: str, old: str, to: str, shown: object) -> str:
        """Nothing is linked when something else would come of it than was shown."""
        could = deepcopy(self.district).link(who, old, to)
        if could == "done" and self._effect(old, to) != shown:
            STEPS["link: changed meanwhile"] += 1
            return "changed"
        return self.district.link(who, old, to)

    def _chooses_another(self, who: str, young: list[str], pick: int) -> str:
        dialog, to = self._dialog(who), self._of(young, pick)
        assert sorted(dialog.suggest("")) == sorted(map(self._title, young))
        dialog.choose(self._title(to))
        self.town.settle()
        return to

    def _proposed(self, dialog: Modal) -> str | None:
        """The id of the new school that stands in the dialog."""
        found = re.search(r"^Now: .+, id (\S+)$", dialog.reads, re.MULTILINE)
        return found[1] if found else None

    def _link_is_drawn(self, dialog: Modal, old: str, to: str) -> object:
        """What the link does, as the dialog says; answers it as the model knows it."""
        schools, here, there = self.district.schools, *map(self.district.people_of, (old, to))
        frozen = schools[old].status == FROZEN
        more = counted(len(there - here), "more account locks", "more accounts lock")
        dialog.says(
            f"Before: {self._title(old)}, id {old}\n",
            f"Now: {self._title(to)}, id {to}\n",
            f"It stays Frozen, and {more} at once" if frozen else "and it becomes Active",
            f" · {counted(len(here), 'account')}",
            f" · {counted(len(there), 'account')}",
        )
        return self._effect(old, to)

    def _effect(self, old: str, to: str) -> object:
        versions = self.district.version(old), self.district.version(to)
        return versions, self._serials(self.district.people_of(to))

    def _young(self) -> list[str]:
        """The schools that one which is gone may have become: Active since they came."""
        schools = self.district.schools
        return [id for id, s in sorted(schools.items()) if s.present and s.moves == ["active"]]
