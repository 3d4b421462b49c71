"""What waits for somebody, over all partners: the queries behind Home.

Each is one statement, or two, for everything that is shown, whatever the number of partners.
A retired partner waits for nobody; its open requests were closed with it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    ScalarSelect,
    Select,
    Table,
    and_,
    func,
    or_,
    select,
)

from storage.access import Accesses
from storage.messages import FAILED as REFUSED
from storage.partners import Partner
from storage.rules.breaker import Trip
from storage.rules.lifecycle import Status
from storage.runs import (
    APPLIED,
    DISCARDED,
    FAILED,
    HELD,
    NO_CHANGE,
    SETTLING,
    SKIPPED,
    SUPERSEDED,
    has_read,
)
from storage.schools import SYNCED, titled
from storage.tables import (
    case_reports,
    cases,
    channel_troubles,
    messages,
    partners,
    release_requests,
    runs,
    schools,
    unfreeze_askers,
    unfreeze_requests,
    written,
)

OPEN, UPLOADED = "open", "csv"
TRIPS = [trip.value for trip in Trip]
# A message that Slack refused longer ago than this is history, if the channel works since.
RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Line:
    """A partner in a list: how many decisions are open, and when its roster was last read."""

    slug: str
    name: str
    retired: bool
    decisions: int
    last_synced: datetime | None


@dataclass(frozen=True)
class Wish:
    """Something that people want from support about a school; `link` leads to its card.

    `name` and `reason` are those of whoever came first, `people` counts all of them. `version`
    is the school's now.
    """

    id: int
    partner: str
    partner_name: str
    school_key: int
    version: int
    title: str
    at: datetime
    name: str
    reason: str
    people: int
    link: str | None


@dataclass(frozen=True)
class Held:
    """An open hold. `decided` names who chose to apply it, while that is being done.

    `new_source`: its schools have to be matched with those that are known. `preview`: nothing is
    wrong with it, whoever uploaded it has not chosen yet. `at` is since when the partner is held,
    by this roster or by those whose place it took.
    """

    run: int
    partner: str
    partner_name: str
    new_source: bool
    preview: bool
    reason: str
    at: datetime | None
    decided: str | None
    link: str | None


@dataclass(frozen=True)
class Failing:
    """A source that cannot be read: since when, how often, and why the last time."""

    partner: str
    partner_name: str
    since: datetime | None
    times: int
    reason: str


@dataclass(frozen=True)
class Silent:
    """A channel, or a person's direct messages, where the bot cannot speak."""

    channel: str
    partner_name: str | None
    error: str
    since: datetime
    failed: int


@dataclass(frozen=True)
class LockedBy:
    """A Frozen school that locks somebody's account."""

    title: str
    since: datetime


class Overview:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now

    def partners(self) -> list[Line]:
        """Every partner: those with open decisions first, the retired ones last."""
        statement = select(
            partners.c.slug,
            partners.c.name,
            partners.c.retired_at,
            _decisions().label("decisions"),
            _newest("finished_at", _synced).label("last_synced"),
        )
        lines = [
            Line(row.slug, row.name, row.retired_at is not None, row.decisions, row.last_synced)
            for row in self.connection.execute(statement)
        ]
        return sorted(lines, key=lambda p: (p.retired, -p.decisions, p.name.casefold(), p.slug))

    def unfreezes(self) -> list[Wish]:
        """The open requests to unfreeze a school, oldest first."""
        request, asker = unfreeze_requests.c, unfreeze_askers.c
        statement = _wishes(unfreeze_requests, request.asked_at, asker.name, asker.reason)
        joined = statement.join(unfreeze_askers, asker.request_id == request.id)
        return self._wanted("request", joined.order_by(asker.at, asker.person))

    def releases(self) -> list[Wish]:
        """The open requests to release those of a Frozen school who work elsewhere."""
        request = release_requests.c
        named = (request.asked_at, request.asked_name, request.reason)
        return self._wanted("release", _wishes(release_requests, *named))

    def cases(self) -> list[Wish]:
        """The schools that somebody says are missing by mistake, oldest first."""
        report = case_reports.c
        statement = _wishes(cases, cases.c.opened_at, report.name, report.reason)
        joined = statement.join(case_reports, report.case_id == cases.c.id)
        return self._wanted("case", joined.order_by(report.at, report.person))

    def holds(self, channel: str = "", only: Partner | None = None) -> list[Held]:
        """The open holds, oldest first; linked to their cards in `channel`, or the partner's."""
        statement = _of_partners(
            runs.c.id,
            runs.c.cause,
            runs.c.reason,
            runs.c.finished_at,
            runs.c.decided_name,
            runs.c.partner_id,
        ).where(runs.c.outcome == HELD, runs.c.id == _newest("id", _settles))
        rows = self.connection.execute(_narrowed(statement, only)).all()
        of = {row.partner_id for row in rows}
        links, since = self._links("hold", of), self._held_since(of)
        found = [
            Held(
                row.id,
                row.slug,
                row.partner_name,
                row.cause == Trip.NEW_SOURCE,
                row.cause not in TRIPS,
                row.reason,
                since.get(row.partner_id, row.finished_at),
                row.decided_name,
                links.get(f"{row.slug}@{channel or row.channel}"),
            )
            for row in rows
        ]
        return sorted(found, key=lambda hold: (hold.at or self.now, hold.run))

    def failing(self, only: Partner | None = None) -> list[Failing]:
        """The partners whose last run failed, those that have failed longest first.

        A roster that is uploaded has no source that could fail.
        """
        statement = _of_partners(runs.c.partner_id, runs.c.reason, partners.c.source).where(
            runs.c.outcome == FAILED, runs.c.id == _newest("id", _ended)
        )
        rows = self.connection.execute(_narrowed(statement, only)).all()
        failed = [row for row in rows if row.source.get("kind") != UPLOADED]
        streaks = self._streaks({row.partner_id for row in failed})
        found = [
            Failing(row.slug, row.partner_name, *streaks[row.partner_id], row.reason)
            for row in failed
        ]
        return sorted(found, key=lambda f: (f.since or self.now, f.partner))

    def silent(self) -> list[Silent]:
        """Where messages do not arrive, the longest silence first."""
        refused = self._refused()
        statement = select(channel_troubles, partners.c.name).outerjoin(
            partners, partners.c.channel == channel_troubles.c.channel
        )
        troubled = {
            row.channel: Silent(
                row.channel, row.name, row.error, row.since, _failed(refused, row.channel)
            )
            for row in self.connection.execute(statement)
        }
        return sorted((refused | troubled).values(), key=lambda s: (s.since, s.channel))

    def new_sources(self) -> list[Line]:
        """The partners whose source was changed, and whose schools nobody has matched yet."""
        statement = select(partners.c.slug, partners.c.name).where(
            partners.c.new_source, partners.c.retired_at.is_(None)
        )
        rows = self.connection.execute(statement.order_by(partners.c.name, partners.c.slug))
        return [Line(row.slug, row.name, False, 0, None) for row in rows]

    def locks(self, partner: Partner, email: str) -> list[LockedBy]:
        """The Frozen schools that lock the partner's accounts with this address."""
        found = Accesses(self.connection).by_email(partner.slug, [email]).get(email)
        causes = found.because if found else ()
        return [LockedBy(titled(cause.name, cause.number), cause.since) for cause in causes]

    def _wanted(self, kind: str, statement: Select[Any]) -> list[Wish]:
        """A wish for each id; its rows are those of everybody who has it, in their order."""
        rows = self.connection.execute(statement).all()
        links = self._links(kind, {row.partner_id for row in rows})
        grouped = (list(group) for _, group in groupby(rows, key=lambda row: row.id))
        return [_wish(group[0], len(group), links) for group in grouped]

    def _links(self, kind: str, of: Collection[int]) -> Mapping[str, str]:
        """The addresses of the newest cards of a kind, by what they are about."""
        if not of:
            return {}
        statement = (
            select(messages.c.subject, messages.c.permalink)
            .where(messages.c.partner_id.in_(of), messages.c.kind == kind)
            .where(messages.c.permalink.is_not(None))
            .order_by(messages.c.id)
        )
        return {row.subject: row.permalink for row in self.connection.execute(statement)}

    def _held_since(self, of: Collection[int]) -> Mapping[int, datetime]:
        """When the first of the runs was read that the breaker has held in a row until now.

        What was applied, discarded, or only the preview of an upload ends a row.
        """
        if not of:
            return {}
        other = runs.alias()
        preview = other.c.digest.is_not(None) & other.c.cause.not_in(TRIPS)
        end = (
            select(func.max(other.c.id))
            .where(other.c.partner_id == runs.c.partner_id)
            .where(
                other.c.outcome.in_((APPLIED, NO_CHANGE, DISCARDED))
                | (other.c.outcome.in_((HELD, SUPERSEDED)) & preview)
            )
            .scalar_subquery()
        )
        statement = (
            select(runs.c.partner_id, func.min(runs.c.finished_at).label("since"))
            .where(runs.c.partner_id.in_(of), runs.c.outcome.in_((HELD, SUPERSEDED)))
            .where(runs.c.cause.in_(TRIPS), or_(end.is_(None), runs.c.id > end))
            .group_by(runs.c.partner_id)
        )
        return {row.partner_id: row.since for row in self.connection.execute(statement)}

    def _streaks(self, of: Collection[int]) -> Mapping[int, tuple[datetime | None, int]]:
        """Since when, and how often in a row, the runs of these partners failed."""
        good = runs.alias()
        well = (
            select(func.max(good.c.asked_at))
            .where(good.c.partner_id == runs.c.partner_id, good.c.outcome.in_(SETTLING))
            .scalar_subquery()
        )
        statement = (
            select(runs.c.partner_id, func.min(runs.c.finished_at).label("since"), func.count())
            .where(runs.c.partner_id.in_(of), runs.c.outcome == FAILED)
            .where(or_(well.is_(None), runs.c.asked_at > well))
            .group_by(runs.c.partner_id)
        )
        found = {id: (since, times) for id, since, times in self.connection.execute(statement)}
        return dict.fromkeys(of, (None, 1)) | found

    def _refused(self) -> dict[str, Silent]:
        """Where Slack has refused messages for good of late."""
        statement = (
            select(
                messages.c.channel,
                func.min(messages.c.created_at).label("since"),
                func.max(messages.c.error).label("error"),
                func.count().label("failed"),
                func.max(partners.c.name).label("name"),
            )
            .outerjoin(partners, partners.c.channel == messages.c.channel)
            .where(messages.c.state == written(REFUSED), messages.c.created_at > self.now - RECENT)
            .group_by(messages.c.channel)
        )
        return {
            row.channel: Silent(row.channel, row.name, row.error or "", row.since, row.failed)
            for row in self.connection.execute(statement)
        }


def _wishes(
    wish: Table, at: ColumnElement[Any], person: ColumnElement[Any], reason: ColumnElement[Any]
) -> Select[Any]:
    """The open rows of a table of wishes, oldest first, with the partner and the school."""
    return (
        select(
            wish.c.id,
            wish.c.partner_id,
            partners.c.slug,
            partners.c.name.label("partner_name"),
            schools.c.id.label("school_key"),
            schools.c.version,
            schools.c.name,
            schools.c.number,
            at.label("at"),
            person.label("person"),
            reason.label("reason"),
        )
        .select_from(wish)
        .join(partners, partners.c.id == wish.c.partner_id)
        .join(schools, schools.c.id == wish.c.school_id)
        .where(wish.c.state == OPEN)
        .order_by(at, wish.c.id)
    )


def _wish(first: Row[Any], people: int, links: Mapping[str, str]) -> Wish:
    return Wish(
        id=first.id,
        partner=first.slug,
        partner_name=first.partner_name,
        school_key=first.school_key,
        version=first.version,
        title=titled(first.name, first.number),
        at=first.at,
        name=first.person,
        reason=first.reason,
        people=people,
        link=links.get(str(first.id)),
    )


def _failed(refused: Mapping[str, Silent], channel: str) -> int:
    return refused[channel].failed if channel in refused else 0


def _decisions() -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(schools.c.partner_id == partners.c.id, schools.c.status == Status.ACTION_NEEDED)
        .where(schools.c.linked_to.is_(None))
        .scalar_subquery()
    )


def _newest(column: str, which: Callable[[FromClause], ColumnElement[bool]]) -> ScalarSelect[Any]:
    """A column of the partner's newest run of which this holds; the index finds it."""
    run = runs.alias("newest")
    return (
        select(run.c[column])
        .where(run.c.partner_id == partners.c.id, which(run))
        .order_by(run.c.asked_at.desc(), run.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _synced(run: FromClause) -> ColumnElement[bool]:
    return run.c.outcome.in_(SYNCED)


def _settles(run: FromClause) -> ColumnElement[bool]:
    return run.c.outcome.in_(SETTLING)


def _ended(run: FromClause) -> ColumnElement[bool]:
    """Whether it says anything about the source: a skipped one does not."""
    return and_(run.c.outcome.is_not(None), run.c.outcome != SKIPPED, has_read(run))


def _of_partners(*columns: ColumnElement[Any]) -> Select[Any]:
    return (
        select(partners.c.slug, partners.c.name.label("partner_name"), partners.c.channel, *columns)
        .join(runs, runs.c.partner_id == partners.c.id)
        .where(partners.c.retired_at.is_(None))
    )


def _narrowed(statement: Select[Any], only: Partner | None) -> Select[Any]:
    return statement if only is None else statement.where(partners.c.id == only.id)
