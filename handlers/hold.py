"""Decide about a held roster: apply it, apply it and pause, or discard it."""

from collections.abc import Iterator, Sequence

from slack_bolt import App

from handlers.ask import Ask
from handlers.desk import Desk, require
from handlers.files import make_later, send_csv
from handlers.listening import Click, Listener, Reply, Say, on_button
from handlers.sentences import PLAIN, counted
from handlers.telling import Telling
from handlers.views import held_list as view
from handlers.views import ids
from handlers.views.hold import decided_note
from storage.errors import NotPossible
from storage.partners import Partner
from storage.rules.breaker import Trip
from storage.rules.rights import Right
from storage.runs import DISCARDED, SUPERSEDED, Decision, Run
from storage.store import Store


def decide_hold(ask: Ask, desk: Desk, run_id: int, decision: Decision) -> None:
    """Write the decision down; applying is done afterwards, from the stored plan of that run.

    Raises NotPossible when the run is not the open hold any more, with who decided and when, and
    Undecided when it is of a new source and a Frozen school was not matched.
    """
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.DECIDE_HOLD, partner.access(desk.support_group))
        run = _open(store, partner, run_id)
        if decision is not Decision.DISCARD and run.cause == Trip.NEW_SOURCE:
            store.matches.require_decided(partner, run)
        decided = store.runs.decide(run, decision, ask.actor)
        telling = Telling(desk.support_channel)
        telling.hold_decided(store, partner, decided_note(decided, ask.reason))
        if decision is Decision.DISCARD:
            telling.uploads_settled(store, [decided])


def _open(store: Store, partner: Partner, run_id: int) -> Run:
    held = store.runs.held(partner)
    if held is not None and held.id == run_id and held.decision is None:
        return held
    run = next((r for r in store.runs.of(partner, 200) if r.id == run_id), None)
    if run is not None and run.outcome == SUPERSEDED:
        raise NotPossible(f"This roster is not held any more. {run.reason}")
    if run is not None and run.decided_name and run.decided_at:
        verb = "discarded" if run.outcome == DISCARDED else "applied"
        at = PLAIN.when(run.decided_at)
        raise NotPossible(f"{run.decided_name} {verb} this roster {at}. Nothing was changed.")
    raise NotPossible("This roster is not held any more. Nothing was changed.")


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.HOLD_APPLY, _pressed(Decision.APPLY))
    on_button(app, desk, ids.HOLD_APPLY_AND_PAUSE, _pressed(Decision.APPLY_AND_PAUSE))
    on_button(app, desk, ids.HOLD_DISCARD, _pressed(Decision.DISCARD))
    on_button(app, desk, ids.HOLD_LIST, _list_asked)


def _pressed(decision: Decision) -> Listener:
    def pressed(click: Click, desk: Desk) -> Reply:
        decide_hold(click.ask(desk), desk, click.target.run, decision)
        return None

    return pressed


def _list_asked(click: Click, desk: Desk) -> Reply:
    """Every name that the card only counts. The files are made after this is answered."""
    asked = click.target
    click.allowed(desk, Right.DECIDE_HOLD)
    with desk.read() as store:
        _open(store, store.partners.named(asked.partner), asked.run)
    make_later(desk, click.user, lambda: _send_list(click.user, desk, asked.partner, asked.run))
    return Say("Everything that this roster would change comes to you by direct message.")


def _send_list(user: str, desk: Desk, slug: str, run_id: int) -> None:
    with desk.read() as store:
        partner = store.partners.named(slug)
        run = _open(store, partner, run_id)
        schools = list(_schools(store, partner, run))
        people = list(_people(store, partner, run))
    name = f"{slug}-{run.asked_at:%Y-%m-%d}"
    comment = f"{counted(len(schools), 'school')} that the held roster of {partner.name} changes."
    send_csv(desk, user, f"held-schools-{name}.csv", view.SCHOOLS, schools, comment)
    if people:
        comment = f"{counted(len(people), 'person', 'people')} who leave with the held roster."
        send_csv(desk, user, f"held-staff-{name}.csv", view.STAFF, people, comment)


def _schools(store: Store, partner: Partner, run: Run) -> Iterator[Sequence[object]]:
    if run.cause == Trip.NEW_SOURCE:
        matching = store.matches.of(partner, run)
        people = store.schools.people([one.school.key for one in matching.schools])
        yield from view.matched_rows(matching, people)
        return
    difference = store.differences.of(partner, run)
    known = [*difference.gone, *difference.back]
    yield from view.school_rows(difference, store.schools.people([s.key for s in known]))


def _people(store: Store, partner: Partner, run: Run) -> Iterator[Sequence[object]]:
    """With a new source everybody has another id there, so that only the schools say anything."""
    if run.cause != Trip.NEW_SOURCE:
        yield from view.staff_rows(store.differences.leaving(partner, run))
