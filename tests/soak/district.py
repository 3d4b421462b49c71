"""A district as the driver knows it: tonight's roster, and what the bot has to make of it.

The design read naively, in plain sets; nothing of the product is used here.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.rosters.sets import in_folder, org, set_1p1, user

ACTIVE, ACTION_NEEDED, PAUSED, FROZEN = "active", "action_needed", "paused", "frozen"
SYNC = "sync"
SUPPORT = "C0SUPPORT"
SAM, SAM_NAME = "U0SAM", "Sam Sato"
SCHOOLS, STAFF, FEWEST = 8, 40, 4
TREES = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Juniper", "Larch")
TOLD_ON = (1, 3, 7)


@dataclass
class School:
    """`moves` is its whole history: from, to, by whom."""

    id: str
    number: str
    name: str
    status: str = ACTIVE
    present: bool = True
    moves: list[tuple[str | None, str, str]] = field(default_factory=list)

    def move(self, to: str, by: str) -> None:
        self.moves.append((self.status if self.moves else None, to, by))
        self.status = to


@dataclass(frozen=True)
class Staff:
    """A person, and where they work whether or not those schools are shared tonight."""

    given: str
    family: str
    places: frozenset[str]


@dataclass(frozen=True)
class Note:
    """A line in the thread of a partner's card: which card, who is named in it, which schools,
    and the number of the case where a reason was given."""

    card: int
    person: str
    schools: frozenset[str]
    case: int | None = None


@dataclass(frozen=True)
class Stored:
    """What of a district stands in the database."""

    schools: dict[str, tuple[str, bool, int]]
    accounts: dict[str, tuple[str, str]]
    memberships: frozenset[tuple[str, str]]


@dataclass
class District:
    slug: str
    name: str
    channel: str
    admin: str
    admin_name: str
    folder: Path
    titles: dict[str, str] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    people: dict[str, Staff] = field(default_factory=dict)
    broken: bool = False
    # From here on: what has to be stored, and what has to be in Slack.
    schools: dict[str, School] = field(default_factory=dict)
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)
    memberships: set[tuple[str, str]] = field(default_factory=set)
    outcomes: list[str] = field(default_factory=list)
    messages: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: Counter[Note] = field(default_factory=Counter)
    cards: int = 0
    failed: int = 0
    hold_open: bool = False
    last: object = None

    def __post_init__(self) -> None:
        self.titles = {f"{self.slug}-{n}": f"{tree} of {self.name}" for n, tree in enumerate(TREES)}
        self.shared = set(self.titles)
        ids = sorted(self.titles)
        for n in range(STAFF):
            places = frozenset({ids[n % SCHOOLS], ids[(n * 5 + 1) % SCHOOLS]})
            self.people[f"{self.slug}-p{n}"] = Staff("Ada", f"Byron {n}", places)

    # Tonight's roster

    def change(self, random: Random, *, steady: bool) -> None:
        """A night's worth of changes: schools go and come back, people too.

        Of a `steady` district something always goes missing, neither too much nor all frozen.
        """
        usual = steady or self.last is None or random.random() < 0.8
        self.broken = not usual and random.random() < 0.5
        count = 3 if not usual and not self.broken else random.choice((1, 1, 2))
        here = sorted(id for id in self.shared if not steady or not self._is_frozen(id))
        going = random.sample(here, min(count, len(here) - 1))
        few = len(self.shared) - count < FEWEST
        away = sorted(self.titles.keys() - self.shared)
        self.shared |= {id for id in away if few or random.random() < 0.4}
        self.shared -= set(going)
        for id in random.sample(sorted(self.people), 4):
            self._change_person(id, random)
        self.people[f"{self.slug}-n{len(self.outcomes)}-{random.random()}"] = Staff(
            "Grace", "Hopper", frozenset(random.sample(sorted(self.titles), 2))
        )

    def _is_frozen(self, id: str) -> bool:
        return id in self.schools and self.schools[id].status == FROZEN

    def _change_person(self, id: str, random: Random) -> None:
        known = self.people.pop(id)
        if random.random() < 0.7:
            places = frozenset({*sorted(known.places)[:1], random.choice(sorted(self.titles))})
            self.people[id] = Staff(known.given, f"{known.family}'", places)

    def write(self) -> None:
        orgs = [org(id, self.titles[id], identifier=number(id)) for id in sorted(self.shared)]
        users = [
            user(id, ",".join(sorted(places)), givenName=given, familyName=family)
            for id, given, family, places in self._there()
        ]
        files = set_1p1(orgs, users)
        if self.broken:
            files["users.csv"] = files["users.csv"].replace(b"sourcedId", b"id", 1)
        in_folder(self.folder, files)

    def _there(self) -> list[tuple[str, str, str, frozenset[str]]]:
        """The people that tonight's roster has: id, names, and which of its schools."""
        everyone = [
            (id, p.given, p.family, p.places & self.shared) for id, p in self.people.items()
        ]
        return [person for person in everyone if person[-1]]

    # What a night has to do

    def night(self) -> None:
        gone = [s for s in self.schools.values() if s.present and s.id not in self.shared]
        present = sum(s.present for s in self.schools.values())
        if self.broken:
            self._fail()
        elif len(gone) >= 3 and len(gone) * 5 >= present:
            self._hold()
        else:
            self._apply()

    def _fail(self) -> None:
        self.outcomes.append("failed")
        self.failed += 1
        self.messages[self.channel, "note"] += self.failed in TOLD_ON

    def _hold(self) -> None:
        self._supersede()
        self.outcomes.append("held")
        self.failed = 0
        # Two cards, and in the nights after it a line below each.
        kind = "note" if self.hold_open else "hold"
        self.messages[self.channel, kind] += 1
        self.messages[SUPPORT, kind] += 1
        self.hold_open = True

    def _supersede(self) -> None:
        """A hold keeps its row, which says that a later run took its place."""
        self.outcomes = ["superseded" if o == "held" else o for o in self.outcomes]

    def _apply(self) -> None:
        if self.last is None:
            self.messages[self.channel, "note"] += 1
        if self.failed:
            self.messages[self.channel, "note"] += 1
        self._supersede()
        self.failed, self.hold_open = 0, False
        roster = (frozenset(self.shared), frozenset(self._there()))
        changed = self._apply_schools() | self._apply_people() | (roster != self.last)
        self.outcomes.append("applied" if changed else "no_change")
        self.last = roster

    def _apply_schools(self) -> bool:
        gone, back = [], []
        for id in sorted(self.shared - self.schools.keys()):
            self.schools[id] = School(id, number(id), self.titles[id])
            self.schools[id].move(ACTIVE, SYNC)
        for school in self.schools.values():
            seen = school.id in self.shared
            if seen and school.status in (ACTION_NEEDED, PAUSED):
                school.move(ACTIVE, SYNC)
                back.append(school.name)
            elif seen and school.status == FROZEN and not school.present:
                self.messages[SUPPORT, "note"] += 1
            elif not seen and school.status == ACTIVE:
                school.move(ACTION_NEEDED, SYNC)
                gone.append(school.name)
            school.present = seen
        self.cards += bool(gone)
        self.messages[self.channel, "card"] += bool(gone)
        if back:
            self._note("", back)
        return bool(gone or back)

    def _apply_people(self) -> bool:
        before = frozenset(self.memberships)
        claimed = {(id, s) for id, _, _, places in self._there() for s in places}
        kept = {(id, s) for id, s in self.memberships if self._keeps_people(self.schools[s])}
        self.memberships = claimed | kept
        here = {id for id, _ in self.memberships}
        known = {id: (given, family) for id, given, family, _ in self._there()}
        self.accounts = {id: who for id, who in (self.accounts | known).items() if id in here}
        return before != self.memberships

    def _keeps_people(self, school: School) -> bool:
        return not school.present or school.status == FROZEN

    def _note(self, person: str, schools: Iterable[str], case: int | None = None) -> None:
        self.messages[self.channel, "note"] += 1
        self.notes[Note(self.cards, person, frozenset(schools), case)] += 1

    # What people do

    def waiting(self) -> list[School]:
        return [s for s in self.schools.values() if s.status == ACTION_NEEDED]

    def paused(self, schools: Iterable[School]) -> None:
        for school in schools:
            school.move(PAUSED, self.admin)
        self._note(self.admin_name, [s.name for s in schools])

    def frozen(self, school: School, case: int) -> None:
        school.move(FROZEN, self.admin)
        self._note(self.admin_name, [school.name], case)

    def requested(self, school: School, case: int) -> None:
        self.messages[SUPPORT, "request"] += 1
        self._note(self.admin_name, [school.name], case)

    def approved(self, school: School, case: int) -> None:
        school.move(ACTIVE if school.present else ACTION_NEEDED, SAM)
        self._note(SAM_NAME, [school.name], case)
        self.messages[self.admin, "note"] += 1

    def stored(self) -> Stored:
        return Stored(
            {s.id: (s.status, s.present, len(s.moves)) for s in self.schools.values()},
            dict(self.accounts),
            frozenset(self.memberships),
        )


def number(id: str) -> str:
    return f"N{id.rpartition('-')[2]}"
