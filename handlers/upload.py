"""Upload a roster or a staff list: checked in the background, shown, and applied by a second click.

Here a row is written with what Slack calls the files; reading them is somebody else's work, who
answers by direct message.
"""

from collections.abc import Sequence
from dataclasses import replace

from slack_bolt import App

from handlers.ask import Ask
from handlers.desk import Desk, require
from handlers.listening import Click, Fix, Listener, Open, Reply, Say, on_button, on_form
from handlers.sentences import PLAIN
from handlers.views import ids
from handlers.views.ids import Target
from handlers.views.upload import (
    FILES,
    TYPED,
    checking,
    confirm_form,
    confirming,
    listed_or,
    needs_words,
    upload_form,
)
from storage.errors import NotPossible
from storage.partners import Partner
from storage.rules.breaker import Trip
from storage.rules.rights import Person, Right
from storage.runs import DISCARDED, HELD, Decision, Run
from storage.store import Store
from storage.uploads import ADDING, SHOWN, GivenFile, Handed
from storage.uploads import DISCARDED as GIVEN_UP

# Of one file; Slack takes less in a dialog today.
LARGEST = 50 << 20
ENDINGS = (".csv", ".zip")


def hand_over(ask: Ask, files: Sequence[GivenFile], desk: Desk) -> Handed | None:
    """Owe the check of these files; None for a repeated delivery."""
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return None
        partner = store.partners.named(ask.partner)
        require(ask.person, Right.UPLOAD, partner.access(desk.support_group))
        upload = store.uploads.ask(partner, files, ask.actor)
    return Handed(upload, partner, None)


def decide_upload(ask: Ask, desk: Desk, upload_id: int, *, apply: bool) -> None:
    """Apply what the preview showed, or discard it; applying is done afterwards.

    Raises NotPossible when that is decided already, or something else took its place.
    """
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.UPLOAD, partner.access(desk.support_group))
        handed = _undecided(store, partner, upload_id)
        if handed.run is None:
            store.uploads.decide(handed.upload, ADDING if apply else GIVEN_UP)
            return
        store.runs.decide(handed.run, Decision.APPLY if apply else Decision.DISCARD, ask.actor)
        store.uploads.touch(handed.upload)


def _undecided(store: Store, partner: Partner, upload_id: int) -> Handed:
    handed = store.uploads.whole(store.uploads.by_id(upload_id))
    if handed.upload.partner_id != partner.id:
        raise NotPossible("This upload is of another partner. Nothing was changed.")
    if handed.run is not None:
        _waits(store, partner, handed.run)
    elif handed.upload.state != SHOWN:
        raise NotPossible("This upload is decided already. Nothing was changed by this.")
    return handed


def _waits(store: Store, partner: Partner, run: Run) -> None:
    """Raises NotPossible unless the run is the open one of its partner, and nobody decided."""
    if run.decided_name and run.decided_at:
        verb = "discarded" if run.outcome == DISCARDED else "applied"
        at = PLAIN.when(run.decided_at)
        raise NotPossible(
            f"{run.decided_name} {verb} this upload {at}. Nothing was changed by this."
        )
    if run.cause == Trip.NEW_SOURCE:
        raise NotPossible(
            "This upload is of a new source: its card in the channel asks what to do, when its "
            "schools are matched. Nothing was changed by this."
        )
    held = store.runs.held(partner)
    if run.outcome != HELD or held is None or held.id != run.id:
        raise NotPossible(
            "A later upload took the place of this one. Nothing was changed; decide about that "
            "one, or upload these files again."
        )


# From Slack


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.UPLOAD, upload_pressed)
    on_form(app, desk, ids.UPLOAD_FORM, _submitted)
    on_button(app, desk, ids.UPLOAD_APPLY, _apply_pressed)
    on_button(app, desk, ids.UPLOAD_DISCARD, _decided(apply=False))
    on_form(app, desk, ids.CONFIRM_FORM, _confirmed)


def upload_asked(person: Person, partner: Partner, channel: str, desk: Desk) -> Reply:
    """The dialog for files, by whatever road it was asked for."""
    require(person, Right.UPLOAD, partner.access(desk.support_group))
    return Open(upload_form(Target(partner.slug, channel=channel), partner))


def upload_pressed(click: Click, desk: Desk) -> Reply:
    with desk.read() as store:
        partner = store.partners.named(click.target.partner)
    person = click.person(desk, partner.access(desk.support_group))
    return upload_asked(person, partner, click.channel, desk)


def _submitted(click: Click, desk: Desk) -> Reply:
    files = click.files(FILES)
    if not files:
        return Fix({FILES: "Choose at least one file. Nothing was read."})
    for file in files:
        name = str(file.get("name") or "")
        if not name.lower().endswith(ENDINGS):
            return Fix({FILES: f"{name or 'One file'} is neither .csv nor .zip. Nothing was read."})
        if int(file.get("size") or 0) > LARGEST:
            return Fix({FILES: f"{name} is larger than {LARGEST >> 20} MB. Nothing was read."})
    given = [GivenFile(str(file["id"]), str(file["name"])) for file in files]
    handed = hand_over(click.ask(desk), given, desk)
    return None if handed is None else Say(checking(handed))


def _decided(*, apply: bool) -> Listener:
    def pressed(click: Click, desk: Desk) -> Reply:
        decide_upload(click.ask(desk), desk, click.target.upload, apply=apply)
        return None

    return pressed


def _apply_pressed(click: Click, desk: Desk) -> Reply:
    """At once, or after something was typed where more is gone than usual."""
    with desk.read() as store:
        handed = store.uploads.whole(store.uploads.by_id(click.target.upload))
    if not needs_words(handed):
        return _decided(apply=True)(click, desk)
    access = handed.partner.access(desk.support_group)
    require(click.person(desk, access), Right.UPLOAD, access)
    with desk.read() as store:
        handed = _undecided(store, handed.partner, handed.upload.id)
    target = replace(click.target, channel=click.channel, ts=click.ts)
    return Open(confirm_form(target, handed))


def _confirmed(click: Click, desk: Desk) -> Reply:
    with desk.read() as store:
        handed = store.uploads.whole(store.uploads.by_id(click.target.upload))
    words = confirming(handed)
    if click.text(TYPED).casefold() not in [word.casefold() for word in words]:
        return Fix({TYPED: f"This is not {listed_or(words)}. Nothing was applied yet."})
    return _decided(apply=True)(click, desk)
