"""Home, published to one person: a picture of what is stored at that moment.

Nothing is published to anybody else, and never while a click waits.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from slack_sdk.errors import SlackApiError

from handlers.calls import CALL_FAILED, cause
from handlers.desk import Desk
from handlers.searching import fits
from handlers.sight import Sight, sight_of
from handlers.trouble import new_reference, not_shown
from handlers.views.blocks import Block
from handlers.views.home import (
    FILTERS,
    SCHOOLS_SHOWN,
    Reach,
    Row,
    SchoolList,
    last_page,
    schools_home,
    stranger_home,
    told_home,
)
from handlers.views.looking import DID_NOT_SYNC, Looking
from handlers.views.support_desk import Waiting, pages_of, support_home
from storage.errors import RecessError
from storage.partners import Partner
from storage.rules.rights import Access, Person, Right, allows
from storage.schools import School
from storage.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Visitor:
    """Somebody who looks at Home. `name` and `team` may be empty: Slack is asked for them."""

    user: str
    name: str = ""
    team: str = ""

    def person(self, desk: Desk, access: Access) -> Person:
        return desk.who(self.user, self.name or self.user, self.team, access.groups())


def publish(desk: Desk, visitor: Visitor, looking: Looking, hash: str = "") -> bool:
    """Show Home to its visitor as it is now; False when Slack did not take it.

    `hash` names the Home that was on the screen. When it is another one by now, what is shown
    is read again and published once more.
    """
    view = home_of(desk, visitor, looking)
    try:
        desk.slack.views_publish(user_id=visitor.user, view=view, hash=hash or None)
    except CALL_FAILED as error:
        if hash and isinstance(error, SlackApiError) and cause(error) == "hash_conflict":
            return publish(desk, visitor, looking)
        log.warning("Home of %s could not be published: %s", visitor.user, cause(error))
        return False
    return True


def home_of(desk: Desk, visitor: Visitor, looking: Looking) -> Block:
    """What this person may see, or a sentence in its place; never raises."""
    try:
        return _picture(desk, visitor, looking)
    except RecessError as error:
        return told_home(looking, error.sentence)
    except Exception:
        reference = new_reference()
        log.exception("Home could not be shown, reference %s", reference)
        return told_home(looking, not_shown(reference))


def _picture(desk: Desk, visitor: Visitor, looking: Looking) -> Block:
    sight = sight_of(visitor, desk)
    if looking.status not in FILTERS:
        looking = replace(looking, status=DID_NOT_SYNC)
    partner = _chosen(sight, looking)
    if partner is not None:
        return _schools(desk, visitor, sight, partner, replace(looking, partner=partner.slug))
    if sight.supports:
        return _desk(desk, looking)
    return stranger_home(
        unread=sight.unread, guest=sight.person.guest, contact=desk.support_contact
    )


def _chosen(sight: Sight, looking: Looking) -> Partner | None:
    """The partner whose schools are shown: the one looked at, else the first that there is."""
    asked = next((p for p in sight.partners if p.slug == looking.partner), None)
    if asked is not None or sight.supports or not sight.partners:
        return asked
    return sight.partners[0]


# A partner's schools


def _schools(
    desk: Desk, visitor: Visitor, sight: Sight, partner: Partner, looking: Looking
) -> Block:
    access = partner.access(desk.support_group)
    person = visitor.person(desk, access)
    may = {right for right in Right if allows(person, right, access) is None}
    with desk.read() as store:
        shown = _listed(store, partner, looking, may, desk.email(visitor.user))
    return schools_home(shown, Reach(sight.partners, all=sight.supports))


def _listed(
    store: Store, partner: Partner, looking: Looking, may: set[Right], email: str
) -> SchoolList:
    schools = store.schools.of(partner)
    found = [s for s in schools if fits(looking.query, s.name, s.number, s.id)]
    passing = _passing(found, looking.status)
    page = min(looking.page, last_page(len(passing), SCHOOLS_SHOWN))
    last_synced = store.schools.last_run_at(partner)
    return SchoolList(
        partner=partner,
        may=may,
        looking=looking.turned(page),
        rows=_rows(store, partner, passing[page * SCHOOLS_SHOWN :][:SCHOOLS_SHOWN]),
        statuses=Counter(school.status for school in schools),
        found=Counter(school.status for school in found),
        last_synced=last_synced,
        locked_by=store.overview.locks(partner, email),
        hold=next(iter(store.overview.holds(only=partner)), None),
        failing=next(iter(store.overview.failing(only=partner)), None),
    )


def _passing(schools: Sequence[School], status: str) -> list[School]:
    """Those that pass the filter, by status in its order, and by name as they come."""
    _, wanted = FILTERS[status]
    return [school for one in wanted for school in schools if school.status is one]


def _rows(store: Store, partner: Partner, schools: Sequence[School]) -> list[Row]:
    people = store.schools.people([school.key for school in schools])
    settled = store.schools.settled(partner)
    asked = {request.school_key for request in store.unfreezes.open_of(partner.id)}
    wished = {request.school_key for request in store.releases.open_of(partner.id)}
    reported, released = store.cards.reported(partner), store.releases.counts(partner.id)
    last_run = store.schools.last_run_at(partner)
    return [
        Row(
            school,
            people.get(school.key, 0),
            last_run if school.present else school.last_seen_at,
            settled.get(school.key),
            school.key in asked,
            reported.get(school.key),
            released.get(school.key, 0),
            school.key in wished,
        )
        for school in schools
    ]


# The support team's desk


def _desk(desk: Desk, looking: Looking) -> Block:
    with desk.read() as store:
        waiting = _waiting(store, desk.support_channel, looking.query)
    page = min(looking.page, pages_of(waiting, looking))
    return support_home(waiting, replace(looking, partner="", page=page))


def _waiting(store: Store, channel: str, query: str) -> Waiting:
    overview = store.overview
    return Waiting(
        unfreezes=overview.unfreezes(),
        releases=overview.releases(),
        cases=overview.cases(),
        holds=overview.holds(channel),
        failing=overview.failing(),
        sources=overview.new_sources(),
        silent=overview.silent(),
        partners=[p for p in overview.partners() if fits(query, p.name, p.slug)],
    )
