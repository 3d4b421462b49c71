"""Fresh databases from a template: migrating is done once, a test only copies."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

Migrate = Callable[[str], None]


def migrate(url: str) -> None:
    """Bring an empty database to where `recess db upgrade` brings it."""
    from bot.engine import prepare
    from storage.migrations import upgrade

    upgrade(url)
    prepare(url)


def sqlite_url_of(file: Path) -> str:
    return f"sqlite:///{file}"


def sqlite_template(folder: Path, migrate: Migrate = migrate) -> Path:
    """A migrated file with nothing left in its write-ahead log, so that it can be copied alone."""
    file = folder / "template.db"
    migrate(sqlite_url_of(file))
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file


def sqlite_copy(template: Path, folder: Path) -> str:
    """A fresh copy as `recess.db` in `folder`; gives its URL."""
    return sqlite_url_of(Path(shutil.copy(template, folder / "recess.db")))
