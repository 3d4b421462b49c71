"""Review everything that is open: tick many schools to pause them, or take them one by one."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from slack_bolt import App

from handlers.ask import Answer
from handlers.desk import Desk
from handlers.listening import Click, Fix, Open, Reply, Say, Show, on_button, on_form
from handlers.pause import pause, pressed
from handlers.reviewing import drawing
from handlers.views import ids, keys
from handlers.views import review as view
from handlers.views.blocks import METADATA, cut
from handlers.views.ids import Target
from handlers.views.review import Review
from storage.rules.lifecycle import Event, Refusal, decide
from storage.rules.rights import Right
from storage.schools import Change, School, Transition

NOT_DRAWN = (
    "The school is paused, but Slack did not show the dialog anew. Close it and open it again to "
    "see what is left."
)


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
    form, review = drawing(replace(click, around=begun), desk, begun)
    if not review.open:
        return Say("Every school is decided already. Nothing is left to pause.")
    return Open(form)


def pause_pressed(click: Click, desk: Desk) -> Reply:
    """Pause from a school's menu; a review then shows what is left."""
    reply = pressed(click, desk)
    if reply is not None or click.form != ids.REVIEW_FORM:
        return reply
    return Show(drawing(click, desk, click.around)[0], otherwise=NOT_DRAWN)


def _drawn(click: Click, desk: Desk) -> Reply:
    return Show(drawing(click, desk, click.around)[0])


def _turned(click: Click, desk: Desk) -> Reply:
    return Show(drawing(click, desk, click.around.on_page(click.target.page))[0])


def _switched(click: Click, desk: Desk) -> Reply:
    wanted = replace(click.around, each=click.target.each)
    return Show(drawing(click, desk, wanted)[0])


def _all_ticked(click: Click, desk: Desk) -> Reply:
    def more(ticks: set[int], review: Review) -> Collection[int]:
        return ticks | {entry.school.key for entry in review.found}

    return Show(drawing(click, desk, click.around, more)[0])


def _all_unticked(click: Click, desk: Desk) -> Reply:
    return Show(drawing(click, desk, click.around, lambda ticks, review: ())[0])


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
