"""What becomes of a case in the hands of support: it is answered, or closed with an answer."""

from slack_bolt import App

from handlers.ask import Ask
from handlers.closing import as_it_is, tell_reporters
from handlers.desk import Desk, require
from handlers.listening import Click, Fix, Listener, Open, Reply, on_button, on_form
from handlers.sentences import PLAIN
from handlers.views import ids
from handlers.views import mistake as view
from handlers.views.ids import Target
from storage.cases import OPEN, Case, Closing
from storage.errors import NotPossible
from storage.rules.rights import Right


def answer(ask: Ask, desk: Desk, case_id: int, *, closing: bool) -> None:
    """Support answers a case, and closes it if it says so; everybody who reported it is told.

    Raises NotPossible when the case was closed before, with how and when.
    """
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.ANSWER, partner.access(desk.support_group))
        case = store.cases.by_id(case_id)
        _still_open(case)
        store.cases.answered(case, ask.person.name, ask.reason)
        if closing:
            store.cases.close(case, Closing.BY_SUPPORT, ask.person.id, ask.person.name)
        tell_reporters(store, partner, case, view.answered_note)
        card = store.cards.refresh(partner)
        line = view.answered_note(partner, *as_it_is(store, case)).body()
        store.messages.note(partner.channel, line, partner=partner.id, thread=card)


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
        click.allowed(desk, Right.ANSWER)
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
        answer(click.ask(desk, reason=text), desk, target.case, closing=closing)
        return None

    return submitted
