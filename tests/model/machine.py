"""Random histories of one partner, in the product and in the model; after each step they agree.

A new partner for every history, not a new database: the one before stays as it was left, and a
history that touches it is wrong too.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from bot.rosters.faults import FileEmpty
from bot.sync import Result
from handlers.ask import Answer
from handlers.freeze import PreviewChanged, freeze
from handlers.hold import decide_hold
from handlers.link import link
from handlers.mistake import Reported, report
from handlers.pause import pause
from handlers.release import release
from handlers.unfreeze import decide, request, unfreeze, withdraw
from storage.accounts import Newcomer
from storage.errors import NotPermitted, NotPossible, RecessError, SyncUnderWay, UnknownSchool
from storage.roster.plan import Counts
from storage.runs import SILENT, Decision, Runs
from tests.model import district as model
from tests.model.district import Breaker, District, Hold
from tests.model.product import Product
from tests.model.roster import EMAILS, SCHOOLS, Roster, edits, schools
from tests.model.world import Died, Observed, Snapshot, World, written

several = st.lists(schools, min_size=1, max_size=3, unique=True)
anyone = st.sampled_from([*["ana"] * 3, *["sue", "bo"] * 2, "sam", "sid", "val", "una", "gus"])
supporters = st.sampled_from([*["sue"] * 3, "sam", "sam", "ana", "bo", "sid", "val", "una", "gus"])
versions = st.sampled_from(("none", "current", "older"))
breakers = st.sampled_from(
    (
        # Trips only for a roster that has nothing of what was there, or nobody.
        *(Breaker(100, 100, 101, 1),) * 3,
        *(Breaker(100, 100, 34, 2),) * 5,
        Breaker(2, 40, 40, 4),
        Breaker(3, 20, 20, 2),
        Breaker(1, 34, 101, 1),
    )
)
STEPS: Counter[str] = Counter()
"""How many steps were done, by the kind of database and what was done."""


class Histories(Roster, RuleBasedStateMachine):
    """`world` is given by a subclass, made for one database."""

    world: World
    folder: Path | None = None
    before: tuple[str, Observed] | None = None

    looks = Bundle("looks")

    def __init__(self) -> None:
        super().__init__()
        self.slug = ""
        self.district = District(Breaker())
        self.requests: list[int] = []
        # Every roster that was ever held, by its run, and every school that was made anew.
        self.holds: list[tuple[int, Hold]] = []
        self.anew: list[tuple[str, str]] = []
        self.product = Product()
        self.serials: dict[int, int] = {}

    # --- the roster of the source, and its nights

    @initialize(breaker=breakers, changes=edits, more=edits)
    def a_partner_joins(self, breaker: Breaker, changes: list, more: list) -> None:
        source = None
        if self.folder is not None:
            source = {"kind": "oneroster-csv", "path": str(self.folder)}
        self.district = District(breaker)
        self.slug = self.world.partner(breaker, source)
        self._begin()
        self._edit([*changes, *more])
        self._night()

    @rule(changes=edits, backwards=st.booleans(), by_clock=st.booleans(), asked=st.booleans())
    def a_night(self, changes: list, backwards: bool, by_clock: bool, asked: bool) -> None:
        self._edit(changes)
        self._night(backwards, by_clock, asked)

    @rule(backwards=st.booleans(), by_clock=st.booleans(), asked=st.booleans())
    def an_identical_night(self, backwards: bool, by_clock: bool, asked: bool) -> None:
        self._night(backwards, by_clock, asked)

    @rule(school=schools, number=st.integers(0, 5))
    def somebody_leaves_a_frozen_school_that_thaws(self, school: str, number: int) -> None:
        """Locked until the unfreeze, and gone on the next night, which changes nothing else."""
        here = [id for id, row in sorted(self.staff.items()) if school in row.schools]
        if school not in self.open or not here:
            return
        self._froze("ana", school)
        row = self.staff[here[number % len(here)]]
        left = {school} if number % 2 else set(SCHOOLS)
        self.staff[here[number % len(here)]] = replace(row, schools=row.schools - left)
        self._night()
        self.agree()
        self._unfroze("sue", school, "none")
        self.agree()
        self._night()

    @rule(
        school=schools,
        with_its_people=st.booleans(),
        paused=st.booleans(),
        reported=st.sampled_from(("", "ana", "bo")),
    )
    def a_school_goes_and_comes_back(
        self, school: str, with_its_people: bool, paused: bool, reported: str
    ) -> None:
        if school not in self.open:
            return
        named, staff = self.open[school], dict(self.staff)
        self._edit([("school and its people", school, "p1")])
        self._night()
        self.agree()
        if reported:
            self._reported(reported, school)
            self._reported("ana", school)
            self.agree()
        if paused:
            self._paused("ana", school)
        self.open[school] = named
        if with_its_people:
            self.staff = staff
        self._night()

    @rule(pair=st.lists(schools, min_size=2, max_size=2, unique=True))
    def two_schools_freeze_and_one_thaws(self, pair: list[str]) -> None:
        """Whoever works at both stays locked by the other."""
        for school in pair:
            self._froze("ana", school)
        self._unfroze("sue", pair[0], "none")

    @rule(changes=edits, who=anyone, school=schools, act=st.sampled_from(("freeze", "pause")))
    def a_click_between_compare_and_apply(
        self, changes: list, who: str, school: str, act: str
    ) -> None:
        """Statuses are decided when the plan is applied: as if the click had come before."""
        if self.folder is not None:
            return
        self._edit(changes)
        click = self._froze if act == "freeze" else self._paused
        self._night(meanwhile=lambda: click(who, school))

    @rule(how=st.sampled_from(("breaks off", "another sync", "no zeros", "no zero school")))
    def a_failing_night(self, how: str) -> None:
        if self.folder is not None:
            return
        snapshot = Snapshot(self.open, self.staff)
        if how == "breaks off":
            snapshot.fault = FileEmpty("users.csv")
        elif how == "no zeros":
            if not self.district.applied or not self.district.rows.keys() & self.staff.keys():
                return
            id = min(self.district.rows.keys() & self.staff.keys())
            others = {known: row for known, row in self.staff.items() if known != id}
            snapshot.people = {**others, f"00{id}": self.staff[id]}
        elif how == "no zero school":
            here = [id for id, s in self.district.schools.items() if s.present]
            if not here or here[0] not in self.open:
                return
            others = {id: named for id, named in self.open.items() if id != here[0]}
            snapshot.schools = {**others, f"0{here[0]}": ("", "")}
        else:
            snapshot.meanwhile = self._is_refused_a_second_sync
        self.world.snapshot = snapshot
        if how == "another sync":
            self._night(meanwhile=self._is_refused_a_second_sync)
        else:
            assert self._synced(by_clock=False, asked=True) == "failed"

    def _is_refused_a_second_sync(self) -> None:
        try:
            self.world.syncing.now(self.slug)
        except SyncUnderWay:
            return
        raise AssertionError("two syncs of one partner at once")

    @rule(changes=edits, late=st.booleans())
    def a_process_dies_in_a_run(self, changes: list, late: bool) -> None:
        """Nothing of it stays; when it has been silent for long, the run is done again."""
        if self.folder is not None:
            return
        self._edit(changes)
        self.world.snapshot = Snapshot(self.open, self.staff)
        if late:
            self._dies_while_applying()
        else:
            self.world.snapshot.fault = Died()
            self._dies()
        self.agree()
        self.world.pass_time(SILENT.total_seconds() + 1)
        self.world.snapshot = Snapshot(self.open, self.staff)
        overtaken = False
        if not late:
            # The next one takes over; it does not wait for somebody who carries the run again.
            self._night()
            overtaken = self.world.last_run(self.slug).outcome != "failed"
        assert self.world.syncing.carry_abandoned(()) >= 1
        run = self._run(self._does_the_owed_run())
        if overtaken:
            # It has read the roster since, so that what came before it means nothing any more.
            assert run.outcome == "superseded"
        else:
            self._expect(run, *self.district.night(self.open, self.staff))

    def _does_the_owed_run(self) -> int:
        """What the engine does with the job of a reading; answers the run.

        A hold that was decided may be owed beside it: that is done by `_carried_out`.
        """
        jobs = self.world.carrier.jobs
        keys = [job.key for job in jobs if (job.kind, job.lane) == ("sync", self.slug)]
        [key] = [key for key in keys if key.startswith("run:")]
        jobs.clear()
        self.world.syncing.owed(key)
        return int(key.split(":")[1])

    def _dies(self) -> None:
        try:
            self.world.syncing.now(self.slug)
        except Died:
            return
        raise AssertionError("it did not die")

    def _dies_while_applying(self) -> None:
        class Dying:
            def applied(self, *_: object, **__: object) -> None:
                raise Died

            stopped = applied

        syncing, telling = self.world.syncing, self.world.syncing.telling
        syncing.telling = Dying()  # type: ignore[assignment]
        try:
            self._dies()
        finally:
            syncing.telling = telling

    def _run(self, id: int):
        with self.world.stores.read() as store:
            return store.runs.by_id(id)

    def _night(
        self,
        backwards: bool = False,
        by_clock: bool = False,
        asked: bool = False,
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        self.world.snapshot = Snapshot(self.open, self.staff, backwards)
        if self.folder is not None:
            written(self.folder, self.world.snapshot)
        foretold = self.world.syncing.would(self.slug) if asked else None
        self.world.snapshot.meanwhile = meanwhile
        done = self._sync(by_clock)
        outcome, counts = self.district.night(self.open, self.staff)
        STEPS[f"night: {outcome}"] += 1
        self._expect(done, outcome, counts)
        if foretold is not None:
            assert foretold.outcome == outcome, "the dry run foretold something else"

    def _synced(self, by_clock: bool, asked: bool) -> str | None:
        foretold = self.world.syncing.would(self.slug) if asked else None
        run = self._sync(by_clock)
        assert foretold is None or foretold.outcome == run.outcome
        return run.outcome

    def _sync(self, by_clock: bool):
        if not by_clock:
            result: Result = self.world.syncing.now(self.slug)
            return result.run
        with self.world.stores.transaction() as store:
            partner = store.partners.locked(self.slug)
            key = f"night:{self.slug}:{self.world.moment.isoformat()}"
            night = self.world.moment.isoformat()
            assert store.runs.owe(partner, key, night=night)
        return self._run(self._does_the_owed_run())

    def _expect(self, run, outcome: str, counts: model.Counts | None) -> None:
        assert run.outcome == outcome, run.reason
        if outcome == "held" and self.district.hold is not None:
            self.holds.append((run.id, self.district.hold))
        if counts is not None:
            assert run.counts == Counts(
                schools_new=counts.new,
                schools_missing=counts.missing,
                schools_returned=counts.returned,
                schools_total=counts.total,
                staff_added=counts.added,
                staff_changed=counts.changed,
                staff_removed=counts.removed,
                staff_total=counts.staff,
            )

    @rule(school=schools, moved=st.booleans(), act=st.sampled_from(("none", "pause", "freeze")))
    def a_school_is_made_anew_and_linked(self, school: str, moved: bool, act: str) -> None:
        """Frozen, its people stay locked under the new id, and those who came with it are too."""
        if school not in self.open:
            return
        self._made_anew(school, moved)
        self.agree()
        if act == "freeze":
            self._froze("ana", school)
        elif act == "pause":
            self._paused("ana", school)
        self.agree()
        self._linked("sue", *self.anew[-1])

    @rule(school=schools, moved=st.booleans())
    def a_school_is_made_anew(self, school: str, moved: bool) -> None:
        if school in self.open:
            self._made_anew(school, moved)

    def _made_anew(self, school: str, moved: bool) -> None:
        """Under another id, with the same name and number, and perhaps with its people."""
        new = f"{school}{len(self.anew) + 1}"
        self.open[new] = self.open.pop(school)
        self.anew.append((school, new))
        for id, row in self.staff.items():
            if school in row.schools and moved:
                self.staff[id] = replace(row, schools=row.schools - {school} | {new})
        self._night()

    @rule(number=st.integers(0, 2), freezing=st.booleans(), changes=edits)
    def a_large_loss_is_held_and_applied(self, number: int, freezing: bool, changes: list) -> None:
        """As it was held, though the source changed since; with a click before it is done."""
        lost = dict(self.open)
        for school in sorted(lost):
            self._edit([("school and its people", school, "p1")])
        self._night()
        if self.district.hold is None:
            return
        self._edit(changes)
        decision = ("apply", "apply_and_pause", "discard")[number]
        self._decided("ana", len(self.holds) - 1, decision)
        if freezing and lost.keys() & self.district.schools.keys():
            self._froze("bo", min(lost.keys() & self.district.schools.keys()))
        self._carried_out()

    # --- what people do

    @precondition(lambda self: self.holds)
    @rule(who=anyone, newest=st.integers(0, 1), decision=st.sampled_from(Decision))
    def somebody_decides_a_hold(self, who: str, newest: int, decision: Decision) -> None:
        self._decided(who, max(0, len(self.holds) - 1 - newest), decision)

    def _decided(self, who: str, number: int, decision: str) -> None:
        id, hold = self.holds[number]
        told = self.district.decide_hold(who, hold, decision)
        ask = self.world.ask(who, self.slug, [], {})
        done = answered(lambda: decide_hold(ask, self.world.desk, id, Decision(decision)))
        assert (done or "done") == told

    @rule()
    def what_was_decided_is_done(self) -> None:
        self._carried_out()

    def _carried_out(self) -> None:
        """As the engine does, sooner or later; twice is as good as once."""
        hold = self.district.hold
        if hold is None or hold.decision is None:
            return
        [id] = [id for id, known in self.holds if known is hold]
        told = self.district.carry_out()
        for _ in range(2):
            self.world.syncing.owed(Runs.job_key(self._run(id)))
        STEPS[f"hold: {told}"] += 1
        assert self._run(id).outcome == told

    @precondition(lambda self: self.anew)
    @rule(who=supporters, newest=st.integers(0, 2), swapped=st.integers(0, 7))
    def somebody_links(self, who: str, newest: int, swapped: int) -> None:
        old, new = self.anew[max(0, len(self.anew) - 1 - newest)]
        self._linked(who, *((old, new) if swapped else (new, old)))

    def _linked(self, who: str, old: str, new: str) -> None:
        told = self.district.link(who, old, new)
        ask = self.world.ask(who, self.slug, [old], {})
        done = answered(lambda: link(ask, self.world.desk, new))
        STEPS[f"link: {told}"] += 1
        assert (done if isinstance(done, str) else "done") == told

    @rule(who=anyone, picked=several, version=versions)
    def somebody_pauses(self, who: str, picked: list[str], version: str) -> None:
        picked = sorted({self._today(school) for school in picked})
        expected = {id: seen for id in picked if (seen := self._version(id, version)) is not None}
        told = self.district.pause(who, picked, expected)
        ask = self.world.ask(who, self.slug, picked, expected)
        done = answered(lambda: pause(ask, self.world.desk))
        if isinstance(told, str):
            assert done == told
        else:
            assert isinstance(done, Answer)
            assert {c.school.id: became(c) for c in done.changes} == told

    @rule(who=anyone, school=schools, version=versions)
    def somebody_freezes(self, who: str, school: str, version: str) -> None:
        self._froze(who, school, version)

    @precondition(lambda self: any(len(s.moves) > 1 for s in self.district.schools.values()))
    @rule(number=st.integers(0, 3))
    def somebody_clicks_on_an_old_card(self, number: int) -> None:
        moved = sorted(id for id, s in self.district.schools.items() if len(s.moves) > 1)
        self._froze("ana", moved[number % len(moved)], "older")

    @rule(target=looks, school=schools)
    def somebody_looks_at_a_freeze(self, school: str):
        school = self._today(school)
        if school not in self.district.schools:
            return multiple()
        with self.world.stores.read() as store:
            partner = store.partners.named(self.slug)
            stored = store.schools.named(partner, school)
            preview = store.locks.preview(stored)
            stay = store.locks.still_locked(stored)
        known = self.world.observed(self.slug).keys
        labels = {key: label for label, key in known.items()}
        shown = {labels[a.key]: sorted(a.elsewhere) for a in preview.accounts}
        people = self.district.people_of(school)
        assert shown == {a: self.district.elsewhere(a, school) for a in people}
        assert stay == self.district.stay_locked(school)
        serials = {self.district.accounts[account].serial for account in people}
        return school, preview.digest, serials

    @rule(who=anyone, look=looks, version=versions)
    def somebody_freezes_what_was_shown(self, who: str, look: tuple, version: str) -> None:
        school, digest, serials = look
        expected = self._version(school, version)
        told = self.district.freeze(who, school, expected, serials)
        ask = self.world.ask(who, self.slug, [school], _only(school, expected))
        assert _single(lambda: freeze(ask, self.world.desk, digest).answer) == told

    @rule(who=supporters, school=schools, version=versions)
    def somebody_unfreezes(self, who: str, school: str, version: str) -> None:
        self._unfroze(who, school, version)

    def _unfroze(self, who: str, school: str, version: str) -> None:
        school = self._today(school)
        expected = self._version(school, version)
        told = self.district.unfreeze(who, school, expected)
        ask = self.world.ask(who, self.slug, [school], _only(school, expected))
        assert _single(lambda: unfreeze(ask, self.world.desk)) == told

    @precondition(lambda self: self._frozen())
    @rule(number=st.integers(0, 4))
    def support_unfreezes_a_frozen_school(self, number: int) -> None:
        frozen = self._frozen()
        self._unfroze("sue", frozen[number % len(frozen)], "current")

    def _frozen(self) -> list[str]:
        """The Frozen schools, those that are missing first."""
        found = [id for id, s in self.district.schools.items() if s.status == model.FROZEN]
        return sorted(found, key=lambda id: self.district.schools[id].present)

    @rule(who=anyone, school=schools)
    def somebody_requests_an_unfreeze(self, who: str, school: str) -> None:
        school = self._today(school)
        before = len(self.district.requests)
        told = self.district.ask(who, school)
        ask = self.world.ask(who, self.slug, [school], {})
        assert answered(lambda: request(ask, self.world.desk)) == {
            "done": True,
            "asked before": False,
        }.get(told, told)
        if len(self.district.requests) > before:
            with self.world.stores.read() as store:
                stored = store.schools.named(store.partners.named(self.slug), school)
                opened = store.unfreezes.open_for(stored)
            assert opened is not None
            self.requests.append(opened.id)

    @precondition(lambda self: self.requests)
    @rule(who=supporters, newest=st.integers(0, 2), approve=st.booleans())
    def somebody_decides_a_request(self, who: str, newest: int, approve: bool) -> None:
        number = max(0, len(self.requests) - 1 - newest)
        asked = self.district.requests[number]
        told = self.district.decide(who, asked, approve)
        ask = self.world.ask(who, self.slug, [asked.school], {})
        id = self.requests[number]
        done = answered(lambda: decide(ask, self.world.desk, id, approve))
        if isinstance(done, Answer):
            done = became(done.changes[0]) if done.changes else "done"
        assert done == told

    @rule(email=st.sampled_from(EMAILS), picked=several)
    def somebody_is_added_by_hand(self, email: str, picked: list[str]) -> None:
        known = [id for id in map(self._today, picked) if id in self.district.schools]
        if not known:
            return
        with self.world.stores.transaction() as store:
            partner = store.partners.locked(self.slug)
            at = store.schools.picked(partner, known)
            store.accounts.add(partner, Newcomer(email, "Hand", "", at))
        self.district.add(email, "Hand", known)

    @rule(number=st.integers(0, 9), several=st.integers(1, 3))
    def support_releases_somebody(self, number: int, several: int) -> None:
        locks = sorted(self.district.locks().items())
        if locks:
            _, by = locks[number % len(locks)]
            here = [account for account, because in locks if by[0] in because]
            self._released("sue", by[0], here[:several], "current")

    @rule(who=supporters, school=schools, version=versions, number=st.integers(0, 5))
    def somebody_releases(self, who: str, school: str, version: str, number: int) -> None:
        known = sorted(self.district.accounts)
        self._released(who, self._today(school), known[number : number + 2], version)

    def _released(self, who: str, school: str, chosen: Sequence[str], version: str) -> None:
        expected = self._version(school, version)
        told = self.district.release(who, school, chosen, expected)
        keys = self.world.observed(self.slug).keys
        ask = self.world.ask(who, self.slug, [school], _only(school, expected))
        done = answered(lambda: release(ask, self.world.desk, [keys[a] for a in chosen]))
        STEPS[f"release: {told}"] += 1
        assert (done if isinstance(done, str) else "done") == told

    @rule(who=anyone, school=schools, version=versions)
    def somebody_reports_a_mistake(self, who: str, school: str, version: str) -> None:
        self._reported(who, school, version)

    def _reported(self, who: str, school: str, version: str = "none") -> None:
        school = self._today(school)
        expected = self._version(school, version)
        told = self.district.report(who, school, expected)
        ask = self.world.ask(who, self.slug, [school], _only(school, expected))
        done = answered(lambda: report(ask, self.world.desk))
        STEPS[f"report: {told}"] += 1
        assert (report_became(done) if isinstance(done, Reported) else done) == told

    @rule(who=st.sampled_from(("ana", "ana", "bo", "sue", "sid", "val")), school=schools)
    def somebody_withdraws(self, who: str, school: str) -> None:
        school = self._today(school)
        told = self.district.withdraw(who, school)
        ask = self.world.ask(who, self.slug, [school], {})
        done = answered(lambda: withdraw(ask, self.world.desk))
        assert {True: "ended", False: "others ask"}.get(done, done) == told

    def _paused(self, who: str, school: str) -> None:
        school = self._today(school)
        told = self.district.pause(who, [school], {})
        ask = self.world.ask(who, self.slug, [school], {})
        done = answered(lambda: pause(ask, self.world.desk))
        assert told == ({school: became(done.changes[0])} if isinstance(done, Answer) else done)

    def _froze(self, who: str, school: str, version: str = "none") -> None:
        school = self._today(school)
        expected = self._version(school, version)
        told = self.district.freeze(who, school, expected, None)
        ask = self.world.ask(who, self.slug, [school], _only(school, expected))
        assert _single(lambda: freeze(ask, self.world.desk, None).answer) == told

    def _today(self, school: str) -> str:
        """The id that a school has by now, if it was linked with one that was made anew."""
        for old, new in self.anew:
            if school == old and old not in self.district.schools:
                school = new
        return school

    def _version(self, school: str, which: str) -> int | None:
        """What a person saw who clicks now: the version, an older one, or none at all."""
        if which == "none" or school not in self.district.schools:
            return None
        current = self.district.version(school)
        return current if which == "current" else max(1, current - 1)

    # --- after every step

    @invariant()
    def agree(self) -> None:
        if not self.slug:
            return
        STEPS[self.world.database.engine.dialect.name] += 1
        self.world.pass_time()
        self.world.carrier.jobs.clear()
        seen, told = self.world.observed(self.slug), self.district
        assert seen.schools == {
            id: (s.number, s.name, s.status, s.present, len(s.moves))
            for id, s in told.schools.items()
        }
        assert seen.history == {id: s.moves for id, s in told.schools.items()}
        assert seen.accounts == {id: (a.email, a.name, a.manual) for id, a in told.accounts.items()}
        assert seen.memberships == told.memberships
        assert seen.by_hand == told.by_hand
        assert seen.claimed == told.claimed
        assert seen.people == len(told.rows)
        assert seen.locks == told.locks()
        assert seen.roster_version == told.applied
        assert seen.held == (told.hold is not None)
        assert seen.frozen_returns == told.came_back_frozen
        self._keys_are_never_given_twice(seen)
        self._requests_agree()
        assert seen.cases == told.cases
        assert self.world.locked_at_the_door(self.slug, seen) == told.locks()
        self._the_product_is_told(seen)
        waiting = {id for id, s in told.schools.items() if s.status == model.NEEDED}
        assert seen.on_card >= waiting, "an open decision stands on no card"

    def _the_product_is_told(self, seen: Observed) -> None:
        """What a receiver knows that takes every event once, the last of each account winning."""
        self.product.take(self.world.told(self.slug))
        ids = {seen.ids[label] for label in self.district.locks()}
        assert self.product.locked() == ids
        moves = sum(len(s.moves) for s in self.district.schools.values())
        assert self.product.moves == moves + self.district.ended_moves

    def _keys_are_never_given_twice(self, seen: Observed) -> None:
        for label, key in seen.keys.items():
            serial = self.district.accounts[label].serial
            assert self.serials.setdefault(key, serial) == serial

    def _requests_agree(self) -> None:
        if not self.requests:
            return
        with self.world.stores.read() as store:
            stored = [store.unfreezes.by_id(id) for id in self.requests]
        assert [(r.state, {a.name for a in r.askers}) for r in stored] == [
            (r.state, r.askers) for r in self.district.requests
        ]

    def teardown(self) -> None:
        kind = type(self)
        if not self.slug:
            return
        if kind.before is not None:
            slug, left = kind.before
            assert self.world.observed(slug) == left, "another partner was touched"
        kind.before = (self.slug, self.world.observed(self.slug))


def _only(school: str, expected: int | None) -> dict[str, int]:
    return {} if expected is None else {school: expected}


def became(change) -> str:
    if change.done:
        return "done"
    return change.refusal.value if change.refusal is not None else "stale"


def report_became(done: Reported) -> str:
    if done.refused is not None:
        return became(done.refused)
    if not done.new:
        return "reported before"
    return "joined" if done.joined else "done"


def answered(story: Callable[[], object]) -> object:
    """What a story answers, or the word for its refusal."""
    try:
        return story()
    except NotPermitted:
        return "not permitted"
    except UnknownSchool:
        return "unknown"
    except PreviewChanged:
        return "preview changed"
    except NotPossible:
        return "not possible"
    except RecessError as error:
        raise AssertionError(f"an answer that nobody expects: {error.sentence}") from error


def _single(story: Callable[[], Answer]) -> object:
    done = answered(story)
    return became(done.changes[0]) if isinstance(done, Answer) else done
