"""`/schools`: what people type instead of looking for a card."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from slack_bolt import App

from handlers.commands import lines
from handlers.commands.asked import Asked
from handlers.commands.choosing import Choice, choose
from handlers.commands.export import export_schools
from handlers.commands.lines import Line
from handlers.commands.listing import finds_any, list_schools, search_schools, show_history, turned
from handlers.commands.whoami import who_am_i
from handlers.desk import Desk, require
from handlers.listening import (
    Click,
    Open,
    Reply,
    Say,
    Show,
    Typed,
    on_button,
    on_command,
    on_form,
    on_options,
)
from handlers.sight import partners_like, sight_of
from handlers.syncing import sync_now
from handlers.upload import upload_asked
from handlers.views import ids
from handlers.views.blocks import Block, escaped, section
from handlers.views.commands import help_picture, partner_form
from handlers.views.home import partner_option
from handlers.views.ids import Target
from handlers.views.syncing import sync_asked
from storage.rules.rights import Right

COMMAND = "/schools"

Answer = Callable[[Asked, Desk], Reply]


def register(app: App, desk: Desk) -> None:
    on_command(app, desk, COMMAND, typed)
    on_button(app, desk, ids.PAGE_BACK, _turned)
    on_button(app, desk, ids.PAGE_ON, _turned)
    on_form(app, desk, ids.PARTNER_FORM, _partner_chosen)
    on_options(app, desk, ids.PARTNER_SELECT, _partners_offered)


def typed(typed: Typed, desk: Desk) -> Reply:
    """Whatever was typed is answered; a word that is no command is looked for among schools."""
    line = lines.read(typed.text)
    if line.verb == lines.HELP:
        picture = help_picture()
        return Say(picture.text, tuple(picture.blocks))
    if line.verb == lines.WHOAMI:
        return who_am_i(typed, desk, line.rest)
    choice = choose(typed, desk, line)
    delivery = f"{typed.user}:{typed.trigger}"
    if choice.partner is None:
        return _which_partner(typed, line, desk)
    return _answered(line, choice, desk, typed.channel, delivery)


def _answered(line: Line, choice: Choice, desk: Desk, channel: str, delivery: str) -> Reply:
    assert choice.partner is not None
    asked = Asked(choice.person, choice.partner, choice.rest, channel, delivery)
    return _ANSWERS[line.verb](asked, desk)


def _other_words(asked: Asked, desk: Desk) -> Reply:
    """No command: nothing, what is done in a school's menu, a status, a school, or a typo."""
    first, _, rest = asked.rest.partition(" ")
    if not first:
        return list_schools(asked, desk)
    if first.casefold() in lines.IN_THE_MENU:
        return _in_the_menu(first.casefold(), replace(asked, rest=rest), desk)
    if not lines.filtered(asked.rest)[1] and not finds_any(asked, desk):
        return list_schools(asked, desk)
    meant = lines.near(first, lines.VERBS)
    if meant and not finds_any(asked, desk):
        again = Line(meant[0], rest).text
        return Say(
            f"There is no `/schools {escaped(first)}`. Did you mean `/schools {escaped(again)}`? "
            "`/schools help` shows all there is."
        )
    return search_schools(asked, desk)


def _in_the_menu(act: str, asked: Asked, desk: Desk) -> Reply:
    found = search_schools(asked, desk) if asked.rest else list_schools(asked, desk)
    text = f"Nothing was changed yet: `{act}` is chosen in the menu beside the school."
    return Say(f"{text} {found.text}", (section(text), *found.blocks))


def _sync(asked: Asked, desk: Desk) -> Reply:
    done = sync_now(asked.as_ask(), desk)
    if done is None:
        return None
    return Say(sync_asked(done.partner, done.run, asked.person.id, joined=done.joined))


def _upload(asked: Asked, desk: Desk) -> Reply:
    return upload_asked(asked.person, asked.partner, asked.channel, desk)


_ANSWERS: Mapping[str, Answer] = {
    "": _other_words,
    lines.LIST: list_schools,
    lines.SEARCH: search_schools,
    lines.HISTORY: show_history,
    lines.SYNC: _sync,
    lines.UPLOAD: _upload,
    lines.EXPORT: export_schools,
}


# Which partner


def _which_partner(typed: Typed, line: Line, desk: Desk) -> Reply:
    sight = sight_of(typed, desk)
    target = Target("", channel=typed.channel, words=line.text)
    return Open(partner_form(target, len(sight.partners)))


def _partners_offered(click: Click, desk: Desk) -> Sequence[Block]:
    return [partner_option(partner) for partner in partners_like(click.chosen[0], click, desk)]


def _partner_chosen(click: Click, desk: Desk) -> Reply:
    """The command that waited for its partner, as if it had been typed with it."""
    slug = click.picked("partner")
    line = lines.read(click.target.words)
    access = desk.access(slug)
    person = click.person(desk, access)
    require(person, Right.SEE, access)
    with desk.read() as store:
        partner = store.partners.named(slug)
    reply = _answered(line, Choice(person, partner, line.rest), desk, click.channel, click.delivery)
    return Show(reply.view) if isinstance(reply, Open) else reply


def _turned(click: Click, desk: Desk) -> Reply:
    person = click.allowed(desk, Right.SEE)
    with desk.read() as store:
        partner = store.partners.named(click.target.partner)
    line = lines.read(click.target.words)
    asked = Asked(person, partner, line.rest, click.channel, click.delivery)
    return replace(turned(asked, desk, line.verb, click.target.page), instead=True)
