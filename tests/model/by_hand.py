"""Random histories by hand: commands, clicks and questions at the door agree with the model.

Slower than `machine.py`, which goes through the handlers' own entry, and closer to what people
meet. One office for all histories, and a new partner for each; the one before is retired, and
its locks stay as they were.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.harness.slack.office import PEOPLE
from tests.harness.slack.surfaces import Card, Modal, reading
from tests.model.district import ACTIVE, FROZEN, NEEDED, PAUSED, Breaker, District, Hold, Request
from tests.model.hands_on import MISTAKE, Partner, Told, Town, offered, press
from tests.model.roster import EMAILS, Roster, edits, schools

anyone = st.sampled_from([*["ana"] * 4, *["bo"] * 2, *["sue"] * 2, "sam", "vic", "carmen", "tia"])
supporters = st.sampled_from([*["sue"] * 3, *["sam"] * 3, "ana", "bo", "vic", "tia"])
some = st.integers(0, 5)
breakers = st.sampled_from(
    (Breaker(9, 100, 100, 1), Breaker(9, 100, 34, 2), Breaker(2, 40, 40, 4), Breaker(1, 34, 100, 1))
)

NOT_PERMITTED = r"are not among the people who may|Only the support team can"
# What somebody reads, by the model's word for what became of it.
SAYS = {
    "not permitted": NOT_PERMITTED,
    "unknown": "has no school with the id",
    "stale": "You were looking at an older state",
    "still_shared": "is still in its roster",
    "already_paused": "is already paused",
    "already_frozen": "is already frozen",
    "not_frozen": "is not frozen",
    "nothing_missing": "there is nothing to report",
    "not possible": r"is not frozen|asked for this yourself|do not ask|not held|this roster|"
    r"decided this request|withdrew this request|Nothing was changed|Nobody",
    "asked before": "asked (for it|for this)? ?already",
    "reported before": "have reported .* already",
    "joined": "yours was added",
}
REFUSED = re.compile(r"Nothing was (changed|frozen|linked)|Nobody was released")
DID = {PAUSED: "paused", FROZEN: "froze"}

STEPS: Counter[str] = Counter()
"""How many steps were done, by the kind of database and what was done."""


@dataclass(frozen=True)
class Glimpse:
    """A card as somebody once saw it, and the versions of the schools then."""

    card: Card
    versions: Mapping[str, int]


class ByHand(Roster, RuleBasedStateMachine):
    """`town` is given by a subclass, made for one database."""

    town: Town

    def __init__(self) -> None:
        super().__init__()
        self.district = District(Breaker())
        self.partner: Partner | None = None
        self.agreed = False
        # What was seen last: the accounts, and of each history how long it was.
        self.seen: list[Any] = []
        self.read: dict[str, int] = {}
        self.glimpses: list[Glimpse] = []
        self.requests: list[tuple[Request, Card]] = []
        self.holds: list[tuple[Hold, Card]] = []
        # The schools on the current card, and who moved each school last.
        self.listed: set[str] = set()
        self.movers: dict[str, str] = {}

    # --- the roster and its nights

    @initialize(breaker=breakers, changes=edits)
    def a_partner_joins(self, breaker: Breaker, changes: list) -> None:
        self.district = District(breaker)
        self.partner = Partner.declared(self.town, breaker)
        self._begin()
        self._edit(changes)
        self._night(by_clock=True)

    @rule(changes=edits, by_clock=st.booleans())
    def a_night(self, changes: list, by_clock: bool) -> None:
        self._edit(changes)
        self._night(by_clock)

    @rule(school=schools)
    def a_school_goes(self, school: str) -> None:
        if school in self.open:
            self._edit([("school and its people", school, "p1")])
            self._night(by_clock=True)

    @rule(school=schools)
    def a_school_is_made_anew(self, school: str) -> None:
        """With another id and name, and with its people."""
        if school not in self.open:
            return
        new = f"{school}{len(self.district.schools)}"
        self.open[new] = (self.open.pop(school)[0], f"{new} School")
        for id, row in self.staff.items():
            if school in row.schools:
                self.staff[id] = replace(row, schools=row.schools - {school} | {new})
        self._night(by_clock=False)

    def _night(self, by_clock: bool) -> None:
        partner = self._partner
        partner.shares(self.open, self.staff)
        before = self._statuses()
        if by_clock:
            self.town.night()
        else:
            self.town.clock.pass_by(minutes=3)
            self.town.changes("sync", partner.slug)
        outcome, counts = self.district.night(self.open, self.staff)
        STEPS[f"night: {outcome}"] += 1
        run = partner.last_run()
        assert run["outcome"] == outcome, run
        if counts is not None:
            told = (*run["schools"].values(), *run["staff"].values())
            assert told == tuple(vars(counts).values()), run
        if outcome == "held" and self.district.hold is not None:
            self.holds.append((self.district.hold, partner.hold_card()))
        self._listed_after(before)

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

    @rule(who=anyone, number=some, old=st.integers(0, 3))
    def somebody_pauses_from_the_card(self, who: str, number: int, old: int) -> None:
        if (picked := self._picked("Pause", number, old)) is None:
            return
        card, school, version = picked
        answer = self.district.pause(who, [school], {school: version})
        told = self.town.sees(who, lambda: press(card, "Pause", self._title(school), who))
        self._became(who, school, answer, told)

    @rule(who=anyone, number=some, several=st.integers(1, 3))
    def somebody_pauses_many(self, who: str, number: int, several: int) -> None:
        card, waiting = self._partner.card(), self._waiting()
        if card is None or not waiting:
            return
        told = self.town.sees(who, lambda: card.click("Pause…", by=who))
        picked = waiting[number % len(waiting) :][:several]
        answer = self.district.pause(who, picked, {})
        if isinstance(answer, str):
            self._became(who, picked[0], answer, told)
            return
        assert told.dialog is not None
        dialog = told.dialog
        boxes = sorted(offer.partition(" · ")[0] + ")" for offer in dialog.offers)
        assert boxes == sorted(map(self._title, waiting))
        ticks = [self._title(id).rstrip(")") for id in picked]
        told = self.town.sees(who, lambda: dialog.submit(tick=ticks))
        for id in picked:
            self._became(who, id, answer[id], told)

    @rule(
        who=anyone,
        number=some,
        old=st.integers(0, 3),
        meanwhile=st.sampled_from(("nothing", "nothing", "a night", "added", "frozen")),
        changes=edits,
        spare=st.booleans(),
    )
    def somebody_freezes_from_the_card(
        self, who: str, number: int, old: int, meanwhile: str, changes: list, spare: bool
    ) -> None:
        """What the dialog shows is compared before it is submitted, perhaps too late."""
        if (picked := self._picked("Freeze…", number, old)) is None:
            return
        card, school, version = picked
        title = self._title(school)
        told = self.town.sees(who, lambda: press(card, "Freeze…", title, who))
        would = deepcopy(self.district).freeze(who, school, version, None)
        if would != "done":
            self._became(who, school, would, told)
            return
        assert told.dialog is not None, told
        shown = self._shown_in(told.dialog, school)
        self._meanwhile(meanwhile, school, changes)
        dialog, ticks = told.dialog, self._spared(who, told.dialog, spare)
        answer = self.district.freeze(who, school, version, shown)
        told = self.town.sees(who, lambda: dialog.submit(reason="Closed", tick=ticks))
        if answer == "preview changed":
            assert told.dialog is not None, told
            again, ticks = told.dialog, self._spared(who, told.dialog, spare)
            again.says("Nothing was frozen yet", f"{len(shown)} before, ")
            shown = self._shown_in(again, school)
            answer = self.district.freeze(who, school, version, shown)
            told = self.town.sees(who, lambda: again.submit(reason="Closed", tick=ticks))
        STEPS[f"freeze: {answer}"] += 1
        self._became(who, school, answer, told)
        if answer == "done" and ticks and (elsewhere := self._elsewhere(school)):
            self.district.release(who, school, elsewhere, None)

    def _spared(self, who: str, dialog: Modal, spare: bool) -> list[str]:
        """The box that lets in whoever also works elsewhere, when support is asked to tick it."""
        boxes = [box for box in dialog.offers if box.startswith("Release")]
        return boxes if spare and who in ("sue", "sam") else []

    def _elsewhere(self, school: str) -> list[str]:
        people = sorted(self.district.people_of(school))
        return [account for account in people if self.district.elsewhere(account, school)]

    def _meanwhile(self, what: str, school: str, changes: list) -> None:
        if what == "a night":
            self._edit(changes)
            self._night(by_clock=True)
        elif what == "added":
            self._added(EMAILS[3], [school])
        elif what == "frozen":
            self._shell("freeze", "bo", school)

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

    @rule(who=supporters, number=some, old=st.integers(0, 3))
    def somebody_unfreezes_from_the_card(self, who: str, number: int, old: int) -> None:
        if (picked := self._picked("Unfreeze…", number, old)) is None:
            return
        card, school, version = picked
        title = self._title(school)
        told = self.town.sees(who, lambda: press(card, "Unfreeze…", title, who))
        if told.dialog is None and told.cards and "Request unfreeze…" in told.cards[0].buttons:
            assert self.district.unfreeze(who, school, version) == "not permitted"
            self._requested(who, school, told.cards[0])
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

    def _requested(self, who: str, school: str, refusal: Card) -> None:
        told = self.town.sees(who, lambda: refusal.click("Request unfreeze", by=who))
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

    @rule(who=anyone, number=some)
    def somebody_reports_a_mistake(self, who: str, number: int) -> None:
        card = self._partner.card()
        if card is None:
            return
        titles = offered(card.message, MISTAKE)
        found = [id for id in sorted(self.listed) if self._title(id) in titles]
        if not found:
            return
        school = self._of(found, number)
        title = self._title(school)
        told = self.town.sees(who, lambda: press(card, MISTAKE, title, who))
        answer = self.district.report(who, school, None)
        if told.dialog is not None:
            dialog = told.dialog
            told = self.town.sees(who, lambda: dialog.submit(what="We never unshared it"))
        STEPS[f"report: {answer}"] += 1
        self._became(who, school, answer, told, moves=False)

    # --- support's own cards, and holds

    @precondition(lambda self: self.requests)
    @rule(who=st.sampled_from(("sue", "sam")), newest=st.integers(0, 2), approve=st.booleans())
    def support_decides_a_request(self, who: str, newest: int, approve: bool) -> None:
        request, card = self.requests[max(0, len(self.requests) - 1 - newest)]
        button = "Approve" if approve else "Deny"
        told = self.town.sees(who, lambda: card.click(button, by=who))
        if told.dialog is not None:
            if approve:
                self._says_who_stays(told.dialog, request.school)
            dialog = told.dialog
            told = self.town.sees(who, lambda: dialog.submit(reason="As we agreed"))
        answer = self.district.decide(who, request, approve)
        STEPS[f"request: {answer}"] += 1
        self._became(who, request.school, answer, told, moves=approve)

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
        STEPS[f"shell: {what}"] += 1
        self._became(who, school, answer, Told(words))

    @precondition(lambda self: self._frozen())
    @rule(who=anyone, number=some, back=st.booleans())
    def somebody_asks_from_the_shell(self, who: str, number: int, back: bool) -> None:
        school, before = self._of(self._frozen(), number), len(self.district.requests)
        if back and self.district.open_request(school):
            answer = self.district.withdraw(who, school)
            words = self._partner.decides("withdraw", who, school)
        else:
            answer = self.district.ask(who, school)
            words = self._partner.decides("request-unfreeze", who, school)
        self._says(answer, Told(words))
        self._remember_request(before)

    @precondition(lambda self: self._frozen())
    @rule(who=supporters, number=some, several=st.integers(1, 3))
    def somebody_releases(self, who: str, number: int, several: int) -> None:
        school = self._of(self._frozen(), number)
        here = sorted(self.district.people_of(school))[-several:]
        if not here:
            return
        ids = [self._ids()[account] for account in here]
        by = ["--by", PEOPLE[who][0], "--reason", "They teach", "--school", school, "--yes"]
        words = self.town.changes("accounts", "release", self._partner.slug, *ids, *by)
        answer = self.district.release(who, school, here, None)
        STEPS[f"release: {answer}"] += 1
        self._says(answer, Told(words))

    @rule(email=st.sampled_from(EMAILS), picked=st.lists(schools, min_size=1, max_size=2))
    def somebody_is_added_by_hand(self, email: str, picked: list[str]) -> None:
        known = sorted({id for id in map(self._today, picked) if id in self.district.schools})
        if known:
            self._added(email, known)

    def _added(self, email: str, ids: Collection[str]) -> None:
        at = [argument for id in ids for argument in ("--school", id)]
        name = ["--email", email, "--given-name", "Hand", "--family-name", "Made"]
        words = self.town.changes("accounts", "add", self._partner.slug, *name, *at)
        assert "added at" in words, words
        self.district.add(email, "Hand Made", ids)

    @rule(who=supporters, number=some)
    def somebody_links(self, who: str, number: int) -> None:
        """A school that is gone with one that nobody has decided about yet."""
        gone = [id for id, s in sorted(self.district.schools.items()) if not s.present]
        new = [id for id, s in sorted(self.district.schools.items()) if s.moves == [ACTIVE]]
        new = [id for id in new if id[1:]] or new
        if not gone or not new:
            return
        old, to = self._of(gone, number), self._of(new, number)
        words = self._partner.decides("link", who, old, to, "--yes")
        answer = self.district.link(who, old, to)
        STEPS[f"link: {answer}"] += 1
        self._says(answer, Told(words))
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

    def _of(self, ids: list[str], number: int) -> str:
        return ids[number % len(ids)]

    def _today(self, school: str) -> str:
        """The id that a school has by now, when it was made anew and linked."""
        known = self.district.schools
        return school if school in known else next((i for i in known if i[0] == school), school)

    def _picked(self, button: str, number: int, old: int) -> tuple[Card, str, int] | None:
        """A card as it is now or was, a school with this button on it, and its version there."""
        if not self.glimpses:
            return None
        glimpse = self.glimpses[max(0, len(self.glimpses) - 1 - max(0, old - 1))]
        known = [id for id in sorted(glimpse.versions) if id in self.district.schools]
        titles = offered(glimpse.card.message, button)
        here = [id for id in known if self._title(id) in titles]
        if not here:
            return None
        school = self._of(here, number)
        return glimpse.card, school, glimpse.versions[school]

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

    # --- after every step

    @invariant()
    def agree(self) -> None:
        if self.partner is None:
            return
        STEPS[self.town.stores.database.engine.dialect.name] += 1
        self.agreed = False
        self.town.puts_away()
        self._the_lists_agree()
        self._the_histories_agree()
        self._the_door_agrees()
        self._the_card_agrees()
        self._glance()
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
        waiting = sorted(map(self._title, self._waiting()))
        assert self._partner.offered("Pause") == waiting, self._seen_in_the_channel()
        paused = [id for id in self.listed if self.district.schools[id].status == PAUSED]
        freezable = sorted([*waiting, *map(self._title, paused)])
        assert self._partner.offered("Freeze…") == freezable
        assert self._partner.on_the_card() == sorted(map(self._title, self.listed))
        frozen = [id for id in self._frozen() if id in self.listed]
        assert self._partner.offered("Unfreeze…") == sorted(map(self._title, frozen))
        card = self._partner.card()
        for id in self.listed:
            status = self.district.schools[id].status
            if status in DID and id in self.movers and id not in self.district.cases:
                assert card is not None
                card.says(f"{self.movers[id]} {DID[status]} {self._title(id)}")
        self._open_requests_are_on_cards(card)

    def _seen_in_the_channel(self) -> str:
        return "\n---\n".join(reading(m.text, m.blocks) for m in self._partner.messages)

    def _open_requests_are_on_cards(self, card: Card | None) -> None:
        for request, asked in self.requests:
            now = self.town.slack.current(asked.message)
            assert now is not None
            assert bool(Card(self.town, now).buttons) is (request.state == "open")
        asking = [id for id in self.listed if self.district.open_request(id)]
        said = card.reads.count("An unfreeze is requested") if card is not None else 0
        assert said == len(asking)

    def _glance(self) -> None:
        """Somebody leaves the card open on their screen."""
        if (card := self._partner.card()) is not None:
            versions = {id: self.district.version(id) for id in self.district.schools}
            self.glimpses.append(Glimpse(card, versions))

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
