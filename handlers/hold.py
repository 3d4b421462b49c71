"""Decide about a held roster: apply it, apply it and pause, or discard it."""

from slack_bolt import App

from handlers.ask import Ask
from handlers.desk import Desk, require
from handlers.listening import Click, Listener, Reply, on_button
from handlers.sentences import PLAIN
from handlers.telling import Telling
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
        if ask.delivery and not store.envelopes.first_time(ask.delivery):
            return
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.DECIDE_HOLD, partner.access(desk.support_group))
        run = _open(store, partner, run_id)
        if decision is not Decision.DISCARD and run.cause == Trip.NEW_SOURCE:
            store.matches.require_decided(partner, run)
        decided = store.runs.decide(run, decision, ask.actor)
        note = decided_note(decided, ask.reason)
        Telling(desk.support_channel).hold_decided(store, partner, note)


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


def _pressed(decision: Decision) -> Listener:
    def pressed(click: Click, desk: Desk) -> Reply:
        partner = click.target.partner
        ask = Ask(
            person=click.person(desk, desk.access(partner)),
            partner=partner,
            schools=[],
            delivery=click.delivery,
            channel=click.channel,
            ts=click.ts,
        )
        decide_hold(ask, desk, click.target.run, decision)
        return None

    return pressed
