"""The unit of work: everything a story may read and change inside one transaction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from storage.access import Accesses
from storage.accounts import Accounts
from storage.apart import Apart
from storage.cards import Cards
from storage.cases import Cases
from storage.database import LOCK_TIMEOUT, Database
from storage.differences import Differences
from storage.envelopes import Envelopes
from storage.events import Events
from storage.links import Links
from storage.locks import Locks
from storage.matches import Matches
from storage.messages import Messages
from storage.overview import Overview
from storage.partners import Partners
from storage.releases import Releases
from storage.runs import Runs
from storage.schools import Schools
from storage.tokens import Tokens
from storage.troubles import Troubles
from storage.unfreezes import Unfreezes
from storage.uploads import Uploads
from storage.work import Carrier

Clock = Callable[[], datetime]


@dataclass
class Store:
    """One transaction (or one reading) with the records by name.

    `now` is one moment for all that happens in it. `edited` collects the messages whose picture
    changed, for whoever wants to show them at once after the commit.
    """

    connection: Connection
    carrier: Carrier
    now: datetime
    edited: list[int] = field(default_factory=list)

    @cached_property
    def partners(self) -> Partners:
        return Partners(self.connection, self.now)

    @cached_property
    def schools(self) -> Schools:
        return Schools(self.connection, self.now)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.connection, self.now)

    @cached_property
    def locks(self) -> Locks:
        return Locks(self.connection)

    @cached_property
    def access(self) -> Accesses:
        return Accesses(self.connection)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self.connection, self.now)

    @cached_property
    def links(self) -> Links:
        return Links(self.connection, self.now)

    @cached_property
    def runs(self) -> Runs:
        return Runs(self.connection, self.carrier, self.now)

    @cached_property
    def matches(self) -> Matches:
        return Matches(self.connection, self.runs, self.now)

    @cached_property
    def differences(self) -> Differences:
        return Differences(self.connection, self.runs)

    @cached_property
    def apart(self) -> Apart:
        return Apart(self.connection, self.now)

    @cached_property
    def messages(self) -> Messages:
        return Messages(self.connection, self.carrier, self.now, self.edited)

    @cached_property
    def cards(self) -> Cards:
        return Cards(self.connection, self.messages)

    @cached_property
    def releases(self) -> Releases:
        return Releases(self.connection, self.messages, self.now)

    @cached_property
    def unfreezes(self) -> Unfreezes:
        return Unfreezes(self.connection, self.messages, self.now)

    @cached_property
    def uploads(self) -> Uploads:
        return Uploads(self.connection, self.messages, self.now)

    @cached_property
    def events(self) -> Events:
        return Events(self.connection, self.carrier, self.now)

    @cached_property
    def troubles(self) -> Troubles:
        return Troubles(self.connection, self.now)

    @cached_property
    def cases(self) -> Cases:
        return Cases(self.connection, self.messages, self.now)

    @cached_property
    def overview(self) -> Overview:
        return Overview(self.connection, self.now)

    @cached_property
    def envelopes(self) -> Envelopes:
        return Envelopes(self.connection, self.now)


def nobody_waits(edited: Sequence[int]) -> None:
    """The default for `on_commit`: the carried jobs alone bring the messages up to date."""


@dataclass
class Stores:
    """Opens stores; the only thing the upper floors hold on to.

    `on_commit` gets the ids of messages whose picture changed, after the commit, in the calling
    thread: it must return at once and must not raise. With `tells` whatever changes a lock or a
    status asks for the product to be told, in the same transaction.
    """

    database: Database
    carrier: Carrier
    clock: Clock
    on_commit: Callable[[Sequence[int]], None] = nobody_waits
    tells: bool = False

    @contextmanager
    def read(self) -> Iterator[Store]:
        with self.database.read() as connection:
            yield Store(connection, self.carrier, self.clock())

    @contextmanager
    def transaction(self, patience: float = LOCK_TIMEOUT) -> Iterator[Store]:
        """Commits at the end and rolls back on any exception. Raises Busy, see Database."""
        with self.database.transaction(patience) as connection:
            store = Store(connection, self.carrier, self.clock())
            yield store
            if self.tells:
                _ask_for_telling(store)
        if store.edited:
            self.on_commit(store.edited)


def _ask_for_telling(store: Store) -> None:
    # Nothing that matters to the product changes without the partner's lock.
    for partner in sorted(store.partners.taken):
        if store.events.untold(partner):
            store.events.ask(partner)
