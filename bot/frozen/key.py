"""The key that signs links: SECRET_KEY, or one that is made at the first start.

On SQLite it is kept in a file beside the database, which only its owner may read. Replicas on
PostgreSQL share no disk, so there nothing is kept: SECRET_KEY has to be set.
"""

import contextlib
import logging
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from bot.settings import Settings
from storage.database import sqlite_path
from storage.errors import RecessError

log = logging.getLogger(__name__)

ENDING = ".secret-key"
KEY_BYTES = 32
OWNER_ONLY = 0o600
UNKEPT = (
    "SECRET_KEY is not set. On PostgreSQL nothing keeps one: links to the frozen screen end with "
    "this process, and no other replica can read them. Set it, to the same for every replica."
)


class KeyUnusable(RecessError):
    def __init__(self, file: Path, why: str) -> None:
        super().__init__(
            f"The key that signs links to the frozen screen cannot be kept in {file} ({why}). "
            "Mend that, or set SECRET_KEY."
        )


def signing_key(settings: Settings) -> Callable[[], str]:
    """Gives the key, and makes one when it is first asked for: by then the database is there.

    What it gives raises KeyUnusable.
    """
    file = key_file(settings)
    if settings.secret_key is not None:
        given = settings.secret_key.get_secret_value()
        return lambda: given
    if file is not None:
        return lambda: _kept(file)
    log.warning(UNKEPT)
    passing = secrets.token_urlsafe(KEY_BYTES)
    return lambda: passing


def key_file(settings: Settings) -> Path | None:
    """Where a key is kept that no setting gives."""
    database = sqlite_path(settings.database_url)
    return database and database.with_name(database.name + ENDING)


def _kept(file: Path) -> str:
    try:
        if not file.exists():
            _make(file)
        key = file.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise KeyUnusable(file, getattr(error, "strerror", None) or "not a key") from None
    if not key.strip():
        raise KeyUnusable(file, "it is empty")
    return key


def _make(file: Path) -> None:
    """Write the file as a whole, and never over another one: two may start at once."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(KEY_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
