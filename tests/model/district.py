"""What DESIGN says of statuses, nights, memberships and locks, in plain sets.

Knows nothing of how the product stores or decides: it is what the product is compared with.
A membership is a pair (account, school); so are a claim and what somebody added by hand.
"""

from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace

ACTIVE, NEEDED, PAUSED, FROZEN = "active", "action_needed", "paused", "frozen"

ADMINS = frozenset({"ana", "bo", "sid"})
SUPPORT = frozenset({"sue", "sam", "sid"})
MAY_CHANGE = ADMINS | SUPPORT
MAY_UNFREEZE = SUPPORT - ADMINS

Pair = tuple[str, str]
Named = Mapping[str, tuple[str, str]]
"""Schools of a snapshot: number and name by id."""


@dataclass(frozen=True)
class Row:
    """A person in a snapshot. `schools` may name some that the snapshot does not have."""

    email: str
    name: str
    schools: frozenset[str]


@dataclass
class School:
    number: str
    name: str
    status: str
    present: bool
    moves: list[str]


@dataclass(frozen=True)
class Account:
    """`serial` is new for every account that ever was."""

    serial: int
    email: str
    name: str
    manual: bool


@dataclass
class Request:
    """To unfreeze a school; `version` is the school's while that freeze holds."""

    school: str
    version: int
    askers: set[str]
    state: str = "open"


@dataclass
class Wish:
    """That support releases who also works elsewhere; `version` is the school's in that freeze."""

    school: str
    version: int
    asker: str
    state: str = "open"


@dataclass
class Hold:
    """A snapshot that waits for somebody, compared when `base` snapshots had been applied.

    The breaker stopped it (`tripped`), or whoever uploaded it has not said yet that it is right.
    """

    seen: Named
    rows: Mapping[str, Row]
    base: int
    tripped: bool
    decision: str | None = None


@dataclass(frozen=True)
class Breaker:
    schools: int = 3
    schools_percent: int = 20
    staff_percent: int = 20
    staff_known: int = 50


@dataclass(frozen=True)
class Counts:
    new: int
    missing: int
    returned: int
    total: int
    added: int
    changed: int
    removed: int
    staff: int


@dataclass
class District:
    breaker: Breaker
    schools: dict[str, School] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    # The last applied snapshot's people; a row names only schools that were known.
    rows: dict[str, Row] = field(default_factory=dict)
    # Who the last applied snapshot has where; links move it along.
    claimed: set[Pair] = field(default_factory=set)
    memberships: set[Pair] = field(default_factory=set)
    by_hand: set[Pair] = field(default_factory=set)
    # (account's serial, school, version): support's exceptions, each for one freeze.
    released: set[tuple[int, str, int]] = field(default_factory=set)
    requests: list[Request] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    # Who reported a mistake, by the school whose case is open.
    cases: dict[str, set[str]] = field(default_factory=dict)
    applied: int = 0
    hold: Hold | None = None
    # How many rows of history belong to records that a link has ended.
    ended_moves: int = 0
    # How often a school came back while it was Frozen.
    came_back_frozen: int = 0
    born: int = 0

    # --- what is seen

    def version(self, school: str) -> int:
        return len(self.schools[school].moves)

    def people_of(self, school: str) -> set[str]:
        return {account for account, where in self.memberships if where == school}

    def elsewhere(self, account: str, school: str) -> list[str]:
        """The other schools where somebody works, by name and number."""
        others = [self.schools[s] for a, s in self.memberships if a == account and s != school]
        return sorted(f"{other.name} ({other.number})" for other in others)

    def locks(self) -> dict[str, list[str]]:
        """The schools that lock each locked account."""
        found: dict[str, list[str]] = {}
        for account, school in sorted(self.memberships):
            freeze = (self.accounts[account].serial, school, self.version(school))
            if self.schools[school].status == FROZEN and freeze not in self.released:
                found.setdefault(account, []).append(school)
        return found

    def stay_locked(self, school: str) -> int:
        """How many people of a school are locked by another one."""
        locks = self.locks()
        return sum(bool(set(locks.get(a, ())) - {school}) for a in self.people_of(school))

    def open_request(self, school: str) -> Request | None:
        return next((r for r in self.requests if (r.school, r.state) == (school, "open")), None)

    def open_wish(self, school: str) -> Wish | None:
        return next((w for w in self.wishes if (w.school, w.state) == (school, "open")), None)

    def unreleased(self, school: str) -> set[str]:
        """Whom this school locks, when it is Frozen."""
        here = self.people_of(school)
        freeze = (school, self.version(school))
        return {a for a in here if (self.accounts[a].serial, *freeze) not in self.released}

    def locked_elsewhere(self, school: str) -> set[str]:
        """Those of them who also work at another school."""
        return {a for a in self.unreleased(school) if self.elsewhere(a, school)}

    # --- a night

    def night(self, seen: Named, people: Mapping[str, Row]) -> tuple[str, Counts | None]:
        """The outcome, and the counts of a snapshot that could be compared."""
        if not self.applied and not seen:
            return "failed", None
        known = self.schools.keys() | seen.keys()
        rows = {id: Row(row.email, row.name, row.schools & known) for id, row in people.items()}
        counts = self._counts(seen, rows)
        if self.applied and self._trips(seen, rows):
            self.hold = Hold(dict(seen), rows, self.applied, tripped=True)
            return "held", counts
        self.hold = None
        if not self._apply(seen, rows):
            return "no_change", counts
        self.applied += 1
        return "applied", counts

    def upload(self, seen: Named, people: Mapping[str, Row]) -> tuple[str, Counts | None]:
        """Whatever an uploaded snapshot changes is held until somebody has looked at it."""
        would = deepcopy(self)
        outcome, counts = would.night(seen, people)
        if outcome == "applied":
            known = self.schools.keys() | seen.keys()
            rows = {id: Row(r.email, r.name, r.schools & known) for id, r in people.items()}
            self.hold = Hold(dict(seen), rows, self.applied, tripped=False)
            return "held", counts
        return self.night(seen, people)

    def _counts(self, seen: Named, rows: Mapping[str, Row]) -> Counts:
        present = {id for id, school in self.schools.items() if school.present}
        return Counts(
            new=len(seen.keys() - self.schools.keys()),
            missing=len(present - seen.keys()),
            returned=len(seen.keys() & self.schools.keys() - present),
            total=len(seen),
            added=len(rows.keys() - self.rows.keys()),
            changed=sum(rows[id] != self.rows[id] for id in rows.keys() & self.rows.keys()),
            removed=len(self.rows.keys() - rows.keys()),
            staff=len(rows),
        )

    def _trips(self, seen: Named, rows: Mapping[str, Row]) -> bool:
        before = {id for id, school in self.schools.items() if school.present}
        gone = before - seen.keys()
        lost = self._lose(seen, rows)
        most = len(gone) >= self.breaker.schools and 100 * len(
            gone
        ) >= self.breaker.schools_percent * len(before)
        many = len(self.rows) >= self.breaker.staff_known and 100 * len(
            lost
        ) >= self.breaker.staff_percent * len(self.rows)
        return bool(before and before == gone) or most or bool(self.rows and not rows) or many

    def _lose(self, seen: Named, rows: Mapping[str, Row]) -> set[str]:
        """Who loses a place at a school that is in the snapshot.

        Each loss counts once, in the snapshot that first lacks the person there: people of a
        missing school are not counted until it is back without them.
        """
        taken = self.memberships - self.by_hand - claims(rows)
        return {
            account
            for account, school in taken
            if school in seen
            and ((account, school) in self.claimed or not self.schools[school].present)
        }

    def _apply(self, seen: Named, rows: Mapping[str, Row]) -> bool:
        before = self._picture()
        self._apply_schools(seen)
        self._apply_people(rows)
        self.rows = dict(rows)
        self.claimed = claims(rows)
        self.memberships |= self.claimed
        self.memberships = {pair for pair in self.memberships if self._stays(pair)}
        somewhere = {account for account, _ in self.memberships}
        self.accounts = {
            id: account
            for id, account in self.accounts.items()
            if id in rows or account.manual or id in somewhere
        }
        return self._picture() != before

    def _stays(self, pair: Pair) -> bool:
        school = self.schools[pair[1]]
        held = pair in self.claimed or pair in self.by_hand
        return held or not school.present or school.status == FROZEN

    def _apply_schools(self, seen: Named) -> None:
        for id in seen.keys() - self.schools.keys():
            self.schools[id] = School("", "", ACTIVE, True, [ACTIVE])
        for id, school in self.schools.items():
            if id in seen:
                school.number, school.name = seen[id]
                if school.status == FROZEN and not school.present:
                    self.came_back_frozen += 1
                if school.status in (NEEDED, PAUSED):
                    self._move(school, ACTIVE)
            elif school.status == ACTIVE:
                self._move(school, NEEDED)
            school.present = id in seen

    def _apply_people(self, rows: Mapping[str, Row]) -> None:
        for id, row in rows.items():
            serial = self.accounts[id].serial if id in self.accounts else self._serial()
            self.accounts[id] = Account(serial, row.email, row.name, False)

    def _picture(self) -> object:
        schools = {id: (s.number, s.name, s.status, s.present) for id, s in self.schools.items()}
        return schools, dict(self.accounts), dict(self.rows), set(self.memberships)

    def _serial(self) -> int:
        self.born += 1
        return self.born

    # --- what people do; each answers "done", or why not

    def pause(
        self, who: str, ids: Collection[str], expected: Mapping[str, int]
    ) -> str | dict[str, str]:
        if who not in MAY_CHANGE:
            return "not permitted"
        if not self.schools.keys() >= set(ids):
            return "unknown"
        refusals = {
            ACTIVE: "still_shared",
            PAUSED: "already_paused",
            FROZEN: "already_frozen",
        }
        return {id: self._act(id, PAUSED, refusals, expected.get(id)) for id in ids}

    def freeze(self, who: str, id: str, expected: int | None, shown: set[int] | None) -> str:
        """`shown` are the serials of the accounts that the person was told of."""
        if who not in MAY_CHANGE:
            return "not permitted"
        if id not in self.schools:
            return "unknown"
        now = {self.accounts[account].serial for account in self.people_of(id)}
        moved = expected is not None and expected != self.version(id)
        if shown is not None and shown != now and not moved and self.schools[id].status != FROZEN:
            return "preview changed"
        return self._act(id, FROZEN, {FROZEN: "already_frozen"}, expected)

    def unfreeze(self, who: str, id: str, expected: int | None) -> str:
        if who not in MAY_UNFREEZE:
            return "not permitted"
        if id not in self.schools:
            return "unknown"
        request = self.open_request(id)
        if request is not None and who in request.askers:
            return "not possible"
        done = self._unfreeze(id, expected)
        if done == "done" and request is not None:
            request.state = "void"
        return done

    def ask(self, who: str, id: str) -> str:
        if who not in MAY_CHANGE:
            return "not permitted"
        if id not in self.schools:
            return "unknown"
        if self.schools[id].status != FROZEN:
            return "not possible"
        request = self.open_request(id)
        if request is None:
            request = Request(id, self.version(id), set())
            self.requests.append(request)
        if who in request.askers:
            return "asked before"
        request.askers.add(who)
        return "done"

    def withdraw(self, who: str, id: str) -> str:
        if id not in self.schools:
            return "unknown"
        request = self.open_request(id)
        if request is None or who not in request.askers:
            return "not possible"
        if request.askers == {who}:
            request.state = "withdrawn"
            return "ended"
        request.askers.remove(who)
        return "others ask"

    def ask_release(self, who: str, id: str, expected: int | None) -> str:
        if who not in MAY_CHANGE:
            return "not permitted"
        if id not in self.schools:
            return "unknown"
        frozen = self.schools[id].status == FROZEN and expected in (None, self.version(id))
        if not frozen or not self.locked_elsewhere(id):
            return "not possible"
        if self.open_wish(id) is not None:
            return "asked before"
        self.wishes.append(Wish(id, self.version(id), who))
        return "done"

    def decline(self, who: str, wish: Wish) -> str:
        if who not in MAY_UNFREEZE:
            return "not permitted"
        if wish.state != "open" or who == wish.asker:
            return "not possible"
        wish.state = "declined"
        return "done"

    def report(self, who: str, id: str, expected: int | None) -> str:
        """The school stays as it is; the first report is a row of its history."""
        if who not in MAY_CHANGE:
            return "not permitted"
        if id not in self.schools:
            return "unknown"
        if id in self.cases:
            known = who in self.cases[id]
            self.cases[id].add(who)
            return "reported before" if known else "joined"
        refusals = {ACTIVE: "nothing_missing", FROZEN: "already_frozen"}
        done = self._act(id, self.schools[id].status, refusals, expected)
        if done == "done":
            self.cases[id] = {who}
        return done

    def decide(self, who: str, request: Request, approve: bool) -> str:
        if who not in MAY_UNFREEZE:
            return "not permitted"
        if request.state != "open" or who in request.askers:
            return "not possible"
        done = self._unfreeze(request.school, request.version) if approve else "done"
        if done == "done":
            request.state = "approved" if approve else "denied"
        return done

    def decide_hold(self, who: str, hold: Hold, decision: str) -> str:
        """`hold` is the one whose card is clicked, which need not be open any more."""
        if who not in MAY_CHANGE:
            return "not permitted"
        if hold is not self.hold or hold.decision is not None:
            return "not possible"
        hold.decision = decision
        if decision == "discard":
            self.hold = None
        return "done"

    def carry_out(self) -> str:
        """What was decided is done with the stored snapshot, unless another one came before."""
        hold = self.hold
        assert hold is not None
        assert hold.decision is not None
        self.hold = None
        if hold.base != self.applied:
            return "superseded"
        active = {id for id, school in self.schools.items() if school.status == ACTIVE}
        if self._apply(hold.seen, hold.rows):
            self.applied += 1
        if hold.decision == "apply_and_pause":
            for id in sorted(active):
                if self.schools[id].status == NEEDED:
                    self._move(self.schools[id], PAUSED)
        return "applied"

    def link(self, who: str, old: str, new: str) -> str:
        """`old` goes on under the id, the name and with the people of `new`, whose record ends."""
        if who not in SUPPORT:
            return "not permitted"
        if not self.schools.keys() >= {old, new}:
            return "unknown"
        before, made = self.schools[old], self.schools[new]
        if before.present or not made.present or made.moves != [ACTIVE]:
            return "not possible"
        del self.schools[old]
        self.schools[new] = before
        # A last row is written when the newer record ends.
        self.ended_moves += len(made.moves) + 1
        before.number, before.name, before.present = made.number, made.name, True
        self._rename(old, new)
        if before.status != FROZEN:
            self._move(before, ACTIVE)
        self.applied += 1
        return "done"

    def _rename(self, old: str, new: str) -> None:
        self.memberships = _renamed(self.memberships, old, new)
        self.by_hand = _renamed(self.by_hand, old, new)
        self.claimed = _renamed(self.claimed, old, new)
        # A row with the old id would mean another school by now, and is another row.
        for id, row in self.rows.items():
            if old in row.schools:
                self.rows[id] = replace(row, schools=row.schools - {old} | {f"once {old}"})
        self.cases = {new if s == old else s: who for s, who in self.cases.items()}
        self.released = {(a, new if s == old else s, v) for a, s, v in self.released}
        for asked in (*self.requests, *self.wishes):
            asked.school = new if asked.school == old else asked.school

    def add(self, email: str, name: str, ids: Iterable[str]) -> None:
        """Somebody is added by hand, on every account that has this address."""
        theirs = [id for id, a in self.accounts.items() if a.email.lower() == email.lower()]
        if not theirs:
            theirs = [f"by hand: {email.lower()}"]
            self.accounts[theirs[0]] = Account(self._serial(), email, name, True)
        added = {(id, school) for id in theirs for school in ids}
        self.memberships |= added
        self.by_hand |= added

    def release(
        self,
        who: str,
        id: str,
        chosen: Collection[str],
        expected: int | None,
        wish: Wish | None = None,
    ) -> str:
        """`chosen` are accounts; whoever does not work there is passed over.

        An open wish ends when it is answered, and when nobody is left whom it is about.
        """
        if who not in MAY_UNFREEZE:
            return "not permitted"
        if id not in self.schools:
            return "unknown"
        if self.schools[id].status != FROZEN or expected not in (None, self.version(id)):
            return "not possible"
        asked = wish or self.open_wish(id)
        if asked is not None and (asked.state != "open" or asked.asker == who):
            return "not possible"
        fresh = self.unreleased(id) & set(chosen)
        freeze = (id, self.version(id))
        self.released |= {(self.accounts[account].serial, *freeze) for account in fresh}
        if fresh and asked is not None and (wish is not None or not self.locked_elsewhere(id)):
            asked.state = "granted"
        return "done" if fresh else "not possible"

    def _unfreeze(self, id: str, expected: int | None) -> str:
        to = ACTIVE if self.schools[id].present else NEEDED
        refusals = dict.fromkeys((ACTIVE, NEEDED, PAUSED), "not_frozen")
        wish, done = self.open_wish(id), self._act(id, to, refusals, expected)
        if done == "done" and wish is not None:
            wish.state = "void"
        return done

    def _act(self, id: str, to: str, refusals: Mapping[str, str], expected: int | None) -> str:
        school = self.schools[id]
        if school.status in refusals:
            return refusals[school.status]
        if expected is not None and expected != self.version(id):
            return "stale"
        self._move(school, to)
        return "done"

    def _move(self, school: School, to: str) -> None:
        if to in (ACTIVE, FROZEN):
            ended = [id for id in self.cases if self.schools[id] is school]
            self.cases = {id: who for id, who in self.cases.items() if id not in ended}
        school.status = to
        school.moves.append(to)


def claims(rows: Mapping[str, Row]) -> set[Pair]:
    return {(id, school) for id, row in rows.items() for school in row.schools}


def _renamed(pairs: set[Pair], old: str, new: str) -> set[Pair]:
    return {(account, new if school == old else school) for account, school in pairs}
