"""Sync now: somebody does not want to wait for the night."""

from dataclasses import dataclass
from uuid import uuid4

from slack_bolt import App

from handlers.ask import Ask
from handlers.desk import Desk, require
from handlers.listening import Click, Reply, Say, on_button
from handlers.sentences import PLAIN
from handlers.views import ids
from handlers.views.syncing import sync_asked
from storage.errors import NotPossible
from storage.partners import Partner
from storage.rules.rights import Right
from storage.runs import Run
from storage.store import Store


@dataclass(frozen=True)
class SyncAsked:
    """A run that is owed. `joined`: somebody had asked for it before."""

    partner: Partner
    run: Run
    joined: bool


def sync_now(ask: Ask, desk: Desk) -> SyncAsked | None:
    """Owe a sync of the partner, or join the one that is owed; None for a repeated delivery.

    Who asks is told by direct message how it ends. Raises NotPossible for a partner whose roster
    is uploaded, and while a run is under way.
    """
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return None
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.SYNC, partner.access(desk.support_group))
        _read_by_us(partner)
        _at_rest(store, partner)
        if (wanted := store.runs.wanted(partner)) is not None:
            if wanted.asked_by != ask.person.id:
                store.runs.join(wanted, ask.person.id)
            return SyncAsked(partner, wanted, joined=True)
        run = store.runs.owe(partner, f"now:{uuid4().hex}", by=ask.actor)
    assert run is not None, "nobody else has this key"
    return SyncAsked(partner, run, joined=False)


def _read_by_us(partner: Partner) -> None:
    if partner.uploaded:
        raise NotPossible(
            f"The roster of {partner.name} comes as a file that somebody uploads, so there is "
            "nothing to fetch. Nothing was changed; upload a file with `/schools upload`."
        )


def _at_rest(store: Store, partner: Partner) -> None:
    run = store.runs.under_way(partner)
    if run is None:
        return
    since = PLAIN.when(run.started_at or run.asked_at)
    asked = f", asked for by {run.asked_name}" if run.asked_name else ""
    raise NotPossible(
        f"{partner.name} is being synced already{asked}: by {run.owner}, begun {since}. "
        "Nothing was changed by this; wait until that sync has ended."
    )


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.SYNC_NOW, pressed)


def pressed(click: Click, desk: Desk) -> Reply:
    asked = sync_now(click.ask(desk), desk)
    if asked is None:
        return None
    return Say(sync_asked(asked.partner, asked.run, click.user, joined=asked.joined))
