"""`recess db upgrade`."""

import click

from bot import settings
from bot.commands.stores import reached
from bot.commands.terminal import say


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Create the tables, or bring them to this version. Harmless when they are."""
    from bot.engine import prepare
    from storage.migrations import upgrade as migrate

    url = settings.load().database_url
    with reached(url):
        migrate(url)
        prepare(url)
    say("The database is up to date.")
