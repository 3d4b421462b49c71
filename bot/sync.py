"""The sync of one partner: fetch, check, compare, circuit breaker, apply.

Reading and comparing hold no transaction. Applying, what became of the run and every message
about it are one transaction, under the partner's lock.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from bot import patience
from bot.rosters import (
    NEVER_BY_CLOCK,
    SENDS_CHANGES,
    NoBatch,
    Progress,
    RosterFault,
    Surroundings,
    Verdict,
    open_roster,
)
from bot.rosters.faults import LeadingZeros, NoSchoolsInNewSource, NoSchoolsOnFirstRun
from bot.settings import Settings
from handlers.telling import PAUSE_WINDOW, Telling
from handlers.trouble import new_reference
from storage.errors import Busy, NotPossible, PlanStale, RunTaken, SyncUnderWay
from storage.matches import Proposal, Undecided, propose
from storage.partners import Partner
from storage.roster.apply import apply, would_change
from storage.roster.compare import compare
from storage.roster.last import LastSnapshot
from storage.roster.plan import Plan
from storage.rules.breaker import Limits, Trip, trips
from storage.rules.windows import Window, window_on
from storage.runs import (
    APPLIED,
    FAILED,
    HELD,
    NO_CHANGE,
    SKIPPED,
    SUPERSEDED,
    Decision,
    Run,
)
from storage.schools import Actor
from storage.store import Store, Stores

log = logging.getLogger(__name__)

# The roster may move under a plan only when another run of the partner was applied meanwhile.
PLANS = 3
HEARTBEAT = 15.0
# After so long a night is tried once more whose fault may pass by itself. People hear of it when
# the last of these has failed too: whoever is told at two o'clock can do nothing about it.
TRIED_AGAIN = (timedelta(minutes=10), timedelta(minutes=30), timedelta(minutes=90))
# And so often what was decided about a held run, when it goes wrong on our side.
TRIES = 5
RETIRED, UNFORESEEN = "retired", "unforeseen"
VOID = (
    "The stored roster has changed since this one was read, so applying it would do more than was "
    "shown. Nothing was changed."
)
# Why an upload is held that the breaker would let pass: somebody has to confirm it.
PREVIEW = "preview"

_HELD = {
    Trip.ALL_SCHOOLS_GONE: "It has none of the schools that were there before.",
    Trip.SCHOOLS_GONE: "Unusually many schools are gone from it.",
    Trip.ALL_STAFF_GONE: "It has no staff at all, where there were some before.",
    Trip.STAFF_GONE: "Unusually many staff are gone from schools that are still in it.",
    Trip.NEW_SOURCE: "It is from a new source, whose schools have to be matched with ours first.",
}


@dataclass(frozen=True)
class Result:
    """What became of a sync. `run` is None for a dry run; its plan is there to be shown."""

    partner: str
    run: Run | None
    outcome: str
    reason: str
    plan: Plan | None = None


@dataclass(frozen=True)
class Ended:
    """An outcome before it is recorded, and what its source wants to do when it is.

    With `may_pass` a night is tried once more before people are told.
    """

    outcome: str
    reason: str = ""
    cause: str | None = None
    plan: Plan | None = None
    fault: RosterFault | None = None
    may_pass: bool = False
    afterwards: Sequence[Callable[[Verdict], None]] = ()
    proposals: Sequence[Proposal] = ()


_RETIRED = Ended(SKIPPED, "The partner was retired meanwhile.", RETIRED)


class Syncing:
    """Does runs, as the engine's work or for a command. `owner` names this process in a run.

    `settings` has what all sources of a kind share; without it they are read when needed.
    """

    def __init__(
        self, stores: Stores, telling: Telling, owner: str, settings: Settings | None = None
    ) -> None:
        self.stores = stores
        self.settings = settings
        self.telling = telling
        self.owner = owner

    def owed(self, key: str) -> None:
        """The engine's work, by the job's key. Raises nothing.

        `run:{id}:{attempt}` does a run; `apply:{id}:{attempt}` carries out what was decided
        about a held one. A job whose run is carried by a later one does nothing.
        """
        what, id, *_ = key.split(":")
        try:
            run = self._read(int(id))
            if what == "apply":
                self._do_decided(run)
            else:
                self._do(run, key)
        except (Busy, SyncUnderWay, RunTaken) as error:
            log.info("Run %s waits: %s", key, error.sentence)
        except Exception:
            log.exception("Run %s could not be done; it stays owed", key)

    def now(self, slug: str, progress: Progress | None = None) -> Result:
        """Sync a partner in this process, at once.

        Raises SyncUnderWay while somebody else does, UnknownPartner, and NotPossible for a
        partner that is retired or whose roster is uploaded.
        """
        with self.stores.transaction(patience.JOB) as store:
            partner = _by_clock(_not_retired(store.partners.locked(slug)))
            run = store.runs.here(partner, f"now:{uuid4().hex}", self.owner)
        return self._done(run, progress)

    def preview(self, slug: str, upload: Path, progress: Progress | None = None) -> Result:
        """Compare an uploaded file, and keep its plan as a held run until somebody confirms it.

        Nobody is told. A file that changes nothing needs no confirming: its run is ended, as is
        that of a file at fault. Raises what `now` does.
        """
        with self.stores.transaction(patience.JOB) as store:
            partner = _not_retired(store.partners.locked(slug))
            run = store.runs.here(partner, f"upload:{uuid4().hex}", self.owner)
        with self._beating(run):
            try:
                return self._record(run, self._previewed(partner, progress, upload), of=partner)
            except PlanStale as stale:
                return self._record(run, Ended(FAILED, stale.sentence, "roster_moved"))
            except BaseException:
                # Where even this fails, the run counts as dead after a minute.
                with suppress(Exception):
                    self._record(run, Ended(FAILED, "It was interrupted.", "interrupted"))
                raise

    def confirm(self, preview: Run, by: Actor) -> Run:
        """Apply what a preview showed; answers how it ended. Applied at most once.

        A new source stays held: its schools are matched first, and its card asks what to do.
        """
        with self.stores.transaction(patience.JOB) as store:
            store.partners.locked(preview.partner)
            preview = store.runs.by_id(preview.id)
            if _unconfirmed(preview):
                preview = store.runs.decide(preview, Decision.APPLY, by)
        return self.carry_out(preview)

    def decline(self, preview: Run, by: Actor) -> None:
        """Forget what a preview showed, unless it was decided otherwise meanwhile."""
        with self.stores.transaction(patience.JOB) as store:
            store.partners.locked(preview.partner)
            preview = store.runs.by_id(preview.id)
            if _unconfirmed(preview):
                store.runs.decide(preview, Decision.DISCARD, by)

    def carry_out(self, held: Run) -> Run:
        """Apply the stored plan of a held run, as somebody decided; harmless when it is done.

        The plan is void when the stored roster has moved since: it would do more than was shown.
        """
        with self.stores.transaction(patience.JOB) as store:
            partner = store.partners.locked(held.partner)
            held = store.runs.by_id(held.id)
            plan = store.runs.plan(held)
            if held.outcome != HELD or held.decision is None or plan is None:
                return held
            by = Actor("sync", "The held roster", "sync", run=held.id)
            try:
                if held.cause == Trip.NEW_SOURCE:
                    store.matches.take_over(partner, held, plan)
                applied = apply(store.connection, store.partners, plan, partner, by)
            except (PlanStale, Undecided) as void:
                why = VOID if isinstance(void, PlanStale) else void.sentence
                return self._void(store, partner, held, why)
            settled = store.runs.settle(held, APPLIED)
            self.telling.applied(store, partner, settled, applied, first=plan.first)
            self.telling.hold_carried_out(store, partner, settled, applied)
        return settled

    def _void(self, store: Store, partner: Partner, held: Run, why: str) -> Run:
        settled = store.runs.settle(held, SUPERSEDED, why)
        self.telling.hold_void(store, partner, settled)
        return settled

    def would(
        self, slug: str, progress: Progress | None = None, upload: Path | None = None
    ) -> Result:
        """What a sync, or this upload, would do now. Writes nothing. Raises what `now` does."""
        with self.stores.read() as store:
            partner = _not_retired(store.partners.named(slug))
        if upload is None:
            _by_clock(partner)
        ended = self._find_out(partner, progress, upload=upload)
        outcome = ended.outcome
        if outcome == APPLIED and not self._would_change(partner, ended):
            outcome = NO_CHANGE
        return Result(slug, None, outcome, ended.reason, ended.plan)

    def _would_change(self, partner: Partner, ended: Ended) -> bool:
        assert ended.plan is not None
        with self.stores.read() as store:
            return would_change(store.connection, store.schools, ended.plan, partner)

    def _previewed(self, partner: Partner, progress: Progress | None, upload: Path) -> Ended:
        ended = self._find_out(partner, progress, upload=upload)
        if ended.outcome == APPLIED and self._would_change(partner, ended):
            return replace(ended, outcome=HELD, cause=PREVIEW)
        return ended

    def carry_abandoned(self, waiting: Collection[str]) -> int:
        """Carry again the runs that are owed and have no job among `waiting`; answers how many."""
        with self.stores.transaction() as store:
            lost = [run for run in store.runs.abandoned() if store.runs.job_key(run) not in waiting]
            for run in lost:
                store.runs.again(run)
        return len(lost)

    def _read(self, id: int) -> Run:
        with self.stores.read() as store:
            return store.runs.by_id(id)

    def _do(self, run: Run, key: str) -> None:
        with self.stores.transaction(patience.JOB) as store:
            partner = store.partners.locked(run.partner)
            # It may have ended meanwhile, or been put off: then another job does it, in its time.
            run = store.runs.by_id(run.id)
            if run.outcome is not None or store.runs.job_key(run) != key:
                return
            run = store.runs.begin(run, self.owner)
            if (pointless := _pointless(store, partner, run)) is not None:
                self._stop(store, partner, run, pointless)
                return
        try:
            self._done(run, None)
        except (Busy, RunTaken):
            raise
        except Exception:
            self._record(run, Ended(FAILED, _went_wrong(run), UNFORESEEN, may_pass=True))

    def _do_decided(self, held: Run) -> None:
        try:
            self.carry_out(held)
        except Busy:
            raise
        except Exception:
            why = _went_wrong(held)
            if held.attempt - held.retries < TRIES:
                return
            with self.stores.transaction(patience.JOB) as store:
                partner = store.partners.locked(held.partner)
                held = store.runs.by_id(held.id)
                if held.outcome == HELD:
                    self._void(store, partner, held, f"{why} Nothing was changed.")

    def _done(self, run: Run, progress: Progress | None) -> Result:
        with self._beating(run):
            for _ in range(PLANS):
                with self.stores.read() as store:
                    partner = store.partners.named(run.partner)
                ended = self._find_out(partner, progress, run.night)
                try:
                    result = self._record(run, ended, of=partner)
                except PlanStale:
                    log.info("The roster of %s moved; comparing again", run.partner)
                    continue
                self._settle(ended, result)
                return result
        moved = Ended(FAILED, str(PlanStale(run.partner)), "roster_moved")
        return self._record(run, moved)

    def _settle(self, ended: Ended, result: Result) -> None:
        """Let the source do what it wants to after this outcome; a night put off has none."""
        for settle in ended.afterwards if result.outcome else ():
            settle(Verdict(result.outcome, ended.fault))

    def _find_out(
        self,
        partner: Partner,
        progress: Progress | None,
        night: str | None = None,
        upload: Path | None = None,
    ) -> Ended:
        """Read the roster and compare it; nothing is written."""
        if night is not None and (window := _window(partner, night)) is not None:
            reason = f"Nights are skipped from {window.first} to {window.last}."
            return Ended(SKIPPED, reason, PAUSE_WINDOW)
        around = self._around(partner, progress, upload)
        return replace(self._compared(partner, around), afterwards=around.afterwards)

    def _compared(self, partner: Partner, around: Surroundings) -> Ended:
        try:
            plan, note = self._plan(partner, around)
        except NoBatch as nothing:
            return Ended(SKIPPED, str(nothing), nothing.code)
        except RosterFault as fault:
            return Ended(FAILED, str(fault), fault.code, fault=fault, may_pass=fault.again)
        if partner.new_source:
            proposals = propose(self.stores.database.read, partner, plan)
            return Ended(HELD, _HELD[Trip.NEW_SOURCE], Trip.NEW_SOURCE, plan, proposals=proposals)
        trip = None if plan.first else trips(plan.loss, limits(partner, self.stores.clock()))
        if trip is not None:
            return Ended(HELD, f"{_HELD[trip]} {note}".strip(), trip, plan)
        return Ended(APPLIED, note, plan=plan)

    def _around(
        self, partner: Partner, progress: Progress | None, upload: Path | None
    ) -> Surroundings:
        database = self.stores.database
        return Surroundings(
            self.settings or Settings(),
            progress=progress,
            clock=self.stores.clock,
            # What was applied last came from elsewhere when the source is new.
            known=None if partner.new_source else LastSnapshot(database.read, partner),
            upload=upload,
        )

    def _plan(self, partner: Partner, around: Surroundings) -> tuple[Plan, str]:
        """The difference, and what the source wants to have said of this reading."""
        with open_roster(partner.source, around=around) as roster:
            expecting = partner.source.get("kind") in SENDS_CHANGES
            plan = compare(
                self.stores.database.read,
                partner,
                roster.schools,
                roster.people(),
                expecting=expecting,
            )
            note = roster.note or ""
        if not plan.schools and plan.first:
            raise NoSchoolsOnFirstRun()
        if not plan.schools and partner.new_source:
            raise NoSchoolsInNewSource()
        # The ids of a new source are its own, and may well look like the old ones.
        if plan.respelt and not partner.new_source:
            self._check_respelt(partner, plan)
        # A source of changes has read what is stored; that must be what was compared with.
        return replace(plan, base=min(plan.base, partner.roster_version)), note

    def _check_respelt(self, partner: Partner, plan: Plan) -> None:
        """Raises LeadingZeros, but for ids of which support says that both are real."""
        with self.stores.read() as store:
            confused = store.apart.confused(partner, plan.respelt)
        if confused:
            raise LeadingZeros(tuple(confused))

    def _record(self, run: Run, ended: Ended, of: Partner | None = None) -> Result:
        """Carry the outcome out and write it down, with every message about it.

        Raises PlanStale when the roster, or the source that `of` names, has moved meanwhile.
        """
        with self.stores.transaction(patience.JOB) as store:
            partner = store.partners.locked(run.partner)
            if partner.retired_at is not None:
                finished = self._stop(store, partner, run, _RETIRED)
            elif of is not None and _moved(of, partner):
                raise PlanStale(run.partner)
            elif ended.outcome == APPLIED and ended.plan is not None:
                finished = self._apply(store, partner, run, ended.plan, ended.reason)
            elif ended.may_pass and _tried_again(run):
                finished = _put_off(store, partner, run, ended)
            else:
                finished = self._stop(store, partner, run, ended)
        return Result(run.partner, finished, finished.outcome or "", finished.reason, ended.plan)

    def _apply(self, store: Store, partner: Partner, run: Run, plan: Plan, note: str) -> Run:
        by = Actor("sync", _called(run), "sync", run=run.id)
        applied = apply(store.connection, store.partners, plan, partner, by)
        finished = store.runs.finish(
            run,
            APPLIED if applied.changed else NO_CHANGE,
            reason=note,
            counts=plan.counts,
            base_version=plan.base,
            digest=plan.digest,
        )
        self.telling.applied(store, partner, finished, applied, first=plan.first)
        return finished

    def _stop(self, store: Store, partner: Partner, run: Run, ended: Ended) -> Run:
        plan = ended.plan
        stored = (
            {"base_version": plan.base, "digest": plan.digest, "plan": plan.packed()}
            if plan
            else {}
        )
        held_before = store.runs.last_hold(partner)
        finished = store.runs.finish(
            run,
            ended.outcome,
            cause=ended.cause,
            reason=ended.reason + _tries(run, ended),
            counts=plan.counts if plan else None,
            **stored,
        )
        if plan is not None and ended.cause == Trip.NEW_SOURCE:
            store.matches.record(partner, finished, plan, ended.proposals)
        if partner.source.get("kind") not in NEVER_BY_CLOCK or ended.cause == Trip.NEW_SOURCE:
            self.telling.stopped(store, partner, finished, held_before)
        elif finished.outcome == HELD:
            # Who uploads sees the preview, which is the only card there is.
            self.telling.uploads_settled(store, store.runs.supersede_holds(partner, finished))
        return finished

    @contextmanager
    def _beating(self, run: Run) -> Iterator[None]:
        """Say now and then that this run is alive, so that nobody takes it over."""
        over = threading.Event()
        thread = threading.Thread(target=self._beat, args=(run, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _beat(self, run: Run, over: threading.Event) -> None:
        while not over.wait(HEARTBEAT):
            try:
                with self.stores.transaction(patience.JOB) as store:
                    store.runs.beat(run)
            except Exception as error:
                # Without any for a minute the run counts as dead, so the next must be tried.
                log.warning("The heartbeat of run %s waits: %s", run.id, error)


def _went_wrong(run: Run) -> str:
    """What people are told of an error of ours; the log has all of it under the reference."""
    reference = new_reference()
    log.exception("Run %d went wrong, reference %s", run.id, reference)
    return f"Something went wrong on our side (reference {reference})."


def _pointless(store: Store, partner: Partner, run: Run) -> Ended | None:
    """Why a run that was owed for a while is not done any more."""
    if partner.retired_at is not None:
        return _RETIRED
    if store.runs.overtaken(run):
        return Ended(SUPERSEDED, "A later run has read the roster meanwhile.")
    return None


def _tried_again(run: Run) -> bool:
    """Whether a night is tried once more. Whoever asked for a run asks again."""
    return run.night is not None and run.retries < len(TRIED_AGAIN)


def _tries(run: Run, ended: Ended) -> str:
    failed = ended.outcome == FAILED and run.retries
    return f" It was tried {run.retries + 1} times that night." if failed else ""


def _put_off(store: Store, partner: Partner, run: Run, ended: Ended) -> Run:
    after = TRIED_AGAIN[run.retries]
    at = (store.now + after).astimezone(ZoneInfo(partner.timezone))
    reason = f"{ended.reason} Nothing was changed; it is tried again at {at:%H:%M}."
    return store.runs.put_off(run, after, cause=ended.cause, reason=reason)


def _called(run: Run) -> str:
    """As it stands in the history: not every sync is a night's."""
    if run.night is not None:
        return "The nightly sync"
    asked = f"The sync that {run.asked_name} asked for"
    return asked if run.asked_name else "The sync on the command line"


def _moved(read: Partner, now: Partner) -> bool:
    """Whether the source was changed, or a new one taken over, since it was read."""
    return (read.source, read.new_source) != (now.source, now.new_source)


def _unconfirmed(preview: Run) -> bool:
    waits = preview.outcome == HELD and preview.decision is None
    return waits and preview.cause != Trip.NEW_SOURCE


def _not_retired(partner: Partner) -> Partner:
    if partner.retired_at is not None:
        raise NotPossible(
            f"{partner.slug} is retired since {partner.retired_at:%Y-%m-%d}: its roster is not "
            "read any more. Nothing was changed."
        )
    return partner


def _by_clock(partner: Partner) -> Partner:
    if partner.source.get("kind") in NEVER_BY_CLOCK:
        raise NotPossible(
            f"The roster of {partner.slug} comes as an upload and is compared when it does. "
            f"Nothing was changed; upload a file: `recess upload {partner.slug} FILE`."
        )
    return partner


def _window(partner: Partner, night: str) -> Window | None:
    windows = [Window(window["from"], window["to"]) for window in partner.pause_windows]
    return window_on(windows, datetime.fromisoformat(night).date())


def limits(partner: Partner, now: datetime) -> Limits:
    """The partner's own breaker values, until their date; the usual ones after it."""
    given = dict(partner.breaker)
    until = given.pop("until", None)
    today = now.astimezone(ZoneInfo(partner.timezone)).date()
    if until is not None and today > date.fromisoformat(str(until)):
        return Limits()
    return Limits(**given)
