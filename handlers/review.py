"""Review everything that is open: tick many schools to pause them, or take them one by one."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from slack_bolt import App

from handlers.ask import Answer
from handlers.desk import Desk, require
from handlers.listening import Click, Fix, Open, Reply, Say, Show, on_button, on_form
from handlers.pause import pause, pressed
from handlers.views import ids, keys
from handlers.views import review as view
from handlers.views.blocks import METADATA, Block, cut
from handlers.views.ids import Target
from handlers.views.review import QUERY, SEARCH, Review
from storage.errors import NotPossible
from storage.rules.lifecycle import Event, Refusal, decide
from storage.rules.rights import Right
from storage.schools import Change, School, Transition
from storage.store import Store

NOT_DRAWN = (
    "The school is paused, but Slack did not show the dialog anew. Close it and open it again to "
    "see what is left."
)
# What a step does to the ticks, given those there are and the schools that the search finds.
Step = Callable[[set[int], Review], Collection[int]]


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.PAUSE_MANY, _opened)
    on_button(app, desk, ids.REVIEW, _opened_one_by_one)
    on_button(app, desk, ids.REVIEW_SEARCH, _drawn)
    on_button(app, desk, ids.REVIEW_BACK, _turned)
    on_button(app, desk, ids.REVIEW_ON, _turned)
    on_button(app, desk, ids.REVIEW_SWITCH, _switched)
    on_button(app, desk, ids.REVIEW_TICK_ALL, _all_ticked)
    on_button(app, desk, ids.REVIEW_UNTICK_ALL, _all_unticked)
    on_button(app, desk, ids.PAUSED_BACK, _result_turned)
    on_button(app, desk, ids.PAUSED_ON, _result_turned)
    on_form(app, desk, ids.REVIEW_FORM, _submitted)


def _opened(click: Click, desk: Desk) -> Reply:
    return _open(click, desk, each=False)


def _opened_one_by_one(click: Click, desk: Desk) -> Reply:
    return _open(click, desk, each=True)


def _open(click: Click, desk: Desk, *, each: bool) -> Reply:
    begun = Target(click.target.partner, channel=click.channel, ts=click.ts, each=each)
    form, review = _drawing(replace(click, around=begun), desk, begun)
    if not review.open:
        return Say("Every school is decided already. Nothing is left to pause.")
    return Open(form)


def pause_pressed(click: Click, desk: Desk) -> Reply:
    """Pause from a school's menu; a review then shows what is left."""
    reply = pressed(click, desk)
    if reply is not None or click.form != ids.REVIEW_FORM:
        return reply
    return Show(_drawing(click, desk, click.around)[0], otherwise=NOT_DRAWN)


def _drawn(click: Click, desk: Desk) -> Reply:
    return Show(_drawing(click, desk, click.around)[0])


def _turned(click: Click, desk: Desk) -> Reply:
    return Show(_drawing(click, desk, click.around.on_page(click.target.page))[0])


def _switched(click: Click, desk: Desk) -> Reply:
    wanted = replace(click.around, each=click.target.each)
    return Show(_drawing(click, desk, wanted)[0])


def _all_ticked(click: Click, desk: Desk) -> Reply:
    def more(ticks: set[int], review: Review) -> Collection[int]:
        return ticks | {entry.school.key for entry in review.found}

    return Show(_drawing(click, desk, click.around, more)[0])


def _all_unticked(click: Click, desk: Desk) -> Reply:
    return Show(_drawing(click, desk, click.around, lambda ticks, review: ())[0])


def _drawing(
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


def _submitted(click: Click, desk: Desk) -> Reply:
    """Pause what is ticked, as far as it is what was shown; without boxes it only closes."""
    around = click.target
    ticks = view.ticked(click.values, around.picked)
    if not ticks:
        boxes = next((id for id in click.values if id.startswith("pick:")), None)
        return Fix({boxes: "No school is ticked, so nothing was paused."}) if boxes else None
    with desk.read() as store:
        partner = store.partners.named(around.partner)
        latest = store.schools.latest(partner)
        picked = [school for school in store.schools.of(partner) if school.key in ticks]
    seen = _seen(picked, latest, around.mark)
    answer = pause(click.ask(desk, list(seen), expected=seen), desk)
    return None if answer.repeated else _told(around, answer)


def _seen(
    picked: Collection[School], latest: Mapping[int, Transition], mark: int
) -> dict[str, int]:
    """The versions that were shown; none of a school's is 0, which stands for an older one."""
    return {s.id: s.version if latest[s.key].id <= mark else 0 for s in picked}


def _told(around: Target, answer: Answer) -> Reply:
    """In a sentence, or in pages; a dialog that could not remember them all only begins to."""
    done = [change.school for change in answer.done]
    sentence = view.answered(done, answer.refused)
    if len(sentence) <= view.SECTION:
        return Say(sentence)
    target = Target(
        around.partner,
        picked=keys.packed(school.key for school in done) or "",
        missed=keys.packed(change.school.key for change in answer.refused) or "",
        channel=around.channel,
        ts=around.ts,
    )
    if len(target.packed()) > METADATA:
        return Say(cut(sentence, view.SECTION))
    return Show(view.paused_form(target, done, answer.refused))


def _result_turned(click: Click, desk: Desk) -> Reply:
    """Another page of what was paused; why something was not is what holds of it now."""
    around = click.around
    click.allowed(desk, Right.SEE)
    done, missed = keys.unpacked(around.picked), keys.unpacked(around.missed)
    with desk.read() as store:
        partner = store.partners.named(around.partner)
        latest, settled = store.schools.latest(partner), store.schools.settled(partner)
        source, schools = str(partner.source.get("kind", "")), store.schools.of(partner)
    refused = [
        _as_it_is(s, latest[s.key], settled[s.key], source) for s in schools if s.key in missed
    ]
    paused = [school for school in schools if school.key in done]
    return Show(view.paused_form(around.on_page(click.target.page), paused, refused))


def _as_it_is(school: School, last: Transition, settled: Transition, source: str) -> Change:
    decided = decide(school.status, Event.PAUSED)
    if isinstance(decided, Refusal):
        return Change(school, decided, settled, stale=False, source=source)
    return Change(school, None, last, stale=True, source=source)
