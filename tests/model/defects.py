"""Defects that the model must notice, each planted by replacing one thing of the product."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import and_, select

import bot.sync
import handlers.freeze
import storage.access as access
import storage.locks as locking
import storage.roster.apply as applying
import storage.roster.compare as comparing
import tests.model.machine as machine
from storage.accounts import Accounts
from storage.events import Events
from storage.links import Links
from storage.partners import Partners
from storage.releases import Releases
from storage.rules.lifecycle import LEGAL, Event, Status
from storage.runs import Runs
from storage.schools import Schools
from storage.tables import accounts, memberships, releases, schools

Plant = Callable[[pytest.MonkeyPatch], None]
DEFECTS: dict[str, Plant] = {}


def defect(plant: Plant) -> Plant:
    DEFECTS[plant.__name__.replace("_", " ")] = plant
    return plant


def _drops(patch: pytest.MonkeyPatch, *conditions: Any, held: Any = None) -> None:
    """Let the memberships go at other schools than the rule says."""

    def is_unheld(partner: Any) -> Any:
        theirs = select(schools.c.id).where(schools.c.partner_id == partner.id, *conditions)
        unheld = ~memberships.c.claimed & ~memberships.c.manual if held is None else held
        return and_(unheld, memberships.c.school_id.in_(theirs))

    patch.setattr(applying, "_is_unheld", is_unheld)


@defect
def memberships_of_an_absent_school_are_dropped(patch: pytest.MonkeyPatch) -> None:
    _drops(patch, schools.c.status != Status.FROZEN)


@defect
def unclaimed_memberships_of_a_frozen_school_are_dropped(patch: pytest.MonkeyPatch) -> None:
    _drops(patch, schools.c.present)


@defect
def memberships_added_by_hand_are_dropped(patch: pytest.MonkeyPatch) -> None:
    _drops(patch, schools.c.present, schools.c.status != Status.FROZEN, held=~memberships.c.claimed)


@defect
def an_unchanged_night_after_an_unfreeze_drops_nothing(patch: pytest.MonkeyPatch) -> None:
    drop, apply_accounts = applying._drop_unheld, applying._apply_accounts
    changes: list[int] = []

    def noting(connection: Any, partner: Any, plan: Any, applied: Any) -> None:
        changes.append(plan.changes.count)
        apply_accounts(connection, partner, plan, applied)

    patch.setattr(applying, "_apply_accounts", noting)
    patch.setattr(applying, "_drop_unheld", lambda *given: drop(*given) if changes[-1] else 0)


@defect
def unfreezing_one_school_unlocks_its_people_at_another(patch: pytest.MonkeyPatch) -> None:
    change = Schools.change

    def letting_go(self: Schools, school: Any, event: Event, *given: Any, **more: Any) -> Any:
        done = change(self, school, event, *given, **more)
        if event is Event.UNFROZEN and done.done:
            _release_everywhere(self, school)
        return done

    patch.setattr(Schools, "change", letting_go)


def _release_everywhere(records: Schools, school: Any) -> None:
    here = select(memberships.c.account_id).where(memberships.c.school_id == school.key)
    others = (
        select(schools.c.id, schools.c.version, memberships.c.account_id)
        .join(memberships, memberships.c.school_id == schools.c.id)
        .outerjoin(
            releases,
            and_(
                releases.c.school_id == schools.c.id,
                releases.c.version == schools.c.version,
                releases.c.account_id == memberships.c.account_id,
            ),
        )
        .where(memberships.c.account_id.in_(here), releases.c.school_id.is_(None))
    )
    for row in records.connection.execute(others).all():
        values = {"school_id": row.id, "version": row.version, "account_id": row.account_id}
        records.connection.execute(
            releases.insert().values(by="", by_name="", reason="", at=records.now, **values)
        )


@defect
def the_hash_ignores_schools_that_appear_later(patch: pytest.MonkeyPatch) -> None:
    resolved, fingerprint = comparing._resolved, comparing.fingerprint
    whole: dict[str, Any] = {}

    def keeping(person: Any, *known: Any) -> Any:
        whole[person.id] = person
        return resolved(person, *known)

    patch.setattr(comparing, "_resolved", keeping)
    patch.setattr(comparing, "fingerprint", lambda person, _=(): fingerprint(whole[person.id]))


@defect
def the_breaker_counts_people_of_missing_schools(patch: pytest.MonkeyPatch) -> None:
    losing = comparing._losing

    class Everything(frozenset[str]):
        def __contains__(self, item: object) -> bool:
            return True

    def counting(read: Any, partner: Any, shared: Any, back: Any, now: Any) -> Any:
        return losing(read, partner, Everything(), back, now)

    patch.setattr(comparing, "_losing", counting)


@defect
def the_breaker_overlooks_whom_a_returned_school_lacks(patch: pytest.MonkeyPatch) -> None:
    losing = comparing._losing
    patch.setattr(comparing, "_kept", lambda *given: set())
    patch.setattr(comparing, "_losing", lambda r, p, s, back, now: losing(r, p, s, set(), now))


@defect
def a_sync_thaws_a_frozen_school(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(LEGAL, (Status.FROZEN, Event.SHARED), Status.ACTIVE)


@defect
def a_paused_school_that_is_back_stays_paused(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(LEGAL, (Status.PAUSED, Event.SHARED), Status.PAUSED)


@defect
def an_unfreeze_always_lands_on_active(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(LEGAL, (Status.FROZEN, Event.UNFROZEN_WHILE_MISSING), Status.ACTIVE)


@defect
def a_stale_click_counts(patch: pytest.MonkeyPatch) -> None:
    change = Schools.change

    def late(self: Schools, *given: Any, expected: int | None = None, **more: Any) -> Any:
        return change(self, *given, **more)

    patch.setattr(Schools, "change", late)


@defect
def people_who_left_keep_their_claims(patch: pytest.MonkeyPatch) -> None:
    still = applying._unclaim_memberships.where(memberships.c.account_id < 0)
    patch.setattr(applying, "_unclaim_memberships", still)


@defect
def people_who_work_nowhere_any_more_stay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(applying, "_forget_people_without_a_place", lambda *given: None)


@defect
def a_process_that_dies_leaves_its_schools(patch: pytest.MonkeyPatch) -> None:
    apply_schools = applying._apply_schools

    def too_early(*given: Any) -> None:
        apply_schools(*given)
        given[0].connection.exec_driver_sql("COMMIT")
        given[0].connection.exec_driver_sql("BEGIN IMMEDIATE")

    patch.setattr(applying, "_apply_schools", too_early)


@defect
def addresses_are_told_apart_by_their_capitals(patch: pytest.MonkeyPatch) -> None:
    def by_email(self: Accounts, partner: Any, email: str) -> list[int]:
        statement = select(accounts.c.id).where(
            accounts.c.partner_id == partner.id, accounts.c.email == email
        )
        return list(self.connection.execute(statement).scalars())

    patch.setattr(Accounts, "_by_email", by_email)


@defect
def a_release_is_ignored(patch: pytest.MonkeyPatch) -> None:
    everybody = (
        select(memberships.c.account_id, schools.c.source_id, schools.c.name)
        .join(memberships, memberships.c.school_id == schools.c.id)
        .where(schools.c.status == Status.FROZEN)
    )
    patch.setattr(locking, "_locking", everybody)


@defect
def a_release_outlives_its_freeze(patch: pytest.MonkeyPatch) -> None:
    give = Releases.give

    def for_later_too(self: Releases, school: Any, keys: Any, *given: Any) -> Any:
        give(self, replace(school, version=school.version + 2), keys, *given)
        return give(self, school, keys, *given)

    patch.setattr(Releases, "give", for_later_too)


@defect
def a_stale_preview_is_acted_on(patch: pytest.MonkeyPatch) -> None:
    freezing = handlers.freeze.freeze

    def blindly(ask: Any, desk: Any, shown: Any, *given: Any, **more: Any) -> Any:
        return freezing(ask, desk, None, *given, **more)

    patch.setattr(machine, "freeze", blindly)


@defect
def a_hold_is_applied_to_other_content(patch: pytest.MonkeyPatch) -> None:
    """To what the source has by now, in place of what was shown."""
    stored = Runs.plan

    def of_now(self: Runs, run: Any) -> Any:
        if run.decision is None or stored(self, run) is None:
            return stored(self, run)
        partner = Partners(self.connection, self.now).named(run.partner)
        with bot.sync.open_roster({}) as roster:
            return comparing.compare(
                lambda: nullcontext(self.connection), partner, roster.schools, roster.people()
            )

    patch.setattr(Runs, "plan", of_now)


@defect
def a_link_thaws_a_frozen_school(patch: pytest.MonkeyPatch) -> None:
    link = Links.link

    def thawing(self: Links, partner: Any, old: Any, *given: Any) -> Any:
        joined = link(self, partner, old, *given)
        if joined.status is Status.FROZEN:
            self.schools.move(joined, Event.LINKED, Status.ACTIVE, given[1])
        return self.schools.by_key(joined.key)

    patch.setattr(Links, "link", thawing)


@defect
def the_door_knows_no_second_school(patch: pytest.MonkeyPatch) -> None:
    answer = access._access

    def first_alone(rows: Any) -> Any:
        known = answer(rows)
        return replace(known, because=known.because[:1])

    patch.setattr(access, "_access", first_alone)


@defect
def the_product_is_not_told_of_a_release(patch: pytest.MonkeyPatch) -> None:
    unlocked = Events._unlocked

    def while_frozen(self: Events, partner: Any, told: Any) -> None:
        frozen = {
            s.key
            for s in Schools(self.connection, self.now).of(partner)
            if s.status is Status.FROZEN
        }
        here = select(memberships.c.account_id).where(memberships.c.school_id.in_(frozen))
        stay = set(self.connection.scalars(here))
        unlocked(self, partner, {key: id for key, id in told.items() if key not in stay})

    patch.setattr(Events, "_unlocked", while_frozen)
