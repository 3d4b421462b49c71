"""The card of a partner: which schools it lists, and what it knows of each.

A partner has one current card, in its channel. It is edited as decisions are made; when something
new goes missing a new card lists everything open, and the old one only points there. So does the
card of a channel that the partner does not use any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, delete, insert, select

from storage.links import Links, Match
from storage.messages import LET_GO, Message, Messages
from storage.partners import Partner, Partners
from storage.releases import Releases
from storage.rules.lifecycle import Status
from storage.schools import School, Schools, Transition
from storage.tables import (
    card_schools,
    case_reports,
    cases,
    messages,
    release_requests,
    unfreeze_requests,
)

KIND = "card"


@dataclass(frozen=True)
class Entry:
    """One school on the card, with the transition that put it where it is."""

    school: School
    people: int
    last: Transition
    unfreeze_asked: bool
    # The new school that this one was probably made anew as.
    recreated: Match | None
    # The open case about it.
    reported: "Reported | None" = None
    # How many of its people support has released, while it is Frozen.
    released: int = 0
    # Whether support is asked to release some of them.
    release_asked: bool = False


@dataclass(frozen=True)
class Decisions:
    """Everything a card shows.

    `replaced` says that a newer card lists what is open; `newer` is its address, once it has one,
    and `elsewhere` the channel where it is, if that is another one.
    """

    partner: Partner
    entries: Sequence[Entry]
    opened_at: datetime
    replaced: bool
    newer: str | None
    elsewhere: str | None = None


@dataclass(frozen=True)
class Reported:
    """An open case: who said first that the school is missing by mistake, and how many since.

    `answered` is who of support answered after the last of them, and `answered_at` when.
    """

    name: str
    at: datetime
    others: int
    answered: str | None = None
    answered_at: datetime | None = None


class Cards:
    def __init__(self, connection: Connection, messages: Messages) -> None:
        self.connection = connection
        self.messages = messages

    def open(self, partner: Partner) -> int:
        """A new card that lists everything open; the one before it loses its buttons."""
        before = self.current(partner)
        card = self.messages.post(partner.channel, KIND, partner=partner.id)
        self._list(card, self._open_schools(partner))
        if before is not None:
            self.messages.supersede(before, card)
        return card

    def refresh(self, partner: Partner) -> int | None:
        """Owe the current card anew; a school that became open again is put back on it.

        Where the partner has another channel by now, a new card is owed there. One that was let
        go is shown nowhere: another one is owed as soon as something is open.
        """
        current = self.current(partner)
        waiting = self._open_schools(partner)
        if current is None or current.state == LET_GO:
            return self.open(partner) if waiting else None
        if current.channel != partner.channel:
            return self.open(partner)
        self._list(current.id, waiting)
        self.messages.touch(current.id)
        return current.id

    def current(self, partner: Partner) -> Message | None:
        row = self.connection.execute(
            select(messages.c.id)
            .where(messages.c.partner_id == partner.id, messages.c.kind == KIND)
            .where(messages.c.superseded_by.is_(None))
            .order_by(messages.c.id.desc())
        ).first()
        return self.messages.by_id(row.id) if row else None

    def superseded_by(self, card: Message) -> list[Message]:
        """The cards that point at this one, and need its address once it has one."""
        rows = self.connection.execute(
            select(messages.c.id).where(messages.c.superseded_by == card.id)
        )
        return [self.messages.by_id(row.id) for row in rows]

    def waiting(self, partner: Partner) -> list[Entry]:
        """Everything that is open, whichever card lists it."""
        schools = Schools(self.connection, self.messages.now).of(partner)
        return self._known(partner, [s for s in schools if s.status is Status.ACTION_NEEDED])

    def decisions(self, card: Message) -> Decisions:
        """What the card shows, from what is stored and nothing else."""
        assert card.partner_id is not None
        partner = Partners(self.connection, self.messages.now).by_id(card.partner_id)
        newer = self.messages.by_id(card.superseded_by) if card.superseded_by else None
        return Decisions(
            partner=partner,
            entries=self._entries(partner, card),
            opened_at=card.created_at,
            replaced=newer is not None,
            newer=newer.permalink if newer else None,
            elsewhere=newer.channel if newer and newer.channel != card.channel else None,
        )

    def _entries(self, partner: Partner, card: Message) -> list[Entry]:
        statement = select(card_schools.c.school_id).where(card_schools.c.message_id == card.id)
        listed = {row.school_id for row in self.connection.execute(statement)}
        schools = Schools(self.connection, self.messages.now).of(partner)
        return self._known(partner, [school for school in schools if school.key in listed])

    def _known(self, partner: Partner, listed: Sequence[School]) -> list[Entry]:
        schools = Schools(self.connection, self.messages.now)
        people = schools.people([school.key for school in listed])
        last = schools.settled(partner)
        asked, reported = self._asked(unfreeze_requests, partner), self.reported(partner)
        release_asked = self._asked(release_requests, partner)
        likely = Links(self.connection, self.messages.now).likely(partner)
        released = Releases(self.connection, self.messages, self.messages.now).counts(partner.id)
        return [
            Entry(
                school,
                people.get(school.key, 0),
                last[school.key],
                school.key in asked,
                likely.get(school.key),
                reported.get(school.key),
                released.get(school.key, 0),
                school.key in release_asked,
            )
            for school in listed
        ]

    def reported(self, partner: Partner) -> dict[int, Reported]:
        """The open cases of a partner, by the school's key."""
        statement = (
            select(cases, case_reports.c.name, case_reports.c.at)
            .join(case_reports, case_reports.c.case_id == cases.c.id)
            .where(cases.c.partner_id == partner.id, cases.c.state == "open")
            .order_by(case_reports.c.at, case_reports.c.person)
        )
        found: dict[int, Reported] = {}
        for row in self.connection.execute(statement):
            known = found.get(row.school_id, Reported(row.name, row.at, -1))
            # What came after an answer waits for another one.
            since = row.answered_at is not None and row.answered_at >= row.at
            answered = (row.answered_name, row.answered_at) if since else (None, None)
            found[row.school_id] = Reported(known.name, known.at, known.others + 1, *answered)
        return found

    def _asked(self, requests: Table, partner: Partner) -> set[int]:
        """The schools for which a request of this sort is open, by our key."""
        statement = select(requests.c.school_id).where(
            requests.c.partner_id == partner.id, requests.c.state == "open"
        )
        return {row.school_id for row in self.connection.execute(statement)}

    def _open_schools(self, partner: Partner) -> list[int]:
        schools = Schools(self.connection, self.messages.now)
        return [s.key for s in schools.of(partner) if s.status is Status.ACTION_NEEDED]

    def _list(self, card: int, keys: Sequence[int]) -> None:
        statement = delete(card_schools).where(
            card_schools.c.message_id == card, card_schools.c.school_id.in_(keys)
        )
        self.connection.execute(statement)
        if keys:
            rows = [{"message_id": card, "school_id": key} for key in keys]
            self.connection.execute(insert(card_schools), rows)
