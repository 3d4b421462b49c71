"""`recess accounts`: who has a login, who is locked, and adding somebody by hand."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from bot import settings
from bot.commands.stores import opened, reading
from bot.commands.terminal import clean, document, say
from bot.rosters.staff_list import ADDRESS
from handlers.sentences import listed, school_title
from storage.accounts import Newcomer
from storage.partners import Partner
from storage.rules.lifecycle import Status
from storage.schools import School
from storage.store import Store

PATIENCE = 30.0


@click.group()
def accounts() -> None:
    """The staff of a partner, and who of them is locked."""


@accounts.command("list")
@click.argument("partner")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for machines.")
def list_(partner: str, as_json: bool) -> None:
    """Show all accounts of a PARTNER, with the frozen schools that lock them."""
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
    """Add a person by hand at one or more schools; the nightly sync never removes them.

    Somebody who is known by this address already gets the schools as well.
    """
    if not ADDRESS.fullmatch(email.strip()):
        raise click.BadParameter("write one address, like name@example.org", param_hint="--email")
    with opened(settings.load()) as stores, stores.transaction(PATIENCE) as store:
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
