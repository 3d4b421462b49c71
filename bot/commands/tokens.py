"""`recess tokens`: which clients may ask the access API, and about whom."""

from collections.abc import Iterable, Iterator, Sequence

import click

from bot import patience, settings
from bot.commands.stores import opened, reading
from bot.commands.terminal import document, iso, say, table, when
from storage.tokens import Token

LONGEST_NAME = 80


@click.group()
def tokens() -> None:
    """The clients of the access API."""


@tokens.command()
@click.argument("name")
@click.option(
    "--partner",
    "slugs",
    multiple=True,
    metavar="SLUG",
    help="Ask about this partner only. Can be given repeatedly; without it, about all partners.",
)
def create(name: str, slugs: Sequence[str]) -> None:
    """Make a token for the client NAME. It is shown once, and stored nowhere."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise click.BadParameter(f"write 1 to {LONGEST_NAME} characters", param_hint="NAME")
    with opened(settings.load()) as stores, stores.transaction(patience.COMMAND) as store:
        partners = [store.partners.named(slug) for slug in slugs]
        token = store.tokens.create(name, partners)
    # The token alone on stdout, for whoever passes it on.
    say(token)
    about = ", ".join(sorted(set(slugs))) or "all partners"
    click.echo(f"It may ask about {about}. It is not shown again.", err=True)


@tokens.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for machines.")
def list_(as_json: bool) -> None:
    """Show all tokens, also revoked ones; times are in UTC. The secrets are known to nobody."""
    with reading(settings.load()) as store:
        known = store.tokens.all()
    if as_json:
        document(_described(known))
    elif known:
        heads = ("NAME", "PARTNERS", "BEGINS WITH", "MADE (UTC)", "REVOKED (UTC)")
        table(heads, map(_row, known))
    else:
        say("There is no token yet; `recess tokens create NAME` makes one.")


@tokens.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Revoke the token of the client NAME: from now on it opens nothing."""
    with opened(settings.load()) as stores, stores.transaction(patience.COMMAND) as store:
        store.tokens.revoke(name.strip())
    say(f"The token of {name.strip()} is revoked.")


def _described(known: Iterable[Token]) -> Iterator[dict[str, object]]:
    for token in known:
        partners = token.client.partners
        yield {
            "name": token.client.name,
            "partners": None if partners is None else sorted(partners),
            "begins_with": token.beginning,
            "created": iso(token.created_at),
            "revoked": iso(token.revoked_at),
        }


def _row(token: Token) -> Sequence[object]:
    partners = token.client.partners
    return (
        token.client.name,
        "all" if partners is None else ", ".join(sorted(partners)),
        token.beginning,
        when(token.created_at),
        when(token.revoked_at) if token.revoked_at else "",
    )
