"""Random histories by hand: commands, clicks and questions at the door agree with the model.

Slower than `machine.py`, which goes through the handlers' own entry, and closer to what people
meet. One office for all histories, and a new partner for each; the one before is retired, and
its locks stay as they were. The roads beside cards and shell are in `in_dialogs.py`, `by_files.py`
and `every_road.py`.
"""

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from bot.practice import Answer
from tests.harness.slack.office import PEOPLE
from tests.harness.slack.surfaces import Card, Home, Modal, Surface, reading
from tests.model.district import (
    ACTIVE,
    FROZEN,
    NEEDED,
    PAUSED,
    SUPPORT,
    Breaker,
    District,
    Hold,
    Request,
    School,
    Wish,
)
from tests.model.hands_on import (
    ENDED,
    MISTAKE,
    Line,
    Partner,
    Told,
    Town,
    lines,
    offered,
    press,
)
from tests.model.roster import EMAILS, Roster, edits, schools

ways_to_sync = st.sampled_from((*("clock",) * 3, "shell", "/schools", "Home"))
anyone = st.sampled_from([*["ana"] * 4, *["bo"] * 2, *["sue"] * 2, "sam", "vic", "carmen", "tia"])
supporters = st.sampled_from([*["sue"] * 3, *["sam"] * 3, "ana", "bo", "vic", "tia"])
some = st.integers(0, 5)
wheres = st.sampled_from(("card", "the desk", "the desk", "the desk, too late"))
breakers = st.sampled_from(
    (Breaker(9, 100, 100, 1), Breaker(9, 100, 34, 2), Breaker(2, 40, 40, 4), Breaker(1, 34, 100, 1))
)

NOT_PERMITTED = r"are not among the people who may|Only the support team can"
# What somebody reads, by the model's word for what became of it.
SAYS = {
    "not permitted": NOT_PERMITTED,
    "unknown": "has no school with the id",
    "stale": "You were looking at an older state",
    "still_shared": "is still in its roster|a newer one is held: decide that first",
    "already_paused": "is already paused",
    "already_frozen": "is already frozen",
    "not_frozen": "is not frozen",
    "nothing_missing": "there is nothing to report",
    "not possible": r"is not frozen|asked for this yourself|do not ask|not held|this roster|"
    r"decided this request|withdrew this request|Nothing was (?:changed|linked)|Nobody",
    "asked before": "asked (for it|for this)? ?already|asked support for this",
    "reported before": "have reported .* already",
    "joined": "yours was added",
}
REFUSED = re.compile(r"Nothing was (changed|frozen|linked)|Nobody was released")
# Of each part the support desk shows so many rows beside the others.
ON_THE_DESK = 4
DID = {PAUSED: "paused", FROZEN: "froze"}
# The schools beside which the card has a button or a choice.
ON_THE_CARD = {
    "Pause": (NEEDED,),
    "Freeze…": (NEEDED, PAUSED),
    "Unfreeze…": (FROZEN,),
    MISTAKE: (NEEDED, PAUSED),
}

STEPS: Counter[str] = Counter()
"""How many steps were done, by the kind of database, the road and what was done."""

S = TypeVar("S", bound=Surface)
Press = Callable[[], Answer]


@dataclass(frozen=True)
class Glimpse(Generic[S]):
    """What somebody once saw, and the schools and their versions then."""

    surface: S
    schools: Mapping[str, School]
    versions: Mapping[str, int]


class ByHand(Roster, RuleBasedStateMachine):
    """`town` is given by a subclass, made for one database."""

    town: Town

    def __init__(self) -> None:
        super().__init__()
        self.district = District(Breaker())
        self.partner: Partner | None = None
        self.agreed = False
        # How much had been done in the town when it was last compared.
        self.acts = 0
        # What was seen last: the accounts, and of each history how long it was.
        self.seen: list[Any] = []
        self.read: dict[str, int] = {}
        self.glimpses: list[Glimpse[Card]] = []
        self.requests: list[tuple[Request, Card]] = []
        self.wishes: list[tuple[Wish, Card]] = []
        self.holds: list[tuple[Hold, Card]] = []
        # The schools on the current card, and who moved each school last.
        self.listed: set[str] = set()
        self.movers: dict[str, str] = {}

    # --- the roster and its nights

    @initialize(
        breaker=breakers,
        changes=edits,
        uploads=st.sampled_from((False, False, True)),
        luck=st.integers(0, 1_000),
    )
    def a_partner_joins(self, breaker: Breaker, changes: list, uploads: bool, luck: int) -> None:
        # The first history that is tried is always the least of all: one thing, again and again.
        assume(luck)
        self.district = District(breaker)
        self.partner = Partner.declared(self.town, breaker, uploads)
        self._begin()
        self._edit(changes)
        self._night()

    @rule(changes=edits, way=ways_to_sync)
    def a_night(self, changes: list, way: str) -> None:
        self._edit(changes)
        self._night(way)

    @precondition(lambda self: self.open)
    @rule(number=some)
    def a_school_goes(self, number: int) -> None:
        self._edit([("school and its people", self._of(sorted(self.open), number), "p1")])
        self._night()

    def _made_anew(self, school: str) -> str:
        """With another id and name, and with its people."""
        new = f"{school}{len(self.district.schools)}"
        self.open[new] = (self.open.pop(school)[0], f"{new} School")
        for id, row in self.staff.items():
            if school in row.schools:
                self.staff[id] = replace(row, schools=row.schools - {school} | {new})
        self._night("shell")
        return new

    def _night(self, way: str = "clock") -> None:
        partner = self._partner
        partner.shares(self.open, self.staff)
        before = self._statuses()
        # Before the first roster is read, whoever asks for it again waits for a second try.
        way = way if self.district.applied else "clock"
        told = self._read(way)
        outcome, counts = self.district.night(self.open, self.staff)
        STEPS[f"night: {outcome}"] += 1
        STEPS[f"sync by {way}"] += 1
        assert ENDED[outcome] in told or way in ("clock", "shell"), f"{outcome}: {told}"
        run = partner.last_run()
        assert run["outcome"] == outcome, run
        if counts is not None:
            told = (*run["schools"].values(), *run["staff"].values())
            assert told == tuple(vars(counts).values()), run
        if outcome == "held" and self.district.hold is not None:
            self.holds.append((self.district.hold, partner.hold_card()))
        self._listed_after(before)

    def _read(self, way: str) -> str:
        """Let the roster be read; answers what whoever asked is told of the end."""
        if way == "clock":
            self.town.night()
            return ""
        self.town.clock.pass_by(minutes=3)
        if way == "shell":
            return self.town.changes("sync", self._partner.slug)
        before = len(self.town.slack.direct_messages("ana"))
        if way == "Home":
            home = self._partner.home("ana")
            told = self.town.sees("ana", lambda: home.click("Sync now"))
        else:
            told = self.town.sees("ana", lambda: self._partner.types("sync", "ana"))
        assert f"The roster of {self._partner.name} is being synced" in told.words
        fresh = self.town.slack.direct_messages("ana")[before:]
        return "\n".join(reading(m.text) for m in fresh)

    def _statuses(self) -> dict[str, str]:
        return {id: school.status for id, school in self.district.schools.items()}

    def _listed_after(self, before: Mapping[str, str]) -> None:
        """A school that went missing is put on a new card, with everything that is open."""
        now = self._statuses()
        moved = {id for id in now if now[id] != before.get(id)}
        gone = {id for id in moved if before.get(id) == ACTIVE and now[id] in (NEEDED, PAUSED)}
        waiting = {id for id, status in now.items() if status == NEEDED}
        self.listed = waiting | gone if gone else self.listed | waiting
        for id in moved:
            self.movers.pop(id, None)

    # --- clicks on the card

    @precondition(lambda self: self._on_cards("Pause"))
    @rule(who=anyone, number=some, old=some)
    def somebody_pauses_from_the_card(self, who: str, number: int, old: int) -> None:
        self._pauses(who, *self._picked(who, "Pause", number, old))

    @precondition(lambda self: self._on_cards("Freeze…"))
    @rule(
        who=anyone,
        number=some,
        old=some,
        meanwhile=st.sampled_from(("nothing", "nothing", "a night", "added", "frozen")),
        changes=edits,
        spare=st.booleans(),
    )
    def somebody_freezes_from_the_card(
        self, who: str, number: int, old: int, meanwhile: str, changes: list, spare: bool
    ) -> None:
        begin, school, version = self._picked(who, "Freeze…", number, old)
        then = partial(self._meanwhile, meanwhile, school, changes)
        self._freezes(who, begin, school, version, then, spare)

    @precondition(lambda self: self._on_cards("Unfreeze…"))
    @rule(who=supporters, number=some, old=some)
    def somebody_unfreezes_from_the_card(self, who: str, number: int, old: int) -> None:
        self._unfreezes(who, *self._picked(who, "Unfreeze…", number, old))

    @precondition(lambda self: self._on_cards(MISTAKE))
    @rule(who=anyone, number=some, old=some)
    def somebody_reports_a_mistake(self, who: str, number: int, old: int) -> None:
        self._reports(who, *self._picked(who, MISTAKE, number, old))

    # --- what can be begun with a school, given the press that begins it

    def _pauses(self, who: str, begin: Press, school: str, version: int) -> None:
        told = self.town.sees(who, begin)
        answer = self.district.pause(who, [school], {school: version})
        self._became(who, school, answer, told)

    def _freezes(
        self,
        who: str,
        begin: Press,
        school: str,
        version: int,
        meanwhile: Callable[[], None] = lambda: None,
        spare: bool = False,
    ) -> None:
        """What the dialog shows is compared before it is submitted, perhaps too late."""
        told = self.town.sees(who, begin)
        would = deepcopy(self.district).freeze(who, school, version, None)
        if would != "done":
            self._became(who, school, would, told)
            return
        assert told.dialog is not None, told
        shown = self._shown_in(told.dialog, school)
        meanwhile()
        dialog, ticks = told.dialog, self._spared(told.dialog, spare)
        answer = self.district.freeze(who, school, version, shown)
        told = self.town.sees(who, lambda: dialog.submit(reason="Closed", tick=ticks))
        if answer == "preview changed":
            assert told.dialog is not None, told
            again, ticks = told.dialog, self._spared(told.dialog, spare)
            again.says("Nothing was frozen yet", f"{len(shown)} before, ")
            shown = self._shown_in(again, school)
            answer = self.district.freeze(who, school, version, shown)
            told = self.town.sees(who, lambda: again.submit(reason="Closed", tick=ticks))
        STEPS[f"freeze: {answer}"] += 1
        self._became(who, school, answer, told)
        if answer == "done" and ticks:
            self._lets_in(who, school)

    def _spared(self, dialog: Modal, spare: bool) -> list[str]:
        """The box that lets in whoever also works elsewhere, or asks support to do it."""
        return [box for box in dialog.offers if box.startswith(("Release", "Ask support")) if spare]

    def _lets_in(self, who: str, school: str) -> None:
        if who not in SUPPORT:
            self.district.ask_release(who, school, None)
            self._remember_wish()
        elif elsewhere := self.district.locked_elsewhere(school):
            self.district.release(who, school, elsewhere, None)

    def _remember_wish(self) -> None:
        for wish in self.district.wishes[len(self.wishes) :]:
            self.wishes.append((wish, self._partner.wish_card(self._title(wish.school))))

    def _meanwhile(self, what: str, school: str, changes: list) -> None:
        if what == "a night":
            self._edit(changes)
            self._night()
        elif school not in self.district.schools:
            return
        elif what == "added":
            self._added(EMAILS[3], [school])
        elif what == "frozen":
            self._shell("freeze", "bo", school)
        elif what == "unfrozen":
            self._shell("unfreeze", "sam", school)
        elif what == "released":
            self._released("sue", school, 1)

    def _shown_in(self, dialog: Modal, school: str) -> set[int]:
        """Whom a freeze would lock, as the dialog says and the model knows; their serials."""
        district, words = self.district, dialog.reads
        people = district.people_of(school)
        names = {account: district.accounts[account].name for account in people}
        counted = f"{len(people)} account{'' if len(people) == 1 else 's'}"
        assert f"Freezing {self._title(school)} locks {counted}, also" in words, words
        others = {account: district.elsewhere(account, school) for account in people}
        elsewhere = sorted((names[a], found) for a, found in others.items() if found)
        lines = re.findall(r"^• ([^:\n]+): (.+ School.*)$", words, re.MULTILINE)
        assert sorted((name, sorted(found.split(", "))) for name, found in lines) == elsewhere
        work = "works" if len(elsewhere) == 1 else "work"
        head = f"{len(elsewhere)} of {len(people)} also {work} elsewhere:"
        assert (head if elsewhere else "None of them works at another school") in words
        only = re.search(r"^Only here: (.*)$", words, re.MULTILINE)
        here = sorted(names[account] for account, found in others.items() if not found)
        assert (sorted(only[1].split(", ")) if only else []) == here
        return {district.accounts[account].serial for account in people}

    def _unfreezes(self, who: str, begin: Press, school: str, version: int) -> None:
        told = self.town.sees(who, begin)
        if told.dialog is None and told.cards and "Request unfreeze…" in told.cards[0].buttons:
            assert self.district.unfreeze(who, school, version) == "not permitted"
            refusal = told.cards[0]
            self._requests(who, lambda: refusal.click("Request unfreeze", by=who), school)
            return
        if told.dialog is not None and told.dialog.buttons == ["Withdraw"]:
            assert self.district.unfreeze(who, school, version) == "not permitted"
            self._request_is_begun(who, told, school)
            return
        if told.dialog is None:
            self._became(who, school, self.district.unfreeze(who, school, version), told)
            return
        self._says_who_stays(told.dialog, school)
        dialog = told.dialog
        answer = self.district.unfreeze(who, school, version)
        told = self.town.sees(who, lambda: dialog.submit(reason="Open again"))
        self._became(who, school, answer, told)

    def _says_who_stays(self, dialog: Modal, school: str) -> None:
        to = "Active" if self.district.schools[school].present else "Action Needed"
        dialog.says(f"{self._title(school)} becomes {to}; ")
        stay = self.district.stay_locked(school)
        told = re.search(r"(\d+) of them stays? locked", dialog.reads)
        assert (int(told[1]) if told else 0) == stay, dialog.reads

    def _requests(self, who: str, begin: Press, school: str) -> None:
        """Or takes back what they asked for before."""
        self._request_is_begun(who, self.town.sees(who, begin), school)

    def _request_is_begun(self, who: str, told: Told, school: str) -> None:
        dialog, before = told.dialog, len(self.district.requests)
        answer = self.district.ask(who, school)
        if answer == "asked before":
            assert dialog is not None
            assert dialog.buttons == ["Withdraw"]
            ended = self.district.withdraw(who, school)
            self.town.sees(who, lambda: dialog.click("Withdraw"))
            self._says(ended, Told(""))
            return
        if answer != "done":
            self._became(who, school, answer, told)
            return
        assert dialog is not None
        told = self.town.sees(who, lambda: dialog.submit(reason="It was the wrong school"))
        self._became(who, school, answer, told, moves=False)
        self._remember_request(before)

    def _remember_request(self, before: int) -> None:
        for request in self.district.requests[before:]:
            card = self._partner.request_card(self._title(request.school))
            self.requests.append((request, card))

    def _reports(self, who: str, begin: Press, school: str, version: int) -> None:
        told = self.town.sees(who, begin)
        answer = self.district.report(who, school, version)
        if (dialog := told.dialog) is not None:
            told = self.town.sees(who, lambda: dialog.submit(what="We never unshared it"))
        STEPS[f"report: {answer}"] += 1
        self._became(who, school, answer, told, moves=False)

    # --- support's own cards, and holds

    @precondition(lambda self: self.requests or self._frozen())
    @rule(
        who=st.sampled_from(("sue", "sam")),
        newest=st.integers(0, 2),
        approve=st.booleans(),
        where=wheres,
    )
    def support_decides_a_request(self, who: str, newest: int, approve: bool, where: str) -> None:
        """Which somebody makes first, where none waits."""
        if self._frozen() and not any(asked.state == "open" for asked, _ in self.requests):
            self._asks("ana", self._of(self._frozen(), newest))
        request, card = self.requests[max(0, len(self.requests) - 1 - newest)]
        button = "Approve…" if approve else "Deny…"
        begin, at_home = self._where_it_waits(who, where, button, request, card)
        if at_home and where == "the desk, too late":
            self._decides("sam" if who == "sue" else "sue", not approve, request, card)
        self._decides(who, approve, request, card, begin)
        if at_home:
            self._the_desk_is_drawn_anew(who)

    def _decides(
        self, who: str, approve: bool, request: Request, card: Card, begin: Press | None = None
    ) -> None:
        button = "Approve" if approve else "Deny"
        told = self.town.sees(who, begin or partial(card.click, button, by=who))
        if told.dialog is not None:
            if approve:
                self._says_who_stays(told.dialog, request.school)
            dialog = told.dialog
            told = self.town.sees(who, lambda: dialog.submit(reason="As we agreed"))
        answer = self.district.decide(who, request, approve)
        STEPS[f"request: {answer}"] += 1
        self._became(who, request.school, answer, told, moves=approve)

    def _where_it_waits(
        self, who: str, where: str, what: str, asked: Request | Wish, card: Card
    ) -> tuple[Press, bool]:
        """To be pressed on its own card, or on the support desk while it is open; whether there."""
        if where != "card" and asked.state == "open":
            desk, title = self.town.desk(who), self._title(asked.school)
            self._the_desk_agrees(desk)
            if title in offered(desk.view, what):
                STEPS[f"{what} on the desk"] += 1
                return partial(press, desk, what, title, who), True
        return partial(card.click, what, by=who), False

    def _the_desk_is_drawn_anew(self, who: str) -> None:
        """Also after a refusal; it is seen when the dialogs above it are put away."""
        self.town.puts_away()
        self._the_desk_agrees(self.town.home(who))

    def _the_desk_agrees(self, desk: Home) -> None:
        """What waits for the support team; partners of other histories are retired."""
        open_ones = [r.school for r in self.district.requests if r.state == "open"]
        wishes = [w.school for w in self.district.wishes if w.state == "open"]
        assert offered(desk.view, "Deny…") == list(map(self._title, open_ones[:ON_THE_DESK]))
        assert offered(desk.view, "Decline…") == list(map(self._title, wishes[:ON_THE_DESK]))
        expected = {
            "request to unfreeze|requests to unfreeze": len(open_ones),
            "request to release people|requests to release people": len(wishes),
            "reported mistakes?": len(self.district.cases),
            "held rosters?": int(self.district.hold is not None),
        }
        for what, count in expected.items():
            said = re.search(rf"(\d+) (?:{what})(?: ·|$)", desk.reads, re.MULTILINE)
            assert int(said[1] if said else 0) == count, desk.reads

    @precondition(lambda self: self.holds)
    @rule(who=anyone, newest=st.integers(0, 1), number=some)
    def somebody_decides_a_hold(self, who: str, newest: int, number: int) -> None:
        hold, card = self.holds[max(0, len(self.holds) - 1 - newest)]
        ways = [name for name in card.buttons if name.startswith(("Apply", "Discard"))]
        button = ways[number % len(ways)]
        decision = {"Apply,": "apply", "Apply ": "apply_and_pause"}.get(button[:6], "discard")
        answer, before = self.district.decide_hold(who, hold, decision), self._statuses()
        told = self.town.sees(who, lambda: card.click(button, by=who))
        STEPS[f"hold: {answer}, {decision}"] += 1
        self._says(answer, told)
        if answer == "done" and decision != "discard":
            outcome = self.district.carry_out()
            assert self._run_of(hold) == outcome
            self._listed_after(before)

    def _run_of(self, hold: Hold) -> str:
        """What became of the newest hold; nights come only after it was decided."""
        runs = self.town.document("runs", "list", self._partner.slug)
        decided = [r for r in runs if r["outcome"] in ("applied", "superseded")]
        return str(decided[0]["outcome"])

    # --- from the shell

    @rule(
        what=st.sampled_from(("pause", "freeze", "freeze", "unfreeze", "unfreeze")),
        who=anyone,
        school=schools,
    )
    def somebody_decides_from_the_shell(self, what: str, who: str, school: str) -> None:
        self._shell(what, who, self._today(school))

    @precondition(lambda self: self._frozen())
    @rule(who=supporters, number=some)
    def a_frozen_school_is_unfrozen_from_the_shell(self, who: str, number: int) -> None:
        self._shell("unfreeze", who, self._of(self._frozen(), number))

    def _shell(self, what: str, who: str, school: str) -> None:
        acts: Mapping[str, Callable[[], Any]] = {
            "pause": lambda: self.district.pause(who, [school], {}),
            "freeze": lambda: self.district.freeze(who, school, None, None),
            "unfreeze": lambda: self.district.unfreeze(who, school, None),
        }
        more = ["--yes"] if what == "freeze" else []
        words = self._partner.decides(what, who, school, *more)
        answer = acts[what]()
        STEPS["by shell"] += 1
        self._became(who, school, answer, Told(words))

    @precondition(lambda self: self._frozen())
    @rule(who=anyone, number=some, back=st.booleans())
    def somebody_asks_from_the_shell(self, who: str, number: int, back: bool) -> None:
        school = self._of(self._frozen(), number)
        if back and self.district.open_request(school):
            words = self._partner.decides("withdraw", who, school)
            self._says(self.district.withdraw(who, school), Told(words))
        else:
            self._asks(who, school)

    def _asks(self, who: str, school: str) -> None:
        before = len(self.district.requests)
        words = self._partner.decides("request-unfreeze", who, school)
        self._says(self.district.ask(who, school), Told(words))
        self._remember_request(before)

    @precondition(lambda self: self._frozen())
    @rule(who=supporters, number=some, several=st.integers(1, 3))
    def somebody_releases(self, who: str, number: int, several: int) -> None:
        school = self._of(self._frozen(), number)
        self._released(who, school, several)

    def _released(self, who: str, school: str, several: int) -> None:
        """From the shell."""
        here = sorted(self.district.people_of(school))[-several:]
        if not here:
            return
        ids = [self._ids()[account] for account in here]
        by = ["--by", PEOPLE[who][0], "--reason", "They teach", "--school", school, "--yes"]
        words = self.town.changes("accounts", "release", self._partner.slug, *ids, *by)
        answer = self.district.release(who, school, here, None)
        STEPS[f"release: {answer}"] += 1
        self._says(answer, Told(words))

    @rule(
        email=st.sampled_from(EMAILS),
        picked=st.lists(schools, min_size=1, max_size=2),
        who=anyone,
        way=st.sampled_from(("shell", "a file", "a file")),
    )
    def somebody_is_added_by_hand(self, email: str, picked: list[str], who: str, way: str) -> None:
        known = sorted({id for id in map(self._today, picked) if id in self.district.schools})
        if known and way == "shell":
            self._added(email, known)
        elif known:
            self._added_by_file(who, email, known)

    @abstractmethod
    def _added_by_file(self, who: str, email: str, ids: Collection[str]) -> None:
        """As a staff list that `who` hands over; in `by_files.py`."""

    def _added(self, email: str, ids: Collection[str]) -> None:
        at = [argument for id in ids for argument in ("--school", id)]
        name = ["--email", email, "--given-name", "Hand", "--family-name", "Made"]
        words = self.town.changes("accounts", "add", self._partner.slug, *name, *at)
        assert "added at" in words, words
        self.district.add(email, "Hand Made", ids)

    @precondition(lambda self: self._gone() and self._new())
    @rule(who=supporters, number=some)
    def somebody_links(self, who: str, number: int) -> None:
        """A school that is gone with one that nobody has decided about yet."""
        old, to = self._of(self._gone(), number), self._of(self._new(), number)
        words = self._partner.decides("link", who, old, to, "--yes")
        answer = self.district.link(who, old, to)
        STEPS[f"link: {answer}"] += 1
        self._says(answer, Told(words))
        self._linked(old, to, answer)

    def _linked(self, old: str, to: str, answer: str) -> None:
        if answer == "done":
            self.listed = {to if id == old else id for id in self.listed}
            self.read.clear()
            if mover := self.movers.pop(old, None):
                self.movers[to] = mover
            if self.district.schools[to].status != FROZEN:
                self.movers.pop(to, None)

    # --- what is picked, and what it became

    @property
    def _partner(self) -> Partner:
        assert self.partner is not None
        return self.partner

    def _title(self, school: str) -> str:
        return f"{self.district.schools[school].name} ({self.district.schools[school].number})"

    def _waiting(self) -> list[str]:
        return [id for id, s in sorted(self.district.schools.items()) if s.status == NEEDED]

    def _frozen(self) -> list[str]:
        return [id for id, s in sorted(self.district.schools.items()) if s.status == FROZEN]

    def _gone(self) -> list[str]:
        return [id for id, s in sorted(self.district.schools.items()) if not s.present]

    def _new(self) -> list[str]:
        """Those that were made anew, before those that never were anything else."""
        new = [id for id, s in sorted(self.district.schools.items()) if s.moves == [ACTIVE]]
        return [id for id in new if id[1:]] or new

    def _of(self, ids: list[str], number: int) -> str:
        return ids[number % len(ids)]

    def _today(self, school: str) -> str:
        """The id that a school has by now, when it was made anew and linked."""
        known = self.district.schools
        return school if school in known else next((i for i in known if i[0] == school), school)

    def _on_cards(self, what: str) -> list[tuple[Glimpse[Card], str]]:
        """The cards that somebody may still see, with the schools that have this on them."""
        return [
            (glimpse, id)
            for glimpse in self.glimpses[-3:][::-1]
            if (titles := offered(glimpse.surface.message, what))
            for id in self._still(glimpse)
            if self._title(id) in titles
        ]

    def _picked(self, who: str, what: str, number: int, old: int) -> tuple[Press, str, int]:
        """This on a card as it is now or was: to be pressed; the school, its version there."""
        found = self._on_cards(what)
        seen = list({id(glimpse): glimpse for glimpse, _ in found}.values())
        glimpse = seen[max(0, old - 3) % len(seen)]
        school = self._of([id for card, id in found if card is glimpse], number)
        STEPS["by card"] += 1
        begin = partial(press, glimpse.surface, what, self._title(school), who)
        return begin, school, glimpse.versions[school]

    def _still(self, glimpse: Glimpse[Any]) -> list[str]:
        """The schools that are what they were, and not linked with others since."""
        known = self.district.schools
        return [id for id, school in sorted(glimpse.schools.items()) if known.get(id) is school]

    def _seen_now(self, surface: S) -> Glimpse[S]:
        schools = dict(self.district.schools)
        return Glimpse(surface, schools, {id: self.district.version(id) for id in schools})

    def _became(
        self, who: str, school: str, answer: Any, told: Told, *, moves: bool = True
    ) -> None:
        """The words fit the answer; a school that moved was moved by this person."""
        answer = answer if isinstance(answer, str) else answer[school]
        self._says(answer, told)
        if answer == "done" and moves:
            self.movers[school] = PEOPLE[who][1]
            self.listed |= set(self._waiting()) if self.listed or self._waiting() else set()

    def _says(self, answer: str, told: Told) -> None:
        words = told.words
        if answer in SAYS:
            assert re.search(SAYS[answer], words), f"{answer}: {words}"
        else:
            assert not REFUSED.search(words), f"{answer}: {words}"

    def _dialog(self, who: str) -> Modal:
        """The one on top of somebody's screen."""
        dialog = self.town.dialog(who)
        assert dialog is not None
        return dialog

    # --- after every step

    @invariant()
    def agree(self) -> None:
        """After everything that somebody did, also if it was refused."""
        if self.partner is None or self.acts == self.town.acts:
            return
        STEPS[self.town.stores.database.engine.dialect.name] += 1
        self.agreed = False
        self.town.puts_away()
        self._the_lists_agree()
        self._the_histories_agree()
        self._the_door_agrees()
        self._the_card_agrees()
        self._glance()
        self.acts = self.town.acts
        self.agreed = True

    def _the_lists_agree(self) -> None:
        told = self.district
        self.seen = self._partner.accounts()
        assert {
            s["id"]: (s["number"], s["name"], s["status"], s["present"])
            for s in self._partner.schools()
        } == {id: (s.number, s.name, s.status, s.present) for id, s in told.schools.items()}
        locks = told.locks()
        seen = {self._label(a): a for a in self.seen}
        assert {label: (a["email"], sorted(a["schools"])) for label, a in seen.items()} == {
            id: (account.email, sorted(s for a, s in told.memberships if a == id))
            for id, account in told.accounts.items()
        }
        assert {who: sorted(a["because"]) for who, a in seen.items() if a["because"]} == locks
        assert {label for label, account in seen.items() if account["locked"]} == locks.keys()

    def _label(self, account: Mapping[str, Any]) -> str:
        id = str(account["id"])
        return id if id in self.district.accounts else f"by hand: {account['email'].lower()}"

    def _ids(self) -> dict[str, str]:
        return {self._label(account): account["id"] for account in self.seen}

    def _the_histories_agree(self) -> None:
        moved = {
            id: s for id, s in self.district.schools.items() if len(s.moves) != self.read.get(id)
        }
        for id, school in moved.items():
            self.read[id] = len(school.moves)
            rows = self._partner.history(id)
            assert [row["to"] for row in rows] == school.moves
            if id in self.movers and rows[-1]["event"] not in ("reported", "linked"):
                assert rows[-1]["by_name"] == self.movers[id]

    def _the_door_agrees(self) -> None:
        """By id, by email, and about many at once."""
        ids, locks = self._ids(), self.district.locks()
        emails = self._by_email()
        many = self._partner.access_of([*ids.values(), "nobody"], [*emails, "nobody@example.org"])
        for label, id in ids.items():
            one = self._partner.access(id)
            assert _because(one) == locks.get(label, [])
            assert one["accounts"] == [id]
            assert _because(many["accounts"][id]) == locks.get(label, [])
        for email, labels in emails.items():
            expected = sorted({school for label in labels for school in locks.get(label, ())})
            assert _because(self._partner.access_by_email(email.upper())) == expected
            assert _because(many["emails"][email]) == expected
        assert many["accounts"]["nobody"] is many["emails"]["nobody@example.org"] is None
        assert self._partner.access("nobody") is None

    def _by_email(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for label, account in self.district.accounts.items():
            found.setdefault(account.email.lower(), []).append(label)
        return found

    def _the_card_agrees(self) -> None:
        """What has no room is counted, and what waits there can be reviewed."""
        card, listed = self._partner.card(), {self._title(id): id for id in self.listed}
        shown = {listed[line.title]: line for line in lines(card)} if card is not None else {}
        waiting, words = self._waiting(), card.reads if card is not None else ""
        more = {what: int(count) for count, what in re.findall(r"\+(\d+) more( decided|\.)", words)}
        hidden, passed = more.get(".", 0), more.get(" decided", 0)
        assert len(waiting) == len(shown.keys() & waiting) + hidden, self._seen_in_the_channel()
        assert len(listed) == len(shown) + hidden + passed
        decided = len(shown.keys() - set(waiting))
        assert not passed or decided >= 3, "the newest decisions are always shown"
        assert (card is not None and "Review…" in card.buttons) is bool(hidden)
        if waiting:
            needs = "school needs" if len(waiting) == 1 else "schools need"
            assert f"{self._partner.name}: {len(waiting)} {needs} a decision." in words
        for button, statuses in ON_THE_CARD.items():
            here = [id for id in shown if self.district.schools[id].status in statuses]
            assert self._partner.offered(button) == sorted(map(self._title, here))
        for id, line in shown.items():
            self._says_who_decided(id, line)
        self._open_requests_are_on_cards()

    def _says_who_decided(self, id: str, line: Line) -> None:
        """And what waits for the support team."""
        status = self.district.schools[id].status
        if status in DID and id in self.movers and id not in self.district.cases:
            assert f"{self.movers[id]} {DID[status]} {self._title(id)}" in line.words, line
        released = len(self.district.people_of(id)) - len(self.district.unreleased(id))
        let_in = re.search(r"(\d+) of its \d+ accounts? (?:is|are) released", line.words)
        assert int(let_in[1] if let_in else 0) == (released if status == FROZEN else 0), line
        asked = self.district.open_request(id) is not None
        assert ("An unfreeze is requested" in line.words) is asked, line
        assert ("Reported as a mistake by" in line.words) is (id in self.district.cases), line

    def _seen_in_the_channel(self) -> str:
        return "\n---\n".join(reading(m.text, m.blocks) for m in self._partner.messages)

    def _open_requests_are_on_cards(self) -> None:
        for request, asked in (*self.requests, *self.wishes):
            now = self.town.slack.current(asked.message)
            assert now is not None
            assert bool(Card(self.town, now).buttons) is (request.state == "open")

    def _glance(self) -> None:
        """Somebody leaves the card open on their screen."""
        if (card := self._partner.card()) is not None:
            self.glimpses.append(self._seen_now(card))

    def teardown(self) -> None:
        """A partner that is retired asks nothing any more, and locks whom it locked."""
        if not self.agreed:
            return
        self.town.puts_away()
        self._partner.retire()
        self.read.clear()
        self._the_lists_agree()
        self._the_histories_agree()
        self._the_door_agrees()
        assert self._partner.offered("Pause") == self._partner.offered("Freeze…") == []


def _because(lock: Any) -> list[str]:
    ids = sorted(cause["id"] for cause in lock["because"])
    assert lock["locked"] is bool(ids)
    assert (lock["screen"] is not None) is bool(ids)
    return ids
