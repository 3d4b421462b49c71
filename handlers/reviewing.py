"""The review as it is now: drawn when it is opened, after each click in it, and after a form."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from handlers.clicks import Click, view_target
from handlers.desk import Desk, require
from handlers.views import keys
from handlers.views import review as view
from handlers.views.blocks import Block
from handlers.views.ids import Target
from handlers.views.review import QUERY, SEARCH, Review
from storage.errors import NotPossible
from storage.rules.rights import Right
from storage.store import Store

# What a step does to the ticks, given those there are and the schools that the search finds.
Step = Callable[[set[int], Review], Collection[int]]


def drawing(
    click: Click, desk: Desk, wanted: Target, step: Step = lambda ticks, review: ticks
) -> tuple[Block, Review]:
    """The dialog as it is now, with what was ticked in it so far."""
    access = desk.access(wanted.partner)
    require(click.person(desk, access), Right.PAUSE, access)
    query = _query(click)
    with desk.read() as store:
        review, mark = _reviewed(store, click, query)
    picked = frozenset(step(set(review.picked), review))
    review = replace(review, picked=picked)
    page = wanted.page if query == click.around.query else 0
    target = replace(
        wanted,
        page=max(0, min(page, review.pages - 1)),
        query=query,
        picked=_packed(picked),
        mark=mark,
        turn=click.around.turn + 1,
    )
    return view.review_form(target, review), review


def _query(click: Click) -> str:
    """What is searched for, also when somebody typed it and pressed another button."""
    asked = click.text(SEARCH) if SEARCH in click.values else click.around.query
    return asked[:QUERY]


def _reviewed(store: Store, click: Click, query: str) -> tuple[Review, int]:
    """What is open, and the newest transition that this shows.

    Whatever was ticked and has a newer transition than was shown loses its tick.
    """
    partner = store.partners.named(click.around.partner)
    ticks, waiting = view.ticked(click.values, click.around.picked), store.cards.waiting(partner)
    latest = store.schools.latest(partner)
    mark = max((last.id for last in latest.values()), default=0)
    moved = {key for key in ticks if latest[key].id > click.around.mark}
    changed = [store.schools.by_key(key) for key in sorted(moved)]
    found = view.matching(waiting, query)
    return Review(found, len(waiting), frozenset(ticks - moved), changed), mark


def _packed(picked: Collection[int]) -> str:
    packed = keys.packed(picked) if picked else ""
    if packed is None:
        raise NotPossible(
            "More schools are ticked than this dialog can remember. Nothing was changed. "
            "Pause those that are ticked first, then come back for the others."
        )
    return packed


# A form above a review remembers it, so that it can be drawn anew after a decision.


def below(view: Mapping[str, Any]) -> str:
    """How this review looks; what the form above it knows itself is left out."""
    target = view_target(view)
    return replace(target, home="", channel="", ts="", hash=str(view["hash"])).packed()


def drawn_below(form: Click, desk: Desk) -> tuple[str, Block]:
    """The review below a submitted form as it is now, and the hash of what is shown there."""
    packed = Target.unpacked(form.around.below)
    shown = replace(packed, channel=form.channel, ts=form.ts, hash="")
    click = replace(form, target=shown, around=shown, values={})
    return packed.hash, drawing(click, desk, shown)[0]
