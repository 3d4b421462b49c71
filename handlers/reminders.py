"""Reminders of what nobody has decided: to the partner's channel, then to the support team.

Never to individuals who merely may decide. What is due is told in one message of each kind and
day, and what was told last is read from the messages themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.telling import HOLD
from handlers.views import reminders as view
from handlers.views.blocks import Picture
from handlers.views.reminders import OpenCase, Verb, Waiting, Wish
from storage.messages import Message
from storage.partners import Partner
from storage.releases import KIND as RELEASE
from storage.releases import ReleaseRequest
from storage.rules.breaker import Trip
from storage.rules.lifecycle import Status
from storage.rules.reminders import (
    ESCALATED,
    HOLD_ESCALATED,
    OF_REQUESTS,
    OF_SCHOOLS,
    another_day,
    due,
)
from storage.runs import Run
from storage.schools import School
from storage.store import Store
from storage.unfreezes import KIND as REQUEST
from storage.unfreezes import Unfreeze

# The kinds of the messages.
OF_DECISIONS, OF_A_HOLD, OF_WISHES = "reminder", "hold_reminder", "request_reminder"


@dataclass(frozen=True)
class Due:
    """What people of a partner, and support about it, are to be reminded of now."""

    schools: Sequence[Waiting] = ()
    escalated: Sequence[Waiting] = ()
    cases: Sequence[OpenCase] = ()
    hold: Run | None = None
    held_days: int = 0
    wishes: Sequence[Wish] = ()

    @property
    def nothing(self) -> bool:
        return not (self.schools or self.escalated or self.cases or self.hold or self.wishes)


def due_now(store: Store, partner: Partner, zone: ZoneInfo) -> Due:
    """Read only. `zone` is the partner's; whether it is awake there is the caller's business."""
    schools, escalated, cases = _decisions(store, partner, zone)
    hold, days = _hold(store, partner, zone)
    return Due(schools, escalated, cases, hold, days, _wishes(store, partner, zone))


def remind(store: Store, partner: Partner, zone: ZoneInfo, support_channel: str) -> Due:
    """Owe what is due, under the partner's lock; answers what that was."""
    now_due = due_now(store, partner, zone)
    reminding = _Reminding(store, partner, f"{store.now.astimezone(zone):%Y-%m-%d}")
    card = _link(store.cards.current(partner))
    if now_due.schools:
        picture = view.undecided(partner, now_due.schools, card)
        reminding.owe(OF_DECISIONS, partner.channel, "schools", picture)
    if now_due.escalated:
        picture = view.escalated(partner, now_due.escalated, card)
        reminding.owe(OF_DECISIONS, support_channel, "escalated", picture)
    if now_due.cases:
        picture = view.open_cases(partner, now_due.cases)
        reminding.owe(OF_DECISIONS, support_channel, "cases", picture)
    if now_due.wishes:
        picture = view.wishes(partner, now_due.wishes)
        reminding.owe(OF_WISHES, support_channel, "wishes", picture)
    if now_due.hold:
        both = now_due.held_days >= HOLD_ESCALATED
        for channel in (partner.channel, *([support_channel] if both else [])):
            link = _link(_hold_card(store, partner, channel))
            picture = view.held(partner, now_due.hold, now_due.held_days, link)
            reminding.owe(OF_A_HOLD, channel, f"hold@{channel}", picture)
    return now_due


@dataclass(frozen=True)
class _Reminding:
    store: Store
    partner: Partner
    day: str

    def owe(self, kind: str, channel: str, what: str, picture: Picture) -> None:
        key = f"reminder:{self.partner.slug}:{self.day}:{what}"
        self.store.messages.post(
            channel, kind, partner=self.partner.id, key=key, body=picture.body()
        )


def _told(store: Store, partner: Partner, kind: str) -> datetime | None:
    last = store.messages.last_of(kind, partner.id)
    return last.created_at if last else None


def _decisions(
    store: Store, partner: Partner, zone: ZoneInfo
) -> tuple[list[Waiting], list[Waiting], list[OpenCase]]:
    """Of the partner's channel, of support, and the cases, of which support alone is reminded."""
    told, now = _told(store, partner, OF_DECISIONS), store.now
    if not another_day(now, told, zone):
        return [], [], []
    cases = {case.school_key: case for case in store.cases.open_of(partner)}
    schools, escalated = [], []
    for school in store.schools.undecided(partner):
        if school.key in cases:
            continue
        waiting = Waiting(school, (now - school.since).days)
        if due(OF_SCHOOLS, school.since, told, now) is not None:
            schools.append(waiting)
        if due((ESCALATED,), school.since, told, now) is not None:
            escalated.append(waiting)
    reported = [
        OpenCase(case, school, _link(store.cases.card(case)), now)
        for key, case in cases.items()
        if due(OF_SCHOOLS, _since(school := store.schools.by_key(key), case.opened_at), told, now)
    ]
    return schools, escalated, reported


def _since(school: School, opened_at: datetime) -> datetime:
    """From when a case is counted: the school waits for a decision, or was paused meanwhile."""
    return school.since if school.status is Status.ACTION_NEEDED else opened_at


def _hold(store: Store, partner: Partner, zone: ZoneInfo) -> tuple[Run | None, int]:
    """The open hold, once a day from the day after its card came; not while it is being applied."""
    run = store.runs.held(partner)
    # An upload is decided by whoever previews it; nobody else has a card.
    if run is None or run.decision or (partner.uploaded and run.cause != Trip.NEW_SOURCE):
        return None, 0
    card = _hold_card(store, partner, partner.channel)
    begun = card.created_at if card else run.finished_at or store.now
    last = max(begun, _told(store, partner, OF_A_HOLD) or begun)
    if not another_day(store.now, last, zone):
        return None, 0
    days = store.now.astimezone(zone).date() - begun.astimezone(zone).date()
    return run, days.days


def _hold_card(store: Store, partner: Partner, channel: str) -> Message | None:
    return store.messages.about(HOLD, f"{partner.slug}@{channel}")


def _wishes(store: Store, partner: Partner, zone: ZoneInfo) -> list[Wish]:
    told = _told(store, partner, OF_WISHES)
    if not another_day(store.now, told, zone):
        return []
    asked = [
        _wish(store, "Unfreeze", REQUEST, request, request.askers[0].name)
        for request in store.unfreezes.open_of(partner.id)
        if due(OF_REQUESTS, request.asked_at, told, store.now)
    ]
    return asked + [
        _wish(store, "Release accounts of", RELEASE, request, request.asked_name)
        for request in store.releases.open_of(partner.id)
        if due(OF_REQUESTS, request.asked_at, told, store.now)
    ]


def _wish(
    store: Store, verb: Verb, kind: str, request: Unfreeze | ReleaseRequest, name: str
) -> Wish:
    school = store.schools.by_key(request.school_key)
    card = store.messages.about(kind, str(request.id))
    return Wish(verb, school, name, (store.now - request.asked_at).days, _link(card))


def _link(card: Message | None) -> str | None:
    return card.permalink if card else None
