"""Support decides which school of a new source each known one is."""

from collections.abc import Mapping

from handlers.ask import Ask
from handlers.desk import Desk, require
from handlers.telling import Telling
from handlers.views.hold import matched_note
from storage.errors import NotPossible
from storage.matches import Matching
from storage.partners import Partner
from storage.rules.rights import Right
from storage.store import Store


def open_matches(store: Store, partner: Partner) -> Matching:
    """The matches of the held roster of a new source. Raises NotPossible without one."""
    matching = store.matches.held(partner)
    if matching is None:
        raise NotPossible(
            f"No roster of {partner.slug} is held because its source is new, so there is nothing "
            "to match. Nothing was changed."
        )
    return matching


def match(
    ask: Ask,
    desk: Desk,
    wanted: Mapping[str, str | None],
    *,
    accept: bool,
    run: int | None = None,
) -> Matching:
    """Decide single schools as `wanted` says, and with `accept` all proposals that are left.

    `wanted` pairs ids of known schools with ids of the new source; None is "it is not there".
    `run` is the one whose proposals the person saw; when another is held by now, that is told.
    Nothing is done to a school before the held roster is applied. Raises UnknownSchool, and
    NotPossible for a school of the new source that is not there or that is another one already.
    """
    with desk.transaction() as store:
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.LINK, partner.access(desk.support_group))
        before = open_matches(store, partner)
        if run not in (None, before.run.id):
            raise NotPossible(
                f"Run {run} is not held any more: run {before.run.id} took its place, and may "
                "propose something else. Nothing was changed; look at it first."
            )
        if before.run.decision is not None:
            who = before.run.decided_name
            raise NotPossible(f"{who} chose to apply this roster already. Nothing was changed.")
        after = store.matches.decide(partner, before, wanted, ask.actor, ask.reason, accept=accept)
        note = matched_note(ask.person.name, after, ask.reason)
        Telling(desk.support_channel).hold_decided(store, partner, note)
    return after
