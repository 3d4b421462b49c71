"""From a stored message to its picture, whatever kind it is."""

from collections.abc import Callable

from handlers.views.blocks import Picture
from handlers.views.card import card
from handlers.views.hold import hold_card, moved_card, new_source_card
from handlers.views.mistake import CaseFacts, case_card
from handlers.views.release import Wish, wish_card
from handlers.views.runs import fault_card
from handlers.views.unfreeze import Case, request_card
from handlers.views.upload import upload_card
from storage.messages import Message
from storage.rules.breaker import Trip
from storage.store import Store


def render(store: Store, message: Message) -> Picture:
    """What `message` should look like now, from what `store` has and nothing else."""
    return _KINDS[message.kind](store, message)


def _card(store: Store, message: Message) -> Picture:
    return card(store.cards.decisions(message))


def _request(store: Store, message: Message) -> Picture:
    assert message.subject is not None
    request = store.unfreezes.by_id(int(message.subject))
    school = store.schools.by_key(request.school_key)
    rows = store.schools.history(school)
    freeze = next((row for row in rows if row.version == request.version), None)
    people = store.schools.people([school.key]).get(school.key, 0)
    partner = store.partners.by_id(request.partner_id)
    return request_card(Case(request, partner, school, freeze, people))


def _case(store: Store, message: Message) -> Picture:
    assert message.subject is not None
    case = store.cases.by_id(int(message.subject))
    partner = store.partners.by_id(case.partner_id)
    school = store.schools.by_key(case.school_key)
    run = store.runs.by_id(case.run_id) if case.run_id else None
    people = store.schools.people([school.key]).get(school.key, 0)
    return case_card(CaseFacts(case, partner, school, run, people))


def _release(store: Store, message: Message) -> Picture:
    assert message.subject is not None
    request = store.releases.by_id(int(message.subject))
    school = store.schools.by_key(request.school_key)
    partner = store.partners.by_id(request.partner_id)
    return wish_card(Wish(request, partner, school, store.locks.unreleased(school)))


def _fault(store: Store, message: Message) -> Picture:
    assert message.subject is not None
    cause, night = message.subject.split("@")
    partners = {partner.id: partner for partner in store.partners.all()}
    failed = store.runs.failed_with(cause, night)
    return fault_card(night, [(partners[run.partner_id], run) for run in failed])


def _hold(store: Store, message: Message) -> Picture:
    assert message.partner_id is not None
    partner = store.partners.by_id(message.partner_id)
    if message.superseded_by is not None:
        return moved_card(partner, store.messages.by_id(message.superseded_by).channel)
    run = store.runs.last_hold(partner)
    assert run is not None
    nights = store.runs.held_in_a_row(partner, run.digest)
    if run.cause == Trip.NEW_SOURCE:
        matching = store.matches.of(partner, run)
        more = store.matches.more_locked(partner, matching)
        return new_source_card(partner, matching, nights, more)
    return hold_card(partner, run, store.differences.of(partner, run), nights)


def _upload(store: Store, message: Message) -> Picture:
    assert message.subject is not None
    return upload_card(store.uploads.whole(store.uploads.by_id(int(message.subject))))


def _note(store: Store, message: Message) -> Picture:
    assert message.body is not None
    return Picture(message.body["text"], message.body.get("blocks") or [])


_KINDS: dict[str, Callable[[Store, Message], Picture]] = {
    "card": _card,
    "request": _request,
    "release": _release,
    "case": _case,
    "fault": _fault,
    "hold": _hold,
    "upload": _upload,
    "note": _note,
    "reminder": _note,
    "hold_reminder": _note,
    "request_reminder": _note,
    "digest": _note,
}
