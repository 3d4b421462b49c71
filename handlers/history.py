"""Look at what happened to a school: who did what, when, why, and over which road."""

from slack_bolt import App

from handlers.desk import Desk
from handlers.listening import Click, Open, Reply, Show, on_button
from handlers.views import ids
from handlers.views.history import ON_A_PAGE, Past, history_form
from handlers.views.ids import Target
from storage.rules.rights import Right
from storage.store import Store


def past(store: Store, target: Target) -> Past:
    """One page of the school's history, with what is open about it. Raises UnknownSchool."""
    partner = store.partners.named(target.partner)
    school = store.schools.named(partner, target.school)
    rows = store.schools.history(school)
    page = max(0, min(target.page, (len(rows) - 1) // ON_A_PAGE))
    return Past(
        school,
        rows[page * ON_A_PAGE : (page + 1) * ON_A_PAGE],
        page,
        len(rows),
        store.unfreezes.open_for(school),
        store.cards.reported(partner).get(school.key),
        store.releases.open_for(school),
        store.releases.past(school),
    )


def history_opened(click: Click, desk: Desk) -> Reply:
    return Open(_form(click, desk))


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.HISTORY_NEWER, _turned)
    on_button(app, desk, ids.HISTORY_OLDER, _turned)


def _turned(click: Click, desk: Desk) -> Reply:
    return Show(_form(click, desk))


def _form(click: Click, desk: Desk) -> dict[str, object]:
    asked = click.target
    click.allowed(desk, Right.SEE)
    with desk.read() as store:
        seen = past(store, asked)
    target = Target(
        asked.partner, page=seen.page, key=seen.school.key, channel=click.channel, ts=click.ts
    )
    return history_form(target, seen)
