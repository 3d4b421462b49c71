"""`recess accounts`: who has a login, who is locked, and adding somebody by hand."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from bot import patience, settings
from bot.commands.desk import acting, desk_of
from bot.commands.stores import opened, reading
from bot.commands.terminal import (
    Refused,
    asks,
    clean,
    document,
    first_few,
    given_reason,
    say,
)
from bot.rosters.staff_list import ADDRESS
from handlers.sentences import counted, listed, school_title
from storage.accounts import Newcomer
from storage.partners import Partner
from storage.rules.lifecycle import Status
from storage.schools import School
from storage.store import Store

if TYPE_CHECKING:
    from storage.locks import Locked


@click.group()
def accounts() -> None:
    """The staff of a partner, and who of them is locked."""


@accounts.command("list")
@click.argument("partner")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for machines.")
def list_(partner: str, as_json: bool) -> None:
    """Show all accounts of a PARTNER, and which schools lock them."""
    with reading(settings.load()) as store:
        named = store.partners.named(partner)
        rows = _described(store, named)
        if as_json:
            document(rows)
        else:
            _lines(rows)


def _described(store: Store, partner: Partner) -> Iterator[dict[str, Any]]:
    because = store.locks.because(partner)
    for account in store.accounts.of(partner):
        locking = because.get(account.key, [])
        yield {
            "partner": partner.slug,
            "id": account.id,
            "email": account.email,
            "schools": list(account.schools),
            "locked": bool(locking),
            "because": locking,
        }


def _lines(rows: Iterable[dict[str, Any]]) -> None:
    """One line each, as they come; nobody waits for the widest of a hundred thousand."""
    for row in rows:
        lock = f"  LOCKED by {', '.join(row['because'])}" if row["locked"] else ""
        where = ", ".join(row["schools"]) or "at no school"
        click.echo(clean(f"{row['id']}  {row['email'] or 'no email'}  {where}{lock}"))


@accounts.command()
@click.argument("partner")
@click.option("--email", required=True, help="The address; people are known by it.")
@click.option("--given-name", required=True)
@click.option("--family-name", required=True)
@click.option(
    "--school", "ids", required=True, multiple=True, metavar="ID", help="Can be given repeatedly."
)
def add(partner: str, email: str, given_name: str, family_name: str, ids: Sequence[str]) -> None:
    """Add a person by hand at one or more schools. The nightly sync never removes them.

    Somebody who is known by this address already gets the schools as well.
    """
    if not ADDRESS.fullmatch(email.strip()):
        raise click.BadParameter("write one address, like name@example.org", param_hint="--email")
    with opened(settings.load()) as stores, stores.transaction(patience.COMMAND) as store:
        named = store.partners.locked(partner)
        schools = store.schools.picked(named, ids)
        person = Newcomer(email.strip(), given_name.strip(), family_name.strip(), schools)
        changed = store.accounts.add(named, person)
    at = listed([school_title(school) for school in schools])
    say(f"{person.email} {'was added at' if changed else 'was already added at'} {at}.")
    say_locked(schools)


def say_locked(schools: Iterable[School]) -> None:
    """Whoever joins a frozen school is locked at once."""
    frozen = [school_title(school) for school in schools if school.status is Status.FROZEN]
    if frozen:
        say(f"Locked at once, because frozen: {listed(frozen)}.", fg="yellow")


@accounts.command()
@click.argument("partner")
@click.argument("people", nargs=-1, metavar="[ID_OR_EMAIL]...")
@click.option("--school", "id", required=True, metavar="ID", help="The frozen school.")
@click.option("--all-elsewhere", is_flag=True, help="Everybody there who also works elsewhere.")
@click.option("--by", required=True, metavar="SLACK_USER", help="Who decides, by Slack id (U…).")
@click.option("--reason", required=True, help="Why; the thread of the card says it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def release(
    partner: str,
    people: Sequence[str],
    id: str,
    all_elsewhere: bool,
    by: str,
    reason: str,
    yes: bool,
) -> None:
    """Let accounts of a frozen school in again, as the support team.

    It holds until the school is frozen anew; a sync never ends it. An email stands for every
    account there that has it.
    """
    from handlers import release as story
    from handlers.ask import Ask
    from handlers.desk import require
    from storage.rules.rights import Right

    if bool(people) == all_elsewhere or not all(name.strip() for name in people):
        raise click.UsageError("Name people by id or email, or use --all-elsewhere.")
    reason = given_reason(reason)
    with desk_of(settings.load()) as desk:
        person = acting(desk, by, partner)
        require(person, Right.RELEASE, desk.access(partner))
        with desk.read() as store:
            school = store.schools.named(store.partners.named(partner), id)
            story.require_freeze(store, school, None)
            meant = _meant(store, school, people, all_elsewhere)
        _show(school, meant)
        if not yes and not (asks() and click.confirm("Release them?")):
            raise Refused("Nobody was released; --yes does it without a question.")
        seen = {school.id: school.version}
        ask = Ask(person, partner, [school.id], reason, expected=seen, via="cli")
        released = story.release(ask, desk, [account.key for account in meant])
    assert released is not None, "only a click in Slack is handed over twice"
    say(story.said(released))


def _meant(
    store: Store, school: School, people: Sequence[str], all_elsewhere: bool
) -> list["Locked"]:
    """Raises Refused when somebody is not there, and when nobody is left to release."""
    title = school_title(school)
    if all_elsewhere:
        found = [account for account in store.locks.unreleased(school) if account.elsewhere]
        if not found:
            raise Refused(f"Nobody whom {title} locks works elsewhere too. Nothing was changed.")
        return found
    attached = store.locks.preview(school).accounts
    for name in people:
        if not any(_is(account, name) for account in attached):
            raise Refused(f"Nobody at {title} has the id or email “{name}”. Nothing was changed.")
    return [account for account in attached if any(_is(account, name) for name in people)]


def _is(account: "Locked", name: str) -> bool:
    return name == account.id or name.casefold() == account.email.casefold()


def _show(school: School, meant: Sequence["Locked"]) -> None:
    say(f"{counted(len(meant), 'account')} of {school_title(school)} to be released:")
    for line in first_few([f"{a.shown}: {', '.join(a.elsewhere) or 'only here'}" for a in meant]):
        say(f"  {line}")
