"""The histories by hand with all roads: also the review, Home, and `/schools`.

What each of them shows is compared with the model, and whatever is begun on them is done: also
where a list has been on the screen for long, and the schools have moved on.
"""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.harness.slack.surfaces import Home, Modal
from tests.model.by_files import ByFiles
from tests.model.by_hand import STEPS, Glimpse, Press, anyone, some
from tests.model.district import (
    ACTIVE,
    FROZEN,
    MAY_CHANGE,
    MAY_UNFREEZE,
    NEEDED,
    PAUSED,
    SUPPORT,
)
from tests.model.hands_on import (
    MISTAKE,
    Line,
    Told,
    counted,
    filters,
    lines,
    offered,
    page_of,
    press,
    searched,
)
from tests.model.in_dialogs import LINK, RELEASE, InDialogs, meanwhiles, picks

WORDS = {ACTIVE: "Active", NEEDED: "Action Needed", PAUSED: "Paused", FROZEN: "Frozen"}
FILTERS = {
    "Did not sync": (NEEDED, PAUSED),
    **{words: (status,) for status, words in WORDS.items()},
}
LISTS = {
    "": (NEEDED, PAUSED),
    "list all": tuple(WORDS),
    "list active": (ACTIVE,),
    "list needed": (NEEDED,),
    "list frozen": (FROZEN,),
}
SEES = ("ana", "bo", "sam", "sue", "vic")
# So few schools are on a page that a small district fills several.
ON_A_PAGE, LISTED = 2, 3

FREEZE, UNFREEZE, REQUEST = "Freeze…", "Unfreeze…", "Request unfreeze…"
HISTORY = "History"
ROLES = {
    "ana": r"partner admin \(because you are named in person\)",
    "bo": r"partner admin \(because you are in <!subteam\^S0LINCOLNADMINS>\)",
    "vic": r"viewer \(because you are named in person\)",
    "sue": r"member of the support team",
    "sam": r"member of the support team",
}

moves = st.lists(
    st.tuples(
        st.sampled_from(
            (
                *("tick", "turn") * 4,
                *("somebody else",) * 3,
                *("search", "all", "none", "the other way", "pause", "freeze"),
            )
        ),
        some,
    ),
    min_size=2,
    max_size=6,
)
usually_support = st.sampled_from(("sue", "sue", "sam", "ana"))
searches = st.sampled_from(("", "", "school", "A", "0", "03", "b School", "nowhere"))


@dataclass
class Review:
    """A review as the model knows it: what is ticked, and what the last drawing showed."""

    who: str
    at_home: bool
    each: bool
    open: int = 0
    ticked: set[str] = field(default_factory=set)
    versions: dict[str, int] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    query: str = ""
    page: int = 0

    @property
    def shown(self) -> list[str]:
        return self.found[self.page * ON_A_PAGE :][:ON_A_PAGE]


class EveryRoad(InDialogs, ByFiles):
    def __init__(self) -> None:
        super().__init__()
        # The list that each person looked at last, in Home or in an answer to a command.
        self.lists: dict[tuple[str, str], Glimpse[Any]] = {}

    # --- the review

    @precondition(lambda self: self._waiting())
    @rule(who=anyone, each=st.booleans(), moves=moves)
    def somebody_reviews(self, who: str, each: bool, moves: list[tuple[str, int]]) -> None:
        """From the card; one by one where it has too little room for all of them."""
        card = self._partner.card()
        assert card is not None
        each = each and "Review…" in card.buttons
        told = self.town.sees(who, partial(card.click, "Review…" if each else "Pause…", by=who))
        if who in MAY_CHANGE:
            self._goes_through(Review(who, at_home=False, each=each), moves)
        else:
            self._says("not permitted", told)

    @precondition(lambda self: self.open)
    @rule(who=st.sampled_from(("ana", "bo", "sue", "sam")), several=st.booleans(), moves=moves)
    def schools_go_and_somebody_reviews_at_home(
        self, who: str, several: bool, moves: list[tuple[str, int]]
    ) -> None:
        self._edit([("school", id, "p1") for id in sorted(self.open)[: 1 + 2 * several]])
        self._night()
        home = self._partner.home(who)
        if self._waiting():
            self.town.sees(who, partial(home.click, "Pause…"))
            self._goes_through(Review(who, at_home=True, each=False), moves)

    def _goes_through(self, review: Review, moves: list[tuple[str, int]]) -> None:
        """Ticks are kept over pages and searches; what happened to a school takes its tick."""
        STEPS["by review"] += 1
        self._is_drawn(review)
        for move, number in moves:
            self._goes_on(review, move, number)
        self._is_submitted(review)

    def _goes_on(self, review: Review, move: str, number: int) -> None:
        dialog = self._dialog(review.who)
        waiting, found, shown = self._waiting(), review.found, review.shown
        school = self._of(shown, number) if shown else ""
        if move == "turn" and "Next page" in dialog.buttons:
            dialog.click("Next page")
            self._is_drawn(review, page=review.page + 1)
        elif move == "turn" and "Back" in dialog.buttons:
            dialog.click("Back")
            self._is_drawn(review, page=review.page - 1)
        elif move == "search" and "Search" in dialog.labels:
            query = ("", self._name(waiting[0]) if waiting else "B", "0", "school", "x")[number % 5]
            dialog.type(query, into="Search")
            self._is_drawn(review, query=query)
        elif move == "all" and found and not review.each:
            every = "Tick all" if len(found) == review.open else "Tick these"
            dialog.click(f"{every} {len(found)}")
            self._is_drawn(review, ticks=lambda ticked, found: ticked | found)
        elif move == "none" and found and not review.each:
            dialog.click("Untick all")
            self._is_drawn(review, ticks=lambda ticked, found: set())
        elif move == "the other way":
            dialog.click("Tick several…" if review.each else "One by one…")
            self._is_drawn(review, each=not review.each)
        elif move in ("pause", "freeze") and shown and review.each:
            self._begins_in_the_review(review, move, school)
        elif move == "somebody else" and waiting:
            self._somebody_else(review, "bo" if review.who == "ana" else "ana", number)
        elif shown and not review.each:
            tick = dialog.untick if school in review.ticked else dialog.choose
            tick(self._name(school))
            review.ticked ^= {school}
        else:
            return
        STEPS["moves in a review"] += 1

    def _somebody_else(self, review: Review, who: str, number: int) -> None:
        """Moves a school meanwhile; a ticked one that is reported still waits, but has moved."""
        found = self._on_cards(MISTAKE)
        if number < 4 and found:
            glimpse, school = next((one for one in found if one[1] in review.ticked), found[0])
            begin = partial(press, glimpse.surface, MISTAKE, self._title(school), who)
            self._reports(who, begin, school, glimpse.versions[school])
        else:
            what = ("pause", "freeze")[number % 2]
            self._shell(what, who, self._of(self._waiting(), number))

    def _begins_in_the_review(self, review: Review, what: str, school: str) -> None:
        """In a school's menu; a pause draws the review anew, unless it is refused."""
        dialog, title = self._dialog(review.who), self._title(school)
        version, before = review.versions[school], self.district.version(school)
        choice = FREEZE if what == "freeze" else "Pause"
        begin = partial(press, dialog, choice, title, review.who)
        (self._freezes if what == "freeze" else self._pauses)(review.who, begin, school, version)
        while self._dialog(review.who).view.id != dialog.view.id:
            self._dialog(review.who).close()
        if what == "pause" and self.district.version(school) != before:
            self._is_drawn(review)

    def _is_drawn(
        self,
        review: Review,
        *,
        page: int | None = None,
        query: str | None = None,
        each: bool | None = None,
        ticks: Callable[[set[str], set[str]], set[str]] = lambda ticked, found: ticked,
    ) -> None:
        """The dialog shows what is open now, and the ticks that nothing has overtaken."""
        now = {id: self.district.version(id) for id in self.district.schools}
        overtaken = {id for id in review.ticked if now[id] != review.versions[id]}
        page = review.page if page is None else page
        if query is not None and query != review.query:
            review.query, page = query, 0
        review.each = review.each if each is None else each
        waiting = self._in_order(self._waiting())
        review.open, review.versions = len(waiting), now
        review.found = [id for id in waiting if self._fits(id, review.query.split())]
        review.ticked = ticks(review.ticked - overtaken, set(review.found))
        review.page = max(0, min(page, -(-len(review.found) // ON_A_PAGE) - 1))
        self.town.settle()
        self._the_review_agrees(review, self._dialog(review.who), overtaken)

    def _the_review_agrees(self, review: Review, dialog: Modal, overtaken: set[str]) -> None:
        words, shown = dialog.reads, review.shown
        if review.each:
            found = lines(dialog)
            assert [line.title for line in found] == self._titles(shown)
            offered = [[choice for choice in line.menu if choice != LINK] for line in found]
            assert offered == [["Pause", FREEZE, MISTAKE, HISTORY]] * len(shown)
        else:
            assert dialog.offers == [self._box(id) for id in shown], words
            ticked = [self._name(id) for id in shown if id in review.ticked]
            assert sorted(dialog.ticked) == sorted(ticked), words
        elsewhere = review.ticked - (set() if review.each else set(shown))
        said = re.search(r"(\d+) selected", words)
        assert int(said[1] if said else 0) == len(elsewhere), words
        need = "school needs" if review.open == 1 else "schools need"
        assert f"{review.open} {need} a decision" in words
        lost = re.search(r"not ticked any more: (.*)\.$", words, re.MULTILINE)
        titles = sorted(lost[1].split(", ")) if lost else []
        assert titles == sorted(self._titles(overtaken)), words
        self._turns(page_of(words), review.page, len(review.found), ON_A_PAGE)

    def _is_submitted(self, review: Review) -> None:
        """Exactly what is ticked is paused, as far as it still is what was shown."""
        dialog, who, ticked = self._dialog(review.who), review.who, sorted(review.ticked)
        if not dialog.asks:
            assert not ticked
            return
        told = self.town.sees(who, dialog.submit)
        if not ticked:
            boxes = bool(review.shown) and not review.each
            assert ("No school is ticked, so nothing was paused." in told.words) is boxes
            assert (told.dialog is not None) is boxes
            return
        answers = self.district.pause(who, ticked, {id: review.versions[id] for id in ticked})
        assert not isinstance(answers, str)
        done = [id for id in ticked if answers[id] == "done"]
        STEPS["paused in a review"] += len(done)
        said = re.search(r"^Paused (\d+) school", told.words, re.MULTILINE)
        assert int(said[1] if said else 0) == len(done), told.words
        refused = {id: answer for id, answer in answers.items() if answer != "done"}
        said = re.search(r"^Not paused: (\d+) school", told.words, re.MULTILINE)
        assert int(said[1] if said else 0) == len(refused), told.words
        STEPS["not paused in a review"] += len(refused)
        for id, answer in refused.items():
            of_it = [line for line in told.words.splitlines() if self._title(id) in line]
            self._says(answer, Told("\n".join(of_it)))
        for id in done:
            self._became(who, id, "done", Told(""))
        if review.at_home:
            self._home_agrees(who, self.town.home(who))
        else:
            assert told.dialog is None, told

    # --- lists, in Home and as an answer to a command

    @rule(who=anyone, status=st.sampled_from(tuple(FILTERS)), query=searches, on=st.booleans())
    def somebody_looks_at_home(self, who: str, status: str, query: str, on: bool) -> None:
        STEPS["by Home"] += 1
        home = self._partner.home(who)
        if who not in SEES:
            home.says("You see no schools here")
            assert "District" not in home.reads
            return
        self._home_agrees(who, home)
        home.choose(f"{status} ({len(self._passing(status, searched(home)))})")
        home = self.town.home(who)
        if query != searched(home):
            home.type(query, into="Search by name or number")
            home = self.town.home(who)
        assert (filters(home)[0], searched(home)) == (status, query)
        self._home_agrees(who, home)
        if on and "Next page" in home.buttons:
            home.click("Next page")
            home = self.town.home(who)
            assert home.reads.count(f"{ON_A_PAGE + 1} to ") == 1
        self._home_agrees(who, home)

    @rule(
        who=st.sampled_from(("ana", "bo", "sue", "sue", "sam", "vic")),
        where=st.sampled_from(("Home", "/schools", "an old one", "an old one")),
        what=some,
        number=some,
        meanwhile=st.sampled_from(("nothing", "nothing", "nothing", "added")),
        spare=st.booleans(),
        picks=picks,
    )
    def somebody_chooses_in_a_list(
        self,
        who: str,
        where: str,
        what: int,
        number: int,
        meanwhile: str,
        spare: bool,
        picks: list[tuple[str, int]],
    ) -> None:
        """What the menu of a school offers; in a list as it is now, or as it was."""
        if where == "an old one":
            kept = self._still_on_a_screen()
            if not kept:
                return
            who, where = kept[number % len(kept)]
        elif where == "Home":
            self._opens_home_where_there_is_something(who, number)
        else:
            told = self.town.looks(who, lambda: self._partner.types("list all", who))
            self._list_agrees(who, "list all", told)
        seen = self.lists[who, where]
        begins = self._begins(seen)
        choices = sorted({choice for _, choice in begins if choice != HISTORY}) or [HISTORY]
        choice = choices[what % len(choices)]
        schools = [id for id, offered in begins if offered == choice]
        if not schools:
            return
        school = self._of(schools, number)
        STEPS[f"by {where}"] += 1
        self._chosen(who, seen, choice, school, meanwhile, spare, picks)
        dialog = self.town.dialog(who)
        # It is drawn anew when a dialog above it is done, and not by what others do meanwhile.
        if where == "Home" and (dialog is None or not dialog.asks):
            self._home_agrees(who, self.town.home(who))

    def _still_on_a_screen(self) -> list[tuple[str, str]]:
        """An answer stays for ever; Home is another one whenever it was shown anew."""

        def is_there(who: str, where: str) -> bool:
            seen = self.lists[who, where].surface
            return where != "Home" or self.town.home(who).view.hash == seen.view.hash

        return [key for key in sorted(self.lists) if is_there(*key)]

    def _opens_home_where_there_is_something(self, who: str, number: int) -> None:
        home = self._partner.home(who)
        full = [name for name in FILTERS if self._passing(name, searched(home))]
        if full:
            name = self._of(full, number)
            home.choose(f"{name} ({len(self._passing(name, searched(home)))})")
        self._home_agrees(who, self.town.home(who))

    def _begins(self, seen: Glimpse[Any]) -> list[tuple[str, str]]:
        """A school and what can be begun with it, as far as the model knows of it."""
        titles = {self._title(id): id for id in self._still(seen)}
        return [
            (titles[line.title], choice)
            for line in lines(seen.surface)
            if line.title in titles
            for choice in line.menu
        ]

    def _chosen(
        self,
        who: str,
        seen: Glimpse[Any],
        choice: str,
        school: str,
        meanwhile: str,
        spare: bool,
        picks: list[tuple[str, int]],
    ) -> None:
        version = seen.versions[school]
        begin = partial(press, seen.surface, choice, self._title(school), who)
        if choice == "Pause":
            self._pauses(who, begin, school, version)
        elif choice == FREEZE:
            then = partial(self._meanwhile, meanwhile, school, [])
            self._freezes(who, begin, school, version, then, spare)
        elif choice == UNFREEZE:
            self._unfreezes(who, begin, school, version)
        elif choice == REQUEST:
            self._requests(who, begin, school)
        elif choice == MISTAKE:
            self._reports(who, begin, school, version)
        elif choice == RELEASE:
            then = partial(self._meanwhile, meanwhile, school, [])
            self._releases(who, begin, school, version, picks, then)
        elif choice == LINK:
            self._links(
                who, begin, school, len(picks), partial(self._meanwhile, meanwhile, school, [])
            )
        else:
            self._history_agrees(school, self.town.sees(who, begin))

    # --- what support does with a school that has just become what it takes

    @precondition(lambda self: self.open)
    @rule(who=usually_support, number=some, linked=st.booleans(), meanwhile=meanwhiles)
    def a_school_is_made_anew(self, who: str, number: int, linked: bool, meanwhile: str) -> None:
        school = self._of(sorted(self.open), number)
        new = self._made_anew(school)
        known = school in self.district.schools
        if linked and known and (begun := self._begun(who, LINK, school)):
            then = partial(self._meanwhile, meanwhile, new, [])
            self._links(who, begun[0], school, number, then)

    @precondition(lambda self: self.district.memberships)
    @rule(who=usually_support, number=some, picks=picks, meanwhile=meanwhiles)
    def a_school_is_frozen_and_people_are_released(
        self, who: str, number: int, picks: list[tuple[str, int]], meanwhile: str
    ) -> None:
        """Of one of the larger schools."""
        somewhere = {school for _, school in self.district.memberships}
        larger = sorted(somewhere, key=lambda id: (-len(self.district.people_of(id)), id))
        school = self._of(larger, number // 3)
        if self.district.schools[school].status != FROZEN:
            self._shell("freeze", "ana", school)
        if begun := self._begun(who, RELEASE, school):
            then = partial(self._meanwhile, meanwhile, school, [])
            self._releases(who, *begun, picks, then)

    def _begun(self, who: str, choice: str, school: str) -> tuple[Press, str, int] | None:
        """This in the school's menu, on the card or in what a search answers; its version there."""
        version, title = self.district.version(school), self._title(school)
        seen = self._partner.card()
        if seen is None or title not in offered(seen.message, choice):
            words = self._name(school)
            told = self.town.looks(who, lambda: self._partner.types(words, who))
            self._list_agrees(who, words, told)
            [seen] = told.cards
        if title not in offered(seen.message, choice):
            return None
        return partial(press, seen, choice, title, who), school, version

    # --- what `/schools` answers

    @precondition(lambda self: self.district.schools)
    @rule(
        who=anyone, what=st.sampled_from((*LISTS, "B", "export", "whoami", "history")), number=some
    )
    def somebody_asks(self, who: str, what: str, number: int) -> None:
        STEPS["by /schools"] += 1
        school = self._of(sorted(self.district.schools), number)
        words = f"history {self._name(school)}" if what == "history" else what
        told = self.town.looks(who, lambda: self._partner.types(words, who))
        if who not in SEES:
            stranger = "no admin or viewer of a partner" if what == "whoami" else "none of them"
            assert stranger in told.words
            assert "District" not in told.words
        elif what == "whoami":
            self._standing_agrees(who, told.words)
        elif what == "history":
            self._history_agrees(school, told)
        elif what != "export":
            self._list_agrees(who, what, told)
        else:
            assert f"All schools of {self._partner.name} come to you" in told.words
            self._export_agrees(self._partner.exported_to(who))

    def _standing_agrees(self, who: str, words: str) -> None:
        """Support stands alike at those that are not named."""
        own = re.search(rf"^{self._partner.name}: (.*)$", words, re.MULTILINE)
        if own is None:
            assert "other partner" in words
            return
        assert re.match(ROLES[who], own[1])
        may = own[1].partition("You may ")[2]
        assert ("pause, freeze," in may) is (who in MAY_CHANGE)
        assert ("unfreeze, release accounts" in may) is (who in MAY_UNFREEZE)

    def _history_agrees(self, school: str, told: Told) -> None:
        assert told.words.startswith(f"History\n{self._title(school)}\n"), told
        row = rf"^(?:(.+) → )?({'|'.join(WORDS.values())}) \d{{4}}-"
        moves = [WORDS[status] for status in self.district.schools[school].moves]
        expected = [(before, to) for before, to in zip(["", *moves], moves, strict=False)]
        assert re.findall(row, told.words, re.MULTILINE) == expected[::-1][:20], told

    def _export_agrees(self, file: str) -> None:
        rows = {row["Id"]: row for row in csv.DictReader(io.StringIO(file))}
        shown = {
            id: (row["Number"], row["Name"], row["Status"], row["Present"], row["People"])
            for id, row in rows.items()
        }
        assert shown == {
            id: (
                f"'{school.number}",
                school.name,
                WORDS[school.status],
                "yes" if school.present else "no",
                str(len(self.district.people_of(id))),
            )
            for id, school in self.district.schools.items()
        }

    # --- what a list should show

    def _home_agrees(self, who: str, home: Home) -> None:
        """Whatever Home says that it shows; and from now on it is on this person's screen."""
        words, (status, counts), query = home.reads, filters(home), searched(home)
        self.lists[who, "Home"] = self._seen_now(home)
        assert counts == {name: len(self._passing(name, query)) for name in FILTERS}
        every = [school.status for school in self.district.schools.values()]
        parts = [f"{every.count(one)} {word}" for one, word in WORDS.items() if one in every]
        if every:
            assert f"{counted(len(every), 'school')}: {', '.join(parts)} · " in words
        hold = self.district.hold
        assert ("A roster is held" in words) is (hold is not None and hold.tripped)
        assert ("An uploaded roster waits" in words) is (hold is not None and not hold.tripped)
        assert ("Pause…" in home.buttons) is (who in MAY_CHANGE and NEEDED in every)
        reads = "Upload…" if self._partner.uploads else "Sync now"
        other = "Sync now" if self._partner.uploads else "Upload…"
        assert (reads in home.buttons) is (who in MAY_CHANGE)
        assert other not in home.buttons
        passing, page = self._passing(status, query), page_of(words)
        first = page[0] - 1 if page else 0
        self._turns(page, first // ON_A_PAGE, len(passing), ON_A_PAGE)
        shown = passing[first:][:ON_A_PAGE]
        found = lines(home)
        assert [line.title for line in found] == self._titles(shown), words
        for id, line in zip(shown, found, strict=True):
            self._line_agrees(who, id, line)
            self._says_who_decided(id, line)

    def _list_agrees(self, who: str, words: str, told: Told) -> None:
        """All pages of it; the last one stays on this person's screen."""
        [card] = told.cards
        statuses, query = LISTS.get(words, tuple(WORDS)), "" if words in LISTS else words
        expected = [
            id
            for id, school in self.district.schools.items()
            if school.status in statuses and self._fits(id, query.split())
        ]
        found = {line.title: line for line in lines(card)}
        for page in range(1, -(-len(expected) // LISTED)):
            card.says(f"Page {page} of ")
            card.click("Next page", by=who)
            card.expect_update(f"Page {page + 1} of ")
            found |= {line.title: line for line in lines(card)}
        assert "Next page" not in card.buttons
        self.lists[who, "/schools"] = self._seen_now(card)
        count = re.match(r"District \d+: (\d+|no|every) school", card.reads)
        assert (count and count[1]) in (str(len(expected)), *(("no", "every") * (not expected)))
        assert sorted(found) == sorted(self._titles(expected))
        for id in expected:
            line = found[self._title(id)]
            self._line_agrees(who, id, line)
            if id in self.movers and self.district.schools[id].status in (PAUSED, FROZEN):
                status = WORDS[self.district.schools[id].status]
                if id not in self.district.cases:
                    assert f"is {status}: {self.movers[id]} " in line.words

    def _line_agrees(self, who: str, id: str, line: Line) -> None:
        status = WORDS[self.district.schools[id].status]
        assert re.search(rf"^(is )?{status}(:| since) ", line.words, re.MULTILINE), line
        assert counted(len(self.district.people_of(id)), "person", "people") in line.words
        assert line.menu == self._menu(who, id), line

    def _menu(self, who: str, id: str) -> list[str]:
        """What this person can begin with a school."""
        school, acts, frees = self.district.schools[id], who in MAY_CHANGE, who in MAY_UNFREEZE
        offered = {
            ACTIVE: [FREEZE],
            NEEDED: ["Pause", FREEZE, MISTAKE],
            PAUSED: [FREEZE, MISTAKE],
            FROZEN: [UNFREEZE if frees else REQUEST, RELEASE],
        }[school.status]
        links = [LINK] if who in SUPPORT and not school.present else []
        return [*(offered if acts else []), *links, HISTORY]

    def _turns(self, page: tuple[int, int, int] | None, number: int, total: int, size: int) -> None:
        """The pager says which part of a list is shown, where there is more than one."""
        if total <= size:
            assert page is None
        else:
            assert page == (number * size + 1, min(total, (number + 1) * size), total)

    def _passing(self, filter: str, query: str) -> list[str]:
        """As Home lists them: by status, then by name."""
        found = [id for id in self._in_order(self.district.schools) if self._matches(id, query)]
        schools = self.district.schools
        return [id for status in FILTERS[filter] for id in found if schools[id].status == status]

    def _in_order(self, ids: Iterable[str]) -> list[str]:
        schools = self.district.schools
        return sorted(ids, key=lambda id: (schools[id].name.lower(), schools[id].number))

    def _matches(self, id: str, query: str) -> bool:
        """A part of its name or of its number."""
        school, wanted = self.district.schools[id], query.lower().strip()
        return wanted in school.name.lower() or wanted in school.number

    def _fits(self, id: str, words: Sequence[str]) -> bool:
        """Every word stands in its name, number or id."""
        about = f"{self._title(id)} {id}".lower()
        return all(word.lower() in about for word in words)

    def _name(self, id: str) -> str:
        return self.district.schools[id].name

    def _titles(self, ids: Collection[str]) -> list[str]:
        return [self._title(id) for id in ids]

    def _box(self, id: str) -> str:
        people = counted(len(self.district.people_of(id)), "person", "people")
        return f"{self._name(id)} ({self.district.schools[id].number} · {people})"
