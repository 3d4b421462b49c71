""" "This is a mistake": first the remedy, then a case for the support team."""

from dataclasses import dataclass, replace

from slack_bolt import App

from handlers.ask import Ask
from handlers.desk import Desk, require
from handlers.listening import Click, Fix, Open, Reply, Say, Show, on_button, on_form
from handlers.sentences import not_done, school_title
from handlers.syncing import sync_now
from handlers.trail import record
from handlers.views import ids
from handlers.views import mistake as view
from handlers.views.blocks import SLACK, Block, escaped
from handlers.views.ids import Target
from handlers.views.syncing import Synced, sync_asked
from storage.cases import Case, Report
from storage.partners import Partner
from storage.rules.lifecycle import Event, Refusal, decide
from storage.rules.rights import Right
from storage.schools import Change, School
from storage.store import Store


@dataclass(frozen=True)
class Reported:
    """What became of a report: `refused` has why not, `new` is False for who reported before."""

    school: School
    refused: Change | None = None
    joined: bool = False
    new: bool = True


def report(ask: Ask, desk: Desk) -> Reported | None:
    """Open a case for the asked school, or join the open one; None for a repeated delivery.

    The school stays as it is. The first report is a row of its history.
    """
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return None
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.REPORT, partner.access(desk.support_group))
        [school] = store.schools.picked(partner, ask.schools)
        told = Report(ask.person.id, ask.person.name, ask.reason, store.now)
        if (known := store.cases.open_for(school)) is not None:
            return Reported(school, joined=True, new=_joined(store, partner, school, known, told))
        change = store.schools.change(
            school,
            Event.REPORTED,
            ask.actor,
            reason=ask.reason,
            expected=ask.expected.get(school.id),
        )
        if not change.done:
            return Reported(school, refused=change)
        last = next((run for run in store.runs.of(partner) if run.finished_at), None)
        store.cases.open(change.school, told, last, desk.support_channel)
        record(store, partner, [change])
    return Reported(change.school)


def _joined(store: Store, partner: Partner, school: School, case: Case, told: Report) -> bool:
    if not store.cases.join(case, told):
        return False
    line = view.joined_note(school, told).body()
    card = store.cards.refresh(partner)
    store.messages.note(partner.channel, line, partner=partner.id, thread=card)
    if (at_support := store.cases.card(case)) is not None:
        store.messages.note(at_support.channel, line, partner=partner.id, thread=at_support.id)
    return True


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.REPORT_SYNC, _sync_pressed)
    on_form(app, desk, ids.REPORT_FORM, _submitted)


def pressed(click: Click, desk: Desk) -> Reply:
    """The choice in a school's menu."""
    form = _form(click, desk)
    return form if isinstance(form, Say) else Open(form)


def _sync_pressed(click: Click, desk: Desk) -> Reply:
    """The remedy; the dialog stays, with what was written in it so far."""
    asked = sync_now(click.ask(desk), desk)
    if asked is None:
        return None
    synced = Synced(asked.run, click.user, asked.joined)
    form = _form(replace(click, target=click.around), desk, synced)
    said = sync_asked(asked.partner, asked.run, click.user, joined=asked.joined)
    return Say(said) if isinstance(form, Say) else Show(form, otherwise=said)


def _form(click: Click, desk: Desk, synced: Synced | None = None) -> Block | Say:
    """The dialog, or why there is nothing to report."""
    click.allowed(desk, Right.REPORT)
    with desk.read() as store:
        partner = store.partners.named(click.target.partner)
        school = store.schools.named(partner, click.target.school)
        if isinstance(refusal := decide(school.status, Event.REPORTED), Refusal):
            last = store.schools.settled_by(school)
            return Say(not_done(Change(school, refusal, last, stale=False), SLACK))
        people = store.schools.people([school.key]).get(school.key, 0)
        case = store.cases.open_for(school)
    about = Target(
        partner.slug, school.id, click.target.version, channel=click.channel, ts=click.ts
    )
    return view.report_form(about, partner, school, people, case, synced)


def _submitted(click: Click, desk: Desk) -> Reply:
    target = click.target
    reason = click.text(view.WHAT)
    if not reason:
        return Fix({view.WHAT: "Say in a sentence what happened; nobody was asked yet."})
    seen = {target.school: target.version} if target.version else {}
    reported = report(click.ask(desk, [target.school], reason=reason, expected=seen), desk)
    return None if reported is None else Say(_answer(reported))


def _answer(reported: Reported) -> str:
    if reported.refused is not None:
        return not_done(reported.refused, SLACK)
    title = escaped(school_title(reported.school))
    if not reported.new:
        return f"You have reported {title} already; the support team still looks into it."
    joined = " Somebody had reported it before; yours was added." if reported.joined else ""
    return (
        f"The support team has been asked about {title}.{joined} The school stays as it is. "
        "You get a direct message when they answer."
    )
