"""When a channel cannot be written to, people are told by another road.

A change never waits for that: it is made, and what its message says goes by direct message to
each admin of the partner, with a note to the support team. When the channel is well again, what
is still open is posted there anew.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from handlers.digest import KIND as DIGEST
from handlers.reminders import OF_A_HOLD, OF_DECISIONS, OF_WISHES
from handlers.telling import HOLD
from handlers.views import other_roads as view
from handlers.views.rendering import render
from storage.cards import KIND as CARD
from storage.messages import FAILED, Message
from storage.partners import Partner
from storage.runs import HELD
from storage.store import Store, Stores
from storage.troubles import APP, ChannelTrouble

log = logging.getLogger(__name__)

# Slack's codes for a channel that takes no message of ours, whatever it says.
CLOSED = frozenset({"channel_not_found", "is_archived", "is_inactive", "not_in_channel"})
RESTRICTED = "restricted_action"
# How the error of a reply begins whose message above was refused.
PARENT_FAILED = "the message above it failed"
COMES_AGAIN = frozenset({OF_DECISIONS, OF_A_HOLD, OF_WISHES, DIGEST})
# And for a token that is good for nothing any more.
UNKNOWN_TO_SLACK = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked"})


@dataclass(frozen=True)
class Reachable:
    """People by their ids, and the groups of which Slack did not tell who is in them."""

    people: Sequence[str] = ()
    unread: Sequence[str] = ()


@dataclass(frozen=True)
class OtherRoads:
    """`members` asks Slack who is behind ids of users and user groups; `support` is a channel."""

    stores: Stores
    support: str
    members: Callable[[Collection[str]], Reachable]

    def others(self, message: Message, code: str) -> Reachable:
        """Who is told instead. It asks Slack, so it comes before the transaction."""
        if not is_closed(code):
            return Reachable()
        with self.stores.read() as store:
            partner = store.partners.in_channel(message.channel)
        return self.members(partner.admins) if partner else Reachable()

    def failed(self, store: Store, message: Message, code: str, others: Reachable) -> None:
        """Slack has refused a message for good; `code` is why."""
        if code in UNKNOWN_TO_SLACK:
            begun(store, APP, code, self.support)
        elif is_person(message.channel):
            self._untold(store, message, code)
        if not is_closed(code):
            return
        trouble = begun(store, message.channel, code, self.support)
        partner = store.partners.in_channel(message.channel)
        if trouble is not None and partner is not None and says_something(store, partner, message):
            _tell_instead(store, partner, message, trouble, others)
            self._unreached(store, partner, trouble, others)

    def _untold(self, store: Store, message: Message, code: str) -> None:
        """Somebody who was to be told instead of a channel cannot be written to either."""
        partner = store.partners.by_id(message.partner_id) if message.partner_id else None
        trouble = store.troubles.of(partner.channel) if partner else None
        if partner is not None and trouble is not None:
            note = view.untold_note(partner, message.channel, code).body()
            key = f"untold:{trouble.key}:{message.channel}"
            store.messages.note(self.support, note, partner=partner.id, key=key)

    def _unreached(
        self, store: Store, partner: Partner, trouble: ChannelTrouble, others: Reachable
    ) -> None:
        if others.people and not others.unread:
            return
        note = view.unreached_note(partner, others.unread, nobody=not others.people).body()
        key = f"unreached:{trouble.key}"
        store.messages.note(self.support, note, partner=partner.id, key=key)

    def posted(self, store: Store, message: Message) -> None:
        """A post was taken: the channel is well, whatever was thought of it."""
        opened(store, message.channel, self.support)


def is_person(channel: str) -> bool:
    """Whether it is the id of a user, to whom a message goes directly."""
    return channel.startswith(("U", "W"))


def is_closed(code: str) -> bool:
    return code in CLOSED or code.startswith(RESTRICTED)


def begun(store: Store, channel: str, code: str, support: str) -> ChannelTrouble | None:
    """Note that a channel cannot be written to, and tell support once; None: it is not ours."""
    partner = store.partners.in_channel(channel)
    if partner is None and channel not in (support, APP):
        return None
    trouble, new = store.troubles.begin(channel, code)
    if partner is None:
        if new:
            log.error("%s", view.sentence(trouble, None))
    else:
        note = view.closed_note(partner, trouble).body()
        store.messages.note(support, note, partner=partner.id, key=f"closed:{trouble.key}")
    return trouble


def _tell_instead(
    store: Store, partner: Partner, message: Message, trouble: ChannelTrouble, others: Reachable
) -> None:
    """Once for each message and trouble; of the lines in threads, only the first."""
    in_thread = message.thread_id is not None
    what = "thread" if in_thread else str(message.id)
    told = view.instead(partner, trouble, render(store, message), in_thread=in_thread).body()
    for person in others.people:
        key = f"instead:{trouble.key}:{what}:{person}"
        store.messages.note(person, told, partner=partner.id, key=key)


def says_something(store: Store, partner: Partner, message: Message) -> bool:
    """A card says something while somebody has to decide; everything else always does."""
    if message.kind == CARD:
        waits = partner.retired_at is None and bool(store.schools.undecided(partner))
        return message.superseded_by is None and waits
    return message.kind != HOLD or _held(store, partner)


def _held(store: Store, partner: Partner) -> bool:
    run = store.runs.held(partner)
    return run is not None and run.outcome == HELD and run.decision is None


def opened(store: Store, channel: str, support: str) -> None:
    """A channel takes messages again: bring what it shows up to date, and say so to support."""
    trouble = store.troubles.end(channel)
    if trouble is None:
        return
    partner = store.partners.in_channel(channel)
    if partner is not None:
        _show_anew(store, partner)
        _tell_support(store, partner, trouble)
    for message in store.messages.failures(channel):
        if not _because_closed(message):
            continue
        if message.ts or _still_wanted(store, partner, message):
            store.messages.touch(message.id)
        else:
            store.messages.let_go(message)


def channel_moved(store: Store, partner: Partner, before: str) -> None:
    """The partner has another channel: what is open is posted there, and `before` is forgotten."""
    store.troubles.end(before)
    for message in store.messages.failures(before):
        store.messages.let_go(message)
    current = store.cards.current(partner)
    if current is not None and says_something(store, partner, current):
        store.cards.refresh(partner)
    hold = store.messages.about(HOLD, f"{partner.slug}@{before}")
    if hold is not None and _held(store, partner):
        subject = f"{partner.slug}@{partner.channel}"
        there = store.messages.post(partner.channel, HOLD, partner=partner.id, subject=subject)
        store.messages.supersede(hold, there)


def troubled(store: Store) -> list[tuple[ChannelTrouble, str]]:
    """Every trouble with its sentence, the longest first, for the doctor."""
    found = []
    for trouble in store.troubles.all():
        partner = store.partners.in_channel(trouble.channel)
        found.append((trouble, view.sentence(trouble, partner.slug if partner else None)))
    return found


def known_again(store: Store) -> None:
    """Slack takes our token again: send what it has refused because of that."""
    if store.troubles.end(APP) is not None:
        for message in store.messages.failures():
            if message.error in UNKNOWN_TO_SLACK:
                store.messages.touch(message.id)


def _because_closed(message: Message) -> bool:
    return is_closed((message.error or "").removeprefix(f"{PARENT_FAILED}: "))


def _still_wanted(store: Store, partner: Partner | None, message: Message) -> bool:
    """For a partner, who was told instead, what is open. For support all but what comes again."""
    if partner is None:
        return message.kind not in COMES_AGAIN
    return message.kind in (CARD, HOLD) and says_something(store, partner, message)


def _show_anew(store: Store, partner: Partner) -> None:
    """A card that is far up by now, and was not kept up to date, is followed by a new one."""
    card = store.cards.current(partner)
    if card is None or card.ts is None or card.state != FAILED:
        return
    if says_something(store, partner, card):
        store.cards.open(partner)


def _tell_support(store: Store, partner: Partner, trouble: ChannelTrouble) -> None:
    told = store.messages.keyed(f"closed:{trouble.key}")
    if told is not None:
        note = view.opened_note(partner).body()
        store.messages.note(told.channel, note, partner=partner.id, thread=told.id)
