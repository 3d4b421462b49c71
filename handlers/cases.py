"""What becomes of a case: support answers it or closes it, or its school is decided otherwise."""

from slack_bolt import App

from handlers.ask import Ask
from handlers.desk import Desk, require
from handlers.listening import Click, Fix, Listener, Open, Reply, on_button, on_form
from handlers.sentences import PLAIN
from handlers.views import ids
from handlers.views import mistake as view
from handlers.views.blocks import Picture
from handlers.views.ids import Target
from storage.cases import OPEN, Case, Closing
from storage.errors import NotPossible
from storage.partners import Partner
from storage.rules.rights import Right
from storage.schools import School
from storage.store import Store


def answer(ask: Ask, desk: Desk, case_id: int, *, closing: bool) -> None:
    """Support answers a case, and closes it if it says so; everybody who reported it is told.

    Raises NotPossible when the case was closed before, with how and when.
    """
    with desk.transaction() as store:
        if ask.delivery and not store.envelopes.first_time(ask.delivery):
            return
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.ANSWER, partner.access(desk.support_group))
        case = store.cases.by_id(case_id)
        _still_open(case)
        store.cases.answered(case, ask.person.name, ask.reason)
        if closing:
            store.cases.close(case, Closing.BY_SUPPORT, ask.person.id, ask.person.name)
        _tell(store, partner, case, view.answered_note)
        card = store.cards.refresh(partner)
        line = view.answered_note(partner, *_as_it_is(store, case)).body()
        store.messages.note(partner.channel, line, partner=partner.id, thread=card)


def close_case(
    store: Store, partner: Partner, school: School, how: Closing, by: str, name: str
) -> None:
    """End the school's open case, if there is one, because of what happened to the school.

    `by` and `name` are whoever did that; the sync has the id "sync".
    """
    case = store.cases.open_for(school)
    if case is not None and store.cases.close(case, how, by, name):
        _tell(store, partner, case, view.closed_note)


def _tell(store: Store, partner: Partner, case: Case, note: view.CaseNote) -> None:
    """A direct message to everybody who reported it, and a line below support's card."""
    case, school = _as_it_is(store, case)
    told: Picture = note(partner, case, school)
    for reporter in case.reports:
        store.messages.note(reporter.person, told.body(), partner=partner.id)
    if (card := store.cases.card(case)) is not None:
        store.messages.note(card.channel, told.body(), partner=partner.id, thread=card.id)


def _as_it_is(store: Store, case: Case) -> tuple[Case, School]:
    return store.cases.by_id(case.id), store.schools.by_key(case.school_key)


def _still_open(case: Case) -> None:
    if case.state != OPEN and case.closed_at is not None:
        raise NotPossible(
            f"This case was closed {PLAIN.when(case.closed_at)}: {view.closed_how(case)}. "
            "Nothing was changed by this."
        )


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.ANSWER_CASE, _pressed(ids.ANSWER_FORM))
    on_button(app, desk, ids.CLOSE_CASE, _pressed(ids.CLOSE_FORM))
    on_form(app, desk, ids.ANSWER_FORM, _submitted(closing=False))
    on_form(app, desk, ids.CLOSE_FORM, _submitted(closing=True))


def _pressed(form: str) -> Listener:
    def pressed(click: Click, desk: Desk) -> Reply:
        access = desk.access(click.target.partner)
        require(click.person(desk, access), Right.ANSWER, access)
        with desk.read() as store:
            case = store.cases.by_id(click.target.case)
            _still_open(case)
            school = store.schools.by_key(case.school_key)
        target = Target(click.target.partner, case=case.id, channel=click.channel, ts=click.ts)
        return Open(view.answer_form(form, target, school, case))

    return pressed


def _submitted(*, closing: bool) -> Listener:
    def submitted(click: Click, desk: Desk) -> Reply:
        target, text = click.target, click.text(view.ANSWER)
        if not text:
            return Fix({view.ANSWER: "Write what they should know; nobody was told yet."})
        ask = Ask(
            person=click.person(desk, desk.access(target.partner)),
            partner=target.partner,
            schools=[],
            reason=text,
            delivery=click.delivery,
            channel=click.channel,
            ts=click.ts,
        )
        answer(ask, desk, target.case, closing=closing)
        return None

    return submitted
