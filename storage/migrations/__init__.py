"""Bringing a database up to date: `upgrade(url)`."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.database import Database

HERE = Path(__file__).parent


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate the database at `url`; a database that is up to date is left alone."""
    database = Database(url)
    try:
        config = _config()
        with database.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        database.dispose()


def pending(database: Database) -> bool:
    """Whether the database is not at the newest revision."""
    with database.read() as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    return frozenset(current) != _newest()


@cache
def _newest() -> frozenset[str]:
    """The newest revision. To learn it, every migration is read and compiled."""
    return frozenset(ScriptDirectory.from_config(_config()).get_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
